"""What the compiler makes of an SLO: rules in groups, and what each alert means, for those who prove or draw them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ballast.repo import AlertSeverity, Slo, WindowPair
from ballast.slo.objectives import Objective
from ballast.slo.windows import Layout

__all__ = ["AlertRule", "Compiled", "CompiledSlo", "Context", "Group", "Maintenance", "RecordingRule", "Rule"]

Labels = Mapping[str, str]


@dataclass(slots=True)
class RecordingRule:
    """A recording rule. `labels` are the static ones; the query may yield more (its group-by labels)."""

    record: str
    expr: str
    labels: Labels


@dataclass(slots=True)
class AlertRule:
    """An alerting rule. `hold` is its `for`, empty for none.

    `kind` is what it tells: `burn` (`severity` page or ticket, fires when any of `pairs` does), `nodata`, or `groups` (there
    are more of them than the SLO allows).
    The value of a burn alert is the burn rate of the long window, the greatest of the pairs that fire.
    """

    alert: str
    expr: str
    hold: str
    labels: Labels
    annotations: Labels
    kind: str
    severity: AlertSeverity
    pairs: tuple[WindowPair, ...] = ()


Rule = RecordingRule | AlertRule


@dataclass(slots=True)
class Group:
    """A rule group: its rules are evaluated one after the other, in this order, every `interval`.

    A rule that yields more series than `limit` fails (0: no limit).
    """

    name: str
    interval: str
    rules: list[Rule]
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A time that does not count, from `start` to `end` (Unix seconds), of the SLOs that `slos` names, of all if empty."""

    slos: tuple[str, ...]
    start: int
    end: int


@dataclass(slots=True)
class CompiledSlo:
    """One SLO, compiled. `groups` are the fast one (absent when nothing pages) and the slow one.

    `selector` picks this SLO's recorded series (by `slo` and `sloth_id`), `windows` says which are recorded
    (see `ratio_record` and `total_record`). `pairs` can fire, `unreachable` cannot and were left out. `budget` is a ratio.
    `objectives` are its own and, where it has groups, those of single groups, which then differ in budget. `maintenance` are
    the times in which its alerts stay silent.
    """

    service: str
    slo: Slo
    id: str
    selector: str
    labels: Labels
    budget: float
    windows: Layout
    pairs: tuple[WindowPair, ...]
    unreachable: tuple[WindowPair, ...]
    groups: list[Group]
    objectives: tuple[Objective, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()

    @property
    def alerts(self) -> list[AlertRule]:
        """Its alerts: page, ticket, no data, as far as it has them."""
        return [rule for group in self.groups for rule in group.rules if isinstance(rule, AlertRule)]


@dataclass(slots=True)
class Compiled:
    """The SLOs of one service, in the order of its files. `sources` are the paths they were read from."""

    service: str
    slos: list[CompiledSlo]
    sources: list[str] = field(default_factory=list)

    @property
    def groups(self) -> list[Group]:
        """All groups of all its SLOs."""
        return [group for slo in self.slos for group in slo.groups]


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules need to know besides the SLO file: intervals, links, owners and tiers.

    `owners` maps a service to its team, `tiers` a service and severity to P1–P4. A service that is in neither has no owner
    label, its pages are P2 and its tickets P3. URL templates contain `{alert}`, `{service}`, `{slo}`; without one there is
    no such annotation. `maintenance` are the times, by service, that do not count.
    """

    fast: str = "5s"
    slow: str = "1m"
    runbook_url: str = ""
    dashboard_url: str = ""
    owners: Mapping[str, str] = field(default_factory=dict)
    tiers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    maintenance: Mapping[str, tuple[Maintenance, ...]] = field(default_factory=dict)
