"""The proofs that `ballast generate` writes: promtool tests of every alert, under `alerts/tests/<service>/`."""

from __future__ import annotations

from ballast.findings import generator
from ballast.repo import Repository
from ballast.slo.files import compile_repository
from ballast.slo.proofs.files import test_files
from ballast.slo.proofs.scenarios import proofs_of

__all__ = ["proof_files"]


@generator("alerts/tests")
def proof_files(repository: Repository) -> dict[str, str]:
    """`alerts/tests/<service>/every-<step>.yaml`."""
    return {
        f"alerts/tests/{compiled.service}/{name}": text
        for compiled in compile_repository(repository)
        for name, text in test_files([proofs_of(slo) for slo in compiled.slos], f"../../rules/{compiled.service}.yaml").items()
    }
