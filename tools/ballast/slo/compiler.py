"""From SLO files to rules: one fast group an SLO for what pages, one slow group for everything that may wait."""

from __future__ import annotations

from collections.abc import Iterable

from ballast.repo import AlertSeverity, Repository, Slo, SloFile, WindowPair, budget_ratio
from ballast.slo.alerting import burn_alert, no_data_alert
from ballast.slo.model import Compiled, CompiledSlo, Context, Group, Rule
from ballast.slo.queries import sli_queries
from ballast.slo.rules import Series, direct_rules, info_rules, selector_of, tile_rules, tiled_rules
from ballast.slo.windows import layout, split

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
    identity = f"{service}-{slo.name}"
    budget = budget_ratio(slo.objective)
    pairs, unreachable = split(slo)
    page = _of("page", pairs, disabled=slo.alerting.page_alert.disable)
    ticket = _of("ticket", pairs, disabled=slo.alerting.ticket_alert.disable)
    windows = layout(slo.window, page, ticket)
    labels = dict(sorted({**file.labels, **slo.labels, **_own_labels(service, slo.name, identity)}.items()))
    series = Series(labels, selector_of(slo.name, identity), ", ".join(labels), sli_queries(slo.sli))

    fast: list[Rule] = [rule for window in windows.fast for rule in direct_rules(series, window)]
    slow: list[Rule] = [rule for window in windows.slow for rule in direct_rules(series, window)]
    slow += tile_rules(series, context.slow)
    for window in windows.tiled:
        slow += tiled_rules(series, window, windows.base(window))
    slow += info_rules(series, slo.objective, budget, slo.window)
    if page:
        fast.append(burn_alert(service, slo, "page", page, budget, series, context))
    if ticket:
        slow.append(burn_alert(service, slo, "ticket", ticket, budget, series, context))
    if page or ticket:
        slow.append(no_data_alert(service, slo, windows.shortest, series, context))

    groups = [Group(f"{service}/{slo.name}/fast", context.fast, fast)] if fast else []
    groups.append(Group(f"{service}/{slo.name}/slow", context.slow, slow))
    return CompiledSlo(service, slo, identity, series.selector, labels, budget, windows, page + ticket, unreachable, groups)


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
    )


def _of(severity: AlertSeverity, pairs: Iterable[WindowPair], *, disabled: bool) -> tuple[WindowPair, ...]:
    return () if disabled else tuple(pair for pair in pairs if pair.severity == severity)


def _own_labels(service: str, slo: str, identity: str) -> dict[str, str]:
    return {"slo": slo, "sloth_id": identity, "sloth_service": service, "sloth_slo": slo}
