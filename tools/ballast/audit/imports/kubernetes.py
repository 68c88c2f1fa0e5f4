"""Kubernetes' audit log: Event of audit.k8s.io/v1 (kubernetes.io, "Auditing" and "kube-apiserver Audit Configuration (v1)")."""

from __future__ import annotations

from typing import Any

from ballast.audit.imports.event import Event, NoEvent, moment, text, unique

_CHANGES = ("create", "update", "patch", "delete", "deletecollection")
_ENTERING = ("exec", "attach", "portforward", "proxy", "ephemeralcontainers")
_NOISE = {
    "events", "leases", "endpoints", "endpointslices", "tokenreviews", "subjectaccessreviews", "localsubjectaccessreviews",
    "selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews",
}  # fmt: skip


def event_of(record: dict[str, Any]) -> Event | str:
    """The change that an event tells of, or why it tells of none. Raises NoEvent."""
    if text(record, "kind") != "Event" or not text(record, "apiVersion").startswith("audit.k8s.io/"):
        raise NoEvent("is no Event of audit.k8s.io")
    audit, verb = text(record, "auditID", needed=True), text(record, "verb", needed=True)
    user = text(record, "user", "username", needed=True)
    at = moment(text(record, "requestReceivedTimestamp", needed=True), "requestReceivedTimestamp")
    entering = text(record, "objectRef", "subresource") in _ENTERING  # it goes on for hours: its start counts
    if text(record, "stage") not in ("ResponseComplete", "Panic", *(["ResponseStarted"] if entering else [])):
        return "not ended yet"
    ref = record.get("objectRef")
    if not isinstance(ref, dict):
        return "no object"
    resource, sub = text(ref, "resource"), text(ref, "subresource")
    if not entering and verb not in _CHANGES:
        return "only read"
    if resource in _NOISE or (resource == "serviceaccounts" and sub == "token"):
        return "no infrastructure"
    if sub in ("status", "scale", "finalize", "binding") and user.startswith("system:"):
        return "the cluster's own doing"
    group = text(ref, "apiGroup")
    kind = f"{resource}.{group}" if group else resource
    name = text(ref, "name") or text(record, "responseObject", "metadata", "name")
    namespace = text(ref, "namespace")
    place = "/".join(one for one in (kind, namespace, name) if one)
    status = record.get("responseStatus") or {}
    code = status.get("code", 200) if isinstance(status, dict) else 200
    behind = text(record, "impersonatedUser", "username")
    groups = (record.get("user") or {}).get("groups") or []
    impersonated = (record.get("impersonatedUser") or {}).get("groups") or []
    return Event(
        "kubernetes",
        audit,
        at,
        user,
        f"{verb} {kind}{f'/{sub}' if sub else ''}",
        unique([place], [f"{namespace}/{name}" if namespace and name else ""]),
        text(status, "reason") or f"error {code}" if isinstance(code, int) and code >= 400 else "ok",
        unique([behind], [str(one) for one in (*groups, *impersonated)]),
        {
            "on": [place],
            "as": behind,
            "address": ", ".join(str(one) for one in record.get("sourceIPs") or ()),
            "agent": text(record, "userAgent"),
        },
    )
