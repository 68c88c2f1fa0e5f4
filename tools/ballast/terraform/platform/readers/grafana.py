"""Grafana: how people come in stands in `grafana.ini`; what it queries is reached by tunnels."""

from __future__ import annotations

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
)
from ballast.terraform.platform.registry import reader

INI = ("grafana.ini",)


@reader("grafana")
def grafana(release: Release, platform: Platform) -> Iterator[Component]:
    """One component."""
    ini = release.get(*INI, default={})
    where = release.where("extraContainers")
    containers = yaml.safe_load(release.get("extraContainers", default="")) or []
    replicas = int(release.get("replicas", default=1))
    constraints = release.get("topologySpreadConstraints")
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
                spread=pods.spread(constraints, release.where("topologySpreadConstraints")),
                pdb=pods.budget(release.get("podDisruptionBudget"), replicas, 1, release.where("podDisruptionBudget")),
            ),
        ),
        listeners=(_listener(release, ini), *pods.tunnels(containers, where)),
        calls=tuple(dict.fromkeys([*pods.outgoing(containers, "queries and alerts"), *_calls(release, ini)])),
        configs=(Config("grafana.ini", "grafana-ini", ini, release.where(*INI)),),
        images=pods.images(containers, where),
        service_accounts=(ServiceAccount(str(release.get("serviceAccount", "name", default="")), {}),),
    )


def _listener(release: Release, ini: Mapping[str, Any]) -> Listener:
    server = ini.get("server") or {}
    where = release.where(*INI, "server")
    encrypted = server.get("protocol") in ("https", "h2") and bool(server.get("cert_file")) and bool(server.get("cert_key"))
    nobody = proven(False, where, "people have no certificate; the identity provider knows them")
    port = int(server.get("http_port", 3000))
    return Listener("ui", port, "https", proven(encrypted, where), nobody, human=True, oidc=_oidc(release, ini))


def _oidc(release: Release, ini: Mapping[str, Any]) -> Verdict:
    """Whether OIDC is the only way in for people. JWTs of Terraform's runs (`auth.jwt`) are checked by issuer and subject."""

    def enabled(section: str, default: bool) -> bool:
        value = (ini.get(section) or {}).get("enabled")
        return default if value is None else bool(value)

    open_ways = [
        name
        for name, is_open in (
            ("no sign-in by OIDC", not enabled("auth.generic_oauth", False)),
            ("roles that nobody was given", (ini.get("auth.generic_oauth") or {}).get("role_attribute_strict") is not True),
            ("the login form", (ini.get("auth") or {}).get("disable_login_form") is not True),
            ("basic authentication", enabled("auth.basic", True)),
            ("anonymous access", enabled("auth.anonymous", False)),
            ("a first admin", (ini.get("security") or {}).get("disable_initial_admin_creation") is not True),
            ("sign-up", bool((ini.get("users") or {}).get("allow_sign_up", False))),
        )
        if is_open
    ]
    return proven(not open_ways, release.where(*INI), ", ".join(open_ways))


def _calls(release: Release, ini: Mapping[str, Any]) -> Iterator[Call]:
    for section, key, purpose in (
        ("auth.generic_oauth", "token_url", "sign-in"),
        ("auth.generic_oauth", "api_url", "sign-in"),
        ("auth.jwt", "jwk_set_url", "keys of the runs' tokens"),
        ("database", "host", "state"),
        ("unified_alerting", "ha_redis_address", "which replica notifies"),
    ):
        if address := str((ini.get(section) or {}).get(key, "")):
            yield pods.call(address if "://" in address else f"//{address}", purpose)
    contacts = release.get("alerting", "contactpoints.yaml", "contactPoints", default=[])
    if any(receiver["type"] == "pagerduty" for contact in contacts for receiver in contact["receivers"]):
        yield Call("external:pagerduty", 443, "pages")
