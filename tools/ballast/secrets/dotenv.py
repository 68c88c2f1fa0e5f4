"""`.env`: settings of a developer's machine, and of nothing else.

In a cluster the same file is allowed where it is mounted from a secret store: such a mount cannot be written to, so nobody left
it there. https://kubernetes.io/docs/concepts/configuration/secret/
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ballast.repo import CannotRun

ENVIRONMENT = "BALLAST_ENVIRONMENT"
DEVELOPMENT = ("", "development", "test")


def read_dotenv(path: Path, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """`NAME=value` lines, `export` and quotes allowed, `#` comments skipped; nothing where there is no such file.

    Raises CannotRun for a file that could be written to where people are served: `BALLAST_ENVIRONMENT` says staging or
    production, or this is a pod.
    """
    env = os.environ if env is None else env
    if not path.is_file():
        return {}
    serves = env.get(ENVIRONMENT, "") not in DEVELOPMENT or "KUBERNETES_SERVICE_HOST" in env
    if serves and not os.statvfs(path).f_flag & os.ST_RDONLY:
        raise CannotRun(
            f"{path} is for development: here secrets come from Vault, or from a file that a secret store mounts read-only; "
            f"remove it, or set {ENVIRONMENT}=development"
        )
    found = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            value = value.strip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[name.strip()] = value[1:-1] if quoted else value
    return found
