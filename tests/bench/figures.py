"""One measured figure, and the report of many."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured.

    `goal` is a number that `value` should not exceed (or reach, when `at_least`), in the same unit; None where there is none.
    `command` repeats the measurement alone. A figure that could not be measured has `value=None` and says why in `note`.
    """

    name: str
    value: float | None
    unit: str
    command: str
    goal: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal or a value."""
        if self.goal is None or self.value is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def write(figures: list[Figure], folder: Path) -> None:
    """Write `results.json` and `results.md` beside each other, each by rename."""
    folder.mkdir(parents=True, exist_ok=True)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    rows = [asdict(f) | {"met": f.met} for f in figures]
    _replace(folder / "results.json", json.dumps({"machine": machine, "figures": rows}, indent=1) + "\n")
    lines = [f"Measured on {machine}.", "", "| figure | value | goal | met | how | note |", "|---|---|---|---|---|---|"]
    for f in figures:
        goal = "" if f.goal is None else f"{'≥' if f.at_least else '≤'} {f.goal:g} {f.unit}"
        met = {True: "yes", False: "**no**", None: ""}[f.met]
        lines.append(f"| {f.name} | {_value(f)} | {goal} | {met} | `{f.command}` | {f.note} |")
    _replace(folder / "results.md", "\n".join(lines) + "\n")


def _value(figure: Figure) -> str:
    return "not measured" if figure.value is None else f"{figure.value:.4g} {figure.unit}"


def _replace(path: Path, text: str) -> None:
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(text)
    part.replace(path)
