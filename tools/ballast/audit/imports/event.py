"""What the three providers' logs have in common."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from ballast.audit.entry import Entry

Provider = Literal["aws", "gcp", "kubernetes"]
BREAK_GLASS = "*break-glass*"
_NAMED = re.compile(r"(?i)(arn|id|ids|name|names|identifier|identifiers|resource|resources)$")
_MOST = 40


class NoEvent(Exception):
    """Why a document is no event of its provider, in one sentence."""


@dataclass(frozen=True, slots=True)
class Event:
    """A change. `known_as` are all names under which who did it may count as break-glass: role, groups, session."""

    provider: Provider
    id: str
    at: str
    who: str
    action: str
    ids: list[str]
    result: str = "ok"
    known_as: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def entry(self, source: str, break_glass: str) -> Entry:
        """As the log has it."""
        details: dict[str, Any] = {"event": self.id, "action": self.action, "at": self.at, "ids": self.ids, "source": source}
        details |= {key: value for key, value in self.more.items() if value not in (None, "", [])}
        what = f"seen/{self.provider}"
        if break_glass and any(fnmatch.fnmatchcase(name.lower(), break_glass.lower()) for name in (self.who, *self.known_as)):
            what = "access/break-glass"
            details |= {"system": self.provider, "incident": "unknown"}
        return Entry(self.who, what, self.ids[0] if self.ids else self.action, self.result, "", details)


def text(document: Any, *path: str, needed: bool = False) -> str:
    """A string deep in a document; empty when it is not there. NoEvent when it is needed, or is no string."""
    value = document
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if value is None or value == "":
        if needed:
            raise NoEvent(f"has no {'.'.join(path)}")
        return ""
    if not isinstance(value, str):
        raise NoEvent(f"has a {'.'.join(path)} that is no text")
    return value


def moment(value: str, name: str) -> str:
    """An RFC 3339 time in UTC. NoEvent when it is none."""
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError
    except ValueError:
        raise NoEvent(f"has a {name} that is no time: {value}") from None
    return found.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def named(document: Any, depth: int = 4) -> list[str]:
    """The values that name things in a request: those whose keys end in id, name, arn and the like."""
    return list(dict.fromkeys(_named(document, depth)))[:_MOST]


def unique(*groups: Iterable[str]) -> list[str]:
    """All of them once, in order, without empty ones."""
    return list(dict.fromkeys(one for group in groups for one in group if one))[:_MOST]


def _named(document: Any, depth: int) -> Iterable[str]:
    if depth == 0:
        return
    pairs: Sequence[tuple[str, Any]] = list(document.items()) if isinstance(document, dict) else []
    for key, value in pairs:
        if _NAMED.search(str(key)):
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) and 1 < len(one) <= 512 and not re.search(r"\s", one):
                    yield one
    inner = [value for _, value in pairs] if pairs else document if isinstance(document, list) else []
    for value in inner:
        if isinstance(value, dict | list):
            yield from _named(value, depth - 1)
