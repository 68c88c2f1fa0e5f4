"""A hermetic provider that a core starts itself: go-plugin's handshake on standard output, then gRPC until told to stop.

`python -m ballast.terraform.hermetic PATH`, where PATH is that of the mirror's shim: `…/NAMESPACE/NAME/VERSION/OS_ARCH/FILE`.
"""

from __future__ import annotations

import base64
import os
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

import grpc

from ballast.repo import CannotRun
from ballast.terraform.hermetic.provider import Provider
from ballast.terraform.hermetic.schema import Snapshot
from ballast.terraform.hermetic.server import listen
from ballast.terraform.hermetic.service import Service
from ballast.terraform.hermetic.world import World

COOKIE = ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
"""What a core sets so that a provider knows it was not started by hand."""


def main(arguments: list[str], env: Mapping[str, str]) -> int:
    """Serve the provider until the core says Shutdown or is gone. Exit code 2 when it cannot."""
    try:
        if env.get(COOKIE[0]) != COOKIE[1]:
            raise CannotRun("this is a Terraform provider: a core starts it (see `ballast tf shell --help`)")
        if len(arguments) != 1:
            raise CannotRun("the provider is started with the path of its shim in the mirror")
        serve(source_of(Path(arguments[0])), Path(env.get("BALLAST_TF_SCHEMAS", "terraform/schemas")), env)
    except CannotRun as error:
        print(f"ballast: {error}", file=sys.stderr)
        return 2
    return 0


def source_of(shim: Path) -> str:
    """`hashicorp/aws` from the shim's place in a mirror. Raises CannotRun for another path."""
    if len(shim.parts) < 6:
        raise CannotRun(f"{shim} is not in a provider mirror (NAMESPACE/NAME/VERSION/OS_ARCH/FILE)")
    return "/".join(shim.parts[-5:-3])


def serve(source: str, schemas: Path, env: Mapping[str, str]) -> None:
    """Listen, print the handshake line, wait."""
    protocol = 6 if "6" in env.get("PLUGIN_PROTOCOL_VERSIONS", "6").split(",") else 5
    done = threading.Event()
    provider = Provider(Snapshot.read(schemas / f"{source.replace('/', '-')}.json"), World(os.urandom(8).hex()))
    credentials, certificate = _tls() if env.get("PLUGIN_CLIENT_CERT") else (None, "")
    server, port = listen(Service(provider, protocol, on_shutdown=done.set), credentials)
    print(f"1|{protocol}|tcp|127.0.0.1:{port}|grpc|{certificate}", flush=True)
    parent = os.getppid()
    while not done.wait(1.0) and os.getppid() == parent:
        pass
    server.stop(grace=0.5).wait(2)


def _tls() -> tuple[grpc.ServerCredentials, str]:
    """A fresh self-signed certificate, and its DER for the handshake. TF_DISABLE_PLUGIN_TLS=1 makes a core ask for none."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder, "key.pem"), Path(folder, "certificate.pem")
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        command += [
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            str(key),
            "-out",
            str(certificate),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=60)
        except (OSError, subprocess.SubprocessError):
            raise CannotRun("the core asks for TLS and openssl is missing: set TF_DISABLE_PLUGIN_TLS=1") from None
        pem = certificate.read_bytes()
        credentials = grpc.ssl_server_credentials([(key.read_bytes(), pem)])
    return credentials, base64.b64encode(ssl.PEM_cert_to_DER_cert(pem.decode())).decode().rstrip("=")
