"""Results of earlier runs, by the content that they came from. Losing them costs time, never a wrong answer."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import get_ident
from typing import Any

import orjson

from ballast.findings.model import Finding
from ballast.repo import Position, Severity

KEEP_DAYS = 14


@dataclass
class Memory:
    """What is remembered about one check: findings by key, and how long its last full run took (seconds)."""

    path: Path
    seconds: float = 0.0
    entries: dict[str, tuple[int, list[Finding]]] = field(default_factory=dict)
    dirty: bool = False

    @classmethod
    def of(cls, folder: Path, check: str) -> Memory:
        """Read the file of a check. One that is missing, cut short or altered is the same as an empty one."""
        memory = cls(folder / f"{check.replace('/', '-')}.json")
        try:
            digest, _, body = memory.path.read_bytes().partition(b"\n")
            if digest == _digest(body):
                stored = orjson.loads(body)
                memory.seconds = float(stored["seconds"])
                memory.entries = {key: (day, [_finding(f) for f in found]) for key, (day, found) in stored["entries"].items()}
        except (OSError, ValueError, KeyError, TypeError):
            memory.entries = {}
        return memory

    def get(self, key: str) -> list[Finding] | None:
        """The findings remembered under a key; None when there is no such result."""
        entry = self.entries.get(key)
        if entry is None:
            return None
        if entry[0] != _today():
            self.put(key, entry[1])
        return entry[1]

    def put(self, key: str, findings: list[Finding]) -> None:
        """Remember a result; it is kept for two weeks after its last use."""
        self.entries[key] = (_today(), findings)
        self.dirty = True

    def save(self) -> None:
        """Write the file, by rename: a run beside this one reads the old or the new, and the last one to write stays."""
        if not self.dirty:
            return
        oldest = _today() - KEEP_DAYS
        entries = {k: (day, [asdict(f) for f in found]) for k, (day, found) in self.entries.items() if day >= oldest}
        body = orjson.dumps({"seconds": self.seconds, "entries": entries})
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}-{get_ident()}.part")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(_digest(body) + b"\n" + body)
        part.replace(self.path)
        self.dirty = False


def _finding(stored: dict[str, Any]) -> Finding:
    return Finding(**{**stored, "position": Position(**stored["position"]), "severity": Severity(stored["severity"])})


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()


def _today() -> int:
    return int(time.time() // 86400)
