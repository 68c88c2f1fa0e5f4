"""The graph of this repository, and of small ones."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest

from ballast.findings import Tree, checks, run, select
from ballast.graph import KINDS, Graph, build, draw, thread
from ballast.graph.builder import Recorded
from ballast.graph.layout import columns
from ballast.repo import CannotRun, load

ALERT = "CheckoutAvailabilityErrorBudgetBurn"


def write(root: Path, files: dict[str, str]) -> Graph:
    for name, text in {"alerts/settings.yaml": "version: ballast/v1\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return build(Tree.read(root))


def test_the_golden_thread_is_one_path(graph: Graph) -> None:
    """From a service to the module that runs the exporter of a metric which its alert rests on."""
    path = ["service:gateway", "slo:gateway/deliveries", "alert:GatewayDeliveriesErrorBudgetBurn"]
    assert nx.is_path(graph.net, path)
    below = thread.part_of(graph, graph.nodes[path[-1]])
    for node in (
        "runbook:GatewayDeliveriesErrorBudgetBurn",
        "section:GatewayDeliveriesErrorBudgetBurn#diagnosis",
        "dashboard:slo-gateway-deliveries",
        "record:slo:sli_error:ratio_rate5m@gateway/deliveries",
        "metric:gateway_deliveries_total",
        "exporter:gateway",
        "module:gateway",
    ):
        assert node in below, node
    assert "record:slo:sli_error:ratio_rate5m@checkout/availability" not in below


def test_it_holds_everything_that_the_repository_declares(graph: Graph, root: Path) -> None:
    repository = load(root)
    names = {kind: {node.name for node in graph.of(kind)} for kind in KINDS}
    assert names["service"] == {n for n, d in repository.services.items() if d.model.status == "active"}
    assert {f"{f.model.service}/{s.name}" for f in repository.slo_files for s in f.model.slos} <= names["slo"]
    assert repository.platform_alerts is not None
    assert set(repository.platform_alerts.model.kept) <= names["alert"]
    assert {p.name for p in (root / "terraform/modules").iterdir() if any(p.glob("*.tf"))} <= names["module"]
    assert {p.stem for p in (root / "runbooks").glob("*.md")} - {"PLATFORM"} <= names["runbook"]
    for node in graph.nodes.values():
        assert (root / node.path).exists(), node


def test_every_place_is_where_the_thing_is_written(graph: Graph, root: Path) -> None:
    for kind in ("alert", "slo", "service", "exporter"):
        for node in graph.of(kind):  # type: ignore[arg-type]
            line = (root / node.path).read_text().split("\n")[node.line - 1]
            name = node.name.rpartition("/")[2].removesuffix("ErrorBudgetBurn").removesuffix("NoData")
            assert name in line or line.strip() == "signals:", (node, line)


def test_this_repository_is_clean(root: Path) -> None:
    report = run(root, select(checks(), ["graph/*"], []))
    assert [f"{f.position} {f.message}" for f in report.findings] == []


def test_nothing_stands_alone_but_what_has_a_reason_to(graph: Graph) -> None:
    alone = [node.id for node in graph.nodes.values() if not graph.after(node) and not graph.before(node)]
    assert alone == ["module:oncall-jsm"]  # its main.tf says why


def test_a_tree_fits_80_columns_and_names_both_directions(graph: Graph) -> None:
    for start in (*graph.of("alert"), *graph.of("service"), *graph.of("metric")[:20], *graph.of("dashboard")[:3]):
        lines = thread.text(graph, start, 80)
        assert lines[0] == f"{start.kind} {start.label}"
        assert [line for line in lines if len(line) > 80 and " " in line.strip(" │├└─")[40:]] == []
    text = "\n".join(thread.text(graph, thread.one(graph, "alert", ALERT), 80))
    for words in (
        "watches SLO checkout/availability",
        "service Checkout",
        "is handled by runbook",
        "comes from exporter checkout",
    ):
        assert words in text
    assert "exporter identity" not in text, "another service's metrics of the same name"


def test_a_thread_holds_its_own_and_not_the_neighbours(graph: Graph) -> None:
    ids = thread.part_of(graph, thread.one(graph, "alert", ALERT))
    assert {"service:checkout", "slo:checkout/availability", f"runbook:{ALERT}", "exporter:checkout"} <= ids
    assert not {"service:identity", "slo:checkout/latency", "alert:CheckoutLatencyErrorBudgetBurn"} & ids


def test_an_unknown_name_is_told_with_the_nearest(graph: Graph) -> None:
    with pytest.raises(CannotRun, match=f"did you mean {ALERT}"):
        thread.one(graph, "alert", "CheckoutAvailabilityErrorBudget")


def test_layout_and_drawings_are_the_same_each_time(graph: Graph, root: Path) -> None:
    again = build(Tree.read(root))
    assert columns(graph) == columns(again)
    for form in (draw.svg, draw.dot, draw.html):
        assert form(graph) == form(again)


def test_a_selector_means_the_series_whose_fixed_labels_agree() -> None:
    recorded = Recorded()
    recorded.add("a", {"slo": "x"})
    recorded.add("b", {"slo": "y"})
    recorded.add("c", {})
    assert list(recorded.matching([("slo", "=", "x"), ("job", "=", "z")])) == ["a", "c"]
    assert list(recorded.matching([("slo", "=~", "x")])) == ["a", "b", "c"]
    assert list(recorded.matching([("slo", "=", "gone")])) == ["c"]


def test_an_alert_with_two_severities_is_one_node(graph: Graph) -> None:
    facts = thread.one(graph, "alert", ALERT).facts
    assert (facts["severity"], facts["tier"], facts["owner"]) == ("page, ticket", "P1, P3", "team-payments")


def test_broken_files_are_passed_over(tmp_path: Path) -> None:
    graph = write(
        tmp_path,
        {
            "alerts/rules/a.yaml": "groups: [",
            "alerts/rules/b.yaml": "groups: [{name: b, rules: [{alert: B, expr: 'sum('}, {alert: C}, 7]}]\n",
            "alerts/grafana.yaml": "slos: [1]\n",
            "alerts/exporters.yaml": "exporters: 1\n",
            "dashboards/a.json": "{",
            "runbooks/A.md": "---\n: [\n---\n## X\n\n```promql\nsum(\n",
            "terraform/modules/a/main.tf": 'module "b" {\n',
        },
    )
    assert [node.name for node in graph.of("alert")] == ["B"]
    assert graph.dead == []


def test_a_repository_without_alerts_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="alerts"):
        build(Tree.read(tmp_path))
