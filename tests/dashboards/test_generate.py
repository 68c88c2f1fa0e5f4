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
from ballast.dashboards.generate.slo import slo
from ballast.dashboards.schema.model import Dashboard, Panel, Row, slug
from ballast.demo import history
from ballast.repo import UID_LIMIT, load, read_slo_files
from ballast.slo import Context, RecordingRule, compile_files, compile_repository, prometheus_rules
from ballast.stack import Prometheus, Stack, wait_until
from tests.conftest import ROOT

INSTANCES = {name: f"{name}-1" for name in ("prometheus", "alertmanager", "gateway", "checkout", "catalog", "identity")}
FILES = dashboards(load(ROOT)) | {
    str(path.relative_to(ROOT)): path.read_text() for path in sorted((ROOT / "dashboards/platform").glob("*.json"))
}
RED = """Requests/A Errors/A Median duration/A 99th percentile duration/A Requests per second/A Share of failed requests/A
How long requests take/A Quantiles/A Quantiles/B Quantiles/C"""
NO_FAILURES = """alertmanager-notifications gateway-availability gateway-deliveries gateway-latency prometheus-evaluations
prometheus-notifications prometheus-scrapes"""
TABLES = {"gateway": "By route and method", "prometheus": "By handler"}
STACK = """Alerts held/A Alerts to Alertmanager/C Alerts waiting/A Oldest alert waiting/A Samples/A Series in memory/A
Slowest rule groups/A"""
SILENT = {
    "the history has no requests to Prometheus and the gateway": {
        *(f"{service}/{panel.strip()}" for service in TABLES for panel in re.findall(r"[^/]+/[A-Z]", RED)),
        *(f"{service}/{title}/{ref}" for service, title in TABLES.items() for ref in "ABCD"),
    },
    "nor their processes": {f"{service}/{title}/A" for service in TABLES for title in ("Open files", "Memory")},
    "nor anything that no SLO is made of": {f"stack/{panel.strip()}" for panel in re.findall(r"[^/]+/[A-Z]", STACK)},
    "an SLO that nothing fails does not run out": {f"{name}/Runs out in/A" for name in NO_FAILURES.split()},
    "nothing fires": {"oncall/What pages now/A"},
}
"""Reason: queries (`file/title of the panel/letter`) that give nothing here."""


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


def test_every_query_gives_data(prometheus: Prometheus) -> None:
    """But those of SILENT, and each of those is silent."""
    empty = set()
    for name, text in FILES.items():
        for panel in panels(json.loads(text)):
            for target in panel.get("targets", []):
                query = re.sub(r"\$(job|instance)", ".*", target.get("expr", "").replace("$__rate_interval", "5m"))
                if target["datasource"]["type"] == "prometheus" and not prometheus.query(query):
                    empty.add(f"{Path(name).stem}/{panel['title']}/{target['refId']}")
    assert empty == {one for silent in SILENT.values() for one in silent}


@pytest.mark.parametrize("name", sorted(FILES))
def test_our_own_rules_find_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / Path(name).name
    path.write_text(FILES[name])
    assert [f"{f.check} {f.position}: {f.message}" for f in lint_file(path)] == []


def test_every_kind_of_slo_has_a_dashboard(tmp_path: Path) -> None:
    """Of the examples: no finding, and no query of a record that its rules do not make."""
    documents, _ = read_slo_files([ROOT / "docs" / "examples" / "slo"])
    for service in compile_files([(d.path, d.model) for d in documents], Context()):
        for compiled in service.slos:
            file = tmp_path / f"{compiled.id}.json"
            file.write_text(slo(compiled).text())
            assert [str(finding) for finding in lint_file(file)] == [], compiled.id
            made = {rule.record for group in compiled.groups for rule in group.rules if isinstance(rule, RecordingRule)}
            asked = {
                record
                for panel in panels(json.loads(file.read_text()))
                for target in panel.get("targets", [])
                for record in re.findall(r"slo:\w+(?::\w+)+", target.get("expr", ""))
            }
            assert asked <= made, compiled.id


def test_alerts_lead_to_their_dashboard() -> None:
    uids = {json.loads(text)["uid"] for text in FILES.values()}
    assert len(uids) == len(FILES)
    for service in compile_repository(load(ROOT)):
        for compiled in service.slos:
            assert {a.annotations["dashboard_url"].rsplit("/", 1)[1] for a in compiled.alerts} <= uids


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


def test_a_link_leads_to_a_long_or_dotted_name_too(tmp_path: Path) -> None:
    """The uid in the annotation and the dashboard's own come from one function."""
    (tmp_path / "alerts/slos").mkdir(parents=True)
    (tmp_path / "alerts/settings.yaml").write_text(
        "version: ballast/v1\ndashboard_url: https://g.example.com/d/slo-{service}-{slo}\n"
    )
    name, service = "availability-of-everything", "payments.and-refunds"
    sli = '{availability: {metric: http_requests_total, errors: code=~"5.."}}'
    text = f"version: prometheus/v1\nservice: {service}\nslos:\n  - {{name: {name}, objective: 99.9, sli: {sli}}}\n"
    (tmp_path / "alerts/slos/payments.yaml").write_text(text)
    repository = load(tmp_path)
    uid = json.loads(dashboards(repository)[f"dashboards/slo/{service}-{name}.json"])["uid"]
    assert len(uid) == UID_LIMIT
    links = {alert.annotations["dashboard_url"] for alert in compile_repository(repository)[0].slos[0].alerts}
    assert links == {f"https://g.example.com/d/{uid}"}
