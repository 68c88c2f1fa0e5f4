"""What the faults befall: PostgreSQL, Redis, Kafka where there is Java, a receiver, two gateways, and a source of alerts."""

from __future__ import annotations

import asyncio
import random
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg
from psycopg.rows import dict_row

from ballast.gateway import GatewayProcess
from ballast.gateway.settings import VARIABLES
from ballast.repo import CannotRun
from ballast.stack import Kafka, PagerDuty, Postgres, Redis, Stack
from ballast.stack.kafka import jars, java
from tests.soak.faults import Fault
from tests.soak.source import TWO_LEGS, Group, Source
from tests.soak.verdict import PARTITIONS, Verdict, judge, orders

TIERS = ("P1", "P2", "P3", "P4")
LEASE_SECONDS = 1.6
SETTINGS = {
    "timeout_seconds": 0.5,
    "lease_seconds": LEASE_SECONDS,
    "late_seconds": 0.8,
    "store_seconds": 1.0,
    "drain_seconds": 1.0,
    "events_per_minute": 0,
    "flap_changes": 0,  # what is held is tested elsewhere: here every cycle is an incident
}
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
DRAIN_SECONDS = 90.0


def why_not(needs: str) -> str:
    """Why a fault that needs these cannot be had here; empty when it can."""
    wanted = needs.split()
    if "skew" in wanted and not FAKETIME.exists():
        return "libfaketime is missing: apt-get install libfaketime"
    if "firewall" in wanted and not _firewall():
        return "iptables is missing, or not allowed here: run as root where it is installed"
    if "kafka" in wanted:
        if "kafka_bootstrap" not in VARIABLES:
            return "the gateway has no relay"
        try:
            java()
            jars()
        except CannotRun as error:
            return str(error)
    return ""


def _firewall() -> bool:
    try:
        return subprocess.run(["iptables", "-w", "-L", "OUTPUT", "-n"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


@dataclass
class Clock:
    """A process's wall clock that can be stepped, by libfaketime; its monotonic clock stays as it is."""

    file: Path

    def step(self, seconds: float) -> None:
        """Set it `seconds` off from the machine's. The process sees it within a second."""
        part = self.file.with_suffix(".part")
        part.write_text(f"{seconds:+.3f}\n")
        part.chmod(0o644)
        part.replace(self.file)

    def env(self) -> dict[str, str]:
        """The process's environment."""
        return {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DISABLE_SHM": "1",
        }


class Skewed(GatewayProcess):
    """A gateway whose clock can be stepped."""

    clock: Clock | None = None

    def prepare(self) -> None:
        """The clock, too."""
        super().prepare()
        self.env |= self.clock.env() if self.clock else {}


class SkewedPostgres(Postgres):
    """A PostgreSQL whose clock can be stepped."""

    clock: Clock | None = None

    def prepare(self) -> None:
        """The clock, too."""
        super().prepare()
        self.env = self.clock.env() if self.clock else {}


class Rig:
    """Started with `with`. `hurt` injects faults under traffic, lets everything recover, and judges."""

    def __init__(self, seed: int, *, kafka: bool = False, skew: bool = False) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.stack = Stack()
        folder = self.stack.directory
        self.pagerduty = PagerDuty(folder / "pagerduty")
        self.postgres = SkewedPostgres(folder / "postgres", durable=False)
        self.redis = Redis(folder / "redis")
        self.kafka = Kafka(folder / "kafka") if kafka else None
        self.gateways: list[Skewed] = []
        self.clocks: list[Clock] = []
        if skew:
            self.clocks = [Clock(folder / f"clock{n}") for n in range(3)]
            self.postgres.clock = self.clocks[2]
            for clock in self.clocks:
                clock.step(0)
        self.batches = 0

    def __enter__(self) -> Self:
        self.stack.__enter__()
        try:
            folder = self.stack.directory
            self.stack.start_all(self.pagerduty, self.postgres, self.redis, *([self.kafka] if self.kafka else []))
            self.url = self.postgres.schema("soak").url
            overrides: dict[str, object] = {**SETTINGS, "redis_url": self.redis.url}
            if self.kafka is not None:
                self.kafka.create_topics("alerts", "audit", partitions=PARTITIONS)
                overrides["kafka_bootstrap"] = self.kafka.address
            self.source = Source([], self.pagerduty.events_url, self.seed)
            overrides["alertmanager_urls"] = self.source.url
            for n in range(2):
                gateway = Skewed(
                    folder / f"gateway{n}",
                    database_url=self.url,
                    pagerduty_url=self.pagerduty.events_url,
                    overrides=overrides,
                    name=f"gateway{n}",
                )
                gateway.clock = self.clocks[n] if self.clocks else None
                self.gateways.append(gateway)
            self.stack.start_all(*self.gateways)
            self.source.webhooks = [g.webhook for g in self.gateways]
            self.runner = asyncio.Runner()
        except BaseException:
            self.stack.__exit__(None)
            raise
        return self

    def __exit__(self, *rest: Any) -> None:
        self.runner.close()
        self.source.close()
        self.stack.__exit__(*rest)

    def hurt(self, fault: Fault, times: int, groups: int = 16) -> Verdict:
        """`times` faults while `groups` groups fire and cease, then recovery and judgement."""
        return self.runner.run(self._hurt(fault, times, groups))

    async def _hurt(self, fault: Fault, times: int, count: int) -> Verdict:
        self.batches += 1
        rng = random.Random(f"{self.seed} {fault.name} {self.batches}")
        groups = [Group(f"{fault.name}-{self.batches}-{n}", TIERS[n % 4]) for n in range(count)]
        stop = asyncio.Event()
        began = time.monotonic()
        async with httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_keepalive_connections=8)) as client:
            async with asyncio.TaskGroup() as playing:
                for group in groups:
                    playing.create_task(self.source.play(group, client, stop))
                for _ in range(times):
                    await asyncio.sleep(rng.uniform(0.0, 0.8))
                    await asyncio.to_thread(fault.inject, self, rng)
                await asyncio.to_thread(self.heal)
                stop.set()
            await self._drain(groups)
            firing = {group.name for group in groups if group.firing}
            middle = await asyncio.to_thread(self._judge, groups, firing)
            for group in groups:  # what still fires must be open; then it ends, too
                if group.firing:
                    await self.source.cease(group, client)
            await self._drain(groups)
        verdict = await asyncio.to_thread(self._judge, groups, set())
        for group in groups:
            del self.source.groups[group.name]
        verdict.problems[:0] = [f"before the end: {problem}" for problem in middle.problems]
        verdict.faults = times
        verdict.seconds = time.monotonic() - began
        return verdict

    def heal(self) -> None:
        """Whatever a fault left behind: every process runs, and answers."""
        self.pagerduty.heal()
        for clock in self.clocks:
            clock.step(0)
        for process in (self.postgres, self.redis, self.kafka, *self.gateways):
            if process is not None and not process.running:
                process.launch()
        for process in (self.postgres, self.redis, self.kafka, *self.gateways):
            if process is not None:
                process.wait_ready()

    async def _drain(self, groups: list[Group]) -> None:
        """Until nothing of these groups waits any more."""
        deadline = time.monotonic() + DRAIN_SECONDS
        keys = [group.dedup_key for group in groups]
        waiting: list[dict[str, Any]] = []
        while time.monotonic() < deadline:
            with suppress(psycopg.Error):
                waiting = await asyncio.to_thread(self.rows, _WAITING, {"keys": keys, "bus": self.kafka is not None})
                if not waiting:
                    return
            await asyncio.sleep(0.2)
        raise AssertionError(f"after {DRAIN_SECONDS:g} s there still wait {waiting[:5]}\n{self.gateways[0].log_tail()}")

    def rows(self, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        """What PostgreSQL has."""
        with psycopg.connect(self.url, connect_timeout=3, row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    def _judge(self, groups: list[Group], firing: set[str]) -> Verdict:
        keys = {"keys": [group.dedup_key for group in groups]}
        outbox = self.rows(_OUTBOX, keys)
        inbox = {row["id"] for row in self.rows("select id from gateway_inbox where dedup_key = any(%(keys)s)", keys)}
        verdict = judge(
            groups, firing, self.pagerduty.calls(), self.pagerduty.incidents(), outbox, inbox, two_legs=frozenset(TWO_LEGS)
        )
        if self.kafka is not None:
            written = self.rows("select id, stream, dedup_key from gateway_events where dedup_key = any(%(keys)s)", keys)
            verdict.problems += orders(written, self.kafka.address)
            verdict.events = len(written)
        return verdict


_WAITING = """
select dedup_key, action, state, attempts, reason from gateway_outbox where state = 'pending' and dedup_key = any(%(keys)s)
union all
select dedup_key, kind, 'not relayed', 0, '' from gateway_events
where %(bus)s and relayed_at is null and dedup_key = any(%(keys)s)
"""
_OUTBOX = """
select id, dedup_key, action, state, attempts, reason, incident_id from gateway_outbox
where dedup_key = any(%(keys)s) order by id
"""
