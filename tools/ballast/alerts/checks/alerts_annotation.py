"""An annotation is missing, or its value is not one that this repository allows.

What is asked stands in `alerts/lint.yaml` under `annotations`: a regular expression for the name, one for the value, and
whether every alert must have it.

Mend: write the annotation.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.alerts.demands import unmet
from ballast.alerts.lint_config import LINT, lint_config
from ballast.alerts.model import AlertingRule
from ballast.findings import Finding, Tree, check


@check("alerts/annotation", on=AlertingRule, also=(LINT,))
def alerts_annotation(rule: AlertingRule, tree: Tree) -> Iterator[Finding]:
    """Compare with what is asked."""
    yield from unmet(rule, lint_config(tree).annotations, "annotations")
