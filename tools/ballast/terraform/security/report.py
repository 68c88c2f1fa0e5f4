"""The matrix as text for 80 columns, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ballast.terraform.security.model import Cell, Proof

MARKS = {"yes": "yes", "no": "NO", "unproven": "unproven"}
NARROW = 80


def as_json(proof: Proof) -> dict[str, Any]:
    """Counts and all cells."""
    return {
        "root": proof.root,
        "cells": [asdict(cell) for cell in proof.cells],
        "broken": len(proof.broken),
        "unproven": len(proof.open),
    }


def as_text(proof: Proof, *, brief: bool = False) -> str:
    """Sections with a row a subject (with `brief`, only rows that do not hold), then what is broken, then what is unproven."""
    return "\n".join(_lines(proof, brief)) + "\n"


def _lines(proof: Proof, brief: bool) -> Iterator[str]:
    for section in dict.fromkeys(cell.section for cell in proof.cells):
        cells = [cell for cell in proof.cells if cell.section == section]
        held = sum(cell.verdict.holds for cell in cells)
        yield f"{section}: {held} of {len(cells)} hold"
        for subject in dict.fromkeys(cell.subject for cell in cells):
            row = [cell for cell in cells if cell.subject == subject]
            if not brief or any(not cell.verdict.holds for cell in row):
                yield from _row(subject, row)
        yield ""
    yield from _listed("broken", proof.broken)
    yield from _listed("unproven", proof.open)
    yield (
        f"{proof.root}: {len(proof.cells)} cells, {len(proof.broken)} broken, {len(proof.open)} unproven"
        f"{'' if proof.broken or proof.open else ': proven'}"
    )


def _row(subject: str, row: list[Cell]) -> Iterator[str]:
    said = "  ".join(f"{cell.claim} {MARKS[cell.verdict.state]}" for cell in row)
    line = f"  {subject}"
    if len(line) + len(said) + 2 <= NARROW:
        yield f"{line}{said:>{NARROW - len(line)}}"
    else:
        yield from textwrap.wrap(subject, NARROW - 2, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
        yield f"{said:>{NARROW}}"


def _listed(state: str, cells: list[Cell]) -> Iterator[str]:
    """Cells with one reason and place after another; alike reasons are said once."""
    if not cells:
        return
    yield f"{state}:"
    for reason in dict.fromkeys((cell.section, cell.claim, cell.verdict.reason) for cell in cells):
        alike = [cell for cell in cells if (cell.section, cell.claim, cell.verdict.reason) == reason]
        head = f"{reason[0]}: {reason[1]}: {reason[2] or 'does not hold'}"
        yield from textwrap.wrap(head, NARROW - 2, initial_indent="  ", subsequent_indent="    ")
        for cell in alike[:6]:
            yield f"      {cell.subject}"
            yield f"        {cell.verdict.where}"
        if len(alike) > 6:
            yield f"      and {len(alike) - 6} more"
    yield ""
