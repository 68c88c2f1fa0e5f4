"""`ballast slo`: compile SLOs to rules and list them.

Other modules add commands to this group: each `cli/_slo_<name>.py` here defines `register(group)`.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from ballast.repo import Document, Problem, Repository, SloFile
    from ballast.slo import Compiled, Context

Output = Annotated[Literal["text", "json"], typer.Option("--output", "-o", help="For people or for machines.")]


def register(app: typer.Typer) -> None:
    """Add the group `slo`."""
    group = typer.Typer(no_args_is_help=True, help="Compile SLOs to rules, list them, explain what their alerts detect.")
    app.add_typer(group, name="slo")
    group.command("compile")(compile_command)
    group.command("list")(list_command)
    for path in sorted(Path(__file__).parent.glob("_slo_*.py")):
        import_module(f"{__package__}.{path.stem}").register(group)


def compile_command(
    files: Annotated[list[Path], typer.Argument(help="SLO files (Sloth prometheus/v1), or folders of them.", metavar="FILE…")],
    out: Annotated[Path | None, typer.Option(help="Write <service>.yaml files here instead of standard output.")] = None,
    format: Annotated[  # noqa: A002 - the option is called that
        Literal["prometheus", "kubernetes"], typer.Option(help="Rule files or PrometheusRule resources.")
    ] = "prometheus",
    output: Output = "text",
) -> None:
    """Compile SLO files to Prometheus rules.

    Owners, tiers, links and intervals come from the Ballast repository around the working directory, where there is one.
    Problems go to standard error; with an error nothing is written and the exit code is 1.

    Example: ballast slo compile alerts/slos/checkout.yaml --out build/rules
    """
    import gc

    from ballast.slo import kubernetes_file, prometheus_file

    gc.disable()  # a process of a second's life that makes no cycles: a tenth of its time with a thousand SLOs
    services = compiled_of(files)
    if output == "json":
        sys.stdout.write(_json(services) + "\n")
        return
    render = kubernetes_file if format == "kubernetes" else prometheus_file
    if out is not None:
        write_all(out, {f"{compiled.service}.yaml": render(compiled) for compiled in services})
    elif format == "kubernetes":
        sys.stdout.write("---\n".join(render(compiled) for compiled in services))
    else:
        sys.stdout.write(_one_file(services))


def list_command(output: Output = "text") -> None:
    """List the SLOs of this repository: what they promise, who owns them, how urgent their alerts are.

    Example: ballast slo list
    """
    from ballast.slo import alert_name, context_of, tier_of

    repository = the_repository()
    context = context_of(repository)
    rows = [
        {
            "slo": f"{document.model.service}/{slo.name}",
            "objective": slo.objective,
            "window": slo.window,
            "page": "" if slo.alerting.page_alert.disable else tier_of(document.model.service, "page", context),
            "ticket": "" if slo.alerting.ticket_alert.disable else tier_of(document.model.service, "ticket", context),
            "owner": context.owners.get(document.model.service, ""),
            "status": slo.status,
            "alert": alert_name(document.model.service, slo),
            "source": str(document.position("slos", n)),
        }
        for document in repository.slo_files
        for n, slo in enumerate(document.model.slos)
    ]
    if output == "json":
        sys.stdout.write(json.dumps(rows, indent=1) + "\n")
        return
    table(
        ["SLO", "objective", "window", "page", "ticket", "owner"],
        [
            [str(r["slo"]), f"{r['objective']:.12g}%", *(str(r[key]) or "-" for key in ("window", "page", "ticket", "owner"))]
            for r in rows
            if r["status"] == "active"
        ],
        right={1, 2},
    )
    if archived := [str(r["slo"]) for r in rows if r["status"] != "active"]:
        typer.echo(f"\nArchived: {', '.join(archived)}")


def documents_of(files: list[Path]) -> list[Document[SloFile]]:
    """What these SLO files and folders hold. Problems go to standard error; with an error the command ends (exit code 1)."""
    from ballast.repo import CannotRun, Severity, read_slo_files

    documents, problems = read_slo_files(files)
    if not documents and not problems:
        raise CannotRun(f"there is no SLO file in {', '.join(map(str, files))}: name .yaml files or a folder that holds some")
    report(problems)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise typer.Exit(1)
    return documents


def compiled_of(files: list[Path]) -> list[Compiled]:
    """The SLOs of these files and folders, compiled as the repository around the working directory has it."""
    from ballast.slo import compile_files

    return compile_files(((document.path, document.model) for document in documents_of(files)), the_context())


def the_context() -> Context:
    """What the repository around the working directory says, or the defaults where there is none."""
    from ballast.repo import CannotRun, find_root, load
    from ballast.slo import Context, context_of

    try:
        root = find_root()
    except CannotRun:
        return Context()
    return context_of(load(root))


def the_repository() -> Repository:
    """The repository around the working directory; its problems go to standard error."""
    from ballast.repo import find_root, load

    repository = load(find_root())
    report(repository.problems)
    return repository


def report(problems: list[Problem]) -> None:
    """Problems of what was read, to standard error."""
    for problem in problems:
        print(problem, file=sys.stderr)


def _json(services: list[Compiled]) -> str:
    """What was compiled: groups as in a rule file, and what each alert means."""
    from dataclasses import asdict

    return json.dumps(
        [
            {
                "service": compiled.service,
                "sources": compiled.sources,
                "slos": [
                    {
                        "slo": one.slo.name,
                        "id": one.id,
                        "budget": one.budget,
                        "pairs": [asdict(pair) for pair in one.pairs],
                        "unreachable": [asdict(pair) for pair in one.unreachable],
                        "groups": [asdict(group) for group in one.groups],
                    }
                    for one in compiled.slos
                ],
            }
            for compiled in services
        ],
        indent=1,
    )


def _one_file(services: list[Compiled]) -> str:
    """All services in one rule file, for standard output."""
    from ballast.slo import prometheus_rules

    sources = sorted({source for compiled in services for source in compiled.sources})
    header = f"Compiled by Ballast from {', '.join(sources) if len(sources) <= 3 else f'{len(sources)} files'}."
    return prometheus_rules([group for compiled in services for group in compiled.groups], header)


def write_all(folder: Path, texts: dict[str, str]) -> None:
    """Write every file beside its place first, then rename: a reader never sees half a file."""
    from ballast.repo import CannotRun

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.part").write_text(text)
        for name in texts:
            (folder / f"{name}.part").replace(folder / name)
    except OSError as error:
        raise CannotRun(f"cannot write to {folder}: {error.strerror}") from error


def wrapped(text: str, bullet: str = "") -> None:
    """A paragraph, as wide as the terminal and 100 columns at the most; lines after a bullet are set in by its width."""
    import shutil
    import textwrap

    width = min(shutil.get_terminal_size().columns, 100)
    typer.echo(textwrap.fill(text, width, initial_indent=bullet, subsequent_indent=" " * len(bullet), break_long_words=False))


def table(head: list[str], rows: list[list[str]], right: set[int]) -> None:
    """A plain table; headings may have two lines."""
    lines = max(h.count("\n") for h in head) + 1
    heads = [([""] * lines + h.split("\n"))[-lines:] for h in head]
    top = [list(line) for line in zip(*heads, strict=True)]
    widths = [max(len(row[n]) for row in top + rows) for n in range(len(head))]
    for row in [*top, *rows]:
        cells = [cell.rjust(w) if n in right else cell.ljust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))]
        typer.echo("  ".join(cells).rstrip())
