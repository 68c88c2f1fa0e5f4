"""What a terminal shows, at 80 columns."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from ballast.demo.timeline import Mark, Step
from ballast.demo.view import View
from tests.demo.sample import result


def shown(*, live: bool) -> str:
    text = io.StringIO()
    view = View(Console(file=text, width=80, force_terminal=live, color_system=None), live=live)
    made = result()
    with view.running():
        view.status("starting")
        view.title(made.subject)
        for mark in made.marks:
            view.mark(mark)
        view.mark(Mark(Step.RESOLVED, made.marks[-1].at, "a detail that is far too long for what is left of a line of eighty"))
    view.result(made, Path("build/demo/report.html"))
    return text.getvalue()


def test_a_terminal_of_80_columns_is_enough() -> None:
    assert max(len(line) for line in shown(live=True).replace("\x1b[2K", "").splitlines() if "\x1b" not in line) <= 80


def test_the_verdict_and_every_figure_are_there() -> None:
    text = shown(live=False)
    assert "✓ paged 3.29 s after the condition was true" in text
    assert "healed → resolved" in text
    assert "+20.0 s  service healed" in text
    assert "1 incident." in text


def test_a_problem_is_the_last_word() -> None:
    text = io.StringIO()
    made = result()
    made.problems.append("no page within 30 s of the condition being true")
    View(Console(file=text, width=80), live=False).result(made, Path("report.html"))
    assert text.getvalue().rstrip().endswith("✗ no page within 30 s of the condition being true")
