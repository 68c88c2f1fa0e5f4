"""Certificates as a root's `Certificate` objects ask for them, by an authority made for a test, and what they open."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

from ballast.stack import Authority, Certificate
from ballast.terraform.platform import Platform


class Issued:
    """The platform's authority, the certificates that it has made, by component, and a stranger's under the same names."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.authority = Authority(folder / "authority")
        self._stranger = Authority(folder / "stranger", "stranger")
        self._wanted = {m.document["spec"]["secretName"]: m.document["spec"] for m in platform.of_kind("Certificate")}

    def secret(self, name: str) -> Certificate:
        """What cert-manager would put into this secret; made at the first call."""
        spec = self._wanted[name]
        found = Certificate(self.authority.directory / spec["commonName"])
        return found if found.cert.exists() else self.authority.issue(spec["commonName"], spec["dnsNames"])

    def forged(self, name: str) -> Certificate:
        """The same names, signed by somebody else."""
        spec = self._wanted[name]
        return self._stranger.issue(spec["commonName"], spec["dnsNames"])

    def names(self, name: str) -> list[str]:
        """The names that the certificate of this secret is valid for."""
        found: list[str] = self._wanted[name]["dnsNames"]
        return found

    def client(self, certificate: Certificate | None) -> ssl.SSLContext:
        """A client that trusts the platform's authority and shows this certificate, or none."""
        context = ssl.create_default_context(cafile=str(self.authority.cert))
        if certificate is not None:
            context.load_cert_chain(certificate.cert, certificate.key)
        return context


def mounted[T](value: T, at: str, certificate: Certificate) -> T:
    """`value` with the path `at` of a mounted secret as the folder of this certificate."""
    found: T = json.loads(json.dumps(value).replace(f"{at}/", f"{certificate.directory}/"))
    return found
