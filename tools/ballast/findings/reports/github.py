"""GitHub's workflow commands: an annotation a finding, shown beside the line in a pull request."""

from __future__ import annotations

from ballast.findings.model import Finding
from ballast.findings.report import Report

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def write(report: Report) -> str:
    """One line a finding: `::error file=…,line=…,col=…,title=…::message`."""
    return "".join(_annotation(finding) + "\n" for finding in report.findings)


def _annotation(finding: Finding) -> str:
    where = finding.position
    properties = {"title": finding.check}
    if where.path:
        properties = {"file": where.path, "line": str(where.line), "col": str(where.column), **properties}
    if finding.width:
        properties["endColumn"] = str(where.column + finding.width)
    message = ("could not run: " if finding.unproven else "") + finding.message
    if finding.mend:
        message += f"\nMend: {finding.mend}"
    listed = ",".join(f"{key}={_escaped(value, more=True)}" for key, value in properties.items())
    return f"::{COMMANDS[finding.severity.value]} {listed}::{_escaped(message)}"


def _escaped(text: str, *, more: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if more else text
