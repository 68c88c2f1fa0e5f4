"""The load generator: steady, and bounded when the service does not answer."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ballast.demo.load import WORKERS, start
from ballast.demo.service import ROUTES
from ballast.stack import wait_until


class Slow:
    """Answers nothing until `open` is set; knows how many wait, and what was asked."""

    def __init__(self) -> None:
        slow = self
        self.open = threading.Event()
        self.lock = threading.Lock()
        self.waiting = self.most = 0
        self.asked: set[tuple[str, str]] = set()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                with slow.lock:
                    slow.asked.add((self.command, self.path))
                    slow.waiting += 1
                    slow.most = max(slow.most, slow.waiting)
                slow.open.wait(10)
                with slow.lock:
                    slow.waiting -= 1
                self.send_response(503)  # an answer is an answer
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_a_service_that_hangs_is_not_asked_more_and_more() -> None:
    slow, stop = Slow(), threading.Event()
    threads = start({"checkout": f"http://127.0.0.1:{slow.server.server_port}"}, 200, stop)
    try:
        wait_until(lambda: slow.waiting == WORKERS, 10, "a request from each worker")
        slow.open.set()
        wait_until(lambda: slow.asked == set(ROUTES["checkout"]), 10, "every route")
        assert slow.most == WORKERS
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
        slow.server.shutdown()
        slow.server.server_close()
    assert not any(thread.is_alive() for thread in threads)


def test_a_service_that_is_gone_does_not_end_the_load() -> None:
    stop = threading.Event()
    threads = start({"catalog": "http://127.0.0.1:9"}, 400, stop)
    stop.wait(0.1)
    assert all(thread.is_alive() for thread in threads)
    stop.set()
    for thread in threads:
        thread.join(10)
