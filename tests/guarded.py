"""Prometheus' and Alertmanager's web server (exporter-toolkit) where it takes only clients with a certificate."""

from __future__ import annotations

from pathlib import Path

from ballast.stack import Authority, Certificate, tcp_open


class Guarded:
    """In front of a server of the stack: asked by https, ready when it listens."""

    port: int

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def ready(self) -> bool:
        return tcp_open(self.port)


def web_flags(folder: Path, server: Certificate, authority: Authority) -> list[str]:
    """The flags for a server with this certificate, whose clients need one of `authority`."""
    web = folder / "web.yml"
    files = f"cert_file: {server.cert}, key_file: {server.key}, client_ca_file: {authority.cert}"
    web.write_text(f"tls_server_config: {{{files}, client_auth_type: RequireAndVerifyClientCert}}\n")
    return [f"--web.config.file={web}"]
