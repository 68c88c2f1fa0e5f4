"""What a replay finds: notifications, incidents, the budget, and what the rules cost."""

from __future__ import annotations

from dataclasses import dataclass, field

from ballast.slo.replay.line import Flags, Numbers

__all__ = ["Cost", "Firing", "Incident", "Replay", "Told"]


@dataclass(frozen=True, slots=True)
class Firing:
    """A notification that would have been sent: from the evaluation at which an alert fires to the one at which it does not.

    Unix seconds; `end` is None where it still fires at the end. `labels` are those that tell groups of one SLO apart.
    `pair` is the window pair whose condition held first, as `1h/5m`; `burn` the greatest burn rate of the long window.
    """

    start: int
    end: int | None
    labels: dict[str, str]
    pair: str
    burn: float


@dataclass(frozen=True, slots=True)
class Incident:
    """A time in which the budget burned faster than it may: from the first minute at which the last five minutes' error ratio
    is above the objective's to the last, with pauses of half an hour at most.

    `peak` is the greatest burn rate over five minutes, `spent` the share of the whole window's budget. `page` and `ticket` are
    the seconds until the first notification of that kind fired, 0 where one was firing already, None where none came.
    """

    start: int
    end: int
    peak: float
    spent: float
    page: int | None
    ticket: int | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What the rules cost: how many there are, how many evaluations a minute, series that they recorded at the end, and samples
    of the service's own series that they read a minute (None where that is not known).
    """

    rules: int
    evaluations: float
    series: int
    samples: float | None


@dataclass(slots=True)
class Told:
    """Minute by minute, for pictures: burn rate over five minutes (NaN: unknown) and the window's budget spent so far."""

    times: Numbers
    burn: Numbers
    spent: Numbers
    page: Flags
    ticket: Flags


@dataclass(slots=True)
class Replay:
    """What would have happened between `start` and `end` (Unix seconds), decided every `step` seconds.

    `good` is the share of good events, None where nothing is known. `spent` is the share of a whole window's budget that the
    bad events are, when a window has as many events a second as this stretch. `remaining` is what the rules themselves would
    say of the budget at the end (`slo:period_error_budget_remaining:ratio`), `covered` the share of their window that this
    replay has looked at. `warm` are the seconds of history before `start` that it had, of the `wanted` ones that its alerts
    look back on. `unknown` is the share of the time without data.
    """

    service: str
    slo: str
    objective: float
    window: str
    start: int
    end: int
    step: int
    warm: int
    wanted: int
    pages: list[Firing]
    tickets: list[Firing]
    no_data: list[Firing]
    incidents: list[Incident]
    events: float | None
    bad: float | None
    good: float | None
    spent: float | None
    remaining: float | None
    covered: float
    unknown: float
    cost: Cost
    told: Told = field(repr=False)

    @property
    def name(self) -> str:
        """`service/slo`."""
        return f"{self.service}/{self.slo}"
