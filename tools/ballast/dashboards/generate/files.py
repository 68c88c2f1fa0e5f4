"""What `ballast generate` writes under `dashboards/`."""

from __future__ import annotations

from ballast.dashboards.generate.grafana import GRAFANA, grafana_slos
from ballast.dashboards.generate.overview import overview
from ballast.dashboards.generate.red import red
from ballast.dashboards.generate.slo import slo
from ballast.dashboards.generate.stack import stack
from ballast.dashboards.schema.model import slug
from ballast.findings import generator
from ballast.repo import Repository
from ballast.slo import compile_repository

__all__: list[str] = []  # found by its decorator


@generator("dashboards", owns=("dashboards/red/*.json", "dashboards/slo/*.json", "dashboards/*.json"), reads=(GRAFANA,))
def dashboards(repository: Repository) -> dict[str, str]:
    """`dashboards/{red/<service>,slo/<service>-<slo>,overview,stack}.json`; nothing for a repository without SLOs."""
    compiled = {c.service: c.slos for c in compile_repository(repository) if c.slos}
    if not compiled:
        return {}
    found = {"dashboards/overview.json": overview().text(), "dashboards/stack.json": stack().text()}
    shown = set()
    for name, document in repository.services.items():
        service = document.model
        if service.signals and service.status == "active":
            shown.add(name)
            found[f"dashboards/red/{name}.json"] = red(service, service.signals, compiled.get(name, [])).text()
    for name, slos in compiled.items():
        for one in slos:
            text = slo(one, slug("red", name) if name in shown else "").text()
            found[f"dashboards/slo/{name}-{one.slo.name}.json"] = text
    for name, board in grafana_slos(repository):
        found[f"dashboards/slo/{name}.json"] = board.text()
    return found
