"""Dashboards: their panels, what each asks for, and every link in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ballast.dashboards import Dashboard, Panel
from ballast.dashboards.promql import facts
from ballast.dashboards.rule import READS, document
from ballast.dashboards.spans import Path
from ballast.graph.builder import Builder, reader
from ballast.repo import Position


@reader("dashboards", reads=READS)
def boards(builder: Builder) -> None:
    """Each dashboard by its uid; one without has its path as name."""
    for file in builder.tree.match(*READS):
        for dashboard in document(file).dashboards:
            _board(builder, dashboard, file.path)


def _board(builder: Builder, dashboard: Dashboard, path: str) -> None:
    name = dashboard.uid or path
    at = dashboard.position(dashboard.at("title"))
    node = builder.node("dashboard", name, at, title=dashboard.title, path=path, queries="yes" if _asks(dashboard) else "")
    for number, panel in enumerate(dashboard.panels):
        if panel.type != "row":
            _panel(builder, dashboard, node, f"{name}/{panel.id if panel.id is not None else number}", panel)
    for where, url in _urls(dashboard.data, dashboard.path):
        builder.url(_owner(dashboard, name, where, node), "links to", url, dashboard.position(where))


def _panel(builder: Builder, dashboard: Dashboard, board: str, name: str, panel: Panel) -> None:
    at = dashboard.position(panel.path)
    node = builder.node("panel", name, at, title=panel.title, type=panel.type)
    builder.link(board, "has the panel", node, at)
    for target in panel.targets:
        if target.expr and target.language == "promql":
            place: Position | None = None
            for selector in facts(target.expr).selectors:
                place = place or dashboard.position(target.expr_path)
                builder.read(node, selector.name, selector.matchers, place)


def _asks(dashboard: Dashboard) -> bool:
    return next(dashboard.targets(), None) is not None


def _owner(dashboard: Dashboard, name: str, where: Path, otherwise: str) -> str:
    for number, panel in enumerate(dashboard.panels):
        if where[: len(panel.path)] == panel.path and panel.type != "row":
            return f"panel:{name}/{panel.id if panel.id is not None else number}"
    return otherwise


def _urls(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every `url` in it, links to dashboards and pages alike; queries and data sources have none of ours."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("url", "targetUrl") and isinstance(inner, str):
                yield (*path, key), inner
            elif isinstance(inner, dict | list):
                yield from _urls(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            if isinstance(inner, dict | list):
                yield from _urls(inner, (*path, number))
