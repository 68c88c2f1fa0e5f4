"""What travels on the topics `alerts` and `audit`: one JSON object a message, of a version that its `schema` names.

A consumer ignores keys and kinds that it does not know: within a version both may be added, and nothing else changes
(`alerts/schemas/events/` holds the schemas, `compatible` compares). Times are ISO 8601 with an offset.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ballast.audit import EVENT_VERSION
from ballast.gateway.events import VERSION

MAX_BYTES = 900_000
"""Of a message: brokers refuse more than 1,048,588 unless told otherwise."""
Tier = Literal["P1", "P2", "P3", "P4"]


class Event(BaseModel):
    """What both streams' events have."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = Field(
        min_length=1, description="Of this event for ever: a message that comes twice has the same one. `<database>:<number>`."
    )
    schema_: Annotated[str, Field(alias="schema", pattern=r"^ballast\.gateway/[0-9]+$")] = Field(
        description="The version that it follows."
    )
    kind: str = Field(description="What happened, as `incident.opened`; new kinds may be added.")
    at: datetime = Field(description="When, by PostgreSQL's clock.")
    dedup_key: str = Field(description="Of the incident; the message's key, so that events of one incident stay in order.")


class AlertEvent(Event):
    """Topic `alerts`: what happened to an incident."""

    kind: str = Field(
        pattern=r"^incident\.[a-z_]+$", description="incident.opened, .repeated, .resolved, .acknowledged and so on."
    )
    incident: int | None = Field(description="Its number in the gateway; null when none was open.")
    status: Literal["triggered", "acknowledged", "resolved"]
    tier: Tier
    occurrences: int = Field(description="How often its group has been notified as firing, repeats included.")
    cause: str = Field(description="webhook, a provider's name, quiet, reconciled …")
    by: str = Field(description="The person, where it was one.")
    note: str
    inbox: int | None = Field(description="The notification that it came from, in the gateway's inbox.")
    group_key: str = Field(default="", description="Alertmanager's.")
    title: str = ""
    labels: dict[str, str] = Field(default_factory=dict, description="The labels that all its alerts share.")
    clipped: bool = Field(default=False, description="Whether labels were shortened to fit into a message.")


class AuditEvent(Event):
    """Topic `audit`: how a delivery to a provider ended."""

    kind: str = Field(pattern=r"^delivery\.[a-z_]+$", description="delivery.delivered, .parked or .skipped.")
    outbox: int = Field(description="The row of the gateway's outbox.")
    incident: int | None
    destination: str
    action: Literal["trigger", "acknowledge", "resolve"]
    tier: Tier
    attempts: int
    merged: int = Field(description="How many later notifications it carried besides its own.")
    reason: str


class EntryEvent(Event):
    """Topic `audit`: a line of an audit log (`ballast audit push` hands it over)."""

    schema_: Annotated[str, Field(alias="schema", pattern=r"^ballast\.audit/[0-9]+$")] = Field(
        description="The version that it follows."
    )
    kind: str = Field(pattern=r"^entry\.[a-z_]+$", description="entry.recorded.")
    dedup_key: str = Field(description="audit/<log>; the message's key, so that entries of one log stay in order.")
    log: str = Field(description="The log that it is in.")
    sequence: int = Field(description="Its number there.")
    who: str
    what: str = Field(description="The kind of entry (alerts/schemas/audit/entry.v1.json).")
    subject: str
    result: str
    why: str
    details: dict[str, Any]
    previous: str = Field(description="The hash of the entry before.")
    hash: str


STREAMS: dict[str, type[Event]] = {"alerts": AlertEvent, "audit": AuditEvent}
"""Topic -> the gateway's own events on it."""
FORMATS: dict[str, tuple[type[Event], str]] = {
    **{stream: (model, f"ballast.gateway/{VERSION}") for stream, model in STREAMS.items()},
    "audit-entry": (EntryEvent, f"ballast.audit/{EVENT_VERSION}"),
}
"""What a schema is about -> its events, and the version that they name."""


class Unreadable(Exception):
    """A message that is no event of its stream, in one sentence."""


def read(topic: str, value: bytes | None) -> Event:
    """The event in a message of topic `alerts` or `audit`. Raises Unreadable."""
    if topic not in STREAMS:
        raise Unreadable(f"no events are known of topic {topic}")
    try:
        whole = orjson.loads(value or b"")
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error}") from None
    version = str(whole.get("schema")) if isinstance(whole, dict) else ""
    entry = topic == "audit" and version.startswith("ballast.audit/")
    model, ours = FORMATS["audit-entry" if entry else topic]
    if version.startswith(f"{ours.partition('/')[0]}/") and version != ours:
        raise Unreadable(f"an event of {version}, and this program reads version {ours.partition('/')[2]}")
    try:
        return model.model_validate(whole)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Unreadable(f"{'.'.join(map(str, first['loc'])) or 'the message'}: {first['msg']}") from None


def message(source: str, number: int, body: dict[str, Any]) -> bytes:
    """The message for a row of `gateway_events`: its body with an id, labels shortened where it would be too large."""
    whole = {"id": f"{source}:{number}", **body}
    text = orjson.dumps(whole)
    if len(text) > MAX_BYTES:
        short = {key: value for key, value in whole.items() if key != "labels"} | {"clipped": True}
        labels = {key[:256]: str(value)[:256] for key, value in list(whole.get("labels", {}).items())[:256]}
        for name in ("title", "note", "reason", "group_key"):
            if name in short:
                short[name] = short[name][:65_536]
        text = orjson.dumps(short | {"labels": labels})
    return text


def json_schema(name: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of what `FORMATS` names, as it is written."""
    model, version = FORMATS[name]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{version}/{name}"}
    return head | model.model_json_schema(by_alias=True)
