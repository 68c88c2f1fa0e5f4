"""A rule's name is not like those of this repository.

What is asked stands in `alerts/lint.yaml` under `names`: `match`, a regular expression, and of which kind of rule.

Mend: rename it, and whatever reads it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.lint_config import LINT, SEVERITY, applies, lint_config, whole_match
from ballast.alerts.model import Rule
from ballast.findings import Finding, Tree, check


@check("rule/name", on=Rule, also=(LINT,))
def rule_name(rule: Rule, tree: Tree) -> Iterator[Finding]:
    """Compare with the expressions."""
    for asked in lint_config(tree).names:
        if applies(asked.on, rule) and not whole_match(asked.match).match(rule.name):
            yield rule.finding(f"the name is not like {asked.match}", mend=asked.comment, severity=SEVERITY[asked.severity])
