"""A filesystem mirror of hermetic providers, for a plain `terraform init`: shims that start plugin.py, a CLI configuration."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from ballast.terraform.hermetic.schema import Snapshot
from ballast.terraform.hermetic.server import HOSTS, QUIET

SHIM = """#!/bin/sh
# Ballast's hermetic provider. The same text for every provider and machine, so that lock files agree.
exec "${BALLAST_PYTHON:?is set by ballast tf shell}" -m ballast.terraform.hermetic "$0"
"""


def build(schemas: Path, into: Path) -> dict[str, str]:
    """Write the mirror and its CLI configuration under `into`; returns the variables for a core's environment."""
    system = (
        f"{platform.system().lower()}_{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(platform.machine(), platform.machine()) }"
    )
    for path in sorted(schemas.glob("*.json")):
        snapshot = Snapshot.read(path)
        name = snapshot.source.split("/")[1]
        for host in HOSTS:
            shim = (
                into
                / "mirror"
                / host
                / snapshot.source
                / snapshot.version
                / system
                / f"terraform-provider-{name}_v{snapshot.version}"
            )
            if not shim.is_file() or shim.read_text() != SHIM:
                shim.parent.mkdir(parents=True, exist_ok=True)
                shim.write_text(SHIM)
                shim.chmod(0o755)
    config = into / "terraform.rc"
    config.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{(into / "mirror").resolve()}"\n  }}\n}}\n'
    )
    return QUIET | {
        "TF_CLI_CONFIG_FILE": str(config.resolve()),
        "BALLAST_PYTHON": sys.executable,
        "BALLAST_TF_SCHEMAS": str(schemas.resolve()),
        "GRPC_ENABLE_FORK_SUPPORT": os.environ.get("GRPC_ENABLE_FORK_SUPPORT", "false"),
    }
