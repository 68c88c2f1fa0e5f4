"""The file: appended under a lock, flushed to the disk, and mended after a crash."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ballast.audit.chain import GENESIS, Record, line_of, record_of
from ballast.audit.entry import Entry, actor, redact
from ballast.repo import CannotRun, find_root

VARIABLE = "BALLAST_AUDIT_LOG"
_BLOCK = 65536


def log_path() -> Path:
    """`BALLAST_AUDIT_LOG`, or `.ballast/audit.jsonl` in the repository."""
    if given := os.environ.get(VARIABLE):
        return Path(given)
    return find_root() / ".ballast" / "audit.jsonl"


def append(entry: Entry, path: Path | None = None, *, now: datetime | None = None) -> Record:
    """Write one entry and return it as it stands; when this returns, it is on the disk.

    Other processes may append at the same time: a lock keeps the chain one chain. A line that a crash cut short is moved to
    `<log>.torn`, which is itself an entry. Raises CannotRun when the log cannot be written or its last line is damaged.
    """
    path = path or log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not path.exists()
        with path.open("a+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            torn = _set_aside(stream, path)
            if torn:
                details = {"bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}
                _write(stream, Entry(actor(), "audit/recovered", str(path.name), "moved aside", "", details), now)
            record = _write(stream, entry, now)
            stream.flush()
            os.fsync(stream.fileno())
        if fresh:
            _sync_folder(path.parent)
    except OSError as error:
        raise CannotRun(f"the audit log {path} cannot be written: {error.strerror}") from error
    return record


def read(path: Path | None = None) -> Iterator[bytes]:
    """The lines, as they are. CannotRun when there is no log."""
    path = path or log_path()
    try:
        with path.open("rb") as stream:
            yield from stream
    except OSError as error:
        raise CannotRun(f"the audit log {path} cannot be read: {error.strerror}") from error


def _write(stream: BinaryIO, entry: Entry, now: datetime | None) -> Record:
    last = _last(stream)
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    fields = {
        "sequence": last.sequence + 1 if last else 1,
        "at": moment.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "who": redact(entry.who),
        "what": entry.what,
        "subject": redact(entry.subject),
        "result": entry.result,
        "why": redact(entry.why),
        "details": redact(entry.details),
        "previous": last.hash if last else GENESIS,
    }
    line = line_of(fields)
    stream.write(line)
    stream.flush()
    return record_of(line)


def _last(stream: BinaryIO) -> Record | None:
    """The last line, read from the end, however long the log is."""
    end = stream.seek(0, os.SEEK_END)
    tail = b""
    at = end
    while at > 0 and tail.count(b"\n") < 2:
        step = min(_BLOCK, at)
        at -= step
        stream.seek(at)
        tail = stream.read(step) + tail
    stream.seek(0, os.SEEK_END)
    if not tail:
        return None
    line = tail.rstrip(b"\n").rpartition(b"\n")[2] + b"\n"
    try:
        return record_of(line)
    except ValueError as error:
        raise CannotRun(f"the last line of the audit log {error}: run `ballast audit verify`, then start a new log") from error


def _set_aside(stream: BinaryIO, path: Path) -> bytes:
    """Moves what stands after the last newline to `<log>.torn`, and returns it."""
    at = end = stream.seek(0, os.SEEK_END)
    tail = b""
    while at > 0 and b"\n" not in tail:
        step = min(_BLOCK, at)
        at -= step
        stream.seek(at)
        tail = stream.read(step) + tail
    torn = tail.rpartition(b"\n")[2]
    if torn:
        with path.with_name(path.name + ".torn").open("ab") as aside:
            aside.write(torn + b"\n")
            aside.flush()
            os.fsync(aside.fileno())
        stream.truncate(end - len(torn))
    stream.seek(0, os.SEEK_END)
    return torn


def _sync_folder(folder: Path) -> None:
    """A new file's name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
