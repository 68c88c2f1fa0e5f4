"""The alert gateway: its pod is in the values as it is, an environment and a tunnel in front."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import Call, Component, Config, Listener, Platform, Release, ServiceAccount, Workload
from ballast.terraform.platform.registry import reader

OTHERS = {"BALLAST_VAULT_ADDR": "keys", "BALLAST_JSM_URL": "incidents", "BALLAST_WEBHOOK_URL": "incidents"}
"""Addresses, and what is said there. A chat's address is a key, which no plan shows."""
POD = ("deployment", "template", "spec")


@reader("gateway")
def gateway(release: Release, platform: Platform) -> Iterator[Component]:
    """One deployment. What it calls stands in its environment."""
    spec = release.get(*POD, default={})
    containers = spec.get("containers") or []
    where = release.where(*POD, "containers")
    given = {str(v["name"]): str(v.get("value", "")) for c in containers for v in c.get("env") or ()}
    replicas = int(release.get("autoscaler", "minReplicas", default=1))
    constraints = release.where(*POD, "topologySpreadConstraints")
    yield Component(
        name=release.name,
        namespace=release.namespace,
        source=release.address,
        workloads=(
            Workload(
                name=release.name,
                kind="Deployment",
                replicas=replicas,
                quorum=1,
                spread=pods.spread(spec.get("topologySpreadConstraints"), constraints),
                pdb=pods.budget(release.get("podDisruptionBudget"), replicas, 1, release.where("podDisruptionBudget")),
                page_path=True,
            ),
        ),
        listeners=(*_own(given, where), *pods.tunnels(containers, where)),
        calls=tuple(_calls(given)),
        configs=(Config("gateway", "gateway", given, where),),
        images=pods.images(containers, where),
        service_accounts=(ServiceAccount(str(spec.get("serviceAccountName", ""))),),
    )


def _own(given: dict[str, str], where: str) -> Iterator[Listener]:
    """The gateway's own port, where it can be reached from beyond its pod."""
    address = f"{given.get('BALLAST_GATEWAY_HOST', '')}:"
    plain = pods.loopback(address, where)
    if not plain.holds:
        yield Listener("http", int(given.get("BALLAST_GATEWAY_PORT", "9095")), "http", plain, plain)


def _calls(given: dict[str, str]) -> Iterator[Call]:
    for name, what in (("BALLAST_DATABASE_URL", "alerts"), ("BALLAST_LEDGER_URL", "budgets")):
        database = urlsplit(given.get(name, ""))
        if database.hostname:
            by = "by certificate" if "sslcert" in parse_qs(database.query) else "without a certificate"
            yield Call(pods.callee(database.hostname), database.port or 5432, f"{what}, {by}")
    cache = urlsplit(given.get("BALLAST_REDIS_URL", ""))
    if cache.hostname:
        by = "by certificate" if cache.scheme == "rediss" else "in the clear"
        yield Call(pods.callee(cache.hostname), cache.port or 6379, f"copies, {by}")
    host, _, port = given.get("BALLAST_KAFKA_BOOTSTRAP", "").partition(":")
    if host:
        by = "by certificate" if given.get("BALLAST_KAFKA_CERT") else "in the clear"
        yield Call(pods.callee(host), int(port), f"events, {by}")
    for alertmanager in filter(None, given.get("BALLAST_ALERTMANAGER_URLS", "").split(",")):
        yield pods.call(alertmanager, "what still fires")
    for name, what in OTHERS.items():
        if other := given.get(name):
            yield pods.call(other, what)
    if url := given.get("BALLAST_PAGERDUTY_URL"):
        events = pods.call(url, "events")
        yield Call("external:pagerduty", 443, "events") if events.to.endswith(".pagerduty.com") else events
