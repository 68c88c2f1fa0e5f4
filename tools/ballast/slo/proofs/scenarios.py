"""All the proofs of an SLO.

Each time in them is predicted from the traffic alone (`condition`), never by asking the rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from ballast.slo.model import CompiledSlo
from ballast.slo.proofs.bounds import maintenance, too_many_groups
from ballast.slo.proofs.few import few_bad
from ballast.slo.proofs.levels import levels
from ballast.slo.proofs.model import Scenario, Subject, Told
from ballast.slo.proofs.moments import moments
from ballast.slo.proofs.pairs import threshold
from ballast.slo.proofs.signals import CannotProve
from ballast.slo.proofs.subject import subjects_of
from ballast.slo.proofs.whole import few_events, idle, no_data, outage, under_minimum
from ballast.slo.slices import GOOD_TIME

__all__ = ["Proofs", "proofs_of"]


@dataclass(frozen=True, slots=True)
class Proofs:
    """What is proven of an SLO, and what is not, each in a sentence that says why."""

    service: str
    slo: str
    told: tuple[Told, ...]
    unproven: tuple[str, ...]

    @property
    def subject(self) -> Subject | None:
        """The SLO as its proofs see it, of groups the first; None when nothing is proven."""
        return self.told[0][0] if self.told else None

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """What happens in the proofs."""
        return tuple(scenario for _, scenario in self.told)


def proofs_of(compiled: CompiledSlo) -> Proofs:
    """Every scenario of an SLO: those of its window pairs first, then those of the SLO as a whole."""
    found: list[Told] = []
    unproven: list[str] = []
    try:
        own, *others = subjects_of(compiled)
        plan = [(own, make) for make in _plan(own, compiled)]
        plan += [(each, make) for each in others for make in _thresholds(each)]
        for subject, make in plan:
            try:
                found.append((subject, make()))
            except CannotProve as reason:
                unproven.append(str(reason))
    except CannotProve as reason:
        unproven.append(str(reason))
    return Proofs(compiled.service, compiled.slo.name, tuple(found), tuple(unproven))


def _plan(subject: Subject, compiled: CompiledSlo) -> list[Callable[[], Scenario]]:
    composite = compiled.slo.sli.composite
    if composite and composite.weighted:
        return [partial(levels, subject, composite.weighted)] if subject.alerts else []
    plan = _thresholds(subject)
    if not subject.alerts:
        return plan
    alert = next((each for each in subject.alerts if each.severity == "page"), subject.alerts[0])
    plan.append(partial(outage, subject, alert))
    if subject.signals.weighted and not subject.signals.gauge:  # only counted events can be few, or none
        plan.append(partial(idle, subject, alert))
        few = [partial(under_minimum, subject, each) for each in subject.alerts]
        plan += few if subject.minimum else [partial(few_events, subject, alert)]
        plan += [
            partial(few_bad, subject, one, name) for one in subject.alerts for name, pair in one.pairs.items() if pair.least
        ]
    if subject.no_data:
        plan += [partial(no_data, subject, subject.no_data, alert, missing) for missing in ("", *subject.watched)]
    if subject.signals.series[0].metric == GOOD_TIME:
        plan.append(partial(moments, subject, compiled))
    if compiled.maintenance:
        plan += [partial(maintenance, subject, alert, compiled.maintenance[-1], edge) for edge in ("begins", "ends")]
    if compiled.slo.groups:
        plan.append(partial(too_many_groups, subject, compiled))
    return plan


def _thresholds(subject: Subject) -> list[Callable[[], Scenario]]:
    return [
        partial(_of_group, subject, partial(threshold, subject, alert, name))
        for alert in subject.alerts
        for name in alert.pairs
    ]


def _of_group(subject: Subject, make: Callable[[], Scenario]) -> Scenario:
    """A scenario about a group with an objective of its own says so."""
    scenario = make()
    return replace(scenario, name=f"{scenario.name}, {subject.group}") if subject.group else scenario
