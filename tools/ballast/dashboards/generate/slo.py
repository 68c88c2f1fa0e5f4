"""The dashboard of one SLO: how much budget is left, how fast it goes, and which alert says so."""

from __future__ import annotations

from ballast.dashboards.generate.common import METRICS, STATES, deploys, link, pages
from ballast.dashboards.palette import BAD, NEUTRAL, SERIES
from ballast.dashboards.schema.model import Dashboard, Json, Panel, Row, Target, slug
from ballast.dashboards.schema.panels import bars, better_above, better_below, lines, number, states, words
from ballast.repo import period_duration
from ballast.slo import AlertRule, CompiledSlo, WindowPair, ratio_record, seconds, total_record, window_words

READ = """**Budget left** is what may still fail within {period}. **Burn rate** 1× spends it in exactly {period}.

A page fires while *both* lines of a graph under **Burn rates** are above its dashed line; it stops when the short window
is below. Nothing firing and budget left: go back to sleep.

{runbooks}"""


def slo(compiled: CompiledSlo, red: str = "") -> Dashboard:
    """The dashboard of a compiled SLO; `red` is the uid of its service's RED dashboard, empty where it has none."""
    name = f"{compiled.service}/{compiled.slo.name}"
    matcher = f'sloth_id="{compiled.id}"'
    links = [link("All SLOs", "/d/overview")]
    links += [link(f"{compiled.service}: requests", f"/d/{red}")] if red else []
    rows = [
        Row("", _numbers(compiled)),
        Row("", [_explanation(compiled), _alerts(compiled)]),
        Row("Burn rates", [_pair(compiled, pair) for pair in compiled.pairs]),
        Row("Budget", [_burn_down(compiled), *([] if _eventless(compiled) else [_spent(compiled)])]),
        Row("Events", [_sli(compiled), *([] if _eventless(compiled) else [_events(compiled)])]),
    ]
    return Dashboard(
        slug("slo", compiled.service, compiled.slo.name),
        f"SLO {name}",
        compiled.slo.description or f"The error budget of {name}.",
        rows,
        [METRICS],
        ("ballast", "slo", compiled.service),
        links,
        [deploys(compiled.service), pages(matcher)],
    )


def _ratio(compiled: CompiledSlo, window: str) -> str:
    return f"{ratio_record(window)}{compiled.selector}"


def _total(compiled: CompiledSlo, window: str) -> str:
    return f"{total_record(window)}{compiled.selector}"


def _left(compiled: CompiledSlo) -> str:
    return f"slo:period_error_budget_remaining:ratio{compiled.selector}"


def _burn(compiled: CompiledSlo, window: str) -> str:
    if len(compiled.objectives) > 1:  # each group by its own
        return f"{_ratio(compiled, window)} / ignoring (sloth_window) slo:error_budget:ratio{compiled.selector}"
    return f"{_ratio(compiled, window)} / {compiled.budget:.12g}"


def _eventless(compiled: CompiledSlo) -> bool:
    """A mean of other SLOs' ratios has no events of its own."""
    composite = compiled.slo.sli.composite
    return composite is not None and bool(composite.weighted)


def _last(compiled: CompiledSlo) -> str:
    period = compiled.slo.window
    return f"the last {period}" if period_duration(period) == period else f"{window_words(period)} so far"


def _pace(compiled: CompiledSlo) -> str:
    """The window that projections extend: the longest that is recorded of up to an hour."""
    windows = compiled.windows.fast + compiled.windows.slow
    return max((w for w in windows if seconds(w) <= 3600), key=seconds)


def _numbers(compiled: CompiledSlo) -> list[Panel]:
    period, pace = compiled.slo.window, _pace(compiled)
    of, length = window_words(period), period_duration(period)
    objective = compiled.slo.objective / 100
    shortest = compiled.windows.shortest
    lasts = f"clamp_min({_left(compiled)}, 0) * {seconds(period):g} / ignoring (sloth_window) ({_burn(compiled, pace)} > 0)"
    spare = (1 - objective) / 2
    return [
        number(
            "Budget left",
            f"Share of the error budget of {of} that is not spent. Below zero the objective is broken.",
            Target(_left(compiled), "left"),
            unit="percentunit",
            decimals=1,
            stages=better_above(0, 0.25),
            no_value="no data",
        ),
        number(
            "Runs out in",
            f"How long the budget lasts if events go on failing as in the last {pace}.",
            Target(f"max({lasts})", "runs out in", instant=True),
            graph=False,
            unit="s",
            decimals=1,
            stages=better_above(86400, 7 * 86400),
            no_value="not at this rate",
        ),
        number(
            f"Burn rate, {pace}",
            f"1× spends the budget in exactly {length}. Alerts fire from {min(p.factor for p in compiled.pairs):g}×.",
            Target(_burn(compiled, pace), "burn rate"),
            unit="suffix:×",
            decimals=2,
            stages=better_below(1, max(p.factor for p in compiled.pairs)),
            no_value="no data",
        ),
        number(
            f"Good now, {shortest}",
            f"Share of events of the last {shortest} that were good.",
            Target(f"1 - {_ratio(compiled, shortest)}", "good"),
            unit="percentunit",
            decimals=3,
            stages=better_above(objective - spare, objective),
            no_value="no data",
        ),
        number(
            f"Good over {period}",
            f"Share of events of {_last(compiled)} that were good: what the objective is about.",
            Target(f"1 - {_ratio(compiled, period)}", "good"),
            unit="percentunit",
            decimals=3,
            stages=better_above(objective, objective + spare),
            no_value="no data",
        ),
        number(
            "Objective",
            "Share of events that must be good.",
            Target(f"slo:objective:ratio{compiled.selector}", "objective", instant=True),
            graph=False,
            unit="percentunit",
            decimals=3,
        ),
    ]


def _explanation(compiled: CompiledSlo) -> Panel:
    urls = {a.alert: a.annotations["runbook_url"] for a in compiled.alerts if "runbook_url" in a.annotations}
    runbooks = "\n".join(f"- Runbook: [{alert}]({url})" for alert, url in urls.items())
    return words(
        "How to read this",
        READ.format(period=period_duration(compiled.slo.window), runbooks=runbooks).rstrip(),
        width=8,
        height=8,
    )


def _alerts(compiled: CompiledSlo) -> Panel:
    base = f"0 * max(slo:objective:ratio{compiled.selector})"

    def state(alert: AlertRule) -> Target:
        held = f'ALERTS{{alertname="{alert.alert}",severity="{alert.severity}",sloth_id="{compiled.id}",alertstate="%s"}}'
        expr = f"2 * max({held % 'firing'}) or max({held % 'pending'}) or {base}"
        return Target(expr, {"nodata": "No data", "groups": "Too many groups"}.get(alert.kind, alert.severity.capitalize()))

    return states(
        "Alerts",
        "State of each alert of this SLO over time.",
        [state(a) for a in compiled.alerts],
        STATES,
        width=16,
        height=8,
        links=[{"title": "Alerts in Grafana", "url": "/alerting/list", "targetBlank": False}],
    )


def _pair(compiled: CompiledSlo, pair: WindowPair) -> Panel:
    targets = [Target(_burn(compiled, pair.long), pair.long), Target(_burn(compiled, pair.short), pair.short)]
    return lines(
        f"{pair.severity.capitalize()}: {pair.long} and {pair.short} above {pair.factor:g}×",
        f"Burn rates. The {pair.severity} fires while both lines are above the dashed one at {pair.factor:g}×.",
        targets,
        limit=True,
        width=6,
        unit="suffix:×",
        decimals=1,
        low=0,
        stages=[(None, NEUTRAL), (pair.factor, BAD)],
        colors={pair.long: SERIES[0], pair.short: SERIES[2]},
        legend=("lastNotNull",),
        axis={"axisSoftMax": pair.factor * 1.2},
        name=f"{pair.severity} {pair.long} {pair.short}",
    )


def _burn_down(compiled: CompiledSlo) -> Panel:
    period = period_duration(compiled.slo.window)
    leaves = f"Bad events leave the window {period} after they happened."
    if compiled.windows.calendar:
        leaves = f"A new {compiled.windows.calendar} begins with all of it (UTC)."
    return lines(
        "Budget left over time",
        f"Share of the budget of {window_words(compiled.slo.window)} that is left. {leaves}",
        [Target(_left(compiled), "Budget left")],
        fill=10,
        limit=True,
        unit="percentunit",
        high=1,
        stages=[(None, BAD), (0, NEUTRAL)],
        colors={"Budget left": SERIES[0]},
        legend=("lastNotNull", "min"),
        axis={"axisSoftMin": 0},
        time_from=period,
    )


def _spent(compiled: CompiledSlo) -> Panel:
    period = compiled.slo.window
    layout = compiled.windows
    windows = sorted({w for w in layout.fast + layout.slow + layout.tiled if w != period}, key=seconds)
    whole = f"{compiled.budget:.12g} * {_total(compiled, period)} * {seconds(period):g}"
    targets = [
        Target(
            f"sum({_ratio(compiled, w)} * ignoring (sloth_window) {_total(compiled, w)}) * {seconds(w):g} / sum({whole})",
            f"last {w}",
            instant=True,
        )
        for w in windows
    ]
    return bars(
        "Budget spent by the last …",
        f"Share of the whole budget of {window_words(period)} that failed within each window: when it went.",
        targets,
        unit="percentunit",
        low=0,
        high=1,
        stages=better_below(0.25, 1),
        no_value="no data",
    )


def _sli(compiled: CompiledSlo) -> Panel:
    objective = compiled.slo.objective / 100
    pace, shortest = _pace(compiled), compiled.windows.shortest
    targets = [Target(f"1 - {_ratio(compiled, w)}", w) for w in dict.fromkeys((shortest, pace))]
    return lines(
        "Good events",
        f"Share of good events; the dashed line is the objective, {compiled.slo.objective:g} %.",
        targets,
        limit=True,
        unit="percentunit",
        decimals=3,
        high=1,
        stages=[(None, BAD), (objective, NEUTRAL)],
        colors={shortest: SERIES[0], pace: SERIES[2]},
        legend=("lastNotNull", "min"),
        axis={"axisSoftMin": 1 - 2 * (1 - objective)},
    )


def _events(compiled: CompiledSlo) -> Panel:
    shortest = compiled.windows.shortest
    total = f"sum({_total(compiled, shortest)})"
    bad = f"sum({_ratio(compiled, shortest)} * ignoring (sloth_window) {_total(compiled, shortest)})"
    right: Json = {
        "matcher": {"id": "byName", "options": "Bad"},
        "properties": [{"id": "custom.axisPlacement", "value": "right"}, {"id": "custom.fillOpacity", "value": 20}],
    }
    return lines(
        "All and bad events",
        "Events per second: all on the left axis, bad ones on the right.",
        [Target(total, "All"), Target(bad, "Bad")],
        unit="eps",
        low=0,
        colors={"All": SERIES[0], "Bad": BAD},
        overrides=[right],
    )
