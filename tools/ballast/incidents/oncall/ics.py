"""A calendar of shifts (RFC 5545), for whoever wants them beside their dentist's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ballast.incidents.oncall.turns import Shift
from ballast.repo import OnCall

if TYPE_CHECKING:
    from icalendar import Event


def calendar(oncall: OnCall, shifts: Mapping[str, Sequence[Shift]]) -> bytes:
    """Shifts by schedule as one calendar: an event each, in UTC, the same bytes for the same shifts.

    An event's UID comes from schedule, person and begin, so that a calendar that is read again replaces and does not double.
    """
    from icalendar import Calendar  # here: whoever lists the checks has no use for it

    made = Calendar()
    made.add("prodid", "-//Ballast//on call//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", "On call: " + ", ".join(sorted(shifts)))
    for schedule in sorted(shifts):
        for shift in shifts[schedule]:
            made.add_component(_event(oncall, schedule, shift))
    return bytes(made.to_ical())


def _event(oncall: OnCall, schedule: str, shift: Shift) -> Event:
    from icalendar import Event, vCalAddress, vText

    person = oncall.people[shift.person]
    event = Event()
    stamp = f"{schedule} {shift.person} {shift.start:%Y%m%dT%H%M%SZ}"
    event.add("uid", f"{hashlib.sha256(stamp.encode()).hexdigest()[:32]}@ballast")
    event.add("dtstamp", shift.start)
    event.add("dtstart", shift.start)
    event.add("dtend", shift.end)
    event.add("summary", f"On call: {person.name} ({schedule})")
    event.add("description", shift.reason or f"{oncall.schedules[schedule].description or schedule}, layer {shift.layer}")
    event.add("categories", ["on call", schedule])
    event.add("transp", "TRANSPARENT")
    attendee = vCalAddress(f"MAILTO:{person.email}")
    attendee.params["CN"] = vText(person.name)
    event.add("attendee", attendee, encode=False)
    return event
