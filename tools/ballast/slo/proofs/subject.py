"""A compiled SLO as its proofs see it."""

from __future__ import annotations

from dataclasses import replace

from ballast.repo import seconds
from ballast.slo.model import AlertRule, CompiledSlo
from ballast.slo.proofs.model import Alert, Subject
from ballast.slo.proofs.signals import Signals, signals
from ballast.slo.proofs.traffic import Pair
from ballast.slo.queries import sli_queries

__all__ = ["subject_of"]

LOOKBACK = 300
"""Seconds for which Prometheus still shows the last sample of a series that is gone."""


def subject_of(compiled: CompiledSlo) -> Subject:
    """What the proofs of `compiled` are made from. Raises `CannotProve` when its queries cannot be fed."""
    burning = tuple(_alert(compiled, rule) for rule in compiled.alerts if rule.kind == "burn")
    missing = [rule for rule in compiled.alerts if rule.kind == "nodata"]
    layout = compiled.windows
    shortest, found = int(seconds(layout.shortest)), _signals(compiled)
    return Subject(
        service=compiled.service,
        slo=compiled.slo.name,
        budget=compiled.budget,
        minimum=compiled.slo.minimum_traffic,
        signals=found,
        alerts=burning,
        no_data=_alert(compiled, missing[0]) if missing else None,
        shortest=shortest,
        period=int(seconds(compiled.slo.window)),
        pending=int(seconds(missing[0].hold)) if missing else 0,
        tiled=frozenset(int(seconds(window)) for window in layout.tiled),
        # Of a histogram, the bucket is looked at as it is, all events through their record.
        watched={each.name: shortest if each.bad else LOOKBACK for each in found.series} if compiled.slo.sli.latency else {},
        windows=(*layout.fast, *layout.slow, *layout.tiled),
        selector=compiled.selector,
        groups=tuple(group.name for group in compiled.groups),
    )


def _signals(compiled: CompiledSlo) -> Signals:
    queries = sli_queries(compiled.slo.sli)
    window = compiled.windows.shortest
    if queries.ratio:
        return replace(signals(queries.ratio(window)), weighted=False)
    assert queries.error is not None
    assert queries.total is not None
    return signals(queries.error(window), queries.total(window))


def _alert(compiled: CompiledSlo, rule: AlertRule) -> Alert:
    """The labels that Prometheus shows: those of the SLO's series, and over them the rule's own."""
    minimum = compiled.slo.minimum_traffic
    return Alert(
        name=rule.alert,
        severity=rule.severity,
        labels={**compiled.labels, **rule.labels},
        pairs={
            pair.name: Pair(int(pair.long_s), int(pair.short_s), pair.factor * compiled.budget, minimum) for pair in rule.pairs
        },
    )
