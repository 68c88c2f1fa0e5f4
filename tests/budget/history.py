"""Ninety minutes of two replicas' samples at every 15 s: 4 requests a second, 1 in 40 fails; five minutes are missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ballast.budget import number, when

SLOS = """version: prometheus/v1
service: shop
slos:
  - name: availability
    objective: 99
    sli: {availability: {metric: http_requests_total, selector: 'service="shop"'}}
  - name: latency
    objective: 90
    sli: {latency: {metric: seconds, threshold: 0.25, selector: 'service="shop"'}}
  - name: up
    objective: 90
    sli: {gauge: {metric: up, selector: 'job="shop"'}}
  - name: ratio
    objective: 90
    sli:
      raw:
        error_ratio_query: >-
          sum(rate(http_requests_total{service="shop",code="500"}[{{.window}}]))
          / sum(rate(http_requests_total{service="shop"}[{{.window}}]))
  - name: dark
    objective: 90
    sli: {availability: {metric: http_requests_total, selector: 'service="nobody"'}}
"""
END = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=3)
START = END - timedelta(minutes=90)
HOLE = range(number(START) + 40, number(START) + 45)
STEP = 15


def samples() -> Iterator[tuple[str, int, float]]:
    """Series, value and Unix time, series by series."""
    found: dict[str, list[tuple[int, float]]] = {}
    for replica, shift in (("a", 0), ("b", 7)):
        labels = f'service="shop",job="shop",instance="shop-1",prometheus_replica="{replica}"'
        for n in range(90 * 60 // STEP + 1):
            at = START.timestamp() + n * STEP + shift
            if number(when(0) + timedelta(seconds=at - 1e-3)) in HOLE:
                continue
            count = 4 * (n * STEP + shift)
            for series, value in (
                (f'http_requests_total{{code="200",{labels}}}', count - count // 40),
                (f'http_requests_total{{code="500",{labels}}}', count // 40),
                (f"seconds_count{{{labels}}}", count),
                (f'seconds_bucket{{le="0.25",{labels}}}', count - count // 20),
                (f'up{{job="shop",instance="shop-1",prometheus_replica="{replica}"}}', int(n % 10 != 0)),
            ):
                found.setdefault(series, []).append((value, at))
    for series in sorted(found):
        for value, at in found[series]:
            yield series, value, at


def open_metrics() -> str:
    """For `promtool tsdb create-blocks-from`."""
    return "".join(f"{series} {value} {at}\n" for series, value, at in samples()) + "# EOF\n"


def exposition() -> str:
    """The older text format, with milliseconds, which VictoriaMetrics imports."""
    return "".join(f"{series} {value} {round(at * 1000)}\n" for series, value, at in samples())
