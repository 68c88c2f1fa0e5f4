"""CloudNativePG: the operator from its values, PostgreSQL from the `Cluster` that it makes pods of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import (
    Call,
    Component,
    Config,
    Image,
    Listener,
    Manifest,
    Platform,
    Release,
    ServiceAccount,
    Verdict,
    Workload,
    proven,
    unproven,
)
from ballast.terraform.platform.registry import reader

PORT, STATUS, EXPORTER, OPERATOR_METRICS = 5432, 8000, 9187, 8080
API_SERVER = Call("external:kubernetes-api", 443, "custom resources, leader election")


@reader("cloudnative-pg")
def cloudnative_pg(release: Release, platform: Platform) -> Iterator[Component]:
    """The operator, and each cluster in its namespace."""
    clusters = [
        manifest
        for manifest in platform.of_kind("Cluster")
        if str(manifest.document.get("apiVersion", "")).startswith("postgresql.cnpg.io/")
        and manifest.namespace == release.namespace
    ]
    yield _operator(release, platform, [str(cluster.document["metadata"]["name"]) for cluster in clusters])
    for cluster in clusters:
        yield _cluster(cluster)


def _operator(release: Release, platform: Platform, clusters: Sequence[str]) -> Component:
    replicas = int(release.get("replicaCount", default=1))
    constraints = "topologySpreadConstraints"
    webhook = release.where("webhook")
    admission = Listener(
        "admission",
        int(release.get("webhook", "port", default=9443)),
        "https",
        tls=unproven(webhook, "always, by a certificate that the operator makes itself; no value says so"),
        client_auth=proven(False, webhook, "the API server of EKS and GKE shows no certificate to webhooks"),
        webhook=True,
    )
    given = pods.flags([str(argument) for argument in release.get("additionalArgs", default=[])])
    private = pods.loopback(given.get("metrics-bind-address", ""), release.where("additionalArgs"))
    metrics = () if private.holds else (Listener("metrics", OPERATOR_METRICS, "http", private, private),)
    return Component(
        name=release.name,
        namespace=release.namespace,
        source=release.address,
        workloads=(
            Workload(
                name=release.name,
                kind="Deployment",
                replicas=replicas,
                quorum=1,
                spread=pods.spread(release.get(constraints), release.where(constraints)),
                pdb=_budget_of(release, platform, replicas),
                page_path=True,
            ),
        ),
        listeners=(admission, *metrics),
        calls=(API_SERVER, *(Call(cluster, STATUS, "status of instances") for cluster in clusters)),
        service_accounts=(ServiceAccount(str(release.get("serviceAccount", "name", default=""))),),
    )


def _budget_of(release: Release, platform: Platform, replicas: int) -> Verdict:
    """The chart makes no disruption budget; one beside it counts."""
    for manifest in platform.of_kind("PodDisruptionBudget"):
        labels = manifest.document["spec"].get("selector", {}).get("matchLabels", {})
        if manifest.namespace == release.namespace and labels.get("app.kubernetes.io/instance") == release.name:
            return pods.budget(manifest.document["spec"], replicas, 1, f"{manifest.address}: {manifest.key}")
    return proven(False, release.where(), "no disruption budget is for it")


def _cluster(manifest: Manifest) -> Component:
    metadata, spec = manifest.document["metadata"], manifest.document["spec"]
    name, where = str(metadata["name"]), f"{manifest.address}: {manifest.key}.spec"
    patched = f"{manifest.address}: {manifest.key}.metadata.annotations.cnpg.io/podPatch"
    containers = _patched(metadata.get("annotations") or {})
    synchronous = spec.get("postgresql", {}).get("synchronous") or {}
    required = synchronous.get("dataDurability", "required") == "required"
    quorum = 1 + (int(synchronous.get("number", 0)) if required else 0)
    image = str(spec.get("imageName", ""))
    account = spec.get("serviceAccountTemplate", {}).get("metadata", {})
    constraints = f"{where}.topologySpreadConstraints"
    return Component(
        name=name,
        namespace=manifest.namespace,
        source=manifest.address,
        workloads=(
            Workload(
                name=name,
                kind="StatefulSet",
                replicas=int(spec["instances"]),
                quorum=quorum,
                spread=pods.spread(spec.get("topologySpreadConstraints"), constraints),
                pdb=proven(
                    spec.get("enablePDB") is True,
                    f"{where}.enablePDB",
                    "the operator's own, one for the primary, one for standbys",
                ),
                page_path=True,
            ),
        ),
        listeners=(_server(spec, where), *_inside(where), *pods.tunnels(containers, patched)),
        calls=tuple(_calls(name, spec)),
        configs=(Config(name, "postgresql", _config(spec), f"{where}.postgresql"),),
        images=(Image(image, pods.pinned(image, f"{where}.imageName")), *pods.images(containers, patched)),
        service_accounts=(ServiceAccount(name, account.get("annotations") or {}),),
    )


def _server(spec: Mapping[str, Any], where: str) -> Listener:
    names = spec.get("certificates") or {}
    ours = all(names.get(key) for key in ("serverTLSSecret", "serverCASecret", "clientCASecret", "replicationTLSSecret"))
    rules = [str(rule).split() for rule in spec.get("postgresql", {}).get("pg_hba") or ()]
    place = f"{where}.postgresql.pg_hba"
    return Listener(
        "postgresql",
        PORT,
        "postgresql",
        tls=proven(ours and _refuses_plain(rules), f"{where}.certificates"),
        client_auth=proven(
            _wants_certificates(rules), place, "" if _wants_certificates(rules) else "a rule admits without one"
        ),
    )


def _refuses_plain(rules: Sequence[Sequence[str]]) -> bool:
    """Whether nobody signs in without TLS: every rule that admits is `hostssl`."""
    return all(rule[0] == "hostssl" for rule in rules if rule[-1] != "reject")


def _wants_certificates(rules: Sequence[Sequence[str]]) -> bool:
    """Whether every rule that admits wants a client certificate, and the last turns away who is left.

    CloudNativePG's own last rule admits by password alone; it is reached by whomever ours do not decide.
    """
    admitting = [rule for rule in rules if rule[-1] != "reject"]
    last = rules[-1] if rules else []
    closed = list(last[:4]) == ["host", "all", "all", "all"] and last[-1] == "reject"
    return closed and all(
        "cert" in rule[4:5] or any(w.startswith("clientcert=verify-") for w in rule[4:]) for rule in admitting
    )


def _inside(where: str) -> Iterator[Listener]:
    """What the instance manager answers besides: the operator and kubelet on one port, the tunnel beside it on the other."""
    own = unproven(where, "the operator's own certificate, for itself and kubelet's probes")
    yield Listener("status", STATUS, "https", own, own, probe_only=True)
    plain = proven(False, where, "its exporter asks for no certificate: only the tunnel in its own pod is to read it")
    yield Listener("exporter", EXPORTER, "http", plain, plain, probe_only=True)


def _calls(name: str, spec: Mapping[str, Any]) -> Iterator[Call]:
    yield API_SERVER
    yield Call(name, PORT, "replication")
    yield Call(name, STATUS, "isolation check of the primary")
    if "barmanObjectStore" in (spec.get("backup") or {}):
        yield Call("external:object-storage", 443, "backups and the archive")


def _config(spec: Mapping[str, Any]) -> dict[str, Any]:
    postgresql = spec.get("postgresql") or {}
    return {key: postgresql[key] for key in ("parameters", "pg_hba", "pg_ident") if key in postgresql}


def _patched(annotations: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Containers that the annotation adds to a pod."""
    patch = json.loads(annotations.get("cnpg.io/podPatch", "[]"))
    return [step["value"] for step in patch if step.get("op") == "add" and step.get("path") == "/spec/containers/-"]
