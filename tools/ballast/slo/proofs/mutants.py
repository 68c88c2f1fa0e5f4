"""Mutants of an SLO's rules: each has one thing wrong that some proof has to notice.

Only rules that an alert or the budget that is left depends on are changed: the others inform, and decide nothing. How tiles are
cut and added up is left to the compiler's own tests, which count events: proofs of days are evaluated once a tile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ballast.repo import Sli, WindowPair, seconds
from ballast.slo.model import AlertRule, CompiledSlo, Group, RecordingRule, Rule
from ballast.slo.proofs.grid import REMAINING
from ballast.slo.proofs.promql import Slips, slips
from ballast.slo.rules import MAINTENANCE
from ballast.slo.slices import GOOD_TIME
from ballast.slo.traffic import least_bad
from ballast.slo.windows import ratio_record, total_record

__all__ = ["Mutant", "closure", "mutants", "name_of"]


BURN_RATE = "slo:current_burn_rate:ratio"


@dataclass(frozen=True, slots=True)
class Mutant:
    """`change` made to `original`, which became `wrong` (None: it was deleted)."""

    original: Rule
    wrong: Rule | None
    change: str

    def instead_of(self, rule: Rule) -> Rule | None:
        """`rule`, or what it became."""
        return self.wrong if rule is self.original else rule

    def applied(self, groups: Iterable[Group]) -> list[Group]:
        """`groups` with the change made."""
        return [replace(group, rules=[rule for rule in map(self.instead_of, group.rules) if rule]) for group in groups]


def mutants(compiled: CompiledSlo) -> Iterator[Mutant]:
    """Every mutant of an SLO, in the order of its rules."""
    rules = [rule for group in compiled.groups for rule in group.rules]
    roots = [rule for rule in rules if isinstance(rule, AlertRule) or rule.record == REMAINING]
    for rule in closure(roots, rules):
        if name_of(rule).startswith("slo:tile_") or (compiled.slo.sli.composite and name_of(rule) == BURN_RATE):
            continue  # a composite reads its members' burn rates: its own, of the same name, informs
        seen = {_shape(rule)}
        for change, wrong in _changes(compiled, rule):
            if wrong is None or _shape(wrong) not in seen:
                yield Mutant(rule, wrong, change)
            if wrong is not None:
                seen.add(_shape(wrong))


def closure(roots: Iterable[Rule], rules: Iterable[Rule]) -> list[Rule]:
    """`roots` and the recording rules that they read, directly or not, in the order of `rules`."""
    records = [rule for rule in rules if isinstance(rule, RecordingRule)]
    found: list[Rule] = list(roots)
    for rule in found:
        found += [other for other in records if all(other is not one for one in found) and _reads(rule, other.record)]
    return [rule for rule in rules if any(rule is one for one in found)]


def name_of(rule: Rule) -> str:
    """The record or the alert."""
    return rule.alert if isinstance(rule, AlertRule) else rule.record


def _reads(rule: Rule, record: str) -> bool:
    return re.search(rf"(?<![\w:]){re.escape(record)}(?![\w:])", rule.expr) is not None


def _shape(rule: Rule) -> tuple[object, ...]:
    """Two rules of the same shape do the same."""
    hold = rule.hold if isinstance(rule, AlertRule) else ""
    return name_of(rule), re.sub(r"\s", "", rule.expr), tuple(sorted(rule.labels.items())), hold


def _changes(compiled: CompiledSlo, rule: Rule) -> Iterator[tuple[str, Rule | None]]:
    yield "deleted", None
    if isinstance(rule, RecordingRule):
        yield from _record_changes(compiled, rule)
        return
    yield "renamed", replace(rule, alert=f"{rule.alert}X")
    for hold in ("", "1m", "15m"):
        yield f"for {hold or 'removed'}", replace(rule, hold=hold)
    for label, value in rule.labels.items():
        rest = _without(rule.labels, label)
        if compiled.labels.get(label) != value:  # else the series that the alert is about have it too
            yield f"label {label} removed", replace(rule, labels=rest)
        yield f"label {label} renamed", replace(rule, labels={**rest, f"{label}_x": value})
        yield f"label {label} has another value", replace(rule, labels={**rule.labels, label: f"{value}x"})
    for change, expr in slips(rule.expr, _alert_slips(compiled, rule)):
        yield change, replace(rule, expr=expr)
    for pair in rule.pairs:
        for change, times in (("a tenth more", 1.1), ("a tenth less", 1 / 1.1)):
            yield f"factor of {pair.long}/{pair.short} {change}", replace(rule, expr=_scaled(rule.expr, pair, times))


def _record_changes(compiled: CompiledSlo, rule: RecordingRule) -> Iterator[tuple[str, Rule | None]]:
    """Other windows, and in a direct window whatever else can be wrong with its query."""
    records = {other.record: other for group in compiled.groups for other in group.rules if isinstance(other, RecordingRule)}
    layout = compiled.windows
    for window, others in _neighbours(compiled).items():
        for other in others:
            if rule.record in (ratio_record(window), total_record(window)):
                twin = records[rule.record.removesuffix(window) + other]
                yield f"{window} is {other} all over", replace(rule, expr=twin.expr)
    if rule.record.endswith(layout.tiled) or (layout.calendar and rule.record.endswith(layout.calendar)):
        return
    if "sloth_id" not in rule.expr:  # else the series that it reads have the label
        yield "label sloth_id removed", replace(rule, labels=_without(rule.labels, "sloth_id"))
    for change, expr in slips(rule.expr, _record_slips(compiled, rule)):
        yield change, replace(rule, expr=expr)


def _record_slips(compiled: CompiledSlo, rule: RecordingRule) -> Slips:
    """What can be wrong with the query of a record; of a moment's verdict, also its threshold."""
    neighbours = _neighbours(compiled)
    if rule.record == GOOD_TIME:
        numbers = {f"{limit:.12g}": _tenth("threshold", limit) for limit in _limits(compiled.slo.sli) if limit}
        if (probe := compiled.slo.sli.probe) and probe.failing:  # a whole number: a tenth of it is nothing
            numbers[f"{probe.failing}"] = (("one prober more", f"{probe.failing + 1}"), ("one less", f"{probe.failing - 1}"))
        return Slips({}, numbers)
    if rule.record == MAINTENANCE:
        return Slips({})
    # A gauge's ratio is there whenever its total is, with or without an `or`.
    return Slips(neighbours, logic=not _sampled(compiled.slo.sli))


def _sampled(sli: Sli) -> bool:
    """Whether the events are the samples of a gauge, or of a record that says whether a moment was good."""
    return not (sli.events or sli.raw or sli.availability or sli.latency or (sli.composite and sli.composite.weighted))


def _limits(sli: Sli) -> list[float]:
    """The thresholds of an SLI of time."""
    if one := sli.timeslice:
        return [limit for limit in (one.below, one.at_most, one.above, one.at_least) if limit is not None]
    if sli.freshness:
        return [seconds(sli.freshness.max_age)]
    if sli.throughput:
        return [sli.throughput.at_least]
    if sli.probe:
        return [sli.probe.max_duration] if sli.probe.max_duration else []
    return [sli.composite.burn_rate] if sli.composite else []


def _tenth(what: str, value: float) -> tuple[tuple[str, str], tuple[str, str]]:
    return (f"{what} a tenth more", f"{value * 1.1:.12g}"), (f"{what} a tenth less", f"{value / 1.1:.12g}")


def _without(labels: Mapping[str, str], label: str) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key != label}


def _neighbours(compiled: CompiledSlo) -> dict[str, tuple[str, ...]]:
    """Each recorded window, to the next shorter and the next longer one."""
    layout = compiled.windows
    ordered = sorted(set(layout.all), key=seconds)
    return {each: tuple(ordered[m] for m in (n - 1, n + 1) if 0 <= m < len(ordered)) for n, each in enumerate(ordered)}


def _alert_slips(compiled: CompiledSlo, rule: AlertRule) -> Slips:
    """A budget is off by a digit, the factor of one window by half (of both together: `_scaled`)."""
    budget, minimum = compiled.budget, compiled.slo.minimum_traffic
    numbers = {
        f"{budget:.12g}": (("budget ten times more", f"{budget * 10:.12g}"), ("budget ten times less", f"{budget / 10:.12g}"))
    }
    numbers |= {f"{pair.factor:.12g}": _half("factor", pair.factor) for pair in rule.pairs}
    for pair in rule.pairs:
        if least := least_bad(compiled.slo, pair, budget):
            numbers[f"{least - 0.5:.12g}"] = _half("bad events", least - 0.5)
    if minimum:
        numbers[f"{minimum:.12g}"] = _half("minimum", minimum)
    return Slips(_neighbours(compiled), numbers)


def _half(what: str, value: float) -> tuple[tuple[str, str], tuple[str, str]]:
    return (f"{what} half more", f"{value * 1.5:.12g}"), (f"{what} halved", f"{value / 2:.12g}")


def _scaled(expr: str, pair: WindowPair, times: float) -> str:
    """The factor of both windows of `pair`."""
    factor = re.escape(f"{pair.factor:.12g}")
    return re.sub(
        rf"(rate(?:{pair.long}|{pair.short})\{{[^}}]*\}} / \S+ > ){factor}(?![\d.])", rf"\g<1>{pair.factor * times:.12g}", expr
    )
