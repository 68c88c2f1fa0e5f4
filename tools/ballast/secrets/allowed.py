"""`.secrets-allowed.yaml`: what looks like a secret, or is one, and may stay: each with a reason, an owner and a last day.

- fingerprint: 1f2e3d4c5b6a7988     # as the finding prints it; or `github: NAME`, or `path:` with `shape:`
  reason: the documentation's example, valid nowhere
  owner: platform
  expires: 2027-06-30
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase

from ballast.repo import Position
from ballast.secrets.exceptions import LONGEST_DAYS, entries

FILE = ".secrets-allowed.yaml"


@dataclass(frozen=True, slots=True)
class Allowed:
    """One exception. It is about a secret (`fingerprint`), a name on GitHub, or a shape in the files that a glob matches."""

    position: Position
    reason: str
    owner: str
    expires: date
    fingerprint: str = ""
    github: str = ""
    path: str = ""
    shape: str = ""

    def about(self, path: str, shape: str, fingerprint: str) -> bool:
        """Whether it is about this secret."""
        if self.fingerprint:
            return self.fingerprint == fingerprint
        return bool(self.path) and fnmatchcase(path, self.path) and self.shape == shape


@dataclass(slots=True)
class Exceptions:
    """All of them; `problems` are entries that allow nothing, with the reason. `used` collects those that did."""

    entries: list[Allowed] = field(default_factory=list)
    problems: list[tuple[Position, str]] = field(default_factory=list)
    used: set[Position] = field(default_factory=set)

    def allow(self, path: str, shape: str, fingerprint: str, today: date | None) -> bool:
        """Whether a secret may stay; `today` None: whatever the last day."""
        return self._any((e for e in self.entries if e.about(path, shape, fingerprint)), today)

    def allow_name(self, name: str, today: date | None) -> bool:
        """Whether GitHub may hold a secret or variable of this name."""
        return self._any((e for e in self.entries if e.github and fnmatchcase(name, e.github)), today)

    def _any(self, entries: Iterable[Allowed], today: date | None) -> bool:
        good = [entry for entry in entries if today is None or today <= entry.expires]
        self.used.update(entry.position for entry in good)
        return bool(good)

    def ended(self, today: date) -> list[Allowed]:
        """Entries whose last day has passed."""
        return [entry for entry in self.entries if entry.expires < today]


def read_allowed(text: str, path: str = FILE) -> Exceptions:
    """Read the file. What is wrong with an entry is a problem at its line, and that entry allows nothing."""
    found, problems = entries(text, path, ("fingerprint", "github", "path", "shape"), _subject)
    return Exceptions([Allowed(where, **data) for where, data in found], problems)


def _subject(texts: dict[str, str]) -> str:
    about = [key for key in ("fingerprint", "github", "path") if key in texts]
    if len(about) != 1:
        return "it says one of fingerprint, github, and path with shape"
    if ("path" in texts) != ("shape" in texts):
        return "path and shape go together: one shape in some files, never all of it"
    if texts.get("path", "x").strip("*/") == "" or texts.get("github", "x").strip("*") == "":
        return "it would allow everything"
    return ""


def too_long(entries: Sequence[Allowed], today: date) -> list[Allowed]:
    """Entries that would not be looked at for longer than LONGEST_DAYS."""
    return [entry for entry in entries if (entry.expires - today).days > LONGEST_DAYS]
