"""`ballast graph`: what leads to what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from ballast.graph import Graph, Node

DEFAULT = "build/graph.html"


def register(app: typer.Typer) -> None:
    """Add `graph`."""
    app.command("graph", epilog="Example: ballast graph --alert CheckoutAvailabilityErrorBudgetBurn")(graph)


def graph(
    alert: Annotated[str, typer.Option(metavar="NAME", help="The thread of one alert.")] = "",
    service: Annotated[str, typer.Option(metavar="NAME", help="Of one service.")] = "",
    metric: Annotated[str, typer.Option(metavar="NAME", help="Of one metric: who reads it, who exposes it.")] = "",
    node: Annotated[
        str, typer.Option(metavar="KIND:NAME", help="Of anything else: slo:…, runbook:…, dashboard:…, exporter:…, module:….")
    ] = "",
    output: Annotated[
        Literal["text", "json", "dot", "html", "svg"], typer.Option("--output", "-o", help="html writes a page with all of it.")
    ] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=f"Write there; html without it: {DEFAULT}.")] = None,
) -> None:
    """Service, SLO, alert, runbook, dashboard, metric, exporter, Terraform module: one thread, or the whole graph.

    Without a name: counts and dead links as text, the whole graph in the other
    forms. Exits 1 where links are dead.
    """
    from ballast.findings import Tree
    from ballast.graph import build, draw, thread
    from ballast.repo import find_root

    root = find_root()
    found = build(Tree.read(root))
    start = _start(found, alert, service, metric, node)
    ids = thread.part_of(found, start) if start else None
    if output == "text":
        from shutil import get_terminal_size

        width = max(40, min(get_terminal_size().columns, 100))
        text = "\n".join(thread.text(found, start, width) if start else _summary(found)) + "\n"
    elif output == "json":
        text = json.dumps(draw.data(found, ids), indent=1, ensure_ascii=False) + "\n"
    else:
        text = {"dot": draw.dot, "svg": draw.svg, "html": draw.html}[output](found, ids)
    if output == "html" and out is None:
        out = root / DEFAULT
    deliver(text, out)
    raise typer.Exit(int(bool(found.dead) and start is None))


def _start(found: Graph, alert: str, service: str, metric: str, node: str) -> Node | None:
    from ballast.graph import KINDS, thread
    from ballast.repo import CannotRun

    given = [f"{kind}:{name}" for kind, name in (("alert", alert), ("service", service), ("metric", metric)) if name]
    given += [node] if node else []
    if len(given) > 1:
        raise CannotRun("choose one of --alert, --service, --metric and --node")
    if not given:
        return None
    kind, _, name = given[0].partition(":")
    for known in KINDS:
        if known == kind and name:
            if known == "metric" and found.find("metric", name) is None and any(r.title == name for r in found.of("record")):
                return thread.one(found, "record", name)
            return thread.one(found, known, name)
    raise CannotRun(f"--node {given[0]}: write KIND:NAME with one of {', '.join(KINDS)}")


def _summary(found: Graph) -> list[str]:
    from ballast.graph import KINDS
    from ballast.graph.draw import NAMES

    lines = [f"{len(found.of(kind)):6} {NAMES[kind]}" for kind in KINDS if found.of(kind)]
    lines.append(f"{found.net.number_of_edges():6} links, and {len(found.dead) or 'no'} dead ones")
    lines += [f"✗ {dead.path}:{dead.line}: {dead.why} (`{dead.wanted}`)" for dead in found.dead]
    return [*lines, "", "One thread: ballast graph --alert NAME · all of it: ballast graph --output html"]


def deliver(text: str, out: Path | None) -> None:
    """Print, or write beside and rename; says where."""
    from ballast.repo import CannotRun

    if out is None:
        typer.echo(text, nl=False)
        return
    part = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(out)
    except OSError as error:
        raise CannotRun(f"cannot write {out}: {error.strerror}") from None
    typer.echo(f"wrote {out}", err=True)
