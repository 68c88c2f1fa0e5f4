r"""A variable asks Prometheus for its values in words that it does not understand.

The variable stays empty, and with it every panel that uses it.

Mend: write `label_values(METRIC{…}, LABEL)`, `label_values(LABEL)`, `label_names()`, `metrics(REGEX)` or
`query_result(QUERY)`.

    - "variable": {"name": "job", "type": "query", "label": "Job", "query": "label_values(up{job=, job)", "refresh": 2}
    + "variable": {"name": "job", "type": "query", "label": "Job", "query": "label_values(up{job=\"a\"}, job)", "refresh": 2}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.dashboards.model import Dashboard, Issue, Variable
from ballast.dashboards.promql import facts
from ballast.dashboards.rule import check
from ballast.findings import Severity

_CALL = re.compile(r"\s*(\w+)\s*\((.*)\)\s*$", re.DOTALL)
_LABEL = re.compile(r"\s*(?:[a-zA-Z_]\w*|\$\{?\w+\}?|\[\[\w+\]\]|\"[^\"]+\")\s*$")
_LAST = re.compile(r"(.*),([^,(){}\[\]]*)$", re.DOTALL)
FUNCTIONS = ("label_values", "label_names", "metrics", "query_result")


@check("dashboards/template-label-promql", severity=Severity.ERROR)
def template_label_promql(dashboard: Dashboard) -> Iterator[Issue]:
    """Parse what each query variable asks."""
    only = {v.query for v in dashboard.of_type("datasource")}
    for variable in dashboard.of_type("query"):
        kind = variable.datasource.type or next((v.query for v in [dashboard.variable(variable.datasource.variable)] if v), "")
        if not kind and (len(only) > 1 or variable.datasource.written):
            continue
        if kind not in ("", "prometheus") or not variable.query or (only - {"prometheus"} and not kind):
            continue
        yield from _asked(variable)


def _asked(variable: Variable) -> Iterator[Issue]:
    name = f"variable `{variable.name}`"
    call = _CALL.match(variable.query)
    if call is None or call[1] not in FUNCTIONS:
        message = f"{name}: {variable.query!r} is none of {', '.join(FUNCTIONS)}"
        yield Issue(message, variable.query_path, "label_values(METRIC, LABEL) lists a label's values")
        return
    query, start = call[2], call.start(2)
    if call[1] == "label_values":
        last = _LAST.match(query)
        label = last[2] if last else query
        query = last[1] if last else ""
        if not _LABEL.match(label):
            message = f"{name}: {label.strip()!r} is no label"
            yield Issue(message, variable.query_path, "the label stands last", offset=start + len(query), width=len(label))
            return
    elif call[1] in ("metrics", "label_names"):
        return
    problem = facts(query).problem if query.strip() else None
    if problem is not None:
        at = start + problem.offset
        yield Issue(f"{name}: {problem.message}", variable.query_path, problem.hint, offset=at)
