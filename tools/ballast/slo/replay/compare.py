"""What a changed spec would have changed: pages and tickets gained and lost, budget, cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ballast.slo.replay.model import Firing, Replay

__all__ = ["Change", "Changed", "compare"]


@dataclass(frozen=True, slots=True)
class Changed:
    """Notifications of one severity: `gained` are the new spec's alone, `lost` the old one's, `kept` are (old, new).

    Two are the same when they fire for the same group at the same time, however short.
    """

    gained: list[Firing]
    lost: list[Firing]
    kept: list[tuple[Firing, Firing]]


@dataclass(frozen=True, slots=True)
class Change:
    """The replays of two specs of one SLO over the same history; `old` is None for an SLO that is new."""

    old: Replay | None
    new: Replay
    pages: Changed
    tickets: Changed


def compare(old: Replay | None, new: Replay) -> Change:
    """Both replays are of the same stretch of time."""
    return Change(
        old,
        new,
        _changed(old.pages if old else [], new.pages),
        _changed(old.tickets if old else [], new.tickets),
    )


def _changed(old: Sequence[Firing], new: Sequence[Firing]) -> Changed:
    kept = []
    found: set[int] = set()
    for one in new:
        partner = next((n for n, other in enumerate(old) if n not in found and _overlap(one, other)), None)
        if partner is not None:
            found.add(partner)
            kept.append((old[partner], one))
    stayed = {id(one) for _, one in kept}
    lost = [one for n, one in enumerate(old) if n not in found]
    return Changed([one for one in new if id(one) not in stayed], lost, kept)


def _overlap(one: Firing, other: Firing) -> bool:
    begins, ends = max(one.start, other.start), min(one.end or float("inf"), other.end or float("inf"))
    return one.labels == other.labels and begins < ends
