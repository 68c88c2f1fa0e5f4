"""dashboard-linter's `.lint` file: which of its rules not to apply to the dashboards beside it, and which only to mention.

    exclusions:
      target-instance-rule:
        reason: Totals are across all instances.
        entries:
        - dashboard: Checkout
          panel: Requests
          targetIdx: 2

A rule without entries is meant everywhere in the folder; an entry's missing field means any. Rules of ours are named as they
are (`dashboards/density`, or `density`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ballast.dashboards.model import Issue, listing, mapping
from ballast.repo.source import read

NAME = ".lint"


@dataclass(frozen=True, slots=True)
class Entry:
    """What an exclusion is limited to; None is any."""

    dashboard: str | None = None
    panel: str | None = None
    target: int | None = None

    def matches(self, title: str, issue: Issue) -> bool:
        """Whether it means this issue of the dashboard of that title."""
        return (
            self.dashboard in (None, title)
            and (self.panel is None or (issue.panel is not None and issue.panel.title == self.panel))
            and (self.target is None or (issue.target is not None and issue.target.number == self.target))
        )


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Entries by id of check: issues not to tell, and issues to tell as notes."""

    left_out: dict[str, tuple[Entry, ...]]
    noted: dict[str, tuple[Entry, ...]]

    def says(self, check: str, title: str, issue: Issue) -> str:
        """`exclude`, `note` or ""."""
        for word, entries in (("exclude", self.left_out), ("note", self.noted)):
            if any(entry.matches(title, issue) for entry in entries.get(check, ())):
                return word
        return ""


NONE = Exclusions({}, {})


def check_id(rule: str) -> str:
    """Our id for a rule of dashboard-linter (`panel-units-rule`) or of ours."""
    return "dashboards/" + rule.removeprefix("dashboards/").removesuffix("-rule")


def load(folder: Path) -> Exclusions:
    """The exclusions of a folder. A file that cannot be read excludes nothing (`dashboards/exclusions` says so)."""
    try:
        data = (folder / NAME).read_bytes()
    except OSError:
        return NONE
    documents, _ = read(NAME, data)
    return parse(documents[0].data if documents else None)


def parse(value: Any) -> Exclusions:
    """The exclusions that a parsed file holds; what has the wrong type is left out."""
    return Exclusions(_section(value, "exclusions"), _section(value, "warnings"))


def _section(value: Any, name: str) -> dict[str, tuple[Entry, ...]]:
    found = {}
    for rule, body in mapping(mapping(value).get(name)).items():
        entries = listing(mapping(body).get("entries"))
        found[check_id(str(rule))] = tuple(_entry(mapping(entry)) for entry in entries) or (Entry(),)
    return found


def _entry(entry: dict[str, Any]) -> Entry:
    index = str(entry.get("targetIdx", ""))
    title, panel = entry.get("dashboard"), entry.get("panel")
    return Entry(
        None if title in (None, "") else str(title),
        None if panel in (None, "") else str(panel),
        int(index) if index.isdigit() else None,
    )
