"""A rule or runbook reads a metric that no exporter here exposes.

The query returns nothing, for ever: an alert on it is silent, and a step of a page shows an empty graph which looks like good
news. Known are `alerts/exporters.yaml`, the signals in `alerts/services`, and what rules record. Dashboards have
`dashboards/known-metric`.

Mend: the metric's name; or add it to the exporter that exposes it in `alerts/exporters.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from ballast.findings import Finding, Severity, check
from ballast.graph.model import Graph


@check("graph/metric-source", on=Graph, severity=Severity.WARNING, home=True)
def metric_source(graph: Graph) -> Iterator[Finding]:
    """Where nothing at all is listed, nothing is known to be missing."""
    if not any(exporter.facts.get("listed") for exporter in graph.of("exporter")):
        return
    known = [m.name for m in graph.of("metric") if graph.after(m, "exporter")]
    for metric in graph.of("metric"):
        if graph.after(metric, "exporter"):
            continue
        for reader in graph.before(metric, "alert", "record", "section", "runbook"):
            near = get_close_matches(metric.name, known, 1, 0.85)
            mend = f"did you mean {near[0]}?" if near else "mend the name, or add it to its exporter in alerts/exporters.yaml"
            text = f"{reader.name} reads {metric.name}, which no exporter exposes"
            yield Finding("", graph.link(reader.id, metric.id).position, text, mend)
