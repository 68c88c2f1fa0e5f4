"""What an SLO's window pairs mean, as `ballast slo explain` prints it and as `--output json` hands it on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ballast.repo import Slo, budget_ratio, seconds
from ballast.slo.detection import PairReport, pair_report
from ballast.slo.windows import split

__all__ = ["SloReport", "explain", "human_seconds", "human_share"]


@dataclass(frozen=True, slots=True)
class SloReport:
    """An SLO's budget and its window pairs.

    `budget` is a ratio, `full_outage` the seconds of total failure that spend all of it, `window` the SLO's own.
    """

    service: str
    slo: str
    description: str
    objective: float
    window: str
    budget: float
    full_outage: float
    minimum_traffic: float
    pairs: tuple[PairReport, ...]


def explain(service: str, slo: Slo) -> SloReport:
    """Work out what the window pairs of `slo` detect, and when."""
    can, cannot = split(slo)
    disabled = {
        severity
        for severity, options in (("page", slo.alerting.page_alert), ("ticket", slo.alerting.ticket_alert))
        if options.disable
    }
    return SloReport(
        service=service,
        slo=slo.name,
        description=slo.description,
        objective=slo.objective,
        window=slo.window,
        budget=budget_ratio(slo.objective),
        full_outage=budget_ratio(slo.objective) * seconds(slo.window),
        minimum_traffic=slo.minimum_traffic,
        pairs=tuple(pair_report(p, slo.objective, slo.window) for p in can + cannot if p.severity not in disabled),
    )


def human_seconds(value: float | None) -> str:
    """Two units at most: `52s`, `4m 56s`, `6h 36m`, `2d 1h`; `never` for None."""
    if value is None or math.isinf(value):
        return "never"
    whole = math.floor(value + 0.5)
    if value < 10 and value != whole:
        return f"{value:.1f}s"
    sizes = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    first = next((n for n, (_, size) in enumerate(sizes) if whole >= size), len(sizes) - 1)
    unit, size = sizes[first]
    text = f"{whole // size}{unit}"
    if first + 1 < len(sizes):
        lower, lower_size = sizes[first + 1]
        rest = whole % size // lower_size
        text += f" {rest}{lower}" if rest else ""
    return text


def human_share(value: float | None) -> str:
    """A ratio as percent, four digits at most: `1.44%`; `-` for None."""
    return "-" if value is None else f"{value * 100:.4g}%"
