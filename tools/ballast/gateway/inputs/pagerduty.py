"""PagerDuty's webhooks, version 3: what people did to an incident (https://developer.pagerduty.com/docs/webhooks-overview).

`X-PagerDuty-Signature` holds one or more `v1=<hex HMAC-SHA256 of the body>`: one a secret, several while a secret is being
changed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from ballast.gateway.callbacks import Act, Callback
from ballast.gateway.notification import BadNotification
from ballast.gateway.provider import clip

PROVIDER = "pagerduty"
ACTS: dict[str, Act] = {
    "incident.acknowledged": "acknowledged",
    "incident.unacknowledged": "unacknowledged",
    "incident.resolved": "resolved",
}
NOTED = {
    "incident.reassigned": "reassigned",
    "incident.delegated": "delegated",
    "incident.escalated": "escalated",
    "incident.annotated": "annotated",
    "incident.priority_updated": "priority_updated",
    "incident.reopened": "reopened",
    "incident.responder.added": "responder_added",
    "incident.responder.replied": "responder_replied",
    "incident.status_update_published": "status_update",
}
"""Events that an incident's history tells, and what it calls them."""
_OURS = re.compile(r"[0-9a-f]{64}")


class _Agent(BaseModel):
    summary: str | None = None


class _Event(BaseModel):
    id: str = Field(min_length=1, max_length=200)
    event_type: str
    occurred_at: AwareDatetime
    agent: _Agent | None = None
    data: dict[str, Any] = {}


class _Envelope(BaseModel):
    event: _Event


def signed(body: bytes, header: str, secrets: Sequence[str]) -> bool:
    """Whether any of the signatures is by any of our secrets, compared in constant time."""
    given = [part.strip().removeprefix("v1=") for part in header.split(",") if part.strip().startswith("v1=")]
    ours = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    return any(hmac.compare_digest(one.encode(), other.encode()) for one in given for other in ours)


def read(body: bytes) -> tuple[Callback | None, str]:
    """The event, and its type; None when it is about nothing that we keep (a ping, another key's incident, another type).

    Raises BadNotification: 400 for what is not JSON, 422 for what is not such a webhook.
    """
    try:
        event = _Envelope.model_validate(orjson.loads(body)).event
    except orjson.JSONDecodeError as error:
        raise BadNotification(f"the body is not JSON: {error}", 400) from None
    except (ValidationError, RecursionError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": ("event",), "msg": "nested too deeply"}
        where = ".".join(str(part) for part in first["loc"])
        raise BadNotification(f"not a PagerDuty webhook of version 3: {where}: {first['msg']}", 422) from None
    kind = event.event_type
    incident = event.data if event.data.get("type") == "incident" else event.data.get("incident") or {}
    key = incident.get("incident_key") if isinstance(incident, dict) else None
    if kind not in ACTS and kind not in NOTED:
        return None, kind
    if not isinstance(key, str) or not _OURS.fullmatch(key):
        return None, kind
    return _callback(event, incident, key), kind


def _callback(event: _Event, incident: dict[str, Any], key: str) -> Callback:
    kind = event.event_type
    people = [person.get("summary", "") for person in incident.get("assignees") or [] if isinstance(person, dict)]
    note = f"to {', '.join(filter(None, people))}" if kind == "incident.reassigned" and any(people) else ""
    when: datetime = event.occurred_at
    return Callback(
        provider=PROVIDER,
        event_id=event.id,
        occurred_at=when,
        kind=NOTED.get(kind, ACTS.get(kind, kind)),
        dedup_key=key,
        their_incident=str(incident.get("id", "")),
        act=ACTS.get(kind),
        by=_plain((event.agent.summary if event.agent else None) or "PagerDuty"),
        note=_plain(note),
    )


def _plain(text: str) -> str:
    return clip(text.replace("\x00", "\ufffd"), 200)
