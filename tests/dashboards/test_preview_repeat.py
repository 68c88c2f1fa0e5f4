"""Panels and rows that repeat, and the variables whose values they repeat for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ballast.dashboards import Dashboard, parse
from ballast.dashboards.preview.layout import Place, places
from ballast.dashboards.preview.repeat import repeated
from ballast.dashboards.preview.variables import Value, choose, fill

VALUES = {"job": Value(("a", "b", "c", "d", "e", "f"), True), "env": Value(("eu", "us"), True), "one": Value(("x",))}


def read(value: dict[str, Any]) -> Dashboard:
    document = parse("d.json", json.dumps(value).encode())
    assert document.problems == []
    return document.dashboards[0]


def panel(title: str, x: int, y: int, width: int, height: int, **more: Any) -> dict[str, Any]:
    return {"type": "stat", "title": title, "gridPos": {"x": x, "y": y, "w": width, "h": height}, **more}


def laid(of: Dashboard, values: dict[str, Value] | None = None) -> list[tuple[str, int, int, int]]:
    """Title (of a panel or row) as drawn, column, row and width of each place."""
    known = VALUES if values is None else values
    return [(said(place, known), place.x, place.y, place.width) for place in places(list(repeated(of.panels, known)))]


def said(place: Place, known: dict[str, Value]) -> str:
    return fill(place.panel.title if place.panel else place.heading, {**known, **place.scope}, form="text")


def test_copies_beside_each_other_share_the_width_and_push_down_what_is_below() -> None:
    panels = [panel("$job", 0, 0, 6, 4, repeat="job"), panel("below", 0, 4, 24, 3)]
    found = laid(read({"panels": panels}))
    assert found[:6] == [("a", 0, 0, 6), ("b", 6, 0, 6), ("c", 12, 0, 6), ("d", 18, 0, 6), ("e", 0, 4, 6), ("f", 6, 4, 6)]
    assert found[6:] == [("below", 0, 8, 24)]
    wide = laid(read({"panels": [panel("$job", 0, 0, 6, 4, repeat="job", maxPerRow=8)]}))
    assert {(y, width) for _, _, y, width in wide} == {(0, 4)}
    assert laid(read({"panels": [panel("$one", 3, 0, 6, 4, repeat="one")]})) == [("x", 0, 0, 24)]
    assert {width for *_, width in laid(read({"panels": [panel("$job", 0, 0, 6, 4, repeat="job", minSpan=8)]}))} == {8}


def test_copies_below_each_other_keep_their_place() -> None:
    panels = [
        panel("$env", 12, 0, 8, 4, repeat="env", repeatDirection="v"),
        panel("left", 0, 0, 12, 4),
        panel("b", 12, 4, 8, 2),
    ]
    assert laid(read({"panels": panels})) == [("left", 0, 0, 12), ("eu", 12, 0, 8), ("us", 12, 4, 8), ("b", 12, 8, 8)]


def test_a_row_repeats_with_its_panels_and_one_of_them_repeats_in_it() -> None:
    row = {"type": "row", "title": "In $env", "repeat": "env", "gridPos": {"x": 0, "y": 5, "w": 24, "h": 1}}
    inside = [panel("$env", 0, 6, 12, 4), panel("$env $one", 0, 10, 12, 4, repeat="one", repeatDirection="v")]
    assert laid(read({"panels": [panel("top", 0, 0, 24, 5), row, *inside]})) == [
        ("top", 0, 0, 24), ("In eu", 0, 5, 24), ("eu", 0, 6, 12), ("eu x", 0, 10, 12),
        ("In us", 0, 14, 24), ("us", 0, 15, 12), ("us x", 0, 19, 12),
    ]  # fmt: skip
    folded = {**row, "collapsed": True, "panels": inside}
    assert [title for title, *_ in laid(read({"panels": [folded]}))] == ["In eu", "In us"]
    old = {
        "rows": [{"title": "In $env", "repeat": "env", "panels": [{"type": "stat", "title": "$env", "span": 6, "minSpan": 2}]}]
    }
    assert [title for title, *_ in laid(read(old))] == ["In eu", "eu", "In us", "us"]


def test_two_rows_with_one_title_stay_two() -> None:
    rows = [{"type": "row", "title": "R"}, panel("a", 0, 0, 4, 4), {"type": "row", "title": "R"}, panel("b", 0, 0, 4, 4)]
    assert [title for title, *_ in laid(read({"panels": rows}))] == ["R", "a", "R", "b"]


def test_what_is_not_known_is_drawn_once() -> None:
    panels = [panel("$job", 3, 0, 6, 4, repeat="job"), panel("n", 0, 4, 6, 4, repeat="nobody")]
    assert laid(read({"panels": panels}), {"job": Value((), True, ".*", all=True)}) == [("All", 3, 0, 6), ("n", 0, 4, 6)]


def test_the_second_schema_repeats_items_and_rows_and_keeps_the_layouts_order() -> None:
    def item(name: str, y: int, **more: Any) -> dict[str, Any]:
        place = {"element": {"kind": "ElementReference", "name": name}, "x": 0, "y": y, "width": 8, "height": 4}
        return {"kind": "GridLayoutItem", "spec": place | more}

    def element(title: str) -> dict[str, Any]:
        return {"kind": "Panel", "spec": {"title": title, "vizConfig": {"kind": "stat", "spec": {}}}}

    repeat = {"mode": "variable", "value": "env", "direction": "h", "maxPerRow": 2}
    grids = [[item("z", 0), item("a", 4, repeat=repeat)], [item("m", 0)]]
    rows = [{"kind": "RowsLayoutRow", "spec": {"title": f"R{n}", "layout": {"kind": "GridLayout", "spec": {"items": grid}}}}
            for n, grid in enumerate(grids)]  # fmt: skip
    rows[1]["spec"] |= {"title": "In $env", "repeat": {"mode": "variable", "value": "env"}}
    layout = {"kind": "RowsLayout", "spec": {"rows": rows}}
    of = read({"title": "t", "layout": layout, "elements": {"a": element("$env"), "m": element("in $env"), "z": element("z")}})
    assert [(title, x) for title, x, *_ in laid(of)] == [
        ("R0", 0), ("z", 0), ("eu", 0), ("us", 12), ("In eu", 0), ("in eu", 0), ("In us", 0), ("in us", 0),
    ]  # fmt: skip


def chosen(variable: dict[str, Any], found: list[str], **given: tuple[str, ...]) -> Value:
    of = read({"panels": [], "templating": {"list": [{"name": "v", "type": "query", "query": "label_values(v)", **variable}]}})
    return choose(of, given, lambda *_: found)["v"]


@pytest.mark.parametrize(
    ("variable", "found", "values"),
    [
        ({}, ["b", "a"], ("b",)),
        ({"includeAll": True}, ["b", "a"], ("b", "a")),
        ({"includeAll": True, "sort": 1}, ["b", "a"], ("a", "b")),
        ({"includeAll": True, "sort": 4}, ["n2", "n10", "n1"], ("n10", "n2", "n1")),
        ({"includeAll": True, "regex": "/^(.*)-[0-9]+$/"}, ["web-1", "web-2", "db-1", "other"], ("web", "db")),
        ({"includeAll": True, "regex": "/(?<text>w.b)-(?<value>[0-9]+)/"}, ["web-1", "wxb-2"], ("1", "2")),
        ({"includeAll": True, "regex": "web"}, ["web", "web-1"], ("web",)),
        ({"includeAll": True, "regex": "/(/"}, ["web"], ("web",)),
        ({"includeAll": True, "options": [{"value": "$__all"}, {"value": "s"}]}, [], ("s",)),
        ({"type": "custom", "query": r"One : 1, two\,three ,x", "includeAll": True}, [], ("1", "two,three", "x")),
        ({"type": "custom", "query": "a,b", "current": {"value": ["b"]}}, [], ("b",)),
        ({"type": "textbox", "query": "hello"}, [], ("hello",)),
    ],
)  # fmt: skip
def test_what_a_variable_may_be(variable: dict[str, Any], found: list[str], values: tuple[str, ...]) -> None:
    assert chosen(variable, found).values == values


def test_values_may_be_given_and_all_of_them() -> None:
    assert chosen({}, ["a"], v=("x", "y")).values == ("x", "y")
    every = chosen({"multi": True}, ["a", "b.c"], v=("All",))
    assert (every.values, every.written("text"), every.written(), every.written("pipe")) == (
        ("a", "b.c"), "All", r"(a|b\\.c)", "a|b.c")  # fmt: skip
    own = chosen({"includeAll": True, "allValue": "x.+"}, ["a", "b"])
    assert (own.values, own.written(), own.written("csv")) == (("a", "b"), "x.+", "x.+")


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("csv", "a,b/c"), ("raw", "a,b/c"), ("pipe", "a|b/c"), ("glob", "{a,b/c}"), ("json", '["a", "b/c"]'),
        ("doublequote", '"a","b/c"'), ("singlequote", "'a','b/c'"), ("percentencode", "%7Ba%2Cb%2Fc%7D"),
        ("queryparam", "var-v=a&var-v=b%2Fc"), ("regex", "(a|b/c)"), ("text", "a + b/c"),
    ],
)  # fmt: skip
def test_formats(form: str, written: str) -> None:
    assert fill(f"${{v:{form}}}", {"v": Value(("a", "b/c"), True)}) == written
