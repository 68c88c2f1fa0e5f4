"""Jira Service Management, or Opsgenie until it ends on 2027-04-05: the same API at two addresses.

https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events (JSM),
https://docs.opsgenie.com/docs/alert-api (Opsgenie): create, acknowledge and close by alias, each answered with 202 and the id
of a request that is processed afterwards. A create under the alias of an open alert adds to its count; after a close it opens
another. What came of a request is asked for by its id (Opsgenie documents this for these keys; Jira Service Management may not
let them, and then nobody knows).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from ballast.gateway.keys import Key
from ballast.gateway.notification import Notification
from ballast.gateway.provider import Leave, Message, Outcome, client, clip, no_key, post

REQUESTS_PER_MINUTE = 300
"""A limit of ours. Theirs depends on the plan and is told by 429."""
MAX_MESSAGE, MAX_ALIAS, MAX_DESCRIPTION, MAX_ENTITY, MAX_SOURCE, MAX_NOTE = 130, 512, 15_000, 512, 100, 25_000
MAX_TAGS, MAX_TAG = 20, 50
MAX_DETAILS = 8_000
"""Characters of all names and values of the details together."""
USER = "Ballast"
ASK_AFTER = (0.2, 0.5, 1.5)
"""Seconds between the questions what came of a request; after the last one nobody waits any longer."""


def alert(message: Message) -> dict[str, Any]:
    """The body of a create request, within the documented limits."""
    said = message.notification
    labels = said.common_labels
    text = f"{said.title} ({message.note})" if message.note else said.title
    tags = [labels[name] for name in ("service", "slo", "owner", "cluster") if labels.get(name)]
    body = {
        "message": clip(text, MAX_MESSAGE),
        "alias": clip(message.dedup_key, MAX_ALIAS),
        "description": clip(_description(said, text), MAX_DESCRIPTION),
        "priority": message.tier,
        "entity": clip(labels.get("service", ""), MAX_ENTITY),
        "source": clip("Ballast", MAX_SOURCE),
        "user": USER,
        "tags": [clip(tag, MAX_TAG) for tag in dict.fromkeys(tags)][:MAX_TAGS],
        "details": _details(said, message.extra),
    }
    return {key: value for key, value in body.items() if value}


def _description(said: Notification, text: str) -> str:
    parts = [text, said.common_annotations.get("description", ""), "\n".join(f"{name}: {url}" for name, url in said.links())]
    return "\n\n".join(part for part in parts if part)


def _details(said: Notification, extra: Mapping[str, Any]) -> dict[str, str]:
    facts = {"firing": len(said.firing) + said.truncated_alerts, **extra, **said.common_labels}
    found: dict[str, str] = {}
    room = MAX_DETAILS
    for name, value in facts.items():
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        if room - len(name) < 2:
            break
        found[name] = clip(text, min(1_000, room - len(name)))
        room -= len(name) + len(found[name])
    return found


class Jsm:
    """Sends alerts and closes them. One instance holds one connection pool; close it with `aclose`."""

    name = "jsm"

    def __init__(self, url: str, key: Key, *, timeout: float = 10.0, per_minute: int = REQUESTS_PER_MINUTE) -> None:
        self.per_minute = per_minute
        self._url = url.rstrip("/") + "/v2/alerts"
        self._key = key
        self._client = client(url, timeout)

    async def send(self, message: Message, leave: Leave) -> Outcome:
        """One attempt. What the reason says of a delivered one: the request's id and what came of it.

        A create that was taken and then failed is parked with what it failed of. A close or acknowledge that failed found no
        such alert open, and there is nothing more to do.
        """
        key = self._key()
        if not key:
            return no_key("BALLAST_JSM_KEY")
        note = clip(message.note, MAX_NOTE)
        closing = {"user": USER, "source": "Ballast"} | ({"note": note} if note else {})
        verb = {"trigger": "", "acknowledge": "/acknowledge", "resolve": "/close"}[message.action]
        url = f"{self._url}/{quote(message.dedup_key, safe='')}{verb}?identifierType=alias" if verb else self._url
        body = closing if verb else alert(message)
        headers = {"Authorization": f"GenieKey {key}"}
        outcome = await post(self._client, url, body, leave, headers, keep=_request_id)
        if outcome.result != "delivered" or not outcome.reason:
            return outcome
        done, said = await self._came_of(outcome.reason, leave, headers)
        reason = f"request {outcome.reason}: {said}"
        return Outcome("parked" if done is False and message.action == "trigger" else "delivered", reason)

    async def _came_of(self, request: str, leave: Leave, headers: Mapping[str, str]) -> tuple[bool | None, str]:
        """Whether the request succeeded (None: nobody knows), and its status in their words. Asked while the lease lasts."""
        for seconds in ASK_AFTER:
            await asyncio.sleep(seconds)
            if not leave():
                break
            try:
                answer = await self._client.get(f"{self._url}/requests/{request}", headers=dict(headers))
                if answer.is_success:
                    found = orjson.loads(answer.content)["data"]
                    return bool(found["isSuccess"]), clip(str(found["status"]), 500)
            except (httpx.HTTPError, OSError, orjson.JSONDecodeError, KeyError, TypeError):
                continue  # it was taken: not knowing more is no failure
            if answer.status_code not in (404, 429) and answer.status_code < 500:
                return None, f"what came of it is not told to this key ({answer.status_code})"
        return None, "not processed yet when last asked"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _request_id(text: str) -> str:
    try:
        found = str(orjson.loads(text)["requestId"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
    return found if re.fullmatch(r"[\w-]+", found) else ""
