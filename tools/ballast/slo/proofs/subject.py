"""A compiled SLO as its proofs see it."""

from __future__ import annotations

from dataclasses import replace

from ballast.repo import reachable, seconds
from ballast.slo.model import AlertRule, CompiledSlo
from ballast.slo.objectives import Objective
from ballast.slo.proofs.model import Alert, Subject
from ballast.slo.proofs.signals import Signals, native_signals, sampled_signals, signals
from ballast.slo.proofs.traffic import Pair
from ballast.slo.queries import native_selector, sli_queries
from ballast.slo.slices import GOOD_TIME
from ballast.slo.traffic import least_bad

__all__ = ["subjects_of"]

LOOKBACK = 300
"""Seconds for which Prometheus still shows the last sample of a series that is gone."""

EXAMPLE = "example"
"""The value of a label of groups in the proofs of groups without an objective of their own."""


def subjects_of(compiled: CompiledSlo) -> list[Subject]:
    """What the proofs of `compiled` are made from: itself, then one for each further objective that its groups have.

    Raises `CannotProve` when its queries cannot be fed.
    """
    found = _signals(compiled)
    return [_subject(compiled, objective, group, found) for objective, group in _groups(compiled)]


def _groups(compiled: CompiledSlo) -> list[tuple[Objective, dict[str, str]]]:
    """Each objective with the labels of a group that it is promised to."""
    groups = compiled.slo.groups
    if not groups:
        return [(compiled.objectives[0], {})]
    rest = dict.fromkeys(groups.by[1:], EXAMPLE)
    values = {percent: value for value, percent in sorted(groups.objectives.items(), reverse=True)}
    return [
        (objective, {groups.by[0]: values[objective.percent] if number else EXAMPLE, **rest})
        for number, objective in enumerate(compiled.objectives)
    ]


def _subject(compiled: CompiledSlo, objective: Objective, group: dict[str, str], found: Signals) -> Subject:
    layout = compiled.windows
    burning = tuple(_alert(compiled, rule, objective, group) for rule in compiled.alerts if rule.kind == "burn")
    missing = [rule for rule in compiled.alerts if rule.kind == "nodata"]
    shortest = int(seconds(layout.shortest))
    found = replace(found, series=tuple(replace(each, labels={**group, **each.labels}) for each in found.series))
    latency = compiled.slo.sli.latency
    return Subject(
        service=compiled.service,
        slo=compiled.slo.name,
        budget=objective.budget,
        minimum=compiled.slo.minimum_traffic,
        signals=found,
        alerts=tuple(alert for alert in burning if alert.pairs),
        no_data=_alert(compiled, missing[0], objective, {}) if missing else None,
        shortest=shortest,
        period=int(seconds(compiled.slo.window)),
        pending=int(seconds(missing[0].hold)) if missing else 0,
        tiled=frozenset(int(seconds(window)) for window in layout.tiled),
        # Of a classic histogram, the bucket is looked at as it is, all events through their record.
        watched={each.name: shortest if each.bad else LOOKBACK for each in found.series}
        if latency and not latency.native
        else {},
        windows=layout.all,
        selector=compiled.selector,
        groups=tuple(group.name for group in compiled.groups),
        group=" ".join(group.values()) if objective.matchers and objective is not compiled.objectives[0] else "",
    )


def _signals(compiled: CompiledSlo) -> Signals:
    sli = compiled.slo.sli
    queries = sli_queries(sli, selector=compiled.selector)
    window = compiled.windows.shortest
    if queries.good:
        return sampled_signals(GOOD_TIME, compiled.labels)
    if queries.whole:  # made of other records, which are given
        return Signals((), (), weighted=False, alone=True)
    if sli.latency and sli.latency.native:
        return native_signals(native_selector(sli.latency), sli.latency.threshold)
    if queries.ratio:
        return replace(signals(queries.ratio(window)), weighted=False)
    assert queries.error is not None
    assert queries.total is not None
    return signals(queries.error(window), queries.total(window))


def _alert(compiled: CompiledSlo, rule: AlertRule, objective: Objective, group: dict[str, str]) -> Alert:
    """The labels that Prometheus shows: those of the SLO's series, and over them the rule's own."""
    minimum = compiled.slo.minimum_traffic
    return Alert(
        name=rule.alert,
        severity=rule.severity,
        labels={**group, **compiled.labels, **rule.labels},
        pairs={
            pair.name: Pair(
                int(pair.long_s),
                int(pair.short_s),
                pair.factor * objective.budget,
                minimum,
                max(least_bad(compiled.slo, pair, objective.budget) - 0.5, 0.0),
            )
            for pair in rule.pairs
            if reachable(pair.factor, objective.percent)
        },
    )
