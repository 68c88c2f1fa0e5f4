"""Stands in for ghostunnel, which cannot be had here: reads the same arguments, and is as strict about certificates."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

from ballast.stack import LOOPBACK, free_port


class Tunnel:
    """`ghostunnel server`: TLS with a certificate of the client required, in front of a plain port. A context manager.

    `arguments` are the rendered ones by name; `target` is where the application listens here. Raises KeyError where one is
    missing that ghostunnel needs.
    """

    def __init__(self, arguments: Mapping[str, str], target: int) -> None:
        self.port, self.target = free_port(), target
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=arguments["cacert"])
        self._context.load_cert_chain(arguments["cert"], arguments["key"])
        open_to_all = "disable-authentication" in arguments or "allow-all" not in arguments
        self._context.verify_mode = ssl.CERT_NONE if open_to_all else ssl.CERT_REQUIRED
        self._listener = socket.create_server((LOOPBACK, self.port))

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        """Both ways by turns, by one thread: a TLS connection is not for two."""
        with (
            suppress(OSError),
            self._context.wrap_socket(client, server_side=True) as secure,
            socket.create_connection((LOOPBACK, self.target)) as plain,
        ):
            secure.settimeout(0.05)
            plain.settimeout(0.05)
            while _moved(secure, plain) and _moved(plain, secure):
                pass


class Outgoing(Tunnel):
    """`ghostunnel client`: a plain port on loopback that leads to a TLS listener, of which it checks the name."""

    def __init__(self, arguments: Mapping[str, str], target: int, port: int) -> None:
        self.port, self.target = port, target
        self._name = arguments["override-server-name"]
        self._context = ssl.create_default_context(cafile=arguments["cacert"])
        self._context.load_cert_chain(arguments["cert"], arguments["key"])
        self._listener = socket.create_server((LOOPBACK, self.port))

    def _pass(self, client: socket.socket) -> None:
        with (
            suppress(OSError),
            client as plain,
            socket.create_connection((LOOPBACK, self.target)) as raw,
            self._context.wrap_socket(raw, server_hostname=self._name) as secure,
        ):
            secure.settimeout(0.05)
            plain.settimeout(0.05)
            while _moved(secure, plain) and _moved(plain, secure):
                pass


def _moved(source: socket.socket, target: socket.socket) -> bool:
    """Hand on what there is; False at the end."""
    try:
        data = source.recv(65536)
    except TimeoutError:
        return True
    target.settimeout(5)
    target.sendall(data)
    target.settimeout(0.05)
    return bool(data)
