"""Prometheus, Thanos and Alertmanager as real processes, on what a root renders: who is answered, and what is answered once."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from ballast.stack import LOOPBACK, Authority, Process, wait_until
from ballast.terraform.platform import read_plan

from .conftest import ROOTS, Planned, need
from .metrics import Running, context_of, started

type Ask = Callable[..., list[tuple[dict[str, str], str]]]


@pytest.fixture(scope="module")
def running(planned: Planned, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    need("prometheus", "alertmanager", "thanos")
    with started(read_plan(planned(ROOTS[0]), ROOTS[0]), tmp_path_factory.mktemp("mtls")) as found:
        yield found


HELLO = {"web": b"GET /-/ready HTTP/1.0\r\n\r\n", "grpc": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"}


def _answer(context: ssl.SSLContext, port: int, server_name: str, hello: bytes) -> bytes:
    """The first bytes that a listener says after the handshake; none when it hangs up."""
    try:
        with (
            socket.create_connection((LOOPBACK, port), timeout=10) as raw,
            context.wrap_socket(raw, server_hostname=server_name) as secure,
        ):
            secure.sendall(hello)
            return secure.recv(16)
    except (ssl.SSLError, ConnectionError):
        return b""


def test_a_client_needs_a_certificate_of_the_authority(running: Running, tmp_path: Path) -> None:
    """Each listener answers a client of the platform, under the name that its callers ask for; nobody else is answered."""
    rendered = running.rendered
    known = rendered.certificates["thanos-tls"]
    stranger = Authority(tmp_path, "stranger").issue("thanos-tls")
    assert len(running.web) == 12
    assert len(running.grpc) == 6
    wrong = []
    for kind, listeners in (("web", running.web), ("grpc", running.grpc), ("mesh", running.mesh)):
        for name, (port, server_name) in listeners.items():
            for who, certificate in (("known", known), ("nobody", None), ("stranger", stranger)):
                if (kind, who) == ("mesh", "known"):
                    continue  # says nothing until it is spoken to in its own protocol: that the mesh forms is its test
                context = context_of(rendered, certificate, "h2" if kind == "grpc" else "")
                answered = _answer(context, port, server_name, HELLO.get(kind, b"x"))
                if bool(answered) is not (who == "known"):
                    wrong.append(f"{kind} of {name} to {who}: {answered!r}")
    assert wrong == []


def test_alertmanagers_form_a_mesh(running: Running) -> None:
    """All know each other, and what one is told, all know."""
    clients = [httpx.Client(base_url=process.url, trust_env=False) for process in running.alertmanagers]

    def peers() -> list[int]:
        return [len(client.get("/api/v2/status").json()["cluster"]["peers"]) for client in clients]

    wait_until(lambda: peers() == [len(clients)] * len(clients), 30, "every Alertmanager knows every other")
    silence = {"matchers": [{"name": "a", "value": "b", "isRegex": False}], "createdBy": "test", "comment": "gossip"}
    times = {"startsAt": "2020-01-01T00:00:00Z", "endsAt": "2100-01-01T00:00:00Z"}
    made = clients[0].post("/api/v2/silences", json=silence | times).raise_for_status().json()["silenceID"]
    wait_until(lambda: clients[-1].get(f"/api/v2/silence/{made}").is_success, 30, "the silence is gossiped")


def test_an_alert_of_both_replicas_is_one(running: Running) -> None:
    """Both replicas tell every Alertmanager, and without the replica's label their alerts are the same."""

    def alerts(process: Process) -> list[dict[str, str]]:
        answer = httpx.get(f"{process.url}/api/v2/alerts", trust_env=False).raise_for_status().json()
        return [alert["labels"] for alert in answer]

    def sent(process: Process) -> float:
        data = httpx.get(
            f"{process.url}/api/v1/query", params={"query": "sum(prometheus_notifications_sent_total)"}, trust_env=False
        )
        result = data.json()["data"]["result"]
        return float(result[0]["value"][1]) if result else 0.0

    wait_until(lambda: all(sent(p) > 0 for p in running.prometheus), 60, "both replicas have sent")
    cluster = running.rendered.config("prometheus", "prometheus")["global"]["external_labels"]["cluster"]
    for process in running.alertmanagers:
        wait_until(partial(alerts, process), 30, f"{process.name} has the alert")
        assert alerts(process) == [{"alertname": "Always", "cluster": cluster, "tier": "P4"}]


@pytest.fixture(scope="module")
def ask(running: Running) -> Iterator[Ask]:
    """Thanos' answers to a query with a certificate: labels and value of each series, with replicas merged or apart."""
    context = context_of(running.rendered, running.rendered.certificates["thanos-tls"])
    head = {"Host": running.query_name}
    with httpx.Client(base_url=f"https://{LOOPBACK}:{running.query}", verify=context, trust_env=False, headers=head) as client:

        def answers(query: str, *, dedup: bool) -> list[tuple[dict[str, str], str]]:
            given = {"query": query, "dedup": str(dedup).lower()}
            answer = client.get("/api/v1/query", params=given, extensions={"sni_hostname": running.query_name})
            return [(s["metric"], s["value"][1]) for s in answer.raise_for_status().json()["data"]["result"]]

        yield answers


def test_every_sample_is_in_three_receivers(ask: Ask) -> None:
    """Both replicas write to one receiver, which hands each series on to the two others."""
    query = 'count by (receive_replica, prometheus_replica) (up{job="prometheus",receive_replica!=""} == 1)'

    def copies() -> list[str]:
        return [count for _, count in ask(query, dedup=False)]

    wait_until(lambda: copies() == ["2"] * 6, 60, "two targets as each of two replicas saw them, in each of three receivers")


def test_thanos_answers_once_for_two_replicas(running: Running, ask: Ask) -> None:
    """Sidecars hold both replicas' series, receivers three copies of them; whoever asks sees each target once."""
    label = running.rendered.release("kube-prometheus-stack").get("prometheus", "prometheusSpec", "replicaExternalLabelName")
    of_sidecars = 'up{job="prometheus",receive_replica=""} == 1'
    wait_until(lambda: len(ask(of_sidecars, dedup=False)) == 4, 60, "two replicas' view of two targets")
    assert {labels[label] for labels, _ in ask(of_sidecars, dedup=False)} == {"prometheus-0", "prometheus-1"}
    assert len(ask(of_sidecars, dedup=True)) == 2
    wait_until(lambda: len(ask('up{job="prometheus"} == 1', dedup=False)) == 16, 60, "sidecars' and receivers' copies")
    once = [labels for labels, _ in ask('up{job="prometheus"} == 1', dedup=True)]
    assert len(once) == 2, once
    assert not any(label in labels for labels in once)
