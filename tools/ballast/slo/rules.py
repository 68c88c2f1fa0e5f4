"""The recording rules of an SLO.

For each direct window, two series (a raw SLI has only the second):

- `slo:total:rate5m`: events per second;
- `slo:sli_error:ratio_rate5m`: bad events of all events. No traffic is no error, and an error series that does not exist yet
  is no error; but where the total is missing the ratio is missing too, which the alert on missing data notices.

For each tiled window W the same two, from a direct window B (the newest part) and tiles of T = 30 minutes (the rest). Tiles lie
on multiples of T, so at both ends of the rest one tile is cut: with d = time mod T, the tile after the newest whole one counts
for d, the oldest for T - d. What is recorded is then the events of exactly W, however busy or idle any part of it was:

    rate(W) = (B x rate(B) + T x tiles between W and B ago + d x next tile - d x oldest tile) / W

Sums are of events and division comes last, so that a budget is the share of events and not an average of ratios.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ballast.repo import seconds
from ballast.slo.model import RecordingRule
from ballast.slo.queries import Queries
from ballast.slo.windows import TILE, ratio_record, total_record

__all__ = ["TILE_ERRORS", "TILE_TOTAL", "Series", "direct_rules", "info_rules", "selector_of", "tile_rules", "tiled_rules"]

LOOKBACK = 300  # seconds: how far an instant selector looks back unless Prometheus is told otherwise
TILE_ERRORS = f"slo:tile_errors:rate{TILE}"
TILE_TOTAL = f"slo:tile_total:rate{TILE}"


@dataclass(slots=True)
class Series:
    """What all series of an SLO share: `labels`, the same as `selector` and as a list for `without`, and the queries."""

    labels: Mapping[str, str]
    selector: str
    static: str
    queries: Queries

    def ratio(self, window: str) -> str:
        """Selects the recorded error ratio over `window`."""
        return f"{ratio_record(window)}{self.selector}"

    def total(self, window: str) -> str:
        """Selects the recorded events per second over `window`."""
        return f"{total_record(window)}{self.selector}"

    def windowed(self, window: str) -> dict[str, str]:
        """The labels of an error ratio: Sloth's, with the window."""
        return {**self.labels, "sloth_window": window}


def selector_of(slo: str, identity: str) -> str:
    """Matchers for the series of an SLO. `slo` leaves out those of Sloth's own rules, which may still be there."""
    return f"{{slo={_quoted(slo)},sloth_id={_quoted(identity)}}}"


def direct_rules(series: Series, window: str) -> list[RecordingRule]:
    """Error ratio and total over `window`, from the queries themselves."""
    q = series.queries
    if q.ratio:
        return [RecordingRule(ratio_record(window), q.ratio(window), series.windowed(window))]
    assert q.error is not None
    assert q.total is not None
    total = f"sum without ({series.static}) ({series.total(window)})"
    return [
        RecordingRule(total_record(window), q.total(window), series.labels),
        RecordingRule(
            ratio_record(window),
            f"{_group(q.error(window))} / ({total} > 0)\nor\n0 * {total}",
            series.windowed(window),
        ),
    ]


def tile_rules(series: Series) -> list[RecordingRule]:
    """The half-hour tiles, kept only for the five minutes that lead up to a multiple of half an hour.

    That is as far as a look at that multiple reaches back, so a restart of some minutes loses no tile; and a month of them is
    six times fewer samples to read than if they were recorded all the time.
    """
    errors, total = _events(series, TILE)
    due = f"(vector(time()) + {LOOKBACK}) % {seconds(TILE):.0f} <= {LOOKBACK}"
    return [
        RecordingRule(TILE_TOTAL, f"{total}\nand on ()\n{due}", series.labels),
        RecordingRule(TILE_ERRORS, f"{errors}\nand on ()\n{due}", series.labels),
    ]


def tiled_rules(series: Series, window: str, base: str) -> list[RecordingRule]:
    """Error ratio and total over a window that is longer than its direct part `base`."""
    base_errors, base_total = _events(series, base)
    errors = _tiled(base_errors, TILE_ERRORS + series.selector, window, base)
    total = series.total(window)
    return [
        RecordingRule(total_record(window), _tiled(base_total, TILE_TOTAL + series.selector, window, base), series.labels),
        RecordingRule(ratio_record(window), f"{errors} / ({total} > 0)\nor\n0 * {total}", series.windowed(window)),
    ]


def info_rules(series: Series, objective: float, budget: float, period: str) -> list[RecordingRule]:
    """Sloth's records about the SLO itself: objective, budget, burn rates, what is left, and an information series."""
    labels = series.labels
    burn = f"slo:period_burn_rate:ratio{series.selector}"
    info = {**labels, "sloth_mode": "ballast", "sloth_objective": f"{objective:.12g}", "sloth_spec": "prometheus/v1"}
    return [
        RecordingRule("slo:objective:ratio", f"vector({1 - budget:.12g})", labels),
        RecordingRule("slo:error_budget:ratio", f"vector({budget:.12g})", labels),
        RecordingRule("slo:time_period:days", f"vector({seconds(period) / 86400:.12g})", labels),
        RecordingRule("slo:current_burn_rate:ratio", f"{series.ratio('5m')} / {budget:.12g}", labels),
        RecordingRule("slo:period_burn_rate:ratio", f"{series.ratio(period)} / {budget:.12g}", labels),
        RecordingRule("slo:period_error_budget_remaining:ratio", f"1 - {burn}", labels),
        RecordingRule("sloth_slo_info", "vector(1)", info),
    ]


def _events(series: Series, window: str) -> tuple[str, str]:
    """Bad and all events per second over a recorded direct window, without the window's label.

    A raw ratio has no events: each moment at which it is known counts as one, so that unknown time weighs nothing.
    """
    ratio = series.ratio(window)
    if series.queries.ratio:
        return f"sum without (sloth_window) ({ratio} >= 0)", f"sum without (sloth_window) ({ratio} >= bool 0)"
    total = series.total(window)
    return f"{ratio} * ignoring (sloth_window) {total}", total


def _tiled(newest: str, tile: str, window: str, base: str) -> str:
    return _tiled_template(window, base) % (newest, tile, tile, tile)


@lru_cache
def _tiled_template(window: str, base: str) -> str:
    """The formula of a tiled window, for the rate over `base` and three times the series of tiles."""
    size, whole, step = int(seconds(base)), int(seconds(window)), int(seconds(TILE))
    since = f"time() %% {step}"
    cut = since if whole % step == 0 else f"(time() - {whole % step}) %% {step}"
    next_tile = f" offset {_duration(size - step)}" if size > step else ""
    parts = {
        "newest": f"{size} * %s",
        "tiles": f"{step} * sum_over_time(%s[{_duration(whole - size)}:{TILE}] offset {base})",
        "next": f"({since}) * last_over_time(%s[{TILE}:{TILE}]{next_tile})",
        "oldest": f"-({cut}) * last_over_time(%s[{TILE}:{TILE}] offset {_duration(whole - step)})",
    }
    labelled = "\n  or\n".join(f'    label_replace({expr}, "part", "{part}", "", "")' for part, expr in parts.items())
    return f"sum without (part) (\n{labelled}\n) / {whole}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _duration(whole: int) -> str:
    """A whole number of seconds as a Prometheus duration in one unit."""
    for unit, size in (("h", 3600), ("m", 60)):
        if whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def _group(query: str) -> str:
    """In brackets; the closing one on a line of its own where a comment would swallow it."""
    return f"(\n{query}\n)" if "\n" in query or "#" in query else f"({query})"
