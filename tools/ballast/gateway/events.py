"""Events for the bus: what happened to an incident or a delivery, written in the transaction in which it happened.

Every body holds `schema` (`ballast.gateway/<VERSION>`), `kind`, `at` (ISO 8601), `dedup_key` and what its kind adds:

    stream alerts   incident.opened | repeated | fired_again | held | still_held | resolved | orphaned | acknowledged |
                    unacknowledged
                    incident (id or null), status, tier, occurrences, cause, by, note, inbox, group_key, title, labels
    stream audit    delivery.delivered | parked | skipped
                    outbox, incident, destination, action, tier, attempts, merged, reason
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

VERSION = 1
"""Of the bodies. Adding a field keeps it; anything else does not."""


def row(stream: str, kind: str, at: datetime, dedup_key: str, **facts: Any) -> dict[str, Any]:
    """A row of `gateway_events`."""
    head = {"schema": f"ballast.gateway/{VERSION}", "kind": kind, "at": at.isoformat(), "dedup_key": dedup_key}
    return {
        "created_at": at,
        "stream": stream,
        "kind": kind,
        "dedup_key": dedup_key,
        "version": VERSION,
        "body": head | facts,
    }
