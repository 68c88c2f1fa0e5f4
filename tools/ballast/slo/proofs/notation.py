"""Traffic as promtool's input series: `150000+150000x240 36150000+147840x30 _x10`.

Counters hold a sample's worth of events before the first sample, as if they had run for long: a counter that is seen at zero is
extrapolated differently by `rate`, which is right and would blur every prediction by one sample.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from ballast.slo.proofs.signals import Series, Signals
from ballast.slo.proofs.traffic import Phase, Traffic

__all__ = ["input_series", "number"]


def input_series(
    signals: Signals, traffic: Traffic, interval: int, *, born_late: bool = False, missing: str = ""
) -> list[tuple[str, str]]:
    """Series name and values for every series, one sample each `interval` seconds from second 0.

    For `born_late` and `missing` see `Scenario`. Raises `ValueError` when a phase does not begin and end on a sample.
    """
    if any(edge % interval for edge in traffic.edges):
        raise ValueError(f"a phase does not last a multiple of {interval} s")
    if signals.native is not None:
        return [(signals.series[0].name, " ".join(_native(signals.native, traffic, interval)))]
    if signals.gauge:
        return list(_gauges(signals.series[0], traffic, interval))
    scraped = Traffic(tuple(replace(phase, scraped=True) for phase in traffic.phases))
    return [
        (each.name, " ".join(_counter(each, scraped if missing not in ("", each.name) else traffic, interval, born_late)))
        for each in signals.series
    ]


def _counter(series: Series, traffic: Traffic, interval: int, born_late: bool) -> Iterator[str]:
    """Values are added up as promtool does it, so that rounding never looks like a counter that went back."""
    missing = born_late and not series.good
    value = 0.0 if missing else _growth(series, traffic.phases[0], interval)
    first = 1  # the sample at second 0 belongs to the first phase
    for phase in traffic.phases:
        count, step = phase.seconds // interval, _growth(series, phase, interval)
        missing = missing and not step
        if phase.restart:
            value = 0.0
        start = value if first else value + step
        if missing or not phase.scraped:
            yield f"_x{count + first}"
        else:
            yield f"{number(start)}+{number(step)}x{count - 1 + first}"
        for _ in range(count):
            value += step
        first = 0


def _native(threshold: float, traffic: Traffic, interval: int) -> Iterator[str]:
    """A native histogram of the lowest resolution: good observations in the last bucket below the threshold, bad ones above."""
    low = math.floor(math.log2(threshold))  # bucket n holds what is above 2 ** (n - 1), up to 2 ** n
    gap = [] if 2.0**low == threshold else [0.0]

    def histogram(good: float, bad: float) -> str:
        buckets = " ".join(number(value) for value in (good, *gap, bad))
        return f"{{{{schema:0 count:{number(good + bad)} sum:1 offset:{low} buckets:[{buckets}]}}}}"

    good = bad = 0.0
    first = 1
    for phase in traffic.phases:
        count = phase.seconds // interval
        step = (_whole((phase.total - phase.bad) * interval), _whole(phase.bad * interval))
        if first:
            good, bad = step
        start = (good, bad) if first else (good + step[0], bad + step[1])
        yield f"{histogram(*start)}+{histogram(*step)}x{count - 1 + first}" if phase.scraped else f"_x{count + first}"
        good, bad = good + count * step[0], bad + count * step[1]
        first = 0


def _gauges(series: Series, traffic: Traffic, interval: int) -> Iterator[tuple[str, str]]:
    """Samples are the events of a gauge: more of them means more series, one a target."""
    unit = min(phase.total for phase in traffic.phases if phase.total)
    targets = {phase: round(phase.total / unit) if phase.scraped else 0 for phase in traffic.phases}
    for target in range(max(targets.values())):
        name = replace(series, labels={**series.labels, "target": str(target)}).name if target else series.name
        yield name, " ".join(_gauge(series, traffic, interval, target, targets))


def _gauge(series: Series, traffic: Traffic, interval: int, target: int, targets: dict[Phase, int]) -> Iterator[str]:
    yield "_"  # no sample at second 0: each stands for the interval before it
    for phase in traffic.phases:
        count = phase.seconds // interval
        ratio = phase.bad / phase.total if phase.total else 0.0
        value = round(series.good + (series.bad - series.good) * ratio, 12)
        yield f"{number(value)}+0x{count - 1}" if target < targets[phase] else f"_x{count}"


def _growth(series: Series, phase: Phase, interval: int) -> float:
    return _whole((series.good * (phase.total - phase.bad) + series.bad * phase.bad) * interval)


def _whole(growth: float) -> float:
    return float(round(growth)) if abs(growth - round(growth)) < 1e-6 else growth


def number(value: float) -> str:
    """Whole numbers without a point, others so that they read back as the same."""
    return str(int(value)) if value == int(value) else repr(value)
