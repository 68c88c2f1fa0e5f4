"""The queries of an SLI, for any window: what is bad, what is all, or a ratio that somebody else computed.

Ballast's short forms become the queries that an SRE would write by hand:

- availability: requests that match `errors`, of all requests;
- latency: requests that are not in the histogram's bucket `threshold`, of all requests;
- gauge: samples in which a 0/1 gauge is not 1, of all samples.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ballast.repo import Sli, seconds

__all__ = ["Queries", "sli_queries"]

Query = Callable[[str], str]
"""Window (a Prometheus duration) to PromQL."""

_WINDOW = re.compile(r"\{\{-?\s*\.window\s*-?\}\}")


@dataclass(frozen=True, slots=True)
class Queries:
    """`error` and `total` yield events per second over a window; `ratio` an error ratio where there are no events (raw SLI).

    Either both of the first two are given or the last. `also` is a selector that has to exist besides, or the SLI is blind.
    """

    error: Query | None = None
    total: Query | None = None
    ratio: Query | None = None
    also: str = ""


def sli_queries(sli: Sli) -> Queries:
    """The queries of `sli`. Raises ValueError for a plugin or an empty SLI, which the reader refuses."""
    if sli.events:
        return Queries(_template(sli.events.error_query), _template(sli.events.total_query))
    if sli.raw:
        return Queries(ratio=_template(sli.raw.error_ratio_query))
    if sli.availability:
        a = sli.availability
        all_of, failed = _selector(a.metric, a.selector), _selector(a.metric, a.selector, a.errors)
        return Queries(lambda w: f"sum(rate({failed}[{w}]))", lambda w: f"sum(rate({all_of}[{w}]))")
    if sli.latency:
        h = sli.latency
        count = _selector(f"{h.metric}_count", h.selector)
        bucket = _selector(f"{h.metric}_bucket", h.selector, _le(h.threshold))
        return Queries(
            lambda w: f"sum(rate({count}[{w}])) - sum(rate({bucket}[{w}]))", lambda w: f"sum(rate({count}[{w}]))", also=bucket
        )
    if sli.gauge:
        gauge = _selector(sli.gauge.metric, sli.gauge.selector)
        return Queries(
            lambda w: f"(sum(count_over_time({gauge}[{w}])) - sum(sum_over_time({gauge}[{w}]))) / {seconds(w):.15g}",
            lambda w: f"sum(count_over_time({gauge}[{w}])) / {seconds(w):.15g}",
        )
    raise ValueError("an SLI of no kind that Ballast compiles")


def _template(query: str) -> Query:
    parts = _WINDOW.split(query.strip())
    return lambda window: window.join(parts)


def _selector(metric: str, *matchers: str) -> str:
    inside = ",".join(part for part in (m.strip().strip(",") for m in matchers) if part)
    return f"{metric}{{{inside}}}" if inside else metric


def _le(threshold: float) -> str:
    """The bucket's matcher. Whole numbers are written 5 by Go's client, 5.0 by Python's and by Prometheus 3."""
    if threshold.is_integer():
        return f'le=~"{threshold:.0f}([.]0)?"'
    return f'le="{threshold!r}"'
