"""What the rules of an SLO cost a Prometheus, predicted from the rules themselves.

An evaluation reads the samples of every selector: its range over the interval at which its series get samples, times the
number of series. Recorded series have one for each group of the SLO and a sample an evaluation of their rule (whole tiles one
each half hour); of scraped ones the number of series and the scrape interval have to be given.

The time is a sum: of so much for a rule, a selector, a series and a sample. The constants were fitted to the times that a
Prometheus 3.16 reported of single rules (docs/rule-cost.md); another machine is faster or slower by a factor. Times in seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

import promql_parser as promql

from ballast.repo import seconds
from ballast.slo.model import CompiledSlo, Group, RecordingRule
from ballast.slo.rules import TILE_ERRORS, TILE_TOTAL
from ballast.slo.windows import TILE, ratio_record

__all__ = ["Assumptions", "SloCost", "cost_of", "total_cost"]

RULE, SELECTOR, SERIES, SAMPLE = 40e-6, 30e-6, 8e-6, 0.08e-6
BLOCK = 15e-6
"""Seconds for a selector in each block of the storage that its query reaches."""
HEAD, BLOCK_SPAN = 2 * 3600.0, 54 * 3600.0
"""Seconds that are in memory, and of the largest block at a month's retention."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the rules do not say: series that a scraped selector picks, seconds between scrapes, groups of a grouped SLO.

    `failing` are the series that an error query picks, where they are fewer.
    """

    series: int = 20
    scrape: float = 30.0
    groups: int = 1
    failing: int | None = None


@dataclass(frozen=True, slots=True)
class SloCost:
    """`rules` and `series` (recorded) are numbers; `written` and `read` samples per second, `busy` CPU seconds per second.

    `evaluation` is CPU seconds for evaluating each of its groups once, `sampled` the samples read by that.
    """

    slo: str
    rules: int
    series: int
    written: float
    read: float
    busy: float
    evaluation: float
    sampled: float


def cost_of(compiled: CompiledSlo, given: Assumptions | None = None) -> SloCost:
    """The predicted cost of one SLO."""
    given = given or Assumptions()
    own = _recorded(compiled.groups)
    groups = given.groups if compiled.slo.groups else 1
    times = {group.name: _group(group, compiled.selector, own, given, groups) for group in compiled.groups}
    every = {group.name: seconds(group.interval) for group in compiled.groups}
    records = {group.name: sum(isinstance(rule, RecordingRule) for rule in group.rules) for group in compiled.groups}
    return SloCost(
        slo=f"{compiled.service}/{compiled.slo.name}",
        rules=sum(len(group.rules) for group in compiled.groups),
        series=groups * sum(records.values()),
        written=groups * sum(records[name] / every[name] for name in records),
        read=sum(samples / every[name] for name, (_, samples) in times.items()),
        busy=sum(time / every[name] for name, (time, _) in times.items()),
        evaluation=sum(time for time, _ in times.values()),
        sampled=sum(samples for _, samples in times.values()),
    )


def total_cost(costs: Iterable[SloCost]) -> SloCost:
    """All of them together."""
    found = list(costs)
    return SloCost(
        slo=f"{len(found)} SLOs",
        rules=sum(c.rules for c in found),
        series=sum(c.series for c in found),
        written=sum(c.written for c in found),
        read=sum(c.read for c in found),
        busy=sum(c.busy for c in found),
        evaluation=sum(c.evaluation for c in found),
        sampled=sum(c.sampled for c in found),
    )


def _recorded(groups: Iterable[Group]) -> dict[str, float]:
    """Seconds between the samples of each record."""
    found = {r.record: seconds(g.interval) for g in groups for r in g.rules if isinstance(r, RecordingRule)}
    return found | dict.fromkeys((TILE_TOTAL, TILE_ERRORS), seconds(TILE))


def _group(group: Group, selector: str, own: Mapping[str, float], given: Assumptions, groups: int) -> tuple[float, float]:
    time = samples = 0.0
    for rule in group.rules:
        selectors = _selectors(rule.expr.replace(selector, "{}"))
        reach = max((one.offset + one.span for one in selectors), default=0.0)
        depth = reach - min((one.offset for one in selectors), default=0.0)
        blocks = 1 + max(0.0, depth - HEAD) / BLOCK_SPAN if reach > HEAD else 0.0
        error = isinstance(rule, RecordingRule) and rule.record.startswith(ratio_record(""))
        scraped = given.failing if error and given.failing else given.series
        time += RULE
        for one in selectors:
            ours = one.name in own
            series = groups if ours else scraped
            each = max(1.0, one.span / (own[one.name] if ours else given.scrape)) * one.times
            time += SELECTOR + BLOCK * blocks + SERIES * series + SAMPLE * series * each
            samples += series * each
    return time, samples


@dataclass(frozen=True, slots=True)
class _Selector:
    """Reads `span` seconds (0: one sample) that ended `offset` seconds ago, `times` over."""

    name: str
    span: float
    offset: float
    times: float = 1.0


@lru_cache(maxsize=65536)
def _selectors(expr: str) -> tuple[_Selector, ...]:
    return tuple(_walk(promql.parse(expr)))


def _walk(node: Any) -> Iterator[_Selector]:
    match node:
        case promql.MatrixSelector():
            yield _Selector(node.vector_selector.name or "", node.range.total_seconds(), _offset(node.vector_selector))
        case promql.VectorSelector():
            yield _Selector(node.name or "", 0.0, _offset(node))
        case promql.SubqueryExpr():
            span = node.range or timedelta()
            times = span / (node.step or timedelta(minutes=1))
            yield from (replace(one, times=one.times * times) for one in _walk(node.expr))
        case promql.BinaryExpr():
            yield from _walk(node.lhs)
            yield from _walk(node.rhs)
        case promql.Call():
            for argument in node.args:
                yield from _walk(argument)
        case promql.AggregateExpr() | promql.ParenExpr() | promql.UnaryExpr():
            yield from _walk(node.expr)


def _offset(node: promql.VectorSelector) -> float:
    offset = node.offset
    return offset.total_seconds() if offset else 0.0
