"""The report: self-contained, readable by machines too, and safe against what an alert may say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from ballast.demo.charts import span
from ballast.demo.report import html, seconds, write_report
from ballast.demo.result import Result
from ballast.demo.timeline import Step, Timeline
from ballast.demo.truth import Events
from tests.demo.sample import result


def test_the_report_needs_nothing_but_itself(tmp_path: Path) -> None:
    text = write_report(result(), tmp_path).read_text()
    assert text.count("<svg") == 6  # three plots for light and for dark pages
    loaded = re.findall(r'(?:src|href)="(?!#)([^"]*)"', text)
    assert [url for url in loaded if not url.startswith(("https://git.example.com/", "#"))] == []
    assert "<script" not in text
    assert "@import" not in text
    assert not list(tmp_path.glob("*.part"))


def without_plots() -> Result:
    """Drawing takes seconds; most of the page does not need it."""
    made = result()
    made.events = Events(rate=20)
    return made


def test_what_an_alert_says_is_text_not_markup() -> None:
    assert "burns &lt;its&gt; budget" in html(without_plots())


def test_the_report_says_what_went_wrong() -> None:
    bad = without_plots()
    bad.problems.append("no page within 30 s")
    assert "✗ no page within 30 s" in html(bad)


def test_result_json_has_every_figure(tmp_path: Path) -> None:
    write_report(without_plots(), tmp_path)
    found = json.loads((tmp_path / "result.json").read_text())
    assert found["passed"] is True
    assert found["subject"]["windows"] == "short"
    assert [m["step"] for m in found["timeline"]][:3] == ["failure began", "condition true", "alert firing"]
    first = found["latencies"][0]
    assert first["name"] == "condition true → page delivered"
    assert first["met"] is True
    assert abs(first["seconds"] - 3.29) < 0.01


def test_short_windows_are_labelled_as_such() -> None:
    assert "short demo windows" in html(without_plots())
    standard = without_plots()
    standard.subject = replace(standard.subject, windows="standard")
    assert "short demo windows" not in html(standard)


def test_lengths_of_time() -> None:
    assert [span(s) for s in (30, 60, 90, 300, 3600, 21600, 259200)] == ["30s", "1m", "90s", "5m", "1h", "6h", "3d"]
    assert seconds(None) == "unknown"


def test_a_page_before_our_own_count_is_told_as_such() -> None:
    early = without_plots()
    true = early.timeline.at(Step.TRUE)
    assert true is not None
    early.timeline = Timeline()
    early.timeline.mark(Step.TRUE, true)
    early.timeline.mark(Step.PAGED, true - 0.4)
    assert "paged 0.40 s before" in early.verdict
    early.timeline = Timeline()
    assert "unknown" in early.verdict
