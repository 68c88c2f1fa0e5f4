"""The dashboard of an SLO that Grafana evaluates: its events are log lines or spans, and stand in no metric."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ballast.dashboards.generate.common import LOGS, TRACES, deploys, link
from ballast.dashboards.palette import BAD, SERIES
from ballast.dashboards.schema.model import LOKI, Dashboard, Panel, Row, Target, slug
from ballast.dashboards.schema.panels import lines, logs, traces, words
from ballast.repo import Repository
from ballast.repo.source import read

GRAFANA = "alerts/grafana.yaml"
ENDINGS = ("ErrorBudgetBurn", "NoData")
READ = """Grafana counts these events itself: they are {what}, and no metric holds them. The objective is {objective:g} % good.

The alerts of this SLO stand under Alerting; their pages say what to do.

{runbooks}"""


def grafana_slos(repository: Repository) -> Iterator[tuple[str, Dashboard]]:
    """`service-name` of each SLO in `alerts/grafana.yaml`, and its dashboard."""
    path = repository.root / GRAFANA
    for document in read(GRAFANA, path.read_bytes())[0] if path.exists() else []:
        slos = document.data.get("slos") if isinstance(document.data, dict) else None
        for key, slo in slos.items() if isinstance(slos, dict) else ():
            service, _, name = str(key).partition("/")
            if isinstance(slo, dict) and name and {"name", "language", "errors", "total", "objective"} <= set(slo):
                yield f"{service}-{name}", _dashboard(repository, service, name, slo)


def _dashboard(repository: Repository, service: str, name: str, slo: dict[str, Any]) -> Dashboard:
    in_logs = slo["language"] == "logql"
    urls = {f"{slo['name']}{end}": repository.settings.runbook_url for end in ENDINGS}
    runbooks = "\n".join(f"- Runbook: [{alert}]({url.replace('{alert}', alert)})" for alert, url in urls.items() if url)
    text = READ.format(what="log lines" if in_logs else "spans", objective=float(slo["objective"]), runbooks=runbooks)
    known = repository.services.get(service)
    links = [link("All SLOs", "/d/overview")]
    links += [link(f"{service}: requests", f"/d/{slug('red', service)}")] if known and known.model.signals else []
    return Dashboard(
        slug("slo", service, name),
        f"SLO {service}/{name}",
        str(slo.get("summary") or f"The error budget of {service}/{name}."),
        [Row("", [words("How to read this", text.rstrip(), width=24, height=6)]), *(_lines(slo) if in_logs else _spans(slo))],
        [LOGS if in_logs else TRACES],
        ("ballast", "slo", service),
        links,
        [deploys(service)],
    )


def _lines(slo: dict[str, Any]) -> list[Row]:
    bad, total = (str(slo[key]).strip().replace("{window}", "$__auto") for key in ("errors", "total"))
    share = f"({bad}) / ({total})"
    panels = [
        lines(
            "Share of bad events",
            f"Bad among all; the objective allows {100 - float(slo['objective']):g} %.",
            [Target(share, "bad", source=LOKI)],
            unit="percentunit",
            low=0,
            colors={"bad": BAD},
        ),
        lines(
            "Events",
            "All and bad events in each step of the graph.",
            [Target(total, "all", source=LOKI), Target(bad, "bad", source=LOKI)],
            unit="short",
            low=0,
            colors={"all": SERIES[0], "bad": BAD},
        ),
    ]
    return [Row("Events", panels), Row("", [logs("Bad events", "The lines that count as bad.", _stream(bad), height=10)])]


def _spans(slo: dict[str, Any]) -> list[Row]:
    bad, total = (str(slo[key]).rpartition("|")[0].strip() for key in ("errors", "total"))
    found: list[Panel] = [
        traces("Bad spans", "Traces with a span that counts as bad.", bad, height=10),
        traces("All spans", "Traces with a span that counts.", total, height=10),
    ]
    return [Row("Spans", [panel]) for panel in found]


def _stream(query: str) -> str:
    """The log query within a count: `sum(count_over_time({…} | json [5m]))` is about `{…} | json`."""
    return query[query.index("{") : query.rindex("[")].strip()
