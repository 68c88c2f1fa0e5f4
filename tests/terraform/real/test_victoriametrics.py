"""Prometheus writes to a real VictoriaMetrics as a root renders it: through the tunnels, with certificates on both sides.

Debian's program is insert, storage and select in one: flags that connect the parts are not its, and its paths have no tenant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ballast.repo import CannotRun
from ballast.stack import LOOPBACK, Program, Stack, VictoriaMetrics, tool, wait_until
from ballast.stack.victoriametrics import known_flags, victoria_metrics
from ballast.terraform.platform import Platform, Release, components, pods, read_plan

from .conftest import ROOTS, Planned, need
from .issued import Issued, mounted
from .tunnel import Tunnel

PARTS = ("vminsert", "vmselect", "vmstorage")
OF_THE_CLUSTER = {"replicationFactor", "search.denyPartialResponse", "storageNode", "vminsertAddr", "vmselectAddr"}
TENANT = {"insert": "/insert/0/prometheus", "select": "/select/0/prometheus"}
RULES = {"groups": [{"name": "test", "interval": "1s", "rules": [{"record": "http_client_test", "expr": "vector(7)"}]}]}


@dataclass(frozen=True)
class Running:
    """A server, and the ports of the tunnels in front of its parts."""

    server: VictoriaMetrics
    issued: Issued
    ports: dict[str, int]
    names: dict[str, str]
    """The name that a part's certificate is asked for."""


@pytest.fixture(scope="module")
def platform(planned: Planned) -> Platform:
    need("prometheus")
    try:
        victoria_metrics()
    except CannotRun as error:
        pytest.skip(str(error))
    return read_plan(planned(ROOTS[0]), ROOTS[0])


@pytest.fixture(scope="module")
def release(platform: Platform) -> Release:
    return next(r for r in platform.releases if r.chart == "victoria-metrics-cluster")


def _flags(release: Release) -> dict[str, str]:
    """What the parts are given, of which none contradicts another."""
    flags: dict[str, str] = {"retentionPeriod": release.get("vmstorage", "retentionPeriod")}
    for part in PARTS:
        for flag, value in release.get(part, "extraArgs").items():
            if flag != "httpListenAddr":
                text = json.dumps(value) if isinstance(value, bool) else str(value)
                assert flags.setdefault(flag, text) == text or flag in OF_THE_CLUSTER
    return flags


@pytest.fixture(scope="module")
def running(platform: Platform, release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("victoriametrics")
    issued = Issued(platform, folder / "pki")
    own = {flag: value for flag, value in _flags(release).items() if flag in known_flags()}
    with Stack(folder) as stack, ExitStack() as tunnels:
        server = stack.start(VictoriaMetrics(folder / "server", own))
        ports = {}
        for part in ("vminsert", "vmselect"):
            [arguments] = [c["args"] for c in release.get(part, "extraContainers") if c["name"] == "tls-http"]
            here = mounted(pods.flags(arguments), "/etc/mtls", issued.secret("victoriametrics-tls"))
            ports[part] = tunnels.enter_context(Tunnel(here, server.port)).port
        names = {part: f"{part}.{release.namespace}.svc" for part in ports}
        assert set(names.values()) <= set(issued.names("victoriametrics-tls"))
        found = Running(server, issued, ports, names)
        stack.start(_prometheus(platform, found, folder / "prometheus"))
        yield found


def _prometheus(platform: Platform, running: Running, directory: Path) -> Program:
    """A Prometheus with the rendered remote write to VictoriaMetrics, and a series that it is for."""
    directory.mkdir()
    [config] = (c.data for f in components(platform) if f.name == "prometheus" for c in f.configs if c.kind == "prometheus")
    [write] = [write for write in config["remote_write"] if write["name"] == "victoriametrics"]
    write = mounted(write, "/etc/prometheus/secrets/prometheus-tls", running.issued.secret("prometheus-tls"))
    assert write["tls_config"]["server_name"] == running.names["vminsert"]
    base, _, path = write["url"].partition(TENANT["insert"])
    assert base == f"https://{running.names['vminsert']}:8443"
    write["url"] = f"https://{LOOPBACK}:{running.ports['vminsert']}{path}"
    labels = {**config["global"]["external_labels"], "prometheus_replica": "prometheus-0"}  # which the operator gives each pod
    (directory / "rules.json").write_text(json.dumps(RULES))
    own = {"global": {"external_labels": labels}, "rule_files": ["rules.json"], "remote_write": [write]}
    (directory / "prometheus.json").write_text(json.dumps(own))
    argv: list[str | Path] = [tool("prometheus"), "--config.file=prometheus.json", "--storage.tsdb.path=data"]
    prometheus = Program("prometheus", directory, [*argv, f"--web.listen-address={LOOPBACK}:{{port}}"], ready="/-/ready")
    prometheus.stop_seconds = 3
    return prometheus


def test_flags_are_its_own_but_those_of_the_cluster(release: Release) -> None:
    assert set(_flags(release)) - known_flags() == OF_THE_CLUSTER


def test_it_runs_with_the_rendered_limits(running: Running, release: Release) -> None:
    set_ones = httpx.get(f"{running.server.url}/metrics", trust_env=False).raise_for_status().text
    for flag in set(_flags(release)) - OF_THE_CLUSTER:
        value = _flags(release)[flag]
        assert f'flag{{name="{flag}", value="{value}", is_set="true"}} 1' in set_ones


def test_what_prometheus_writes_is_found_by_a_query(running: Running) -> None:
    """Written with Prometheus' certificate, read with Grafana's; the replicas' label is gone, so that both are one series."""
    context = running.issued.client(running.issued.secret("grafana-tls"))
    name = running.names["vmselect"]
    with httpx.Client(
        base_url=f"https://{LOOPBACK}:{running.ports['vmselect']}", verify=context, trust_env=False, headers={"Host": name}
    ) as client:

        def series() -> list[dict[str, str]]:
            asked = {"match[]": "http_client_test"}
            answer = client.get("/prometheus/api/v1/series", params=asked, extensions={"sni_hostname": name})
            return list(answer.raise_for_status().json()["data"])

        found = wait_until(series, 60, "the sample is written")
        given = client.get(
            "/prometheus/api/v1/export", params={"match[]": "http_client_test"}, extensions={"sni_hostname": name}
        )
    assert len(found) == 1
    assert "cluster" in found[0]
    assert "prometheus_replica" not in found[0]
    assert set(json.loads(given.text.splitlines()[0])["values"]) == {7}


def test_a_client_needs_a_certificate_of_the_authority(running: Running) -> None:
    for part, port in running.ports.items():
        for certificate in (None, running.issued.forged("prometheus-tls")):
            context = running.issued.client(certificate)
            with (
                httpx.Client(verify=context, trust_env=False) as client,
                pytest.raises((httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError)),
            ):
                client.get(f"https://{LOOPBACK}:{port}/health", extensions={"sni_hostname": running.names[part]})
