"""Each provider against a receiver that speaks its protocol; destinations by tier; documents within the documented limits."""

from __future__ import annotations

import asyncio
import time

import orjson
import pytest

from ballast.gateway.notification import parse
from ballast.gateway.parts import destinations, keys, providers
from ballast.gateway.provider import Message, Outcome
from ballast.gateway.providers import Chat
from ballast.gateway.providers.chat import judged, words
from ballast.gateway.providers.jsm import alert
from ballast.gateway.providers.webhook import signature, verify
from ballast.gateway.settings import Settings
from ballast.repo import CannotRun
from ballast.stack import Sink, wait_until
from ballast.stack.jsm_app import problems
from tests.gateway.conftest import webhook
from tests.gateway.edges import Edges, tiered


def message(**changes: object) -> Message:
    body = webhook("Big") | changes
    said, _ = parse(orjson.dumps(body))
    return Message(said, "trigger", said.dedup_key, "P3", incident_id=3, note="n", outbox_id=7, extra={"budget left": "12 %"})


def test_a_ticket_is_opened_counted_and_closed_in_jira_service_management(edges: Edges) -> None:
    before = len(edges.jsm.calls())
    edges.jsm.fault(429, retry_after=1)
    edges.jsm.fault(503)
    for status in ("firing", "resolved"):
        assert edges.post("/v1/alertmanager", tiered("Ticket", "P3", status)).status_code == 200
    wait_until(lambda: [d["state"] for d in edges.deliveries("Ticket")] == ["delivered"] * 4, 20, "two to each of two")
    (one,) = [a for a in edges.jsm.alerts() if a["alias"] == edges.room.key("Ticket")]
    assert (one["status"], one["count"], one["body"]["priority"]) == ("closed", 1, "P3")
    assert one["body"]["details"]["service"] == "checkout"
    calls = [c for c in edges.jsm.calls()[before:] if c["status"] in (429, 503)]
    assert len(calls) == 2
    created = next(d for d in edges.deliveries("Ticket") if d["destination"] == "jsm")
    assert (created["attempts"], created["reason"][:8], created["reason"][-15:]) == (3, "request ", ": Created alert")
    chats = [orjson.loads(body) for _, body in edges.sink.posts("/hooks/chat") if b"budget" in body]
    assert {chat["type"] for chat in chats} >= {"warning", "success"}
    assert edges.room.incidents("Ticket") == [], "nobody is woken by a P3"


def test_what_jira_service_management_refuses_is_parked(edges: Edges) -> None:
    edges.jsm.fault(422)
    edges.post("/v1/alertmanager", tiered("Unprocessable", "P2"))
    wait_until(lambda: {"parked", "delivered"} == {d["state"] for d in edges.deliveries("Unprocessable")}, 15, "one of each")
    (parked,) = [d for d in edges.deliveries("Unprocessable") if d["state"] == "parked"]
    assert (parked["destination"], parked["reason"][:3]) == ("jsm", "422")
    assert len(edges.room.incidents("Unprocessable")) == 1, "the page went all the same"


def test_what_comes_of_a_request_is_asked_for(edges: Edges) -> None:
    """Jira Service Management takes a request and processes it afterwards."""

    def delivery(name: str, place: int = 0) -> tuple[str, str]:
        wait_until(lambda: [d["state"] for d in edges.deliveries(name)].count("pending") == 0, 60, f"the end of {name}")
        rows = [d for d in edges.deliveries(name) if d["destination"] == "jsm"]
        return rows[place]["state"], rows[place]["reason"].partition(": ")[2]

    edges.jsm.fate(unseen=1)
    edges.post("/v1/alertmanager", tiered("Unhurried", "P3"))
    assert delivery("Unhurried") == ("delivered", "Created alert")
    edges.jsm.fate(unseen=9)
    edges.post("/v1/alertmanager", tiered("Unprocessed", "P3"))
    assert delivery("Unprocessed") == ("delivered", "not processed yet when last asked")
    edges.jsm.fate(fails="The team does not exist")
    edges.post("/v1/alertmanager", tiered("Failing", "P3"))
    assert delivery("Failing") == ("parked", "The team does not exist"), "shown to somebody"
    edges.post("/v1/alertmanager", tiered("Failing", "P3", "resolved"))
    assert delivery("Failing", 1) == ("delivered", "Alert does not exist"), "it is closed, whoever did that"


def test_our_webhook_is_signed_by_each_secret_and_repeats_its_number(edges: Edges) -> None:
    edges.sink.fault(500)
    edges.post("/v1/alertmanager", tiered("Hooked", "P4"))

    def arrived() -> list[tuple[dict[str, str], bytes]]:
        return [(headers, body) for headers, body in edges.sink.posts("/hooks/ours") if b"Hooked" in body]

    ((headers, body),) = wait_until(arrived, 15, "the webhook")
    for secret in ("old-secret", "new-secret"):
        assert verify(body, headers["x-ballast-signature"], [secret], time.time())
    assert not verify(body, headers["x-ballast-signature"], ["guessed"], time.time())
    assert not verify(body, headers["x-ballast-signature"], ["old-secret"], time.time() + 3600), "an old one is not replayed"
    assert not verify(body + b" ", headers["x-ballast-signature"], ["old-secret"], time.time())
    sent = orjson.loads(body)
    assert (sent["action"], sent["tier"], sent["notification"]["groupKey"]) == ("trigger", "P4", '{}:{alertname="Hooked"}')
    (row,) = edges.deliveries("Hooked")
    assert headers["x-ballast-delivery"] == str(row["id"]) == str(sent["delivery"])


def test_a_chat_that_refuses(edges: Edges) -> None:
    chat = Chat(lambda: edges.sink.url.replace("http://", "json://") + "/hooks/refusing")

    def once(status: int | None) -> Outcome:
        if status:
            edges.sink.fault(status)
        return asyncio.run(chat.send(message(), lambda: True))

    assert once(None).result == "delivered"
    assert (once(503).result, once(429).throttled, once(404).result) == ("retry", True, "parked")
    assert asyncio.run(chat.send(message(), lambda: False)).reason == "the lease was about to end"
    assert asyncio.run(Chat(lambda: "nonsense://x y").send(message(), lambda: True)).result == "parked"
    assert "BALLAST_CHAT_URL" in asyncio.run(Chat(lambda: "").send(message(), lambda: True)).reason
    gone = Sink(edges.room.stack.directory / "gone")  # never started
    nobody = Chat(lambda: gone.url.replace("http://", "json://"))
    assert asyncio.run(nobody.send(message(), lambda: True)).sick


def test_what_apprise_says_is_judged() -> None:
    assert judged("Failed to send: Bad Request, error=400.").result == "parked"
    assert judged("Failed to send: error=408.").result == judged("").result == judged("error=502").result == "retry"


def test_documents_stay_within_the_limits() -> None:
    labels = {f"label{i}": "x" * 900 for i in range(30)} | {"alertname": "Big", "service": "s" * 600, "owner": "o" * 80}
    annotations = {"summary": "t" * 3000, "description": "d" * 40_000, "runbook_url": "https://r.example.com"}
    big = message(commonLabels=labels, commonAnnotations=annotations)
    body = alert(big)
    assert problems(body, creating=True) == {}
    assert len(body["message"]) == 130
    title, text, kind = words(big)
    assert (len(title) <= 240, len(text) <= 3000, kind) == (True, True, "warning")
    assert title.startswith("[P3] tttt")


def test_several_secrets_and_no_time() -> None:
    assert signature(b"x", ["a", "b"], 5).count("v1=") == 2
    assert not verify(b"x", "v1=00", ["a"], 5)


def made(**changes: object) -> Settings:
    return Settings(database_url="postgresql://h/d", routing_key="k" * 32, **changes)  # type: ignore[arg-type]


def test_destinations_that_are_not_set_up_fall_back_to_the_pager(tmp_path: object, root: object) -> None:
    shipped = f"{root}/alerts/routing.yaml"
    none = made(routing=shipped)
    assert destinations(none, ["pagerduty"])["P3"] == ("pagerduty",)
    chat = made(routing=shipped, chat_url="json://h")
    there = [provider.name for provider in providers(chat, keys(chat))]
    assert there == ["pagerduty", "chat"]
    assert destinations(chat, there) | {"P4": ()} == {"P1": ("pagerduty",), "P2": ("pagerduty",), "P3": ("chat",), "P4": ()}
    vault = made(routing=shipped, vault_address="http://127.0.0.1:1")
    assert {"jsm", "chat"} <= {provider.name for provider in providers(vault, keys(vault))}, "they wait for their keys"
    with pytest.raises(CannotRun, match="cannot be used"):
        destinations(made(routing=f"{root}/alerts/settings.yaml"), [])
