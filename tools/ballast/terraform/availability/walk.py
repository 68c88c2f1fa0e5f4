"""Walks the topology: from Prometheus along calls to whoever pages, and over every workload for what one failure would stop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from ballast.repo import CannotRun
from ballast.terraform.availability.formula import Assumptions, k_of_n, over_zones, parallel, series, spread_over, within
from ballast.terraform.platform import Component, Platform, Workload, components, unread

TARGET = 0.9999
EVALUATES, NOTIFIES, PAGER = "prometheus", "alertmanager", "external:pagerduty"


@dataclass(frozen=True, slots=True)
class Block:
    """A workload as a part of the model: `placed` is its replicas by zone, `available` a ratio."""

    name: str
    namespace: str
    replicas: int
    quorum: int
    placed: tuple[int, ...]
    available: float
    page_path: bool


@dataclass(frozen=True, slots=True)
class Weak:
    """A single point of failure: losing one `by` (replica, zone, drain) stops `name`, or nobody can tell that it does not."""

    name: str
    namespace: str
    by: str
    page_path: bool
    why: str
    where: str


@dataclass(frozen=True, slots=True)
class Report:
    """The page path: what evaluates and notifies in series, `legs` to the pager of which one is enough; and every workload."""

    root: str
    assumptions: Assumptions
    chain: tuple[Block, ...]
    legs: dict[str, tuple[Block, ...]]
    blocks: tuple[Block, ...]
    weak: tuple[Weak, ...]
    unread: tuple[str, ...]

    @property
    def available(self) -> float:
        """Availability of the page path, a ratio: for the worst arrangement of its parts over zones."""
        parts = [*self.chain, *(block for leg in self.legs.values() for block in leg)]
        turns = [range(self.assumptions.zones if len(set(block.placed)) > 1 else 1) for block in parts]
        return min(self._arranged(dict(zip(parts, turn, strict=True))) for turn in product(*turns))

    def _arranged(self, turns: dict[Block, int]) -> float:
        """The same with each part's replicas moved by so many zones."""
        given = self.assumptions

        def works(state: Sequence[bool]) -> float:
            by = {
                block: within(block.quorum, (*block.placed[turn:], *block.placed[:turn]), given.replica, state)
                for block, turn in turns.items()
            }
            ways = [series(by[block] for block in leg) for leg in self.legs.values()]
            return series([*(by[block] for block in self.chain), parallel(ways)])

        return over_zones(given.zones, given.zone, works)

    @property
    def stops_pages(self) -> list[Weak]:
        """Single points of failure on the page path."""
        return [weak for weak in self.weak if weak.page_path]

    @property
    def holds(self) -> bool:
        """Whether the target is met with no single point of failure on the page path, over charts that were all read."""
        return self.available >= TARGET and not self.stops_pages and not self.unread


def walk(platform: Platform, assumptions: Assumptions | None = None) -> Report:
    """The report of a platform's plan. Raises CannotRun when nothing in it evaluates alerts or notifies."""
    given = assumptions or Assumptions()
    found = {component.name: component for component in components(platform)}
    for name in (EVALUATES, NOTIFIES):
        if name not in found:
            raise CannotRun(f"{platform.root}: nothing called {name} in this plan: name a root that calls module platform")
    needed = _page_path(found)
    blocks = {
        (component.name, workload.name): _block(component, workload, given, component.name in needed)
        for component in found.values()
        for workload in component.workloads
    }

    def of(names: Iterable[str]) -> tuple[Block, ...]:
        """Workloads of components. What has quorum 0 is nobody's need: an operator, whose work runs on without it."""
        return tuple(block for (component, _), block in blocks.items() if component in names and block.quorum > 0)

    if EVALUATES not in _callers(found, NOTIFIES):
        raise CannotRun(f"{platform.root}: {EVALUATES} sends its alerts to no {NOTIFIES}")
    return Report(
        root=platform.root,
        assumptions=given,
        chain=of([EVALUATES, NOTIFIES]),
        legs={name: of(names) for name, names in _legs(found).items()},
        blocks=tuple(blocks.values()),
        weak=tuple(weak for c in found.values() for w in c.workloads for weak in _weak(c, w, given, c.name in needed)),
        unread=tuple(release.address for release in unread(platform)),
    )


def _callers(found: dict[str, Component], to: str) -> set[str]:
    return {name for name, component in found.items() if any(call.to == to for call in component.calls)}


def _legs(found: dict[str, Component]) -> dict[str, set[str]]:
    """Ways from whoever notifies to the pager: directly, or through a component that calls it, with all that this one calls
    (but whoever notifies: every way begins there).
    """
    legs: dict[str, set[str]] = {}
    for call in found[NOTIFIES].calls:
        if call.to == PAGER:
            legs["directly"] = set()
        elif call.to in _callers(found, PAGER) and call.to != NOTIFIES:
            legs[f"through {call.to}"] = {call.to} | (_uses(found, call.to) - {NOTIFIES})
    return legs


def _uses(found: dict[str, Component], name: str) -> set[str]:
    """What a component needs to do its work: the components that it calls and that are marked as on the page path."""
    called = {call.to for call in found[name].calls if call.to in found and call.to != name}
    return {other for other in called if any(workload.page_path for workload in found[other].workloads)}


def _page_path(found: dict[str, Component]) -> set[str]:
    """Components without which no page goes out: those in series, and those of every leg where there is one leg only."""
    legs = _legs(found)
    return {EVALUATES, NOTIFIES}.union(*(legs.values() if len(legs) == 1 else ()))


def _placed(workload: Workload, zones: int) -> list[int]:
    if workload.spread.holds:
        return spread_over(workload.replicas, zones)
    return [workload.replicas, *[0] * (zones - 1)]


def _block(component: Component, workload: Workload, given: Assumptions, page_path: bool) -> Block:
    placed = _placed(workload, given.zones)
    name = workload.name if workload.name.startswith(component.name) else f"{component.name}-{workload.name}"
    available = k_of_n(workload.quorum, placed, given.zone, given.replica)
    return Block(name, component.namespace, workload.replicas, workload.quorum, tuple(placed), available, page_path)


def _weak(component: Component, workload: Workload, given: Assumptions, page_path: bool) -> Iterator[Weak]:
    block = _block(component, workload, given, page_path)
    left = workload.replicas - 1
    zone = workload.replicas - max(block.placed)

    def weak(by: str, why: str, where: str) -> Weak:
        return Weak(block.name, block.namespace, by, page_path, why, where)

    if workload.kind == "DaemonSet" or workload.quorum == 0:
        return
    if left < workload.quorum:
        yield weak("replica", f"{workload.replicas} run, {workload.quorum} are needed", component.source)
    elif not workload.spread.holds:
        said = workload.spread.reason or "they may all be in one zone"
        yield weak("zone", said, workload.spread.where)
    elif zone < workload.quorum:
        yield weak(
            "zone",
            f"{zone} of {workload.replicas} are left without the fullest zone, {workload.quorum} are needed",
            component.source,
        )
    if not workload.pdb.holds:
        yield weak("drain", workload.pdb.reason or "no disruption budget keeps the quorum", workload.pdb.where)
