"""A query costs more than its panel can show.

A subquery of a week by the minute is ten thousand evaluations for each point. A regular expression that begins with `.*` is
tried on every value there is. A panel that shows one number asks for a whole range when its query is not instant.

Mend: record the inner part as a rule, select by value, set `"instant": true` on stats, gauges and tables.

    - "expr": "avg_over_time(sum(rate(http_requests_total[5m]))[7d:1m])"
    + "expr": "avg_over_time(service:http_requests:rate5m[7d])"
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.promql import Selector, facts
from ballast.dashboards.rule import check

MOST_STEPS = 2000
LONG = 2 * 86400


@check("dashboards/query-cost")
def query_cost(dashboard: Dashboard) -> Iterator[Issue]:
    """Look at each selector, with what stands around it."""
    for panel, target in dashboard.targets("promql"):
        for selector in facts(target.expr).selectors:
            said = _costly(selector, panel.type in ("timeseries", "graph", "heatmap") and not target.instant)
            if said:
                message, mend = said
                at = max(target.expr.find(selector.name), 0)
                message = f"query {target.ref or target.number}: {message}"
                yield Issue(message, target.expr_path, mend, panel=panel, target=target, offset=at, width=len(selector.name))
                break


def _costly(selector: Selector, drawn: bool) -> tuple[str, str] | None:
    name = selector.name or "a selector without a name"
    if selector.steps > MOST_STEPS:
        message = f"{name} is evaluated {selector.steps:,.0f} times for each point"
        return message, "record the inner part, or take a longer step"
    if drawn and selector.span > LONG and ":" not in selector.name:
        return (
            f"{selector.span / 86400:g} days of {name} are read for each point",
            "record it, or show it as one instant number",
        )
    greedy = next((v for _, op, v in selector.matchers if op in ("=~", "!~") and v.startswith(".*") and len(v) > 2), "")
    if greedy:
        return (
            f'{name} is matched by "{greedy}", which is tried on every value',
            "name the values, or begin with what they begin with",
        )
    if not selector.name and all(op == "!=" or value in (".*", ".+", "") for _, op, value in selector.matchers):
        return "selects every series there is", "name a metric"
    if selector.name.endswith("_bucket") and not selector.aggregated and not selector.matchers:
        return f"{name} is neither selected nor aggregated: every bucket of every series", "sum by (le) (rate(…))"
    return None
