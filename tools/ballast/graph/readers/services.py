"""Services and their SLOs. A service with signals is an exporter too: it exposes its own requests."""

from __future__ import annotations

from ballast.graph.builder import Builder, reader
from ballast.repo import Signals


@reader(
    "services",
    reads=("alerts/services/**/*.{yaml,yml}", "alerts/slos/**/*.{yaml,yml}", "alerts/{settings,routing}.yaml"),
)
def services(builder: Builder) -> None:
    """Archived ones stay out: nothing is made of them."""
    for name, document in builder.repository.services.items():
        service = document.model
        if service.status == "archived":
            continue
        at = document.position("service")
        facts = {"owner": service.owner, "tier": str(service.tier), "measured": "yes" if service.signals else ""}
        node = builder.node("service", name, at, title=service.title, **facts)
        for title, url in service.links.items():
            builder.url(node, "links to", url, document.position("links", title))
        if service.signals:
            place = document.position("signals")
            exporter = builder.node("exporter", name, place, service=name)
            builder.exposed.append((exporter, _metrics(service.signals)))
            builder.link(node, "exposes metrics as", exporter, place)
    for slo_file in builder.repository.slo_files:
        for number, slo in enumerate(slo_file.model.slos):
            if slo.status == "archived":
                continue
            at = slo_file.position("slos", number, "name")
            name = f"{slo_file.model.service}/{slo.name}"
            node = builder.node("slo", name, at, objective=f"{slo.objective:g} %", window=slo.window, source="slos")
            builder.link(f"service:{slo_file.model.service}", "promises", node, at)


def _metrics(signals: Signals) -> tuple[str, ...]:
    parts = tuple(f"{signals.duration}{part}" for part in ("", "_bucket", "_sum", "_count")) if signals.duration else ()
    full = (name for one in signals.saturation for name in (one.used, one.limit) if name)
    return (signals.requests, *parts, *full)
