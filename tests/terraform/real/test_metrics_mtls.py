"""Prometheus, Thanos and Alertmanager as real processes, on the configuration and the certificates that a root renders.

What differs from a cluster: addresses are loopback ports, files are in a temporary folder, and ghostunnel is `tunnel.Tunnel`.
Names that certificates are checked for are the rendered ones.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from ballast.stack import LOOPBACK, Authority, Certificate, Process, Program, Stack, free_port, tool, wait_until
from ballast.terraform.platform import Platform, Release, components, pods
from ballast.terraform.platform.objects import converted

from .conftest import REPO, ROOTS, need
from .tunnel import Tunnel

CLUSTER_TLS = ("alertmanager", "alertmanagerSpec", "clusterTLS")
RULES = {"groups": [{"name": "test", "rules": [{"alert": "Always", "expr": "vector(1)", "labels": {"tier": "P4"}}]}]}
"""Tier P4 waits 30 s in Alertmanager's route: nothing is sent to anybody while the test runs."""


class Rendered:
    """A root's configuration with its files here: secrets become certificates of one authority."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.platform = platform
        self.authority = Authority(folder / "pki")
        self.certificates: dict[str, Certificate] = {}
        for manifest in platform.of_kind("Certificate"):
            spec = manifest.document["spec"]
            if spec["secretName"] in ("prometheus-tls", "alertmanager-tls", "thanos-tls"):
                issued = self.authority.issue(spec["secretName"], spec["dnsNames"])
                self.certificates[spec["secretName"]] = issued
        self.web = folder / "thanos-web"
        self.web.mkdir()

    def release(self, chart: str) -> Release:
        return next(r for r in self.platform.releases if r.chart == chart)

    def config(self, component: str, kind: str) -> Any:
        return next(
            c.data for found in components(self.platform) if found.name == component for c in found.configs if c.kind == kind
        )

    def here[T](self, value: T, mounted: str) -> T:
        """`value` with the paths of mounted secrets as paths here; `mounted` is the secret at /etc/mtls of that pod."""
        text = json.dumps(value).replace("/etc/mtls/", f"{self.certificates[mounted].directory}/")
        text = text.replace("/etc/thanos-web/", f"{self.web}/")
        for name, issued in self.certificates.items():
            for at in ("prometheus", "alertmanager"):
                text = text.replace(f"/etc/{at}/secrets/{name}/", f"{issued.directory}/")
        assert '"/etc/' not in text.replace('"/etc/alertmanager/secrets/alertmanager-pagerduty/', "")
        found: T = json.loads(text)
        return found

    def tunnel(self, containers: list[dict[str, Any]], target: int, mounted: str) -> Tunnel:
        arguments = next(c["args"] for c in containers if str(c.get("name")) == "tls-web")
        return Tunnel(pods.flags(self.here(arguments, mounted)), target)


@dataclass
class Running:
    """Everything started, and each listener with the name that its certificate must have."""

    rendered: Rendered
    query: str
    server_name: str
    prometheus: list[Process]
    alertmanagers: list[Process]
    web: dict[str, tuple[int, str]]
    grpc: dict[str, tuple[int, str]]
    mesh: dict[str, tuple[int, str]]


@pytest.fixture(scope="module")
def running(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    need("prometheus", "alertmanager", "thanos")
    folder = tmp_path_factory.mktemp("mtls")
    rendered = Rendered(platforms[ROOTS[0]], folder)
    with Stack(folder) as stack, ExitStack() as tunnels:
        found = Running(rendered, "", "", [], [], {}, {}, {})
        _alertmanagers(found, stack, tunnels)
        _prometheus(found, stack, tunnels)
        _sidecars(found, stack)
        _query(found, stack)
        yield found


def _alertmanagers(running: Running, stack: Stack, tunnels: ExitStack) -> None:
    """As many as the module asks for, each on loopback behind its tunnel, with the mesh's TLS."""
    rendered = running.rendered
    release = rendered.release("kube-prometheus-stack")
    folder = stack.directory / "alertmanager"
    folder.mkdir()
    (folder / "mesh.yaml").write_text(json.dumps(_cluster_tls(rendered, release)))
    config = rendered.here(release.get("alertmanager", "config"), "alertmanager-tls")
    (folder / "alertmanager.yaml").write_text(json.dumps(config))
    spec = release.get("alertmanager", "alertmanagerSpec")
    mesh = [free_port() for _ in range(spec["replicas"])]
    for number, port in enumerate(mesh):
        name = f"alertmanager-{number}"
        argv: list[str | Path] = [tool("alertmanager"), f"--config.file={folder / 'alertmanager.yaml'}", "--storage.path=data"]
        argv += [f"--web.listen-address={LOOPBACK}:{{port}}", f"--cluster.listen-address={LOOPBACK}:{port}"]
        argv += [f"--cluster.advertise-address={LOOPBACK}:{port}", f"--cluster.tls-config={folder / 'mesh.yaml'}"]
        argv += [f"--cluster.peer={LOOPBACK}:{other}" for other in mesh]
        running.alertmanagers.append(Program(name, stack.directory / name, argv, ready="/-/ready"))
    stack.start_all(*running.alertmanagers)
    server_name = spec["clusterTLS"]["client"]["serverName"]
    for process, port in zip(running.alertmanagers, mesh, strict=True):
        tunnel = tunnels.enter_context(rendered.tunnel(spec["containers"], process.port, "alertmanager-tls"))
        running.web[process.name] = (tunnel.port, server_name)
        running.mesh[process.name] = (port, server_name)


def _cluster_tls(rendered: Rendered, release: Release) -> dict[str, Any]:
    """The operator's translation of clusterTLS: references to secrets are files, keys are Alertmanager's."""
    client, server = (release.get(*CLUSTER_TLS, side) for side in ("client", "server"))
    files = {}
    for key, reference in (("ca", client["ca"]["secret"]), ("cert", client["cert"]["secret"]), ("key", client["keySecret"])):
        files[f"{key}_file"] = str(rendered.certificates[reference["name"]].directory / reference["key"])
    server = rendered.here(server, "alertmanager-tls")
    return {
        "tls_server_config": {
            "cert_file": server["certFile"],
            "key_file": server["keyFile"],
            "client_ca_file": server["clientCAFile"],
            "client_auth_type": server["clientAuthType"],
        },
        "tls_client_config": {**files, "server_name": client["serverName"]},
    }


def _prometheus(running: Running, stack: Stack, tunnels: ExitStack) -> None:
    """Two replicas that scrape each other by the scrape class and alert through the tunnels; nothing is written elsewhere."""
    rendered = running.rendered
    release = rendered.release("kube-prometheus-stack")
    spec = release.get("prometheus", "prometheusSpec")
    config = rendered.here(rendered.config("prometheus", "prometheus"), "prometheus-tls")
    del config["remote_write"]
    targets = [f"{LOOPBACK}:{port}" for port, _ in running.web.values()]
    for alertmanager in config["alerting"]["alertmanagers"]:
        alertmanager["static_configs"] = [{"targets": targets}]
    (stack.directory / "rules.yaml").write_text(json.dumps(RULES))
    monitor = release.get("prometheus", "serviceMonitor")
    tls = rendered.here(monitor["tlsConfig"], "prometheus-tls")
    tls = {f"{key.removesuffix('File')}_file": value for key, value in tls.items() if key.endswith("File")}
    ports = [free_port() for _ in range(spec["replicas"])]
    for number, port in enumerate(ports):
        name = f"prometheus-{number}"
        tunnel = tunnels.enter_context(rendered.tunnel(spec["containers"], port, "prometheus-tls"))
        running.web[name] = (tunnel.port, monitor["tlsConfig"]["serverName"])
    job = {"job_name": "prometheus", "scheme": monitor["scheme"], "scrape_interval": "1s", "scrape_timeout": "1s"}
    job |= {"tls_config": tls | {"server_name": monitor["tlsConfig"]["serverName"]}}
    job |= {"static_configs": [{"targets": [f"{LOOPBACK}:{p}" for n, (p, _) in running.web.items() if n.startswith("prom")]}]}
    for number, port in enumerate(ports):
        name = f"prometheus-{number}"
        directory = stack.directory / name
        directory.mkdir()
        config["global"]["external_labels"][spec["replicaExternalLabelName"]] = name  # what the operator gives each pod
        config["global"]["evaluation_interval"] = "1s"
        own = {"rule_files": [str(stack.directory / "rules.yaml")], "scrape_configs": [job]}
        (directory / "prometheus.yaml").write_text(json.dumps(config | own))
        argv: list[str | Path] = [tool("prometheus"), "--config.file=prometheus.yaml", "--storage.tsdb.path=data"]
        argv += [f"--web.listen-address={LOOPBACK}:{{port}}", "--storage.tsdb.min-block-duration=2h"]
        argv += ["--storage.tsdb.max-block-duration=2h", f"--enable-feature={','.join(spec['enableFeatures'])}"]
        running.prometheus.append(Program(name, directory, argv, ready="/-/ready", port=port))
    stack.start_all(*running.prometheus)


def _sidecars(running: Running, stack: Stack) -> None:
    rendered = running.rendered
    thanos = rendered.release("kube-prometheus-stack").get("prometheus", "prometheusSpec", "thanos")
    tls = rendered.here(thanos["grpcServerTlsConfig"], "prometheus-tls")
    discovery = next(e for e in _endpoints(rendered) if "prometheus-thanos-discovery" in e["address"])
    for number, prometheus in enumerate(running.prometheus):
        grpc = free_port()
        argv: list[str | Path] = [tool("thanos"), "sidecar", f"--prometheus.url={prometheus.url}"]
        argv += [f"--tsdb.path={prometheus.directory / 'data'}", f"--http-address={LOOPBACK}:{{port}}"]
        argv += [f"--grpc-address={LOOPBACK}:{grpc}", f"--grpc-server-tls-cert={tls['certFile']}"]
        argv += [f"--grpc-server-tls-key={tls['keyFile']}", f"--grpc-server-tls-client-ca={tls['caFile']}"]
        stack.launch(Program(f"sidecar-{number}", stack.directory / f"sidecar-{number}", argv, ready="/-/ready"))
        running.grpc[f"sidecar-{number}"] = (grpc, discovery["client_config"]["server_name"])
    for process in stack.processes[-len(running.prometheus) :]:
        process.wait_ready()


def _arguments(rendered: Rendered) -> list[str]:
    found: list[str] = rendered.release("thanos").get("query", "extraArgs")
    return found


def _endpoints(rendered: Rendered) -> list[dict[str, Any]]:
    text = next(a for a in _arguments(rendered) if a.startswith("--endpoint.sd-config=")).partition("=")[2]
    found: list[dict[str, Any]] = json.loads(text)["endpoints"]
    return found


def _query(running: Running, stack: Stack) -> None:
    """Its own arguments; of its endpoints those that are started here, at their addresses."""
    rendered = running.rendered
    resource = next(
        r for r in rendered.platform.of_type("kubernetes_config_map_v1") if r.values["metadata"][0]["name"] == "thanos-web"
    )
    web = yaml.safe_load(converted(resource, REPO / "terraform" / "schemas").document["data"]["web.yml"])
    (rendered.web / "web.yml").write_text(yaml.safe_dump(rendered.here(web, "thanos-tls")))
    template = next(e for e in _endpoints(rendered) if "prometheus-thanos-discovery" in e["address"])
    endpoints = [template | {"address": f"{LOOPBACK}:{port}"} for port, _ in running.grpc.values()]
    running.server_name = _endpoints(rendered)[-1]["client_config"]["server_name"]
    grpc = free_port()
    arguments = [a for a in _arguments(rendered) if not a.startswith("--endpoint.sd-config=")]
    arguments.append(f"--endpoint.sd-config={json.dumps({'endpoints': endpoints})}")
    argv: list[str | Path] = [
        tool("thanos"),
        "query",
        f"--http-address={LOOPBACK}:{{port}}",
        f"--grpc-address={LOOPBACK}:{grpc}",
    ]
    argv += rendered.here(arguments, "thanos-tls")
    argv += [f"--query.replica-label={label}" for label in rendered.release("thanos").get("query", "replicaLabels")]
    process = Program("query", stack.directory / "query", argv, ready="tcp")
    stack.start(process)
    running.query = f"https://{LOOPBACK}:{process.port}"
    running.web["thanos-query"] = (process.port, running.server_name)
    running.grpc["thanos-query"] = (grpc, running.server_name)


def _context(authority: Path, certificate: Certificate | None, protocol: str = "") -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority))
    if certificate is not None:
        context.load_cert_chain(certificate.cert, certificate.key)
    if protocol:
        context.set_alpn_protocols([protocol])
    return context


HELLO = {"web": b"GET /-/ready HTTP/1.0\r\n\r\n", "grpc": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"}


def _answer(context: ssl.SSLContext, port: int, server_name: str, hello: bytes) -> bytes:
    """The first bytes that a listener says after the handshake; none when it hangs up."""
    try:
        with (
            socket.create_connection((LOOPBACK, port), timeout=10) as raw,
            context.wrap_socket(raw, server_hostname=server_name) as secure,
        ):
            secure.sendall(hello)
            return secure.recv(16)
    except (ssl.SSLError, ConnectionError):
        return b""


def test_a_client_needs_a_certificate_of_the_authority(running: Running, tmp_path: Path) -> None:
    """Each listener answers a client of the platform, under the name that its callers ask for; nobody else is answered."""
    rendered = running.rendered
    known = rendered.certificates["thanos-tls"]
    stranger = Authority(tmp_path, "stranger").issue("thanos-tls")
    assert len(running.web) == 6
    assert len(running.grpc) == 3
    wrong = []
    for kind, listeners in (("web", running.web), ("grpc", running.grpc), ("mesh", running.mesh)):
        for name, (port, server_name) in listeners.items():
            for who, certificate in (("known", known), ("nobody", None), ("stranger", stranger)):
                if (kind, who) == ("mesh", "known"):
                    continue  # says nothing until it is spoken to in its own protocol: that the mesh forms is its test
                context = _context(rendered.authority.cert, certificate, "h2" if kind == "grpc" else "")
                answered = _answer(context, port, server_name, HELLO.get(kind, b"x"))
                if bool(answered) is not (who == "known"):
                    wrong.append(f"{kind} of {name} to {who}: {answered!r}")
    assert wrong == []


def test_alertmanagers_form_a_mesh(running: Running) -> None:
    """All know each other, and what one is told, all know."""
    clients = [httpx.Client(base_url=process.url, trust_env=False) for process in running.alertmanagers]

    def peers() -> list[int]:
        return [len(client.get("/api/v2/status").json()["cluster"]["peers"]) for client in clients]

    wait_until(lambda: peers() == [len(clients)] * len(clients), 30, "every Alertmanager knows every other")
    silence = {"matchers": [{"name": "a", "value": "b", "isRegex": False}], "createdBy": "test", "comment": "gossip"}
    times = {"startsAt": "2020-01-01T00:00:00Z", "endsAt": "2100-01-01T00:00:00Z"}
    made = clients[0].post("/api/v2/silences", json=silence | times).raise_for_status().json()["silenceID"]
    wait_until(lambda: clients[-1].get(f"/api/v2/silence/{made}").is_success, 30, "the silence is gossiped")


def test_an_alert_of_both_replicas_is_one(running: Running) -> None:
    """Both replicas tell every Alertmanager, and without the replica's label their alerts are the same."""

    def alerts(process: Process) -> list[dict[str, str]]:
        answer = httpx.get(f"{process.url}/api/v2/alerts", trust_env=False).raise_for_status().json()
        return [alert["labels"] for alert in answer]

    def sent(process: Process) -> float:
        data = httpx.get(
            f"{process.url}/api/v1/query", params={"query": "sum(prometheus_notifications_sent_total)"}, trust_env=False
        )
        result = data.json()["data"]["result"]
        return float(result[0]["value"][1]) if result else 0.0

    wait_until(lambda: all(sent(p) > 0 for p in running.prometheus), 60, "both replicas have sent")
    cluster = running.rendered.config("prometheus", "prometheus")["global"]["external_labels"]["cluster"]
    for process in running.alertmanagers:
        wait_until(partial(alerts, process), 30, f"{process.name} has the alert")
        assert alerts(process) == [{"alertname": "Always", "cluster": cluster, "tier": "P4"}]


def test_thanos_answers_once_for_two_replicas(running: Running) -> None:
    """Queried with a certificate, over sidecars that ask for one: one series a target, or with both replicas' on demand."""
    known = running.rendered.certificates["thanos-tls"]
    context = _context(running.rendered.authority.cert, known)
    with httpx.Client(base_url=running.query, verify=context, trust_env=False) as client:

        def series(dedup: bool) -> list[dict[str, str]]:
            query = {"query": 'up{job="prometheus"} == 1', "dedup": str(dedup).lower()}
            extensions = {"sni_hostname": running.server_name}
            answer = client.get("/api/v1/query", params=query, extensions=extensions, headers={"Host": running.server_name})
            return [s["metric"] for s in answer.raise_for_status().json()["data"]["result"]]

        both = wait_until(lambda: found if len(found := series(False)) == 4 else [], 60, "two replicas' view of two targets")
        label = running.rendered.release("kube-prometheus-stack").get(
            "prometheus", "prometheusSpec", "replicaExternalLabelName"
        )
        assert {s[label] for s in both} == {"prometheus-0", "prometheus-1"}
        once = series(True)
        assert len(once) == 2
        assert not any(label in s for s in once)
