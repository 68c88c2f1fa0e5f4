"""Readings at the source: counters of a page, and probes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ballast.demo.readings import Counters, Probes

PAGE = """# TYPE a_total counter
a_total{code="200"} 90
a_total{code="503"} 10
a_total_of_something_else 1000
b_total 7
"""


class Source:
    """An HTTP server whose answer can be changed."""

    def __init__(self) -> None:
        source = self
        self.status, self.body = 200, PAGE

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(source.status)
                self.end_headers()
                self.wfile.write(source.body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def source() -> Iterator[Source]:
    made = Source()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_counters_sum_the_series_that_match(source: Source) -> None:
    read = Counters(source.url, "a_total", "a_total", bad_if=lambda labels: labels.get("code") == "503")
    assert read() == (10, 100)
    assert Counters(source.url, "b_total", "a_total")() == (7, 100)


def test_a_page_that_cannot_be_read_is_unknown_and_not_zero(source: Source) -> None:
    source.status = 500
    assert Counters(source.url, "a_total", "a_total")() is None
    assert Counters("http://127.0.0.1:9", "a_total", "a_total")() is None


def test_probes_count_every_try(source: Source) -> None:
    probe = Probes(source.url)
    assert probe() == (0, 1)
    source.status = 503
    assert probe() == (1, 2)
    assert Probes("http://127.0.0.1:9")() == (1, 1)
