"""`ballast prove`: do the alerts fire when the mathematics says so, and would the proofs notice if the rules were wrong?"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from shutil import get_terminal_size
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from ballast.slo import CompiledSlo
    from ballast.slo.proofs import Verdict


def register(app: typer.Typer) -> None:
    """Add `prove`."""
    app.command("prove")(prove)


def prove(
    names: Annotated[list[str] | None, typer.Argument(help="SLOs; default: all.", metavar="SERVICE/SLO…")] = None,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Break the rules, one thing at a time; a proof has to fail.")
    ] = False,
    output: Annotated[Literal["text", "json"], typer.Option("--output", "-o", help="For people or for machines.")] = "text",
) -> None:
    """Prove the alerts of SLOs with promtool, or prove the proofs with mutants.

    Rules and proofs are made from the SLO files as they are now; nothing is written. Exit code 1: a proof failed, or a mutant
    survived. One SLO has about 250 mutants, which take some two minutes of two cores.

    Example: ballast prove checkout/availability --mutate
    """
    chosen = _chosen(names or [])
    raise typer.Exit(_mutate(chosen, output) if mutate else _prove(chosen, output))


def _chosen(names: list[str]) -> list[CompiledSlo]:
    from difflib import get_close_matches

    from ballast.repo import CannotRun, Severity, find_root, load
    from ballast.slo import compile_repository

    repository = load(find_root())
    if any(problem.severity is Severity.ERROR for problem in repository.problems):
        raise CannotRun("the SLO files have errors: run `ballast validate` first")
    known = {f"{slo.service}/{slo.slo.name}": slo for compiled in compile_repository(repository) for slo in compiled.slos}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.4)
            raise CannotRun(
                f"there is no SLO {name}: {f'did you mean {near[0]}?' if near else '`ballast slo list` prints them'}"
            )
    return [known[name] for name in names] if names else list(known.values())


def _prove(chosen: list[CompiledSlo], output: str) -> int:
    from ballast.slo.proofs import prove

    results = prove(chosen)
    failed = [result for result in results if result.failures]
    if output == "json":
        from dataclasses import asdict

        sys.stdout.write(json.dumps([asdict(result) for result in results], indent=1) + "\n")
        return int(bool(failed))
    slo, width = "", min(get_terminal_size().columns, 100)
    for result in results:
        if result.slo != slo:
            slo = result.slo
            typer.secho(f"\n{slo}", bold=True)
        mark, colour = (
            ("unproven", "yellow") if not result.ran else ("FAILED", "red") if result.failures else ("proven", "green")
        )
        typer.echo(typer.style(f"  {mark:<9}", fg=colour) + result.name)
        typer.secho(fill(result.proves, width, initial_indent=" " * 11, subsequent_indent=" " * 11), dim=True)
        for failure in result.failures:
            typer.echo("\n".join(f"    {line}" for line in failure.strip().splitlines()))
    ran = sum(result.ran for result in results)
    typer.echo(
        f"\n{ran - len(failed)} of {ran} proofs hold"
        + (f", {len(results) - ran} could not be made." if ran < len(results) else ".")
    )
    return int(bool(failed))


def _mutate(chosen: list[CompiledSlo], output: str) -> int:
    from ballast.slo.proofs import mutants, mutate

    verdicts: list[Verdict] = []
    planned = {f"{slo.service}/{slo.slo.name}": list(mutants(slo)) for slo in chosen}
    with _bar(sum(map(len, planned.values()))) as tick:
        for slo in chosen:
            found = mutate(slo, pick=planned[f"{slo.service}/{slo.slo.name}"], tick=tick)
            left = sum(verdict.killed_by is None for verdict in found)
            typer.echo(f"{slo.service}/{slo.slo.name}: {left} of {len(found)} mutants survived", err=True)
            verdicts += found
    alive = [verdict for verdict in verdicts if verdict.killed_by is None]
    if output == "json":
        from dataclasses import asdict

        sys.stdout.write(json.dumps([asdict(verdict) for verdict in verdicts], indent=1) + "\n")
        return int(bool(alive))
    _table(verdicts)
    for verdict in alive:
        typer.echo(
            f"survived: {verdict.service}/{verdict.slo}: {verdict.rule} {verdict.severity}".rstrip() + f": {verdict.change}"
        )
    return int(bool(alive))


def _table(verdicts: list[Verdict]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("SLO")
    for head in ("mutants", "killed", "survived"):
        table.add_column(head, justify="right")
    for name in dict.fromkeys(f"{v.service}/{v.slo}" for v in verdicts):
        own = [v for v in verdicts if f"{v.service}/{v.slo}" == name]
        dead = sum(v.killed_by is not None for v in own)
        table.add_row(name, str(len(own)), str(dead), str(len(own) - dead))
    Console(highlight=False).print(table)


@contextmanager
def _bar(total: int) -> Iterator[Callable[[], None]]:
    """How many mutants are done, on standard error: on a terminal, and not in CI."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    quiet = not console.is_terminal or bool(os.environ.get("CI"))
    with Progress(
        BarColumn(30), MofNCompleteColumn(), TimeRemainingColumn(), console=console, transient=True, disable=quiet
    ) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)
