"""`build/demo/report.html` and `result.json`: one self-contained page about a run, and the same for machines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from ballast.demo.charts import drawings, span
from ballast.demo.result import Result
from ballast.demo.timeline import Step


def seconds(value: float | None) -> str:
    """A figure as people read it; one that was not measured is `unknown`, never 0."""
    return "unknown" if value is None else f"{value:.2f} s"


def clock(at: float) -> str:
    """Time of day in UTC with tenths."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")[:-5]


def write_report(result: Result, folder: Path) -> Path:
    """Write `result.json` and `report.html` into `folder`, each by rename; returns the report's path."""
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / "result.json", json.dumps(result.document(), indent=1) + "\n")
    _replace(folder / "report.html", html(result))
    return folder / "report.html"


def html(result: Result) -> str:
    """The report as text."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=False)
    template = environment.from_string(files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8"))
    failed = result.timeline.at(Step.FAILED)
    origin = failed if failed is not None else (result.marks[0].at if result.marks else 0.0)
    return template.render(
        r=result,
        marks=[
            {"step": m.step, "detail": m.detail, "since": f"{m.at - origin:+.2f} s", "clock": clock(m.at)} for m in result.marks
        ],
        drawings=drawings(result),
        span=span,
        seconds=seconds,
        legs={leg: f"{at - origin:+.2f} s" for leg, at in result.legs.items()},
        started=datetime.fromtimestamp(origin, UTC).strftime("Run on %Y-%m-%d at %H:%M UTC.") if origin else "",
    )


def _replace(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
