"""SARIF 2.1.0 (OASIS), as code hosts read it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import Any

import orjson

from ballast.findings.model import Finding
from ballast.findings.pages import title
from ballast.findings.report import Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def write(report: Report) -> str:
    """One run. Findings are results; what could not be checked is a notification, and the run counts as not successful."""
    pages = {id_: (page, o.check.severity.value) for o in report.outcomes for id_, page in o.check.pages.items()}
    rules = [_rule(id_, page, level) for id_, (page, level) in sorted(pages.items())]
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [_result(finding, index) for finding in report.findings if not finding.unproven]
    notes = [_notification(finding) for finding in report.findings if finding.unproven]
    driver = {"name": "Ballast", "version": version("ballast"), "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the root of the repository"}}},
        "invocations": [{"executionSuccessful": not notes, "toolExecutionNotifications": notes}],
        "results": results,
    }
    return orjson.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, option=orjson.OPT_INDENT_2).decode() + "\n"


def _rule(id_: str, page: str, level: str) -> dict[str, Any]:
    return {
        "id": id_,
        "shortDescription": {"text": title(page)},
        "fullDescription": {"text": page},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": level},
    }


def _result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.check,
        "level": finding.severity.value,
        "message": {"text": _message(finding)},
        "locations": _locations(finding),
        "partialFingerprints": {"ballast/v1": _fingerprint(finding)},
    }
    if finding.check in index:
        result["ruleIndex"] = index[finding.check]
    return result


def _notification(finding: Finding) -> dict[str, Any]:
    return {
        "descriptor": {"id": finding.check},
        "level": finding.severity.value,
        "message": {"text": _message(finding)},
        "locations": _locations(finding),
    }


def _message(finding: Finding) -> str:
    return f"{finding.message}\nMend: {finding.mend}" if finding.mend else finding.message


def _locations(finding: Finding) -> list[dict[str, Any]]:
    where = finding.position
    if not where.path:
        return []
    region = {"startLine": where.line, "startColumn": where.column}
    if finding.width:
        region["endColumn"] = where.column + finding.width
    return [{"physicalLocation": {"artifactLocation": {"uri": where.path, "uriBaseId": "SRCROOT"}, "region": region}}]


def _fingerprint(finding: Finding) -> str:
    """Stays the same when lines above are added, so that a host knows the finding again."""
    return hashlib.sha256("\0".join((finding.check, finding.position.path, finding.message)).encode()).hexdigest()[:32]
