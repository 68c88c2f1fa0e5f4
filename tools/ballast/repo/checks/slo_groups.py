"""An SLO by group that would not be one, or too many series.

With `groups` the objective holds for each value of some labels. Ballast's own kinds of SLIs are grouped by Ballast; a query
written by hand must do so itself, in all its parts. Every group has about thirty recorded series, so the limit times thirty is
what the SLO may cost: above 20,000 series that is a warning, because a Prometheus of its own is then cheaper than a page about
the one that everybody shares.

Mend: group the query by the labels of `by`, or lower the limit.

    - groups: {by: [tenant], limit: 5000}
    + groups: {by: [tenant], limit: 500}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import Groups, Slo, SloFile
from ballast.repo.names import LABEL_NAME
from ballast.repo.position import Severity
from ballast.repo.promql import WINDOW
from ballast.repo.source import Path

SERIES_A_GROUP = 30
MOST_SERIES = 20_000


@check("slo/groups", on=SloFile)
def groups(file: SloFile) -> Iterator[Issue]:
    """Each SLO with groups."""
    for index, slo in enumerate(file.slos):
        if slo.groups:
            yield from _labels(("slos", index, "groups"), slo.groups)
            yield from _queries(("slos", index, "sli"), slo, set(slo.groups.by))


def _labels(path: Path, one: Groups) -> Iterator[Issue]:
    for number, label in enumerate(one.by):
        if not LABEL_NAME.fullmatch(label):
            yield Issue((*path, "by", number), f"{label!r} is not the name of a label", "such as tenant or region")
    for value, objective in one.objectives.items():
        if not 1 <= objective < 100:
            hint = "percent of good events, from 1 and below 100, such as 99.9"
            yield Issue((*path, "objectives", value), f"{objective:g} is no objective for {value!r}", hint)
    if one.limit * SERIES_A_GROUP > MOST_SERIES:
        message = f"{one.limit} groups may record {one.limit * SERIES_A_GROUP:,} series"
        hint = f"a limit of {MOST_SERIES // SERIES_A_GROUP} or less, or labels with fewer values"
        yield Issue((*path, "limit"), message, hint, Severity.WARNING)


def _queries(at: Path, slo: Slo, by: set[str]) -> Iterator[Issue]:
    written = [
        *((("events", name), getattr(slo.sli.events, name)) for name in ("error_query", "total_query") if slo.sli.events),
        *([(("raw", "error_ratio_query"), slo.sli.raw.error_ratio_query)] if slo.sli.raw else []),
        *([(("timeslice", "query"), slo.sli.timeslice.query)] if slo.sli.timeslice else []),
    ]
    for path, query in written:
        found = grouping(query)
        if found is not None and found != by:
            shown = f"by {', '.join(sorted(found))}" if found else "by nothing"
            yield Issue((*at, *path), f"the query groups {shown}", f"sum by ({', '.join(sorted(by))}) (…)")


def grouping(query: str) -> set[str] | None:
    """The labels by which a query groups its results; None where that cannot be told."""
    import promql_parser as promql

    def labels(node: Any) -> set[str] | None:
        match node:
            case promql.ParenExpr() | promql.UnaryExpr():
                return labels(node.expr)
            case promql.AggregateExpr():
                if node.modifier is None:
                    return set()
                return set(node.modifier.labels) if str(node.modifier.type).endswith("By") else None
            case promql.BinaryExpr():
                left, right = labels(node.lhs), labels(node.rhs)
                return right if isinstance(node.lhs, promql.NumberLiteral) else left
            case promql.Call() if node.args:
                return labels(node.args[-1])
        return None

    try:
        return labels(promql.parse(WINDOW.sub("5m", query)))
    except ValueError:
        return None
