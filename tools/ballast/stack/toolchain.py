"""Where this checkout keeps what it builds and runs: `.ballast/` beside `tools/`."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ballast.repo import CannotRun

BINARIES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "alertmanager": "alertmanager",
    "amtool": "alertmanager",
    "sloth": "sloth",
    "etcd": "etcd",
    "kube-apiserver": "kubernetes",
    "helm": "helm",
    "thanos": "thanos",
    "actionlint": "actionlint",
    "act": "act",
}
"""Binary -> the folder under `tools/toolchain` that pins it."""


def home() -> Path:
    """The root of the checkout that this package runs from (`BALLAST_HOME` overrides it)."""
    if given := os.environ.get("BALLAST_HOME"):
        return Path(given).resolve()
    for folder in Path(__file__).resolve().parents:
        if (folder / "tools" / "toolchain").is_dir():
            return folder
    raise CannotRun(
        "Ballast runs from its checkout and tools/toolchain is not above this package: set BALLAST_HOME to the checkout"
    )


def toolchain_hash(module: Path) -> str:
    """The key of a built tool: 16 hex digits over go.mod, go.sum and build.env, as `scripts/toolchain.sh` computes it."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum", "build.env"):
        digest.update((module / name).read_bytes())
    return digest.hexdigest()[:16]


def tool(name: str) -> Path:
    """Path of a pinned third-party binary: `promtool`, `thanos`, or another name in `BINARIES`.

    `BALLAST_TOOL_<NAME>` names another one. Raises CannotRun with the command that builds it when it is not there.
    """
    variable = f"BALLAST_TOOL_{name.upper().replace('-', '_')}"
    if given := os.environ.get(variable):
        path = Path(given).absolute()
        if not os.access(path, os.X_OK) or path.is_dir():
            raise CannotRun(f"{variable}={given} is not an executable file")
        return path
    if name not in BINARIES:
        raise CannotRun(f"no such tool: {name} (known: {', '.join(sorted(BINARIES))})")
    pinned = BINARIES[name]
    module = home() / "tools" / "toolchain" / pinned
    path = home() / ".ballast" / "toolchain" / f"{pinned}-{toolchain_hash(module)}" / name
    if not os.access(path, os.X_OK):
        raise CannotRun(f"{name} is not built yet: run scripts/toolchain.sh {pinned}")
    return path
