"""Annotations and exemplars in previews: read, asked of a real Prometheus, drawn."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from matplotlib.patches import Polygon
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.dashboards import Dashboard, parse
from ballast.dashboards.palette import GOOD
from ballast.dashboards.preview import Sources, Span, pictures
from ballast.dashboards.preview.ask import Answer, Asked
from ballast.dashboards.preview.draw import Shown, ask, draw
from ballast.dashboards.preview.events import Event, annotations_of, joined, made_up, of_grafana, read_events
from ballast.dashboards.preview.exemplars import Exemplar, invented, thinned
from ballast.dashboards.preview.heatmaps import _height
from ballast.dashboards.preview.layout import places
from ballast.dashboards.preview.repeat import repeated
from ballast.repo import CannotRun
from ballast.stack import Prometheus, Scrape, Stack

SPAN = Span(0, 3600)
GRAFANA = {"type": "grafana", "uid": "-- Grafana --"}
DEPLOYS = {
    "name": "Deploys",
    "enable": True,
    "iconColor": GOOD,
    "datasource": GRAFANA,
    "target": {"type": "tags", "tags": ["deploy"]},
}


def dashboard(*annotations: dict[str, Any], **panel: Any) -> Dashboard:
    made = {"type": "timeseries", "title": "T", "id": 7, "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}, **panel}
    value = {"title": "D", "uid": "d", "panels": [made], "annotations": {"list": list(annotations)}}
    return parse("d.json", json.dumps(value).encode()).dashboards[0]


def event(at: float, *tags: str, **more: Any) -> Event:
    return Event(at, more.pop("end", at), f"at {at:g}", frozenset(tags), **more)


def test_grafanas_annotations_are_found_by_tag_or_dashboard() -> None:
    events = [event(60, "deploy", "shop"), event(120, "deploy"), event(180, "shop"), event(9000, "deploy"),
              event(-60, "deploy", end=30), event(240, dashboard="d", panel=7), event(300, dashboard="other")]  # fmt: skip

    def found(**target: Any) -> list[float]:
        one = annotations_of(dashboard({**DEPLOYS, "target": {"type": "tags", **target}}))[0]
        return [held.start for held in of_grafana(one, events, "d", SPAN)]

    assert found(tags=["deploy"]) == [-60, 60, 120]
    assert found(tags=["deploy", "shop"]) == [60]
    assert found(tags=["deploy", "shop"], matchAny=True) == [-60, 60, 120, 180]
    assert found(tags=["deploy"], limit=1) == [120]
    own = annotations_of(dashboard({"enable": True, "builtIn": 1, "datasource": GRAFANA}))[0]
    assert [held.start for held in of_grafana(own, events, "d", SPAN)] == [240]
    assert of_grafana(own, events, "", SPAN) == []
    assert annotations_of(dashboard({**DEPLOYS, "enable": False})) == []


def test_an_annotation_may_be_for_some_panels_only() -> None:
    for ids, exclude, shown in (
        ([7], False, True),
        ([8], False, False),
        ([7], True, False),
        ([8], True, True),
        ([], False, True),
    ):
        of = dashboard({**DEPLOYS, "filter": {"ids": ids, "exclude": exclude}})
        one = annotations_of(of)[0]
        one.events = [event(1)]
        assert bool(one.on(of.panels[0])) is shown


def test_the_second_schemas_annotations_are_read() -> None:
    spec = {"name": "P", "enable": True, "iconColor": "red", "query": {"kind": "DataQuery", "group": "prometheus",
            "datasource": {"name": "p"}, "spec": {"expr": "up == 0", "step": "30s"}}}  # fmt: skip
    value = {
        "title": "D",
        "elements": {},
        "layout": {},
        "annotations": [{"kind": "AnnotationQuery", "spec": spec}, 3, {"spec": None}],
    }
    found = annotations_of(parse("d.json", json.dumps(value).encode()).dashboards[0])
    assert [(one.name, one.expr, one.language, one.step) for one in found] == [("P", "up == 0", "promql", "30s")]


def test_samples_that_follow_each_other_are_one_annotation() -> None:
    assert list(joined([0, 60, 120, 300, 361, 420], 60)) == [(0, 120), (300, 300), (361, 420)]
    assert list(joined([], 60)) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", ":1:2: not JSON"),
        ("{}", "a list of objects"),
        ('[{"time": "x"}]', "a list of objects"),
        ("\udcff", "not JSON"),
    ],
)
def test_a_file_of_annotations_that_is_none_is_told(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(CannotRun, match=said):
        read_events(path)
    with pytest.raises(CannotRun, match="cannot be read"):
        read_events(tmp_path / "nowhere")


def test_a_file_of_annotations_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    held = [
        {"time": 60_000, "timeEnd": 90_000, "tags": ["deploy", 3], "text": "v2", "dashboardUID": None, "panelId": 0},
        {"time": 5e3},
    ]
    path.write_text(json.dumps(held))
    assert read_events(path) == [Event(60, 90, "v2", frozenset({"deploy"})), Event(5, 5, "")]


def marks(answer: Answer, **panel: Any) -> list[tuple[str, list[float]]]:
    """What each mark of a panel says, and where its middle is: shares of the plot from its left and its bottom."""
    of = dashboard(**panel)
    shown = Shown(of, [(place, answer) for place in places(list(repeated(of.panels, {})))], {})
    figure = draw(shown, "dark", "normal")
    found = {}
    for axes in figure.axes:
        for patch in axes.patches:
            if isinstance(patch, Polygon) and str(patch.get_gid()).startswith("hint-"):
                (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
                x, y = patch.get_xy()[:-1].mean(axis=0)
                place = [round(float((x - left) / (right - left)), 2), round(float((y - bottom) / (top - bottom)), 2)]
                found[int(str(patch.get_gid())[5:])] = place
    return [(shown.hints[n], place) for n, place in sorted(found.items())]


def test_annotations_and_exemplars_are_where_they_belong() -> None:
    line = Asked("a", {}, "A", [0.0, 1800.0, 3600.0], [0.0, 50.0, 100.0])
    exemplars = [Exemplar(1800, 50, "trace_id=x"), Exemplar(2700, 1000, "high"), Exemplar(99_999, 5, "late")]
    answer = Answer(SPAN, 15, [line], exemplars=exemplars, events=[("red", event(900)), ("red", event(9000))])
    found = marks(answer, fieldConfig={"defaults": {"min": -100, "max": 200}})
    assert [(words, x) for words, (x, _) in found] == [("at 900", 0.25), ("50 trace_id=x", 0.5), ("1000 high", 0.75)]
    heights = [y for _, (_, y) in found]
    assert heights[0] < 0
    assert heights[1:] == [0.5, 1.0]
    assert [words for words, _ in marks(answer, type="state-timeline")] == ["at 900"]


def test_exemplars_stand_in_their_bucket() -> None:
    bounds = [1.0, 2.0, 4.0, math.inf]
    assert [_height(bounds, value) for value in (0.5, 1, 3, 4, 99, -1)] == [0.125, 0.25, 0.625, 0.75, 0.875, 0]


def test_of_many_exemplars_the_high_ones_and_some_others_are_kept() -> None:
    found = [Exemplar(float(at), value, "") for at in (0, 1) for value in (1.0, 1.1, 9.0)] + [Exemplar(70, 1, "")]
    assert [(one.at, one.value) for one in thinned(found, 60)] == [(0, 9.0), (0, 1.1), (70, 1)]
    assert thinned(found[:1], 60) == found[:1]


def test_made_up_marks_are_the_same_each_time_and_say_so() -> None:
    one = annotations_of(dashboard(DEPLOYS))[0]
    first, second = (list(made_up(one, SPAN)) for _ in "ab")
    assert first == second
    assert first
    assert all("synthetic" in made.text and SPAN.start < made.start < SPAN.end for made in first)
    times = [float(t) for t in range(0, 3600, 15)]
    buckets: list[tuple[dict[str, str], list[float], list[float]]] = [
        ({"le": le}, times, [count] * len(times)) for le, count in (("0.1", 9.0), ("0.5", 90.0), ("+Inf", 90.0), ("x", 1.0))
    ]
    made = list(invented(buckets, "seed"))
    assert len(made) > 3
    assert all(0 <= one.value <= 0.5 and "synthetic" in one.labels for one in made)
    assert sum(one.value > 0.1 for one in made) > len(made) / 2


class Shop(BaseHTTPRequestHandler):
    """Answers as an instrumented service does: a histogram with an exemplar."""

    def do_GET(self) -> None:
        now = time.time()
        body = (
            "# TYPE seen histogram\n"
            f'seen_bucket{{le="0.1"}} 3 # {{trace_id="abc"}} 0.07 {now:.3f}\n'
            'seen_bucket{le="+Inf"} 3\nseen_count 3\nseen_sum 0.2\n# EOF\n'
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that scraped an exemplar."""
    shop = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=shop.serve_forever, daemon=True).start()
    with Stack(tmp_path_factory.mktemp("exemplars")) as stack:
        scrape = Scrape("shop", [f"127.0.0.1:{shop.server_port}"], interval=0.5)
        server = stack.start(
            Prometheus(
                stack.directory / "p", scrapes=[scrape], flags=["--enable-feature=exemplar-storage"], scrape_interval=0.5
            )
        )
        deadline = time.monotonic() + 60
        while not server.query("count_over_time(seen_count[1m]) > 2"):
            assert time.monotonic() < deadline, "Prometheus scraped nothing"
            time.sleep(0.1)
        yield server.url
    shop.shutdown()
    shop.server_close()


def test_a_real_prometheus_tells_exemplars_and_moments(real: str) -> None:
    target = {"refId": "A", "expr": "sum(seen_bucket) or vector(0)", "exemplar": True}
    up = {"name": "Up", "enable": True, "expr": "up", "datasource": {"type": "prometheus", "uid": "p"},
          "titleFormat": "{{job}} is up", "step": "1s"}  # fmt: skip
    of = dashboard(up, DEPLOYS, {**up, "name": "Broken", "expr": "sum("}, targets=[target])
    span = Span(time.time() - 300, time.time())
    with Sources(real) as sources:
        shown = ask(of, sources, span, {})
    answer = shown.answers[0][1]
    assert answer is not None
    assert {one.value for one in answer.exemplars} == {0.07}
    assert answer.exemplars[0].labels.endswith("job=shop trace_id=abc")
    assert {held.text for _, held in answer.events} == {"shop is up"}
    assert [(one.name, one.unknown) for one in shown.annotations] == [
        ("Up", ""), ("Deploys", "not asked"), ("Broken", "refused")]  # fmt: skip
    with Sources(real, events=[Event(span.end - 60, span.end - 60, "v2 <out>", frozenset({"deploy"}))]) as sources:
        made = pictures(of, sources, span)[0]
    assert "<title>v2 &lt;out&gt;</title>" in made.html
    assert "Deploys" in made.html
    assert "not asked" not in made.html


def test_the_command_takes_grafanas_annotations_and_several_values(
    tmp_path: Path, real: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    grid = {"x": 0, "y": 0, "w": 12, "h": 8}
    target = {"refId": "A", "expr": "vector(1)", "legendFormat": "of $job"}
    panel = {"type": "timeseries", "title": "Up, $job", "repeat": "job", "gridPos": grid, "targets": [target]}
    variable = {"name": "job", "type": "query", "query": "label_values(up, job)", "multi": True}
    value = {"title": "D", "panels": [panel], "templating": {"list": [variable]}, "annotations": {"list": [DEPLOYS]}}
    Path("d.json").write_text(json.dumps(value))
    deploy = {"time": (time.time() - 60) * 1e3, "text": "v3", "tags": ["deploy", "checkout"]}
    Path("deploys.json").write_text(json.dumps([deploy]))
    words = ["dashboards", "preview", "d.json", "--prometheus", real, "--annotations", "deploys.json", "--past", "1h"]
    done = CliRunner().invoke(build_app("dashboards"), [*words, "--var", "job=a", "--var", "job=b", "--out", "out"])
    assert done.exit_code == 0, done.output
    page = Path("out/d.html").read_text()
    assert page.count("<title>v3</title>") == 2  # once in each copy of the panel
    for said in ("Up, a", "Up, b", "of a", "of b", "a + b", "Deploys"):
        assert f">{said}<" in page, said
