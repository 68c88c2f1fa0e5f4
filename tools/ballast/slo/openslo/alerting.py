"""Alert policies and conditions become burn-rate tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ballast.repo import Document, seconds, window_pairs
from ballast.slo.openslo import model as openslo
from ballast.slo.openslo.notes import Notes, Path

__all__ = ["ALERT_NAME", "MINIMUM_TRAFFIC", "SHORT_WINDOW", "alerting_of"]

SHORT_WINDOW, ALERT_NAME, MINIMUM_TRAFFIC = "ballast-short-window", "ballast-alert-name", "ballast-minimum-traffic"
"""Annotations that hold what OpenSLO has no key for."""

SEVERITIES = {
    **dict.fromkeys(("page", "critical", "high", "urgent", "p1", "p2", "sev1", "sev2"), "page"),
    **dict.fromkeys(("ticket", "warning", "medium", "low", "info", "p3", "p4", "sev3", "sev4"), "ticket"),
}


def alerting_of(
    document: Document[openslo.Slo],
    notes: Notes,
    window: str,
    policies: Mapping[str, Document[openslo.AlertPolicy]],
    conditions: Mapping[str, Document[openslo.AlertCondition]],
) -> dict[str, Any]:
    """The keys of our SLO that say when it alerts: none of them where OpenSLO says nothing."""
    annotations = document.model.metadata.annotations
    alerting: dict[str, Any] = {"name": annotations[ALERT_NAME]} if ALERT_NAME in annotations else {}
    found: dict[str, Any] = {"alerting": alerting}
    if MINIMUM_TRAFFIC in annotations:
        found["minimum_traffic"] = float(annotations[MINIMUM_TRAFFIC])
    rows: list[dict[str, Any]] = []
    for number, policy in enumerate(document.model.spec.alertPolicies):
        path: Path = ("spec", "alertPolicies", number)
        reference = policy if isinstance(policy, str) else policy.alertPolicyRef
        if reference:
            other = policies.get(reference)
            if other is None:
                notes.error(
                    path, "alerting", f"there is no AlertPolicy `{reference}`", "name one of these files, or add its file"
                )
                continue
            rows += _rows(other.model.spec, notes.about(other), ("spec",), conditions)
        elif not isinstance(policy, str) and policy.spec:
            rows += _rows(policy.spec, notes, (*path, "spec"), conditions)
        else:
            notes.error(path, "alerting", "a policy without `alertPolicyRef` and without `spec`", "give one of the two")
    if not rows:
        return found
    for severity in ("page", "ticket"):
        if not any(row["severity"] == severity for row in rows):
            alerting[f"{severity}_alert"] = {"disable": True}
    if not _standard(rows, window, alerting):
        found["burn_rates"] = rows
    return found


def _standard(rows: list[dict[str, Any]], window: str, alerting: dict[str, Any]) -> bool:
    """Whether it is our own table, in whatever order, perhaps with a severity switched off."""
    own = {(p.severity, p.long_s, p.short_s, p.factor) for p in window_pairs(window) if f"{p.severity}_alert" not in alerting}
    return own == {(row["severity"], seconds(row["long"]), seconds(row["short"]), row["factor"]) for row in rows}


def _rows(
    policy: openslo.PolicySpec, notes: Notes, path: Path, conditions: Mapping[str, Document[openslo.AlertCondition]]
) -> list[dict[str, Any]]:
    if not policy.alertWhenBreaching:
        notes.note((*path, "alertWhenBreaching"), "alerting", "a policy that does not alert on a breach is left out", "")
        return []
    if not policy.alertWhenNoData:
        message = "missing data always opens a ticket: it would hide every other alert"
        notes.note((*path, "alertWhenNoData"), "alerting", message, "")
    if policy.notificationTargets:
        message = "notification targets are not taken over: alerts/routing.yaml decides by severity and the service's tier"
        notes.note((*path, "notificationTargets"), "target", message, "")
    rows = []
    for number, one in enumerate(policy.conditions):
        at: Path = (*path, "conditions", number)
        if one.conditionRef:
            other = conditions.get(one.conditionRef)
            if other is None:
                notes.error(at, "alerting", f"there is no AlertCondition `{one.conditionRef}`", "name one of these files")
                continue
            rows += _row(other.model.spec, other.model.metadata, notes.about(other), ("spec",))
        elif one.spec:
            rows += _row(one.spec, one.metadata, notes, (*at, "spec"))
        else:
            notes.error(at, "alerting", "a condition without `conditionRef` and without `spec`", "give one of the two")
    return rows


def _row(condition: openslo.Condition, metadata: openslo.Metadata | None, notes: Notes, path: Path) -> list[dict[str, Any]]:
    burn = condition.condition
    if burn.op in ("lt", "lte"):
        message = "an alert on a low burn rate cannot be expressed"
        notes.error((*path, "condition", "op"), "alerting", message, "gt: an alert fires when the budget burns too fast")
        return []
    if burn.op == "gte":
        notes.note((*path, "condition"), "alerting", f"above {burn.threshold:g}, not at it: ours compares with `>`", "")
    severity = SEVERITIES.get(condition.severity.lower())
    if severity is None:
        severity = "ticket"
        message = f"the severity {condition.severity!r} is taken as ticket"
        notes.warn((*path, "severity"), "alerting", message, f"one of {', '.join(SEVERITIES)}")
    long = _duration(burn.lookbackWindow)
    short = (metadata.annotations.get(SHORT_WINDOW) if metadata else None) or ""
    held = _duration(burn.alertAfter) if burn.alertAfter.rstrip("mhdw") not in ("", "0") else ""
    if not long or (burn.alertAfter and burn.alertAfter.rstrip("mhdw") != "0" and not held):
        message = f"no window of {burn.lookbackWindow}, or hold of {burn.alertAfter}, can be expressed"
        notes.error((*path, "condition"), "alerting", message, "minutes, hours, days or weeks")
        return []
    if not short:
        short = held or f"{max(1, round(seconds(long) / 720))}m"
        message = f"OpenSLO has no short window: {short} is taken" + (
            " from `alertAfter`" if held else f", a twelfth of {long}"
        )
        notes.note((*path, "condition"), "alerting", message, f"the annotation {SHORT_WINDOW} says another")
    elif held:
        message = f"`alertAfter: {burn.alertAfter}` is not taken over: burn-rate alerts do not wait, their long window does"
        notes.warn((*path, "condition", "alertAfter"), "alerting", message, "remove it")
    return [{"severity": severity, "long": long, "short": short, "factor": burn.threshold}]


def _duration(text: str) -> str:
    """An OpenSLO duration as one of Prometheus's; empty for months, quarters and years, which have no fixed length."""
    return text if text and text[-1] in "mhdw" and text[:-1].isdigit() else ""
