"""`ballast generate` writes the schemas of events, and never over one that consumers rely on."""

from __future__ import annotations

import json

from ballast.findings import generator
from ballast.gateway.bus.compatible import breaks
from ballast.gateway.bus.schema import FORMATS, json_schema
from ballast.repo import Repository

FOLDER = "alerts/schemas/events"


def current() -> dict[str, str]:
    """The files that this program's events call for."""
    return {
        f"{FOLDER}/{name}.v{version.rpartition('/')[2]}.json": json.dumps(json_schema(name), indent=2, ensure_ascii=False)
        + "\n"
        for name, (_, version) in FORMATS.items()
    }


@generator(FOLDER, reads=(f"{FOLDER}/*.json",))
def event_schemas(repository: Repository) -> dict[str, str]:
    """`alerts/schemas/events/<stream>.v<version>.json`. Files of older versions stay, and so does one that the new would break:
    the check `gateway/event-schema` says what to do.
    """
    there = {f"{FOLDER}/{path.name}": path.read_text() for path in sorted((repository.root / FOLDER).glob("*.v*.json"))}
    return there | {path: text for path, text in current().items() if not broken(there.get(path, ""), text)}


def broken(old: str, new: str) -> list[str]:
    """What of the new file breaks the old one; nothing where there was none that can be read."""
    try:
        was = json.loads(old) if old else None
    except ValueError:
        was = None
    return breaks(was, json.loads(new)) if isinstance(was, dict) else []
