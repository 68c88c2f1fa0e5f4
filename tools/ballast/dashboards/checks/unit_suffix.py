"""A panel's unit is another than its metric's.

A metric named `…_seconds` in a panel of `ms` shows a thousandth of the truth; bytes shown as bits an eighth.

Mend: take the unit that the name says (`s`, `bytes`, `percentunit` for a ratio of two alike), or convert in the query.

    - "unit": "ms", "expr": "histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"
    + "unit": "s", "expr": "histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.promql import facts
from ballast.dashboards.rule import check
from ballast.dashboards.units import NATURAL, clashes

WORDS = {"s": "seconds", "ratio": "a ratio", "percent": "a percentage", "count": "a count", "count/s": "events a second"}
WORDS |= {"bytes/s": "bytes a second"}


@check("dashboards/unit-suffix")
def unit_suffix(dashboard: Dashboard) -> Iterator[Issue]:
    """Work out what each query yields, and compare, where no override gives a unit to some of it."""
    for panel in dashboard.panels:
        unit, path = panel.unit
        if not unit or not path or panel.type == "heatmap" or any(id_ == "unit" for _, id_, _ in panel.overrides()):
            continue
        for target in panel.targets:
            if target.language != "promql" or not target.expr:
                continue
            yields = facts(target.expr).unit
            if clashes(unit, yields):
                natural = NATURAL[yields]
                message = f"the unit is {unit} and query {target.ref or target.number} yields {WORDS.get(yields, yields)}"
                yield Issue(message, path, f'write "unit": "{natural}", or convert in the query', panel=panel, target=target)
                break
