"""Annotations of a dashboard: what happened when, from queries, and from the annotations that Grafana itself keeps.

Grafana keeps its own ones (deploys with their tags) where a preview cannot look, so they are given: a file with what its API
answers at `/api/annotations`. Where data is synthetic, they are made up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from ballast.dashboards.model import Dashboard, Datasource, Json, Language, Panel, listing, mapping, text, whole
from ballast.dashboards.parts import datasource, language, settled
from ballast.dashboards.preview.fields import number
from ballast.dashboards.preview.span import Span
from ballast.repo import CannotRun


@dataclass(frozen=True, slots=True)
class Event:
    """One annotation: Unix seconds (`end` is `start` where it has no length), its text, and what Grafana files it under."""

    start: float
    end: float
    text: str
    tags: frozenset[str] = frozenset()
    dashboard: str = ""
    panel: int = 0


@dataclass(slots=True)
class Annotation:
    """What a dashboard asks for. `tags` or `own` (this dashboard's) are for Grafana; `expr` is for Prometheus or Loki.

    `only` are the panels that show it, `never` those that do not; both empty: all do. `unknown` says why
    there are no events to know of: nobody could be asked, or the query was refused.
    """

    name: str
    colour: str
    expr: str
    language: Language
    tags: frozenset[str]
    any_tag: bool
    own: bool
    title: str
    only: frozenset[int]
    never: frozenset[int]
    step: str
    value_is_time: bool
    hidden: bool
    limit: int
    events: list[Event] = field(default_factory=list)
    unknown: str = ""

    def on(self, panel: Panel) -> list[Event]:
        """What a panel shows."""
        if panel.id in self.never or (self.only and panel.id not in self.only):
            return []
        return [event for event in self.events if not event.panel or event.panel == panel.id]


def annotations_of(dashboard: Dashboard) -> list[Annotation]:
    """Those that are switched on, in either schema."""
    held = dashboard.data.get("annotations")
    items = [mapping(item) for item in listing(held) or listing(mapping(held).get("list"))]
    found = (_second(item) if item.get("kind") == "AnnotationQuery" else item for item in items)
    types = {variable.name: variable.query for variable in dashboard.of_type("datasource")}
    return [_annotation(item, types) for item in found if item.get("enable") is True]


def _second(item: Json) -> Json:
    """An annotation of the second schema as one of the first."""
    spec = mapping(item.get("spec"))
    query = mapping(spec.get("query"))
    inner, group = mapping(query.get("spec")), text(query.get("group"))
    legacy = mapping(spec.get("legacyOptions"))
    source = spec.get("datasource") or {
        "type": group or text(query.get("kind")),
        "uid": mapping(query.get("datasource")).get("name"),
    }
    return {**legacy, **inner, **spec, "target": inner, "datasource": source}


def _annotation(item: Json, types: dict[str, str]) -> Annotation:
    target, source = mapping(item.get("target")), settled(datasource(item.get("datasource")), Datasource(), types)
    expr = text(item.get("expr")) or text(target.get("expr"))
    tags = frozenset(tag for tag in listing(target.get("tags")) or listing(item.get("tags")) if isinstance(tag, str) and tag)
    kept = mapping(item.get("filter"))
    ids = frozenset(one for one in listing(kept.get("ids")) if isinstance(one, int))
    excluded = kept.get("exclude") is True
    return Annotation(
        text(item.get("name")),
        text(item.get("iconColor")) or "red",
        expr,
        language(source, expr) if expr else "other",
        tags,
        target.get("matchAny") is True,
        not expr and not tags,
        text(item.get("titleFormat")),
        frozenset() if excluded else ids,
        ids if excluded else frozenset(),
        text(item.get("step")) or "60s",
        item.get("useValueForTime") in (True, "on"),
        item.get("hide") is True,
        min(max(whole(target.get("limit")), 0) or 100, 1000),
    )


def of_grafana(annotation: Annotation, events: Sequence[Event], uid: str, span: Span) -> list[Event]:
    """Which of Grafana's annotations a dashboard with this uid shows; the latest where there are more than it asks for."""

    def wanted(event: Event) -> bool:
        if annotation.own:
            return event.dashboard == uid != ""
        return bool(annotation.tags & event.tags) if annotation.any_tag else annotation.tags <= event.tags

    found = [event for event in events if event.end >= span.start and event.start <= span.end and wanted(event)]
    shown = [event if annotation.own else replace(event, panel=0) for event in found]
    return sorted(shown, key=lambda event: (event.start, event.text))[-annotation.limit :]


def read_events(path: Path) -> list[Event]:
    """What `/api/annotations` of Grafana answered. CannotRun where the file holds something else."""
    try:
        held = json.loads(path.read_bytes())
    except OSError as error:
        raise CannotRun(f"{path} cannot be read: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise CannotRun(f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
    except (UnicodeDecodeError, RecursionError):
        raise CannotRun(f"{path}: not JSON") from None
    if not isinstance(held, list) or not all(number(mapping(item).get("time")) for item in held):
        what = "a list of objects with `time` (milliseconds), as Grafana's /api/annotations answers"
        raise CannotRun(f"{path}: this is not {what}")
    return [_event(item) for item in held]


def _event(item: Json) -> Event:
    start = (number(item.get("time")) or 0.0) / 1e3
    tags = frozenset(tag for tag in listing(item.get("tags")) if isinstance(tag, str))
    end = (number(item.get("timeEnd")) or 0.0) / 1e3
    return Event(
        start, max(end, start), text(item.get("text")), tags, text(item.get("dashboardUID")), whole(item.get("panelId"))
    )


def made_up(annotation: Annotation, span: Span) -> Iterator[Event]:
    """One to three moments that never were, seeded by the tags: for synthetic data."""
    rng = Random(" ".join(sorted(annotation.tags)))
    for n in range(rng.randint(1, 3)):
        at = span.start + span.length * rng.uniform(0.05, 0.95)
        yield Event(at, at, f"synthetic: {', '.join(sorted(annotation.tags))} {n + 1}", annotation.tags)


def joined(times: Sequence[float], step: float) -> Iterator[tuple[float, float]]:
    """Moments as spans: those that are not further apart than a step are one, as Grafana joins samples of Prometheus."""
    begin = last = None
    for at in times:
        if begin is None or last is None or at - last > step:
            if begin is not None and last is not None:
                yield begin, last
            begin = at
        last = at
    if begin is not None and last is not None:
        yield begin, last
