"""What Loki and Tempo share, being built on grafana/dskit: servers, the health server, gossip, and addresses of their parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import Call, Listener, Release, proven

Config = Mapping[str, Any]
GOSSIP = 7946


def at(config: Config, *path: str) -> Any:
    """The value at `path`, or an empty map where a key is missing."""
    here: Any = config
    for key in path:
        here = here.get(key) if isinstance(here, Mapping) else None
    return {} if here is None else here


def listeners(release: Release, path: Sequence[str], containers: Sequence[pods.Container], where: str) -> Iterator[Listener]:
    """HTTP, gRPC, health and gossip of a part whose configuration stands at `path` and whose extra containers at `where`."""
    config = release.get(*path, default={})
    server = at(config, "server")
    for name, protocol in (("http", "https"), ("grpc", "grpc")):
        given = at(server, f"{name}_tls_config")
        place = release.where(*path, "server", f"{name}_tls_config")
        keys = proven(bool(given.get("cert_file") and given.get("key_file")), place)
        asked = given.get("client_auth_type") == "RequireAndVerifyClientCert" and bool(given.get("client_ca_file"))
        yield Listener(name, int(server.get(f"{name}_listen_port", 0)), protocol, keys, proven(asked, place))
    health = at(config, "internal_server")
    if health.get("enable"):
        plain = proven(
            False, release.where(*path, "internal_server"), "answers kubelet with whether the part is ready, no more"
        )
        yield Listener("health", int(health["http_listen_port"]), "http", plain, plain, probe_only=True)
    yield from _gossip(release, path, at(config, "memberlist"), containers, where)


def _gossip(
    release: Release, path: Sequence[str], given: Config, containers: Sequence[pods.Container], where: str
) -> Iterator[Listener]:
    place = release.where(*path, "memberlist")
    if given.get("bind_addr") == ["127.0.0.1"]:
        yield from pods.relays(containers, where)
        return
    encrypted = proven(given.get("tls_enabled") is True, place)
    anybody = proven(False, place, "memberlist asks no peer for a certificate; a relay in front of it has to")
    yield Listener("gossip", int(given.get("bind_port", GOSSIP)), "tls", encrypted, anybody)


def gossip(names: Iterable[str]) -> tuple[Call, ...]:
    """Everybody talks to everybody."""
    return tuple(Call(name, GOSSIP, "ring") for name in names)


def to(address: object, purpose: str) -> Iterator[Call]:
    """A call to `host:port`, with or without `dns+` before it; none where there is no address."""
    host, _, port = str(address or "").removeprefix("dns+").rpartition(":")
    if host and port.isdigit():
        yield Call(pods.callee(host), int(port), purpose)
