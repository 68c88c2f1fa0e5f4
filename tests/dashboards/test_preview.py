"""The preview: real PromQL on synthetic series, every kind of panel, the same bytes twice, looked at in a real browser."""

from __future__ import annotations

import io
import json
import math
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text
from PIL import Image
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.dashboards import Dashboard, parse
from ballast.dashboards.palette import THEMES, VISIONS, Vision, simulate
from ballast.dashboards.preview import END, Request, Sources, Span, draw_files, moment, pictures, rate_interval, round_interval
from ballast.dashboards.preview import synthetic as synthetic_server
from ballast.dashboards.preview.ask import Answer, Asked
from ballast.dashboards.preview.draw import Shown, ask, draw
from ballast.dashboards.preview.fields import field_of
from ballast.dashboards.preview.graphs import _shares
from ballast.dashboards.preview.heatmaps import _counted
from ballast.dashboards.preview.layout import Place, places
from ballast.dashboards.preview.repeat import COLUMNS, Copy, repeated
from ballast.dashboards.preview.tables import tabulate
from ballast.dashboards.preview.units import written
from ballast.dashboards.preview.variables import Value, choose, fill
from ballast.repo import CannotRun
from tests.conftest import ROOT
from tests.dashboards import corpus
from tests.dashboards.test_fuzz import mutated

SPAN = Span(END - 3600, END)
RATE = "sum by (route) (rate(http_requests_total[$__rate_interval]))"
BUCKETS = "sum by (le) (increase(http_request_duration_seconds_bucket[$__rate_interval]))"
KINDS: dict[str, dict[str, Any]] = {
    "timeseries": {
        "targets": [{"refId": "A", "expr": RATE, "legendFormat": "{{route}}", "exemplar": True}],
        "fieldConfig": {
            "defaults": {
                "unit": "reqps",
                "custom": {"stacking": {"mode": "normal"}, "fillOpacity": 20, "thresholdsStyle": {"mode": "dashed"}},
                "thresholds": {"steps": [{"color": "green", "value": None}, {"color": "red", "value": 1}]},
            },
            "overrides": [
                {
                    "matcher": {"id": "byRegexp", "options": "/items/"},
                    "properties": [{"id": "custom.axisPlacement", "value": "right"}],
                },
                {"matcher": {}},
            ],
        },
    },
    "stat": {"targets": [{"refId": "A", "expr": "sum(up)"}]},
    "gauge": {"targets": [{"refId": "A", "expr": "avg(up)"}], "fieldConfig": {"defaults": {"unit": "percentunit"}}},
    "bargauge": {"targets": [{"refId": "A", "expr": RATE, "instant": True, "legendFormat": "{{route}}"}]},
    "table": {"targets": [{"refId": "A", "expr": RATE, "instant": True, "format": "table"}]},
    "heatmap": {"targets": [{"refId": "A", "expr": BUCKETS}]},
    "state-timeline": {
        "targets": [{"refId": "A", "expr": "up", "legendFormat": "{{instance}}"}],
        "fieldConfig": {"defaults": {"mappings": [{"type": "value", "options": {"1": {"text": "alive", "color": "blue"}}}]}},
    },
    "logs": {"targets": [{"refId": "A", "expr": '{app="shop"} |= `x`'}], "datasource": {"type": "loki", "uid": "l"}},
    "text": {"options": {"content": "# Read me\n\n**Bold** and [a link](https://example.com/x), [none](javascript:alert(2)), "
                                    "$$ <script>alert(1)</script>"}},
    "flamegraph": {"targets": [{"refId": "A", "expr": "up"}]},
    "broken": {"type": "timeseries", "targets": [{"refId": "A", "expr": "sum(rate(x[5m])"}]},
}  # fmt: skip
"""A panel of each kind that is drawn, one that is not, and a query that Prometheus refuses."""


def dashboard(panels: dict[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    made = []
    for number, (kind, panel) in enumerate(panels.items()):
        place = {"x": 12 * (number % 2), "y": 8 * (number // 2), "w": 12, "h": 8}
        made.append({"type": kind, "title": f"A {kind}", "gridPos": place, **panel})
    return {"title": "All kinds", "schemaVersion": 42, "panels": made, **more}


def test_series_stacked_to_a_hundred_percent_are_shares_of_each_moment() -> None:
    stacked = {"custom": {"stacking": {"mode": "percent"}}}
    found = field_of(read(dashboard({"timeseries": {"fieldConfig": {"defaults": stacked}}})).panels[0], "a")
    drawn = [(Asked(name, {}, "A", [0.0, 60.0], values), found, "") for name, values in (("a", [1.0, 0.0]), ("b", [3.0, 0.0]))]
    shares = _shares(drawn)
    assert [one.values for one, _, _ in shares] == [[0.25, 0.0], [0.75, 0.0]]
    assert {(field.unit, field.low, field.high) for _, field, _ in shares} == {("percentunit", 0.0, 1.0)}


def test_a_heatmap_that_counts_puts_each_series_into_a_bucket() -> None:
    series = [Asked(str(n), {}, "A", [0.0, 60.0], [float(n), 20.0 if n else math.nan]) for n in range(21)]
    bounds, grid, times = _counted(Answer(Span(0, 60), 60, series))
    assert (bounds[0], bounds[-1], list(times)) == (1.0, 20.0, [0.0, 60.0])
    assert grid[:, 0].tolist() == [1.0] * 19 + [2.0]
    assert grid[:, 1].tolist() == [0.0] * 19 + [20.0]
    assert _counted(Answer(Span(0, 60), 60))[0] == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " javascript:alert(1)", "JavaScript:x", "data:text/html,x", "vbscript:x", "java\nscript:x"]
)
def test_links_that_run_something_are_no_links(url: str) -> None:
    held = dashboard({"text": {"title": "T"}}, links=[{"title": "L", "url": url}])
    span = Span(0, 60)
    of = read(held)
    answers: list[tuple[Place, Answer | None]] = [(p, Answer(span, 15)) for p in places([Copy(panel) for panel in of.panels])]
    figure = draw(Shown(of, answers, {}), "dark", "normal")
    assert [t.get_url() for t in figure.findobj(Text) if t.get_text().endswith("L")] == [None]


def read(value: dict[str, Any]) -> Dashboard:
    return parse("d.json", json.dumps(value).encode()).dashboards[0]


@dataclass
class Served:
    """A dashboard of all kinds, the sources that answer it, and what was drawn of it."""

    dashboard: Dashboard
    sources: Sources


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    deploys = {"enable": True, "name": "Deploys", "iconColor": "blue", "target": {"tags": ["deploy"]}}
    made = read(dashboard(KINDS, annotations={"list": [deploys]}))
    others = [read(corpus.dashboard(seed)) for seed in (1, 2)]
    folder = tmp_path_factory.mktemp("nowhere")
    with synthetic_server([made, *others], folder, SPAN, {}) as url, Sources(url, synthetic=True) as sources:
        yield Served(made, sources)


def answered(served: Served, of: Dashboard) -> Shown:
    return ask(of, served.sources, SPAN, choose(of, {}, served.sources.label_values))


def test_synthetic_series_answer_every_query(served: Served) -> None:
    answers = {p.panel.type: a for p, a in answered(served, served.dashboard).answers if p.panel and a and not a.error}
    for kind in ("stat", "gauge", "bargauge", "table", "heatmap", "state-timeline", "timeseries"):
        assert answers[kind].series, kind
    assert {one.labels["route"] for one in answers["timeseries"].series} == {"/", "/items", "/orders"}
    assert "+Inf" in {one.labels["le"] for one in answers["heatmap"].series}
    assert answers["logs"].invented


def test_a_refused_query_is_told_in_its_panel(served: Served) -> None:
    broken = [a for p, a in answered(served, served.dashboard).answers if p.panel and p.panel.title == "A broken"]
    assert "parse error" in broken[0].error if broken[0] else False


def test_same_answers_same_bytes_and_words_in_the_page(served: Served) -> None:
    first, second = (
        pictures(served.dashboard, served.sources, SPAN, themes=("light", "dark"), note="synthetic data") for _ in "ab"
    )
    assert first == second
    for one in first:
        for words in ("A timeseries", "synthetic data", "alive", "/orders", "flamegraph: the preview", "synthetic lines",
                      "synthetic: deploy 1", "trace_id="):  # fmt: skip
            assert words in one.html, words
        assert '<a href="https://example.com/x">' in one.html
        assert "<script" not in one.html
        assert 'href="javascript' not in one.html
        image = Image.open(io.BytesIO(one.png)).convert("RGB")
        for x, y in (
            (0, 0),
            (12, 0),
            (0, 8),
            (12, 8),
            (0, 16),
            (12, 16),
            (0, 24),
            (12, 24),
            (0, 32),
        ):  # each panel shows something
            left, top = int(8 + x * 56), int(70 + y * 36)
            assert len(image.crop((left + 10, top + 40, left + 640, top + 270)).getcolors(1 << 20) or []) > 3, (x, y)


def drawn(served: Served, seeds: range) -> int:
    """How many of the mutated dashboards were read; each of those is drawn without an exception."""
    count = 0
    for seed in seeds:
        for one in parse("d.json", mutated(random.Random(seed))).dashboards:
            draw(answered(served, one), "dark", "normal").draw_without_rendering()
            count += 1
    return count


def test_mutated_dashboards_are_drawn(served: Served) -> None:
    assert drawn(served, range(30)) > 10


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_thousand_mutated_dashboards_are_drawn(served: Served) -> None:
    assert drawn(served, range(1_000, 2_000)) > 400


def test_an_slo_dashboard_agrees_with_itself(tmp_path: Path) -> None:
    """Budgets, burn rates and alerts come from one history, so that the page fires where both windows are above."""
    path = ROOT / "dashboards/slo/checkout-availability.json"
    one = parse(str(path), path.read_bytes()).dashboards[0]
    with synthetic_server([one], path, Span(END - 6 * 3600, END), {}) as url, Sources(url) as sources:
        shown = ask(one, sources, Span(END - 6 * 3600, END), {})
        answers = {p.panel.title: answer for p, answer in shown.answers if p.panel and answer and p.panel.type != "text"}
    assert [title for title, answer in answers.items() if not answer.series or answer.error] == []
    pair = answers["Page: 1h and 5m above 14.4×"].series
    short, long = ({t for t, v in zip(s.times, s.values, strict=True) if v > 14.4} for s in pair)
    firing = next(s for s in answers["Alerts"].series if s.name == "Page")
    fires = {t for t, v in zip(firing.times, firing.values, strict=True) if v == 2}
    assert fires
    assert min(fires) - 120 <= min(short & long) <= min(fires)


def test_before_and_after_of_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "d.json"
    other = tmp_path / "other.json"
    file.write_text(json.dumps(dashboard({"text": KINDS["text"]}, title="Old")))
    other.write_text(json.dumps({"no": "dashboard"}))
    git = ["git", "-c", "user.email=a@example.com", "-c", "user.name=a", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    file.write_text(json.dumps(dashboard({"text": KINDS["text"]}, title="New")))
    other.write_text(json.dumps({"still": "none"}))
    done = CliRunner().invoke(
        build_app("dashboards"), ["dashboards", "preview", "--changed", "--out", "out", "--output", "json"]
    )
    assert done.exit_code == 0, done.output
    assert [Path(f).name for f in json.loads(done.stdout)["files"]] == [
        "d.before.dark.png", "d.after.dark.png", "d.all.png", "d.html"]  # fmt: skip
    page = (tmp_path / "out/d.html").read_text().partition("<body>")[2]
    assert page.index("Old") < page.index("New")
    assert Image.open(tmp_path / "out/d.all.png").width == 2 * Image.open(tmp_path / "out/d.after.dark.png").width
    with pytest.raises(CannotRun, match="there is no revision 'nowhere'"):
        draw_files([file], Request(against="nowhere"), tmp_path / "out")


@pytest.mark.parametrize("words", [["nowhere.json"], [], ["x.json", "--var", "a"], ["x.json", "--from", "yesterday"]])
def test_what_cannot_be_drawn_is_said_in_a_sentence(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.json").write_text("{}")
    done = CliRunner().invoke(build_app("dashboards"), ["dashboards", "preview", *words])
    assert done.exit_code != 0
    assert done.exception is None or isinstance(done.exception, (CannotRun, SystemExit)), done.exception


def test_a_browser_shows_the_page(served: Served, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium here: the page was not looked at in a browser")
    from ballast.dashboards.preview import write

    made = pictures(served.dashboard, served.sources, SPAN, note="synthetic data")
    page = write("kinds", "All kinds", made, tmp_path)[-1]
    flags = "headless no-sandbox disable-gpu disable-quic no-first-run disable-sync disable-background-networking"
    command = [chromium, *(f"--{flag}" for flag in [*flags.split(), "disable-component-update"])]
    command.append(f"--user-data-dir={tmp_path / 'profile'}")
    picture = tmp_path / "seen.png"
    done = subprocess.run(
        [*command, "--window-size=1400,1900", f"--screenshot={picture}", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
    )
    assert all(words in done.stdout for words in ("A heatmap", "Read me", "dark, normal vision", "alive"))
    if not picture.exists():
        subprocess.run(
            [*command, "--window-size=1400,1900", f"--screenshot={picture}", page.as_uri()],
            check=True,
            capture_output=True,
            timeout=90,
        )
    seen = Image.open(picture).convert("RGB")
    assert len(seen.getcolors(1 << 24) or []) > 200


@pytest.mark.parametrize(("length", "points", "step"), [(3600, 1000, 15), (6 * 3600, 300, 60), (30 * 86400, 648, 3600)])
def test_intervals_are_grafanas(length: float, points: float, step: float) -> None:
    assert Span(0, length).step(points) == step
    assert rate_interval(step) == max(step + 15, 60)


@pytest.mark.parametrize(("wanted", "step"), [(1.4, 1), (17.4, 15), (17.5, 20), (44, 30), (89, 60), (90, 120), (5399, 3600)])
def test_steps_round_as_grafana_does(wanted: float, step: float) -> None:
    assert round_interval(wanted) == step


def test_times() -> None:
    assert moment("now-1h", 7200) == 3600
    assert moment("1970-01-01T01:00", 0) == 3600
    assert moment("12.5", 0) == 12.5
    with pytest.raises(CannotRun, match="is no time"):
        moment("soon", 0)


def test_variables_take_what_was_saved_then_what_is_found() -> None:
    variables = [
        {"name": "job", "type": "query", "query": "label_values(up, job)"},
        {"name": "instance", "type": "query", "query": 'label_values(up{job="$job"}, instance)', "regex": "/^b/"},
        {"name": "saved", "type": "custom", "query": "a,b", "current": {"value": ["x", "y.z"]}, "multi": True},
        {"name": "every", "type": "query", "query": "label_values(x)", "includeAll": True, "current": {"value": "$__all"}},
        {"name": "size", "type": "interval", "query": "5m,1h"},
    ]
    asked: list[tuple[str, str]] = []

    def label_values(label: str, selector: str) -> list[str]:
        asked.append((label, selector))
        return ["a", "b"]

    known = choose(read(dashboard({}, templating={"list": variables})), {"given": ("1",)}, label_values)
    assert asked == [("job", "up"), ("instance", 'up{job="a"}'), ("x", "")]
    assert fill('x{j="$job",i="[[instance]]",s=~"$saved",e=~"${every}"}[$size] $given $none', known) == (
        r'x{j="a",i="b",s=~"(x|y\\.z)",e=~"(a|b)"}[5m] 1 $none'
    )
    assert fill("${saved:csv} ${saved:pipe} ${saved:regex} ${every:text}", known) == r"x,y.z x|y.z (x|y\.z) All"
    assert fill("$__rate_interval $__interval $__range_s", {}, Span(0, 3600), 15) == "60s 15s 3600"
    assert Value((), True, ".*").written() == ".*"


@given(st.lists(st.tuples(*[st.integers(-3, 40)] * 4, st.sampled_from(["", "R"]), st.booleans()), max_size=12))
def test_panels_never_overlap(given_: list[tuple[int, int, int, int, str, bool]]) -> None:
    panels = []
    for x, y, w, h, row, folded in given_:
        panel = read({"panels": [{"type": "stat", "gridPos": {"x": x, "y": y, "w": w, "h": h}}]}).panels[0]
        panel.row, panel.folded, panel.row_number = row, folded, bool(row)
        panels.append(panel)
    cells: set[tuple[int, int]] = set()
    found = list(places(list(repeated(panels, {}))))
    for place in found:
        area = {(x, y) for x in range(place.x, place.x + place.width) for y in range(place.y, place.y + place.height)}
        assert place.x + place.width <= COLUMNS
        assert not cells & area
        cells |= area
    assert sum(place.panel is not None for place in found) == sum(not p.folded for p in panels)


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (0.1234, "percentunit", 1, "12.3%"),
        (-0.0001, "percentunit", 1, "0.0%"),
        (1536, "bytes", None, "1.5 KiB"),
        (1500, "decbytes", None, "1.5 kB"),
        (0.25, "s", None, "250 ms"),
        (90, "s", 1, "1.5 mins"),
        (3600, "s", None, "1 hour"),
        (1200, "reqps", None, "1.2K req/s"),
        (2.5e6, "short", None, "2.5 Mil"),
        (14.4, "suffix:×", None, "14.4×"),
        (float("nan"), "s", None, "NaN"),
    ],
)
def test_units(value: float, unit: str, decimals: int | None, text: str) -> None:
    assert written(value, unit, decimals) == text


def test_a_table_is_organized() -> None:
    panel = read(
        dashboard(
            {
                "table": {
                    "transformations": [
                        {"id": "merge"},
                        {
                            "id": "organize",
                            "options": {
                                "excludeByName": {"Time": True},
                                "indexByName": {"Value #B": 0, "job": 1, "Value #A": 2},
                                "renameByName": {"Value #B": "Second", "job": "Job"},
                            },
                        },
                        {"id": "rotate3d"},
                    ],
                    "options": {"sortBy": [{"displayName": "Second", "desc": True}]},
                }
            }
        )
    ).panels[0]
    series = [Asked("", {"job": job}, ref, [1.0], [v]) for job, ref, v in (("a", "A", 1.0), ("a", "B", 2.0), ("b", "B", 3.0))]
    table, unknown = tabulate(panel, Answer(SPAN, 15, series))
    assert table.columns == ["Second", "Job", "Value #A"]
    assert table.rows == [[3.0, "b", None], [2.0, "a", 1.0]]
    assert unknown == ["rotate3d"]


def test_overrides_thresholds_and_mappings() -> None:
    config = {
        "defaults": {
            "unit": "s",
            "thresholds": {"steps": [{"color": "blue", "value": None}, {"color": "red", "value": 5}]},
            "mappings": [{"type": "range", "options": {"from": 7, "to": None, "result": {"text": "long"}}}],
        },
        "overrides": [
            {"matcher": {"id": "byName", "options": "x"}, "properties": [{"id": "unit", "value": "bytes"}, {"id": 3}]},
            {"matcher": {"id": "byRegexp", "options": "("}, "properties": [{"id": "unit", "value": "never"}]},
        ],
    }
    panel = read(dashboard({"stat": {"fieldConfig": config}})).panels[0]
    assert (field_of(panel, "x").unit, field_of(panel, "y").unit) == ("bytes", "s")
    found = field_of(panel, "y")
    assert (found.stage(4), found.stage(5), found.show(8), found.show(6)) == ("blue", "red", "long", "6 s")


@pytest.mark.parametrize("vision", VISIONS)
def test_every_kind_of_colour_vision_is_drawn(vision: Vision) -> None:
    for theme in THEMES:
        draw(Shown(read(dashboard({})), [], {}), theme, vision)
    assert re.fullmatch(r"#[0-9a-f]{6}", simulate("#f2495c", vision))
