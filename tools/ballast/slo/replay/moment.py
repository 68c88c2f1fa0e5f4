"""One moment of an alert, explained: the numbers then, which pair fired, what resolves it, what it takes to page earlier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ballast.repo import BurnRate, CannotRun, SloFile, seconds, window_pairs
from ballast.slo.compiler import compile_slo
from ballast.slo.model import Compiled, CompiledSlo, Context
from ballast.slo.queries import sli_queries
from ballast.slo.replay.engine import Run
from ballast.slo.replay.inputs import History, Server
from ballast.slo.replay.line import Grid, Vector
from ballast.slo.replay.model import Firing, Incident, Replay
from ballast.slo.replay.notifications import burn_rate
from ballast.slo.replay.replay import simulate, told_by

__all__ = ["Earlier", "Moment", "PairNow", "explain_at"]

AFTER = 12 * 3600
"""How many seconds after the moment are looked at, where the history has them: to see how it ended."""


@dataclass(frozen=True, slots=True)
class PairNow:
    """A window pair at the moment: burn rates over both windows (None: unknown), and whether both are above its factor.

    `resolves` are the seconds until it lets go if nothing fails from now on and traffic stays as it is, None when it does not
    hold. `by` says which window lets go, and `exact` whether the seconds were counted from the events or by the formula.
    """

    severity: str
    long: str
    short: str
    factor: float
    long_burn: float | None
    short_burn: float | None
    holds: bool
    resolves: float | None = None
    by: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another table of window pairs: `after` are the seconds from the incident's beginning to its page (None: none), `pages`
    how many pages it would have sent in the whole stretch.
    """

    what: str
    after: int | None
    pages: int


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` in Unix seconds. `pages` and `tickets` are those firing at the moment; `incident` the one that is on, if any.

    `now` is what there is today: the first of the `earlier` rows compare with it. `told` is the whole stretch, for a picture.
    """

    at: int
    budget: float
    pairs: list[PairNow]
    pages: list[Firing]
    tickets: list[Firing]
    incident: Incident | None
    now: Earlier | None
    earlier: list[Earlier]
    told: Replay


def explain_at(
    compiled: CompiledSlo,
    history: History,
    at: int,
    context: Context,
    *,
    back: int = 7 * 86400,
    together: Sequence[Compiled] = (),
    last: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Moment:
    """Explain the moment `at` (Unix seconds) of an SLO.

    `back` are the seconds of history over which other tables of windows are compared, `last` the newest moment there is.
    Raises what `replay` raises.
    """
    known = history.extent()
    last = min(at + AFTER, known[1] if known else at + AFTER, at + AFTER if last is None else last)
    at = at // 60 * 60
    done = simulate(compiled, history, at - back, max(last, at), together=together)
    if not done.grid.start <= at <= done.grid.end:
        raise CannotRun("this moment is not in the history")
    told = told_by(compiled, done, history, at - back)
    pairs = [_resolving(compiled, history, at, one) for one in _pairs(compiled, done, at)]
    incident = next((one for one in told.incidents if one.start <= at < one.end + 3600), None)
    now: Earlier | None = None
    others: list[Earlier] = []
    if incident is not None and incident.start < at + 3600:
        now = Earlier("as it is", incident.page, len(told.pages))
        for what, other in _tables(compiled, context):
            progress(what)
            tried = simulate(other, history, at - back, done.grid.end, together=together, earlier=done)
            there = told_by(other, tried, history, at - back, cost=False)
            others.append(Earlier(what, _page_of(there, incident), len(there.pages)))
    return Moment(
        at,
        compiled.budget,
        pairs,
        [one for one in told.pages if _on(one, at)],
        [one for one in told.tickets if _on(one, at)],
        incident,
        now,
        others,
        told,
    )


def _on(one: Firing, at: int) -> bool:
    return one.start <= at and (one.end is None or at < one.end)


def _pairs(compiled: CompiledSlo, done: Run, at: int) -> list[PairNow]:
    place = (at - done.grid.start) // done.grid.step
    found = []
    for pair in compiled.pairs:
        long, short = (_known(burn_rate(compiled, done, window, {}), place) for window in (pair.long, pair.short))
        holds = long is not None and short is not None and long > pair.factor and short > pair.factor
        found.append(PairNow(pair.severity, pair.long, pair.short, pair.factor, long, short, holds))
    return found


def _known(line: np.typing.NDArray[np.float64] | None, place: int) -> float | None:
    return None if line is None or np.isnan(line[place]) else float(line[place])


# --- What resolves it -------------------------------------------------------------------------------------------------


def _resolving(compiled: CompiledSlo, history: History, at: int, pair: PairNow) -> PairNow:
    if not pair.holds:
        return pair
    limit = pair.factor * compiled.budget
    soonest: tuple[float, str, bool] | None = None
    for window, burn in ((pair.short, pair.short_burn), (pair.long, pair.long_burn)):
        assert burn is not None
        length = seconds(window)
        exact = _falls(compiled, history, at, int(length), limit)
        after = exact if exact is not None else length * (1 - limit / (burn * compiled.budget))
        if soonest is None or after < soonest[0]:
            soonest = (after, window, exact is not None)
    assert soonest is not None
    return replace(pair, resolves=soonest[0], by=soonest[1], exact=soonest[2])


def _falls(compiled: CompiledSlo, history: History, at: int, window: int, limit: float) -> float | None:
    """Seconds until a window's error ratio is at most `limit` when nothing fails any more; None where that cannot be asked.

    After s seconds the window holds what the last window - s seconds have brought, and s seconds of events at today's rate.
    """
    queries = sli_queries(compiled.slo.sli)
    if not isinstance(history, Server) or queries.error is None or queries.total is None or queries.good:
        return None
    grid = Grid(at, 60, 1)

    def worst(left: int) -> float:
        assert queries.error is not None
        assert queries.total is not None
        bad = history.ask(_plain(queries.error(f"{left}s")), grid)
        every = history.ask(_plain(queries.total(f"{left}s")), grid)
        rate = history.ask(_plain(queries.total("5m")), grid)
        found = 0.0
        for labels, line in bad.items():
            total, recent = _value(every, labels), _value(rate, labels)
            events = total * left + recent * (window - left)
            found = max(found, float(line.values[0]) * left / events if events > 0 else 0.0)
        return found

    # The share only falls where older events were worse; the first moment below the limit is looked for from now on.
    step = max(window // 40, 15)
    for gone in range(step, window, step):
        if worst(window - gone) <= limit:
            low, high = gone - step, gone
            while high - low > 5:
                middle = (low + high) // 2
                low, high = (low, middle) if worst(window - middle) <= limit else (middle, high)
            return float(high)
    return float(window)


def _plain(expr: str) -> str:
    return f"({expr})" if "\n" in expr else expr


def _value(vector: Vector, labels: tuple[tuple[str, str], ...]) -> float:
    line = vector.get(labels)
    return float(line.values[0]) if line is not None and line.there[0] else 0.0


# --- What it takes to page earlier ------------------------------------------------------------------------------------


def _tables(compiled: CompiledSlo, context: Context) -> list[tuple[str, CompiledSlo]]:
    """Each page pair with half its factor, and with half its long window."""
    pairs = window_pairs(compiled.slo.window, compiled.slo.burn_rates)
    found = []
    for place, pair in enumerate(pairs):
        if pair.severity != "page" or pair not in compiled.pairs:
            continue
        half = _half(pair.long)
        changes: list[tuple[str, dict[str, object]]] = [
            (f"{pair.long}/{pair.short} at factor {pair.factor / 2:.4g}", {"factor": pair.factor / 2})
        ]
        if seconds(half) > pair.short_s:
            changes.append((f"{half}/{pair.short} at factor {pair.factor:.4g}", {"long": half}))
        for what, change in changes:
            table = [
                BurnRate(severity=p.severity, long=p.long, short=p.short, factor=p.factor).model_copy(
                    update=change if n == place else {}
                )
                for n, p in enumerate(pairs)
            ]
            slo = compiled.slo.model_copy(update={"burn_rates": table})
            found.append(
                (what, compile_slo(SloFile(version="prometheus/v1", service=compiled.service, slos=[slo]), slo, context))
            )
    return found


def _half(window: str) -> str:
    half = int(seconds(window)) // 2
    return f"{half // 3600}h" if half % 3600 == 0 else f"{half // 60}m"


def _page_of(there: Replay, incident: Incident) -> int | None:
    during = [
        max(0, one.start - incident.start)
        for one in there.pages
        if one.start < incident.end and (one.end is None or one.end > incident.start)
    ]
    return min(during, default=None)
