"""The queries of an SLI, for any window: what is bad, what is all, or a ratio that somebody else computed.

Ballast's short forms become the queries that an SRE would write by hand:

- availability: requests that match `errors`, of all requests;
- latency: requests that are not in the histogram's bucket `threshold`, of all requests;
- latency of a native histogram: the share of it above the threshold;
- gauge, probe: samples in which a 0/1 gauge is not 1, of all samples;
- SLIs of time (`slices`): the same, of the record that says whether a moment was good;
- composite, weighted: the weighted mean of what the members record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ballast.repo import Latency, Sli, seconds
from ballast.slo.slices import GOOD_TIME, good_time
from ballast.slo.windows import member_selector, ratio_record, select

__all__ = ["Queries", "native_selector", "sli_queries"]

Query = Callable[[str], str]
"""Window (a Prometheus duration) to PromQL."""

_WINDOW = re.compile(r"\{\{-?\s*\.window\s*-?\}\}")


@dataclass(frozen=True, slots=True)
class Queries:
    """`error` and `total` yield events per second over a window; `ratio` an error ratio where there are no events (raw SLI).

    Either both of the first two are given or the last. `also` is a selector that has to exist besides, or the SLI is blind.
    `good` is what `slo:good_time:ratio` is recorded from, where the others read that. `whole`: the ratio is right for a window
    of any length, and need not be pieced together.
    """

    error: Query | None = None
    total: Query | None = None
    ratio: Query | None = None
    also: str = ""
    good: str = ""
    whole: bool = False


def sli_queries(sli: Sli, *, by: Sequence[str] = (), selector: str = "") -> Queries:
    """The queries of `sli`. Raises ValueError for a plugin or an empty SLI, which the reader refuses.

    `by` are labels to group by (queries written by hand do so themselves), `selector` picks the SLO's own recorded series.
    """
    clause = f" by ({', '.join(by)}) " if by else ""
    if sli.events:
        return Queries(_template(sli.events.error_query), _template(sli.events.total_query))
    if sli.raw:
        return Queries(ratio=_template(sli.raw.error_ratio_query))
    if sli.availability:
        a = sli.availability
        all_of, failed = select(a.metric, a.selector), select(a.metric, a.selector, a.errors)
        return Queries(lambda w: f"sum{clause}(rate({failed}[{w}]))", lambda w: f"sum{clause}(rate({all_of}[{w}]))")
    if sli.latency and sli.latency.native:
        return _native(sli.latency, clause)
    if sli.latency:
        h = sli.latency
        count = select(f"{h.metric}_count", h.selector)
        bucket = select(f"{h.metric}_bucket", h.selector, _le(h.threshold))
        return Queries(
            lambda w: f"sum{clause}(rate({count}[{w}])) - sum{clause}(rate({bucket}[{w}]))",
            lambda w: f"sum{clause}(rate({count}[{w}]))",
            also=bucket,
        )
    if sli.gauge:
        return _samples(select(sli.gauge.metric, sli.gauge.selector), clause)
    if good := good_time(sli, clause.rstrip()):
        return replace(_samples(f"{GOOD_TIME}{selector}", clause), good=good)
    if sli.probe:
        return _samples(select(sli.probe.metric, sli.probe.selector), clause)
    if sli.composite:
        return Queries(ratio=_weighted(sli.composite.weighted), whole=True)
    raise ValueError("an SLI of no kind that Ballast compiles")


def _native(one: Latency, clause: str) -> Queries:
    """Of a native histogram, whose rate is a histogram too."""
    histogram = native_selector(one)

    def all_of(window: str) -> str:
        return f"sum{clause}(rate({histogram}[{window}]))"

    slow = f"1 - histogram_fraction(-Inf, {one.threshold!r}, "
    return Queries(lambda w: f"({slow}{all_of(w)})) * histogram_count({all_of(w)})", lambda w: f"histogram_count({all_of(w)})")


def native_selector(one: Latency) -> str:
    """The native histograms that are counted."""
    return select(one.metric, one.selector)


def _samples(gauge: str, clause: str) -> Queries:
    """Of a gauge whose samples are the events: 1 is good, 0 is bad, and a share is both."""
    return Queries(
        lambda w: (
            f"(sum{clause}(count_over_time({gauge}[{w}])) - sum{clause}(sum_over_time({gauge}[{w}]))) / {seconds(w):.15g}"
        ),
        lambda w: f"sum{clause}(count_over_time({gauge}[{w}])) / {seconds(w):.15g}",
    )


def _weighted(members: Mapping[str, float]) -> Query:
    """The weighted mean of what the members record; of a member with groups the worst counts."""
    total = sum(members.values())

    def ratio(window: str) -> str:
        terms = (f"{weight:.12g} * max({ratio_record(window)}{member_selector(name)})" for name, weight in members.items())
        return f"({' + '.join(terms)}) / {total:.12g}"

    return ratio


def _template(query: str) -> Query:
    parts = _WINDOW.split(query.strip())
    return lambda window: window.join(parts)


def _le(threshold: float) -> str:
    """The bucket's matcher. Whole numbers are written 5 by Go's client, 5.0 by Python's and by Prometheus 3."""
    if threshold.is_integer():
        return f'le=~"{threshold:.0f}([.]0)?"'
    return f'le="{threshold!r}"'
