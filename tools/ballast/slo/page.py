"""The page of an SLO's alerts: the arithmetic in general and, where a moment is given, its numbers. It needs no other file."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

from ballast.slo.arithmetic import SOURCE, budget_line, workings
from ballast.slo.explain import SloReport

if TYPE_CHECKING:
    from ballast.slo.replay.moment_words import MomentText

__all__ = ["html_page", "markdown_page"]


def html_page(report: SloReport, moment: MomentText | None = None, picture: bytes = b"", alt: str = "") -> str:
    """HTML with everything in it; `picture` is a PNG of what happened around the moment, `alt` the same in words."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    heads: dict[str, tuple[str, ...]] = {"pair_heads": (), "earlier_heads": ()}
    if moment:
        from ballast.slo.replay.moment_words import EARLIER_HEADS, PAIR_HEADS

        heads = {"pair_heads": PAIR_HEADS, "earlier_heads": EARLIER_HEADS}
    return environment.get_template("page.html.j2").render(
        report=report,
        budget=budget_line(report),
        workings=workings(report),
        source=SOURCE,
        moment=moment,
        picture=b64encode(picture).decode(),
        alt=alt,
        **heads,
    )


def markdown_page(report: SloReport, alert: str) -> str:
    """The arithmetic in general, as the page in the repository that alerts link to."""
    name = f"{report.service}/{report.slo}"
    lines = [f"# {name}: how its alerts decide", ""]
    lines += [report.description, ""] if report.description else []
    lines += [f"    {budget_line(report)}", ""]
    lines += [
        f"`{alert}` is a page or a ticket, by its label `severity`. The numbers of a moment, what resolves it, and what it",
        "takes to page earlier:",
        "",
        f"    ballast slo explain {name} --at 2026-11-03T09:15:00Z --prometheus URL --html page.html",
        "",
    ]
    for working in workings(report):
        lines += [f"## {working.name}", ""]
        lines += [f"    {line}" for line in working.fires]
        lines += ["", f"- How soon: {working.soon}.", f"- What resolves it: {working.over}."]
        lines += [f"- To page earlier: {working.earlier}.", ""]
    lines += [f"Times assume constant traffic and a clean history. Source: {SOURCE}.", ""]
    return "\n".join(lines)
