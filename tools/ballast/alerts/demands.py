"""What `alerts/lint.yaml` demands of labels and annotations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from ballast.alerts.lint_config import SEVERITY, Demand, applies, whole_match
from ballast.alerts.model import AlertingRule, Rule
from ballast.findings import Finding


def unmet(rule: Rule, demands: Sequence[Demand], where: Literal["labels", "annotations"]) -> Iterator[Finding]:
    """A finding for each demand that a rule does not meet."""
    texts = rule.labels if where == "labels" else rule.annotations if isinstance(rule, AlertingRule) else {}
    one = where.removesuffix("s")
    for demand in demands:
        if not applies(demand.on, rule):
            continue
        severity = SEVERITY[demand.severity]
        names = [name for name in texts if whole_match(demand.name).match(name)]
        if demand.required and not names:
            yield rule.finding(f"has no {one} `{demand.name}`", mend=f"add it under `{where}:`", severity=severity)
        for name in names:
            if demand.value and not whole_match(demand.value).match(texts[name]):
                message = f"the {one} `{name}` is {texts[name]!r} and should be like {demand.value}"
                yield rule.finding(message, at=(where, name), severity=severity)
