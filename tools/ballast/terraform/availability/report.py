"""The report as text for 80 columns, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ballast.terraform.availability.formula import series
from ballast.terraform.availability.walk import TARGET, Block, Report

NARROW = 80
YEAR_MINUTES = 8766 * 60


def as_json(report: Report) -> dict[str, Any]:
    """Everything, availabilities as ratios."""
    return {
        **asdict(report),
        "available": report.available,
        "target": TARGET,
        "holds": report.holds,
        "assumed": report.assumptions.words(),
    }


def as_text(report: Report, *, everything: bool = False) -> str:
    """The page path with its parts, single points of failure, assumptions; with `everything` all workloads."""
    return "\n".join(_lines(report, everything)) + "\n"


def _lines(report: Report, everything: bool) -> Iterator[str]:
    yield f"page path of {report.root}"
    for block in report.chain:
        yield _row(block)
    legs = {name: series(block.available for block in leg) for name, leg in report.legs.items()}
    for name, leg in report.legs.items():
        said = name if leg else f"{name}: nothing of ours between"
        yield f"  to the pager {said:<43}{_nines(legs[name]):>22}"
        yield from (_row(block, indent=4) for block in leg)
    if not legs:
        yield "  no way to the pager"
    yield f"  {'all of it, by one of these ways':<56}{_nines(report.available):>22}"
    yield f"  {'asked for':<56}{_nines(TARGET):>22}"
    yield ""
    if everything:
        yield "all workloads"
        yield from (_row(block) for block in sorted(report.blocks, key=lambda b: (b.namespace, b.name)) if block.quorum)
        yield ""
    yield "single points of failure"
    for weak in sorted(report.weak, key=lambda w: (not w.page_path, w.namespace, w.name)):
        stops = "STOPS PAGES" if weak.page_path else "no page stops"
        said = f"{weak.namespace}/{weak.name}: one {weak.by} ({stops}): {weak.why}"
        yield from textwrap.wrap(said, NARROW, initial_indent="  ", subsequent_indent="    ")
        yield f"      {weak.where}"
    if not report.weak:
        yield "  none"
    yield ""
    yield "assumptions"
    for sentence in report.assumptions.words():
        yield from textwrap.wrap(sentence, NARROW, initial_indent="  - ", subsequent_indent="    ")
    yield ""
    for address in report.unread:
        yield f"unproven: no reader knows the chart of {address}"
    met = "meets" if report.available >= TARGET else "is below"
    yield (
        f"{report.root}: {report.available:.5%} {met} {TARGET:.2%}, "
        f"{len(report.stops_pages)} single points of failure on the page path"
    )


def _row(block: Block, indent: int = 2) -> str:
    name = f"{' ' * indent}{block.namespace}/{block.name}"
    over = "+".join(str(count) for count in block.placed if count) or "0"
    return f"{name:<40}{f'{block.quorum} of {block.replicas} ({over} over zones)':<26}{block.available:>13.6%}"


def _nines(ratio: float) -> str:
    return f"{ratio:.5%} ({(1 - ratio) * YEAR_MINUTES:.1f} min/y)"
