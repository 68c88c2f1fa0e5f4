"""Every server that a ledger may read gives the same one: Thanos, VictoriaMetrics, and Prometheus over mutual TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from ballast.budget import Endpoint, Minute, Source, collect, minutes, number, slos
from ballast.repo import CannotRun, load
from ballast.stack import (
    LOOPBACK,
    Authority,
    Program,
    Prometheus,
    Stack,
    VictoriaMetrics,
    free_port,
    tool,
    wait_until,
)
from ballast.stack.victoriametrics import victoria_metrics
from tests.budget.history import END, START, exposition, open_metrics
from tests.guarded import Guarded, web_flags

EXACT = ("availability", "latency", "up", "dark")
Held = dict[str, dict[int, Minute]]


def held(connection: psycopg.Connection, repository: Path, endpoint: Endpoint) -> Held:
    """The ledger's minutes, by SLO, read from there."""
    with Source(endpoint) as source:
        collect(connection, load(repository), source, start=START, end=END, now=END + timedelta(minutes=5))
    return {one.slo: minutes(connection, one.id, number(START), number(END)) for one in slos(connection)}


@pytest.fixture
def expected(prometheus: Prometheus, ledger: psycopg.Connection, shop: Path) -> Held:
    """As a plain Prometheus gives them."""
    found = held(ledger, shop, Endpoint(prometheus.url))
    ledger.execute("truncate till, day, left_out")
    ledger.execute("alter table block disable trigger all; delete from block; alter table block enable trigger all")
    return found


@contextmanager
def thanos(stack: Stack, prometheus: Prometheus) -> Iterator[str]:
    """A sidecar of Prometheus, and a query over it."""
    try:
        binary = tool("thanos")
    except CannotRun as error:
        pytest.skip(str(error))
    grpc = free_port()
    here, folder = f"--http-address={LOOPBACK}:{{port}}", stack.directory
    side: list[str | Path] = [binary, "sidecar", here, f"--prometheus.url={prometheus.url}"]
    side += [f"--grpc-address={LOOPBACK}:{grpc}", f"--tsdb.path={prometheus.data}"]
    ask: list[str | Path] = [binary, "query", here, f"--grpc-address={LOOPBACK}:{free_port()}", f"--endpoint={LOOPBACK}:{grpc}"]
    ask.append("--query.replica-label=prometheus_replica")
    sidecar = stack.start(Program("sidecar", folder / "sidecar", side, ready="/-/ready"))
    query = stack.start(Program("query", folder / "query", ask, ready="/-/ready"))

    def knows() -> bool:
        stores = httpx.get(f"{query.url}/api/v1/stores", timeout=10, trust_env=False).json()["data"]
        return bool(stores.get("sidecar"))

    wait_until(knows, 60, "Thanos to know its sidecar")
    yield query.url
    query.stop()
    sidecar.stop()


@contextmanager
def victoria(stack: Stack, prometheus: Prometheus) -> Iterator[str]:
    """With the same samples imported."""
    try:
        victoria_metrics()
    except CannotRun as error:
        pytest.skip(str(error))
    server = stack.start(VictoriaMetrics(stack.directory / "victoria", {"retentionPeriod": "10d"}))
    httpx.post(f"{server.url}/api/v1/import/prometheus", content=exposition(), timeout=60, trust_env=False).raise_for_status()
    httpx.get(f"{server.url}/internal/force_flush", timeout=60, trust_env=False).raise_for_status()
    yield server.url
    server.stop()


@pytest.mark.parametrize("start", [thanos, victoria], ids=lambda start: start.__name__)
def test_another_server_gives_the_same_ledger(
    start: Callable[[Stack, Prometheus], AbstractContextManager[str]],
    stack: Stack,
    prometheus: Prometheus,
    expected: Held,
    ledger: psycopg.Connection,
    shop: Path,
) -> None:
    with start(stack, prometheus) as url:
        found = held(ledger, shop, Endpoint(url))
    assert {name: found[name] for name in EXACT} == {name: expected[name] for name in EXACT}
    assert found["ratio"].keys() == expected["ratio"].keys()  # functions over ranges are each server's own


class GuardedPrometheus(Guarded, Prometheus):
    """A Prometheus that takes only clients with a certificate."""


def test_prometheus_over_mutual_tls(
    stack: Stack, expected: Held, ledger: psycopg.Connection, shop: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "authority")
    server, client = authority.issue("prometheus"), authority.issue("ledger")
    guarded = GuardedPrometheus(tmp_path / "guarded", flags=web_flags(tmp_path, server, authority), name="guarded")
    text = tmp_path / "history.om"
    text.write_text(open_metrics())
    guarded.backfill(text)
    stack.start(guarded)
    monkeypatch.setenv("BALLAST_PROMETHEUS_URL", guarded.url)
    monkeypatch.setenv("BALLAST_PROMETHEUS_CA_FILE", str(authority.cert))
    with pytest.raises(CannotRun, match="cannot be read"):
        held(ledger, shop, Endpoint.from_environment())  # it trusts the server, and shows nothing itself
    monkeypatch.setenv("BALLAST_PROMETHEUS_CERT_FILE", str(client.cert))
    monkeypatch.setenv("BALLAST_PROMETHEUS_KEY_FILE", str(client.key))
    assert held(ledger, shop, Endpoint.from_environment()) == expected
    with pytest.raises(CannotRun, match="cannot be read"):
        held(ledger, shop, Endpoint(guarded.url, "", str(client.cert), str(client.key)))  # no authority that signed it
    with pytest.raises(CannotRun, match="cannot be used"):
        Source(Endpoint(guarded.url, str(authority.cert), str(client.cert), str(server.key)))
    guarded.stop()
