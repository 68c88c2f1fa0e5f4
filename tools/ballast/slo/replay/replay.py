"""Replay of one SLO: pages and tickets, incidents and how soon they were detected, and what became of the budget."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ballast.repo import CannotRun, seconds
from ballast.slo.model import Compiled, CompiledSlo, RecordingRule
from ballast.slo.replay.burned import budget_of, incidents_of, told_of
from ballast.slo.replay.engine import Alert, Run, run
from ballast.slo.replay.inputs import History
from ballast.slo.replay.language import parse, selectors
from ballast.slo.replay.line import Grid
from ballast.slo.replay.model import Cost, Replay
from ballast.slo.replay.notifications import firings

__all__ = ["replay", "simulate", "told_by", "warm_up"]


def warm_up(compiled: CompiledSlo) -> int:
    """Seconds of history before a stretch that decide on its alerts: the longest of their windows."""
    return int(max((pair.long_s for pair in compiled.pairs), default=seconds("1d")))


def simulate(
    compiled: CompiledSlo,
    history: History,
    start: int,
    end: int,
    *,
    step: int = 60,
    together: Sequence[Compiled] = (),
    earlier: Run | None = None,
) -> Run:
    """Evaluate an SLO's rules up to `end`, beginning as long before `start` as its alerts look back, if the history allows.

    `earlier` is a run over the same history, of which what has not changed is taken.
    """
    first = start - warm_up(compiled)
    known = history.extent()
    if known is not None:
        first = max(first, known[0])
    first = _floor(first, 1800)  # tiles begin at half hours
    end = _floor(end, step)
    if end <= max(start, first):
        raise CannotRun("there is nothing to replay: the end is not after the start, or the history not yet there")
    grid = Grid(first, step, (end - first) // step + 1)
    members = _members(compiled, together)
    groups = [group for one in members for group in one.groups] + compiled.groups
    return run(groups, grid, lambda expr: history.ask(expr, grid), earlier)


def replay(
    compiled: CompiledSlo, history: History, start: int, end: int, *, step: int = 60, together: Sequence[Compiled] = ()
) -> Replay:
    """What the rules of an SLO would have done from `start` to `end` (Unix seconds, whole steps).

    `together` are the services among which the members of a composite SLO are found; members that are not there must be
    recorded in the history. Raises CannotRun where the history cannot be read or a rule uses what replay does not know.
    """
    return told_by(compiled, simulate(compiled, history, start, end, step=step, together=together), history, start)


def told_by(compiled: CompiledSlo, done: Run, history: History, start: int, *, cost: bool = True) -> Replay:
    """What a simulation means, from `start` (Unix seconds) to its end; without `cost` no samples are counted."""
    grid = done.grid
    first, end, step = grid.start, grid.end, grid.step
    start = max(_floor(start, step), first)
    inside = grid.times >= start
    own = [alert for alert in done.alerts if _is_of(alert, compiled)]
    burn_alerts = [alert for alert in own if alert.rule.kind == "burn"]
    told = told_of(compiled, done, burn_alerts, inside)
    pages, tickets = (firings(compiled, done, burn_alerts, severity, start) for severity in ("page", "ticket"))
    events, bad, good, spent = budget_of(compiled, done, inside)
    return Replay(
        service=compiled.service,
        slo=compiled.slo.name,
        objective=compiled.slo.objective,
        window=compiled.slo.window,
        start=start,
        end=end,
        step=step,
        warm=start - first,
        wanted=warm_up(compiled),
        pages=pages,
        tickets=tickets,
        no_data=firings(compiled, done, [alert for alert in own if alert.rule.kind == "nodata"], "ticket", start),
        incidents=incidents_of(told, pages, tickets, step),
        events=events,
        bad=bad,
        good=good,
        spent=spent,
        remaining=_at_end(done, "slo:period_error_budget_remaining:ratio", compiled.id),
        covered=min(1.0, (end - first) / seconds(compiled.slo.window)),
        unknown=float(np.isnan(told.burn).mean()),
        cost=_cost(compiled, done, history if cost else None, end),
        told=told,
    )


def _members(compiled: CompiledSlo, together: Sequence[Compiled]) -> list[CompiledSlo]:
    """The SLOs that the rules of a composite read, and theirs, in the order in which they have to be evaluated."""
    known = {one.id: one for each in together for one in each.slos}
    found: dict[str, CompiledSlo] = {}

    def visit(one: CompiledSlo) -> None:
        for group in one.groups:
            for rule in group.rules:
                for selector in selectors(parse(rule.expr)):
                    ids = [m.value for m in selector.matchers.matchers if m.name == "sloth_id"]
                    for identity in ids:
                        other = known.get(identity)
                        if other is not None and other.id not in (one.id, compiled.id) and other.id not in found:
                            visit(other)
                            found[other.id] = other

    if compiled.slo.sli.composite:
        visit(compiled)
    return list(found.values())


def _is_of(alert: Alert, compiled: CompiledSlo) -> bool:
    return any(alert.rule is rule for group in compiled.groups for rule in group.rules)


def _at_end(done: Run, record: str, identity: str) -> float | None:
    values = [float(line.values[-1]) for _, line in done.records.series(record, sloth_id=identity) if line.there[-1]]
    return min(values, default=None)


def _cost(compiled: CompiledSlo, done: Run, history: History | None, at: int) -> Cost:
    rules, evaluations, samples, series = 0, 0.0, 0.0, 0
    unknown = False
    for group in compiled.groups:
        per_minute = 60 / seconds(group.interval)
        for rule in group.rules:
            rules += 1
            evaluations += per_minute
            if isinstance(rule, RecordingRule):
                series += sum(bool(line.there[-1]) for _, line in done.records.series(rule.record, **rule.labels))
            for expr in done.asked.get(id(rule), ()):
                read = history.cost(expr, at) if history else None
                unknown = unknown or read is None
                samples += (read or 0) * per_minute
    return Cost(rules, evaluations, series, None if unknown else samples)


def _floor(moment: int, step: int) -> int:
    return moment // step * step
