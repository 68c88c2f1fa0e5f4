"""Which raw series an SLO counts: the counters, with their signs, behind its queries.

A query that is a sum of `rate` or `increase` of counters, added or subtracted, is counted from their samples. Anything else
(a raw ratio, a division, a function of several series) has no events that could be counted: such an SLO is kept in
millionths of a minute, from its ratio over five minutes, and says so (`unit`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from ballast.repo import Sli, Slo

Unit = Literal["events", "samples", "ppm of a minute"]
RATIO_WINDOW = "5m"
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Matcher:
    """A label matcher of PromQL; `op` is one of `=`, `!=`, `=~`, `!~`."""

    label: str
    op: str
    value: str

    def __str__(self) -> str:
        text = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.op}"{text}"'


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric and its matchers."""

    metric: str
    matchers: tuple[Matcher, ...] = ()

    def __str__(self) -> str:
        return f"{self.metric}{{{','.join(map(str, self.matchers))}}}"

    def local(self) -> bool:
        """Whether `matches` can judge it: Python reads all but a few of RE2's expressions the same way."""
        try:
            return all(re.compile(m.value) is not None for m in self.matchers if "~" in m.op)
        except re.error:
            return False

    def matches(self, labels: dict[str, str]) -> bool:
        """As Prometheus would: a label that is missing is empty; expressions are anchored."""
        for m in self.matchers:
            value = labels.get(m.label, "")
            hit = value == m.value if "~" not in m.op else re.fullmatch(m.value, value) is not None
            if hit != (m.op[0] == "="):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Term:
    """A selector, added (`sign` 1) or subtracted (-1)."""

    sign: int
    selector: Selector


@dataclass(frozen=True, slots=True)
class Signal:
    """What to read for one SLO: `total` and `bad` terms, or `ratio`, a query for its error ratio over five minutes."""

    unit: Unit
    total: tuple[Term, ...] = ()
    bad: tuple[Term, ...] = ()
    ratio: str = ""

    @property
    def selectors(self) -> list[Selector]:
        """Every selector once."""
        return list(dict.fromkeys(term.selector for term in (*self.total, *self.bad)))


def signal_of(slo: Slo, service: str) -> Signal:
    """The signal of an SLO of `service` that the reader has accepted.

    Of an SLI of time the verdicts are counted, a sample each, as its rule recorded them. Where a verdict is a share (the mean
    of several probers, or of a slice) there are no whole events.
    """
    from ballast.slo import good_time_record, sli_queries  # a compiler, and the gate, which needs none, must answer at once

    sli, record = slo.sli, good_time_record(service, slo.name)
    queries = sli_queries(sli, selector="{" + record.partition("{")[2])
    if gauge := sli.gauge or (None if queries.good else sli.probe):
        return Signal("samples", tuple(terms(f"sum(rate({gauge.metric}{{{gauge.selector}}}[1m]))") or ()))
    if queries.good and not _shares(sli):
        return Signal("samples", tuple(terms(f"sum(rate({record}[1m]))") or ()))
    if queries.error and queries.total:
        bad, total = terms(queries.error("1m")), terms(queries.total("1m"))
        if bad and total and all(term.sign == 1 for term in total):
            return Signal("events", tuple(total), tuple(bad))
        ratio = f"(({queries.error(RATIO_WINDOW)}) or 0 * ({queries.total(RATIO_WINDOW)})) / ({queries.total(RATIO_WINDOW)})"
        return Signal("ppm of a minute", ratio=ratio)
    assert queries.ratio is not None  # Queries promises one or the other
    return Signal("ppm of a minute", ratio=queries.ratio(RATIO_WINDOW))


def _shares(sli: Sli) -> bool:
    """Whether a moment may be good in part."""
    if one := sli.timeslice:
        return all(limit is None for limit in (one.below, one.at_most, one.above, one.at_least))
    return sli.probe is not None and not sli.probe.failing


def terms(query: str) -> list[Term] | None:
    """The counters of a sum of rates; None when the query is something else."""
    import promql_parser as pp

    def walk(node: Any, sign: int) -> list[Term] | None:
        match node:
            case pp.ParenExpr():
                return walk(node.expr, sign)
            case pp.BinaryExpr() if str(node.op) in "+-" and node.modifier is None:
                left = walk(node.lhs, sign)
                right = walk(node.rhs, sign if str(node.op) == "+" else -sign)
                return None if left is None or right is None else left + right
            case pp.AggregateExpr() if str(node.op) == "sum":
                return walk(node.expr, sign)
            case pp.Call() if node.func.name in ("rate", "increase") and isinstance(node.args[0], pp.MatrixSelector):
                selector = _selector(node.args[0].vector_selector)
                return None if selector is None else [Term(sign, selector)]
        return None

    try:
        return walk(pp.parse(query), 1)
    except ValueError:
        return None


_OPS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def _selector(node: Any) -> Selector | None:
    if not node.name or node.offset is not None or node.at is not None or node.matchers.or_matchers:
        return None
    found = [Matcher(m.name, _OPS[str(m.op).partition(".")[2]], str(m.value)) for m in node.matchers.matchers]
    return Selector(node.name, tuple(found))
