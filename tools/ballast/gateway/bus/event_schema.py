"""A change of the bus's events that breaks those who read them.

A topic keeps events for weeks, and its readers are changed at other times than its writer. Within one version a key may be
added (and missing in older events); a key that goes away, changes its type, or is no longer always there stops a consumer
somewhere else, at night. `ballast generate` leaves the schema as it is in that case.

Mend: give the new key a default, keep the old one, or make a new version: raise `VERSION` in `tools/ballast/gateway/events.py`,
and teach `tools/ballast/gateway/bus/schema.py` to read both.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Tree, check
from ballast.gateway.bus.files import FOLDER, broken, current


@check("gateway/event-schema", on=Tree, reads=(f"{FOLDER}/*.json",), home=True)
def event_schema(tree: Tree) -> Iterator[Finding]:
    """Compare what this program writes with the committed schemas."""
    made = current()
    for file in tree.match(f"{FOLDER}/*.json"):
        if what := broken(file.text, made.get(file.path, "")) if file.path in made else []:
            more = f" (and {len(what) - 1} more)" if len(what) > 1 else ""
            yield file.finding(what[0] + more, mend="make a new version of the events, or keep what this one promises")
