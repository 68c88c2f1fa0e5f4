"""Run one gateway: its servers, structured logs, traces, an end that drains."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import uvicorn
import uvloop

from ballast.gateway import telemetry
from ballast.gateway.app import Gateway
from ballast.gateway.inputs.tls import Certificates, NamedClients
from ballast.gateway.settings import Settings
from ballast.repo import CannotRun

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, logger, message, the trace it belongs to, whatever `extra` holds, and the
    traceback of an error.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **telemetry.ids(),
            **{key: value for key, value in vars(record).items() if key not in _PLAIN},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class _Server(uvicorn.Server):
    """One of several in a process: signals are ours."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then take no more, send what is due, and return. Raises CannotRun when it cannot begin."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("httpx", "psycopg.pool", "apprise"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    asyncio.run(_serve(settings), loop_factory=uvloop.new_event_loop)


async def _serve(settings: Settings) -> None:
    tls = Certificates(settings.tls_cert, settings.tls_key, settings.tls_clients) if settings.tls_cert else None
    gateway = Gateway(settings)
    spans = telemetry.setup(gateway.store.owner)
    main = _server(gateway.app, settings, tls.context if tls else None)
    sockets = [_listen(settings.host, settings.port)]
    status: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()

    def stop() -> None:
        main.force_exit = main.should_exit  # the second time somebody is in a hurry
        main.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    beside = _server(gateway.status_app, settings, None, lifespan="off")
    if settings.status_port:
        listening = [_listen(settings.status_host, settings.status_port)]
        status.append(asyncio.create_task(_after(main, beside, listening)))
    watching = [asyncio.create_task(tls.watch())] if tls else []
    try:
        await main.serve(sockets)
    finally:
        beside.should_exit = True
        for task in watching:
            task.cancel()
        await asyncio.gather(*status, *watching, return_exceptions=True)
        await asyncio.to_thread(spans.shutdown)


async def _after(main: uvicorn.Server, beside: uvicorn.Server, listening: list[socket.socket]) -> None:
    """The status server begins once the gateway has, and goes on while it drains."""
    while not (main.started or main.should_exit):
        await asyncio.sleep(0.02)
    if main.started:
        await beside.serve(listening)


def _server(app: Any, settings: Settings, tls: ssl.SSLContext | None, *, lifespan: Any = "on") -> uvicorn.Server:
    return _Server(
        uvicorn.Config(
            app,
            http=NamedClients,
            ws="none",
            lifespan=lifespan,
            access_log=False,
            log_config=None,
            ssl_context_factory=(lambda config, default: tls) if tls else None,
            timeout_graceful_shutdown=max(1, int(settings.drain_seconds)),
        )
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise CannotRun(f"the gateway cannot listen on {host}:{port}: {error.strerror or error}") from None
