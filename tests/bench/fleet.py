"""Many small services in one exporter, each of which fails completely at a moment that is set beforehand.

Its counters are computed from the clock at each scrape, so when a burn-rate condition is true is plain arithmetic.
"""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RATE = 50.0
"""Requests a second of each service."""


class Fleet:
    """`fails` maps a service to the Unix time from which all its requests fail; set it while the fleet runs."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.started = time.time()
        self.fails: dict[str, float] = {}
        fleet = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = fleet.page(time.time()).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """No log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def target(self) -> str:
        """`host:port` for a scrape configuration."""
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Fleet:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def page(self, now: float) -> str:
        """The /metrics page at `now`."""
        return "".join(f"{series} {value:.6f}\n" for name in self.names for series, value in self._counts(name, now))

    def history(self, path: Path, length: float, step: float) -> None:
        """Write the `length` seconds before the start as OpenMetrics text, a sample every `step` seconds."""
        at = [self.started - length + i * step for i in range(int(length / step) + 1)]
        rows = [row for name in self.names for row in zip(*(self._counts(name, t, length) for t in at), strict=True)]
        lines = (
            f'{series[:-1]},job="fleet",instance="fleet"}} {value:.6f} {t:.3f}\n'
            for row in rows
            for t, (series, value) in zip(at, row, strict=True)
        )
        path.write_text("".join(lines) + "# EOF\n")

    def _counts(self, name: str, now: float, before: float = 0.0) -> list[tuple[str, float]]:
        total = RATE * (now - self.started + before)
        bad = RATE * max(0.0, now - self.fails.get(name, now))
        return [(f'http_requests_total{{service="{name}",code="{c}"}}', v) for c, v in (("200", total - bad), ("503", bad))]
