"""What `ballast slo explain` works out, and how it writes times and shares."""

from __future__ import annotations

import pytest

from ballast.repo import Slo
from ballast.slo import explain, human_seconds, human_share


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "never"), (float("inf"), "never"), (0, "0s"), (2.25, "2.2s"), (51.84, "52s"), (295.68, "4m 56s"), (59.7, "1m"),
        (3600, "1h"), (23_760, "6h 36m"), (86_400, "1d"), (176_400, "2d 1h"), (1e7, "115d 17h"),
    ],
)  # fmt: skip
def test_times(value: float | None, text: str) -> None:
    assert human_seconds(value) == text


def test_shares() -> None:
    assert (human_share(0.0144), human_share(1 / 3), human_share(None)) == ("1.44%", "33.33%", "-")


def test_a_report() -> None:
    report = explain("checkout", _slo(objective=99.9))
    assert report.full_outage == pytest.approx(2592)
    assert [(row.severity, row.long, row.share) for row in report.pairs] == [
        ("page", "1h", pytest.approx(0.02)),
        ("page", "6h", pytest.approx(0.05)),
        ("ticket", "1d", pytest.approx(0.1)),
        ("ticket", "3d", pytest.approx(0.1)),
    ]
    assert all(row.spent == pytest.approx(row.share) for row in report.pairs)


def test_a_disabled_alert_is_not_explained() -> None:
    report = explain("checkout", _slo(objective=99.9, alerting={"page_alert": {"disable": True}}))
    assert {row.severity for row in report.pairs} == {"ticket"}


def test_what_cannot_fire_comes_last() -> None:
    assert [row.reachable for row in explain("checkout", _slo(objective=90.0)).pairs] == [True, True, True, False]


def _slo(**fields: object) -> Slo:
    return Slo.model_validate({"name": "x", "sli": {"gauge": {"metric": "up"}}} | fields)
