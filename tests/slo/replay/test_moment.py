"""A moment of an alert, explained: its numbers, what resolves it, and what pages earlier."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.slo import Context, explain, html_page, markdown_page, reset_time, workings
from ballast.slo.replay import Moment, Server, explain_at, moment_text
from tests.slo.replay.conftest import spec
from tests.slo.replay.history import START, TROUBLE

BEGIN, LENGTH, *_ = TROUBLE[0]
AT = START + BEGIN + 600


@pytest.fixture(scope="module")
def moment(week: Server) -> Moment:
    return explain_at(spec(), week, AT, Context(), back=86400)


def test_the_numbers_then(moment: Moment) -> None:
    fast = moment.pairs[0]
    assert (fast.long, fast.short, fast.factor, fast.holds) == ("1h", "5m", 14.4, True)
    assert fast.short_burn == pytest.approx(350, rel=0.01)
    assert moment.incident is not None
    assert (moment.incident.start, moment.incident.page) == (START + BEGIN, moment.pages[0].start - START - BEGIN)


def test_what_resolves_it_is_counted_from_the_events(moment: Moment) -> None:
    """For errors that fill the short window evenly the count is what the formula says, to a scrape."""
    fast = moment.pairs[0]
    assert (fast.by, fast.exact) == ("5m", True)
    assert fast.resolves == pytest.approx(reset_time(spec().pairs[0], 99.9, 0.35), abs=60)


def test_how_it_ended(moment: Moment) -> None:
    (page,) = moment.pages
    slow = next(pair for pair in moment.pairs if pair.long == "6h" and pair.severity == "page")
    assert page.end is not None
    assert slow.resolves is not None
    assert page.end - (START + BEGIN + LENGTH) == pytest.approx(slow.resolves, abs=180)


def test_other_windows_page_no_later_and_no_less(moment: Moment) -> None:
    assert moment.now is not None
    for other in moment.earlier:
        assert other.after is not None
        assert other.after <= (moment.now.after or 0)
        assert other.pages >= moment.now.pages


def test_a_quiet_moment(week: Server) -> None:
    quiet = explain_at(spec(), week, START + 12 * 3600, Context(), back=6 * 3600)
    assert (quiet.pages, quiet.incident, quiet.earlier) == ([], None, [])
    assert moment_text(quiet).verdict == "Nothing fires at this moment."


def test_few_events_keep_an_alert_silent(week: Server) -> None:
    silent = explain_at(spec(minimum_traffic=1e6), week, AT, Context(), back=3600)
    assert (silent.pages, silent.pairs[0].holds) == ([], True)
    assert "the page does not fire: too few events" in moment_text(silent).verdict


def test_the_page_says_all_of_it(moment: Moment) -> None:
    text = moment_text(moment)
    page = html_page(explain("checkout", spec().slo), text, b"png", "what it shows")
    for piece in (text.verdict, *text.arithmetic[:1], *text.resolves, 'alt="what it shows"', "sre.google/workbook"):
        assert piece.replace(">", "&gt;") in page or piece in page
    assert "page 1h: " in page


def test_the_arithmetic_in_general() -> None:
    report = explain("checkout", spec().slo)
    (first, *_) = workings(report)
    assert first.name == "page 1h/5m"
    assert first.fires[0] == "factor = 2% of the budget x 720 h / 1 h = 14.4"
    assert "3600 s x 0.0144 / 1 = 52s" in first.soon
    assert "4m 56s after a full outage" in first.over
    assert markdown_page(report, ["X"]).count("\n## ") == 4


def test_the_command_finds_alerts_and_writes_a_page(week_file: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    words = ["slo", "explain", "CheckoutAvailabilityErrorBudgetBurn", "--at", "2026-11-03T09:20:00Z", "--back", "6h"]
    done = CliRunner().invoke(build_app(), [*words, "--openmetrics", str(week_file), "--html", str(page), "-o", "json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["moment"]["pairs"][0]["holds"] is True
    assert "data:image/png;base64," in page.read_text()
