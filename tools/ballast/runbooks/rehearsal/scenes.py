"""Real Prometheus servers on which alerts fire: one for failures, one for missing data, one for the platform's own alerts."""

from __future__ import annotations

import re
import time
from collections.abc import Container, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from ballast.repo import Repository
from ballast.runbooks.page import Runbook
from ballast.runbooks.rehearsal.series import FAULT, HISTORY, INTERVAL, Scene, SeriesFile, expanded, openmetrics, samples
from ballast.slo import AlertRule, CompiledSlo, compile_repository, prometheus_rules
from ballast.slo.proofs import Phase, Traffic, input_series, proofs_of
from ballast.stack import Prometheus, Stack, wait_until

RATE = 20.0
"""Events a second of each SLO."""
_HOLD = re.compile(r"^\s+for: .*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stage:
    """A running scene: its server, and the names of the alerts that fire there."""

    prometheus: Prometheus
    firing: frozenset[str]


def scene_of(page: Runbook, slos: Iterable[CompiledSlo], platform: Container[str] = ()) -> Scene:
    """Where a page's queries are asked; `platform` are the names of the platform's own alerts."""
    names = page.front.alerts if page.front else []
    kinds = {alert.alert: alert.kind for slo in slos for alert in slo.alerts}
    for name in names:
        if name in platform:
            return "platform"
        if name in kinds or name.endswith(("ErrorBudgetBurn", "NoData")):  # the others are alerts/grafana.yaml's
            return "nodata" if kinds.get(name) == "nodata" or name.endswith("NoData") else "burn"
    return "platform"


def compiled_slos(repository: Repository) -> list[CompiledSlo]:
    """All SLOs of a repository."""
    return [slo for compiled in compile_repository(repository) for slo in compiled.slos]


def start(stack: Stack, scenes: Sequence[Scene], slos: Sequence[CompiledSlo], extra: SeriesFile) -> dict[Scene, Stage]:
    """Write history, start the servers together, and wait until every alert that can fire does.

    Rules are evaluated each second and wait for nothing (`for` is left out: a rehearsal has no ten minutes).
    """
    servers: dict[Scene, Prometheus] = {}
    for scene in scenes:
        place = stack.directory / scene
        place.mkdir(parents=True, exist_ok=True)
        rules = place / "rules.yaml"
        groups = [replace(group, interval="1s") for slo in slos for group in slo.groups]
        rules.write_text(_HOLD.sub("", prometheus_rules(groups)), encoding="utf-8")
        server = Prometheus(place, rule_files=[rules] if scene != "platform" else [], name=f"prometheus-{scene}")
        text, end = place / "history.om", time.time()
        with text.open("w", encoding="utf-8") as out:
            out.writelines(openmetrics([*_extra(scene, extra, end), *_proofs(scene, slos, end)]))
        server.backfill(text, block_hours=24)
        text.unlink()
        servers[scene] = server
    stack.start_all(*servers.values())
    return {scene: Stage(server, _settle(scene, server, slos)) for scene, server in servers.items()}


def _settle(scene: Scene, server: Prometheus, slos: Sequence[CompiledSlo]) -> frozenset[str]:
    """Wait for the alerts of the scene; those that do not come within half a minute are not among the answer."""
    kind = {"burn": "burn", "nodata": "nodata"}.get(scene)
    wanted = {(rule.alert, rule.severity) for slo in slos for rule in slo.alerts if rule.kind == kind and _quick(rule)}

    def firing() -> set[tuple[str, str]]:
        # The series, not the API's list: after a start, Prometheus holds alerts for some rounds before it records them.
        found = server.query('ALERTS{alertstate="firing"}')
        return {(series.labels["alertname"], series.labels.get("severity", "")) for series in found}

    def evaluated_since(moment: float) -> bool:
        groups = server.get("/api/v1/rules")["groups"]
        return all(datetime.fromisoformat(group["lastEvaluation"]).timestamp() > moment for group in groups)

    with suppress(TimeoutError):
        wait_until(lambda: wanted <= firing(), 30, "the alerts to fire")
    moment = time.time()  # what depends on what was just recorded is there after one more round
    wait_until(lambda: evaluated_since(moment), 30, "every rule to be evaluated")
    return frozenset(name for name, _ in firing()) if kind else frozenset()


def _quick(rule: AlertRule) -> bool:
    """Whether an alert fires within the quarter of an hour that the fault lasts: tickets look at days."""
    return rule.kind == "nodata" or rule.severity == "page"


def _extra(scene: Scene, extra: SeriesFile, end: float) -> list[tuple[str, list[tuple[float, float]]]]:
    return [(name, list(samples(shape, end))) for name, shape in extra.scenes[scene].items()]


def _proofs(scene: Scene, slos: Sequence[CompiledSlo], end: float) -> list[tuple[str, list[tuple[float, float]]]]:
    """The proofs' own series, for traffic that fails or vanishes when the fault begins."""
    found: list[tuple[str, list[tuple[float, float]]]] = []
    if scene == "platform":
        return found
    broken = Phase(FAULT, RATE, RATE) if scene == "burn" else Phase(FAULT, RATE, scraped=False)
    for slo in slos:
        subject = proofs_of(slo).subject
        if subject is not None:
            traffic = Traffic((Phase(HISTORY, RATE), broken))
            found += [(name, expanded(values, end)) for name, values in input_series(subject.signals, traffic, INTERVAL)]
    return [(name, points) for name, points in found if points]
