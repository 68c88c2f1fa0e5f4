"""What became of the budget in a replay, minute by minute, and the incidents in which it burned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ballast.repo import seconds
from ballast.slo.model import CompiledSlo
from ballast.slo.replay.engine import Alert, Run
from ballast.slo.replay.line import Flags, Numbers
from ballast.slo.replay.model import Firing, Incident, Told
from ballast.slo.replay.notifications import burn_rate, stretches
from ballast.slo.windows import ratio_record, total_record

__all__ = ["budget_of", "incidents_of", "told_of"]

QUIET = 1800
"""Seconds without burning after which the next errors are another incident."""


def told_of(compiled: CompiledSlo, done: Run, alerts: Sequence[Alert], inside: Flags) -> Told:
    """What happened at each moment that is inside, with the alerts' firing."""
    burn = burn_rate(compiled, done, "5m", {})
    if burn is None:
        burn = np.full(done.grid.count, np.nan)
    flags = {
        severity: np.any([a.firing for a in alerts if a.rule.severity == severity] or [np.zeros_like(inside)], axis=0)
        for severity in ("page", "ticket")
    }
    spent = _spent_so_far(compiled, done, inside)
    return Told(done.grid.times[inside], burn[inside], spent[inside], flags["page"][inside], flags["ticket"][inside])


def _rates(compiled: CompiledSlo, done: Run) -> tuple[Numbers, Numbers] | None:
    """All and bad events per second over five minutes, of all groups together, 0 where nothing is known; None for a raw SLI."""
    totals = {
        frozenset(p for p in labels if p[0] != "__name__"): line
        for labels, line in done.records.series(total_record("5m"), sloth_id=compiled.id, slo=compiled.slo.name)
    }
    if not totals:
        return None
    every, bad = np.zeros(done.grid.count), np.zeros(done.grid.count)
    for labels, line in done.records.series(ratio_record("5m"), sloth_id=compiled.id, slo=compiled.slo.name):
        total = totals.get(frozenset(p for p in labels if p[0] not in ("__name__", "sloth_window")))
        if total is not None:
            there = line.there & total.there
            every += np.where(there, total.values, 0.0)
            bad += np.where(there, total.values * np.nan_to_num(line.values), 0.0)
    return every, bad


def _spent_so_far(compiled: CompiledSlo, done: Run, inside: Flags) -> Numbers:
    """The share of a window's budget that was spent since the first moment inside, at each moment."""
    rates, step, period = _rates(compiled, done), done.grid.step, seconds(compiled.slo.window)
    if rates is None:
        burn = burn_rate(compiled, done, "5m", {})
        burned = np.zeros(done.grid.count) if burn is None else np.nan_to_num(burn)
        return np.asarray(np.cumsum(np.where(inside, burned, 0.0)) * step / period)
    every, bad = (np.where(inside, one, 0.0) for one in rates)
    allowed = every[inside].mean() * period * compiled.budget if inside.any() else 0.0
    return np.cumsum(bad) * step / allowed if allowed else np.zeros(done.grid.count)


def budget_of(compiled: CompiledSlo, done: Run, inside: Flags) -> tuple[float | None, float | None, float | None, float | None]:
    """Events, bad ones, the share of good ones, the share of a window's budget that was spent."""
    burn = burn_rate(compiled, done, "5m", {})
    if burn is None or not (inside & ~np.isnan(burn)).any():
        return None, None, None, None
    spent = float(_spent_so_far(compiled, done, inside)[-1])
    rates = _rates(compiled, done)
    if rates is None:
        return None, None, float(1 - np.nanmean(burn[inside]) * compiled.budget), spent
    events, bad = (float(one[inside].sum() * done.grid.step) for one in rates)
    return events, bad, 1 - bad / events if events else None, spent


def incidents_of(told: Told, pages: Sequence[Firing], tickets: Sequence[Firing], step: int) -> list[Incident]:
    """Times of burning, joined over short pauses, with the notifications that fired meanwhile."""
    pause = QUIET // step
    found: list[tuple[int, int]] = []
    for low, high in stretches(np.asarray(np.nan_to_num(told.burn) > 1)):
        if found and low - found[-1][1] <= pause:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    incidents = []
    for low, high in found:
        start, end = int(told.times[low]), int(told.times[high - 1]) + step
        before = told.spent[low - 1] if low else 0.0
        incidents.append(
            Incident(
                start,
                end,
                float(np.nanmax(told.burn[low:high])),
                float(told.spent[high - 1] - before),
                _until(start, end, pages),
                _until(start, end, tickets),
            )
        )
    return incidents


def _until(start: int, end: int, firings: Sequence[Firing]) -> int | None:
    """Seconds from the start of an incident to the first notification during it."""
    during = [max(0, one.start - start) for one in firings if one.start < end and (one.end is None or one.end > start)]
    return min(during, default=None)
