"""What scans found before, by the content's Git hash: what has been looked at once is not looked at again.

A SQLite file under `.ballast`; it holds positions and fingerprints, never a secret. Where it cannot be written, scans take
longer and say the same. A change of the rules forgets all of it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from ballast.secrets import scan as _scan
from ballast.secrets import shapes as _shapes
from ballast.secrets import state as _state
from ballast.secrets.scan import Hit, scan

FILE = ".ballast/secrets.sqlite"
_CHUNK = 500


def git_hash(data: bytes) -> str:
    """The name that Git gives to a file of this content (SHA-1)."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class Seen:
    """Use as a context; results are written when it ends."""

    def __init__(self, root: Path) -> None:
        self.path = root / FILE
        self.fresh: dict[str, list[Hit]] = {}

    def __enter__(self) -> Seen:
        self.connection: sqlite3.Connection | None = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = self._open()
        except (OSError, sqlite3.Error):
            self._forget_file()
        return self

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=5)
        connection.execute("CREATE TABLE IF NOT EXISTS seen (hash TEXT PRIMARY KEY, hits TEXT NOT NULL) WITHOUT ROWID")
        connection.execute("CREATE TABLE IF NOT EXISTS rules (digest TEXT)")
        digest = _rules()
        if connection.execute("SELECT digest FROM rules").fetchone() != (digest,):
            connection.executescript("DELETE FROM seen; DELETE FROM rules;")
            connection.execute("INSERT INTO rules VALUES (?)", (digest,))
        connection.commit()
        return connection

    def _forget_file(self) -> None:
        """A damaged file is made anew the next time."""
        with suppress(OSError):
            self.path.unlink()

    def known(self, hashes: Iterable[str]) -> dict[str, list[Hit]]:
        """What was found in those that have been looked at before."""
        wanted, found = list(hashes), {}
        if self.connection is None:
            return {h: self.fresh[h] for h in wanted if h in self.fresh}
        with suppress(sqlite3.Error, ValueError, TypeError):
            for start in range(0, len(wanted), _CHUNK):
                part = wanted[start : start + _CHUNK]
                query = f"SELECT hash, hits FROM seen WHERE hash IN ({','.join('?' * len(part))})"  # noqa: S608 - only marks
                for name, hits in self.connection.execute(query, part):
                    found[name] = [Hit(*hit) for hit in json.loads(hits)]
        return found | {h: self.fresh[h] for h in wanted if h in self.fresh}

    def look(self, name: str, data: bytes) -> list[Hit]:
        """Scan, and remember under the content's hash."""
        hits = self.fresh[name] = scan(data)
        return hits

    def __exit__(self, *_: object) -> None:
        if self.connection is None:
            return
        with suppress(sqlite3.Error):
            rows = [(name, json.dumps([astuple(hit) for hit in hits])) for name, hits in self.fresh.items()]
            self.connection.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", rows)
            self.connection.commit()
        self.connection.close()


def _rules() -> str:
    sources = (Path(module.__file__ or "").read_bytes() for module in (_scan, _shapes, _state))
    return hashlib.blake2b(b"\0".join(sources), digest_size=16).hexdigest()
