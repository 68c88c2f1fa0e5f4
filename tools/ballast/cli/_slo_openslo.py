"""`ballast slo import` and `ballast slo export`: OpenSLO v1 in and out, Sloth out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ballast.cli.slo import write_all

if TYPE_CHECKING:
    from ballast.repo import Problem

Output = Annotated[Literal["text", "json"], typer.Option("--output", "-o", help="json: texts and problems, for machines.")]


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("import")(import_command)
    group.command("export")(export_command)


def import_command(
    files: Annotated[list[Path], typer.Argument(help="OpenSLO v1 files, or folders of them.", metavar="FILE…")],
    out: Annotated[Path | None, typer.Option(help="Write <service>.yaml files here instead of standard output.")] = None,
    output: Output = "text",
) -> None:
    """Turn OpenSLO v1 documents into SLO files of ours.

    What cannot be expressed is said on standard error, with its line and column. Exit code 1: an SLO or a part of one was left
    out, or the result has an error; the rest is written all the same. A file that is there already is not overwritten.

    Example: ballast slo import openslo/ --out alerts/slos
    """
    from ballast.repo import CannotRun
    from ballast.slo.openslo import import_openslo

    paths = [path for file in files for path in (sorted(file.rglob("*.y*ml")) if file.is_dir() else [file])]
    if not paths:
        raise CannotRun(
            f"there is no OpenSLO file in {', '.join(map(str, files))}: name .yaml files or a folder that holds some"
        )
    done = import_openslo(paths)
    for name, text in done.files.items() if out is not None else ():
        if out is not None and (out / name).exists() and (out / name).read_text() != text:
            raise CannotRun(f"{out / name} is there already and says something else: move it away, or name another --out")
    _finish(done.files, done.problems, out, output)


def export_command(
    files: Annotated[list[Path] | None, typer.Argument(help="SLO files, or folders; default: this repository's.")] = None,
    format: Annotated[  # noqa: A002 - the option is called that
        Literal["openslo", "sloth"], typer.Option(help="OpenSLO v1, or Sloth prometheus/v1.")
    ] = "openslo",
    out: Annotated[Path | None, typer.Option(help="Write <service>.yaml files here instead of standard output.")] = None,
    output: Output = "text",
) -> None:
    """Write SLOs as OpenSLO v1 or Sloth documents.

    What cannot be expressed is said on standard error, with its line and column. Exit code 1: an SLO was left out.

    Example: ballast slo export alerts/slos/checkout.yaml --format openslo
    """
    from ballast.repo import Severity, find_root, read_slo_files
    from ballast.slo.openslo import export_openslo, export_sloth

    documents, problems = read_slo_files(files or [find_root() / "alerts" / "slos"])
    problems = [problem for problem in problems if problem.severity is Severity.ERROR]
    export = export_openslo if format == "openslo" else export_sloth
    texts = {}
    for service in sorted({document.model.service for document in documents}):
        done = export([document for document in documents if document.model.service == service])
        texts[f"{service}.yaml"] = done.text
        problems += done.problems
    _finish(texts, problems, out, output)


def _finish(texts: dict[str, str], problems: list[Problem], out: Path | None, output: str) -> None:
    import json

    from ballast.repo import Severity

    if output == "json":
        rows = [
            {"position": str(p.position), "check": p.check, "severity": p.severity, "message": p.message, "hint": p.hint}
            for p in problems
        ]
        sys.stdout.write(json.dumps({"files": texts, "problems": rows}, indent=1) + "\n")
    else:
        for problem in sorted(problems, key=lambda one: one.position):
            print(problem, file=sys.stderr)
    if out is not None:
        write_all(out, texts)
    elif output != "json":
        sys.stdout.write("---\n".join(text for text in texts.values() if text))
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise typer.Exit(1)
