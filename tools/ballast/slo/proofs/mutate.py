"""Runs the proofs of an SLO against mutants of its rules: a proof that no mutant fails proves nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ballast.repo import CannotRun
from ballast.slo.emit import prometheus_rules
from ballast.slo.model import AlertRule, CompiledSlo, Group, Rule
from ballast.slo.promtool import run_tests
from ballast.slo.proofs.files import render
from ballast.slo.proofs.model import Scenario
from ballast.slo.proofs.mutants import Mutant, closure, mutants, name_of
from ballast.slo.proofs.scenarios import proofs_of

__all__ = ["Verdict", "mutate"]

RULES = "rules.yaml"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: `killed_by` names the first scenario that failed, None when it survived them all."""

    service: str
    slo: str
    rule: str
    severity: str
    change: str
    killed_by: str | None


def mutate(
    compiled: CompiledSlo,
    *,
    jobs: int | None = None,
    pick: Iterable[Mutant] | None = None,
    tick: Callable[[], None] = lambda: None,
) -> list[Verdict]:
    """A verdict on every mutant of an SLO (or on those of `pick`), in the order of its rules.

    A mutant is dead at the first scenario that fails, the short ones first; a scenario whose alerts do not depend on the
    changed rule cannot fail and is left out. `tick` is called after each mutant. Raises `CannotRun` when there are no proofs,
    or the unchanged rules fail one.
    """
    proofs = proofs_of(compiled)
    who = f"{compiled.service}/{compiled.slo.name}"
    if not proofs.told:
        raise CannotRun(f"{who} has no proofs: {'; '.join(proofs.unproven)}")
    with tempfile.TemporaryDirectory(prefix="ballast-mutants-") as folder:
        told = sorted(proofs.told, key=lambda each: each[1].traffic.end / each[1].step)
        bench = _Bench(Path(folder), compiled, [(scenario, render([(subject, scenario)], RULES)) for subject, scenario in told])
        if failed := bench.first_failure("original", None):
            raise CannotRun(f"{who}: its own rules fail the proof {failed!r}: run `ballast prove {who}`")

        def judge(numbered: tuple[int, Mutant]) -> Verdict:
            number, mutant = numbered
            killer = bench.first_failure(str(number), mutant)
            tick()
            severity = mutant.original.severity if isinstance(mutant.original, AlertRule) else ""
            return Verdict(compiled.service, compiled.slo.name, name_of(mutant.original), severity, mutant.change, killer)

        with ThreadPoolExecutor(jobs or len(os.sched_getaffinity(0))) as pool:
            return list(pool.map(judge, enumerate(mutants(compiled) if pick is None else pick)))


@dataclass(frozen=True, slots=True)
class _Bench:
    """A folder in which sets of rules are put to the same scenarios, given with their test files."""

    folder: Path
    compiled: CompiledSlo
    scenarios: Sequence[tuple[Scenario, str]]

    def first_failure(self, name: str, mutant: Mutant | None) -> str | None:
        """The name of the first scenario that fails with the mutant's rules (None: with the SLO's own), None if all pass."""
        for number, (scenario, text) in sorted(enumerate(self.scenarios), key=lambda each: not _fires(each[1][0], mutant)):
            rules = self._needed(scenario, mutant)
            if rules is None:
                continue
            place = self.folder / f"{name}-{number}"
            place.mkdir()
            (place / RULES).write_text(prometheus_rules(rules))
            (place / "test.yaml").write_text(text)
            if not all(outcome.passed for outcome in run_tests([place / "test.yaml"], jobs=1)):
                return scenario.name
        return None

    def _needed(self, scenario: Scenario, mutant: Mutant | None) -> list[Group] | None:
        """The rules on which the scenario's queries depend, None when the changed one is not among them."""
        before = [rule for group in self.compiled.groups for rule in group.rules]
        roots = [rule for rule in before if _asks(scenario, rule)]
        if mutant is None:
            return _only(self.compiled.groups, closure(roots, before))
        if all(rule is not mutant.original for rule in closure(roots, before)):
            return None
        groups = mutant.applied(self.compiled.groups)
        roots = [rule for rule in (mutant.instead_of(rule) for rule in roots) if rule]
        return _only(groups, closure(roots, [rule for group in groups for rule in group.rules]))


def _only(groups: Sequence[Group], rules: Sequence[Rule]) -> list[Group]:
    keep = {id(rule) for rule in rules}
    return [replace(group, rules=[rule for rule in group.rules if id(rule) in keep]) for group in groups]


def _fires(scenario: Scenario, mutant: Mutant | None) -> bool:
    """Whether the changed rule is an alert that fires in the scenario: such a one is most likely to fail."""
    return mutant is not None and any(each.samples and _about(each.query, mutant.original) for each in scenario.expectations)


def _asks(scenario: Scenario, rule: Rule) -> bool:
    """Whether a query of the scenario is about `rule`."""
    return any(_about(each.query, rule) for each in scenario.expectations)


def _about(query: str, rule: Rule) -> bool:
    if isinstance(rule, AlertRule):
        return f'alertname="{rule.alert}",' in query and f'severity="{rule.severity}"' in query
    return f"{rule.record}{{" in query
