"""Ballast's rules beside Sloth's in one promtool run, both beside the truth, minute by minute.

    python -m tests.slo.differential      writes the table of docs/proofs.md

Each scenario is a `Traffic`; its truth (when a page and a ticket are due, how much budget is left) is counted from the traffic,
fed to promtool as two more series, and compared with `ALERTS` at every evaluation. promtool only says yes or no, so every query
expects nothing and its value is read from the failure.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ballast.repo import SloFile, budget_ratio, seconds, window_pairs
from ballast.slo import Context, compile_file, prometheus_rules
from ballast.slo.promtool import run_tests
from ballast.slo.proofs.notation import input_series
from ballast.slo.proofs.signals import signals
from ballast.slo.proofs.traffic import Interval, Pair, Phase, Traffic, condition
from ballast.stack import tool

MINUTE, HOUR, DAY = 60, 3600, 86400
DOC = Path(__file__).resolve().parents[2] / "docs" / "proofs.md"
BEGIN, END = "<!-- differential: python -m tests.slo.differential -->", "<!-- end -->"


def steady(duration: int, bad: float = 0.0, total: float = 100.0) -> Phase:
    """`total` events per second, the ratio `bad` of which fail."""
    return Phase(duration, total, total * bad)


CLEAN = steady(7 * HOUR)


@dataclass(frozen=True)
class Case:
    """A scenario; `differs` says in which deliberate way Sloth is wrong in it, empty where it is right."""

    name: str
    phases: tuple[Phase, ...]
    objective: float = 99.9
    window: str = "30d"
    differs: str = ""
    raw: bool = False
    born_late: bool = False
    instances: tuple[float, ...] = (1.0,)
    step: int = MINUTE
    interval: int = MINUTE

    @property
    def traffic(self) -> Traffic:
        return Traffic(self.phases)


CASES = (
    Case("outage", (CLEAN, steady(HOUR, 0.5), steady(3 * HOUR))),
    Case("slow burn", (CLEAN, steady(5 * HOUR, 0.008), steady(2 * HOUR))),
    Case("burn at the threshold", (CLEAN, steady(2 * HOUR, 0.0137), steady(2 * HOUR, 0.0151), steady(2 * HOUR))),
    Case("spikes", (CLEAN, *(p for _ in range(6) for p in (steady(3 * MINUTE, 0.3), steady(37 * MINUTE))), steady(HOUR))),
    Case("flapping", (CLEAN, *(p for _ in range(9) for p in (steady(10 * MINUTE, 0.05), steady(10 * MINUTE))), steady(HOUR))),
    Case("recovery by steps", (CLEAN, steady(30 * MINUTE, 0.4), steady(HOUR, 0.02), steady(HOUR, 0.004), steady(2 * HOUR))),
    Case("counter resets", (CLEAN, *(Phase(10 * MINUTE, 100, 3, restart=True) for _ in range(9)), steady(2 * HOUR))),
    Case(
        "scrape gap",
        (
            CLEAN,
            steady(20 * MINUTE, 0.05),
            Phase(10 * MINUTE, 100, 5, scraped=False),
            steady(30 * MINUTE, 0.05),
            steady(3 * HOUR),
        ),
    ),
    Case("several series", (CLEAN, steady(40 * MINUTE, 0.04), steady(2 * HOUR)), instances=(0.5, 0.3, 0.2)),
    Case("28 days", (CLEAN, steady(3 * HOUR, 0.0058), steady(HOUR, 0.02), steady(2 * HOUR)), window="28d"),
    Case("raw ratio", (CLEAN, steady(HOUR, 0.03), steady(2 * HOUR)), raw=True),
    Case(
        "objective 90 %", (CLEAN, steady(2 * HOUR, 0.9), steady(3 * HOUR)), objective=90, differs="unreachable pair is left out"
    ),
    Case("burn of days", (steady(3 * DAY), steady(20 * HOUR, 0.0042), steady(4 * HOUR)), step=5 * MINUTE),
    Case(
        "quiet night",
        (steady(4 * HOUR), steady(4 * HOUR, 0, 2), steady(HOUR, 0.1, 2), steady(3 * HOUR)),
        differs="ratios are not averaged",
    ),
    Case(
        "busy bad hour",
        (steady(7 * HOUR, 0, 10), steady(HOUR, 0.01, 1000), steady(4 * HOUR, 0, 10)),
        differs="ratios are not averaged",
    ),
    Case("outage of minutes", (CLEAN, steady(4 * MINUTE, 1.0), steady(2 * HOUR))),
    Case("idle hours", (CLEAN, steady(2 * HOUR, 0, 0), steady(HOUR, 0.05), steady(2 * HOUR)), differs="idle is no error"),
    Case("late error series", (CLEAN, steady(HOUR, 0.02), steady(2 * HOUR)), born_late=True, differs="no series is no error"),
)


@dataclass
class Side:
    """What one rule file did in a scenario: evaluations in minutes, budget as a ratio (None: no sample)."""

    fired: dict[str, float] = field(default_factory=dict)
    off: dict[str, float] = field(default_factory=dict)
    remaining: float | None = None


@dataclass
class Result:
    """A scenario measured. `apart` are minutes in which exactly one of the two fires, `due` those in which an alert is due."""

    case: Case
    ours: Side
    sloth: Side
    apart: dict[str, float]
    due: dict[str, float]
    remaining: float


def measure(cases: Sequence[Case] = CASES) -> list[Result]:
    """Run every case, those with the same rules and step in one promtool file."""
    with tempfile.TemporaryDirectory(prefix="ballast-differential-") as folder:
        files = [_write(Path(folder), n, case) for n, case in enumerate(cases)]
        values: dict[Path, dict[str, float]] = {file: {} for file in files}
        for outcome in run_tests(files, timeout=600):
            for failure in outcome.failures:
                query, value = got(failure)
                values[outcome.file][query] = value
        return [_result(case, values[file]) for case, file in zip(cases, files, strict=True)]


def sloth_rules(case: Case, folder: Path) -> Path:
    """What Sloth generates for the case."""
    spec, out = folder / "sloth.yaml", folder / "theirs.yaml"
    spec.write_text(yaml.safe_dump(_spec(case, "theirs")))
    command = [tool("sloth"), "generate", "-i", spec, "-o", out, "--default-slo-period", case.window]
    subprocess.run(command, check=True, capture_output=True)
    return out


def _spec(case: Case, service: str) -> dict[str, object]:
    error, total = 'sum(rate(http{code="500"}[{{.window}}]))', "sum(rate(http[{{.window}}]))"
    sli = (
        {"raw": {"error_ratio_query": f"{error} / {total}"}}
        if case.raw
        else {"events": {"error_query": error, "total_query": total}}
    )
    slo = {"name": "requests", "objective": case.objective, "sli": sli, "alerting": {"name": service.title()}}
    return {"version": "prometheus/v1", "service": service, "slos": [slo]}


def _write(folder: Path, number: int, case: Case) -> Path:
    place = folder / str(number)
    place.mkdir()
    spec = _spec(case, "ours")
    (slo,) = spec["slos"]  # type: ignore[misc]
    model = SloFile.model_validate({**spec, "slos": [{**slo, "window": case.window}]})
    (place / "ours.yaml").write_text(prometheus_rules(compile_file(model, Context()).groups))
    groups = [
        group["name"]
        for file in (place / "ours.yaml", sloth_rules(case, place))
        for group in yaml.safe_load(file.read_text())["groups"]
    ]
    end = int(case.traffic.end)
    series = [{"series": name, "values": values} for name, values in _series(case)]
    for severity, intervals in due(case).items():
        flags = [int(any(a < second <= b for a, b in intervals)) for second in range(0, end + 1, case.interval)]
        series.append({"series": f'due{{severity="{severity}"}}', "values": " ".join(map(str, flags))})
    test = {
        "rule_files": ["ours.yaml", "theirs.yaml"],
        "evaluation_interval": f"{case.step}s",
        "group_eval_order": groups,
        "tests": [
            {
                "name": case.name,
                "interval": f"{case.interval}s",
                "input_series": series,
                "promql_expr_test": [
                    {"expr": query, "eval_time": f"{end}s", "exp_samples": []} for query in _queries(case).values()
                ],
            }
        ],
    }
    file = place / "test.yaml"
    file.write_text(yaml.safe_dump(test, sort_keys=False, width=10**6))
    return file


def _series(case: Case) -> list[tuple[str, str]]:
    found = signals('sum(rate(http{code="500"}[5m]))', "sum(rate(http[5m]))")
    if case.instances == (1.0,):
        return input_series(found, case.traffic, case.interval, born_late=case.born_late)
    out = []
    for number, share in enumerate(case.instances):  # the first one has all the errors
        bads = [phase.bad if number == 0 else 0.0 for phase in case.phases]
        phases = tuple(
            Phase(p.seconds, p.total * share, bad, p.scraped, p.restart) for p, bad in zip(case.phases, bads, strict=True)
        )
        for name, values in input_series(found, Traffic(phases), case.interval):
            out.append((f'{name[:-1]},instance="{number}"}}', values))
    return out


def due(case: Case) -> dict[str, list[Interval]]:
    """When a page and a ticket are due, by the traffic."""
    budget = budget_ratio(case.objective)
    table = window_pairs(case.window)
    return {
        severity: condition(
            case.traffic,
            [
                Pair(int(p.long_s), int(p.short_s), p.factor * budget)
                for p in table
                if p.severity == severity and p.factor * budget < 1
            ],
        )
        for severity in ("page", "ticket")
    }


def _queries(case: Case) -> dict[str, str]:
    span = f"[{int(case.traffic.end)}s:{case.step}s]"
    queries = {}
    for severity in ("page", "ticket"):
        firing = {
            who: f'(max(ALERTS{{alertname="{who.title()}",sloth_severity="{severity}",alertstate="firing"}}) or vector(0))'
            for who in ("ours", "theirs")
        }
        flags = {**firing, "due": f'max(due{{severity="{severity}"}})'}
        for who, flag in flags.items():
            queries[f"{severity} {who}"] = f"sum_over_time({flag}{span})"
        for one, other in (("ours", "theirs"), ("ours", "due"), ("theirs", "due")):
            queries[f"{severity} {one} {other}"] = f"sum_over_time(abs({flags[one]} - {flags[other]}){span})"
    for who in ("ours", "theirs"):
        queries[f"remaining {who}"] = f'max(slo:period_error_budget_remaining:ratio{{sloth_service="{who}"}})'
    return queries


def got(failure: str) -> tuple[str, float]:
    """The query of a failure, and the only value that it got."""
    match = re.search(r'expr: (".*"), time: .*?got: \{.*\} (\S+)$', failure.strip(), re.DOTALL)
    assert match, failure
    return json.loads(match[1]), float(match[2].replace("NaN", "nan"))


def _result(case: Case, values: dict[str, float]) -> Result:
    found = {name: values.get(query) for name, query in _queries(case).items()}
    minutes = {name: (value or 0.0) * case.step / MINUTE for name, value in found.items() if not name.startswith("remaining")}

    def side(who: str) -> Side:
        severities = ("page", "ticket")
        return Side(
            {s: minutes[f"{s} {who}"] for s in severities},
            {s: minutes[f"{s} {who} due"] for s in severities},
            found[f"remaining {who}"],
        )

    total, bad = case.traffic.window(case.traffic.end, seconds(case.window))
    remaining = 1 - bad / total / budget_ratio(case.objective)
    apart = {s: minutes[f"{s} ours theirs"] for s in ("page", "ticket")}
    return Result(case, side("ours"), side("theirs"), apart, {s: minutes[f"{s} due"] for s in ("page", "ticket")}, remaining)


def table(results: Sequence[Result]) -> str:
    """Markdown: minutes of pages and tickets, minutes apart, and the budget's error against counting."""
    heads = ["scenario", *("page due", "Ballast", "Sloth", "apart"), *("ticket due", "Ballast", "Sloth", "apart")]
    heads += ["budget spent", "Ballast", "Sloth"]
    rows = ["| " + " | ".join(heads) + " |", "|---" + "|--:" * (len(heads) - 1) + "|"]
    return "\n".join([*rows, *map(row, results)])


def row(r: Result) -> str:
    """A line of the table."""
    cells = [r.case.name + (f" ({r.case.differs})" if r.case.differs else "")]
    for s in ("page", "ticket"):
        cells += [f"{v:.0f}" for v in (r.due[s], r.ours.fired[s], r.sloth.fired[s], r.apart[s])]
    cells += [f"{1 - r.remaining:.1%}", *(_spent(side, r.remaining) for side in (r.ours, r.sloth))]
    return "| " + " | ".join(cells) + " |"


def _spent(side: Side, truth: float) -> str:
    """How much was spent according to one side, as a deviation from the truth."""
    if side.remaining is None or math.isnan(side.remaining):
        return "none" if side.remaining is None else "NaN"
    off = spent_wrongly(side, truth)
    return "exact" if abs(off) < 0.005 else f"{off:+.0%}"


def spent_wrongly(side: Side, truth: float) -> float:
    """The budget that one side says is spent, as a deviation from what is (0: exact)."""
    assert side.remaining is not None
    return (1 - side.remaining) / (1 - truth) - 1


def main() -> None:
    text = DOC.read_text()
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    DOC.write_text(f"{head}{BEGIN}\n{table(measure())}\n{END}{tail}")
    print(f"wrote the table of {DOC.name}")


if __name__ == "__main__":
    main()
