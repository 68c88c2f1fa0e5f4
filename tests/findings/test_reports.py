"""Each format, on one report with every kind of finding; SARIF against what its schema requires."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from ballast.findings import REPORTERS, Check, File, Finding, Outcome, Report, Severity
from ballast.repo import Position

LINE = "      - expr: rate(http_errors_total[5m])  # 100 % sure, or: not"


def check(id_: str) -> Check:
    return Check(id_, File, Severity.ERROR, lambda _: [], f"{id_} finds things.\n\nMend: it.", __name__, ("*",))


@pytest.fixture
def report(tmp_path: Path) -> Report:
    (tmp_path / "rules.yaml").write_text(f"groups:\n{LINE}\n")
    at = Position("rules.yaml", 2, 15)
    findings = [
        Finding("t/a", at, "always <fires>, 100%: &", "compare it\nwith something", width=27),
        Finding("t/a", at, "hm", severity=Severity.WARNING),
        Finding("t/a", Position("rules.yaml"), "by the way\x00", severity=Severity.NOTE),
    ]
    missing = Finding("t/b", Position(""), "x is not built", "build it", unproven=True)
    outcomes = [
        Outcome(check("t/a"), 3, 1, 0.5, findings),
        Outcome(check("t/b"), 0, 0, 0, [missing]),
        Outcome(check("t/c"), 2, 2),
    ]
    return Report(tmp_path, outcomes, 1.25)


def test_text_underlines_what_is_meant(report: Report) -> None:
    text = REPORTERS["text"](report)
    assert "✗ rules.yaml:2:15: error t/a\n  always <fires>, 100%: &\n" in text
    shown, carets = (next(line for line in text.splitlines() if part in line) for part in ("│ - expr", "^"))
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "rate(http_errors_total[5m])"
    assert "  Mend: compare it\n" in text
    assert "? could not run t/b\n  x is not built\n" in text
    assert "✓" in text
    assert "? unproven: t/b could not run; 1 error, 1 warning, 1 note · 3 checks, 1 known from before, 1.2 s" in text


def test_text_shows_control_characters_and_does_not_send_them(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x: \x1b[2Jy\n")
    finding = Finding("t/a", Position("a", 1, 4), "not \x1b]0;this\x07", width=5)
    text = REPORTERS["text"](Report(tmp_path, [Outcome(check("t/a"), 1, 0, 0, [finding])], 0))
    assert "\x1b" not in text
    assert "│ x: \ufffd[2Jy" in text


def test_json_holds_everything(report: Report) -> None:
    document = json.loads(REPORTERS["json"](report))
    assert (document["version"], document["exit_code"]) == (1, 2)
    assert document["counts"] == {"error": 1, "warning": 1, "note": 1, "unproven": 1}
    assert [c["state"] for c in document["checks"]] == ["findings", "unproven", "clean"]
    assert [f["path"] for f in document["findings"]] == [None, "rules.yaml", "rules.yaml", "rules.yaml"]


def test_sarif_has_what_its_schema_requires(report: Report) -> None:
    document = json.loads(REPORTERS["sarif"](report))
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "Ballast"
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == sorted(set(ids)) == ["t/a", "t/b", "t/c"]
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"].endswith("finds things.")
        assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}
    assert [r["level"] for r in run["results"]] == ["note", "error", "warning"]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        located(result)
    assert run["results"][1]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 2,
        "startColumn": 15,
        "endColumn": 42,
    }
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["descriptor"] == {"id": "t/b"}
    assert notification["locations"] == []


def located(result: dict[str, Any]) -> None:
    for location in result["locations"]:
        physical = location["physicalLocation"]
        assert not physical["artifactLocation"]["uri"].startswith("/")
        assert physical["artifactLocation"]["uriBaseId"] == "SRCROOT"
        assert min(physical["region"].values()) >= 1


def test_junit_counts_add_up(report: Report) -> None:
    root = ElementTree.fromstring(REPORTERS["junit"](report).encode())
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("errors")) == ("testsuites", "5", "2", "1")
    for suite in root:
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        assert suite.get("errors") == str(len(suite.findall("testcase/error")))
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.text is not None
    assert "rules.yaml:2:15" in failure.text


def test_github_annotations_are_escaped(report: Report) -> None:
    lines = REPORTERS["github"](report).splitlines()
    assert len(lines) == 4
    assert lines[0] == "::error title=t/b::could not run: x is not built%0AMend: build it"
    assert lines[2] == (
        "::error file=rules.yaml,line=2,col=15,title=t/a,endColumn=42::"
        "always <fires>, 100%25: &%0AMend: compare it%0Awith something"
    )
    assert lines[1].startswith("::notice file=rules.yaml,line=1")


def test_text_of_a_clean_report_says_so(tmp_path: Path) -> None:
    text = REPORTERS["text"](Report(tmp_path, [Outcome(check("t/c"), 2, 2)], 0.3))
    assert "✓ nothing to mend · 1 check, 1 known from before, 0.3 s" in text
