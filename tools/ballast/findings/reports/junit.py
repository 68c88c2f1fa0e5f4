"""JUnit XML, as CI systems read it: a suite a check, a case a finding; a check without findings is one passed case."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ballast.findings.model import Finding
from ballast.findings.report import Outcome, Report
from ballast.repo import Severity

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(report: Report) -> str:
    """Errors and warnings are failures, notes are passed cases that say something, what could not run is an error."""
    root = Element("testsuites", name="ballast validate", time=f"{report.seconds:.3f}")
    suites = [_suite(root, outcome) for outcome in report.outcomes]
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, outcome: Outcome) -> Element:
    suite = SubElement(root, "testsuite", name=outcome.check.id, time=f"{outcome.seconds:.3f}")
    findings = sorted(outcome.findings, key=lambda f: f.order)
    for finding in findings:
        _case(suite, finding)
    if not findings:
        SubElement(suite, "testcase", classname=outcome.check.id, name="clean", time=f"{outcome.seconds:.3f}")
    suite.set("tests", str(max(1, len(findings))))
    suite.set("failures", str(sum(not f.unproven and f.severity is not Severity.NOTE for f in findings)))
    suite.set("errors", str(sum(f.unproven for f in findings)))
    return suite


def _case(suite: Element, finding: Finding) -> None:
    place = str(finding.position) if finding.position.path else "could not run"
    case = SubElement(suite, "testcase", classname=finding.check, name=_xml(f"{place} {finding.message}"), time="0")
    body = _xml(f"{place}: {finding.message}" + (f"\nMend: {finding.mend}" if finding.mend else ""))
    if not finding.unproven and finding.severity is Severity.NOTE:
        SubElement(case, "system-out").text = body
        return
    kind = SubElement(case, "error" if finding.unproven else "failure", type=finding.severity.value)
    kind.set("message", _xml(finding.message))
    kind.text = body


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
