"""Thanos: TLS by flags and by the file that `--http.config` names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import (
    Call,
    Component,
    Config,
    Listener,
    Platform,
    Release,
    ServiceAccount,
    Verdict,
    Workload,
    proven,
    unproven,
)
from ballast.terraform.platform.registry import reader

HTTP, GRPC, REMOTE_WRITE = 10902, 10901, 19291
PARTS = {
    "receive": "receive",
    "query": "query",
    "queryFrontend": "query-frontend",
    "storegateway": "store",
    "compactor": "compactor",
    "ruler": "ruler",
}
DEPLOYMENTS = ("query", "queryFrontend")
BUCKET = Call("external:object-storage", 443, "blocks")


@reader("thanos")
def thanos(release: Release, platform: Platform) -> Iterator[Component]:
    """A component for each enabled part."""
    web = _web_config(platform)
    for part in PARTS:
        if release.get(part, "enabled") is True:
            yield _part(release, part, web)


def _part(release: Release, part: str, web: Mapping[str, Any] | None) -> Component:
    containers = release.get(part, "extraContainers", default=[])
    where = release.where(part, "extraContainers")
    given = pods.flags([str(a) for a in release.get(part, "extraArgs", default=[])])
    account = release.get("global", "serviceAccount", default={})
    calls = [*_calls(release, part, given), *pods.outgoing(containers, "queries")]
    if part in ("receive", "storegateway", "compactor", "ruler"):
        calls.append(BUCKET)
    return Component(
        name=f"thanos-{PARTS[part]}",
        namespace=release.namespace,
        source=release.address,
        workloads=(_workload(release, part),),
        listeners=tuple(_listeners(release, part, given, web)),
        calls=tuple(dict.fromkeys(calls)),
        configs=(*_web_file(part, web), *_configs(release, part, given)),
        images=pods.images(containers, where),
        service_accounts=(ServiceAccount(str(account.get("name", "")), account.get("annotations") or {}),),
    )


def _listeners(release: Release, part: str, given: Mapping[str, str], web: Mapping[str, Any] | None) -> Iterator[Listener]:
    where = release.where(part, "extraArgs")
    server = (web or {}).get("tls_server_config") or {}
    named = "http.config" in given
    if named and web is None:
        encrypted: Verdict = unproven(where, f"the file {given['http.config']} is not in the plan")
        required = encrypted
    else:
        encrypted = proven(named and bool(server.get("cert_file")), where)
        required = proven(named and server.get("client_auth_type") == "RequireAndVerifyClientCert", where)
    yield Listener("http", HTTP, "https", encrypted, required)
    if part in ("receive", "query", "storegateway", "ruler"):
        yield _by_flags("grpc", GRPC, "grpc", "grpc-server-tls", given, where)
    if part == "receive":
        yield _by_flags("remote-write", REMOTE_WRITE, "https", "remote-write.server-tls", given, where)


def _by_flags(name: str, port: int, protocol: str, prefix: str, given: Mapping[str, str], where: str) -> Listener:
    keys = proven(bool(given.get(f"{prefix}-cert")) and bool(given.get(f"{prefix}-key")), where)
    return Listener(name, port, protocol, keys, proven(bool(given.get(f"{prefix}-client-ca")), where))


def _calls(release: Release, part: str, given: Mapping[str, str]) -> Iterator[Call]:
    if part == "query":
        for endpoint in _json(given.get("endpoint.sd-config")).get("endpoints", ()):
            kind, _, address = str(endpoint["address"]).rpartition("+")
            address = address.removeprefix("_grpc._tcp.") if kind == "dnssrv" else address
            host, _, port = address.partition(":")
            yield Call(pods.callee(host), int(port or GRPC), "store API")
    if part == "queryFrontend":
        yield pods.call(str(release.get(part, "downstreamUrl", default="")), "queries")
    if part == "receive":
        yield Call("thanos-receive", GRPC, "copies of samples")
        if url := _json(given.get("receive.limits-config")).get("write", {}).get("global", {}).get("meta_monitoring_url"):
            yield pods.call(url, "active series of tenants")
    if part == "ruler":
        for alertmanager in _yaml(release.get(part, "alertmanagers", "config")).get("alertmanagers", ()):
            for address in alertmanager["static_configs"]:
                yield pods.call(f"{alertmanager['scheme']}://{str(address).rpartition('+')[2]}", "alerts")


def _web_file(part: str, web: Mapping[str, Any] | None) -> Iterator[Config]:
    """One file for all parts: said once."""
    if part == "receive" and web is not None:
        yield Config("thanos-web", "exporter-toolkit-web", web, "kubernetes_config_map_v1: thanos-web")


def _configs(release: Release, part: str, given: Mapping[str, str]) -> Iterator[Config]:
    if part == "receive":
        objstore = ("global", "objstore", "config")
        yield Config("thanos-objstore", "thanos-objstore", _yaml(release.get(*objstore)), release.where(*objstore))
    for flag, kind in (
        ("endpoint.sd-config", "thanos-endpoints"),
        ("receive.limits-config", "thanos-receive-limits"),
        ("query-frontend.downstream-tripper-config", "thanos-tripper"),
    ):
        if flag in given:
            yield Config(kind, kind, _json(given[flag]), release.where(part, "extraArgs"))
    if part == "ruler":
        alertmanagers = (part, "alertmanagers", "config")
        yield Config(
            "thanos-alertmanagers", "thanos-alertmanagers", _yaml(release.get(*alertmanagers)), release.where(*alertmanagers)
        )
        for name, text in sorted(release.get(part, "rules", default={}).items()):
            if text is not None:
                yield Config(name, "prometheus-rules", _yaml(text), release.where(part, "rules", name))


def _workload(release: Release, part: str) -> Workload:
    replicas = int(release.get(part, "replicaCount", default=1))
    # A sample is stored when two of its three receivers have it; of the rest any one does the job; compaction waits.
    quorum = replicas - 1 if part == "receive" else 0 if part == "compactor" else 1
    where = release.where(part, "pdb")
    alone = proven(True, where, "one by design: two compactors on a bucket destroy it, and nothing waits for it")
    return Workload(
        name=f"thanos-{PARTS[part]}",
        kind="Deployment" if part in DEPLOYMENTS else "StatefulSet",
        replicas=replicas,
        quorum=quorum,
        spread=pods.spread(release.get(part, "topologySpreadConstraints"), release.where(part, "topologySpreadConstraints")),
        pdb=alone if part == "compactor" else pods.budget(release.get(part, "pdb"), replicas, quorum, where),
    )


def _web_config(platform: Platform) -> Mapping[str, Any] | None:
    """The exporter-toolkit file of the config map `thanos-web`."""
    for resource in platform.of_type("kubernetes_config_map_v1"):
        data = resource.values.get("data") or {}
        if any(m.get("name") == "thanos-web" for m in resource.values.get("metadata") or ()) and "web.yml" in data:
            return _yaml(data["web.yml"])
    return None


def _json(text: object) -> dict[str, Any]:
    return dict(json.loads(str(text))) if text else {}


def _yaml(text: object) -> dict[str, Any]:
    return dict(yaml.load(str(text), yaml.CSafeLoader) or {}) if text else {}
