"""What people did at PagerDuty comes back, once, signed, and only to the incident that it is about."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from ballast.gateway.callbacks import Callback
from ballast.gateway.inputs.pagerduty import read, signed
from ballast.gateway.notification import BadNotification
from ballast.gateway.store import Store
from tests.gateway import rows
from tests.gateway.conftest import Room
from tests.gateway.edges import Edges, tiered

_events = (f"01EVENT{i}" for i in itertools.count())


def event(kind: str, key: str, *, theirs: str = "PINC1", at: datetime | None = None, **changes: Any) -> dict[str, Any]:
    """A webhook as PagerDuty sends it."""
    data = {"id": theirs, "type": "incident", "incident_key": key, "status": "acknowledged", "assignees": []}
    return {
        "event": {
            "id": next(_events),
            "event_type": kind,
            "resource_type": "incident",
            "occurred_at": (at or datetime.now(UTC)).isoformat(),
            "agent": {"id": "PUSER", "type": "user_reference", "summary": "Ada Lovelace"},
            "client": None,
            "data": data,
        }
        | changes
    }


def signature(body: bytes, *secrets: str) -> str:
    """As PagerDuty makes it."""
    return ",".join(f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}" for secret in secrets)


def send(edges: Edges, said: dict[str, Any], *secrets: str) -> httpx.Response:
    """Post it through the proxy's certificate, signed by these secrets."""
    body = orjson.dumps(said)
    with edges.client(edges.named("operators")) as client:
        headers = {"X-PagerDuty-Signature": signature(body, *(secrets or ("callback-one",)))}
        return client.post("/v1/pagerduty", content=body, headers=headers)


def test_an_acknowledgement_a_new_assignee_and_a_resolution_come_back(edges: Edges) -> None:
    assert edges.post("/v1/alertmanager", tiered("TakenBack", "P1")).status_code == 200
    edges.room.wait_for("TakenBack", ["opened"])
    key = edges.room.key("TakenBack")
    acknowledged = event("incident.acknowledged", key)
    assert send(edges, acknowledged, "wrong", "callback-two").json() == {"result": "applied"}, "one of two secrets is enough"
    assert send(edges, acknowledged).json() == {"result": "repeated"}
    moved = event("incident.reassigned", key)
    moved["event"]["data"]["assignees"] = [{"summary": "Grace Hopper"}]
    assert send(edges, moved).json() == {"result": "applied"}
    (mine,) = [i for i in edges.get("/v1/incidents").json() if i["dedup_key"] == key]
    assert (mine["status"], mine["acknowledged_by"]) == ("acknowledged", "Ada Lovelace")
    assert send(edges, event("incident.unacknowledged", key)).json() == {"result": "applied"}
    assert send(edges, event("incident.resolved", key)).json() == {"result": "applied"}
    assert send(edges, event("incident.acknowledged", key)).json() == {"result": "stale"}, "it has ended"
    page = edges.get(f"/incidents/{mine['id']}").text
    assert "to Grace Hopper" in page
    assert [d["action"] for d in edges.deliveries("TakenBack")] == ["trigger"], "PagerDuty knows: nothing is sent back"


@pytest.mark.parametrize(
    ("body", "secrets", "status", "words"),
    [
        (b"{}", ("guessed",), 401, "not by a secret of ours"),
        (b"{", ("callback-one",), 400, "not JSON"),
        (b"{}", ("callback-one",), 422, "event"),
        (orjson.dumps(event("incident.resolved", "f" * 64, occurred_at="yesterday")), ("callback-one",), 422, "occurred_at"),
        (orjson.dumps(event("pagey.ping", "")), ("callback-one",), 200, "ignored"),
        (orjson.dumps(event("incident.resolved", "somebody-else")), ("callback-one",), 200, "ignored"),
        (orjson.dumps(event("incident.resolved", "f" * 64)), ("callback-one",), 200, "unknown"),
    ],
)
def test_what_is_not_ours_or_not_signed(edges: Edges, body: bytes, secrets: tuple[str, ...], status: int, words: str) -> None:
    with edges.client(edges.named("operators")) as client:
        headers = {"X-PagerDuty-Signature": signature(body, *secrets)}
        answer = client.post("/v1/pagerduty", content=body, headers=headers)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text


def test_without_a_secret_nothing_is_believed(room: Room) -> None:
    answer = httpx.post(f"{room.gateway.url}/v1/pagerduty", content=b"{}", trust_env=False)
    assert (answer.status_code, "is not set" in answer.json()["error"]) == (503, True)


def test_signatures() -> None:
    assert signed(b"x", signature(b"x", "a", "b"), ["b"])
    for header in ("", "v1=", "v2=" + signature(b"x", "a")[3:], signature(b"y", "a"), "v1=ü"):
        assert not signed(b"x", header, ["a"])
    assert not signed(b"x", signature(b"x", ""), [])


def test_an_incident_inside_other_data_is_found() -> None:
    said = event("incident.annotated", "", data={"type": "incident_note", "incident": {"incident_key": "a" * 64, "id": "P"}})
    found, kind = read(orjson.dumps(said))
    assert found is not None
    assert (found.dedup_key, found.kind, kind) == ("a" * 64, "annotated", "incident.annotated")
    with pytest.raises(BadNotification, match="not a PagerDuty webhook"):
        read(b"[]")


def test_late_events_and_those_of_an_earlier_incident_change_nothing(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        receipt = await rows.accept(one, "Twice")
        now = await one.now()

        def said(theirs: str, act: Any, seconds: float) -> Callback:
            at = now + timedelta(seconds=seconds)
            return Callback("pagerduty", next(_events), at, act, receipt.dedup_key, theirs, act, "Ada")

        assert await one.called_back(said("P1", "acknowledged", 2)) == "applied"
        assert await two.called_back(said("P1", "unacknowledged", 1)) == "stale", "older than what counted"
        assert await two.called_back(said("P1", "acknowledged", 3)) == "unchanged"
        assert await two.called_back(said("P1", "resolved", 4)) == "applied"
        await rows.accept(one, "Twice", "resolved")
        again = await rows.accept(one, "Twice")
        assert again.incident != receipt.incident
        assert await two.called_back(said("P1", "acknowledged", 9)) == "stale", "of the incident before"
        assert await two.called_back(said("P0", "acknowledged", -60)) == "stale", "before this one began"
        assert await two.called_back(said("P2", "acknowledged", 9)) == "applied"
        (incident,) = await one.incidents(10)
        assert (incident["status"], incident["acknowledged_by"]) == ("acknowledged", "Ada")

    rows.run(room, body)


def test_two_replicas_do_one_event_once(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        receipt = await rows.accept(one, "Raced")
        said = Callback("pagerduty", "same", await one.now(), "acknowledged", receipt.dedup_key, "P9", "acknowledged", "Ada")
        results = await asyncio.gather(*(replica.called_back(said) for replica in (one, two) * 4))
        assert sorted(results) == ["applied", *["repeated"] * 7]
        changes = [row["change"] for row in await one.history(receipt.incident or 0)]
        assert changes == ["opened", "acknowledged"]

    rows.run(room, body)
