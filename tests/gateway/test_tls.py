"""Who may do what, by certificate; with a real Alertmanager, and with clients that have none or the wrong one."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from pathlib import Path

import httpx
import orjson
import pytest

from ballast.gateway import VARIABLES, read_settings
from ballast.gateway.inputs.tls import Certificates, client_names
from ballast.gateway.notification import parse
from ballast.gateway.parts import late
from ballast.gateway.settings import Settings
from ballast.repo import CannotRun
from ballast.stack import ROUTING_KEY, Alertmanager, Authority, http_ok, wait_until
from tests.gateway.conftest import Room, webhook
from tests.gateway.edges import Edges, tiered
from tests.gateway.test_settings import GOOD
from tests.guarded import Guarded, web_flags


def test_a_real_alertmanager_comes_in_with_its_certificate(edges: Edges) -> None:
    mine = edges.named("alertmanager")
    tls = {"ca_file": str(edges.authority.cert), "cert_file": str(mine.cert), "key_file": str(mine.key)}
    hook = {"url": edges.gateway.webhook, "http_config": {"tls_config": tls}}
    settings = {
        "route": {"receiver": "page", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s"},
        "receivers": [{"name": "page", "webhook_configs": [hook]}],
    }
    source = edges.room.stack.start(Alertmanager(edges.room.stack.directory / "tls-alertmanager", settings, name="tls-am"))
    source.fire({"alertname": "OverTls", "severity": "page", "tier": "P1"})
    edges.room.wait_for("OverTls", ["opened"])


def test_without_a_certificate_of_ours_there_is_no_connection(edges: Edges, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger").issue("alertmanager")
    for certificate in (None, stranger):
        with (
            edges.client(certificate) as client,
            pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)),
        ):
            client.post("/v1/alertmanager", json=webhook("Stranger"))


@pytest.mark.parametrize(
    ("name", "method", "path", "status"),
    [
        ("alertmanager", "POST", "/v1/alertmanager", 400),  # admitted, and an empty body refused
        ("grafana", "POST", "/v1/grafana", 400),
        ("operators", "POST", "/v1/alertmanager", 403),
        ("nobody", "POST", "/v1/alertmanager", 403),
        ("nobody", "GET", "/healthz", 403),
        ("alertmanager", "GET", "/", 403),
        ("alertmanager", "GET", "/v1/incidents", 403),
        ("prometheus", "GET", "/metrics", 200),
        ("operators", "GET", "/", 200),
        ("operators", "POST", "/v1/pagerduty", 401),  # admitted, without a signature
        ("nobody", "POST", "/v1/pagerduty", 403),
    ],
)
def test_a_name_opens_what_it_is_for(edges: Edges, name: str, method: str, path: str, status: int) -> None:
    with edges.client(edges.named(name)) as client:
        answer = client.request(method, path)
    assert answer.status_code == status, answer.text
    if status == 403:
        assert name in answer.json()["error"]


def test_kubelet_asks_without_a_certificate_and_sees_nothing_else(edges: Edges) -> None:
    assert http_ok(edges.gateway.status_url + "/readyz")
    assert httpx.get(edges.gateway.status_url + "/metrics", trust_env=False).status_code == 200
    for path in ("/", "/v1/incidents", "/v1/deliveries", "/v1/alertmanager"):
        assert httpx.get(edges.gateway.status_url + path, trust_env=False).status_code == 404


def test_too_much_is_refused_over_tls_too(edges: Edges) -> None:
    with edges.client(edges.named("alertmanager")) as client:
        answer = client.post("/v1/alertmanager", content=b" " * (1024 * 1024 + 1))
    assert (answer.status_code, "set max_alerts" in answer.json()["error"]) == (413, True)


def test_names_of_a_certificate() -> None:
    subject = ((("organizationName", "o"),), (("commonName", "a"),))
    assert client_names({"subject": subject}) == {"a"}
    alternatives = (("DNS", "b"), ("IP Address", "127.0.0.1"), ("URI", "spiffe://x/y"))
    assert client_names({"subject": subject, "subjectAltName": alternatives}) == {"b", "spiffe://x/y"}
    assert client_names(None) == client_names({}) == frozenset()


def test_renewed_certificates_are_taken_over(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    first, second = authority.issue("one"), authority.issue("two")
    mine = tmp_path / "mine"
    shutil.copytree(first.directory, mine)
    server = Certificates(str(mine / "tls.crt"), str(mine / "tls.key"), str(authority.cert))
    assert server.context.verify_mode == ssl.CERT_REQUIRED
    assert not server.renew()
    for name in ("tls.crt", "tls.key"):
        (second.directory / name).replace(mine / name)
    assert server.renew()
    (mine / "tls.key").write_text("no key")
    with pytest.raises((OSError, ssl.SSLError)):
        server.renew()
    with pytest.raises(CannotRun, match="certificates cannot be used"):
        Certificates(str(tmp_path / "missing"), "", "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"host": "0.0.0.0"}, "would let anybody send pages"),
        ({"tls_cert": "x"}, "set all three"),
        ({"senders": "localhost"}, "every certificate may have"),
        ({"vault_address": "http://v", "vault_auth": "ldap"}, "neither kubernetes nor approle"),
        ({"vault_address": "http://v", "vault_path": "gateway"}, "not a mount and a path"),
        ({"webhook_url": "http://x"}, "could not tell who sends"),
    ],
)
def test_settings_that_would_open_a_door_are_refused(changes: dict[str, str], words: str) -> None:
    with pytest.raises(CannotRun, match=words):
        read_settings(GOOD | {VARIABLES[name]: value for name, value in changes.items()})


def test_an_alert_of_grafana(edges: Edges) -> None:
    """Its own shape: version 1, values, links of its own, a zone for `endsAt` that is the year 1."""
    body = tiered("FromGrafana", "P1", version="1", orgId=1, title="[FIRING:1] FromGrafana", state="alerting", message="m")
    body["commonAnnotations"] = {"summary": "disk is full"}
    body["alerts"] = [
        body["alerts"][0]
        | {
            "annotations": {},
            "values": {"B": 22.5, "C": 1, "D": None},
            "valueString": "[ var='B' ]",
            "silenceURL": "https://grafana.example.com/alerting/silence/new",
            "dashboardURL": "https://grafana.example.com/d/uid",
            "panelURL": "https://grafana.example.com/d/uid?viewPanel=1",
        }
    ]
    with edges.client(edges.named("grafana")) as client:
        assert client.post("/v1/alertmanager", content=orjson.dumps(body)).status_code == 422
        answer = client.post("/v1/grafana", content=orjson.dumps(body))
        assert answer.status_code == 200, answer.text
        wrong = client.post("/v1/grafana", content=orjson.dumps(webhook("NotGrafana")))
        assert (wrong.status_code, "its version is 4, not 1" in wrong.json()["error"]) == (422, True)
    edges.room.wait_for("FromGrafana", ["opened"])
    event = edges.room.incidents("FromGrafana")[0]["event"]
    assert [link["text"] for link in event["links"]] == ["Dashboard", "Panel", "Silence", "Grafana"]
    assert event["payload"]["custom_details"]["alerts"][0]["values"] == {"B": 22.5, "C": 1.0, "D": None}
    wait_until(lambda: edges.deliveries("FromGrafana"), 10, "its row")


class GuardedAlertmanager(Guarded, Alertmanager):
    """An Alertmanager that takes only clients with a certificate."""


def test_an_alertmanager_is_asked_with_our_certificate(shared_room: Room, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    server, ours = authority.issue("alertmanager"), authority.issue("gateway")
    route = {"route": {"receiver": "page", "group_by": ["alertname"], "group_wait": "0s"}, "receivers": [{"name": "page"}]}
    source = shared_room.stack.start(
        GuardedAlertmanager(tmp_path / "alertmanager", route, flags=web_flags(tmp_path, server, authority), name="guarded")
    )
    context = ssl.create_default_context(cafile=str(authority.cert))
    context.load_cert_chain(ours.cert, ours.key)
    alert = {"labels": {"alertname": "Guarded"}, "endsAt": "2999-01-01T00:00:00Z"}
    httpx.post(f"{source.url}/api/v2/alerts", json=[alert], verify=context, trust_env=False).raise_for_status()

    def verdicts(**more: str) -> list[str]:
        made = Settings("postgresql://h/d", ROUTING_KEY, alertmanager_urls=source.url, settle_seconds=0, **more)  # type: ignore[arg-type]
        asking = late(made)
        assert asking is not None

        async def ask() -> list[str]:
            groups = [parse(orjson.dumps(webhook(name)))[0] for name in ("Guarded", "Unheard")]
            found = [await asking.alertmanagers.verdict(group) for group in groups]
            await asking.alertmanagers.aclose()
            return list(found)

        return asyncio.run(ask())

    files = {"alertmanager_ca": str(authority.cert), "alertmanager_cert": str(ours.cert), "alertmanager_key": str(ours.key)}
    wait_until(lambda: verdicts(**files) == ["firing", "resolved"], 30, "its groups")
    assert verdicts(alertmanager_ca=files["alertmanager_ca"]) == ["unknown", "unknown"], "it wants to see a certificate"
    assert verdicts() == ["unknown", "unknown"], "nobody we know has signed its own"
    with pytest.raises(CannotRun, match="certificates cannot be used"):
        verdicts(**files | {"alertmanager_key": str(server.key)})
    source.stop()
