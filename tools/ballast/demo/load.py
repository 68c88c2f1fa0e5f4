"""Steady, bounded load: `python -m ballast.demo.load --rate 20 checkout=http://127.0.0.1:8001 …`.

Each target gets `rate` requests a second from a few workers with a connection each. A worker waits for its answer before it
sends again and never catches up on what it missed, so a slow service is asked less often, not more.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import signal
import threading
import time
from urllib.parse import urlsplit

from ballast.demo.service import ROUTES

WORKERS = 4
"""Connections a target: the bound on requests in flight."""


def work(name: str, url: str, rate: float, offset: float, stop: threading.Event) -> None:
    """Send `rate` requests a second to the routes of `name` in turn until `stop` is set, the first after `offset` seconds."""
    netloc = urlsplit(url).netloc
    connection = http.client.HTTPConnection(netloc, timeout=5)
    due = time.monotonic() + offset
    for method, path in itertools.cycle(ROUTES[name]):
        if stop.wait(max(0.0, due - time.monotonic())):
            break
        due = max(due + 1 / rate, time.monotonic())
        try:
            connection.request(method, path)
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            connection.close()  # the next request opens a new one
    connection.close()


def start(targets: dict[str, str], rate: float, stop: threading.Event) -> list[threading.Thread]:
    """Start the workers of every target (name to base URL); they end when `stop` is set."""
    threads = [
        threading.Thread(target=work, args=(name, url, rate / WORKERS, n / rate, stop), daemon=True, name=f"load-{name}-{n}")
        for name, url in targets.items()
        for n in range(WORKERS)
    ]
    for thread in threads:
        thread.start()
    return threads


def main() -> None:
    """Load the targets until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m ballast.demo.load", description=__doc__)
    parser.add_argument("targets", nargs="+", metavar="NAME=URL")
    parser.add_argument("--rate", type=float, default=20, help="requests a second for each target (default 20)")
    args = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    start(dict(target.split("=", 1) for target in args.targets), args.rate, stop)
    stop.wait()


if __name__ == "__main__":
    main()
