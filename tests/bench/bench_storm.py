"""A storm through the real HTTP input: how many alerts a second are stored durably, and how long each takes to the provider.

One alert a notification, each of a group of its own: the dearest case, for every one makes an incident, its history, an outbox
row and an event. PostgreSQL writes with fsync; an alert counts when its 200 is back. One in fifty is a P1, the others are P4.
The receiver stands for PagerDuty, on the same two cores, and the rate limit of an integration key (120 a minute) is off:
with it on, a storm of 10,000 takes PagerDuty 83 minutes whatever the gateway does, and P1s go first.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import orjson
import psycopg

from ballast.gateway import GatewayProcess
from ballast.stack import PagerDuty, Postgres, Stack
from tests.bench.figures import Figure

CONNECTIONS = 96
P1_EVERY = 50
COMMAND = "python -m tests.bench storm"


def run(quick: bool) -> list[Figure]:
    """10,000 alerts (2,000 when quick), first with nothing to send them to, then with everything."""
    count = 2_000 if quick else 10_000
    with TemporaryDirectory() as folder, Stack(Path(folder)) as stack:
        pagerduty = PagerDuty(stack.directory / "pagerduty")
        postgres = Postgres(stack.directory / "postgres")
        stack.start_all(pagerduty, postgres)
        return [*_accepted(stack, postgres, count), *_told(stack, postgres, pagerduty, count)]


def _gateway(stack: Stack, postgres: Postgres, url: str, name: str, **overrides: object) -> tuple[GatewayProcess, str]:
    database = postgres.schema(name).url
    settings = {"events_per_minute": 0, "store_seconds": 60, **overrides}
    gateway = GatewayProcess(
        stack.directory / name, database_url=database, pagerduty_url=url, overrides=settings, name=name
    )  # fmt: skip
    return stack.start(gateway), database


def _accepted(stack: Stack, postgres: Postgres, count: int) -> list[Figure]:
    """Accepting alone: the provider is away, so that its breaker keeps deliveries from taking part of the two cores."""
    gateway, database = _gateway(stack, postgres, "http://127.0.0.1:9/v2/enqueue", "accept")
    bodies = [_body("Accept", n) for n in range(count)]
    asyncio.run(_post(gateway, [_body("Warm", n) for n in range(200)]))
    began = time.monotonic()
    taken = asyncio.run(_post(gateway, bodies))
    seconds = time.monotonic() - began
    with psycopg.connect(database) as connection:
        (stored,) = connection.execute("select count(*) from gateway_inbox").fetchone() or (0,)
    gateway.stop()
    if stored != count + 200:
        return [
            Figure("alerts accepted durably", None, "1/s", COMMAND, 1000, at_least=True, note=f"{stored} of {count} stored")
        ]
    delays = np.array([answered - sent for sent, answered in taken])
    note = f"{count} alerts, one a notification, {CONNECTIONS} connections, fsync on"
    return [
        Figure("alerts accepted durably", count / seconds, "1/s", COMMAND, 1000, at_least=True, note=note),
        Figure("accept p50", float(np.percentile(delays, 50)), "s", COMMAND),
        Figure("accept p99", float(np.percentile(delays, 99)), "s", COMMAND),
    ]


def _told(stack: Stack, postgres: Postgres, pagerduty: PagerDuty, count: int) -> list[Figure]:
    """Accepting and sending at once: from an alert's 200 to its arrival at the provider."""
    gateway, _ = _gateway(stack, postgres, pagerduty.events_url, "tell")
    bodies = [_body("Tell", n) for n in range(count)]
    offset = time.time() - time.monotonic()
    began = time.monotonic()
    taken = asyncio.run(_post(gateway, bodies))
    accepted = time.monotonic() - began
    arrived = _arrivals(pagerduty, count, 600)
    if len(arrived) < count:
        return [Figure("accept → provider", None, "s", COMMAND, note=f"only {len(arrived)} of {count} arrived")]
    whole = max(arrived.values()) - offset - began
    delays = np.array([arrived[f"Tell{n}"] - offset - answered for n, (_, answered) in enumerate(taken)])
    urgent = np.arange(count) % P1_EVERY == 0
    note = f"{count} alerts in {accepted:.1f} s, all told after {whole:.1f} s"
    found = [Figure("storm: accepted while sending", count / accepted, "1/s", COMMAND, note=note)]
    for name, these in (("P1", delays[urgent]), ("P4", delays[~urgent])):
        for percent in (50, 99):
            goal = 30.0 if name == "P1" else None
            value = max(0.0, float(np.percentile(these, percent)))
            found.append(Figure(f"storm: accept → provider, {name} p{percent}", value, "s", COMMAND, goal))
    return found


def _arrivals(pagerduty: PagerDuty, count: int, seconds: float) -> dict[str, float]:
    """Alert name to the arrival of its first trigger; waits until there are `count`."""
    deadline = time.monotonic() + seconds
    found: dict[str, float] = {}
    while len(found) < count and time.monotonic() < deadline:
        time.sleep(3)
        found = {}
        for call in pagerduty.calls():
            found.setdefault(call["event"]["payload"]["class"], call["arrived"])
    return found


def _body(kind: str, number: int) -> bytes:
    name = f"{kind}{number}"
    labels = {"alertname": name, "service": f"service-{number % 100}", "severity": "page", "slo": "availability"}
    labels["tier"] = "P1" if number % P1_EVERY == 0 else "P4"
    annotations = {"summary": f"{name} burns its budget", "runbook_url": f"https://runbooks.example.com/{name}"}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": annotations,
        "startsAt": "2026-11-24T05:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph",
        "fingerprint": f"{number:016x}",
    }
    return orjson.dumps(
        {
            "version": "4",
            "groupKey": f'{{}}:{{alertname="{name}"}}',
            "truncatedAlerts": 0,
            "status": "firing",
            "receiver": "page",
            "groupLabels": {"alertname": name},
            "commonLabels": labels,
            "commonAnnotations": annotations,
            "externalURL": "http://alertmanager",
            "alerts": [alert],
        }
    )


async def _post(gateway: GatewayProcess, bodies: list[bytes]) -> list[tuple[float, float]]:
    """Post all, on `CONNECTIONS` connections that stay open; when each left and when its 200 was back (monotonic).

    A client of a few lines, so that little of the two cores goes into it.
    """
    times: list[tuple[float, float]] = [(0.0, 0.0)] * len(bodies)
    todo = iter(enumerate(bodies))

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        for number, body in todo:
            head = f"POST /v1/alertmanager HTTP/1.1\r\nHost: gateway\r\nContent-Length: {len(body)}\r\n\r\n"
            sent = time.monotonic()
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            fields = dict(line.split(b": ", 1) for line in answer.lower().split(b"\r\n")[1:] if line)
            said = await reader.readexactly(int(fields[b"content-length"]))
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"refused: {answer!r} {said!r}")
            times[number] = (sent, time.monotonic())
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return times
