"""What all generated dashboards share: variables, links, annotations, the words of an alert's state."""

from __future__ import annotations

from ballast.dashboards.palette import BAD, GOOD, WARNING
from ballast.dashboards.schema.model import LOKI, PROMETHEUS, TEMPO, Json, Variable, data_source

STATES = {"0": ("quiet", GOOD), "1": ("pending", WARNING), "2": ("FIRING", BAD)}
METRICS = Variable("datasource", "Data source", "Where metrics are read from.", PROMETHEUS, "datasource", "Thanos")
LOGS = Variable("loki_datasource", "Loki data source", "Where log lines are read from.", LOKI, "datasource", "Loki")
TRACES = Variable("tempo_datasource", "Tempo data source", "Where traces are read from.", TEMPO, "datasource", "Tempo")


def link(title: str, url: str, icon: str = "dashboard") -> Json:
    """A link above a dashboard; it keeps the time range on a dashboard of ours."""
    inside = url.startswith("/")
    return {
        "asDropdown": False,
        "icon": icon,
        "includeVars": False,
        "keepTime": inside,
        "tags": [],
        "targetBlank": not inside,
        "title": title,
        "tooltip": "",
        "type": "link",
        "url": url,
    }


def deploys(service: str) -> Json:
    """Deploys of a service: annotations in Grafana with the tags `deploy` and the service's name, which the pipeline posts."""
    return {
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "hide": False,
        "iconColor": "#6c6c6c",
        "name": "Deploys",
        "target": {"limit": 100, "matchAny": False, "tags": ["deploy", service], "type": "tags"},
    }


def pages(matcher: str) -> Json:
    """When pages fired."""
    return {
        "datasource": data_source(PROMETHEUS),
        "enable": True,
        "expr": f'ALERTS{{{matcher},severity="page",alertstate="firing"}}',
        "hide": False,
        "iconColor": BAD,
        "name": "Pages",
        "step": "1m",
        "titleFormat": "{{alertname}}",
        "useValueForTime": False,
    }


def instance(metric: str, selector: str) -> tuple[Variable, Variable]:
    """Variables `job` and `instance`, from the series of a metric."""
    held = f"{{{selector}}}" if selector else ""
    within = ",".join(filter(None, [selector, 'job=~"$job"']))
    return (
        Variable("job", "Job", "Scrape jobs.", f"label_values({metric}{held}, job)"),
        Variable("instance", "Instance", "Processes.", f"label_values({metric}{{{within}}}, instance)"),
    )
