"""Ways in for people: each leads to a listener that asks an identity provider, and nothing else is open to outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ballast.terraform.platform import proven
from ballast.terraform.security.model import Cell, View

SECTION = "people"
OUTSIDE = ("LoadBalancer", "NodePort")


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
    for resource in view.platform.of_type("kubernetes_service_v1", "kubernetes_ingress_v1"):
        kinds = [str(spec.get("type")) for spec in resource.values.get("spec") or () if isinstance(spec, Mapping)]
        open_ = resource.type == "kubernetes_ingress_v1" or any(kind in OUTSIDE for kind in kinds)
        yield Cell(
            SECTION,
            resource.address,
            "no other way in",
            proven(not open_, resource.address, "reachable from outside" if open_ else ""),
        )


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
