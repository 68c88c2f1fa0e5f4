"""Google Cloud's audit logs: LogEntry with an AuditLog as `protoPayload` (Cloud Logging, "Understanding audit logs")."""

from __future__ import annotations

import re
from typing import Any

from ballast.audit.imports.event import Event, NoEvent, moment, text, unique

_CODES = {
    1: "cancelled",
    3: "invalid argument",
    5: "not found",
    6: "already exists",
    7: "permission denied",
    9: "failed precondition",
}


def event_of(record: dict[str, Any]) -> Event | str:
    """The change that an entry tells of, or why it tells of none. Raises NoEvent."""
    payload = record.get("protoPayload")
    if not isinstance(payload, dict):
        raise NoEvent("has no protoPayload")
    log = text(record, "logName", needed=True)
    insert = text(record, "insertId", needed=True)
    at = moment(text(record, "timestamp", needed=True), "timestamp")
    method, service = text(payload, "methodName", needed=True), text(payload, "serviceName", needed=True)
    kind = log.rpartition("cloudaudit.googleapis.com%2F")[2]
    if kind == "data_access":
        return "data, not infrastructure"
    if kind not in ("activity", "system_event"):
        return "no record of a change" if kind == "policy" else "another log"
    who = payload.get("authenticationInfo") or {}
    subject = text(who, "principalSubject")
    federated = subject if subject.startswith(("principal://", "principalSet://")) else ""
    name = text(payload, "resourceName")
    labels = (record.get("resource") or {}).get("labels") or {}
    status = payload.get("status") or {}
    code = status.get("code", 0) if isinstance(status, dict) else 0
    operation = record.get("operation") or {}
    started = operation.get("first") is True and operation.get("last") is not True
    return Event(
        "gcp",
        f"{log} {insert} {at}",
        at,
        federated or text(who, "principalEmail") or subject or ("google" if kind == "system_event" else "unknown"),
        f"{service.removesuffix('.googleapis.com')}:{method}",
        unique([name], _short(name)),
        _CODES.get(code, f"error {code}") if code else "started" if started else "ok",
        [text(who, "principalEmail"), subject],
        {
            "on": unique([name]),
            "project": str(labels.get("project_id", "")),
            "address": text(payload, "requestMetadata", "callerIp"),
            "agent": text(payload, "requestMetadata", "callerSuppliedUserAgent"),
            "operation": text(operation, "id"),
        },
    )


def _short(name: str) -> list[str]:
    """What a resource is called where names are the world's: buckets."""
    match = re.search(r"/buckets/([^/]+)", name)
    return [match[1]] if match else []
