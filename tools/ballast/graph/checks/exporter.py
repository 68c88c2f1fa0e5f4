"""An exporter that nothing scrapes, a module that is scraped and exposes nothing known, or a file that does not hold together.

`alerts/exporters.yaml` says which program exposes which metrics. Its modules must hold a scrape (a PodMonitor or
ServiceMonitor, or the chart's own switched on), else no metric of it ever arrives.

Mend: switch the module's monitor on, or mend `alerts/exporters.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Severity, Tree, check
from ballast.graph.checks.subject import about
from ballast.graph.model import Graph
from ballast.graph.readers.exporters import EXPORTERS, read_exporters


@check("graph/exporter", on=Graph, severity=Severity.ERROR, also=(EXPORTERS,), home=True)
def exporter(graph: Graph, tree: Tree) -> Iterator[Finding]:
    """Both ways, by module. A module that is named and not there is a dead link."""
    document, problems = read_exporters(tree)
    yield from (Finding.of(problem) for problem in problems)
    if document is None:
        return
    modules: set[str] = set()
    for node in graph.of("exporter"):
        for module in graph.after(node, "module"):
            modules.add(module.name)
            if module.name not in graph.scraped:
                text = f"exporter {node.name}: nothing scrapes the module {module.name}"
                yield about(node, text, mend=f"switch a monitor on in terraform/modules/{module.name}")
    for name, at in graph.scraped.items():
        if name not in modules and graph.find("module", name):
            text = f"the module {name} is scraped, and {EXPORTERS} says nothing of what it exposes"
            yield Finding("", at, text, f"add an exporter with `module: {name}`", Severity.WARNING)
