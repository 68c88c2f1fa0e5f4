"""Where the resource of an address stands: `module.foundation.module.keys.aws_kms_key.this["audit"]` is a file and a line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ballast.repo import Position

_MODULE = re.compile(r'module\.([\w-]+)(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.')
_KEY = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]$')
_BLOCK = re.compile(r'^(resource|data|module|ephemeral)\s+"([\w-]+)"(?:\s+"([\w-]+)")?', re.MULTILINE)


def modules_of(address: str) -> tuple[str, ...]:
    """Names of the module calls that an address leads through."""
    return tuple(match[1] for match in _MODULE.finditer(address[: len(address) - len(local_part(address))]))


def local_part(address: str) -> str:
    """The address within its module, with the instance's key."""
    end = 0
    while (match := _MODULE.match(address, end)) is not None:
        end = match.end()
    return address[end:]


def without_keys(address: str) -> str:
    """The address of all instances of a resource: no key of its own."""
    return _KEY.sub("", address)


def locate(repo: Path, root: Path, plan: Mapping[str, Any], address: str) -> Position:
    """The block of a resource that `plan` has; the nearest module call, or the root's directory, where it cannot be found.

    The position's path is relative to `repo` when it lies in it.
    """
    folder, configuration = root, plan.get("configuration", {}).get("root_module", {})
    best = Position(_relative(repo, folder))
    for name in modules_of(address):
        best = _block(repo, folder, ("module", name)) or best
        call = configuration.get("module_calls", {}).get(name, {})
        source = str(call.get("source", ""))
        if not source.startswith("."):
            return best
        folder, configuration = Path(os.path.normpath(folder / source)), call.get("module", {})
    parts = without_keys(local_part(address)).split(".")
    wanted = ("data", *parts[1:]) if parts[0] == "data" else ("resource", *parts)
    return _block(repo, folder, wanted) or best


def _block(repo: Path, folder: Path, wanted: tuple[str, ...]) -> Position | None:
    found = _blocks(folder).get(wanted)
    return Position(_relative(repo, found[0]), found[1]) if found else None


@lru_cache(maxsize=256)
def _blocks(folder: Path) -> dict[tuple[str, ...], tuple[Path, int]]:
    found = {}
    for path in sorted(folder.glob("*.tf")):
        text = path.read_text(errors="replace")
        for match in _BLOCK.finditer(text):
            found[tuple(part for part in match.groups() if part)] = path, text.count("\n", 0, match.start()) + 1
    return found


def _relative(repo: Path, path: Path) -> str:
    resolved = path.resolve()
    return resolved.relative_to(repo.resolve()).as_posix() if resolved.is_relative_to(repo.resolve()) else path.as_posix()
