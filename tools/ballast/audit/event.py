"""Entries as events of the topic `audit`: what the gateway's relay takes to Kafka."""

from __future__ import annotations

from typing import Any

from ballast.audit.chain import Record

EVENT_VERSION = 1
EVENT_KIND = "entry.recorded"


def event_of(log: str, record: Record) -> dict[str, Any]:
    """The body of an event: the entry with the name of its log. Its key is the log, so that entries stay in order."""
    return {
        "schema": f"ballast.audit/{EVENT_VERSION}",
        "kind": EVENT_KIND,
        "at": record.at,
        "dedup_key": f"audit/{log}",
        "log": log,
        "sequence": record.sequence,
        "who": record.who,
        "what": record.what,
        "subject": record.subject,
        "result": record.result,
        "why": record.why,
        "details": record.details,
        "previous": record.previous,
        "hash": record.hash,
    }
