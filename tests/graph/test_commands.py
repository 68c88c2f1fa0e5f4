"""`ballast graph` and `ballast inventory` as their user runs them."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from ballast.cli import build_app
from ballast.graph import Graph, inventory
from ballast.repo import CannotRun
from tests.conftest import ROOT

ALERT = "GatewayLatencyErrorBudgetBurn"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, graph: Graph) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("ballast.graph.build", lambda _: graph)


def invoke(*words: str) -> Result:
    return CliRunner().invoke(build_app(words[0]), list(words))


def test_text_and_json_of_one_thread() -> None:
    assert f"alert {ALERT}" in invoke("graph", "--alert", ALERT).stdout
    found = json.loads(invoke("graph", "--alert", ALERT, "-o", "json").stdout)
    assert {"service:gateway", "dashboard:slo-gateway-latency", "module:gateway"} <= {node["id"] for node in found["nodes"]}
    assert found["dead"] == []


def test_a_recorded_metric_is_found_by_its_name() -> None:
    done = invoke("graph", "--metric", "slo:total:rate5m")
    assert (done.exit_code, done.stdout.partition("\n")[0]) == (0, "record slo:total:rate5m")


@pytest.mark.parametrize("words", [["--alert", "Nothing"], ["--alert", ALERT, "--service", "gateway"], ["--node", "what:ever"]])
def test_what_cannot_be_drawn_is_said(words: list[str]) -> None:
    done = invoke("graph", *words)
    assert isinstance(done.exception, CannotRun)


def test_svg_is_xml_and_dot_is_one_graph(tmp_path: Path) -> None:
    assert invoke("graph", "-o", "svg", "--out", str(tmp_path / "a" / "g.svg")).exit_code == 0
    assert ElementTree.parse(tmp_path / "a" / "g.svg").getroot().tag.endswith("svg")
    dot = invoke("graph", "--alert", ALERT, "-o", "dot").stdout
    assert dot.startswith("digraph")
    assert '"service:gateway" -> "slo:gateway/latency"' in dot
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["g.svg"]


def test_the_inventory_has_every_alert_with_what_auditors_ask(graph: Graph) -> None:
    rows = json.loads(invoke("inventory", "-o", "json").stdout)
    assert len(rows) == len(graph.of("alert"))
    for row in rows:
        assert all(row[key] for key in ("runbook", "owner", "tier", "result")), row
    [row] = [row for row in rows if row["alert"] == ALERT]
    assert (row["slo"], row["dashboard"], row["tier"]) == ("gateway/latency", "slo-gateway-latency", "P1, P3")
    assert row["rehearsed"].startswith("20")


def test_markdown_and_html_hold_the_same_rows(graph: Graph) -> None:
    rows = inventory.inventory(graph)
    markdown, html = inventory.markdown(rows), inventory.html(rows)
    for row in rows:
        assert f"[{row.alert}]({row.path})" in markdown
        assert f"<strong>{row.alert}</strong>" in html
    assert html.count("<tr>") == len(rows) + 1
