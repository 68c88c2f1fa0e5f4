from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballast.dashboards import parse, spans
from ballast.dashboards.model import Dashboard
from tests.dashboards import corpus

QUERY = {"refId": "A", "expr": "up", "legendFormat": "{{job}}"}


def read(value: Any) -> Dashboard:
    (found,) = parse("d.json", corpus.text(value).encode()).dashboards
    return found


def of(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "stat", "title": name, "targets": [QUERY], **more}


def test_rows_of_every_age() -> None:
    old = read({"rows": [{"title": "R", "collapse": True, "panels": [of("a", span=6)]}], "schemaVersion": 14})
    assert [(p.title, p.row, p.folded, p.width) for p in old.panels] == [("a", "R", True, 12)]
    row = {"type": "row", "title": "R", "collapsed": True, "panels": [of("b"), {"type": "row", "panels": [of("c")]}]}
    new = read({"panels": [of("a"), row, of("d")]})
    assert [(p.title, p.folded) for p in new.panels] == [("a", False), ("b", True), ("c", False), ("d", False)]


def test_library_panels_are_read_from_what_an_export_carries() -> None:
    model = of("shared")
    found = read({
        "__elements": {"u1": {"name": "Shared", "uid": "u1", "kind": 1, "model": model}},
        "panels": [
            {"id": 1, "libraryPanel": {"uid": "u1", "name": "Shared"}},
            {"id": 2, "libraryPanel": {"uid": "u2", "name": "X"}},
        ],
    })  # fmt: skip
    first, second = found.panels
    assert (first.title, first.library, first.found, first.targets[0].expr) == ("shared", "Shared", True, "up")
    assert (second.library, second.found) == ("X", False)
    alone = read({"kind": 1, "uid": "u1", "name": "Shared", "model": model})
    assert (alone.form, alone.panels[0].title) == ("library", "shared")


@pytest.mark.parametrize(
    "wrap",
    [
        lambda d: d,
        lambda d: {"dashboard": d, "overwrite": True},
        lambda d: {"meta": {}, "dashboard": d},
        lambda d: [d],
        lambda d: {"apiVersion": "dashboard.grafana.app/v1beta1", "kind": "Dashboard", "metadata": {}, "spec": d},
    ],
)
def test_wrapped_forms_keep_their_positions(wrap: Any) -> None:
    text = corpus.text(wrap({"title": "T", "panels": [of("a")]}))
    (found,) = parse("d.json", text.encode()).dashboards
    place = found.position(found.panels[0].targets[0].expr_path)
    assert text.split("\n")[place.line - 1][place.column - 1 :].startswith('"up"')


def test_the_second_schema() -> None:
    found = read(corpus.v2(3))
    assert found.form == "v2"
    assert len(found.panels) == 12
    first = found.panels[0]
    assert (first.row, first.width, first.targets[0].language) == ("R", 12, "promql")
    assert found.variables[0].type == "query"


def test_inside_a_config_map_and_an_operators_resource() -> None:
    inner = corpus.text({"title": "T", "panels": [of("a")]})
    block = "".join(f"    {line}\n" for line in inner.split("\n"))
    text = f"kind: List\nitems: []\n---\nkind: ConfigMap\ndata:\n  other.txt: x\n  d.json: |-\n{block}"
    (found,) = parse("d.yaml", text.encode()).dashboards
    place = found.position(found.panels[0].targets[0].expr_path)
    assert text.split("\n")[place.line - 1][place.column - 1 :].startswith('"up"')
    packed = base64.b64encode(gzip.compress(inner.encode())).decode()
    for spec in (f"json: {json.dumps(inner)}", f"gzipJson: {packed}"):
        (found,) = parse("d.yaml", f"kind: GrafanaDashboard\nspec:\n  {spec}\n".encode()).dashboards
        assert (found.title, found.position(found.at("title")).line) == ("T", 3)
    as_json = json.dumps({"kind": "ConfigMap", "data": {"d.json": inner}})
    assert parse("d.json", as_json.encode()).dashboards[0].title == "T"


@pytest.mark.parametrize(
    ("datasource", "expr", "expected"),
    [
        ({"type": "loki", "uid": "x"}, '{a="b"}', "logql"),
        ({"uid": "$logs"}, '{a="b"}', "logql"),
        ("${DS_LOKI}", '{a="b"}', "logql"),
        ("Loki", '{a="b"}', "logql"),
        (None, 'sum(rate({a="b"} |= "x" [5m]))', "logql"),
        (None, 'rate({a="b"}[5m])', "logql"),
        ({"type": "tempo", "uid": "t"}, "{ .http.status = 500 }", "traceql"),
        ({"type": "prometheus", "uid": "x"}, '{__name__="a"}', "promql"),
        (None, 'x{a="|="} or y', "promql"),
        ({"type": "influxdb", "uid": "x"}, "x", "other"),
    ],
)
def test_the_language_of_a_query(datasource: Any, expr: str, expected: str) -> None:
    variables = [
        {"name": "logs", "type": "datasource", "query": "loki"},
        {"name": "m", "type": "datasource", "query": "prometheus"},
    ]
    panel = {"type": "stat", "datasource": datasource, "targets": [{"expr": expr}]}
    found = read({
        "__inputs": [{"name": "DS_LOKI", "pluginId": "loki"}], "templating": {"list": variables}, "panels": [panel],
    })  # fmt: skip
    assert found.panels[0].targets[0].language == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"panels": [}', "d.json:1:13: error dashboards/json: not JSON: expecting value"),
        ("", "d.json:1:1: error dashboards/json: not JSON: the file is empty"),
        ('{"panels": [], "panels": []}', "d.json:1:16: error dashboards/duplicate-key: `panels` is written twice"),
        ('{"a": "é\n"}', "d.json:1:9: error dashboards/json: not JSON: invalid control character"),
        ('{"panels": [{"title": 3}]}', "d.json:1:23: error dashboards/structure: the title of a panel is a text"),
        ("[" * 100_000, "d.json:1:1: error dashboards/json: not JSON: nested too deeply"),
    ],
)
def test_what_is_broken_has_a_position(text: str, expected: str) -> None:
    problems = parse("d.json", text.encode()).problems
    assert str(problems[0]).startswith(expected), problems


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 0, 1, 3, "\t"]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_value_is_found_where_it_stands(value: Any, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    root = spans.index(text)

    def holds(node: spans.Node, expected: Any) -> None:
        assert json.loads(text[node.begin : node.end]) == expected
        inner = dict(enumerate(expected)) if isinstance(expected, list) else expected if isinstance(expected, dict) else {}
        assert list(node.members) == list(inner)
        for key, child in node.members.items():
            holds(child, inner[key])

    holds(root, value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    from ballast.dashboards import read as read_file
    from ballast.repo import CannotRun

    with pytest.raises(CannotRun, match="cannot be read"):
        read_file(tmp_path / "none.json")
