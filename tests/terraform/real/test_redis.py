"""A real Redis under the configuration and the access list that a root renders for Valkey: who gets in, and who may do what.

Two directives are Valkey's alone and left out: by them a certificate's common name signs a client in. Redis wants a password
for that, so each user is given one here; its rights are the rendered ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import redis

from ballast.gateway.copies import Copies
from ballast.repo import CannotRun
from ballast.stack import LOOPBACK, Certificate, Redis
from ballast.stack.redis import redis_server
from ballast.terraform.platform import Release, read_plan

from .conftest import ROOTS, Planned
from .issued import Issued, mounted

VALKEYS_OWN = {"tls-auth-clients-user", "tls-auto-reload-interval"}

type Connect = Callable[..., redis.Redis]


def _settings(release: Release, issued: Issued) -> list[str]:
    """What the chart writes from `tls`, then what the module adds, and the users."""
    tls = release.get("tls")
    assert tls["enabled"] is tls["requireClientCertificate"] is True
    files = {
        key: f"/tls/{tls[name]}"
        for key, name in (("cert", "serverPublicKey"), ("key", "serverKey"), ("ca-cert", "caPublicKey"))
    }
    lines = ["port 0", "tls-port {port}", "tls-auth-clients yes", *(f"tls-{key}-file {path}" for key, path in files.items())]
    own = release.get("valkeyConfig").splitlines()
    assert {line.split()[0] for line in own} >= VALKEYS_OWN
    lines += [line for line in own if line.split()[0] not in VALKEYS_OWN]
    for line in release.get("auth", "aclConfig").splitlines():
        user, *rules = line.split()[1:]
        lines.append(f"user {user} {' '.join(rules)}" + (f" >{user}-password" if rules[0] == "on" else ""))
    return mounted(lines, "/tls", issued.secret(tls["existingSecret"]))


@pytest.fixture(scope="module")
def issued(planned: Planned, tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return Issued(read_plan(planned(ROOTS[0]), ROOTS[0]), tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def server(planned: Planned, issued: Issued, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    try:
        redis_server()
    except CannotRun as error:
        pytest.skip(str(error))
    release = next(r for r in read_plan(planned(ROOTS[0]), ROOTS[0]).releases if r.chart == "valkey")
    started = Redis(tmp_path_factory.mktemp("redis"), _settings(release, issued))
    try:
        started.start()
    except CannotRun as error:
        if "tls-port" in str(error):
            pytest.skip(f"{redis_server()} was built without TLS: install Debian's redis-server")
        raise
    yield started
    started.stop()


@pytest.fixture
def connect(server: Redis, issued: Issued) -> Iterator[Connect]:
    """A client with the certificate of a component, signed in as a user."""
    clients: list[redis.Redis] = []

    def connected(user: str | None, certificate: Certificate | None) -> redis.Redis:
        files = {"ssl_certfile": str(certificate.cert), "ssl_keyfile": str(certificate.key)} if certificate else {}
        password = f"{user}-password" if user else None
        given = {"username": user, "password": password, "socket_timeout": 5, "retry": None, "protocol": 2}
        trust = {"ssl": True, "ssl_ca_certs": str(issued.authority.cert)}
        clients.append(redis.Redis(LOOPBACK, server.port, **trust, **files, **given))
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


def test_a_client_needs_a_certificate_of_the_authority(connect: Connect, issued: Issued) -> None:
    assert connect("redis", issued.secret("redis-tls")).ping()
    for certificate in (None, issued.forged("gateway-tls")):
        with pytest.raises((redis.ConnectionError, OSError)):
            connect("gateway", certificate).ping()


def test_nobody_in_particular_may_do_nothing(connect: Connect, issued: Issued) -> None:
    with pytest.raises(redis.AuthenticationError):
        connect(None, issued.secret("loki-tls")).get("gateway:a")


def test_the_gateway_has_its_own_keys_only(connect: Connect, issued: Issued) -> None:
    gateway = connect("gateway", issued.secret("gateway-tls"))
    assert gateway.set("ballast:gateway:a", "1", nx=True, ex=60)
    for denied in (
        lambda: gateway.set("grafana-alerting:a", "1"),
        lambda: gateway.get("other"),
        lambda: gateway.eval("return redis.call('GET', KEYS[1])", 1, "other"),
        lambda: gateway.flushall(),
        lambda: gateway.keys("*"),
        lambda: gateway.config_get("*"),
        lambda: gateway.acl_list(),
        lambda: gateway.publish("grafana-alerting:a", "x"),
    ):
        with pytest.raises(redis.exceptions.NoPermissionError):
            denied()


def test_the_gateway_may_do_all_that_it_does(server: Redis, issued: Issued) -> None:
    """Its own cache, with the rights that it has on a cluster: what it may not do, it would do without, in silence."""
    own = issued.secret("gateway-tls")
    files = {"ssl_ca_certs": issued.authority.cert, "ssl_certfile": own.cert, "ssl_keyfile": own.key}
    query = urlencode({key: str(path) for key, path in files.items()})

    async def use() -> int | None:
        copies = Copies(f"rediss://gateway:gateway-password@{LOOPBACK}:{server.port}?{query}", "test", seconds=10)
        await copies.get(["a"])
        granted = await copies.take("bucket", 3, 10, 1, 0)
        await copies.aclose()
        return granted

    assert asyncio.run(use()) == 3


def test_grafana_replicas_speak_with_each_other(connect: Connect, issued: Issued) -> None:
    grafana = connect("grafana", issued.secret("grafana-tls"))
    listener = grafana.pubsub()
    listener.subscribe("grafana-alerting:state")
    assert listener.get_message(timeout=5)["type"] == "subscribe"
    assert grafana.publish("grafana-alerting:state", "hello") == 1
    assert listener.get_message(timeout=5)["data"] == b"hello"
    listener.close()
    with pytest.raises(redis.exceptions.NoPermissionError):
        grafana.publish("other", "x")
    with pytest.raises(redis.exceptions.NoPermissionError):
        grafana.get("ballast:gateway:a")


def test_the_probe_sees_how_it_is_and_no_key(connect: Connect, issued: Issued) -> None:
    probe = connect("redis", issued.secret("redis-tls"))
    memory = probe.info("memory")
    assert (memory["maxmemory_human"], memory["maxmemory_policy"]) == ("170.00M", "allkeys-lru")
    assert probe.info("persistence")["aof_enabled"] == 0
    with pytest.raises(redis.exceptions.NoPermissionError):
        probe.get("ballast:gateway:a")


def test_its_certificate_is_for_the_name_that_callers_ask_for(issued: Issued, planned: Planned) -> None:
    services = [r for r in read_plan(planned(ROOTS[0]), ROOTS[0]).releases if r.chart == "valkey"]
    assert f"{services[0].get('fullnameOverride')}.{services[0].namespace}.svc" in issued.names("redis-tls")


def test_it_is_the_configuration_of_the_module(server: Redis) -> None:
    written = Path(server.config).read_text()
    assert 'tls-protocols "TLSv1.2 TLSv1.3"' in written
    assert written.count("\nuser ") == 4
