"""Generated dashboards: every query gives data on a real Prometheus with the demo's month, links agree, text is stable."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ballast.dashboards import lint_file
from ballast.dashboards.generate.files import dashboards
from ballast.dashboards.schema.model import UID_LIMIT, Dashboard, Panel, Row, slug
from ballast.demo import history
from ballast.repo import load
from ballast.slo import compile_repository, prometheus_rules
from ballast.stack import Prometheus, Stack, wait_until
from tests.conftest import ROOT

INSTANCES = {name: f"{name}-1" for name in ("prometheus", "alertmanager", "gateway", "checkout", "catalog", "identity")}
FILES = dashboards(load(ROOT)) | {
    str(path.relative_to(ROOT)): path.read_text() for path in sorted((ROOT / "dashboards/platform").glob("*.json"))
}
SILENT = {
    r"process_\w+": "the demo's services and the history expose no process metrics",
    r"prometheus_http_\w+|http_\w+\{service=\"gateway\"": "the history has no requests to Prometheus and the gateway",
    r"gateway_queue_\w+|alertmanager_alerts\b": "the history has no queue and no alerts",
    r"prometheus_(rule_group|tsdb|notifications_dropped)_\w+": "the history has only what SLOs are made of",
    r"gateway_delivery_duration_seconds_bucket": "the month has less than one delivery a minute",
    r"^max by \(severity, tier, alertname": "nothing fires",
    r"^max\(clamp_min": "an SLO that nothing fails does not run out",
}
"""Queries that give nothing here, and why."""


def panels(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in document["panels"]:
        yield panel
        yield from panel.get("panels", [])


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A server with the demo's history, its targets' names and all our rules, evaluated at least once."""
    folder = tmp_path_factory.mktemp("dashboards")
    compiled = compile_repository(load(ROOT))
    groups = [group for service in compiled for group in service.groups]
    for group in groups:
        group.interval = "1s"
    (folder / "rules.yaml").write_text(prometheus_rules(groups))
    with Stack(folder) as stack:
        server = Prometheus(folder / "prometheus", rule_files=[folder / "rules.yaml"])
        history.write(folder / "history.om", time.time(), compiled, INSTANCES, 5.0)
        server.backfill(folder / "history.om", block_hours=744)
        stack.start(server)
        count = "count(slo:period_error_budget_remaining:ratio)"
        wait_until(lambda: (server.value(count) or 0) >= len(history.FLOWS), 30, "an evaluation of every SLO")
        yield server


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_query_gives_data(prometheus: Prometheus, name: str) -> None:
    empty = []
    for panel in panels(json.loads(FILES[name])):
        for target in panel.get("targets", []):
            if target["datasource"]["type"] != "prometheus":
                continue
            query = re.sub(r"\$(job|instance)", ".*", target["expr"].replace("$__rate_interval", "5m"))
            if not prometheus.query(query) and not any(re.search(known, query) for known in SILENT):
                empty.append(f"{panel['title']}: {query}")
    assert not empty


@pytest.mark.parametrize("name", sorted(FILES))
def test_our_own_rules_find_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / Path(name).name
    path.write_text(FILES[name])
    assert [f"{f.check} {f.position}: {f.message}" for f in lint_file(path)] == []


def test_alerts_lead_to_their_dashboard() -> None:
    uids = {json.loads(text)["uid"] for text in FILES.values()}
    assert len(uids) == len(FILES)
    for service in compile_repository(load(ROOT)):
        for slo in service.slos:
            assert {a.annotations["dashboard_url"].rsplit("/", 1)[1] for a in slo.alerts} <= uids


def test_links_between_dashboards_lead_somewhere() -> None:
    documents = [json.loads(text) for text in FILES.values()]
    uids = {d["uid"] for d in documents}
    links = {link["url"].removeprefix("/d/") for d in documents for link in d["links"] if link["url"].startswith("/d/")}
    assert links <= uids


def test_ids_do_not_change_when_a_panel_is_added() -> None:
    def ids(*titles: str) -> dict[str, int]:
        row = Row("", [Panel("stat", title, "") for title in titles])
        document = Dashboard("x", "X", "", [row], []).document()
        return {p["title"]: p["id"] for p in document["panels"]}

    few, more = ids("one", "two"), ids("zero", "one", "one and a half", "two")
    assert few.items() <= more.items()
    assert len(set(more.values())) == 4


def test_panels_do_not_overlap() -> None:
    for name, text in FILES.items():
        cells: set[tuple[int, int]] = set()
        for panel in json.loads(text)["panels"]:
            at = panel["gridPos"]
            area = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            assert at["x"] + at["w"] <= 24, (name, panel["title"])
            assert not cells & area, (name, panel["title"])
            cells |= area


@pytest.mark.parametrize("parts", [("slo", "a" * 30, "b" * 30), ("slo", "a.b", "c"), ("slo", "é", "c")])
def test_a_uid_is_one_that_grafana_takes(parts: tuple[str, ...]) -> None:
    assert re.fullmatch(rf"[A-Za-z0-9_-]{{1,{UID_LIMIT}}}", slug(*parts))
    assert slug(*parts) != slug(*parts, "d")
