"""The dashboard of one service: rate, errors and duration of its requests, and the ways on to logs and traces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ballast.dashboards.generate.common import LOGS, METRICS, TRACES, deploys, instance, link, pages
from ballast.dashboards.palette import BAD, NEUTRAL
from ballast.dashboards.schema.model import Dashboard, Json, Panel, Row, Target, matchers, slug
from ballast.dashboards.schema.panels import better_below, by_series, heat, lines, logs, number, table, traces
from ballast.repo import Saturation, Service, Signals
from ballast.slo import CompiledSlo

RANGE = "[$__rate_interval]"


def red(service: Service, signals: Signals, slos: Sequence[CompiledSlo]) -> Dashboard:
    """The dashboard of a service with RED signals; `slos` are its own, to lead to."""
    name = service.service
    every = matchers(signals.selector, job="$job", instance="$instance")
    links = [link("All SLOs", "/d/overview")]
    links += [link(f"SLO {s.slo.name}", f"/d/{slug('slo', name, s.slo.name)}") for s in slos]
    runbooks = {a.alert: a.annotations.get("runbook_url", "") for s in slos for a in s.alerts if a.severity == "page"}
    links += [link(f"Runbook {alert}", url, "doc") for alert, url in runbooks.items() if url]
    links += [link(title, url, "external link") for title, url in service.links.items()]
    rows = [Row("", _numbers(signals, every)), Row("Requests and errors", _requests(signals, every))]
    rows += [Row("Duration", _duration(signals, every))] if signals.duration else []
    rows += [Row("By " + " and ".join(signals.by), list(_by(signals, every)))] if signals.by else []
    rows += [Row("Saturation", list(_saturation(signals.saturation)))] if signals.saturation else []
    rows.append(Row("Logs and traces", _further(name), collapsed=True))
    return Dashboard(
        slug("red", name),
        f"{service.title or name}: requests, errors, duration",
        service.description or f"What {name} does, and how well.",
        rows,
        [METRICS, *instance(signals.requests, signals.selector), LOGS, TRACES],
        ("ballast", "red", name),
        links,
        [deploys(name), pages(f'service="{name}"')],
    )


def _failed(signals: Signals, every: str) -> str:
    return f"{signals.requests}{{{matchers(every + ',' + signals.errors if signals.errors else every)}}}"


def _share(signals: Signals, every: str, by: str = "") -> str:
    """Failed requests among all; none failed is 0, not nothing."""
    bad = f"sum{by} (rate({_failed(signals, every)}{RANGE}))"
    total = f"sum{by} (rate({signals.requests}{{{every}}}{RANGE}))"
    return f"({bad} or 0 * {total}) / ({total} > 0)"


def _quantile(signals: Signals, every: str, q: float, by: str = "") -> str:
    return f"histogram_quantile({q:g}, sum by (le{by}) (rate({signals.duration}_bucket{{{every}}}{RANGE})))"


def _numbers(signals: Signals, every: str) -> list[Panel]:
    width = 6 if signals.duration else 12
    found = [
        number(
            "Requests",
            "Requests per second, all together.",
            Target(f"sum(rate({signals.requests}{{{every}}}{RANGE}))", "requests"),
            width=width,
            unit="reqps",
            no_value="no data",
        ),
        number(
            "Errors",
            "Share of requests that failed.",
            Target(_share(signals, every), "errors"),
            width=width,
            unit="percentunit",
            decimals=2,
            stages=better_below(0.001, 0.01),
            no_value="no traffic",
        ),
    ]
    for q, what in ((0.5, "Median"), (0.99, "99th percentile")) if signals.duration else ():
        text = f"{q:.0%} of requests are answered within this time."
        target = Target(_quantile(signals, every, q), "duration")
        found.append(number(f"{what} duration", text, target, width=width, unit="s", decimals=3, no_value="no traffic"))
    return found


def _requests(signals: Signals, every: str) -> list[Panel]:
    by, legend = _split(signals.by)
    return [
        lines(
            "Requests per second",
            "Answered requests, one on top of the other.",
            [Target(f"sum{by} (rate({signals.requests}{{{every}}}{RANGE}))", legend)],
            stacked=True,
            unit="reqps",
            low=0,
        ),
        lines(
            "Share of failed requests",
            "Failed among all requests; nothing is drawn where there is no traffic.",
            [Target(_share(signals, every, by), legend)],
            unit="percentunit",
            low=0,
            axis={"axisSoftMax": 0.01},
        ),
    ]


def _duration(signals: Signals, every: str) -> list[Panel]:
    quantiles = [Target(_quantile(signals, every, q), f"p{q * 100:g}", exemplars=True) for q in (0.5, 0.9, 0.99)]
    buckets = f"sum by (le) (increase({signals.duration}_bucket{{{every}}}{RANGE}))"
    return [
        heat(
            "How long requests take",
            "Requests by duration: brighter is more. A second band is a second kind of request, or a dependency that stalls.",
            Target(buckets, "{{le}}", format="heatmap", exemplars=True),
            unit="s",
        ),
        lines(
            "Quantiles",
            "Half, 90 % and 99 % of requests are answered within these times. Points are exemplars: each leads to its trace.",
            quantiles,
            unit="s",
            low=0,
            colors=by_series(quantiles),
        ),
    ]


def _by(signals: Signals, every: str) -> Iterator[Panel]:
    """A table by the service's labels; durations in one of their own where their histogram has fewer labels."""
    by, _ = _split(signals.by)
    queries = [
        ("Requests/s", f"sum{by} (rate({signals.requests}{{{every}}}{RANGE}))", {"unit": "reqps", "decimals": 2}),
        ("Failed", _share(signals, every, by), {"unit": "percentunit", "decimals": 2}),
    ]
    labels = signals.by if signals.duration_by is None else signals.duration_by
    durations = [
        (f"p{q * 100:g}", _quantile(signals, every, q, "".join(f", {label}" for label in labels)), {"unit": "s", "decimals": 3})
        for q in ((0.5, 0.99) if signals.duration and labels else ())
    ]
    together = list(labels) == list(signals.by)
    width = 24 if together or not durations else 14
    yield _table(signals.by, [*queries, *(durations if together else ())], "Requests/s", "Now. The busiest first.", width)
    if durations and not together:
        yield _table(labels, durations, "p99", "Now. The slowest first.", 10)


def _table(by: Sequence[str], queries: Sequence[tuple[str, str, Json]], sort: str, text: str, width: int) -> Panel:
    columns = {label: label.capitalize() for label in by}
    columns |= {f"Value #{chr(ord('A') + i)}": heading for i, (heading, _, _) in enumerate(queries)}
    return table(
        "By " + " and ".join(by) if sort != "p99" else "Duration by " + " and ".join(by),
        text,
        [Target(expr, instant=True, format="table") for _, expr, _ in queries],
        columns,
        formats={heading: dict(form) for heading, _, form in queries},
        sort=sort,
        descending=True,
        width=width,
    )


def _saturation(saturation: Sequence[Saturation]) -> Iterator[Panel]:
    held = '{job=~"$job",instance=~"$instance"}'
    for one in saturation:
        if one.limit:
            yield lines(
                one.title,
                f"`{one.used}` as a share of `{one.limit}`, by process. Dashed: 80 %.",
                [Target(f"max by (instance) ({one.used}{held} / {one.limit}{held})", "{{instance}}")],
                limit=True,
                stages=[(None, NEUTRAL), (0.8, BAD)],
                unit="percentunit",
                low=0,
                high=1,
            )
        else:
            yield lines(
                one.title,
                f"`{one.used}`, by process.",
                [Target(f"sum by (instance) ({one.used}{held})", "{{instance}}")],
                unit="bytes" if one.used.endswith("_bytes") else "s" if one.used.endswith("_seconds") else "none",
                low=0,
            )


def _further(name: str) -> list[Panel]:
    return [
        logs(
            "Errors in the log",
            "Log lines that speak of errors, the newest first.",
            f'{{service_name="{name}"}} |~ `(?i)error|fatal|panic`',
            height=10,
        ),
        traces(
            "Failed traces",
            "Requests with a failed span.",
            f'{{ resource.service.name = "{name}" && status = error }}',
            height=10,
        ),
    ]


def _split(labels: Sequence[str]) -> tuple[str, str]:
    """An aggregation's clause and a legend for these labels."""
    if not labels:
        return "", "all"
    return f" by ({', '.join(labels)})", " ".join(f"{{{{{label}}}}}" for label in reversed(labels))
