"""Run one gateway: HTTP server, structured logs, an end that drains."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import orjson
import uvicorn

from ballast.gateway.app import Gateway
from ballast.gateway.settings import Settings

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, logger, message, whatever `extra` holds, and the traceback of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key not in _PLAIN},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then take no more, send what is due, and return."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("httpx", "psycopg.pool"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    gateway = Gateway(settings)
    uvicorn.run(
        gateway.app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=max(1, int(settings.drain_seconds)),
    )
