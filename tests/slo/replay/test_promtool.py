"""Replay decides as Prometheus' own rule engine does: random series, every alert, every minute, no difference.

promtool evaluates the generated rules over the same samples; what replay says is loaded beside them as series of its own, and
one query a severity counts the minutes in which the two differ.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from ballast.repo import SloFile
from ballast.slo import Compiled, Context, Group, compile_file, prometheus_rules
from ballast.slo.model import Maintenance
from ballast.slo.promtool import run_tests
from ballast.slo.replay.engine import Run, firing, run
from ballast.slo.replay.inputs import Server, openmetrics
from ballast.slo.replay.line import Grid

START = 1_767_225_600  # 2026-01-01, a whole half hour
CASES, BATCHES = 20, 4
HOURS = 5
MINUTE = 60
TABLE = [
    {"severity": "page", "long": "30m", "short": "5m", "factor": 8},
    {"severity": "page", "long": "1h", "short": "10m", "factor": 3},
    {"severity": "ticket", "long": "2h", "short": "30m", "factor": 1.5},
    {"severity": "ticket", "long": "4h", "short": "1h", "factor": 0.7},
]


@dataclass
class Case:
    """A service with one SLO and its raw samples: labels as text, a value a scrape, None for none."""

    number: int
    compiled: Compiled
    interval: int
    series: dict[str, list[float | None]] = field(default_factory=dict)


def case(number: int) -> Case:
    """Everything that can happen to a counter, at random."""
    dice = random.Random(number)
    kind = ("events", "groups", "latency", "gauge", "raw", "availability")[number % 6]
    select = f'case="{number}"'
    by = "sum by (cluster)" if kind == "groups" else "sum"
    error, total = (f"{by}(rate({name}{{{select}}}[{{{{.window}}}}]))" for name in ("bad_total", "all_total"))
    sli: dict[str, object] = {
        "latency": {"latency": {"metric": "took", "threshold": 0.5, "selector": select}},
        "gauge": {"gauge": {"metric": "fine", "selector": select}},
        "raw": {"raw": {"error_ratio_query": f"{error} / {total}"}},
        "availability": {"availability": {"metric": "calls_total", "selector": select}},
    }.get(kind, {"events": {"error_query": error, "total_query": total}})
    slo: dict[str, object] = {
        "name": kind,
        "objective": dice.choice([90, 95, 99, 99.5, 99.9]),
        "window": dice.choice(["30d", "28d", "7d"]),
        "sli": sli,
    }
    if number % 3:
        slo["burn_rates"] = TABLE
    if number % 4 == 1 and kind not in ("raw", "gauge"):
        slo["minimum_traffic"] = 0.5
    file = SloFile.model_validate({"version": "prometheus/v1", "service": f"s{number}", "slos": [slo]})
    compiled = compile_file(file, Context())
    for alert in compiled.slos[0].alerts:
        alert.annotations = {}  # templates that ask for more, evaluation by evaluation, and decide nothing
    made = Case(number, compiled, dice.choice([15, 30, 60]))
    for instance in ("a", "b"):
        where = f'{select},cluster="{instance}",instance="{instance}"'
        events = _events(dice, made.interval, quiet=kind == "groups" and instance == "b")
        good = [None if one is None else one[0] - one[1] for one in events]
        bad = [None if one is None else one[1] for one in events]
        every = [None if one is None else one[0] for one in events]
        late = dice.random() < 0.4
        bad_seen = [None if late and n < len(bad) // 3 else value for n, value in enumerate(bad)]
        made.series |= {
            "latency": {f"took_count{{{where}}}": every, f'took_bucket{{{where},le="0.5"}}': good},
            "gauge": {f"fine{{{where}}}": _gauge(bad)},
            "availability": {f'calls_total{{{where},code="200"}}': good, f'calls_total{{{where},code="503"}}': bad_seen},
        }.get(kind, {f"all_total{{{where}}}": every, f"bad_total{{{where}}}": bad_seen})
    return made


def _events(dice: random.Random, interval: int, *, quiet: bool) -> list[tuple[float, float] | None]:
    """Counters of all and of bad events: outages, slow burns, idle hours, restarts, scrape gaps, silence at the end."""
    found: list[tuple[float, float] | None] = []
    total = bad = 0.0
    length = HOURS * 3600 // interval + 1
    while len(found) < length:
        rate = dice.choice([0, 0.1, 2, 40, 40, 40, 300])
        ratio = dice.choice([0, 0, 0, 0.0008, 0.004, 0.03, 0.3, 1]) * (0 if quiet and dice.random() < 0.5 else 1)
        fate = dice.choice(["", "", "", "", "gap", "restart"])
        if fate == "restart":
            total = bad = 0.0
        for _ in range(dice.randint(2, 50) * 60 // interval):
            events = rate * interval * dice.uniform(0.9, 1.1)
            total, bad = round(total + events, 3), round(bad + events * ratio, 3)
            found.append(None if fate == "gap" else (total, min(bad, total)))
    if dice.random() < 0.3:
        found[-dice.randint(20, 90) * 60 // interval :] = [None] * 400
    return found[:length]


def _gauge(bad: list[float | None]) -> list[float | None]:
    found: list[float | None] = []
    before = 0.0
    for value in bad:
        found.append(None if value is None else float(value <= before))
        before = before if value is None else value
    return found


@contextmanager
def history(cases: list[Case], folder: Path) -> Iterator[Server]:
    file = folder / "all.om"
    with file.open("w") as stream:
        for one in cases:
            for name, values in one.series.items():
                for n, value in enumerate(values):
                    if value is not None:
                        stream.write(f"{name} {value!r} {START + n * one.interval}\n")
        stream.write("# EOF\n")
    with openmetrics(file) as server:
        yield server


def replayed(groups: list[Group], server: Server, hours: float = HOURS) -> Run:
    grid = Grid(START, MINUTE, int(hours * 60) + 1)
    return run(groups, grid, lambda expr: server.ask(expr, grid))


def told(done: Run) -> dict[tuple[str, str], np.ndarray]:
    """How many alerts of a name and severity fire at each minute."""
    counts: dict[tuple[str, str], np.ndarray] = {}
    for alert in done.alerts:
        labels = dict(alert.labels)
        key = (alert.rule.alert, labels.get("severity", ""))
        counts[key] = counts.get(key, np.zeros(done.grid.count)) + alert.firing
    return counts


def promtool_file(folder: Path, groups: list[Group], test: dict[str, object], texts: str = "") -> Path:
    folder.mkdir()
    (folder / "rules.yaml").write_text(texts or prometheus_rules(groups))
    order = [group.name for group in groups] or [g["name"] for g in yaml.safe_load(texts)["groups"]]
    plan = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "group_eval_order": order, "tests": [test]}
    file = folder / "test.yaml"
    file.write_text(yaml.safe_dump(plan, sort_keys=False, width=10**6))
    return file


def comparison(alert: str, severity: str, minutes: int) -> str:
    theirs = f'(count(ALERTS{{alertname="{alert}",severity="{severity}",alertstate="firing"}}) or vector(0))'
    return f'sum_over_time(abs({theirs} - on () said{{alert="{alert}",severity="{severity}"}})[{minutes + 1}m:1m])'


STATES = """
groups:
  - name: states
    interval: 1m
    rules:
      - {record: seen, expr: 'lit{case="states"}'}
      - {alert: Hold, expr: seen > 0, for: 5m, labels: {severity: page}}
      - {alert: Keep, expr: seen > 0, keep_firing_for: 7m, labels: {severity: page}}
      - {alert: Both, expr: seen > 0, for: 3m, keep_firing_for: 4m, labels: {severity: page}}
"""
HOLDS = {"Hold": (300.0, 0.0), "Keep": (0.0, 420.0), "Both": (180.0, 240.0)}


def states(folder: Path) -> Path:
    """`for` and `keep_firing_for`, of which our own rules use only the first, beside what `firing` says of them."""
    dice = random.Random(7)
    flags: list[float] = []
    while len(flags) < 400:
        flags += [float(dice.random() < 0.5)] * dice.choice([1, 2, 3, 4, 5, 6, 7, 9])
    flags = flags[:400]
    grid = Grid(START, MINUTE, 400)
    condition, always = np.array(flags) > 0, np.ones(400, dtype=bool)
    series = [{"series": 'lit{case="states"}', "values": " ".join(f"{flag:g}" for flag in flags)}]
    tests = []
    for alert, (hold, keep) in HOLDS.items():
        said = firing(condition, always, grid, hold, keep)
        assert 20 < said.sum() < 380
        values = " ".join(f"{int(one)}" for one in said)
        series.append({"series": f'said{{alert="{alert}",severity="page"}}', "values": values})
        tests.append(
            {"expr": comparison(alert, "page", 399), "eval_time": "399m", "exp_samples": [{"labels": "{}", "value": 0}]}
        )
    return promtool_file(folder, [], {"interval": "1m", "input_series": series, "promql_expr_test": tests}, STATES)


def prepared(folder: Path, one: Case, counts: dict[tuple[str, str], np.ndarray]) -> Path:
    minutes = HOURS * 60
    series = [
        {"series": name, "values": " ".join("_" if v is None else repr(v) for v in values)}
        for name, values in one.series.items()
    ]
    tests = []
    for alert in (alert for slo in one.compiled.slos for alert in slo.alerts):
        key = (alert.alert, str(alert.severity))
        flags = counts.get(key, np.zeros(minutes + 1))
        per_minute = 60 // one.interval
        values = " ".join(f"{flag:g}" for flag in np.repeat(flags, per_minute))
        series.append({"series": f'said{{alert="{key[0]}",severity="{key[1]}"}}', "values": values})
        tests.append(
            {"expr": comparison(*key, minutes), "eval_time": f"{minutes}m", "exp_samples": [{"labels": "{}", "value": 0}]}
        )
    test = {"interval": f"{one.interval}s", "input_series": series, "promql_expr_test": tests}
    return promtool_file(folder, one.compiled.groups, test)


@pytest.mark.timeout(1200)  # 10 s of CPU each, on a machine that others may be using
@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_decision_is_promtools(batch: int, tmp_path: Path) -> None:
    """20 services, 5 hours, page, ticket and no-data alerts: no minute differs; and a minute that differs is seen."""
    cases = [case(number) for number in range(batch, CASES, BATCHES)]
    fired: dict[str, int] = {}
    files = []
    with history(cases, tmp_path) as server:
        for one in cases:
            counts = told(replayed(one.compiled.groups, server))
            for (alert, severity), flags in counts.items():
                kind = "nodata" if alert.endswith("NoData") else severity
                fired[kind] = fired.get(kind, 0) + bool(flags.any())
            files.append(prepared(tmp_path / str(one.number), one, counts))
    outcomes = run_tests(files, jobs=1, timeout=1000)
    assert {o.file.parent.name: o.failures for o in outcomes if o.failures} == {}
    assert fired["page"] >= 2
    assert fired["ticket"] >= 2


KINDS = {
    "members": [
        {"name": "basket", "objective": 99, "sli": {"availability": {"metric": "calls_total", "selector": 'job="basket"'}}},
        {"name": "payment", "objective": 98, "sli": {"availability": {"metric": "calls_total", "selector": 'job="payment"'}}},
        {
            "name": "both",
            "objective": 95,
            "burn_rates": TABLE,
            "sli": {"composite": {"all_of": ["members/basket", "members/payment"]}},
        },
        {
            "name": "weighted",
            "objective": 98,
            "sli": {"composite": {"weighted": {"members/basket": 1, "members/payment": 3}}},
        },
    ],
    "time": [
        {
            "name": "queue",
            "objective": 95,
            "window": "month",
            "burn_rates": TABLE,
            "sli": {"timeslice": {"query": "sum(calls_total) % 97", "at_most": 70}},
        },
        {
            "name": "tenants",
            "objective": 99,
            "window": "quarter",
            "groups": {"by": ["job"], "limit": 10, "objectives": {"payment": 95}},
            "sli": {"availability": {"metric": "calls_total"}},
        },
    ],
}


def _with_maintenance(file: SloFile, begin: int) -> Compiled:
    maintenance = {"time": (Maintenance(("tenants",), begin + 5000, begin + 9000),)}
    compiled = compile_file(file, Context(maintenance=maintenance))
    for alert in (alert for slo in compiled.slos for alert in slo.alerts):
        alert.annotations = {}
    return compiled


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("service", KINDS)
def test_other_kinds_of_slis(service: str, tmp_path: Path) -> None:
    """Composites, time, groups with objectives of their own, calendar windows, maintenance: none is known to replay by name."""
    file = SloFile.model_validate({"version": "prometheus/v1", "service": service, "slos": KINDS[service]})
    ours, theirs = (_with_maintenance(file, begin) for begin in (START, 0))  # promtool begins in 1970, on the same day
    one = Case(99, ours, 60)
    dice = random.Random(service)
    for job in ("basket", "payment"):
        events = _events(dice, 60, quiet=False)
        one.series[f'calls_total{{job="{job}",code="200"}}'] = [None if e is None else e[0] - e[1] for e in events]
        one.series[f'calls_total{{job="{job}",code="500"}}'] = [None if e is None else e[1] for e in events]
    with history([one], tmp_path) as server:
        counts = told(replayed(one.compiled.groups, server))
    (outcome,) = run_tests([prepared(tmp_path / service, replace(one, compiled=theirs), counts)], jobs=1, timeout=1000)
    assert outcome.failures == ()
    assert sum(bool(flags.any()) for flags in counts.values()) >= 2


@pytest.mark.timeout(1200)
def test_a_minute_that_differs_is_seen(tmp_path: Path) -> None:
    """And the states of alerts with `for` and `keep_firing_for` are Prometheus' own."""
    one = case(5)
    with history([one], tmp_path) as server:
        wrong = told(replayed(one.compiled.groups, server))
    key = next(iter(wrong))
    wrong[key] = wrong[key].copy()
    wrong[key][100] += 1

    held, differs = run_tests([states(tmp_path / "states"), prepared(tmp_path / "wrong", one, wrong)], jobs=1, timeout=1000)

    assert held.failures == ()
    (failure,) = differs.failures
    assert key[0] in failure
    assert re.search(r"got: \{.*\} 1(E\+00)?\b", failure.replace("\n", " "))
