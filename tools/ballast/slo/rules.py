"""The recording rules of an SLO.

For each direct window, two series (a raw SLI has only the second):

- `slo:total:rate5m`: events per second;
- `slo:sli_error:ratio_rate5m`: bad events of all events. No traffic is no error, and an error series that does not exist yet
  is no error; but where the total is missing the ratio is missing too, which the alert on missing data notices.

For each tiled window W the same two, from a direct window B (its newest part) and tiles of T = 30 minutes (the rest). Tiles
end at multiples of T; what has happened since the last of these is recorded too, as the tile that has begun. The events of
exactly W are then, wherever B and W ago fall:

    B x rate(B) + T x whole tiles that ended between W and B ago + tile begun B ago - tile begun W ago

Sums are of events and division comes last, so that a budget is the share of events and not an average of ratios.

`rate` does not see what happens between two samples that lie in different windows: seldom much, but all of a gap in scraping
in which a half hour ends. The hour has seen it, so after a gap (`slo:tile_gap:begun`) a tile is what the hour holds beyond the
tile before, where that is more.

For a calendar month or quarter every whole tile carries the number of its month or quarter (UTC) as the label `slo_period`, so
that the tiles of the present one can be added up at any time, also after a restart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ballast.repo import seconds
from ballast.slo.model import RecordingRule
from ballast.slo.objectives import Objective, within
from ballast.slo.queries import Queries
from ballast.slo.slices import GOOD_TIME
from ballast.slo.windows import TILE, ratio_record, total_record

__all__ = [
    "MAINTENANCE",
    "TILE_ERRORS",
    "TILE_TOTAL",
    "Series",
    "calendar_rules",
    "direct_rules",
    "good_time_rule",
    "group_rules",
    "info_rules",
    "tile_rules",
    "tiled_rules",
]

TILE_S = int(seconds(TILE))
LATE = 10  # minutes into a half hour up to which the tile before it is still recorded
TILE_ERRORS = f"slo:tile_errors:rate{TILE}"
TILE_TOTAL = f"slo:tile_total:rate{TILE}"
BEGUN_ERRORS = "slo:tile_errors:begun"
BEGUN_TOTAL = "slo:tile_total:begun"
GAP = "slo:tile_gap:begun"
MAINTENANCE = "slo:maintenance:until"
"""The record of when the maintenance that is on, or was last, ends (Unix seconds)."""


@dataclass(slots=True)
class Series:
    """What all series of an SLO share: `labels`, the same as `selector` and as a list for `without`, and the queries.

    `objectives` are the SLO's own and those of its groups. `calendar` is the calendar's window that the budget has, if it has
    one. `maintenance`: there are times that do not count (`slo:maintenance:until`).
    """

    labels: Mapping[str, str]
    selector: str
    static: str
    queries: Queries
    objectives: Sequence[Objective]
    calendar: str = ""
    maintenance: bool = False

    def ratio(self, window: str, matchers: str = "") -> str:
        """Selects the recorded error ratio over `window`, of all groups or of those that `matchers` pick."""
        return f"{ratio_record(window)}{within(self.selector, matchers)}"

    def total(self, window: str, matchers: str = "") -> str:
        """Selects the recorded events per second over `window`."""
        return f"{total_record(window)}{within(self.selector, matchers)}"

    def windowed(self, window: str) -> dict[str, str]:
        """The labels of an error ratio: Sloth's, with the window."""
        return {**self.labels, "sloth_window": window}


def good_time_rule(series: Series) -> RecordingRule:
    """Whether now is good, for an SLI of time."""
    return RecordingRule(GOOD_TIME, series.queries.good, series.labels)


def direct_rules(series: Series, window: str) -> list[RecordingRule]:
    """Error ratio and total over `window`, from the queries themselves."""
    q = series.queries
    if q.ratio:
        return [RecordingRule(ratio_record(window), q.ratio(window), series.windowed(window))]
    assert q.error is not None
    assert q.total is not None
    total, own = series.total(window), f"ignoring ({series.static})"
    return [
        RecordingRule(total_record(window), q.total(window), series.labels),
        RecordingRule(
            ratio_record(window),
            f"{_group(q.error(window))} / {own} ({total} > 0)\nor {own}\n0 * {total}",
            series.windowed(window),
        ),
    ]


def tile_rules(series: Series, interval: str, *, hour: bool) -> list[RecordingRule]:
    """Whole tiles (events per second) and the one that has begun (events), of all events and of bad ones.

    `interval` is how often they are evaluated. A whole tile is recorded once, at the first evaluation of a half hour, or up to
    ten minutes later where Prometheus was not there: so a month is 1,440 samples, and summing them costs next to nothing.
    The begun one grows by five minutes at a time, on top of what it was five minutes ago. `hour`: that window is recorded too.
    """
    whole, begun = {**series.labels, "slo_part": "whole"}, {**series.labels, "slo_part": "begun"}
    (bad, every), (bad_5m, every_5m) = _events(series, TILE), _events(series, "5m")
    gap: list[RecordingRule] = []
    if hour and not series.queries.ratio:
        missing = f"{BEGUN_TOTAL}{series.selector} offset 5m\nunless ignoring (slo_part)\n{series.total('5m')}"
        gap = [RecordingRule(GAP, missing, begun)]
        bad_1h, every_1h = _events(series, "1h")
        bad, every = _seamless(bad, bad_1h, TILE_ERRORS, series), _seamless(every, every_1h, TILE_TOTAL, series)
    # The seconds since the evaluation that recorded the last whole tile, not since the half hour that it followed.
    since = f"(time() % {TILE_S} - time() % {seconds(interval):.12g})"
    return [
        *gap,
        RecordingRule(TILE_TOTAL, _whole(every, TILE_TOTAL, BEGUN_TOTAL, series, seconds(interval)), whole),
        RecordingRule(TILE_ERRORS, _whole(bad, TILE_ERRORS, BEGUN_ERRORS, series, seconds(interval)), whole),
        RecordingRule(BEGUN_TOTAL, _begun(every_5m, BEGUN_TOTAL + series.selector, since), begun),
        RecordingRule(BEGUN_ERRORS, _begun(bad_5m, BEGUN_ERRORS + series.selector, since), begun),
    ]


def tiled_rules(series: Series, window: str, base: str) -> list[RecordingRule]:
    """Error ratio and total over a window that is longer than its direct part `base`."""
    base_errors, base_total = _events(series, base)
    select, total = series.selector, series.total(window)
    drop = _dropped(series)
    errors = _tiled(base_errors, TILE_ERRORS + select, BEGUN_ERRORS + select, window, base, drop)
    all_of = _tiled(base_total, TILE_TOTAL + select, BEGUN_TOTAL + select, window, base, drop)
    return [
        RecordingRule(total_record(window), all_of, series.labels),
        RecordingRule(ratio_record(window), f"{errors} / ({total} > 0)\nor\n0 * {total}", series.windowed(window)),
    ]


def calendar_rules(series: Series) -> list[RecordingRule]:
    """Error ratio and total of the calendar month or quarter so far.

    The total is spread over the window's nominal length (30 or 90 days): times that, it is the events so far.
    """
    window, total = series.calendar, series.total(series.calendar)
    reach = {"month": "31d", "quarter": "92d"}[window]
    now = f'count_values("slo_period", {_period(window, "vector(time())")})'

    def so_far(tile: str, begun: str) -> str:
        return (
            "sum without (slo_part, slo_period) (\n"
            f"    {TILE_S} * sum_over_time({tile}{series.selector}[{reach}]) and on (slo_period) {now}\n"
            "  or\n"
            f"    {begun}{series.selector}\n"
            f") / {seconds(window):.0f}"
        )

    ratio = f"{so_far(TILE_ERRORS, BEGUN_ERRORS)} / ({total} > 0)\nor\n0 * {total}"
    return [
        RecordingRule(total_record(window), so_far(TILE_TOTAL, BEGUN_TOTAL), series.labels),
        RecordingRule(ratio_record(window), ratio, series.windowed(window)),
    ]


def info_rules(series: Series, period: str) -> list[RecordingRule]:
    """Sloth's records about the SLO itself: objective, budget, burn rates, what is left, and an information series."""
    labels, own = series.labels, series.objectives[0]
    burn = f"slo:period_burn_rate:ratio{series.selector}"
    info = {**labels, "sloth_mode": "ballast", "sloth_objective": f"{own.percent:.12g}", "sloth_spec": "prometheus/v1"}

    def constant(values: Sequence[float]) -> str:
        """A value for each group, where objectives differ; the groups are those that are measured."""
        if len(values) == 1:
            return f"vector({values[0]:.12g})"
        each = zip(series.objectives, values, strict=True)
        return "\nor\n".join(
            f"0 * sum without (sloth_window) ({series.ratio('5m', one.matchers)}) + {value:.12g}" for one, value in each
        )

    def burns(window: str) -> str:
        return "\nor\n".join(f"{series.ratio(window, one.matchers)} / {one.budget:.12g}" for one in series.objectives)

    budgets = [one.budget for one in series.objectives]
    return [
        RecordingRule("slo:objective:ratio", constant([1 - budget for budget in budgets]), labels),
        RecordingRule("slo:error_budget:ratio", constant(budgets), labels),
        RecordingRule("slo:time_period:days", f"vector({seconds(period) / 86400:.12g})", labels),
        RecordingRule("slo:current_burn_rate:ratio", burns("5m"), labels),
        RecordingRule("slo:period_burn_rate:ratio", burns(period), labels),
        RecordingRule("slo:period_error_budget_remaining:ratio", f"1 - {burn}", labels),
        RecordingRule("sloth_slo_info", "vector(1)", info),
    ]


def group_rules(series: Series, limit: int) -> list[RecordingRule]:
    """How many groups there are, and how many there may be."""
    return [
        RecordingRule("slo:groups:count", f"count({series.ratio('5m')})", series.labels),
        RecordingRule("slo:groups:limit", f"vector({limit})", series.labels),
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


def _seamless(events: str, hour: str, tile: str, series: Series) -> str:
    """Events of a tile per second: of its half hour, or after a gap of the hour without the tile before it, if that is more."""
    before = f"last_over_time({tile}{series.selector}[20m] offset 20m)"
    drop = _dropped(series)
    return (
        f"max without ({drop}) (\n"
        f"    {events}\n"
        f"  or\n"
        f"    2 * {hour} - ignoring ({drop}) group_right () {before}\n"
        f"      and ignoring ({drop}) last_over_time({GAP}{series.selector}[1h])\n"
        f")"
    )


def _whole(events: str, tile: str, begun: str, series: Series, interval: float) -> str:
    """Now, if a half hour has just begun; or late, if that was not done yet and the rules were there before.

    One that maintenance fell into is left out.
    """
    if series.calendar:
        period = _period(series.calendar, f"vector(time() - {TILE_S})")
        events = f'({events}) * on () group_left (slo_period) count_values("slo_period", {period})'
    # As of one evaluation ago: what begins with the next half hour has not fallen into this one.
    until = f"{MAINTENANCE}{series.selector} offset {interval:.0f}s"
    out = f"\nunless on ()\n{until} > time() - {TILE_S}" if series.maintenance else ""
    before = f"count(last_over_time({begun}{series.selector}[25m] offset {LATE}m))"
    return (
        f"{events}\n"
        f"and on () (\n"
        f"    vector(time()) % {TILE_S} < {interval:.12g}\n"
        f"  or\n"
        f"    vector(time()) % {TILE_S} < {LATE * 60} and on () {before}\n"
        f")\n"
        f"unless ignoring ({_dropped(series)})\n"
        f"last_over_time({tile}{series.selector}[{LATE}m])"
        f"{out}"
    )


def _period(window: str, moment: str) -> str:
    """The number of a moment's month or quarter in its year (UTC)."""
    return f"month({moment})" if window == "month" else f"ceil(month({moment}) / 3)"


def _dropped(series: Series) -> str:
    """Labels that tiles have and windows have not."""
    return "slo_part, slo_period" if series.calendar else "slo_part"


def _begun(events: str, begun: str, since: str) -> str:
    """Five minutes at most of `events`, and what had begun before them, if it was the same tile."""
    return (
        "sum without (slo_part) (\n"
        f"    (({since} < bool 300) * {since} + ({since} >= bool 300) * 300) * {events}\n"
        "  or\n"
        f"    {begun} offset 5m and on () vector({since}) >= 300\n"
        ")"
    )


def _tiled(newest: str, tile: str, begun: str, window: str, base: str, drop: str) -> str:
    size, whole = int(seconds(base)), int(seconds(window))
    return (
        f"sum without ({drop}) (\n"
        f"    {size} * {newest}\n"
        f"  or\n"
        f"    {TILE_S} * sum_over_time({tile}[{_duration(whole - size)}] offset {base})\n"
        f"  or\n"
        f"    {begun} offset {base} - ({begun} offset {window} or 0 * {begun} offset {base})\n"
        f") / {whole}"
    )


def _duration(whole: int) -> str:
    """A whole number of seconds as a Prometheus duration in one unit."""
    for unit, size in (("h", 3600), ("m", 60)):
        if whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def _group(query: str) -> str:
    """In brackets; the closing one on a line of its own where a comment would swallow it."""
    return f"(\n{query}\n)" if "\n" in query or "#" in query else f"({query})"
