"""`ballast budget`: the error-budget ledger, what is left, and the gate that holds a release."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ballast.cli._moment import moment_or_none

if TYPE_CHECKING:
    from ballast.budget import Balance, Known
    from ballast.repo import BudgetPolicy, Repository

Output = Annotated[Literal["text", "json"], typer.Option("--output", "-o", help="For people or for machines.")]
Name = Annotated[str, typer.Argument(help="SERVICE or SERVICE/SLO; all, if left out.", metavar="[NAME]")]
Window = Annotated[Literal["rolling", "month", "quarter"], typer.Option(help="The SLO's own window, or the calendar's so far.")]
BLOCKS = " ▁▂▃▄▅▆▇█"


def register(app: typer.Typer) -> None:
    """Add the group `budget`."""
    group = typer.Typer(no_args_is_help=True, help="The error-budget ledger, what is left, and the freeze gate.")
    for command, example in (
        (collect, "collect --from 2026-11-01T00:00:00Z"),
        (status, "status checkout --window month"),
        (history, "history checkout/availability --days 14 --plot build/burn.png"),
        (forecast, "forecast checkout"),
        (gate, "gate --service checkout --change-type feature"),
        (exempt, "exempt --service checkout --person ada@acme.example --key ~/.ssh/id_ed25519 --hours 4 --reason …"),
        (correct, "correct checkout/availability --from … --to … --bad 0 --reason …"),
        (report, "report --month 2026-10 --html build/report.html"),
        (export, "export build/history.parquet --from 2026-10-01T00:00:00Z"),
        (verify, "verify"),
        (reader, "reader ballast_budget_reader"),
    ):
        group.command(epilog=f"Example: ballast budget {example}")(command)
    app.add_typer(group, name="budget")


def collect(
    start: Annotated[str, typer.Option("--from", help="First moment (RFC 3339); default: where the last round ended.")] = "",
    end: Annotated[str, typer.Option("--to", help="Last moment; default: now.")] = "",
    url: Annotated[str, typer.Option(help="Prometheus, Thanos or VictoriaMetrics; default BALLAST_PROMETHEUS_URL.")] = "",
    every: Annotated[int, typer.Option(help="Seconds between rounds, for ever; 0: one round.", min=0)] = 0,
    output: Output = "text",
) -> None:
    """Read raw samples and append whole events to the ledger. The same time twice, late or out of order changes nothing."""
    import time

    from ballast.budget import Endpoint, Source, connect
    from ballast.budget import collect as round_of
    from ballast.repo import CannotRun

    endpoint = Endpoint.from_environment(url)
    while True:
        began = time.monotonic()
        try:
            with connect(make=True) as connection, Source(endpoint) as source, _progress() as progress:
                done = round_of(
                    connection, _repository(), source, start=moment_or_none(start), end=moment_or_none(end), progress=progress
                )
        except CannotRun as error:
            if not every:
                raise
            print(f"ballast: {error}; the next round fills it in", file=sys.stderr, flush=True)
        else:
            if output == "json":
                print(json.dumps({**_fields(done), "seconds": round(time.monotonic() - began, 2)}, default=str), flush=True)
            else:
                print(
                    f"{done.slos} SLOs, {done.start:%Y-%m-%d %H:%M} to {done.end:%Y-%m-%d %H:%M} UTC:"
                    f" {done.hours_changed} hours of the ledger changed.",
                    flush=True,
                )
                if done.dark:
                    print(f"No data at all: {', '.join(done.dark)}", flush=True)
        if not every:
            return
        start = end = ""
        time.sleep(max(0.0, every - (time.monotonic() - began)))


def status(name: Name = "", window: Window = "rolling", output: Output = "text") -> None:
    """What is left of each budget, what the policy says, and what nobody knows."""
    from datetime import UTC, datetime

    from ballast.budget import action_of, balances, connect, doubts, slos

    policy, now = _policy(), datetime.now(UTC)
    calendar = None if window == "rolling" else window
    rows = []
    with connect() as connection:
        known = _select(slos(connection, *_parts(name)), name)
        for balance in balances(connection, known, now, calendar=calendar, zone=policy.time_zone):
            doubt = doubts(policy, balance, now)
            rows.append(
                _balance_fields(balance) | {"action": action_of(policy, balance.known.tier, balance.remaining), "doubts": doubt}
            )
    if output == "json":
        print(json.dumps(rows, indent=1))
        return
    table = _table(("SLO", "objective", "events", "bad", "left", "unknown", "policy"), right={1, 2, 3, 4, 5})
    for r in rows:
        left = "unknown" if r["known_minutes"] == 0 else f"{r['remaining']:.1%}"
        verdict = "cannot tell" if r["doubts"] else {None: "-", "slow_down": "slow down"}.get(r["action"], r["action"])
        style = {"freeze": "bold red", "slow down": "yellow", "cannot tell": "magenta"}.get(str(verdict), "")
        cells = (
            r["slo"],
            f"{r['objective']:g}%",
            f"{r['total']:,}",
            f"{r['bad']:,}",
            left,
            f"{r['unknown']:.1%}",
            str(verdict),
        )
        table.add_row(*cells, style=style)
    _print(table)
    for r in rows:
        for doubt in r["doubts"]:
            print(f"{r['slo']}: {doubt}")
    young = min((float(r["covered"]) for r in rows if r["known_minutes"]), default=1.0)
    if young < 0.999:
        print(f"The ledger covers as little as {young:.1%} of a window: `ballast budget collect --from …` fills it in.")


def history(
    name: Name = "",
    length: Annotated[int, typer.Option("--days", min=1, max=400, help="How many UTC days, today included.")] = 30,
    plot: Annotated[Path | None, typer.Option(help="Draw the burn-down of one SLO into this PNG.")] = None,
    output: Output = "text",
) -> None:
    """Each day's share of the budget spent, and what was left."""
    from datetime import UTC, datetime

    from ballast.budget import connect, days, number, slos
    from ballast.repo import CannotRun

    now = datetime.now(UTC)
    today = number(now) // 1440
    found = []
    with connect() as connection:
        for known in _select(slos(connection, *_parts(name)), name):
            window = known.window_minutes // 1440
            sums = days(connection, known, (today - length - window + 2) * 1440, number(now) + 1)
            found.append((known, _burndown(sums, float(known.budget), window)[-length:]))
    if plot:
        if len(found) != 1:
            raise CannotRun("--plot draws one SLO: name it, as SERVICE/SLO")
        _plot(found[0][0], found[0][1], plot)
        print(f"wrote {plot}", file=sys.stderr)
    if output == "json":
        print(json.dumps([{"slo": known.name, "days": line} for known, line in found], indent=1))
        return
    width = max((len(known.name) for known, _ in found), default=0)
    for known, line in found:
        shown = line[-min(length, 72 - width) :]
        most = max((day["spent"] for day in shown if day["spent"] is not None), default=0.0) or 1.0
        marks = "".join("·" if d["spent"] is None else BLOCKS[min(8, round(8 * d["spent"] / most))] for d in shown)
        print(f"{known.name:<{width}}  |{marks}|")
        spent = [d["spent"] for d in shown if d["spent"] is not None]
        worst = f"worst day {max(spent):.1%} of the budget" if spent else "nothing known"
        print(f"{'':<{width}}  {len(spent)} of {len(shown)} days known, {worst}")


def forecast(name: Name = "", output: Output = "text") -> None:
    """When each budget will be spent if the coming weeks are like the last ones: the 80 % interval, and how likely."""
    from datetime import UTC, datetime

    from ballast.budget import connect, days, number, slos
    from ballast.budget import forecast as forecast_of

    end = number(datetime.now(UTC))
    rows = []
    with connect() as connection:
        for known in _select(slos(connection, *_parts(name)), name):
            window = known.window_minutes // 1440
            sums = days(connection, known, (end // 1440 - window + 1) * 1440, end + 1)
            result = forecast_of([(s.total, s.bad) for _, s in sums], float(known.budget), window)
            rows.append({"slo": known.name, **_fields(result)})
    if output == "json":
        print(json.dumps(rows, indent=1))
        return
    table = _table(("SLO", "spent in (80 % interval)", "median", "within the window"), right={3})
    for r in rows:
        if r["why"]:
            table.add_row(r["slo"], "unknown", "unknown", "unknown")
        else:
            beyond = f"> {r['horizon']} d"
            early, middle, late = (beyond if r[key] is None else f"{r[key]:.0f} d" for key in ("early", "middle", "late"))
            span = f"{early} to {late}" if r["early"] is not None else beyond
            table.add_row(r["slo"], span, middle, f"{r['probability']:.0%}")
    _print(table)
    for r in rows:
        if r["why"]:
            print(f"{r['slo']}: {r['why']}")


def gate(
    service: Annotated[str, typer.Option("--service", "-s", help="The service to be released.")],
    change_type: Annotated[
        Literal["feature", "reliability", "security"], typer.Option(help="Only features are held by a freeze.")
    ] = "feature",
    reason: Annotated[str, typer.Option(help="What is released and why, for the audit log.")] = "",
    output: Output = "text",
) -> None:
    """May this service be released? Exit code 0 allow, 1 frozen, 2 cannot tell (missing or stale data holds a feature)."""
    from ballast.budget import freeze_gate
    from ballast.repo import find_root

    verdict = freeze_gate(service, change_type, root=find_root(), reason=reason)
    if output == "json":
        print(json.dumps({**_fields(verdict), "exit": verdict.code}, indent=1))
    else:
        said = "passes" if verdict.passes else "is held"
        print(f"{service}: {verdict.state}; a {change_type} change {said}.")
        for line in verdict.reasons:
            print(f"  {line}")
    raise typer.Exit(verdict.code)


def exempt(
    service: Annotated[str, typer.Option(help="Whose feature releases pass.")],
    person: Annotated[str, typer.Option(help="Who signs, as in alerts/allowed-signers.")],
    key: Annotated[Path, typer.Option(help="Their Ed25519 private key.", exists=True, dir_okay=False)],
    reason: Annotated[str, typer.Option(help="Why, for whoever reads the audit log.")],
    hours: Annotated[int, typer.Option(min=1, max=14 * 24, help="For how long, from now.")] = 4,
) -> None:
    """Sign an exemption from a freeze. It expires; commit it, so that others see it. Asks for the key's passphrase."""
    from datetime import UTC, datetime, timedelta

    from ballast.audit import Entry, append, signed_by
    from ballast.budget import Exemption, sign
    from ballast.repo import find_root

    now = datetime.now(UTC).replace(microsecond=0)
    wanted = Exemption(service, person, reason, now.isoformat(), (now + timedelta(hours=hours)).isoformat())
    passphrase = typer.prompt("Passphrase", hide_input=True).encode() if _is_locked(key) else None
    path = sign(find_root(), wanted, key, passphrase)
    signature = path.with_name(path.name + ".sig").read_bytes()
    details = {
        "file": path.name,
        "until": wanted.until,
        "signed_by": signed_by(wanted.text().encode(), signature, "ballast-exemption"),
    }
    append(Entry(person, "budget/exemption", service, "signed", reason, details))
    print(f"wrote {path} and its signature; it ends {wanted.until}")


def correct(
    name: Annotated[str, typer.Argument(metavar="SERVICE/SLO")],
    start: Annotated[str, typer.Option("--from", help="First minute (RFC 3339).")],
    end: Annotated[str, typer.Option("--to", help="End, not included.")],
    reason: Annotated[str, typer.Option(help="Why the ledger was wrong.")],
    bad: Annotated[int, typer.Option(help="Bad events of each minute.", min=0)],
    total: Annotated[int | None, typer.Option(help="All events of each minute; default: as they were.", min=0)] = None,
) -> None:
    """Replace minutes that were counted wrongly. The old ones stay in the ledger; the audit log says who and why."""
    from datetime import UTC

    from ballast.audit import Entry, actor
    from ballast.audit import append as record
    from ballast.budget import Correction, Minute, append, connect, minutes, number, slos
    from ballast.repo import CannotRun

    first, last = moment_or_none(start), moment_or_none(end)
    assert first is not None
    assert last is not None
    with connect() as connection:
        known = _select(slos(connection, *_parts(name)), name)
        if len(known) != 1 or "/" not in name:
            raise CannotRun(f"{name}: name one SLO, as SERVICE/SLO")
        held = minutes(connection, known[0].id, number(first), number(last))
        if total is None and any(not held.get(m, Minute(0, 0, 16)).known for m in range(number(first), number(last))):
            raise CannotRun("some of these minutes are unknown: give --total too")
        new = {m: Minute(held[m].total if total is None else total, bad) for m in range(number(first), number(last))}
        if any(value.bad > value.total for value in new.values()):
            raise CannotRun(f"--bad {bad} is more than all events of one of these minutes")
        record(
            Entry(
                actor(),
                "budget/correction",
                name,
                f"bad {bad}, total {total if total is not None else 'kept'}",
                reason,
                {"from": first.astimezone(UTC).isoformat(), "to": last.astimezone(UTC).isoformat()},
            )
        )
        changed = append(connection, {known[0].id: new}, correction=Correction(actor(), reason))
    print(f"{len(new)} minutes corrected, {changed} hours have a new revision")


def report(
    month: Annotated[str, typer.Option(help="YYYY-MM, in the policy's time zone.")],
    markdown: Annotated[Path | None, typer.Option(help="Write Markdown here; default: standard output.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page here.")] = None,
) -> None:
    """The monthly SLO report: what was promised, kept, missed, left out and unknown."""
    import re
    from datetime import UTC, datetime

    from ballast.budget import connect, monthly, render
    from ballast.repo import CannotRun

    match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
    if match is None:
        raise CannotRun(f"--month {month}: write YYYY-MM")
    with connect() as connection:
        made = monthly(connection, int(match[1]), int(match[2]), _policy().time_zone, datetime.now(UTC))
    if html is None and markdown is None:
        print(render(made, "md"), end="")
    for path, kind in ((markdown, "md"), (html, "html")):
        if path is not None:
            _write(path, render(made, kind))


def export(
    path: Annotated[Path, typer.Argument(help="Ends in .parquet or .csv.")],
    start: Annotated[str, typer.Option("--from", help="First moment (RFC 3339).")],
    end: Annotated[str, typer.Option("--to", help="Last moment; default: now.")] = "",
    name: Annotated[str, typer.Option(help="SERVICE or SERVICE/SLO; all, if left out.")] = "",
) -> None:
    """Write the SLI history, a row a minute."""
    from datetime import UTC, datetime

    from ballast.budget import connect, slos
    from ballast.budget import export as write

    first = moment_or_none(start)
    assert first is not None
    with connect() as connection:
        known = _select(slos(connection, *_parts(name)), name)
        count = write(connection, known, first, moment_or_none(end) or datetime.now(UTC), path)
    print(f"{count} minutes in {path}")


def verify(output: Output = "text") -> None:
    """Replay every closed hour from its minutes and compare with the sums that are stored."""
    from ballast.budget import connect
    from ballast.budget import verify as replay

    with connect() as connection:
        wrong = replay(connection)
    if output == "json":
        print(json.dumps({"problems": wrong}, indent=1))
    else:
        print("\n".join(wrong) or "Every sum is that of its minutes.")
    raise typer.Exit(1 if wrong else 0)


def reader(role: Annotated[str, typer.Argument(help="Made unless it is there.")] = "ballast_budget_reader") -> None:
    """Let a PostgreSQL role read the ledger's views and nothing else, for Grafana."""
    from ballast.budget import connect, grant_reader

    with connect() as connection:
        grant_reader(connection, role)
    print(f"{role} may read the views hourly, daily, budget and burndown. Grant it: grant {role} to grafana;")


# --- Helpers ----------------------------------------------------------------------------------------------------------


def _parts(name: str) -> tuple[str | None, str | None]:
    service, _, slo = name.partition("/")
    return service or None, slo or None


def _select(found: list[Known], name: str) -> list[Known]:
    from ballast.repo import CannotRun

    if not found:
        raise CannotRun(f"the ledger has no SLO {name}" if name else "the ledger has no SLO: run `ballast budget collect`")
    return found


def _repository() -> Repository:
    from ballast.repo import CannotRun, find_root, load

    repository = load(find_root())
    if repository.broken:
        raise CannotRun(f"{len(repository.broken)} file(s) under alerts/ have errors: run `ballast validate`")
    return repository


def _policy() -> BudgetPolicy:
    from ballast.repo import CannotRun, find_root, read_budget_policy

    policy, problems = read_budget_policy(find_root())
    if policy is None:
        raise CannotRun(str(problems[0]) if problems else "there is no alerts/budget-policy.yaml")
    return policy


def _fields(value: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(value)


def _balance_fields(balance: Balance) -> dict[str, Any]:
    known = balance.known
    return {
        "slo": known.name,
        "objective": float(known.objective),
        "unit": known.unit,
        "start": balance.start.isoformat(),
        "end": balance.end.isoformat(),
        "total": balance.sum.total,
        "bad": balance.sum.bad,
        "sli": balance.sli,
        "remaining": balance.remaining,
        "known_minutes": balance.sum.known,
        "gap_minutes": balance.sum.gap,
        "unknown": balance.unknown,
        "covered": balance.covered,
        "last_known": known.last_known.isoformat() if known.last_known else None,
    }


def _burndown(sums: list[Any], budget: float, window: int) -> list[dict[str, Any]]:
    """Of each day what it spent of the window's budget, and what was left at its end."""
    found = []
    for n, (day, one) in enumerate(sums):
        past = [s for _, s in sums[max(0, n - window + 1) : n + 1]]
        allowed = budget * sum(s.total for s in past)
        known = one.known > 0
        found.append(
            {
                "day": f"{day:%Y-%m-%d}",
                "total": one.total,
                "bad": one.bad,
                "known_minutes": one.known,
                "spent": (one.bad / allowed if allowed else 0.0) if known else None,
                "remaining": (1 - sum(s.bad for s in past) / allowed if allowed else 1.0) if known else None,
            }
        )
    return found


def _plot(known: Known, line: list[dict[str, Any]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
    names = [day["day"][5:] for day in line]
    left = [float("nan") if day["remaining"] is None else 100 * day["remaining"] for day in line]
    spent = [0.0 if day["spent"] is None else 100 * day["spent"] for day in line]
    axes.bar(range(len(line)), spent, color="#bf5700", label="spent that day")
    axes.plot(range(len(line)), left, color="#0b5cad", marker="o", markersize=3, label="left at the end of the day")
    unknown = [n for n, day in enumerate(line) if day["spent"] is None]
    for n in unknown:
        label = "nothing known" if n == unknown[0] else None
        axes.axvspan(n - 0.5, n + 0.5, facecolor="#888888", alpha=0.15, linewidth=0, label=label)
    axes.axhline(0, color="#444444", linewidth=0.8)
    axes.set_ylabel("percent of the error budget")
    axes.set_title(f"{known.name}: {known.objective.normalize()} % over {known.window_minutes // 1440} days", loc="left")
    ticks = range(0, len(names), max(1, len(names) // 10))
    axes.set_xticks(ticks, [names[n] for n in ticks])
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    figure.savefig(part, dpi=120, format="png")
    plt.close(figure)
    part.replace(path)


def _write(path: Path, text: str) -> None:
    from ballast.repo import CannotRun

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise CannotRun(f"cannot write {path}: {error.strerror}") from error
    print(f"wrote {path}", file=sys.stderr)


def _is_locked(key: Path) -> bool:
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    try:
        load_ssh_private_key(key.read_bytes(), None)
    except TypeError:
        return True
    except ValueError:
        return False  # no key at all: signing says so
    return False


def _table(titles: tuple[str, ...], right: set[int]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for n, title in enumerate(titles):
        table.add_column(title, justify="right" if n in right else "left", overflow="fold")
    return table


def _print(table: Any) -> None:
    from rich.console import Console

    Console(highlight=False).print(table)


def _progress() -> Any:
    """A spinner on a terminal; silence in CI and in pipes."""
    from ballast.cli.stack import _progress as progress

    return progress()
