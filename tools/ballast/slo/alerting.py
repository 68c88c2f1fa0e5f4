"""The alerts of an SLO: page and ticket when the budget burns too fast, and a ticket when there is nothing to judge by.

A burn alert's value is the burn rate of the long window, the greatest of its pairs that fire. Its text is for somebody who was
asleep a minute ago: what burns, how fast, how long what is left of the budget lasts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ballast.repo import AlertOptions, AlertSeverity, Groups, Slo, WindowPair, link_from, seconds
from ballast.slo.model import AlertRule, Context
from ballast.slo.objectives import Objective
from ballast.slo.rules import MAINTENANCE, Series
from ballast.slo.traffic import least_bad

__all__ = [
    "alert_name",
    "burn_alert",
    "groups_alert",
    "groups_name",
    "no_data_alert",
    "no_data_name",
    "tier_of",
    "window_words",
]

DEFAULT_TIER = {"page": "P2", "ticket": "P3"}
NO_DATA_HOLD = "5m"
GROUPS_HOLD = "5m"


def alert_name(service: str, slo: Slo) -> str:
    """The name of an SLO's burn alerts: its own, or `CheckoutAvailabilityErrorBudgetBurn`."""
    return slo.alerting.name or f"{_camel(service)}{_camel(slo.name)}ErrorBudgetBurn"


def no_data_name(service: str, slo: Slo) -> str:
    """The name of an SLO's alert on missing data: `CheckoutAvailabilityNoData`."""
    return f"{slo.alerting.name or _camel(service) + _camel(slo.name)}NoData"


def groups_name(service: str, slo: Slo) -> str:
    """The name of the alert on too many groups: `CheckoutAvailabilityGroups`."""
    return f"{slo.alerting.name or _camel(service) + _camel(slo.name)}Groups"


def window_words(window: str) -> str:
    """An SLO's window in a sentence: `30d`, `the calendar month`."""
    return f"the calendar {window}" if window in ("month", "quarter") else window


def burn_alert(
    service: str,
    slo: Slo,
    severity: AlertSeverity,
    pairs: tuple[WindowPair, ...],
    fires: Mapping[Objective, tuple[WindowPair, ...]],
    series: Series,
    context: Context,
) -> AlertRule:
    """The page or the ticket of an SLO: fires when both windows of any of `pairs` burn faster than its factor.

    `fires` says which of them can for which objective.
    """
    options = slo.alerting.page_alert if severity == "page" else slo.alerting.ticket_alert
    name = alert_name(service, slo)
    conditions = "\nor\n".join(_condition(pair, one, slo, series) for one, can in fires.items() for pair in can)
    who = f"{service}/{slo.name}"
    group = _group(slo.groups)
    rates = ", or ".join(f"{p.long} and {p.short} above {p.factor:.4g}x" for p in pairs)
    shortest = min((p.short for p in pairs), key=seconds)
    description = (
        f"{_literal(_sentence(slo.description))}"
        f"Failing over the last {shortest}: {_percent(series.ratio(shortest), slo.groups)} of events. "
        f"The objective is {_promised(slo, series)}. "
        f"Fires while both windows burn: {rates}."
    )
    own = {
        "title": f"({severity}) {who} SLO error budget burn rate is too fast.",
        "summary": f'{who}{group} burns its error budget {{{{ printf "%.1f" $value }}}}x too fast: {_lasting(slo, series)}.',
        "description": description,
    }
    labels = {"severity": severity, **_owner(service, severity, context)}
    return AlertRule(
        alert=name,
        expr=f"max without (sloth_window) (\n{conditions}\n)",
        hold="",
        labels=_merged(labels, slo, options, _identity(slo, severity)),
        annotations=_merged_annotations(own, name, service, slo, options, context),
        kind="burn",
        severity=severity,
        pairs=pairs,
    )


def no_data_alert(service: str, slo: Slo, window: str, series: Series, context: Context) -> AlertRule:
    """A ticket when the events of an SLO are not there: it can neither burn nor be met, and nobody would notice."""
    name = no_data_name(service, slo)
    events = f"absent({series.ratio(window) if series.queries.ratio else series.total(window)})"
    also = series.queries.also
    options = slo.alerting.ticket_alert
    who = f"{service}/{slo.name}"
    own = {
        "title": f"(ticket) {who} SLO has no data.",
        "summary": f"{who} has no data: its SLO cannot be judged and none of its alerts can fire.",
        "description": (
            f"{_literal(_sentence(slo.description))}The query for "
            f"{'the error ratio' if series.queries.ratio else 'all events'} has returned nothing for {window} and "
            f"{NO_DATA_HOLD} more. The service may not be scraped, a metric or label may have been renamed, "
            "or it may never have served anything."
        ),
    }
    labels = {"severity": "ticket", **_owner(service, "ticket", context), **dict(series.labels)}
    return AlertRule(
        alert=name,
        # One alert, not two that differ in the matchers that `absent` makes labels of.
        expr=f"max(\n  {events}\nor\n  absent({also})\n)" if also else events,
        hold=NO_DATA_HOLD,
        labels=_merged(labels, slo, options, _identity(slo, "ticket")),
        annotations=_merged_annotations(own, name, service, slo, options, context, keep=("title", "summary", "description")),
        kind="nodata",
        severity="ticket",
    )


def groups_alert(service: str, slo: Slo, groups: Groups, series: Series, context: Context) -> AlertRule:
    """A ticket when an SLO has more groups than it allows: each costs recorded series and evaluation time."""
    name, options, who = groups_name(service, slo), slo.alerting.ticket_alert, f"{service}/{slo.name}"
    own = {
        "title": f"(ticket) {who} SLO has too many groups.",
        "summary": f"{who} has {{{{ $value }}}} groups by {', '.join(groups.by)}, and {groups.limit} are allowed.",
        "description": (
            f"Each group has its own recorded series, budget and alerts. At more than {2 * groups.limit} groups the rules of "
            "this SLO fail and nobody is paged any more: raise `groups.limit`, or group by something with fewer values."
        ),
    }
    labels = {"severity": "ticket", **_owner(service, "ticket", context)}
    return AlertRule(
        alert=name,
        expr=f"slo:groups:count{series.selector} > {groups.limit}",
        hold=GROUPS_HOLD,
        labels=_merged(labels, slo, options, _identity(slo, "ticket")),
        annotations=_merged_annotations(own, name, service, slo, options, context, keep=("title", "summary", "description")),
        kind="groups",
        severity="ticket",
    )


def _condition(pair: WindowPair, objective: Objective, slo: Slo, series: Series) -> str:
    factor, budget, of = f"{pair.factor:.12g}", f"{objective.budget:.12g}", objective.matchers
    lines = [
        f"    {series.ratio(pair.long, of)} / {budget} > {factor}",
        "  and ignoring (sloth_window)",
        f"    {series.ratio(pair.short, of)} / {budget} > {factor}",
    ]
    if slo.minimum_traffic:
        lines += ["  and ignoring (sloth_window)", f"    {series.total(pair.long, of)} >= {slo.minimum_traffic:.12g}"]
    if least := least_bad(slo, pair, objective.budget):
        bad = f"{series.ratio(pair.long, of)} * ignoring (sloth_window) {series.total(pair.long, of)}"
        # `rate` counts a little more than whole events, never less.
        lines += ["  and ignoring (sloth_window)", f"    {bad} * {pair.long_s:.12g} > {least - 0.5:.12g}"]
    if series.maintenance:
        lines += ["  unless on ()", f"    {MAINTENANCE}{series.selector} > time() - {pair.short_s:.12g}"]
    return "\n".join(lines)


def _promised(slo: Slo, series: Series) -> str:
    """The objective, and those of single groups."""
    own, *others = series.objectives
    text = f"{own.percent:.12g}% over {window_words(slo.window)}, so {own.budget * 100:.12g}% may fail"
    if not slo.groups or not others:
        return text
    each = ", ".join(f"{value} {percent:.12g}%" for value, percent in sorted(slo.groups.objectives.items()))
    return f"{text} ({_literal(each)})"


def _group(groups: Groups | None) -> str:
    """A template: which group an alert is about."""
    if not groups:
        return ""
    return " (" + ", ".join(f"{label} {{{{ $labels.{label} }}}}" for label in groups.by) + ")"


def _asked(query: str, selector: str, groups: Groups | None) -> str:
    """A template's query, of the alert's own group where there are groups; `query` has %s for the selector."""
    if not groups:
        return f"`{query % selector}`"
    own = selector.removesuffix("}") + "".join(f",{label}=%q" for label in groups.by) + "}"
    return f"(printf `{query % own}` {' '.join(f'$labels.{label}' for label in groups.by)})"


def _lasting(slo: Slo, series: Series) -> str:
    """A template: how long the rest of the budget lasts at the alert's burn rate, worst label set first."""
    window = slo.window
    remaining = _asked("min(slo:period_error_budget_remaining:ratio%s)", series.selector, slo.groups)
    days = f"{window.removesuffix('d')} days" if window.endswith("d") else f"the {window}"
    of_days = f"{days}'" if window.endswith("d") else f"{days}'s"
    lasts = (
        f'query (printf "round(vector(%f * {seconds(window):.0f} / %f), 60)" $left $value) | first | value | humanizeDuration'
    )
    full = f'query (printf "round(vector({seconds(window):.0f} / %f), 60)" $value) | first | value | humanizeDuration'
    return (
        f"{{{{ with query {remaining} }}}}{{{{ $left := . | first | value }}}}"
        f"{{{{ if gt $left 0.0 }}}}the {{{{ $left | humanizePercentage }}}} left of {of_days} budget lasts {{{{ {lasts} }}}}"
        f"{{{{ else }}}}the budget of {days} is already spent{{{{ end }}}}"
        f"{{{{ else }}}}a full budget of {days} would last {{{{ {full} }}}}{{{{ end }}}}"
    )


def _percent(selector: str, groups: Groups | None) -> str:
    record, _, matchers = selector.partition("{")
    query = _asked(f"max({record}%s)", "{" + matchers, groups)
    known = f"{{{{ with query {query} }}}}{{{{ . | first | value | humanizePercentage }}}}"
    return f"{known}{{{{ else }}}}unknown{{{{ end }}}}"


def _identity(slo: Slo, severity: AlertSeverity) -> dict[str, str]:
    """Labels that say which alert this is; nothing may override them."""
    return {"slo": slo.name, "sloth_severity": severity}


def tier_of(service: str, severity: AlertSeverity, context: Context) -> str:
    """P1–P4: how urgent an alert of `severity` is for `service`."""
    return context.tiers.get((service, severity), DEFAULT_TIER[severity])


def _owner(service: str, severity: AlertSeverity, context: Context) -> dict[str, str]:
    owner = context.owners.get(service)
    return {"service": service, "tier": tier_of(service, severity, context)} | ({"owner": owner} if owner else {})


def _merged(own: Mapping[str, str], slo: Slo, options: AlertOptions, fixed: Mapping[str, str]) -> dict[str, str]:
    """As Sloth merges: what the SLO says of all its alerts, over it what it says of this one."""
    return {**own, **slo.alerting.labels, **options.labels, **fixed}


def _merged_annotations(
    own: Mapping[str, str],
    name: str,
    service: str,
    slo: Slo,
    options: AlertOptions,
    context: Context,
    keep: tuple[str, ...] = (),
) -> dict[str, str]:
    links = {
        key: link_from(template, alert=name, service=service, slo=slo.name)
        for key, template in (("runbook_url", context.runbook_url), ("dashboard_url", context.dashboard_url))
        if template
    }
    merged = {**own, **links, **slo.alerting.annotations, **options.annotations}
    return merged | {key: own[key] for key in keep}


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return "" if not text else text + (" " if text.endswith((".", "!", "?")) else ". ")


def _literal(text: str) -> str:
    """Text that Go's templates print as it is."""
    return text.replace("{{", '{{ "{{" }}')
