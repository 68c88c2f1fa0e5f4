"""Free ports on loopback."""

from __future__ import annotations

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
_given: set[int] = set()
_random = random.SystemRandom()  # parallel test workers must not draw the same ports, whatever seeds they set


def _below_ephemeral() -> range:
    """Ports that the kernel never takes for an outgoing connection: a closed port here stays free until somebody binds it."""
    try:
        low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        low = 32768
    return range(10240, low) if low > 11000 else range(20000, 32768)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on and that this process has not been given before.

    Nothing holds it until it is bound: `Process.start` tries another one when a stranger was quicker.
    """
    candidates = _below_ephemeral()
    for _ in range(1000):
        port = _random.choice(candidates)
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise OSError("no free TCP port on loopback after 1000 tries")


def is_free(port: int) -> bool:
    """Whether a server could bind this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: connections in TIME_WAIT do not matter
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
