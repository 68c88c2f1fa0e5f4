"""`ballast slo replay`: what the alerts of an SLO would have done to a history."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ballast.cli.slo import compiled_of, table

if TYPE_CHECKING:
    from ballast.slo import Compiled, CompiledSlo
    from ballast.slo.replay import Change, History, Replay

MarkdownToo = Annotated[
    Literal["text", "json", "markdown"], typer.Option("--output", "-o", help="For people, for machines, for a pull request.")
]
Spec = Annotated[Path, typer.Argument(help="SLO file, or a folder of them.", metavar="SPEC", exists=True, show_default=False)]
Prometheus = Annotated[
    str, typer.Option("--prometheus", help="Prometheus, Thanos or VictoriaMetrics; default BALLAST_PROMETHEUS_URL.")
]
OpenMetrics = Annotated[
    Path | None, typer.Option("--openmetrics", help="Instead: a file of raw samples.", exists=True, dir_okay=False)
]
Parquet = Annotated[
    Path | None, typer.Option("--parquet", help="Instead: what `ballast budget export` wrote.", exists=True, dir_okay=False)
]
From = Annotated[str, typer.Option("--from", help="First moment (RFC 3339), or how long before the end (7d).")]
To = Annotated[str, typer.Option("--to", help="Last moment; default: now, or the end of the file.")]


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("replay", epilog="Example: ballast slo replay alerts/slos/checkout.yaml --from 30d --against main")(
        replay_command
    )


def replay_command(
    spec: Spec,
    start: From = "",
    end: To = "",
    prometheus: Prometheus = "",
    openmetrics: OpenMetrics = None,
    parquet: Parquet = None,
    against: Annotated[
        str, typer.Option(help="What to compare with: another SLO file, or a git revision of this one.", metavar="SPEC|REF")
    ] = "",
    slo: Annotated[list[str] | None, typer.Option(help="Only these SLOs of the file.", metavar="NAME")] = None,
    step: Annotated[int, typer.Option(help="Seconds between decisions; must divide a minute.", min=1, max=60)] = 60,
    picture: Annotated[
        Path | None, typer.Option(help="Draw into this PNG; of several SLOs into <stem>-<slo>.png each.", dir_okay=False)
    ] = None,
    output: MarkdownToo = "text",
) -> None:
    """Say which pages and tickets a spec would have sent, how soon, and what became of the budget, minute by minute.

    The rules are those that `ballast slo compile` writes, evaluated over the
    service's own metrics. With --against the same history meets both specs,
    and what changes is listed.
    """
    from ballast.repo import CannotRun
    from ballast.slo.replay import compare, replay

    if 60 % step:
        raise CannotRun(f"--step {step}: a minute is no multiple of it; use 1, 5, 10, 15, 30 or 60")
    services = compiled_of([spec])
    before = _before(spec, against) if against else []
    wanted = chosen(services, slo or [])
    old = {f"{one.service}/{one.slo.name}": one for each in before for one in each.slos}
    changes: list[tuple[Change, CompiledSlo]] = []
    with histories(prometheus, openmetrics, parquet) as history_of:
        for one in wanted:
            first, last = span(history_of(one), start, end)
            new = replay(one, history_of(one), first, last, step=step, together=services)
            other = old.get(new.name)
            if other is not None and parquet and other.slo.sli != one.slo.sli:
                raise CannotRun(f"{new.name}: the two specs count different events, and the ledger has those of one of them")
            was = replay(other, history_of(other), first, last, step=step, together=before) if other else None
            changes.append((compare(was, new), one))
    pictures = [_drawn(change, one, picture, alone=len(changes) == 1) for change, one in changes] if picture else []
    _show([change for change, _ in changes], pictures, output)


def _show(changes: list[Change], pictures: list[str], output: str) -> None:
    from ballast.slo.replay.words import fields, markdown

    if output == "json":
        sys.stdout.write(json.dumps([fields(change) for change in changes], indent=1) + "\n")
    elif output == "markdown":
        sys.stdout.write(markdown(changes, pictures))
    else:
        for number, change in enumerate(changes):
            if number:
                typer.echo()
            _print(change)


def _print(change: Change) -> None:
    from ballast.slo.replay.words import figures, firing_words, incident_rows, promise, span_words

    new, old = change.new, change.old
    was = f"{promise(old)} -> " if old and promise(old) != promise(new) else ""
    typer.echo(f"{new.name}: {was}{promise(new)}")
    typer.echo(span_words(new))
    if old:
        typer.echo()
        before = dict(figures(old))
        rows = [[name, before.pop(name, "-"), value] for name, value in figures(new)]
        table(["", "before", "after"], rows + [[name, value, "-"] for name, value in before.items()], right={1, 2})
    else:
        table(["", ""], [list(row) for row in figures(new)], right={1})
    for what, firings in (
        ("Pages gained" if old else "Pages", change.pages.gained),
        ("Pages lost", change.pages.lost),
        ("Tickets gained" if old else "Tickets", change.tickets.gained),
        ("Tickets lost", change.tickets.lost),
    ):
        if firings:
            typer.echo(f"\n{what}:")
            for one in firings:
                typer.echo(f"  {firing_words(one)}")
    if rows := incident_rows(change, 0.01):
        typer.echo()
        heads = ["incident (UTC)", "lasted", "peak", "budget", *(("before", "after") if old else ("told",))]
        table(heads, rows, right={1, 2, 3})
    for line in _doubts(new):
        typer.echo(f"\n{line}")


def _doubts(new: Replay) -> Iterator[str]:
    from ballast.slo import human_seconds

    if new.warm < new.wanted:
        begins = f"{human_seconds(new.warm)} before" if new.warm else "at"
        yield (
            f"The history begins {begins} the first moment; the alerts look back up to {human_seconds(new.wanted)}."
            "\nTheir long windows are not full at first, as after a first deployment."
        )
    if new.unknown == 1:
        yield "There is no data at all: do the SLI's metrics and labels exist in this history?"


# --- What `suggest` and `explain` need too ----------------------------------------------------------------------------


@contextmanager
def histories(prometheus: str, openmetrics: Path | None, parquet: Path | None) -> Iterator[Callable[[CompiledSlo], History]]:
    """The history that the options name, for each SLO: at most one of them; without any the Prometheus of the environment."""
    from ballast.budget import Endpoint
    from ballast.repo import CannotRun
    from ballast.slo.replay import Ledger, Server
    from ballast.slo.replay import openmetrics as prometheus_with

    if sum(map(bool, (prometheus, openmetrics, parquet))) > 1:
        raise CannotRun("give one of --prometheus, --openmetrics and --parquet")
    with progress() as said:
        if openmetrics:
            said(f"starting a Prometheus with {openmetrics}")
            with prometheus_with(openmetrics, progress=said) as server:
                yield lambda _: server
        elif parquet:
            yield lambda one: Ledger.of_file(parquet, one)
        else:
            with Endpoint.from_environment(prometheus).client(timeout=120.0) as client:
                live = Server(client, progress=said)
                yield lambda _: live


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A spinner on a terminal; silence in CI and in pipes."""
    from ballast.cli.stack import _progress

    with _progress() as said:
        yield lambda text: said(text if len(text) <= 70 else f"{text[:69]}…")


def span(history: History, start: str, end: str, default: str = "7d") -> tuple[int, int]:
    """First and last Unix second: as given, within what the history says of itself, or the last week."""
    import time

    from ballast.repo import seconds

    known = history.extent()
    last = moment_of(end, known[1] if known else int(time.time())) if end else (known[1] if known else int(time.time()))
    if start:
        return moment_of(start, last), last
    return (known[0] if known else last - int(seconds(default))), last


def moment_of(text: str, end: int) -> int:
    """A moment in Unix seconds; a duration counts back from the end."""
    import re

    from ballast.cli._moment import moment
    from ballast.repo import seconds

    if re.fullmatch(r"([0-9]+[smhdwy])+", text):
        return end - int(seconds(text))
    return int(moment(text, also=", or as a time before the end, 7d").timestamp())


def chosen(services: list[Compiled], names: list[str]) -> list[CompiledSlo]:
    """The SLOs with these names, as `slo` or `service/slo`; all without any."""
    from ballast.repo import CannotRun

    known = [one for each in services for one in each.slos]
    found = [one for one in known if not names or one.slo.name in names or f"{one.service}/{one.slo.name}" in names]
    if not found:
        raise CannotRun(f"there is no such SLO: the file has {', '.join(f'{one.service}/{one.slo.name}' for one in known)}")
    return found


def _before(spec: Path, against: str) -> list[Compiled]:
    """The SLOs of another file, or of a git revision of this one."""
    if Path(against).exists():
        return compiled_of([Path(against)])
    import tempfile

    from ballast.repo import CannotRun, content_at

    if spec.is_dir():
        raise CannotRun(
            f"--against {against}: there is no such file, and a git revision is compared with one SLO file at a time"
        )
    try:
        text, why = content_at(spec.absolute().parent, against, spec.name), "it is not in that revision"
    except CannotRun as error:
        text, why = None, str(error)
    if text is None:
        raise CannotRun(f"--against {against}: neither a file nor a git revision that has {spec} ({why})")
    with tempfile.TemporaryDirectory(prefix="ballast-replay-") as folder:
        old = Path(folder) / spec.name
        old.write_bytes(text)
        return compiled_of([old])


def _drawn(change: Change, compiled: CompiledSlo, picture: Path, *, alone: bool) -> str:
    from ballast.slo.replay.picture import draw
    from ballast.slo.replay.words import alt_text

    path = picture if alone else picture.with_name(f"{picture.stem}-{compiled.slo.name}{picture.suffix or '.png'}")
    draw(change, compiled.slo, path)
    print(f"wrote {path}: {alt_text(change)}", file=sys.stderr)
    return str(path)
