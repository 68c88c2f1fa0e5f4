"""What is due, and that a date never makes `validate` fail."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.findings import Tree, all_due, checks
from ballast.findings.due import kinds
from ballast.runbooks import Record, StepResult, last_records, write_record
from ballast.runbooks.page import runbooks
from tests.findings.cases import write

PAGE = "---\nalerts: [{0}]\nservice: a\nowner: team\nseverity: [page]\nstatus: {1}\n---\n\n# {0}\n"
TODAY = date(2026, 11, 24)


def record(page: str, day: date, outcome: str = "passed") -> Record:
    step = StepResult("Diagnosis", 1, 9, "promql", outcome, "data", "no series", 0.1, (("kubectl", "get"),))  # type: ignore[arg-type]
    return Record(page, f"{day}T12:00:00+00:00", "somebody", "0" * 40, False, (page,), (page,), (step,))


def repository(root: Path) -> None:
    pages = {f"runbooks/{name}.md": PAGE.format(name, "active") for name in ("Fresh", "Old", "Never", "Failed", "Soon")}
    write(
        root, {**pages, "runbooks/archive/Gone.md": PAGE.format("Gone", "archived"), "alerts/services/a.yaml": "service: a\n"}
    )
    for name, days, outcome in (
        ("Fresh", 2, "passed"),
        ("Old", 91, "passed"),
        ("Failed", 2, "failed"),
        ("Soon", 80, "unproven"),
    ):
        write_record(root, record(name, TODAY - timedelta(days=days), outcome))


def test_pages_unrehearsed_for_ninety_days(tmp_path: Path) -> None:
    repository(tmp_path)
    found = {
        item.subject: (item.on - TODAY).days
        for item in all_due(Tree.read(tmp_path), TODAY)
        if item.kind == "runbooks/rehearsal"
    }
    assert found == {"Old": -1, "Never": 0, "Failed": -2, "Soon": 10}
    assert all_due(Tree.read(tmp_path), TODAY, within=90)[-1].subject == "Fresh"


def test_a_page_whose_steps_changed_since_its_rehearsal_is_due_and_one_whose_prose_changed_is_not(tmp_path: Path) -> None:
    step = "\n## Diagnosis\n\n1. Look.\n\n   ```promql\n   up\n   ```\n\n   Expect: `data`. Nothing else.\n"
    path = "runbooks/A.md"
    write(tmp_path, {path: PAGE.format("A", "active") + step})
    [page] = runbooks(Tree.read(tmp_path)[path])
    write_record(tmp_path, replace(record("A", TODAY), digest=page.digest))
    kept = last_records(Tree.read(tmp_path))["A"]
    assert kept.digest == page.digest
    write(tmp_path, {path: PAGE.format("A", "active") + step.replace("Nothing else.", "No more.")})
    assert all_due(Tree.read(tmp_path), TODAY) == []
    write(tmp_path, {path: PAGE.format("A", "active") + step.replace("   up", "   up == 1")})
    [item] = all_due(Tree.read(tmp_path), TODAY)
    assert "has changed since its last rehearsal on 2026-11-24" in item.why


def test_reviews_silences_and_exemptions(tmp_path: Path) -> None:
    silence = "# ballast: skip alerts/for until 2026-11-28 because it is so"
    rule = "{alert: A, expr: up == 0, annotations: {review_date: '2026-11-20', owner: me}}"
    exemption = {"service": "checkout", "person": "ada", "reason": "r", "start": "2026-11-20T00:00:00+00:00"}
    write(
        tmp_path,
        {
            "alerts/custom/a.yaml": f"groups:\n- name: a\n  rules:\n  {silence}\n  - {rule}\n",
            "alerts/platform-alerts.yaml": 'version: ballast/v1\nreview_date: "2026-11-01"\n',
            "alerts/exemptions/a.json": json.dumps({**exemption, "until": "2026-11-30T00:00:00+00:00"}),
            "alerts/exemptions/b.json": json.dumps({**exemption, "until": "2026-11-22T00:00:00+00:00"}),
            "alerts/exemptions/c.json": "[",
        },
    )
    found = [(item.kind, item.on.isoformat(), item.line) for item in all_due(Tree.read(tmp_path), TODAY)]
    assert found == [
        ("runbooks/platform", "2026-11-01", 2),
        ("alerts/justification", "2026-11-20", 5),
        ("lint/silence", "2026-11-28", 4),
        ("budget/exemption", "2026-11-30", 1),
    ]
    assert {"runbooks/rehearsal", *(kind for kind, _, _ in found)} <= set(kinds())


def test_the_command_says_it_in_three_ways_and_by_its_exit_code(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    repository(tmp_path)
    monkeypatch.chdir(tmp_path)
    call = CliRunner().invoke
    text = call(build_app("due"), ["due", "--on", str(TODAY)])
    assert text.exit_code == 1
    assert "3 due, 1 more within 14 days." in text.output
    table = call(build_app("due"), ["due", "--on", str(TODAY), "--output", "markdown"])
    assert "| 2026-11-23 (1 d ago) | [Old](runbooks/Old.md) |" in table.output
    rows = json.loads(call(build_app("due"), ["due", "--on", str(TODAY), "--output", "json"]).output)
    assert [(row["subject"], row["overdue"]) for row in rows][-1] == ("Soon", False)
    for name in ("Old", "Never", "Failed", "Soon"):
        write_record(tmp_path, record(name, TODAY))
    assert call(build_app("due"), ["due", "--on", str(TODAY), "--within", "5"]).exit_code == 0


def test_a_second_record_of_a_day_stands_beside_the_first(tmp_path: Path) -> None:
    paths = [write_record(tmp_path, record("A", TODAY, outcome)) for outcome in ("failed", "passed")]
    assert [path.name for path in paths] == ["2026-11-24.json", "2026-11-24-2.json"]
    (tmp_path / "runbooks/rehearsals/A/2027-01-01.json").write_text("{}")
    read = last_records(Tree.read(tmp_path))["A"]
    assert read.steps[0].calls == (("kubectl", "get"),)
    assert read.commit == "0" * 40


def test_no_check_of_runbooks_depends_on_the_day() -> None:
    assert [check.id for check in checks() if check.id.startswith("runbooks/") and check.daily] == []
