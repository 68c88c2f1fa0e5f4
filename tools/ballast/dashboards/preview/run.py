"""Previews of files: against a Prometheus or synthetic data, alone or beside how they were in a Git revision."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ballast.dashboards.model import Dashboard
from ballast.dashboards.palette import Theme, Vision
from ballast.dashboards.preview.ask import Sources
from ballast.dashboards.preview.events import read_events
from ballast.dashboards.preview.page import Picture, pictures, write
from ballast.dashboards.preview.span import Span, moment
from ballast.dashboards.preview.synthetic import END, synthetic
from ballast.dashboards.preview.variables import Given
from ballast.dashboards.read import is_dashboard, parse
from ballast.repo import CannotRun, content_at, git


@dataclass(frozen=True, slots=True)
class Request:
    """What to draw: `prometheus` and `loki` are URLs ("" for synthetic data), `start` and `end` as Grafana writes times."""

    prometheus: str = ""
    loki: str = ""
    start: str = "now-6h"
    end: str = "now"
    values: Given = field(default_factory=dict)
    themes: Sequence[Theme] = ("dark",)
    visions: Sequence[Vision] = ("normal",)
    against: str = ""
    events: Path | None = None
    """A file with Grafana's own annotations."""

    def span(self) -> Span:
        """The time range. CannotRun where it is empty."""
        now = time.time() if self.prometheus else END
        found = Span(moment(self.start, now), moment(self.end, now))
        if found.length <= 0:
            raise CannotRun(f"--from {self.start} is not before --to {self.end}")
        return found


def draw_files(files: Sequence[Path], request: Request, out: Path) -> list[Path]:
    """Draw the dashboards of each file into the folder `out`; the files written. CannotRun for a file without a dashboard."""
    span, written = request.span(), []
    events = read_events(request.events) if request.events else None
    names: set[str] = set()
    for file in files:
        now = _dashboards(file, file.read_bytes() if file.exists() else b"", must=file.exists() or not request.against)
        before = _dashboards(file, _at(file, request.against), must=False) if request.against else []
        with ExitStack() as open_:
            url = request.prometheus or open_.enter_context(synthetic([*now, *before], file, span, request.values))
            made_up = not request.prometheus
            sources = open_.enter_context(Sources(url, request.loki, events=events, synthetic=made_up))
            for number in range(max(len(now), len(before))):
                made: list[Picture] = []
                for label, held in (("before", before), ("after", now)) if request.against else (("", now),):
                    made += _drawn(held[number], sources, span, request, label) if number < len(held) else []
                title = (now or before)[min(number, len(now or before) - 1)].title
                stem = _name(file, number, names)
                written += write(stem, title, made, out)
    return written


def _drawn(dashboard: Dashboard, sources: Sources, span: Span, request: Request, label: str) -> list[Picture]:
    note = "" if request.prometheus else "synthetic data"
    made = pictures(dashboard, sources, span, values=request.values, themes=request.themes, visions=request.visions, note=note)
    if not label:
        return made
    caption = f"before ({request.against})" if label == "before" else "after"
    return [Picture(f"{caption}: {one.caption}", f"{label}.{one.suffix}", one.png, one.html) for one in made]


def _dashboards(file: Path, data: bytes, *, must: bool) -> list[Dashboard]:
    """The dashboards of a file's content, in any form that is read."""
    document = parse(str(file), data) if data else None
    if document and document.dashboards:
        return document.dashboards
    if not must:
        return []
    first = document.problems[0] if document and document.problems else None
    raise CannotRun(f"{first.position}: {first.message}" if first else f"{file}: there is no dashboard in this file")


def _name(file: Path, number: int, taken: set[str]) -> str:
    """What its pictures are called; two files of one name are told apart by their folder."""
    name = file.stem + (f"-{number + 1}" if number else "")
    name = f"{file.parent.name}-{name}" if name in taken else name
    taken.add(name)
    return name


def changed_files(revision: str) -> list[Path]:
    """Dashboards of the working tree that differ from a revision, new ones and lost ones included."""
    root = Path(git(Path(), "rev-parse", "--show-toplevel").decode().strip())
    lists = (["diff", "--name-only", "-z", revision, "--"], ["ls-files", "--others", "--exclude-standard", "-z"])
    names = {name for words in lists for name in git(root, *words).decode().split("\0") if name.endswith(".json")}
    found = [Path(os.path.relpath(root / name)) for name in sorted(names)]
    return [path for path in found if _holds_one(path.read_bytes() if path.exists() else _at(path, revision))]


def _holds_one(data: bytes) -> bool:
    import json

    try:
        return is_dashboard(json.loads(data))
    except ValueError:
        return False


def _at(file: Path, revision: str) -> bytes:
    """The file's content in a revision; empty where it was not there. CannotRun for a revision that does not exist."""
    folder = file.resolve().parent
    while not folder.exists():
        folder = folder.parent
    return content_at(folder, revision, os.path.relpath(file.resolve(), folder)) or b""
