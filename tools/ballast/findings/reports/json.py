"""JSON: `{"version": 1, "exit_code", "seconds", "counts", "checks": [...], "findings": [...]}`."""

from __future__ import annotations

from typing import Any

import orjson

from ballast.findings.model import Finding
from ballast.findings.report import Outcome, Report
from ballast.repo import Severity


def write(report: Report) -> str:
    """The whole report; findings are in the order of their places."""
    document = {
        "version": 1,
        "exit_code": report.exit_code,
        "seconds": round(report.seconds, 3),
        "counts": {s.value: report.count(s) for s in Severity} | {"unproven": len(report.unproven)},
        "checks": [_check(outcome) for outcome in report.outcomes],
        "findings": [_finding(finding) for finding in report.findings],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def _check(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.check.id,
        "state": "unproven" if outcome.unproven else "findings" if outcome.findings else "clean",
        "units": outcome.units,
        "remembered": outcome.remembered,
        "seconds": round(outcome.seconds, 3),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    where = finding.position
    return {
        "check": finding.check,
        "severity": finding.severity.value,
        "path": where.path or None,
        "line": where.line,
        "column": where.column,
        "width": finding.width,
        "message": finding.message,
        "mend": finding.mend,
        "unproven": finding.unproven,
    }
