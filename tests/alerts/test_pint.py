"""The same findings on the same rules as pint, where pint is right; deliberate differences say why.

pint cannot be had as a Go module, so what it finds is what its documentation and its own tests say.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ballast.alerts.checks.template_render import template_render
from ballast.alerts.model import AlertingRule, RecordingRule, Rule, RuleFile, RuleSet, rule_file
from ballast.findings import File, Tree, checks

TABLE: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "pint.yaml").read_text())
CHECKS = {check.id: check for check in checks()}
BY_DEFAULT = """promql/syntax alerts/template alerts/comparison alerts/for promql/impossible promql/fragile promql/nan
promql/regexp rule/dependency group/interval"""
CONFIGURED = "alerts/annotation rule/label rule/for rule/name promql/aggregate promql/selector rule/duplicate"


def _file(row: dict[str, Any]) -> RuleFile:
    rule = {"record" if row.get("record") else "alert": "it", **{k: row[k] for k in KEYS if k in row}}
    group = {"name": "g", **({"interval": row["interval"]} if "interval" in row else {}), "rules": [rule]}
    return rule_file(File(Path.cwd(), "a.yaml", yaml.safe_dump({"groups": [group]}).encode()))


KEYS = ("expr", "for", "labels", "annotations")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['check']}: {row['expr'][:60]}")
def test_findings_are_pints_or_differ_for_a_reason(row: dict[str, Any], tmp_path: Path) -> None:
    check, file = CHECKS[row["check"]], _file(row)
    if row["check"] == "alerts/template-render":
        found = list(template_render(file))
    else:
        subjects = {
            RuleFile: [file],
            RuleSet: [RuleSet([file], True)],
            Rule: file.rules,
            AlertingRule: [r for r in file.rules if isinstance(r, AlertingRule)],
            RecordingRule: [r for r in file.rules if isinstance(r, RecordingRule)],
        }[check.on]
        extra = (Tree(tmp_path, []),) if check.wants_tree else ()
        found = [finding for subject in subjects for finding in check.run(subject, *extra)]
    assert len(found) == row.get("ours", row["pint"]), [f.message for f in found]
    assert ("ours" in row) == ("why" in row)


def test_every_offline_check_of_pints_has_one_of_ours() -> None:
    assert set(f"{BY_DEFAULT} {CONFIGURED}".split()) <= set(CHECKS)
