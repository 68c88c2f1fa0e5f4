"""From SLO files to rules: one fast group an SLO for what pages, one slow group for everything that may wait."""

from __future__ import annotations

from collections.abc import Iterable

from ballast.repo import AlertSeverity, Repository, Slo, SloFile, WindowPair, window_pairs
from ballast.slo.alerting import burn_alert, groups_alert, no_data_alert
from ballast.slo.maintenance import maintenance_by_service, maintenance_of, maintenance_rule
from ballast.slo.model import Compiled, CompiledSlo, Context, Group, Rule
from ballast.slo.objectives import Objective, objectives_of
from ballast.slo.queries import sli_queries
from ballast.slo.rules import (
    Series,
    calendar_rules,
    direct_rules,
    good_time_rule,
    group_rules,
    info_rules,
    tile_rules,
    tiled_rules,
)
from ballast.slo.windows import Layout, identity_of, layout, selector_of, split

__all__ = ["compile_file", "compile_files", "compile_slo", "context_of"]


def compile_files(files: Iterable[tuple[str, SloFile]], context: Context) -> list[Compiled]:
    """Compile files, given with the paths they were read from; SLOs of one service come together, services by name."""
    services: dict[str, Compiled] = {}
    for path, file in files:
        one = compile_file(file, context)
        together = services.setdefault(file.service, Compiled(file.service, []))
        together.slos += one.slos
        if path not in together.sources:
            together.sources.append(path)
    return [services[name] for name in sorted(services)]


def compile_file(file: SloFile, context: Context) -> Compiled:
    """Compile the active SLOs of one file; archived ones become nothing."""
    return Compiled(file.service, [compile_slo(file, slo, context) for slo in file.slos if slo.status == "active"])


def compile_slo(file: SloFile, slo: Slo, context: Context) -> CompiledSlo:
    """Compile one SLO of `file`. It was checked by the reader: exactly one kind of SLI that is not a plugin."""
    service = file.service
    identity = identity_of(service, slo.name)
    objectives = objectives_of(slo)
    fires = {one: _fires(slo, one) for one in objectives}
    page, ticket = _united(slo, "page", fires), _united(slo, "ticket", fires)
    windows = layout(slo.window, page, ticket)
    labels = dict(sorted({**file.labels, **slo.labels, **_own_labels(service, slo.name, identity)}.items()))
    selector = selector_of(slo.name, identity)
    maintenance = maintenance_of(slo.name, context.maintenance.get(service, ()))
    queries = sli_queries(slo.sli, by=slo.groups.by if slo.groups else (), selector=selector)
    series = Series(labels, selector, ", ".join(labels), queries, objectives, windows.calendar, bool(maintenance))

    before: list[Rule] = [maintenance_rule(series, maintenance)] if maintenance else []
    before += [good_time_rule(series)] if queries.good else []
    fast: list[Rule] = [rule for window in windows.fast for rule in direct_rules(series, window)]
    slow: list[Rule] = [rule for window in windows.slow for rule in direct_rules(series, window)]
    slow += _long_windows(series, windows, context.slow)
    slow += info_rules(series, slo.window)
    slow += group_rules(series, slo.groups.limit) if slo.groups else []
    if page:
        fast.append(burn_alert(service, slo, "page", page, _only("page", fires), series, context))
    if ticket:
        slow.append(burn_alert(service, slo, "ticket", ticket, _only("ticket", fires), series, context))
    if page or ticket:
        slow.append(no_data_alert(service, slo, windows.shortest, series, context))
    if slo.groups:
        slow.append(groups_alert(service, slo, slo.groups, series, context))
    if fast:
        fast = before + fast
    else:
        slow = before + slow

    limit = 2 * slo.groups.limit if slo.groups else 0
    groups = [Group(f"{service}/{slo.name}/fast", context.fast, fast, limit)] if fast else []
    groups.append(Group(f"{service}/{slo.name}/slow", context.slow, slow, limit))
    return CompiledSlo(
        service=service,
        slo=slo,
        id=identity,
        selector=series.selector,
        labels=labels,
        budget=objectives[0].budget,
        windows=windows,
        pairs=page + ticket,
        unreachable=tuple(pair for pair in split(slo)[1] if pair not in page + ticket),
        groups=groups,
        objectives=objectives,
        maintenance=maintenance,
    )


def _long_windows(series: Series, windows: Layout, interval: str) -> list[Rule]:
    """The windows that are not asked from the queries, unless a query is right for any window as it is."""
    if series.queries.whole:
        long = (*windows.tiled, *((windows.calendar,) if windows.calendar else ()))
        return [rule for window in long for rule in direct_rules(series, window)]
    rules: list[Rule] = [*tile_rules(series, interval, hour="1h" in windows.fast + windows.slow)]
    for window in windows.tiled:
        rules += tiled_rules(series, window, windows.base(window))
    return rules + (calendar_rules(series) if windows.calendar else [])


def context_of(repository: Repository) -> Context:
    """Intervals, links, owners and tiers as the repository states them."""
    settings, services = repository.settings, {name: document.model for name, document in repository.services.items()}
    by_tier = {(route.tier, route.severity): route.alert for route in repository.routing.routes}
    return Context(
        fast=settings.intervals.fast,
        slow=settings.intervals.slow,
        runbook_url=settings.runbook_url,
        dashboard_url=settings.dashboard_url,
        owners={name: service.owner for name, service in services.items()},
        tiers={
            (name, severity): by_tier[service.tier, severity]
            for name, service in services.items()
            for severity in ("page", "ticket")
            if (service.tier, severity) in by_tier
        },
        maintenance=maintenance_by_service(repository),
    )


Fires = dict[Objective, tuple[WindowPair, ...]]
"""Which pairs can fire for which objective, without those of alerts that are switched off."""


def _fires(slo: Slo, objective: Objective) -> tuple[WindowPair, ...]:
    options = (("page", slo.alerting.page_alert), ("ticket", slo.alerting.ticket_alert))
    off = {severity for severity, option in options if option.disable}
    return tuple(pair for pair in split(slo, objective.percent)[0] if pair.severity not in off)


def _united(slo: Slo, severity: AlertSeverity, fires: Fires) -> tuple[WindowPair, ...]:
    """The pairs of a severity that can fire for any objective, in the table's order."""
    can = {pair for pairs in fires.values() for pair in pairs if pair.severity == severity}
    return tuple(pair for pair in window_pairs(slo.window, slo.burn_rates) if pair in can)


def _only(severity: AlertSeverity, fires: Fires) -> Fires:
    return {one: tuple(pair for pair in pairs if pair.severity == severity) for one, pairs in fires.items()}


def _own_labels(service: str, slo: str, identity: str) -> dict[str, str]:
    return {"slo": slo, "sloth_id": identity, "sloth_service": service, "sloth_slo": slo}
