"""Starts Prometheus, Thanos and Alertmanager on the configuration and the certificates that a root renders.

What differs from a cluster: addresses are loopback ports, files are in a temporary folder, and ghostunnel is `tunnel.Tunnel`.
Names that certificates are checked for are the rendered ones.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from ballast.stack import LOOPBACK, Authority, Certificate, Process, Program, Stack, free_port, tool
from ballast.terraform.platform import Platform, Release, components, pods
from ballast.terraform.platform.objects import converted

from .conftest import REPO
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


@dataclass(frozen=True)
class Receiver:
    """Ports of one of Thanos' receivers; it is started after Prometheus, which writes to it."""

    number: int
    http: int = field(default_factory=free_port)
    grpc: int = field(default_factory=free_port)
    write: int = field(default_factory=free_port)


@dataclass
class Running:
    """Everything started, and each listener with the name that its certificate must have."""

    rendered: Rendered
    query: int = field(default_factory=free_port)
    receivers: list[Receiver] = field(default_factory=list)
    prometheus: list[Process] = field(default_factory=list)
    alertmanagers: list[Process] = field(default_factory=list)
    web: dict[str, tuple[int, str]] = field(default_factory=dict)
    grpc: dict[str, tuple[int, str]] = field(default_factory=dict)
    mesh: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def query_name(self) -> str:
        """The name that Thanos' certificate is asked for."""
        return self.web["thanos-query"][1]


@contextmanager
def started(platform: Platform, folder: Path) -> Iterator[Running]:
    """Start all of them; each is stopped at the end."""
    rendered = Rendered(platform, folder)
    with Stack(folder) as stack, ExitStack() as tunnels:
        running = Running(rendered)
        _alertmanagers(running, stack, tunnels)
        _prometheus(running, stack, tunnels)
        _receivers(running, stack)
        _sidecars(running, stack)
        _query(running, stack)
        yield running


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
    """Two replicas that scrape each other, alert through the tunnels, and write to Thanos (not to VictoriaMetrics)."""
    rendered = running.rendered
    release = rendered.release("kube-prometheus-stack")
    spec = release.get("prometheus", "prometheusSpec")
    config = rendered.here(rendered.config("prometheus", "prometheus"), "prometheus-tls")
    running.receivers = [Receiver(n) for n in range(rendered.release("thanos").get("receive", "replicaCount"))]
    config["remote_write"] = [write for write in config["remote_write"] if write["name"] == "thanos"]
    config["remote_write"][0]["url"] = f"https://{LOOPBACK}:{running.receivers[0].write}/api/v1/receive"
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
        prometheus = Program(name, directory, argv, ready="/-/ready", port=port)
        prometheus.stop_seconds = 1  # else it waits for receivers that have gone
        running.prometheus.append(prometheus)
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


def _receivers(running: Running, stack: Stack) -> None:
    """As many as the module asks for, with their own arguments; their ring is made of ports instead of names."""
    rendered = running.rendered
    _web_file(rendered)
    name = next(e for e in _endpoints(rendered) if "thanos-receive" in e["address"])["client_config"]["server_name"]
    ring = [{"hashring": "default", "endpoints": [f"{LOOPBACK}:{r.grpc}" for r in running.receivers]}]
    arguments = rendered.here(_arguments(rendered, "receive"), "thanos-tls")
    arguments = [a.replace("https://thanos-query.thanos.svc:10902", f"https://{LOOPBACK}:{running.query}") for a in arguments]
    for receiver in running.receivers:
        called = f"receive-{receiver.number}"
        argv: list[str | Path] = [tool("thanos"), "receive", f"--http-address={LOOPBACK}:{{port}}", "--tsdb.path=data"]
        argv += [f"--grpc-address={LOOPBACK}:{receiver.grpc}", f"--remote-write.address={LOOPBACK}:{receiver.write}"]
        argv += ["--grpc-grace-period=0s", "--http-grace-period=0s"]  # what they hold is thrown away
        argv += [f"--receive.capnproto-address={LOOPBACK}:{free_port()}", f'--label=receive_replica="{called}"']
        argv += [f"--receive.hashrings={json.dumps(ring)}", f"--receive.local-endpoint={LOOPBACK}:{receiver.grpc}", *arguments]
        running.grpc[called] = (receiver.grpc, name)
        running.web[called] = (receiver.http, name)
        running.web[f"{called}-write"] = (receiver.write, name)
        known = rendered.certificates["thanos-tls"]
        ready = partial(_https_ready, receiver.http, name, context_of(rendered, known))
        program = Program(called, stack.directory / called, argv, ready=ready, port=receiver.http)
        program.stop_seconds = 1
        stack.launch(program)
    for process in stack.processes[-len(running.receivers) :]:
        process.wait_ready()


def _https_ready(port: int, name: str, context: ssl.SSLContext) -> bool:
    try:
        with (
            socket.create_connection((LOOPBACK, port), timeout=2) as raw,
            context.wrap_socket(raw, server_hostname=name) as tls,
        ):
            tls.sendall(b"GET /-/ready HTTP/1.0\r\n\r\n")
            return b" 200 " in tls.recv(32)
    except OSError:
        return False


def _web_file(rendered: Rendered) -> None:
    """The file of the config map `thanos-web`."""
    resource = next(
        r for r in rendered.platform.of_type("kubernetes_config_map_v1") if r.values["metadata"][0]["name"] == "thanos-web"
    )
    web = yaml.safe_load(converted(resource, REPO / "terraform" / "schemas").document["data"]["web.yml"])
    (rendered.web / "web.yml").write_text(yaml.safe_dump(rendered.here(web, "thanos-tls")))


def _arguments(rendered: Rendered, part: str) -> list[str]:
    found: list[str] = rendered.release("thanos").get(part, "extraArgs")
    return found


def _endpoints(rendered: Rendered) -> list[dict[str, Any]]:
    text = next(a for a in _arguments(rendered, "query") if a.startswith("--endpoint.sd-config=")).partition("=")[2]
    found: list[dict[str, Any]] = json.loads(text)["endpoints"]
    return found


def _query(running: Running, stack: Stack) -> None:
    """Its own arguments; of its endpoints those that are started here, at their addresses."""
    rendered = running.rendered
    name = _endpoints(rendered)[-1]["client_config"]["server_name"]
    endpoints = []
    for service, kind in (("prometheus-thanos-discovery", "sidecar"), ("thanos-receive", "receive")):
        template = next(e for e in _endpoints(rendered) if service in e["address"])
        here = [port for called, (port, _) in running.grpc.items() if called.startswith(kind)]
        endpoints += [template | {"address": f"{LOOPBACK}:{port}"} for port in here]
    grpc = free_port()
    arguments = [a for a in _arguments(rendered, "query") if not a.startswith("--endpoint.sd-config=")]
    arguments.append(f"--endpoint.sd-config={json.dumps({'endpoints': endpoints})}")
    argv: list[str | Path] = [tool("thanos"), "query", f"--http-address={LOOPBACK}:{{port}}"]
    argv += [f"--grpc-address={LOOPBACK}:{grpc}", *rendered.here(arguments, "thanos-tls")]
    argv += [f"--query.replica-label={label}" for label in rendered.release("thanos").get("query", "replicaLabels")]
    stack.start(Program("query", stack.directory / "query", argv, ready="tcp", port=running.query))
    running.web["thanos-query"] = (running.query, name)
    running.grpc["thanos-query"] = (grpc, name)


def context_of(rendered: Rendered, certificate: Certificate | None, protocol: str = "") -> ssl.SSLContext:
    """A client's side of TLS that trusts the platform's authority; `protocol` is asked for by ALPN."""
    context = ssl.create_default_context(cafile=str(rendered.authority.cert))
    if certificate is not None:
        context.load_cert_chain(certificate.cert, certificate.key)
    if protocol:
        context.set_alpn_protocols([protocol])
    return context
