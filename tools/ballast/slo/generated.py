"""What `ballast generate` makes of the SLOs: a rule file and a PrometheusRule resource a service, a page an SLO."""

from __future__ import annotations

from ballast.findings import generator
from ballast.repo import Repository
from ballast.slo.explain import explain
from ballast.slo.files import compile_repository, kubernetes_file, prometheus_file
from ballast.slo.page import markdown_page

__all__: list[str] = []  # found by its decorators; not imported by the package, so that compiling starts without the checks


@generator("alerts/rules", owns=("alerts/rules/*.yaml",))
def rule_files(repository: Repository) -> dict[str, str]:
    """`alerts/rules/<service>.yaml`."""
    return {f"alerts/rules/{c.service}.yaml": prometheus_file(c) for c in compile_repository(repository) if c.slos}


@generator("alerts/rules/k8s")
def resources(repository: Repository) -> dict[str, str]:
    """`alerts/rules/k8s/<service>.yaml`."""
    return {f"alerts/rules/k8s/{c.service}.yaml": kubernetes_file(c) for c in compile_repository(repository) if c.slos}


@generator("docs/alerts", owns=("docs/alerts/*.md",))
def pages(repository: Repository) -> dict[str, str]:
    """`docs/alerts/<service>-<slo>.md`: how the alerts of an SLO decide; their runbook pages link to it."""
    return {
        f"docs/alerts/{one.service}-{one.slo.name}.md": markdown_page(
            explain(one.service, one.slo), [a.alert for a in one.alerts]
        )
        for compiled in compile_repository(repository)
        for one in compiled.slos
        if one.alerts
    }
