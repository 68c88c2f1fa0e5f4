"""The file: appended under a lock, flushed to the disk, never longer than its signed head, and mended after a crash."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import socket
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ballast.audit.chain import GENESIS, Record, line_of, problems, record_of
from ballast.audit.entry import Entry, actor, fields_of
from ballast.audit.head import Book, empty, read_book, sync_folder, write_book
from ballast.audit.keys import signing_key, trusted
from ballast.audit.redact import environment_secrets
from ballast.audit.sshsig import fingerprint, public_key
from ballast.repo import CannotRun, find_root

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

VARIABLE, NAME = "BALLAST_AUDIT_LOG", "BALLAST_AUDIT_NAME"
_BLOCK = 65536
_BATCH = 500
"""Lines that one head names at most: it holds them."""


def log_path() -> Path:
    """`BALLAST_AUDIT_LOG`, or `.ballast/audit.jsonl` in the repository."""
    if given := os.environ.get(VARIABLE):
        return Path(given)
    return find_root() / ".ballast" / "audit.jsonl"


def log_name(path: Path) -> str:
    """What a new log is called among all: `BALLAST_AUDIT_NAME`, the workflow's run, or this machine and the file's place."""
    if given := os.environ.get(NAME):
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?", given) or ".." in given:
            raise CannotRun(f"{NAME}={given}: small letters, digits, dots and hyphens, a hundred at most")
        return given
    if run := os.environ.get("GITHUB_RUN_ID"):
        job = re.sub(r"[^a-z0-9]+", "-", os.environ.get("GITHUB_JOB", "job").lower()).strip("-")
        return f"github-{run}-{os.environ.get('GITHUB_RUN_ATTEMPT', '1')}-{job}"
    host = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower()).strip("-")[:60]
    return f"{host}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]}"


def append(entry: Entry, path: Path | None = None, *, now: datetime | None = None, hide: Collection[str] = ()) -> Record:
    """Write one entry and return it as it stands; when this returns, it is on the disk. See `append_all`."""
    return append_all([entry], path, now=now, hide=hide)[0]


def append_all(
    entries: Sequence[Entry], path: Path | None = None, *, now: datetime | None = None, hide: Collection[str] = ()
) -> list[Record]:
    """Write entries, in order. `hide` are secrets that they must not hold (`plan_secrets`), besides those of the environment.

    Other processes may append at the same time: a lock keeps the chain one chain. What a crash kept from being written is
    written now; a beginning of a line that is not ours is moved to `<log>.torn`, which is itself an entry.

    Raises CannotRun when the log cannot be written, is not what its head says, or is signed and there is no key; ValueError for
    an entry that is none of its kind.
    """
    path = path or log_path()
    known = environment_secrets() | set(hide)
    ready = [fields_of(entry, known) for entry in entries]
    key = signing_key()
    with _locked(path) as stream:
        book, torn = _continue(stream, path, key)
        if torn:
            details = {"bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}
            ready.insert(0, fields_of(Entry(actor(), "audit/recovered", path.name, "moved aside", "", details), ()))
        found: list[Record] = []
        for at in range(0, len(ready), _BATCH):
            book, records = _write(stream, path, book, ready[at : at + _BATCH], key, now or datetime.now(UTC))
            found += records
    return found[1:] if torn else found


def adopt(reason: str, path: Path | None = None) -> Record:
    """Sign a whole log that nobody had signed, with an entry that says who vouches for what it holds.

    Raises CannotRun without a key, when it is signed already, and when the log or its head is not whole.
    """
    path = path or log_path()
    key = signing_key()
    if key is None:
        raise CannotRun("there is no key to sign with: set BALLAST_AUDIT_KEY_FILE")
    with _locked(path) as stream:
        known = read_book(path)
        if known is not None and known.signed.signature:
            raise CannotRun(f"{path} is signed already: `ballast audit verify` says by whom")
        book, torn = _continue(stream, path, None)
        if torn:
            raise CannotRun(f"the end of {path} was not written by Ballast: it was moved to {path.name}.torn; look at it first")
        details = {"key": fingerprint(public_key(key)), "entries": book.head.size, "root": book.head.root}
        fields = fields_of(Entry(actor(), "audit/adopted", book.head.log, "signed", reason, details), ())
        return _write(stream, path, book, [fields], key, datetime.now(UTC))[1][0]


def read(path: Path | None = None) -> Iterator[bytes]:
    """The lines, as they are. CannotRun when there is no log."""
    path = path or log_path()
    try:
        with path.open("rb") as stream:
            yield from stream
    except OSError as error:
        raise CannotRun(f"the audit log {path} cannot be read: {error.strerror}") from error


@contextmanager
def snapshot(path: Path | None = None) -> Iterator[tuple[list[bytes], Book | None]]:
    """The lines and the head of one moment: nobody appends meanwhile. CannotRun when there is no log or its head is damaged."""
    path = path or log_path()
    try:
        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH)
            yield stream.readlines(), read_book(path)
    except OSError as error:
        raise CannotRun(f"the audit log {path} cannot be read: {error.strerror}") from error


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not path.exists()
        with path.open("a+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if fresh:
                sync_folder(path.parent)
            yield stream
    except OSError as error:
        raise CannotRun(f"the audit log {path} cannot be written: {error.strerror}") from error


def _continue(stream: BinaryIO, path: Path, key: Ed25519PrivateKey | None) -> tuple[Book, bytes]:
    """The head that the file agrees with, lines that a crash left out written, and what was moved aside."""
    book = read_book(path)
    last = _last(stream)
    if book is None:
        torn = _set_aside(stream, path)
        if last is None:
            return empty(log_name(path), datetime.now(UTC), GENESIS), torn
        if key is not None:
            raise CannotRun(f"nobody has signed {path}, and it has entries: `ballast audit adopt --reason …` vouches for them")
        return _rebuilt(stream, path), torn
    if book.head.size:
        _may_continue(book, path, key)
    torn = _finish(stream, book, path)
    last = _last(stream)
    there = (last.sequence, last.hash) if last else (0, GENESIS)
    if there != (book.head.size, book.head.hash):
        raise CannotRun(f"{path} ends with entry {there[0]}, which is not what its head says: run `ballast audit verify`")
    return book, torn


def _may_continue(book: Book, path: Path, key: Ed25519PrivateKey | None) -> None:
    """A signed log is continued by those with a key, and only where somebody whose key counts signed before."""
    if key is None:
        if book.signed.signature:
            raise CannotRun(f"{path} is signed, and there is no key here to go on with: set BALLAST_AUDIT_KEY_FILE")
        return
    if not book.signed.signature:
        raise CannotRun(f"nobody has signed {path}, and it has entries: `ballast audit adopt --reason …` vouches for them")
    try:
        book.signed.signer({**trusted(), public_key(key): "this key"})
    except ValueError as error:
        raise CannotRun(f"the head of {path}: {error}: run `ballast audit verify`") from None


def _finish(stream: BinaryIO, book: Book, path: Path) -> bytes:
    """Writes what the head holds and the file lacks; a torn end that is no beginning of it is moved aside, and returned."""
    last = _last(stream)
    missing = book.waiting(last.sequence if last else 0)
    tail = _tail(stream)
    if tail and missing and b"".join(missing).startswith(tail):
        stream.truncate(stream.seek(0, os.SEEK_END) - len(tail))
        tail = b""
    torn = _set_aside(stream, path) if tail else b""
    if missing:
        stream.write(b"".join(missing))
        stream.flush()
        os.fsync(stream.fileno())
    return torn


def _rebuilt(stream: BinaryIO, path: Path) -> Book:
    """The head of a log that was begun without one."""
    stream.seek(0)
    lines = stream.readlines()
    for problem in problems(lines):
        raise CannotRun(f"{path}: {problem}")
    newest = record_of(lines[-1])
    return empty(log_name(path), datetime.now(UTC), GENESIS).grown(lines, newest.hash, newest.at, None)


def _write(
    stream: BinaryIO, path: Path, book: Book, ready: list[dict[str, object]], key: Ed25519PrivateKey | None, now: datetime
) -> tuple[Book, list[Record]]:
    """The head first, then the lines that it names."""
    at = now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    previous, sequence, lines, records = book.head.hash, book.head.size, [], []
    for fields in ready:
        sequence += 1
        line = line_of({"sequence": sequence, "at": at, "previous": previous, **fields})
        record = record_of(line)
        previous = record.hash
        lines.append(line)
        records.append(record)
    book = book.grown(lines, previous, at, key)
    write_book(path, book)
    stream.write(b"".join(lines))
    stream.flush()
    os.fsync(stream.fileno())
    return book, records


def _last(stream: BinaryIO) -> Record | None:
    """The last whole line, read from the end, however long the log is."""
    end = stream.seek(0, os.SEEK_END)
    tail = b""
    at = end
    while at > 0 and tail.count(b"\n") < 2:
        step = min(_BLOCK, at)
        at -= step
        stream.seek(at)
        tail = stream.read(step) + tail
    stream.seek(0, os.SEEK_END)
    whole = tail[: tail.rfind(b"\n") + 1]
    if not whole:
        return None
    line = whole[:-1].rpartition(b"\n")[2] + b"\n"
    try:
        return record_of(line)
    except ValueError as error:
        raise CannotRun(f"the last line of the audit log {error}: run `ballast audit verify`, then start a new log") from error


def _tail(stream: BinaryIO) -> bytes:
    """What stands after the last newline."""
    at = stream.seek(0, os.SEEK_END)
    tail = b""
    while at > 0 and b"\n" not in tail:
        step = min(_BLOCK, at)
        at -= step
        stream.seek(at)
        tail = stream.read(step) + tail
    stream.seek(0, os.SEEK_END)
    return tail.rpartition(b"\n")[2]


def _set_aside(stream: BinaryIO, path: Path) -> bytes:
    """Moves what stands after the last newline to `<log>.torn`, and returns it."""
    torn = _tail(stream)
    if torn:
        with path.with_name(path.name + ".torn").open("ab") as aside:
            aside.write(torn + b"\n")
            aside.flush()
            os.fsync(aside.fileno())
        stream.truncate(stream.seek(0, os.SEEK_END) - len(torn))
        stream.seek(0, os.SEEK_END)
    return torn
