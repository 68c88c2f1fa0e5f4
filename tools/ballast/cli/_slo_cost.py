"""`ballast slo cost` and `ballast slo shard`: what rules cost, and how they are dealt out to several rulers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ballast.cli.slo import Output, table

if TYPE_CHECKING:
    from ballast.slo import Compiled, SloCost

Files = Annotated[list[Path], typer.Argument(help="SLO files, or folders of them.", metavar="SPEC…")]
SeriesOption = Annotated[int, typer.Option(min=1, help="Series that a query of an SLI selects.")]
ScrapeOption = Annotated[str, typer.Option(help="Interval between scrapes.", metavar="DURATION")]


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("cost")(cost_command)
    group.command("shard")(shard_command)


def cost_command(
    files: Files,
    series: SeriesOption = 20,
    failing: Annotated[int | None, typer.Option(min=1, help="Those that its error query selects, if fewer.")] = None,
    scrape: ScrapeOption = "30s",
    groups: Annotated[int, typer.Option(min=1, help="Groups of SLOs that have `groups`.")] = 10,
    output: Output = "text",
) -> None:
    """Predict what the rules of SLOs cost a Prometheus: series, samples and evaluation time.

    Example: ballast slo cost alerts/slos --series 50 --scrape 15s
    """
    from dataclasses import asdict

    from ballast.slo import Assumptions, cost_of, total_cost

    given = Assumptions(series, _seconds(scrape), groups, failing)
    costs = [cost_of(one, given) for service in _compiled(files) for one in service.slos]
    total = total_cost(costs)
    if output == "json":
        sys.stdout.write(json.dumps({"slos": [asdict(c) for c in costs], "total": asdict(total)}, indent=1) + "\n")
        return
    heads = ["SLO", "rules", "series", "written\n/s", "read\n/s", "time of an\nevaluation", "CPU"]
    table(heads, [_row(cost) for cost in [*costs, total]], right=set(range(1, 7)))
    typer.echo(f"\n{series} series for each query, scraped every {scrape}. CPU is the share of one core, on the machine")
    typer.echo("of docs/rule-cost.md; another one is faster or slower by a factor.")


def shard_command(
    files: Files,
    shards: Annotated[int, typer.Option(min=1, help="How many rulers there are.")],
    out: Annotated[Path, typer.Option(help="The folder to write shard-<n>/<service>.yaml into.")],
    format: Annotated[  # noqa: A002 - the option is called that
        Literal["prometheus", "kubernetes"], typer.Option(help="Rule files, or PrometheusRule resources with a label.")
    ] = "prometheus",
    series: SeriesOption = 20,
    scrape: ScrapeOption = "30s",
    output: Output = "text",
) -> None:
    """Deal SLOs out to several rulers, evenly by predicted cost. One ruler more moves no more than its share.

    Example: ballast slo shard alerts/slos --shards 4 --out build/shards
    """
    from ballast.slo import Assumptions, shard, shard_files

    services = _compiled(files)
    dealt = shard([one for service in services for one in service.slos], shards, Assumptions(series, _seconds(scrape)))
    sources = {service.service: service.sources for service in services}
    texts = {f"shard-{part.number}": shard_files(part, sources, kubernetes=format == "kubernetes") for part in dealt}
    for folder in {*texts, *(path.name for path in out.glob("shard-*"))}:
        _replace(out / folder, texts.get(folder, {}))
    if output == "json":
        parts = [{"shard": p.number, "slos": [one.id for one in p.slos], "busy": p.cost.busy} for p in dealt]
        sys.stdout.write(json.dumps(parts, indent=1) + "\n")
        return
    rows = [[f"shard-{p.number}", *_row(p.cost)[:6]] for p in dealt]
    cpu = [f"{p.cost.busy:.2%}" for p in dealt]
    heads = ["", "", "rules", "series", "written\n/s", "read\n/s", "time of an\nevaluation", "CPU"]
    table(heads, [[*row, share] for row, share in zip(rows, cpu, strict=True)], right=set(range(2, 8)))


def _row(cost: SloCost) -> list[str]:
    return [
        cost.slo,
        f"{cost.rules}",
        f"{cost.series}",
        f"{cost.written:.4g}",
        f"{cost.read:,.0f}",
        f"{cost.evaluation * 1000:,.1f} ms",
        f"{cost.busy:.2%}",
    ]


def _compiled(files: list[Path]) -> list[Compiled]:
    from ballast.cli.slo import report, the_context
    from ballast.repo import CannotRun, Severity, read_slo_files
    from ballast.slo import compile_files

    documents, problems = read_slo_files(files)
    report(problems)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise typer.Exit(1)
    if not documents:
        raise CannotRun(f"there is no SLO file in {', '.join(map(str, files))}: name .yaml files or a folder that holds some")
    return compile_files(((document.path, document.model) for document in documents), the_context())


def _seconds(text: str) -> float:
    from ballast.repo import CannotRun, seconds

    try:
        value = seconds(text)
    except ValueError as error:
        raise CannotRun(f"--scrape: {error}") from error
    if value <= 0:
        raise CannotRun("--scrape is not above 0: give the interval between scrapes, such as 30s")
    return value


def _replace(folder: Path, texts: dict[str, str]) -> None:
    """Write a shard's files; those of SLOs that were here before and are elsewhere now go."""
    from ballast.cli.slo import write_all

    write_all(folder, texts)
    for path in folder.glob("*.yaml"):
        if path.name not in texts and path.read_text().startswith("# Generated by Ballast"):
            path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
