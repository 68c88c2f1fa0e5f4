"""The proofs of what bounds an SLO's alerts: maintenance, in which they stay silent, and the number of its groups."""

from __future__ import annotations

from ballast.repo import seconds
from ballast.slo.model import CompiledSlo, Maintenance
from ballast.slo.proofs.grid import braces, ceil_to, expect, grid, span, total_rate
from ballast.slo.proofs.model import Alert, Expectation, Scenario, Subject
from ballast.slo.proofs.traffic import Phase, Traffic
from ballast.slo.windows import ratio_record

__all__ = ["maintenance", "too_many_groups"]

LONGEST = 7200
"""Seconds of a maintenance that a proof looks at."""


def maintenance(subject: Subject, alert: Alert, time: Maintenance, edge: str) -> Scenario:
    """Everything fails before maintenance, within it and after it: the alert fires, is silent, and fires again.

    `edge` is `begins` or `ends`: which of its ends is looked at.
    """
    pair = min(alert.pairs.values(), key=lambda each: each.short)
    step, interval = grid(subject, pair)
    total = total_rate(subject, interval)
    looks: tuple[Expectation, ...]
    if edge == "begins":
        before = ceil_to(pair.short, step) + step
        length = before + step
        start = time.start - before
        looks = (
            expect(alert, before - step, True, "everything fails"),
            expect(alert, before, False, "maintenance begins, and everything goes on failing"),
        )
        proves = f"Everything fails; {alert.name} falls silent when maintenance begins."
    else:
        within = max(1, min(time.end - time.start, LONGEST) // step) * step
        after = ceil_to(pair.short, step)
        length = within + after + step
        start = time.end - within
        looks = (
            expect(alert, within - step, False, "everything fails, in maintenance"),
            expect(alert, within + after - step, False, f"the window of {span(pair.short)} still reaches into it"),
            expect(alert, within + after, True, "everything fails, and maintenance is over"),
        )
        proves = f"Everything fails; {alert.name} is silent until {span(pair.short)} after maintenance."
    return Scenario(
        name=f"{alert.severity}, maintenance {edge}",
        proves=proves,
        step=step,
        interval=interval,
        traffic=Traffic((Phase(length, total, total),)),
        expectations=looks,
        start=start,
    )


def too_many_groups(subject: Subject, compiled: CompiledSlo) -> Scenario:
    """As many groups as are allowed, then one more, for as long as the alert waits."""
    groups = compiled.slo.groups
    rule = next(rule for rule in compiled.alerts if rule.kind == "groups")
    assert groups is not None
    alert = Alert(rule.alert, rule.severity, {**compiled.labels, **rule.labels}, {})
    hold, step = int(seconds(rule.hold)), 60
    before = 2 * step
    count = (before + hold) // step + 1

    def record(number: int) -> str:
        labels = {**dict.fromkeys(groups.by, f"g{number}"), **compiled.labels, "sloth_window": "5m"}
        return ratio_record("5m") + braces(labels)

    return Scenario(
        name="too many groups",
        proves=f"{groups.limit} groups open no ticket, {groups.limit + 1} do, after {span(hold)}.",
        step=step,
        interval=step,
        traffic=Traffic((Phase(step * count, 0.0),)),
        expectations=(
            Expectation(before - step, f"slo:groups:count{subject.selector}", _count(compiled, groups.limit), "all of them"),
            expect(alert, before - step, False, "as many as are allowed"),
            expect(alert, before + hold - step, False, f"one more, but not for {span(hold)}"),
            expect(alert, before + hold, True, "one more"),
        ),
        inputs=(
            *((record(n), f"0+0x{count}") for n in range(groups.limit)),
            (record(groups.limit), f"_x{before // step} 0+0x{count - before // step}"),
        ),
    )


def _count(compiled: CompiledSlo, count: int) -> tuple[tuple[str, float], ...]:
    return ((f"slo:groups:count{braces(compiled.labels)}", float(count)),)
