"""The faults, each a function of the rig and a seeded random number generator; one call is one fault."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
import redis as client

from ballast.stack import wait_until

if TYPE_CHECKING:
    from tests.soak.rig import Rig

Inject = Callable[["Rig", random.Random], None]


@dataclass(frozen=True)
class Fault:
    """`batch` of them are injected before everything must recover. `needs`, of the rig: `kafka`, `skew`, `firewall`."""

    name: str
    what: str
    inject: Inject
    batch: int = 10
    needs: str = ""


def gateway_killed(rig: Rig, rng: random.Random) -> None:
    """SIGKILL of one gateway that is up (of both, one time in five), and a new start."""
    for gateway in rig.gateways if rng.random() < 0.2 else [rng.choice(rig.gateways)]:
        gateway.wait_ready()
        time.sleep(rng.uniform(0, 0.3))
        gateway.kill()
        gateway.launch()


def replica_asleep(rig: Rig, rng: random.Random) -> None:
    """SIGSTOP of one gateway for longer than its lease."""
    from tests.soak.rig import LEASE_SECONDS

    with rng.choice(rig.gateways).paused():
        time.sleep(LEASE_SECONDS * rng.uniform(1.1, 1.6))


def postgres_restarted(rig: Rig, rng: random.Random) -> None:
    """A fast shutdown, an immediate one or SIGKILL; then a start."""
    how = rng.choice((signal.SIGINT, signal.SIGQUIT, signal.SIGKILL))
    rig.postgres.stop_signal = how
    rig.postgres.stop()
    time.sleep(rng.uniform(0, 0.5))
    rig.postgres.stop_signal = signal.SIGINT
    rig.postgres.start()


def redis_flushed(rig: Rig, rng: random.Random) -> None:
    """FLUSHALL."""
    with client.Redis.from_url(rig.redis.url) as connection:
        connection.flushall()


def redis_killed(rig: Rig, rng: random.Random) -> None:
    """SIGKILL, and a new start, empty."""
    rig.redis.kill()
    time.sleep(rng.uniform(0, 0.5))
    rig.redis.start()


def kafka_killed(rig: Rig, rng: random.Random) -> None:
    """SIGKILL of the broker, and a new start on its data."""
    assert rig.kafka is not None
    rig.kafka.kill()
    rig.kafka.start()


def kafka_cut_off(rig: Rig, rng: random.Random) -> None:
    """The broker answers nothing, on connections that stay (SIGSTOP: what a partition looks like from here)."""
    assert rig.kafka is not None
    with rig.kafka.paused():
        time.sleep(rng.uniform(0.3, 2.5))


def kafka_partitioned(rig: Rig, rng: random.Random) -> None:
    """Every packet to and from the broker's port is dropped."""
    assert rig.kafka is not None
    with dropped(rig.kafka.port):
        time.sleep(rng.uniform(0.3, 2.5))


def provider_throttles(rig: Rig, rng: random.Random) -> None:
    """A storm of 429 with a Retry-After."""
    rig.pagerduty.fault("status", status=429, retry_after=rng.choice((None, 1)), count=rng.randint(3, 15))


def provider_fails(rig: Rig, rng: random.Random) -> None:
    """5xx."""
    rig.pagerduty.fault("status", status=rng.choice((500, 502, 503, 504)), count=rng.randint(2, 8))


def provider_times_out(rig: Rig, rng: random.Random) -> None:
    """No answer before the gateway gives up: one time in two the event has been taken all the same."""
    rig.pagerduty.fault(rng.choice(("slow", "late")), seconds=rng.uniform(0.3, 1.2), count=rng.randint(1, 4))


def provider_resets(rig: Rig, rng: random.Random) -> None:
    """Connection resets: one time in two the event has been taken, and comes again."""
    rig.pagerduty.fault(rng.choice(("reset", "lost")), count=rng.randint(1, 5))


def gateway_clock_stepped(rig: Rig, rng: random.Random) -> None:
    """One gateway's clock jumps by up to an hour, either way."""
    place = rng.randrange(2)
    step = rng.choice((-1, 1)) * rng.choice((5, 60, 3600))
    rig.clocks[place].step(step)

    def stepped() -> bool:
        answer = httpx.get(f"{rig.gateways[place].url}/healthz", timeout=5, trust_env=False)
        return abs(parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time() - step) < 4

    wait_until(stepped, 90, "the gateway's clock to jump")


@contextmanager
def dropped(port: int) -> Iterator[None]:
    """Packets of a loopback port are dropped for the time of the block."""
    rules = [["OUTPUT", "-o", "lo", "-p", "tcp", side, str(port), "-j", "DROP"] for side in ("--dport", "--sport")]
    for rule in rules:
        subprocess.run(["iptables", "-w", "-I", *rule], check=True, capture_output=True)
    try:
        yield
    finally:
        for rule in rules:
            subprocess.run(["iptables", "-w", "-D", *rule], check=True, capture_output=True)


def postgres_clock_stepped(rig: Rig, rng: random.Random) -> None:
    """PostgreSQL's clock jumps by up to ten minutes, either way."""
    step = rng.choice((-1, 1)) * rng.choice((2, 60, 600))
    rig.clocks[2].step(step)

    def stepped() -> bool:
        (row,) = rig.rows("select extract(epoch from clock_timestamp())::float8 as now", {})
        return bool(abs(row["now"] - time.time() - step) < 1.5)

    wait_until(stepped, 90, "PostgreSQL's clock to jump")


FAULTS = (
    Fault("gateway-killed", "SIGKILL of a gateway at a random instant", gateway_killed),
    Fault("replica-asleep", "one of two replicas stopped (SIGSTOP) past its lease", replica_asleep, batch=5),
    Fault("postgres-restarted", "PostgreSQL shut down or killed, and started", postgres_restarted),
    Fault("redis-flushed", "Redis FLUSHALL", redis_flushed, batch=20),
    Fault("redis-killed", "SIGKILL of Redis", redis_killed),
    Fault("provider-429", "429 storm, with and without Retry-After", provider_throttles),
    Fault("provider-5xx", "500, 502, 503, 504", provider_fails),
    Fault("provider-timeout", "answers too late, the event taken or not", provider_times_out),
    Fault("provider-reset", "connection reset, the event taken or not", provider_resets),
    Fault("clock-gateway", "a gateway's clock stepped by up to an hour", gateway_clock_stepped, needs="skew"),
    Fault("clock-postgres", "PostgreSQL's clock stepped by up to ten minutes", postgres_clock_stepped, needs="skew"),
    Fault("kafka-killed", "SIGKILL of the broker", kafka_killed, batch=5, needs="kafka"),
    Fault("kafka-cut-off", "the broker stopped, connections hang", kafka_cut_off, needs="kafka"),
    Fault("kafka-partitioned", "packets to and from the broker dropped", kafka_partitioned, needs="kafka firewall"),
)
BY_NAME = {fault.name: fault for fault in FAULTS}
