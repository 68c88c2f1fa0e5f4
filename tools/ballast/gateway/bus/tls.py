"""How Kafka is reached: the brokers' addresses, and the certificate by which module `kafka` knows its users."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kafka:
    """`bootstrap` is `host:port`, several separated by commas. `ca`, `cert` and `key` are PEM files: with `ca` the connection
    is TLS and the broker's name is verified, with the other two we show who we are. Without `ca` it is plain, for loopback.
    """

    bootstrap: str
    ca: str = ""
    cert: str = ""
    key: str = ""

    def config(self) -> dict[str, str | int | float | bool]:
        """Settings of librdkafka (https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md)."""
        plain: dict[str, str | int | float | bool] = {
            "bootstrap.servers": self.bootstrap,
            "log_level": 0,  # what matters comes as errors and statistics; its own lines are not ours to format
            "socket.keepalive.enable": True,
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 2000,
        }
        if not self.ca:
            return plain
        tls: dict[str, str | int | float | bool] = {"security.protocol": "ssl", "ssl.ca.location": self.ca}
        if self.cert:
            tls |= {"ssl.certificate.location": self.cert, "ssl.key.location": self.key}
        return plain | tls
