"""Ways in for people: each leads to a listener that asks an identity provider, and nothing else is open to outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ballast.terraform.platform import Resource, Verdict, proven
from ballast.terraform.security.ingresses import blocks, ingresses, namespace_of, ways
from ballast.terraform.security.model import Cell, View

SECTION = "people"
OUTSIDE = ("LoadBalancer", "NodePort")
SIGNED = {"/v1/pagerduty": "only PagerDuty's webhooks, each of whose signatures the gateway checks"}
"""Paths that may be reached from outside without a sign-in, and why: no person comes in by them."""


def people(view: View) -> Iterator[Cell]:
    """A cell for each listener for people, each ingress, and each service that is reachable from outside the cluster."""
    for component in view.components:
        for listener in component.listeners:
            if listener.human:
                none = proven(False, component.source, "no sign-in was read")
                yield Cell(
                    SECTION, f"{component.namespace}/{component.name}:{listener.port}", "OIDC only", listener.oidc or none
                )
    human = {c.source for c in view.components if any(x.human for x in c.listeners)}
    for release in view.platform.releases:
        outside = sorted(set(_outside(release.values)))
        where = release.where(outside[0]) if outside else release.address
        reason = f"{', '.join(outside)}: only listeners with sign-in may be reached from outside"
        fine = not outside or (release.address in human and all("ingress" in path.lower() for path in outside))
        yield Cell(
            SECTION, f"{release.namespace}/{release.name}", "no other way in", proven(fine, where, "" if fine else reason)
        )
    for manifest in view.platform.of_kind("Ingress", "HTTPRoute", "Gateway"):
        yield Cell(SECTION, manifest.key, "no other way in", proven(False, manifest.address, "an ingress beside the charts"))
    for resource in view.platform.of_type("kubernetes_service_v1"):
        open_ = any(spec.get("type") in OUTSIDE for spec in blocks(resource.values, "spec"))
        reason = "reachable from outside" if open_ else ""
        yield Cell(SECTION, resource.address, "no other way in", proven(not open_, resource.address, reason))
    for resource in ingresses(view.platform):
        yield Cell(SECTION, resource.address, "no other way in", _signed(view, resource))


def _signed(view: View, ingress: Resource) -> Verdict:
    """Whether an ingress passes on nothing but signed webhooks, over TLS, to listeners that want a client's certificate."""
    guarded = {
        listener.port
        for component in view.components
        if component.namespace == namespace_of(ingress)
        for listener in component.listeners
        if listener.client_auth.state == "yes"
    }
    found, wrong = list(ways(ingress)), []
    for way in found:
        if not (way.exact and way.path in SIGNED):
            wrong.append(f"{way.path} is reachable from outside without a sign-in")
        if not way.secure:
            wrong.append(f"{way.host or 'any host'} has no certificate")
        wrong += [f"port {port} asks for no certificate" for port in way.ports if port not in guarded]
    reasons = wrong or sorted({SIGNED[way.path] for way in found}) or ["an ingress without a path takes every one"]
    return proven(bool(found) and not wrong, ingress.address, "; ".join(reasons))


def _outside(values: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Paths of ingresses that are on, and of services of a type that leaves the cluster."""
    if isinstance(values, Mapping):
        for key, value in values.items():
            here = (*path, str(key))
            ingress = str(key).lower() == "ingress" and isinstance(value, Mapping) and value.get("enabled") is True
            if ingress or (key == "type" and value in OUTSIDE):
                yield ".".join(here)
            else:
                yield from _outside(value, here)
    elif isinstance(values, list):
        for number, value in enumerate(values):
            yield from _outside(value, (*path, str(number)))
