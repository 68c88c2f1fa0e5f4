"""What the ingresses of a plan let in: hosts, paths, and the ports behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ballast.terraform.platform import Platform, Resource


@dataclass(frozen=True, slots=True)
class Way:
    """A path of an ingress: `exact` unless it stands for longer ones too; `secure` when its host has a certificate."""

    host: str
    path: str
    exact: bool
    secure: bool
    ports: tuple[int, ...]


def ingresses(platform: Platform) -> tuple[Resource, ...]:
    """Those that the plan makes beside its charts."""
    return tuple(platform.of_type("kubernetes_ingress_v1"))


def namespace_of(ingress: Resource) -> str:
    """Where it is."""
    return str(next(iter(blocks(ingress.values, "metadata")), {}).get("namespace"))


def ways(ingress: Resource) -> Iterator[Way]:
    """Its paths. A default backend is a way of every host and path."""
    for spec in blocks(ingress.values, "spec"):
        secure = {host for tls in blocks(spec, "tls") if tls.get("secret_name") for host in tls.get("hosts") or ()}
        for backend in blocks(spec, "default_backend"):
            yield Way("", "/", False, False, _ports(backend))
        for rule in blocks(spec, "rule"):
            host = str(rule.get("host") or "")
            for path in (path for http in blocks(rule, "http") for path in blocks(http, "path")):
                ports = tuple(port for backend in blocks(path, "backend") for port in _ports(backend))
                yield Way(host, str(path.get("path") or "/"), path.get("path_type") == "Exact", host in secure, ports)


def blocks(values: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The nested blocks of that name."""
    return [block for block in values.get(name) or () if isinstance(block, Mapping)]


def _ports(backend: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(int(port.get("number") or 0) for service in blocks(backend, "service") for port in blocks(service, "port"))
