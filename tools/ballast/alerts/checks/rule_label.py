"""A label is missing, or its value is not one that this repository allows.

What is asked stands in `alerts/lint.yaml` under `labels`: a regular expression for the name, one for the value, whether every
rule must have it, and of which kind of rule. Only labels that the rule itself sets are looked at.

Mend: write the label.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.demands import unmet
from ballast.alerts.lint_config import LINT, lint_config
from ballast.alerts.model import Rule
from ballast.findings import Finding, Tree, check


@check("rule/label", on=Rule, also=(LINT,))
def rule_label(rule: Rule, tree: Tree) -> Iterator[Finding]:
    """Compare with what is asked."""
    yield from unmet(rule, lint_config(tree).labels, "labels")
