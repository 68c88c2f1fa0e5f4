"""Breach → page: from the moment a burn-rate condition is true to the page's arrival at PagerDuty, at three intervals.

Many services fail completely, each at a random moment, in one run of real Prometheus, Alertmanager, gateway and receiver. A
full outage makes the condition true after factor x budget x long window seconds, so that moment is known exactly. The goal is
the sum of what may have to be waited for: one scrape, one evaluation, group_wait.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ballast.demo.routes import settings
from ballast.gateway import GatewayProcess
from ballast.repo import Availability, BurnRate, Sli, Slo, SloFile
from ballast.slo import Context, compile_file, prometheus_rules
from ballast.stack import Alertmanager, PagerDuty, Prometheus, Scrape, Stack
from tests.bench.figures import Figure
from tests.bench.fleet import Fleet

INTERVALS = (1, 5, 15)
FACTOR, BUDGET, LONG = 14.4, 0.001, 300
TRUE_AFTER = FACTOR * BUDGET * LONG
"""Seconds from a full outage to the condition: 4.32."""
TABLE = [BurnRate(severity="page", long="5m", short="1m", factor=FACTOR)]
GROUP_WAIT = 0.0
SEED = 20


def run(quick: bool) -> list[Figure]:
    """p50 and p99 at each interval, over 24 faults (6 when quick)."""
    return [figure for interval in INTERVALS for figure in _at(interval, 6 if quick else 24)]


def _at(interval: int, faults: int) -> list[Figure]:
    names = [f"bench-{n:02}" for n in range(faults)]
    with TemporaryDirectory() as folder, Stack(Path(folder)) as stack, Fleet(names) as fleet:
        pages = _paged(stack, fleet, interval)
    bound = 2 * interval + GROUP_WAIT
    command = "python -m tests.bench latency"
    missing = [name for name in names if name not in pages]
    if missing:
        note = f"{len(missing)} of {faults} faults were not paged: {', '.join(missing[:3])}"
        return [Figure(f"breach → page p99, {interval} s intervals", None, "s", command, bound, note=note)]
    delays = np.array([first for first, _ in pages.values()])
    gateway = np.array([second for _, second in pages.values()])
    p99 = float(np.percentile(gateway, 99))
    note = f"{faults} faults; {delays.min():.2f} to {delays.max():.2f} s; by the gateway's leg p99 {p99:.2f} s"
    return [
        Figure(f"breach → page p50, {interval} s intervals", float(np.percentile(delays, 50)), "s", command, bound),
        Figure(f"breach → page p99, {interval} s intervals", float(np.percentile(delays, 99)), "s", command, bound, note=note),
    ]


def _paged(stack: Stack, fleet: Fleet, interval: int) -> dict[str, tuple[float, float]]:
    """Service to the seconds from its true condition to its page by the first leg, and by the gateway's."""
    folder = stack.directory
    rules = folder / "rules.yaml"
    context = Context(fast=f"{interval}s", slow="1m")
    groups = [group for name in fleet.names for group in compile_file(_spec(name), context).groups]
    rules.write_text(prometheus_rules(groups))
    pagerduty = stack.start(PagerDuty(folder / "pagerduty"))
    database = stack.database("gateway")
    gateway = stack.start(GatewayProcess(folder / "gateway", database_url=database.url, pagerduty_url=pagerduty.events_url))
    routing = settings(gateway.webhook, pagerduty.events_url, group_wait=GROUP_WAIT)
    alertmanager = stack.start(Alertmanager(folder / "alertmanager", routing))
    prometheus = Prometheus(
        folder / "prometheus",
        scrapes=[Scrape("fleet", [fleet.target], {"instance": "fleet"})],
        rule_files=[rules],
        alertmanagers=[alertmanager.target],
        scrape_interval=interval,
        evaluation_interval=interval,
    )
    fleet.history(folder / "history.om", LONG + 300, 15)
    prometheus.backfill(folder / "history.om")
    stack.start(prometheus)
    time.sleep(3 * interval)  # live scrapes and evaluations before the first fault

    rng = random.Random(SEED * interval)
    begin = time.time() + 1
    spread = max(10.0, 4.0 * interval)
    fleet.fails = {name: begin + rng.uniform(0, spread) for name in fleet.names}
    deadline = begin + spread + TRUE_AFTER + 2 * interval + 30
    while time.time() < deadline:
        time.sleep(0.5)
        arrived = _arrivals(pagerduty)
        if all(len(arrived.get(name, {})) == 2 for name in fleet.names):
            break
    true = {name: at + TRUE_AFTER for name, at in fleet.fails.items()}
    return {
        name: (min(legs.values()) - true[name], legs.get("Ballast", float("nan")) - true[name])
        for name, legs in _arrivals(pagerduty).items()
    }


def _spec(name: str) -> SloFile:
    sli = Sli(availability=Availability(metric="http_requests_total", selector=f'service="{name}"'))
    slo = Slo(name="availability", objective=100 - 100 * BUDGET, sli=sli, burn_rates=TABLE)
    return SloFile(version="prometheus/v1", service=name, slos=[slo])


def _arrivals(pagerduty: PagerDuty) -> dict[str, dict[str, float]]:
    """Service to the arrival of its first trigger by each client."""
    found: dict[str, dict[str, float]] = {}
    for call in pagerduty.calls():
        payload = call["event"].get("payload") or {}
        if call["event"]["event_action"] == "trigger" and payload.get("severity") in ("critical", "error"):
            found.setdefault(payload["source"], {}).setdefault(call["event"]["client"], call["arrived"])
    return found
