"""What a proof is about and what it says, before it becomes a promtool file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ballast.slo.proofs.signals import Signals
from ballast.slo.proofs.traffic import Pair, Traffic

__all__ = ["Alert", "Expectation", "Scenario", "Subject", "Told"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of an SLO. `labels` are all that Prometheus shows on it, `pairs` what makes it fire, by their names."""

    name: str
    severity: str
    labels: Mapping[str, str]
    pairs: Mapping[str, Pair]


@dataclass(frozen=True, slots=True)
class Subject:
    """An SLO as its proofs see it.

    `budget` is a ratio, `minimum` events per second. In seconds: `shortest` is the shortest recorded window, `period` the
    budget's, `pending` the `for` of the alert on missing data. `windows` are all recorded ones, `tiled` (seconds) those made of
    tiles; `selector` picks its records. `groups` are its rule groups. `group` names the one of its own groups (a tenant) that
    it is about, empty where that has no objective of its own.
    `watched` are series whose single absence means no data, with the seconds until that shows.
    """

    service: str
    slo: str
    budget: float
    minimum: float
    signals: Signals
    alerts: tuple[Alert, ...]
    no_data: Alert | None
    shortest: int
    period: int
    pending: int
    windows: tuple[str, ...]
    tiled: frozenset[int]
    watched: Mapping[str, int]
    selector: str
    groups: tuple[str, ...]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """At `second`, `query` returns `samples` (series in PromQL's notation, value); `why` becomes the comment above it."""

    second: int
    query: str
    samples: tuple[tuple[str, float], ...]
    why: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """A promtool test: what happens, and what is expected when.

    Rules are evaluated every `step` seconds, series are sampled every `interval` seconds. `born_late`: series that only count
    bad events do not exist before the first one. `missing` is the only series that gaps are about, empty for all. `inputs` are
    series and their values in promtool's notation, where the SLI's own do not tell the story. `start` is when it begins, in
    Unix seconds.
    """

    name: str
    proves: str
    step: int
    interval: int
    traffic: Traffic
    expectations: tuple[Expectation, ...]
    born_late: bool = False
    missing: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    start: int = 0


Told = tuple[Subject, Scenario]
"""What happens, and to which SLO (or to which of its groups)."""
