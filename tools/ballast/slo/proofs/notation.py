"""Traffic as promtool's input series: `150000+150000x240 36150000+147840x30 _x10`.

Counters hold a sample's worth of events before the first sample, as if they had run for long: a counter that is seen at zero is
extrapolated differently by `rate`, which is right and would blur every prediction by one sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ballast.slo.proofs.signals import Series, Signals
from ballast.slo.proofs.traffic import Phase, Traffic

__all__ = ["input_series", "number"]


def input_series(signals: Signals, traffic: Traffic, interval: int, *, born_late: bool = False) -> list[tuple[str, str]]:
    """Series name and values for every series, one sample each `interval` seconds from second 0.

    `born_late`: series that only count bad events do not exist before the first one. Raises `ValueError` when a phase does not
    begin and end on a sample.
    """
    if any(edge % interval for edge in traffic.edges):
        raise ValueError(f"a phase does not last a multiple of {interval} s")
    make = _gauge if signals.gauge else _counter
    return [(series.name, " ".join(make(series, traffic, interval, born_late))) for series in signals.series]


def _counter(series: Series, traffic: Traffic, interval: int, born_late: bool) -> Iterator[str]:
    missing = born_late and not series.good
    value = Fraction(0) if missing else _growth(series, traffic.phases[0], interval)
    first = 1  # the sample at second 0 belongs to the first phase
    for phase in traffic.phases:
        count, step = phase.seconds // interval, _growth(series, phase, interval)
        missing = missing and not step
        if phase.restart:
            value = Fraction(0)
        if missing or not phase.scraped:
            yield f"_x{count + first}"
        else:
            start = value if first else value + step
            yield f"{number(start)}+{number(step)}x{count - 1 + first}"
        value += step * count
        first = 0


def _gauge(series: Series, traffic: Traffic, interval: int, born_late: bool) -> Iterator[str]:
    del born_late  # a gauge says good and bad with one series
    first = 1
    for phase in traffic.phases:
        count = phase.seconds // interval + first
        ratio = Fraction(phase.bad) / Fraction(phase.total) if phase.total else Fraction(0)
        value = Fraction(series.good) + (Fraction(series.bad) - Fraction(series.good)) * ratio
        yield f"{number(value)}+0x{count - 1}" if phase.scraped and phase.total else f"_x{count}"
        first = 0


def _growth(series: Series, phase: Phase, interval: int) -> Fraction:
    bad, total = Fraction(phase.bad), Fraction(phase.total)
    return (Fraction(series.good) * (total - bad) + Fraction(series.bad) * bad) * interval


def number(value: Fraction | float) -> str:
    """Shortest decimal: whole numbers without a point, others with twelve digits at most."""
    return str(int(value)) if value == int(value) else f"{float(value):.12g}"
