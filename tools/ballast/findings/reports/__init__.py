"""How a report is written down: for people, and for the machines that read such things."""

from __future__ import annotations

from collections.abc import Callable

from ballast.findings.report import Report
from ballast.findings.reports import github, json, junit, sarif, text

REPORTERS: dict[str, Callable[[Report], str]] = {
    "text": text.plain,
    "json": json.write,
    "sarif": sarif.write,
    "junit": junit.write,
    "github": github.write,
}

__all__ = ["REPORTERS"]
