"""What readers of several charts need: tunnels of module `mtls-sidecar`, spread, budgets, images, names of callees."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ballast.terraform.platform.model import Call, Image, Listener, Verdict, proven

ZONE = "topology.kubernetes.io/zone"
Container = Mapping[str, Any]

# Services whose name is not their component's.
SERVICES = {
    "prometheus-prometheus": "prometheus",
    "prometheus-thanos-discovery": "prometheus",
    "prometheus-alertmanager": "alertmanager",
    "prometheus-blackbox-exporter": "blackbox-exporter",
    "postgresql-rw": "postgresql",
    "postgresql-ro": "postgresql",
    "thanos-storegateway": "thanos-store",
    "vault-active": "vault",
    "kafka-kafka-bootstrap": "kafka",
    "kafka-kafka-brokers": "kafka",
    "tempo-query-frontend-discovery": "tempo-query-frontend",
    "collector-heartbeat": "collector",
}
_MUTABLE = {"", "latest", "main", "master", "edge", "stable", "nightly"}


def tunnels(containers: Sequence[Container], where: str) -> Iterator[Listener]:
    """The listeners of the `server` tunnels among a pod's containers: each with TLS, and its status port for probes."""
    for number, container in enumerate(containers):
        arguments = [str(argument) for argument in container.get("args") or ()]
        if arguments[:1] != ["server"]:
            continue
        place = f"{where}[{number}].args"
        given = flags(arguments)
        keys = bool(given.get("cert")) and bool(given.get("key"))
        required = "disable-authentication" not in given and bool(given.get("cacert"))
        yield Listener(
            name=str(container.get("name", "")),
            port=_port(given.get("listen", "")),
            protocol="tls",
            tls=proven(keys, place),
            client_auth=proven(required and ("allow-all" in given or bool(given.get("allow-dns"))), place),
        )
        if status := given.get("status"):
            health = proven(False, place, "answers kubelet with whether the application is well, nothing else")
            yield Listener(f"{container.get('name')}-status", _port(status), "http", health, health, probe_only=True)


def relays(containers: Sequence[Container], where: str) -> Iterator[Listener]:
    """The listeners of the relays (Envoy) among a pod's containers."""
    for number, container in enumerate(containers):
        arguments = [str(argument) for argument in container.get("args") or ()]
        if "--config-yaml" not in arguments:
            continue
        place = f"{where}[{number}].args"
        config = json.loads(arguments[arguments.index("--config-yaml") + 1])
        for listener in config["static_resources"]["listeners"]:
            [chain] = listener["filter_chains"]
            tls = chain.get("transport_socket", {}).get("typed_config", {})
            common = tls.get("common_tls_context", {})
            asked = tls.get("require_client_certificate") is True and bool(
                common.get("validation_context", {}).get("trusted_ca")
            )
            port = int(listener["address"]["socket_address"]["port_value"])
            yield Listener(
                str(listener["name"]), port, "tls", proven(bool(common.get("tls_certificates")), place), proven(asked, place)
            )


def outgoing(containers: Sequence[Container], purpose: str) -> Iterator[Call]:
    """The calls of the `client` tunnels among a pod's containers."""
    for container in containers:
        arguments = [str(argument) for argument in container.get("args") or ()]
        if arguments[:1] == ["client"]:
            host, _, port = flags(arguments).get("target", "").rpartition(":")
            yield Call(callee(host), int(port), purpose)


def loopback(address: object, where: str) -> Verdict:
    """Whether a listen address is reachable from its own pod only."""
    return proven(str(address).startswith(("127.0.0.1:", "localhost:", "[::1]:")), where)


def spread(constraints: object, where: str) -> Verdict:
    """Whether pods must be kept apart over zones."""
    rules = constraints if isinstance(constraints, list) else []
    apart = any(r.get("topologyKey") == ZONE and r.get("whenUnsatisfiable") == "DoNotSchedule" for r in rules)
    return proven(apart, where, "" if apart else "no constraint that keeps them in different zones")


def budget(pdb: object, replicas: int, quorum: int, where: str) -> Verdict:
    """Whether a disruption budget leaves `quorum` of `replicas` alive. Percentages are not counted, so they prove nothing."""
    pdb = pdb if isinstance(pdb, Mapping) and pdb.get("enabled", True) else {}
    least, most = _count(pdb.get("minAvailable")), _count(pdb.get("maxUnavailable"))
    kept = least if least is not None else replicas - most if most is not None else 0
    return proven(
        kept >= quorum, where, "" if kept >= quorum else f"a drain may leave {kept} of {replicas}, {quorum} are needed"
    )


def images(containers: Iterable[Container], where: str) -> tuple[Image, ...]:
    """The images that containers in values name, each once."""
    named = {str(container["image"]): number for number, container in enumerate(containers) if container.get("image")}
    return tuple(Image(reference, pinned(reference, f"{where}[{number}].image")) for reference, number in named.items())


def pinned(reference: str, where: str) -> Verdict:
    """Whether an image is named by a digest or by a version with a digit in it."""
    tag = reference.rpartition("/")[2].partition(":")[2].partition("@")[0]
    return proven("@sha256:" in reference or (tag not in _MUTABLE and any(c.isdigit() for c in tag)), where)


def callee(host: str) -> str:
    """The component that a host name in the cluster leads to; `external:<host>` for others.

    `vmstorage-0.vmstorage.victoriametrics.svc` and `vmstorage.victoriametrics.svc` are `vmstorage`.
    """
    if ".svc" not in host:
        return f"external:{host}"
    service = host.partition(".svc")[0].split(".")[-2].removesuffix("-headless")
    return SERVICES.get(service, service)


def call(url: str, purpose: str) -> Call:
    """A call by URL. The scheme's own port where none is written."""
    parts = urlsplit(url)
    return Call(callee(parts.hostname or ""), parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0), purpose)


def flags(arguments: Sequence[str]) -> dict[str, str]:
    """`--name=value` and `--name` of a command line, the last of each."""
    return {m[1]: m[2] or "" for a in arguments if (m := re.match(r"--([a-z0-9.-]+)(?:=(.*))?$", a, re.DOTALL))}


def _port(address: str) -> int:
    port = address.rpartition(":")[2]
    return int(port) if port.isdigit() else 0


def _count(value: object) -> int | None:
    return int(str(value)) if str(value).isdigit() else None
