"""Runs the proofs of SLOs as they are now, without writing anything into the repository."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ballast.slo.emit import prometheus_rules
from ballast.slo.model import CompiledSlo
from ballast.slo.promtool import run_tests
from ballast.slo.proofs.files import render
from ballast.slo.proofs.scenarios import proofs_of

__all__ = ["Proof", "prove"]


@dataclass(frozen=True, slots=True)
class Proof:
    """A scenario and what promtool found wrong with it; one that could not be made has not `ran`, and `proves` says why."""

    slo: str
    name: str
    proves: str
    failures: tuple[str, ...] = ()
    ran: bool = True


def prove(chosen: Sequence[CompiledSlo], *, jobs: int | None = None) -> list[Proof]:
    """Every proof of every SLO of `chosen`, in order. Raises `CannotRun` when promtool cannot run."""
    with tempfile.TemporaryDirectory(prefix="ballast-proofs-") as folder:
        plan: list[tuple[Proof, Path | None]] = []
        for number, compiled in enumerate(chosen):
            place, proofs = Path(folder) / str(number), proofs_of(compiled)
            place.mkdir()
            (place / "rules.yaml").write_text(prometheus_rules(compiled.groups))
            slo = f"{proofs.service}/{proofs.slo}"
            for n, (subject, scenario) in enumerate(proofs.told):
                test = place / f"{n}.yaml"
                test.write_text(render([(subject, scenario)], "rules.yaml"))
                plan.append((Proof(slo, scenario.name, scenario.proves), test))
            plan += [(Proof(slo, "", reason, ran=False), None) for reason in proofs.unproven]
        outcomes = {outcome.file: outcome for outcome in run_tests([test for _, test in plan if test], jobs=jobs)}
    return [Proof(proof.slo, proof.name, proof.proves, outcomes[test].failures) if test else proof for proof, test in plan]
