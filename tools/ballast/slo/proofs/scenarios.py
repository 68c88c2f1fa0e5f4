"""All the proofs of an SLO.

Each time in them is predicted from the traffic alone (`condition`), never by asking the rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ballast.slo.model import CompiledSlo
from ballast.slo.proofs.model import Scenario, Subject
from ballast.slo.proofs.pairs import threshold
from ballast.slo.proofs.signals import CannotProve
from ballast.slo.proofs.subject import subject_of
from ballast.slo.proofs.whole import few_events, idle, no_data, outage, under_minimum

__all__ = ["Proofs", "proofs_of"]


@dataclass(frozen=True, slots=True)
class Proofs:
    """What is proven of an SLO, and what is not, each in a sentence that says why. `subject` is None when nothing is."""

    service: str
    slo: str
    subject: Subject | None
    scenarios: tuple[Scenario, ...]
    unproven: tuple[str, ...]


def proofs_of(compiled: CompiledSlo) -> Proofs:
    """Every scenario of an SLO: those of its window pairs first, then those of the SLO as a whole."""
    found: list[Scenario] = []
    unproven: list[str] = []
    subject: Subject | None = None
    try:
        subject = subject_of(compiled)
        for make in _plan(subject):
            try:
                found.append(make())
            except CannotProve as reason:
                unproven.append(str(reason))
    except CannotProve as reason:
        unproven.append(str(reason))
    return Proofs(compiled.service, compiled.slo.name, subject if found else None, tuple(found), tuple(unproven))


def _plan(subject: Subject) -> list[Callable[[], Scenario]]:
    plan: list[Callable[[], Scenario]] = [
        partial(threshold, subject, alert, name) for alert in subject.alerts for name in alert.pairs
    ]
    if not subject.alerts:
        return plan
    alert = next((each for each in subject.alerts if each.severity == "page"), subject.alerts[0])
    plan.append(partial(outage, subject, alert))
    if subject.signals.weighted and not subject.signals.gauge:  # only counted events can be few, or none
        plan.append(partial(idle, subject, alert))
        few = [partial(under_minimum, subject, each) for each in subject.alerts]
        plan += few if subject.minimum else [partial(few_events, subject, alert)]
    if subject.no_data:
        plan += [partial(no_data, subject, subject.no_data, alert, missing) for missing in ("", *subject.watched)]
    return plan
