"""Pages as they are read, and this repository's pages against the alerts that its SLOs become."""

from __future__ import annotations

from pathlib import Path

from ballast.findings import Severity, Tree, checks, run
from ballast.repo import load
from ballast.runbooks import SECTIONS, read_runbook
from ballast.slo import compile_repository
from tests.findings.cases import write

PAGE = """\
---
alerts: [A, B]
service: s
owner: o
severity: [page]
last_rehearsed: 2026-02-28
status: active
---

# A

## Meaning ##

It is broken.

## Diagnosis

1. Ask:

   ```promql
   up == 0

   ## Mitigation
   ```

## Mitigation

1. Mend it.
"""


def test_a_page_is_read_with_its_sections_and_blocks(tmp_path: Path) -> None:
    write(tmp_path, {"runbooks/A.md": PAGE})
    page = read_runbook(Tree.read(tmp_path)["runbooks/A.md"])
    assert page.front is not None
    assert page.findings == []
    assert (page.front.alerts, page.front.last_rehearsed.isoformat()) == (["A", "B"], "2026-02-28")  # type: ignore[union-attr]
    assert page.title == "A"
    assert [(s.title, s.line) for s in page.sections] == [("Meaning", 12), ("Diagnosis", 16), ("Mitigation", 26)]
    (block,) = page.blocks
    assert (block.language, block.line) == ("promql", 21)
    assert "## Mitigation" in block.text
    assert page.section("Impact") is None


def test_each_alert_of_this_repository_has_a_page_of_its_owner(root: Path) -> None:
    """Without the generated rules: straight from the SLOs."""
    repository, tree = load(root), Tree.read(root)
    severities: dict[str, set[str]] = {}
    for compiled in compile_repository(repository):
        for alert in (alert for slo in compiled.slos for alert in slo.alerts):
            page = read_runbook(tree[f"runbooks/{alert.alert}.md"])
            assert page.front is not None
            assert (page.front.service, page.front.owner) == (compiled.service, alert.labels["owner"])
            assert [s.title for s in page.sections if s.title in SECTIONS] == list(SECTIONS)
            assert alert.severity in page.front.severity
            severities.setdefault(alert.alert, set()).add(alert.severity)
    assert len(severities) >= 24
    for name, seen in severities.items():
        front = read_runbook(tree[f"runbooks/{name}.md"]).front
        assert front is not None
        assert set(front.severity) == seen


def test_this_repositorys_pages_are_clean(root: Path) -> None:
    report = run(root, [check for check in checks() if check.id.startswith("runbooks/")], fresh=True)
    assert [f for f in report.findings if f.severity is not Severity.NOTE] == []
