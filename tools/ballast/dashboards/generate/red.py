"""The dashboard of one service: rate, errors and duration of its requests, and the ways on to logs and traces."""

from __future__ import annotations

from collections.abc import Sequence

from ballast.dashboards.generate.common import LOGS, METRICS, TRACES, deploys, instance, link, pages
from ballast.dashboards.palette import BAD, NEUTRAL
from ballast.dashboards.schema.model import Dashboard, Panel, Row, Target, matchers, slug
from ballast.dashboards.schema.panels import better_below, by_series, heat, lines, logs, number, table, traces
from ballast.repo import Service, Signals
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
    rows.append(Row("By " + " and ".join(signals.by), [_by(signals, every)])) if signals.by else None
    rows.append(Row("Saturation", _saturation()))
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
            Target(buckets, "{{le}}", format="heatmap"),
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


def _by(signals: Signals, every: str) -> Panel:
    by, _ = _split(signals.by)
    columns = {label: label.capitalize() for label in signals.by}
    queries = [
        ("Requests/s", f"sum{by} (rate({signals.requests}{{{every}}}{RANGE}))", {"unit": "reqps", "decimals": 2}),
        ("Failed", _share(signals, every, by), {"unit": "percentunit", "decimals": 2}),
    ]
    if signals.duration:
        inner = "".join(f", {label}" for label in signals.by)
        queries.append(("p99", _quantile(signals, every, 0.99, inner), {"unit": "s", "decimals": 3}))
    for i, (heading, _, _) in enumerate(queries):
        columns[f"Value #{chr(ord('A') + i)}"] = heading
    return table(
        "By " + " and ".join(signals.by),
        "Now. The busiest first.",
        [Target(expr, instant=True, format="table") for _, expr, _ in queries],
        columns,
        formats={heading: dict(form) for heading, _, form in queries},
        sort="Requests/s",
        descending=True,
        width=24,
    )


def _saturation() -> list[Panel]:
    held = 'job=~"$job",instance=~"$instance"'
    return [
        lines(
            "Processor",
            "Cores in use, by process; nothing where the service does not expose process metrics.",
            [Target(f"sum by (instance) (rate(process_cpu_seconds_total{{{held}}}{RANGE}))", "{{instance}}")],
            unit="none",
            low=0,
            width=8,
        ),
        lines(
            "Memory",
            "Resident memory, by process.",
            [Target(f"sum by (instance) (process_resident_memory_bytes{{{held}}})", "{{instance}}")],
            unit="bytes",
            low=0,
            width=8,
        ),
        lines(
            "Open files",
            "Open file descriptors among those allowed (dashed: 80 %). At 100 % no connection is taken.",
            [Target(f"max by (instance) (process_open_fds{{{held}}} / process_max_fds{{{held}}})", "{{instance}}")],
            limit=True,
            stages=[(None, NEUTRAL), (0.8, BAD)],
            unit="percentunit",
            low=0,
            high=1,
            width=8,
        ),
    ]


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
