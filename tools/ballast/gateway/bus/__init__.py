"""The event bus: a relay from `gateway_events` to Kafka, the schemas of what it carries, and a library for consumers.

Importing this package does not load Kafka's client; `consume` and the relay do.
"""

from __future__ import annotations

from ballast.gateway.bus.consumer import Consumed, Reject, consume
from ballast.gateway.bus.entries import tell_entries
from ballast.gateway.bus.listing import events_of
from ballast.gateway.bus.schema import AlertEvent, AuditEvent, EntryEvent, Event, Unreadable, read
from ballast.gateway.bus.tls import Kafka

__all__ = [
    "AlertEvent",
    "AuditEvent",
    "Consumed",
    "EntryEvent",
    "Event",
    "Kafka",
    "Reject",
    "Unreadable",
    "consume",
    "events_of",
    "read",
    "tell_entries",
]
