"""A certificate authority for tests and rehearsals: what cert-manager issues in a cluster, made here by openssl(1)."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ballast.repo import CannotRun

_CONFIG = """[req]
prompt = no
distinguished_name = subject
x509_extensions = extensions
[subject]
{subject}
[extensions]
basicConstraints = critical, CA:{authority}
subjectKeyIdentifier = hash
{extensions}
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files of a certificate, its key and the authority that signed it, named as in a secret of type kubernetes.io/tls."""

    directory: Path

    @property
    def cert(self) -> Path:
        """The certificate, PEM."""
        return self.directory / "tls.crt"

    @property
    def key(self) -> Path:
        """Its private key, PEM."""
        return self.directory / "tls.key"

    @property
    def ca(self) -> Path:
        """The authority's certificate, PEM."""
        return self.directory / "ca.crt"


class Authority:
    """A certificate authority in `directory`, its certificates valid for two days. Raises CannotRun when openssl is missing."""

    def __init__(self, directory: Path, name: str = "ballast-authority") -> None:
        self.directory = directory
        self._own = Certificate(directory / "authority")
        extensions = "keyUsage = critical, keyCertSign, cRLSign"
        _make(self._own, {"CN": name}, extensions, authority=True)

    @property
    def cert(self) -> Path:
        """The authority's certificate, PEM."""
        return self._own.cert

    def issue(self, name: str, names: Sequence[str] = (), *, organization: str = "") -> Certificate:
        """A certificate for servers and clients: common name `name`, alternative names `names` and the loopback address.

        `organization` is the group that a Kubernetes API server reads from it.
        """
        found = Certificate(self.directory / name)
        alternatives = ", ".join([*(f"DNS:{n}" for n in dict.fromkeys((name, *names))), "DNS:localhost", "IP:127.0.0.1"])
        extensions = (
            f"keyUsage = critical, digitalSignature\nextendedKeyUsage = serverAuth, clientAuth\nsubjectAltName = {alternatives}"
        )
        _make(found, ({"O": organization} if organization else {}) | {"CN": name}, extensions, signer=self._own)
        found.ca.write_bytes(self.cert.read_bytes())
        return found


def _make(
    made: Certificate,
    subject: dict[str, str],
    extensions: str,
    *,
    authority: bool = False,
    signer: Certificate | None = None,
) -> None:
    made.directory.mkdir(parents=True, exist_ok=True)
    config = made.directory / "openssl.cnf"
    lines = "\n".join(f"{key} = {value}" for key, value in subject.items())
    config.write_text(_CONFIG.format(subject=lines, authority=str(authority).upper(), extensions=extensions))
    command: list[str | Path] = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-days", "2", "-config", config, "-keyout", made.key, "-out", made.cert]
    if signer is not None:
        command += ["-CA", signer.cert, "-CAkey", signer.key]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except FileNotFoundError:
        raise CannotRun("certificates are made by openssl, which is missing: install openssl 3") from None
    if done.returncode:
        raise CannotRun(f"openssl made no certificate in {made.directory}: {done.stderr.strip()}")
