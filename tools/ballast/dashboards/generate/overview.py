"""The overview: every SLO of every service, the worst budget first."""

from __future__ import annotations

from ballast.dashboards.generate.common import METRICS, link
from ballast.dashboards.palette import BAD, NEUTRAL
from ballast.dashboards.schema.model import Dashboard, Panel, Row, Target
from ballast.dashboards.schema.panels import bars, better_above, better_below, lines, number, table, words

LEFT = "min by (sloth_service, sloth_slo) (slo:period_error_budget_remaining:ratio)"


def overview() -> Dashboard:
    """The dashboard `overview`."""
    rows = [
        Row("", _numbers()),
        Row("", [_text(), _worst()]),
        Row("All SLOs", [_table()]),
        Row("Over time", [_budgets(), _burns()]),
    ]
    links = [link("The platform itself", "/d/stack"), link("On call: first look", "/d/oncall")]
    text = "Every SLO of every service, the worst budget first."
    return Dashboard("overview", "Overview: error budgets", text, rows, [METRICS], ("ballast", "overview"), links)


def _numbers() -> list[Panel]:
    firing = 'count(ALERTS{{alertstate="firing",severity="{}"}}) or vector(0)'
    return [
        number(
            f"{severity.capitalize()}s firing",
            f"Alerts of severity {severity} that fire now.",
            Target(firing.format(severity), "firing"),
            width=6,
            unit="none",
            stages=better_below(1, 1) if severity == "page" else better_below(1, 5),
        )
        for severity in ("page", "ticket")
    ] + [
        number(
            "Budgets spent",
            "SLOs whose objective is broken: no feature release until they have budget again.",
            Target(f"count({LEFT} < 0) or vector(0)", "spent"),
            width=6,
            unit="none",
            stages=better_below(1, 1),
        ),
        number(
            "SLOs without data",
            "SLOs that have an objective and no events: they can neither be judged nor alert.",
            Target("count(slo:objective:ratio unless on (sloth_id) slo:total:rate5m) or vector(0)", "without data"),
            width=6,
            unit="none",
            stages=better_below(1, 1),
        ),
    ]


def _text() -> Panel:
    text = (
        "**Budget left** is the share of failures that may still happen within each SLO's window. Below 0 % the objective is "
        "broken.\n\n**Burn rate** 1× spends the whole budget in exactly one window; pages start at 6× to 14.4×.\n\n"
        "Click an SLO in the table to see its own dashboard."
    )
    return words("How to read this", text, width=8, height=9)


def _worst() -> Panel:
    return bars(
        "Worst budgets",
        "The ten SLOs with the least budget left.",
        [Target(f"sort(bottomk(10, {LEFT}))", "{{sloth_service}}/{{sloth_slo}}", instant=True)],
        width=16,
        height=9,
        unit="percentunit",
        decimals=1,
        low=0,
        high=1,
        stages=better_above(0, 0.25),
        no_value="no data",
    )


def _table() -> Panel:
    to = {"title": "Open its dashboard", "url": "/d/slo-${__data.fields.Service}-${__data.fields.SLO}?${__url_time_range}"}
    queries = {
        "Budget left": (LEFT, {"unit": "percentunit", "decimals": 1}),
        "Burn rate, 5m": (
            "max by (sloth_service, sloth_slo) (slo:current_burn_rate:ratio)",
            {"unit": "suffix:×", "decimals": 2},
        ),
        "Objective": ("max by (sloth_service, sloth_slo) (slo:objective:ratio)", {"unit": "percentunit", "decimals": 3}),
        "Events/s": ("sum by (sloth_service, sloth_slo) (slo:total:rate5m)", {"unit": "eps", "decimals": 2}),
    }
    columns = {"sloth_service": "Service", "sloth_slo": "SLO"}
    columns |= {f"Value #{chr(ord('A') + i)}": heading for i, heading in enumerate(queries)}
    return table(
        "All SLOs",
        "Every SLO, the worst budget first.",
        [Target(expr, instant=True, format="table") for expr, _ in queries.values()],
        columns,
        formats={**{heading: dict(form) for heading, (_, form) in queries.items()}, "SLO": {"links": [to]}},
        sort="Budget left",
        width=24,
        height=12,
    )


def _budgets() -> Panel:
    return lines(
        "Budget left, the worst eight",
        "Share of each budget that is left; the dashed line is where the objective breaks.",
        [Target(f"bottomk(8, {LEFT})", "{{sloth_service}}/{{sloth_slo}}")],
        limit=True,
        unit="percentunit",
        stages=[(None, BAD), (0, NEUTRAL)],
        time_from="7d",
    )


def _burns() -> Panel:
    return lines(
        "Burn rate, the fastest eight",
        "Over five minutes. Above 1× the budget will not last.",
        [Target("topk(8, max by (sloth_service, sloth_slo) (slo:current_burn_rate:ratio))", "{{sloth_service}}/{{sloth_slo}}")],
        limit=True,
        unit="suffix:×",
        low=0,
        stages=[(None, NEUTRAL), (1, BAD)],
    )
