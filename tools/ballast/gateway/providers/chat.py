"""A chat channel, of any kind that Apprise knows (https://github.com/caronc/apprise): Slack, Teams, Mattermost, Matrix, mail
and so on.

Its URL holds its key, so it is a secret. Chats have no keys of their own for messages: after an answer that was lost, or a
crash between sending and writing it down, a message can stand there twice.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from typing import TYPE_CHECKING, Any

from ballast.gateway.keys import Key
from ballast.gateway.provider import Leave, Message, Outcome, clip, no_key

if TYPE_CHECKING:
    from apprise import NotifyBase

MAX_TITLE, MAX_BODY = 240, 3_000
"""Characters, within what the common chats show; Apprise cuts to each one's own limits."""
MESSAGES_PER_MINUTE = 30
_STATUS = re.compile(r"error\s?=\s?(\d{3})")


def words(message: Message) -> tuple[str, str, str]:
    """Title, body (Markdown) and Apprise's kind of a message."""
    said = message.notification
    state = {"trigger": "", "acknowledge": "acknowledged: ", "resolve": "resolved: "}[message.action]
    title = clip(f"{state}[{message.tier}] {said.title}", MAX_TITLE)
    lines = [message.note, said.common_annotations.get("description", "")] if message.action == "trigger" else [message.note]
    lines += [f"{name}: {value}" for name, value in message.extra.items()]
    lines += [f"{name}: {url}" for name, url in said.links()]
    kind = {"trigger": "failure" if message.tier in ("P1", "P2") else "warning", "acknowledge": "info", "resolve": "success"}
    return title, clip("\n".join(line for line in lines if line) or title, MAX_BODY), kind[message.action]


class Chat:
    """Sends messages to one channel."""

    name = "chat"

    def __init__(self, url: Key, *, per_minute: int = MESSAGES_PER_MINUTE) -> None:
        self.per_minute = per_minute
        self._url = url
        self._made: tuple[str, NotifyBase | None] = ("", None)

    async def send(self, message: Message, leave: Leave) -> Outcome:
        """One attempt. Apprise sends in a thread, so the lease is looked at just before it."""
        url = self._url()
        if not url:
            return no_key("BALLAST_CHAT_URL")
        channel = await asyncio.to_thread(self._channel, url)
        if channel is None:
            return Outcome("parked", "BALLAST_CHAT_URL is not a URL that Apprise knows")
        if not leave():
            return Outcome("retry", "the lease was about to end")
        return await asyncio.to_thread(_notify, channel, *words(message))

    def _channel(self, url: str) -> NotifyBase | None:
        import apprise

        if self._made[0] != url:
            made = apprise.Apprise.instantiate(url, suppress_exceptions=True)
            self._made = (url, made if isinstance(made, apprise.NotifyBase) else None)
        return self._made[1]

    async def aclose(self) -> None:
        """Nothing is kept open."""


class _Overheard(logging.Handler):
    """What Apprise logs in this thread: it returns no reason."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.said.append(record.getMessage())


def _notify(channel: Any, title: str, body: str, kind: str) -> Outcome:
    logger = logging.getLogger("apprise")
    heard = _Overheard()
    logger.addHandler(heard)
    try:
        went = channel.notify(body=body, title=title, notify_type=kind, body_format="markdown")
    except Exception as error:  # a plugin's own
        return Outcome("retry", f"{type(error).__name__}: {error}", sick=True)
    finally:
        logger.removeHandler(heard)
    return Outcome("delivered") if went else judged(" ".join(heard.said))


def judged(said: str) -> Outcome:
    """429, 408, 5xx and whatever has no status are tried again; another 4xx never will be taken."""
    reason = clip(said or "Apprise says no more than that it failed", 500)
    found = _STATUS.search(said)
    status = int(found.group(1)) if found else 0
    if status in (408, 429):
        return Outcome("retry", reason, throttled=status == 429)
    if 400 <= status < 500:
        return Outcome("parked", reason)
    return Outcome("retry", reason, sick=True)
