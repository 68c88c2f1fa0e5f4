"""Which windows an SLO's rules record, how each is computed, and in which group.

- A window of a page pair, and any of up to an hour, is **direct**: the query over that range, as Sloth does it.
- Every other window is **tiled**: a direct window for its newest part, half-hour tiles of what was recorded for the rest.
- The windows of page pairs are recorded in the fast group, before the alert that reads them; all others in the slow group.

Factors, tables and durations are `ballast.repo`'s (the reader needs them to warn of pairs that cannot fire).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from ballast.repo import Slo, WindowPair, period_duration, reachable, seconds, window_pairs

__all__ = [
    "DIRECT_LIMIT",
    "TILE",
    "Layout",
    "identity_of",
    "layout",
    "member_selector",
    "quoted",
    "ratio_record",
    "select",
    "selector_of",
    "split",
    "total_record",
]

DIRECT_LIMIT = "1h"
TILE = "30m"


@dataclass(frozen=True, slots=True)
class Layout:
    """The windows of one SLO, each tuple from short to long.

    `fast` and `slow` are direct, by the group that records them; `tiled` are in the slow group. `calendar` is the SLO's own
    window where that is the calendar's month or quarter, else empty.
    """

    fast: tuple[str, ...]
    slow: tuple[str, ...]
    tiled: tuple[str, ...]
    calendar: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        """Every window that is recorded."""
        return (*self.fast, *self.slow, *self.tiled, *((self.calendar,) if self.calendar else ()))

    @property
    def shortest(self) -> str:
        """The first window that is recorded: where it is missing there is no data."""
        return (self.fast or self.slow)[0]

    def base(self, window: str) -> str:
        """The direct window that is the newest part of a tiled one: the longest that is shorter."""
        return max((w for w in self.fast + self.slow if seconds(w) < seconds(window)), key=seconds)


def split(slo: Slo, objective: float | None = None) -> tuple[tuple[WindowPair, ...], tuple[WindowPair, ...]]:
    """The window pairs of `slo`: those that can fire, and those that cannot because factor x budget is 1 or more.

    `objective` (percent) is the SLO's own unless one of its groups has another.
    """
    objective = slo.objective if objective is None else objective
    pairs = window_pairs(slo.window, slo.burn_rates)
    if reachable(max(p.factor for p in pairs), objective):
        return pairs, ()
    can = tuple(p for p in pairs if reachable(p.factor, objective))
    return can, tuple(p for p in pairs if p not in can)


def layout(period: str, page: Iterable[WindowPair], ticket: Iterable[WindowPair]) -> Layout:
    """The windows that alerts of these pairs and a budget over `period` need.

    Five minutes (the current burn rate) and half an hour (the tiles) are recorded in any case.
    """
    limit = seconds(DIRECT_LIMIT)
    page_windows = {w for pair in page for w in (pair.long, pair.short)}
    ticket_windows = {w for pair in ticket for w in (pair.long, pair.short)}
    calendar = period if period_duration(period) != period else ""
    wanted = page_windows | ticket_windows | {"5m", TILE} | (set() if calendar else {period})
    ordered = sorted(wanted, key=seconds)
    return Layout(
        fast=tuple(w for w in ordered if w in page_windows),
        slow=tuple(w for w in ordered if w not in page_windows and seconds(w) <= limit),
        tiled=tuple(w for w in ordered if w not in page_windows and seconds(w) > limit),
        calendar=calendar,
    )


def ratio_record(window: str) -> str:
    """The series that holds the error ratio over `window` (Sloth's name)."""
    return f"slo:sli_error:ratio_rate{window}"


def total_record(window: str) -> str:
    """The series that holds the events per second over `window`."""
    return f"slo:total:rate{window}"


def identity_of(service: str, slo: str) -> str:
    """Sloth's name for an SLO, its label `sloth_id`."""
    return f"{service}-{slo}"


def selector_of(slo: str, identity: str) -> str:
    """Matchers for the series of an SLO. `slo` leaves out those of Sloth's own rules, which may still be there."""
    return f"{{slo={quoted(slo)},sloth_id={quoted(identity)}}}"


def member_selector(member: str) -> str:
    """Matchers for the series of another SLO, given as service/slo."""
    service, _, slo = member.partition("/")
    return selector_of(slo, identity_of(service, slo))


def select(metric: str, *matchers: str) -> str:
    """A metric with matchers, as people write them: with or without a comma at the end."""
    inside = ",".join(part for part in (m.strip().strip(",") for m in matchers) if part)
    return f"{metric}{{{inside}}}" if inside else metric


def quoted(text: str) -> str:
    """A text as PromQL writes it."""
    return json.dumps(text, ensure_ascii=False)
