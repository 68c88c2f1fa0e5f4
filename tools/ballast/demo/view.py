"""The demo in a terminal: a live timeline on one, dated lines anywhere else."""

from __future__ import annotations

import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from ballast.demo.charts import span
from ballast.demo.report import clock, seconds
from ballast.demo.result import Page, Result, Subject
from ballast.demo.timeline import Mark, Step

_STYLES = {
    Step.FAILED: "red",
    Step.TRUE: "yellow",
    Step.PAGED: "bold magenta",
    Step.HEALED: "cyan",
    Step.RESOLVED: "bold green",
}


class View:
    """Shows a run on `console`. `live` draws and redraws; without it every line stands once and carries the time of day."""

    def __init__(self, console: Console, *, live: bool) -> None:
        self.console = console
        self.live = live
        self._marks: list[Mark] = []
        self._status = ""
        self._now: Callable[[], str] = lambda: ""
        self._display: Live | None = None
        self._lock = threading.RLock()

    def title(self, subject: Subject) -> None:
        """What is about to fail, and under which windows."""
        pairs = ", or ".join(f"{span(p.long)} and {span(p.short)} above {p.factor:g}×" for p in subject.pairs)
        short = subject.windows == "short"
        lines = [
            Text(subject.title, style="bold"),
            Text(f"SLO {subject.slo}, {subject.objective:g} %. Pages when {pairs}."),
            Text("SHORT WINDOWS, for this demo only." if short else "Standard windows.", style="yellow" if short else ""),
            Text(
                f"Scraped every {subject.scrape_interval:g} s, evaluated every {subject.evaluation_interval:g} s, "
                f"group_wait {subject.group_wait:g} s.",
                style="dim",
            ),
        ]
        if self.live:
            self.console.print(Panel(Group(*lines), title="Ballast demo", title_align="left", border_style="dim"))
        else:
            for line in ["Ballast demo", *(text.plain for text in lines)]:
                self.console.print(Text(line), soft_wrap=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        """While the demo runs."""
        if not self.live:
            yield
            return
        with Live(get_renderable=self._render, console=self.console, refresh_per_second=5, transient=False) as display:
            self._display = display
            try:
                yield
            finally:
                self._status = ""
                self._now = lambda: ""
        self._display = None

    def status(self, text: str, now: Callable[[], str] = lambda: "") -> None:
        """What is being waited for; `now` is asked for figures at each redraw."""
        with self._lock:
            if text == self._status:
                return
            self._status, self._now = text, now
            if not self.live and text:
                self._line(f"… {text}")

    def mark(self, mark: Mark) -> None:
        """A step of the timeline happened."""
        with self._lock:
            self._marks.append(mark)
            if not self.live:
                self._line(f"{self._since(mark)}  {mark.step}{': ' + mark.detail if mark.detail else ''}", at=mark.at)

    def result(self, result: Result, report: Path) -> None:
        """The end: latencies, the page as it arrives, the verdict."""
        console = self.console
        table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
        table.add_column("from → to")
        table.add_column("took", justify="right")
        table.add_column("goal")
        for x in result.latencies:
            goal = "" if x.goal is None else f"{'✓' if x.met else '✗'} ≤ {x.goal:g} s"
            table.add_row(x.name, seconds(x.seconds), Text(goal, style="green" if x.met else "red"))
        console.print()
        console.print(table)
        console.print()
        if result.page:
            self.page(result.page)
            origin = result.timeline.at(Step.FAILED) or 0.0
            legs = ", ".join(f"{leg} {at - origin:+.1f} s" for leg, at in result.legs.items())
            incidents = f"{result.incidents} incident{'' if result.incidents == 1 else 's'}"
            console.print(Text(f"By leg: {legs}. {incidents}.", style="dim"))
        console.print(Text(f"Report: {report}"), soft_wrap=True)
        for problem in result.problems:
            console.print(Text(f"✗ {problem}", style="bold red"))
        if not result.problems:
            console.print(Text(f"✓ {result.verdict}", style="bold green"))

    def page(self, page: Page) -> None:
        """A page as the person on call reads it."""
        rows: list[RenderableType] = [Text(page.summary, style="bold")]
        details = Table.grid(padding=(0, 2, 0, 0))
        details.add_column(style="dim", no_wrap=True)
        details.add_column(overflow="fold")
        for key, value in (page.details | page.links).items():
            details.add_row(key, value)
        rows.append(details)
        title = f"{page.severity.upper()} · {page.source}"
        self.console.print(Panel(Group(*rows), title=title, title_align="left", border_style="magenta"))

    def _line(self, text: str, at: float | None = None) -> None:
        time = clock(datetime.now(UTC).timestamp() if at is None else at)
        self.console.print(Text(f"{time}  {text}"), soft_wrap=True)

    def _since(self, mark: Mark) -> str:
        failed = next((m.at for m in self._marks if m.step is Step.FAILED), mark.at)
        return f"{mark.at - failed:+7.1f} s"

    def _render(self) -> RenderableType:
        with self._lock:
            rows: list[RenderableType] = []
            for mark in sorted(self._marks, key=lambda m: m.at):
                style = _STYLES.get(mark.step, "")
                head = Text.assemble((f"{self._since(mark)}  ", "dim"), ("● ", style), (f"{mark.step:<16}", style))
                rows.extend(_hanging(head, mark.detail, self.console.width))
            if self._status:
                rows.append(Spinner("dots", Text(f"{self._status} {self._now()}".rstrip(), overflow="ellipsis", no_wrap=True)))
            return Group(*rows)


def _hanging(head: Text, detail: str, width: int) -> list[Text]:
    """`detail` beside `head`, its further lines below its first."""
    indent = head.cell_len
    first, *rest = textwrap.wrap(detail, max(20, width - indent - 1)) or [""]
    return [head.append(first, "dim"), *(Text(" " * indent + line, style="dim") for line in rest)]
