"""Which notifications a replay's alerts would have sent, and what made them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ballast.slo.model import AlertRule, CompiledSlo
from ballast.slo.replay.engine import Alert, Run
from ballast.slo.replay.line import Flags, Numbers
from ballast.slo.replay.model import Firing
from ballast.slo.windows import ratio_record

__all__ = ["burn_rate", "firings", "stretches"]


def firings(compiled: CompiledSlo, done: Run, alerts: Sequence[Alert], severity: str, start: int) -> list[Firing]:
    """Stretches in which an alert fires. Those that are over before `start` are left out."""
    found = []
    static = {"severity", "tier", "service", "owner", "slo", "alertname"}
    for alert in alerts:
        if alert.rule.severity != severity:
            continue
        own = {k: v for k, v in alert.labels if k not in static and k not in compiled.labels and k not in alert.rule.labels}
        pairs = _pairs(compiled, done, alert.rule, own)
        for low, high in stretches(alert.firing):
            begin = done.grid.start + low * done.grid.step
            finish = done.grid.start + high * done.grid.step if high < done.grid.count else None
            if finish is not None and finish <= start:
                continue
            pair, burn = _what(pairs, low, high)
            found.append(Firing(begin, finish, own, pair, burn))
    return sorted(found, key=lambda one: (one.start, sorted(one.labels.items())))


_Burning = tuple[str, Numbers, Flags]
"""A pair's name, the burn rate over its long window, and when both of its windows burn too fast."""


def _pairs(compiled: CompiledSlo, done: Run, rule: AlertRule, own: dict[str, str]) -> list[_Burning]:
    """The pairs of an alert, that with the greatest factor first."""
    found = []
    for pair in sorted(rule.pairs, key=lambda one: -one.factor):
        long, short = (burn_rate(compiled, done, window, own) for window in (pair.long, pair.short))
        if long is not None and short is not None:
            found.append((f"{pair.long}/{pair.short}", long, (long > pair.factor) & (short > pair.factor)))
    return found


def _what(pairs: Sequence[_Burning], low: int, high: int) -> tuple[str, float]:
    """The pair that held at the first moment, the one with the greatest factor if several did, and the greatest burn rate."""
    first = next((name for name, _, held in pairs if held[low]), "")
    burns = [np.max(long[low:high][held[low:high]], initial=0.0) for _, long, held in pairs]
    return first, float(max(burns, default=0.0))


def burn_rate(compiled: CompiledSlo, done: Run, window: str, own: dict[str, str]) -> Numbers | None:
    """The burn rate over a window, NaN where it is not recorded; of several groups the greatest."""
    found = done.records.series(ratio_record(window), sloth_id=compiled.id, slo=compiled.slo.name, **own)
    lines = [np.where(line.there, line.values, np.nan) / _budget_of(compiled, dict(labels)) for labels, line in found]
    if not lines:
        return None
    return np.asarray(np.fmax.reduce(lines))


def _budget_of(compiled: CompiledSlo, labels: dict[str, str]) -> float:
    """The budget of a series: the SLO's own, or its group's."""
    groups = compiled.slo.groups
    if groups and groups.objectives:
        percent = groups.objectives.get(labels.get(groups.by[0], ""))
        return next((one.budget for one in compiled.objectives if one.percent == percent), compiled.budget)
    return compiled.budget


def stretches(flags: Flags) -> list[tuple[int, int]]:
    """First place and the place after the last, of each run of true ones."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))
