"""The key of a remembered result: a hash of everything that it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache

from ballast.findings.registry import PACKAGE, Check, Tool
from ballast.findings.tree import File

FORMAT = "1"  # of what is remembered: another number forgets all of it


def base(check: Check, tool: Tool | None) -> str:
    """The part of a key that is not a file: the check's code, its program's version, the day if it matters.

    A check of our own depends on whatever it imports, so on the whole package and its dependencies; one that hands files to
    a program depends on itself.
    """
    code = hashed(check.source.read_text()) if tool else _package()
    day = datetime.now(UTC).date().isoformat() if check.daily else ""
    return hashed(FORMAT, check.id, code, f"{tool.name} {tool.version}" if tool else "", day)


@cache
def _package() -> str:
    """Ballast itself, its templates and the lock of what it imports; computed once a process."""
    files = [p for p in PACKAGE.rglob("*") if p.suffix != ".pyc" and p.is_file()]
    lock = PACKAGE.parent.parent / "requirements.lock"
    digests = (hashlib.blake2b(p.read_bytes()).hexdigest() for p in (*sorted(files), *([lock] if lock.is_file() else [])))
    return hashed(str(PACKAGE), *digests)


def contents(files: Iterable[File]) -> Iterator[str]:
    """Path and digest of each file."""
    for file in files:
        yield file.path
        yield file.digest


def hashed(*parts: str) -> str:
    """A hash of texts (BLAKE2b, 128 bits); where one ends and the next begins matters."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        digest.update(len(data).to_bytes(8))
        digest.update(data)
    return digest.hexdigest()
