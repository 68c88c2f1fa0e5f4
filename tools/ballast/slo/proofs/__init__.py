"""Proofs that the alerts of an SLO do what the mathematics says: generated promtool tests, and mutants that must fail them."""

from ballast.slo.proofs.files import render, test_files
from ballast.slo.proofs.generated import proof_files
from ballast.slo.proofs.mutants import Mutant, mutants
from ballast.slo.proofs.mutate import Verdict, mutate
from ballast.slo.proofs.notation import input_series
from ballast.slo.proofs.prove import Proof, prove
from ballast.slo.proofs.scenarios import Proofs, proofs_of
from ballast.slo.proofs.signals import CannotProve, Signals, signals
from ballast.slo.proofs.traffic import Pair, Phase, Traffic, condition

__all__ = [
    "CannotProve",
    "Mutant",
    "Pair",
    "Phase",
    "Proof",
    "Proofs",
    "Signals",
    "Traffic",
    "Verdict",
    "condition",
    "input_series",
    "mutants",
    "mutate",
    "proof_files",
    "proofs_of",
    "prove",
    "render",
    "signals",
    "test_files",
]
