"""A counter is shown as it is.

It grows for ever and falls to zero at each restart: its value says how long the program has run. A `sum` makes it no better.

Mend: ask for its rate or increase.

    - "expr": "sum by (route) (http_requests_total)"
    + "expr": "sum by (route) (rate(http_requests_total[$__rate_interval]))"
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.promql import RATES, Selector, facts
from ballast.dashboards.rule import check

COUNTERS = ("_total", "_bucket", "_sum", "_count")
FINE = RATES | {
    "resets",
    "changes",
    "absent",
    "absent_over_time",
    "count",
    "group",
    "timestamp",
    "present_over_time",
    "count_values",
}
FINE |= {"count_over_time"}


@check("dashboards/target-counter-agg")
def target_counter_agg(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at each selector of a counter, wherever it stands."""
    for panel, target in dashboard.targets("promql"):
        found = facts(target.expr)
        raw = [s for s in found.selectors if is_counter(s) and s.function not in FINE]
        # a mean since the start of the program is a fair, if slow, number: sum over count, both as they are
        if raw and not ({s.name.rpartition("_")[2] for s in raw} == {"sum", "count"} and panel.type != "timeseries"):
            name = raw[0].name
            at = max(target.expr.find(name), 0)
            message = f"query {target.ref or target.number}: {name} is a counter, shown as it is"
            mend = f"rate({name}{{…}}[$__rate_interval])"
            yield Issue(message, target.expr_path, mend, panel=panel, target=target, offset=at, width=len(name))


def is_counter(selector: Selector) -> bool:
    """Whether a name says counter; recorded series (`job:x_total:rate5m`, `job:x:sum`) say what was made of one."""
    return ":" not in selector.name and selector.name.endswith(COUNTERS) and not selector.name.startswith("ALERTS")
