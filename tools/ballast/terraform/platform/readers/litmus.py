"""Litmus' ChaosCenter: a web page for people and two servers behind it."""

from __future__ import annotations

from collections.abc import Iterator

from ballast.terraform.platform import pods
from ballast.terraform.platform.model import Call, Component, Listener, Platform, Release, Verdict, Workload, proven, unproven
from ballast.terraform.platform.registry import reader

AUTH = ("portal", "server", "authServer")


@reader("litmus")
def litmus(release: Release, platform: Platform) -> Iterator[Component]:
    """Frontend and servers."""
    where = release.where("internalTLS", "enabled")
    tls = proven(release.get("internalTLS", "enabled") is True, where)
    mutual = unproven(where, "whether it wants a client certificate with it, no value says")
    given = release.get(*AUTH, "env", default={})
    signed_in = proven(
        given.get("DEX_ENABLED") == "true" and str(given.get("OIDC_ISSUER", "")).startswith("https://"),
        release.where(*AUTH, "env", "DEX_ENABLED"),
    )
    frontend = Listener("web", 9091, "https", tls, mutual, human=True, oidc=signed_in)
    servers = tuple(Listener(name, port, "https", tls, mutual) for name, port in _SERVERS)
    calls = (_database(release),)
    yield _component(
        release,
        "litmus-frontend",
        ("portal", "frontend"),
        (frontend,),
        (
            Call("litmus-server", 8081, "API"),
            Call("litmus-server", 3001, "sign-in"),
        ),
    )
    yield _component(release, "litmus-server", ("portal", "server"), servers, calls)


_SERVERS = (("graphql", 8081), ("graphql-rpc", 8001), ("auth", 3001), ("auth-rpc", 3031))


def _component(
    release: Release, name: str, path: tuple[str, ...], listeners: tuple[Listener, ...], calls: tuple[Call, ...]
) -> Component:
    none: Verdict = proven(False, release.where(*path), "the chart has none")
    return Component(
        name=name,
        namespace=release.namespace,
        source=release.address,
        workloads=(Workload(name, "Deployment", int(release.get(*path, "replicas", default=1)), 1, none, none),),
        listeners=listeners,
        calls=calls,
    )


def _database(release: Release) -> Call:
    host, _, port = (
        str(release.get("adminConfig", "DB_SERVER", default="")).removeprefix("mongodb://").partition("/")[0].partition(":")
    )
    return Call(pods.callee(host), int(port or 27017), "experiments")
