"""A query that Prometheus cannot run.

One query that does not parse keeps the whole rule file from being loaded, and with it every alert of the service. `{{.window}}`
is replaced by each window before the query is read. Calculated durations (`[5m*2]`) and the modifiers `anchored` and `smoothed`
parse only where Prometheus runs with the feature switched on: that is a warning.

Mend: go to the line and column of the message; try the query in Prometheus with a duration in place of `{{.window}}`.

    - total_query: sum(rate(http_requests_total[{{.window}}])
    + total_query: sum(rate(http_requests_total[{{.window}}]))
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.repo.checks.registry import check
from ballast.repo.issue import Issue
from ballast.repo.models import Service, SloFile
from ballast.repo.position import Severity
from ballast.repo.promql import QueryProblem, matchers_problem, query_problem
from ballast.repo.source import Path


@check("slo/promql", on=SloFile)
def queries(file: SloFile) -> Iterator[Issue]:
    """Queries and conditions that are written by hand, and the matchers of short forms."""
    for index, slo in enumerate(file.slos):
        at: Path = ("slos", index, "sli")
        if events := slo.sli.events:
            yield from _said((*at, "events", "error_query"), query_problem(events.error_query))
            yield from _said((*at, "events", "total_query"), query_problem(events.total_query))
        if raw := slo.sli.raw:
            yield from _said((*at, "raw", "error_ratio_query"), query_problem(raw.error_ratio_query))
        if availability := slo.sli.availability:
            yield from _said((*at, "availability", "selector"), matchers_problem(availability.selector))
            yield from _said((*at, "availability", "errors"), matchers_problem(availability.errors))
            if not availability.errors.strip():
                yield _all_fail((*at, "availability", "errors"))
        if slo.sli.timeslice:
            yield from _said((*at, "timeslice", "query"), query_problem(slo.sli.timeslice.query))
        for kind in ("latency", "gauge", "freshness", "throughput", "probe"):
            if form := getattr(slo.sli, kind):
                yield from _said((*at, kind, "selector"), matchers_problem(form.selector))
        for kind in ("timeslice", "freshness", "throughput"):
            form = getattr(slo.sli, kind)
            if form and form.when:
                yield from _said((*at, kind, "when"), query_problem(form.when))


@check("slo/promql", on=Service)
def signals(service: Service) -> Iterator[Issue]:
    """The matchers of a service's signals."""
    if service.signals:
        yield from _said(("signals", "selector"), matchers_problem(service.signals.selector))
        yield from _said(("signals", "errors"), matchers_problem(service.signals.errors))
        if not service.signals.errors.strip():
            yield _all_fail(("signals", "errors"))


def _said(path: Path, problem: QueryProblem | None) -> Iterator[Issue]:
    if problem:
        severity = Severity.ERROR if problem.fatal else Severity.WARNING
        yield Issue(path, f"`{path[-1]}`: {problem.message}", problem.hint, severity, offset=problem.offset)


def _all_fail(path: Path) -> Issue:
    return Issue(path, "`errors` is empty: every request would count as failed", 'write the matchers of failures: code=~"5.."')
