"""What is due: things that a date makes somebody's work (a rehearsal, a review, an exemption that ends).

A date never makes `ballast validate` fail: a commit that was fine yesterday is fine today. `ballast due` lists instead, and a
scheduled workflow makes one issue of the list. A package adds a kind by a function under `@due("its/kind")`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ballast.findings.registry import discover
from ballast.findings.silence import silences
from ballast.findings.tree import Tree


@dataclass(frozen=True, slots=True)
class Due:
    """One thing: what it is about, since or from when it is due, why, what to do, and where it stands (`path`, `line`).

    `ends` marks what stops by itself on that day (an exemption): it is told before, and not afterwards.
    """

    kind: str
    subject: str
    on: date
    why: str
    mend: str
    path: str
    line: int = 1
    owner: str = ""
    ends: bool = False


Provider = Callable[[Tree, date], Iterable[Due]]
_providers: dict[str, Provider] = {}


def due(kind: str) -> Callable[[Provider], Provider]:
    """Register the function below, `(Tree, today) -> Iterable[Due]`, under a kind (`runbooks/rehearsal`)."""

    def register(run: Provider) -> Provider:
        known: Any = _providers.get(kind)
        if known is not None and inspect.getmodule(known) is not inspect.getmodule(run):
            raise ValueError(f"{kind} is registered twice: in {known.__module__} and in {run.__module__}")
        _providers[kind] = run
        return run

    return register


def all_due(tree: Tree, today: date, within: int = 14) -> list[Due]:
    """Everything that is due by now or within so many days, the longest overdue first."""
    discover()
    found = [item for kind in sorted(_providers) for item in _providers[kind](tree, today)]
    wanted = [item for item in found if (item.on - today).days <= within and not (item.ends and item.on < today)]
    return sorted(wanted, key=lambda item: (item.on, item.kind, item.subject))


def kinds() -> list[str]:
    """All kinds that are registered."""
    discover()
    return sorted(_providers)


@due("lint/silence")
def silence(tree: Tree, today: date) -> Iterable[Due]:
    """Comments that silence a check until a day."""
    for file in tree.match("alerts/**/*.{yaml,yml}"):
        for found in silences(file.text):
            if found.until is not None and not found.wrong:
                yield Due(
                    "lint/silence",
                    f"{', '.join(found.checks)} in {file.path}",
                    found.until,
                    f"silenced until then{f': {found.why}' if found.why else ''}",
                    "mend what it is about, or set a new day with a reason",
                    file.path,
                    found.at,
                    ends=True,
                )
