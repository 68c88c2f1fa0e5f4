"""Everything the demo runs, on loopback: services under load, Prometheus with our rules, Alertmanager, gateway, receiver."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ballast.demo import history, routes
from ballast.demo.service import ROUTES
from ballast.demo.windows import with_table
from ballast.gateway import GatewayProcess
from ballast.repo import BurnRate, CannotRun, Severity, load
from ballast.slo import Compiled, CompiledSlo, compile_files, context_of, prometheus_rules
from ballast.stack import Alertmanager, PagerDuty, Program, Prometheus, Scrape, Stack, wait_until

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tuning:
    """Intervals in seconds, `rate` in requests per second and service."""

    scrape: float = 5.0
    evaluation: float = 5.0
    slow_evaluation: float = 15.0
    group_wait: float = 0.0
    group_interval: float = 5.0
    rate: float = 20.0


@dataclass(frozen=True, slots=True)
class Table:
    """Burn rates to use for one SLO (`service/slo`) instead of its own."""

    slo: str
    rows: Sequence[BurnRate]


class Stage:
    """The running demo. Build it inside a `Stack`, which stops everything; `progress` is told what is being done."""

    def __init__(
        self,
        stack: Stack,
        root: Path,
        *,
        tuning: Tuning | None = None,
        table: Table | None = None,
        progress: Progress = lambda _: None,
    ) -> None:
        self.stack = stack
        self.tuning = tuning or Tuning()
        self.rules = stack.directory / "rules"
        progress("compiling the SLOs of alerts/")
        self.compiled = self._compile(root, table)
        progress("starting PostgreSQL, the gateway, Alertmanager and the services")
        self._start_servers()
        progress("writing thirty days of history")
        self._start_prometheus()
        progress("waiting for the first scrapes and evaluations")
        self._settle()

    def slo(self, name: str) -> CompiledSlo:
        """The compiled SLO `service/slo`. CannotRun when the repository does not have it."""
        for service in self.compiled:
            for slo in service.slos:
                if f"{service.service}/{slo.slo.name}" == name:
                    return slo
        raise CannotRun(f"the demo needs the SLO {name}, and alerts/slos/ has no active one of that name")

    def firing(self, alert: str) -> str | None:
        """Since when Prometheus holds the page `alert` as firing (RFC 3339), or None."""
        for active in self.prometheus.alerts():
            if active.labels["alertname"] == alert and active.labels.get("severity") == "page" and active.state == "firing":
                return active.active_at
        return None

    def _compile(self, root: Path, table: Table | None) -> list[Compiled]:
        repository = load(root)
        errors = [p for p in repository.problems if p.severity is Severity.ERROR]
        if errors:
            raise CannotRun(f"alerts/ has {len(errors)} error(s), the first at {errors[0].position}: run `ballast validate`")
        files = []
        for document in repository.slo_files:
            file = document.model
            if table and table.slo.startswith(f"{file.service}/"):
                file = with_table(file, table.slo.removeprefix(f"{file.service}/"), list(table.rows))
            files.append((document.path, file))
        t = self.tuning
        context = replace(context_of(repository), fast=_duration(t.evaluation), slow=_duration(t.slow_evaluation))
        compiled = compile_files(files, context)
        self.rules.mkdir(parents=True, exist_ok=True)
        for service in compiled:
            (self.rules / f"{service.service}.yaml").write_text(prometheus_rules(service.groups), encoding="utf-8")
        return compiled

    def _start_servers(self) -> None:
        place, stack = self.stack.directory, self.stack
        self.pagerduty = PagerDuty(place / "pagerduty")
        self.services = {
            name: Program(
                name, place / name, [sys.executable, "-m", "ballast.demo.service", name, "--port", "{port}"], ready="/healthz"
            )
            for name in ROUTES
        }
        for process in (self.pagerduty, *self.services.values()):
            stack.launch(process)
        self.database = stack.database("gateway")
        self.pagerduty.wait_ready()
        self.alertmanager = stack.start(Alertmanager(place / "alertmanager", routes.NOBODY))  # its port is final now
        self.gateway = stack.start(
            GatewayProcess(
                place / "gateway",
                database_url=self.database.url,
                pagerduty_url=self.pagerduty.events_url,
                overrides=self._reconciling(),
            )
        )
        for process in self.services.values():
            process.wait_ready()
        self.alertmanager.settings = routes.settings(
            self.gateway.webhook,
            self.pagerduty.events_url,
            group_wait=self.tuning.group_wait,
            group_interval=self.tuning.group_interval,
        )
        self.alertmanager.reload()
        targets = [f"{name}={process.url}" for name, process in self.services.items()]
        load_words = [sys.executable, "-m", "ballast.demo.load", "--rate", f"{self.tuning.rate:g}", *targets]
        stack.start(Program("load", place / "load", load_words))

    def _reconciling(self) -> dict[str, object]:
        """How the gateway asks Alertmanager about what is late. This Alertmanager has no past: what it lacks is over."""
        late = 0.8 * self.tuning.group_interval  # before the other leg can have resolved anything
        return {
            "alertmanager_urls": self.alertmanager.url,
            "late_seconds": late,
            "hold_seconds": 10 * late,
            "settle_seconds": 0,
        }

    def _start_prometheus(self) -> None:
        instances = {name: f"{name}-1" for name in ("prometheus", "alertmanager", "gateway", *self.services)}
        self.prometheus = Prometheus(
            self.stack.directory / "prometheus",
            rule_files=[self.rules / "*.yaml"],
            alertmanagers=[self.alertmanager.target],
            scrape_interval=self.tuning.scrape,
            evaluation_interval=self.tuning.evaluation,
        )
        processes = {"prometheus": self.prometheus, "alertmanager": self.alertmanager, "gateway": self.gateway, **self.services}
        self.prometheus.scrapes = [
            Scrape(job, [f"127.0.0.1:{process.port}"], {"instance": instances[job]}) for job, process in processes.items()
        ]
        text = self.stack.directory / "history.om"
        history.write(text, time.time(), self.compiled, instances, self.tuning.scrape)
        self.prometheus.backfill(text, block_hours=744)
        text.unlink()
        self.stack.start(self.prometheus)

    def _settle(self) -> None:
        """Wait until every target has been scraped twice and every rule group has been evaluated."""
        started = time.time()
        jobs = len(self.prometheus.scrapes)

        def settled() -> bool:
            up = self.prometheus.value(f"count(min_over_time(up[{_duration(2 * self.tuning.scrape)}]) == 1)")
            groups = self.prometheus.get("/api/v1/rules")["groups"]
            evaluated = all(not group["lastEvaluation"].startswith("0001") for group in groups)
            return up == jobs and evaluated and time.time() - started > 2 * self.tuning.scrape

        limit = 30 + 2 * self.tuning.scrape + 2 * self.tuning.slow_evaluation
        try:
            wait_until(settled, limit, "the first scrapes and evaluations")
        except TimeoutError as error:
            raise CannotRun(f"{error}; {self.prometheus.log_tail()}") from None


def _duration(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
