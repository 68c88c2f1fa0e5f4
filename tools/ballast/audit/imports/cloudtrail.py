"""CloudTrail's records (AWS CloudTrail User Guide, "CloudTrail record contents", event version 1.05 and later)."""

from __future__ import annotations

import re
from typing import Any

from ballast.audit.imports.event import Event, NoEvent, moment, named, text, unique

_READS = re.compile(
    r"(Get|List|Describe|Head|Lookup|BatchGet|Search|Query|Scan|Select|Check|Simulate|Test|View|Preview)(?=[A-Z]|$)"
)
_SESSIONS = ("AssumeRole", "GetSessionToken", "GetFederationToken", "ConsoleLogin")


def event_of(record: dict[str, Any]) -> Event | str:
    """The change that a record tells of, or why it tells of none. Raises NoEvent."""
    name = text(record, "eventName", needed=True)
    service = text(record, "eventSource", needed=True).removesuffix(".amazonaws.com")
    identity = record.get("userIdentity")
    if not isinstance(identity, dict):
        raise NoEvent("has no userIdentity")
    event = text(record, "eventID", needed=True)
    at = moment(text(record, "eventTime", needed=True), "eventTime")
    read = record.get("readOnly")
    if read is True or (read is None and _READS.match(name)):
        return "only read"
    if name.startswith(_SESSIONS):
        return "only signed in"
    if text(record, "eventCategory") in ("Data", "NetworkActivity"):
        return "data, not infrastructure"
    resources = [one for one in record.get("resources") or () if isinstance(one, dict)]
    arns = [text(one, "ARN") or text(one, "arn") for one in resources]
    ids = unique(arns, named(record.get("requestParameters")), named(record.get("responseElements")))
    issuer = text(identity, "sessionContext", "sessionIssuer", "arn")
    return Event(
        "aws",
        event,
        at,
        _who(identity),
        f"{service}:{name}",
        ids,
        text(record, "errorCode") or "ok",
        [issuer],
        {
            "on": unique(arns),
            "account": text(record, "recipientAccountId") or text(identity, "accountId"),
            "region": text(record, "awsRegion"),
            "address": text(record, "sourceIPAddress"),
            "agent": text(record, "userAgent"),
            "role": issuer,
            "for": _federated(identity),
        },
    )


def _who(identity: dict[str, Any]) -> str:
    match text(identity, "type"):
        case "Root":
            return f"root of {text(identity, 'accountId') or text(identity, 'arn')}"
        case "AWSService":
            return text(identity, "invokedBy") or "an AWS service"
    for key in ("arn", "userName", "principalId", "invokedBy", "accountId"):
        if found := text(identity, key):
            return found
    raise NoEvent("has a userIdentity that names nobody")


def _federated(identity: dict[str, Any]) -> str:
    """Who stands behind a role that was assumed with a web identity."""
    attributes = ((identity.get("sessionContext") or {}).get("webIdFederationData") or {}).get("attributes") or {}
    subjects = [value for key, value in attributes.items() if str(key).endswith(":sub") and isinstance(value, str)]
    return subjects[0] if subjects else ""
