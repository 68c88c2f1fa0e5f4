"""What `ballast generate` makes of the SLOs: a rule file and a PrometheusRule resource a service."""

from __future__ import annotations

from ballast.findings import generator
from ballast.repo import Repository
from ballast.slo.files import compile_repository, kubernetes_file, prometheus_file

__all__: list[str] = []  # found by its decorators; not imported by the package, so that compiling starts without the checks


@generator("alerts/rules", owns=("alerts/rules/*.yaml",))
def rule_files(repository: Repository) -> dict[str, str]:
    """`alerts/rules/<service>.yaml`."""
    return {f"alerts/rules/{c.service}.yaml": prometheus_file(c) for c in compile_repository(repository) if c.slos}


@generator("alerts/rules/k8s")
def resources(repository: Repository) -> dict[str, str]:
    """`alerts/rules/k8s/<service>.yaml`."""
    return {f"alerts/rules/k8s/{c.service}.yaml": kubernetes_file(c) for c in compile_repository(repository) if c.slos}
