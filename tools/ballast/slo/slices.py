"""SLIs of time: whether the present moment is good, as a query that is recorded at every evaluation.

The record `slo:good_time:ratio` is 1 while all is good and 0 while it is not (a share in between where the SLI says how good).
Its samples are the events of the SLO: their mean over a window is the share of good time, however long the slices are. What
has no value, or NaN (a ratio without traffic), is not recorded: time of which nothing is known counts for nothing.
"""

from __future__ import annotations

import re

from ballast.repo import Composite, Freshness, Probe, Sli, Throughput, Timeslice, seconds
from ballast.slo.windows import identity_of, member_selector, quoted, select

__all__ = ["GOOD_TIME", "WINDOW", "good_time", "good_time_record"]

GOOD_TIME = "slo:good_time:ratio"
"""The record of whether now is good."""

WINDOW = re.compile(r"\{\{-?\s*\.window\s*-?\}\}")
_COMPARISONS = {"below": "<", "at_most": "<=", "above": ">", "at_least": ">="}


def good_time(sli: Sli, by: str) -> str:
    """The query of an SLI of time, empty for an SLI of events; `by` is the aggregation's clause, ` by (tenant)` or nothing."""
    if sli.timeslice:
        return _when(_timeslice(sli.timeslice), sli.timeslice.when)
    if sli.freshness:
        return _when(_freshness(sli.freshness, by), sli.freshness.when)
    if sli.throughput:
        return _when(_throughput(sli.throughput, by), sli.throughput.when)
    if sli.probe and (sli.probe.failing or sli.probe.max_duration):
        return _probe(sli.probe, by)
    if sli.composite and sli.composite.all_of:
        return _all_of(sli.composite)
    return ""


def good_time_record(service: str, slo: str) -> str:
    """Selects the record of an SLO of time."""
    return f"{GOOD_TIME}{member_selector(f'{service}/{slo}')}"


def _timeslice(one: Timeslice) -> str:
    query = f"({WINDOW.sub(one.slice, one.query.strip())})"
    known = f"({query} >= -Inf)"  # everything but NaN
    for name, op in _COMPARISONS.items():
        if (limit := getattr(one, name)) is not None:
            return f"{known} {op} bool {limit:.15g}"
    return f"clamp({known}, 0, 1)"


def _freshness(one: Freshness, by: str) -> str:
    return f"time() - max{by}({select(one.metric, one.selector)}) <= bool {seconds(one.max_age):.15g}"


def _throughput(one: Throughput, by: str) -> str:
    return f"sum{by}(increase({select(one.metric, one.selector)}[{one.over}])) >= bool {one.at_least:.15g}"


def _probe(one: Probe, by: str) -> str:
    success = select(one.metric, one.selector)
    if one.max_duration:
        success = f"{success} * ({select(one.duration_metric, one.selector)} <= bool {one.max_duration:.15g})"
    if one.failing:
        return f"sum{by}(1 - {success}) < bool {one.failing}"
    return f"avg{by}({success})"


def _all_of(one: Composite) -> str:
    """Bad as soon as one member is known to be, good only when all are known: what is not known stands between the two."""

    def member(name: str) -> str:
        unknown = f'label_replace(vector(0.5), "sloth_id", {quoted(identity_of(*name.split("/", 1)))}, "", "")'
        rate = f"max by (sloth_id) (slo:current_burn_rate:ratio{member_selector(name)})"
        return f"  ({rate} <= bool {one.burn_rate:.12g} or on (sloth_id) {unknown})"

    return "min(\n{}\n) != 0.5".format("\n  or\n".join(map(member, one.all_of)))


def _when(query: str, condition: str) -> str:
    return f"{query}\nand on () ({condition.strip()})" if condition.strip() else query
