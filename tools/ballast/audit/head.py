"""The head: how long a log is, its Merkle root and its newest entry's hash, signed. It stands beside the log, `<log>.head`.

The head is replaced (whole or not at all) before the lines that it names are appended, and holds them until the next append. So
the log is never longer than what was signed, and a crash in between loses nothing: whoever comes next writes the lines.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ballast.audit.keys import PURPOSE
from ballast.audit.merkle import EMPTY, leaf, push, root
from ballast.audit.sshsig import fingerprint, sign_with, signer_of
from ballast.repo import CannotRun

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class DamagedHead(CannotRun):
    """The file that holds the head does not hold one."""


FORMAT = "ballast-audit-head/1"


@dataclass(frozen=True, slots=True)
class Head:
    """What is signed. `log` names the log among all there are; `root` is the Merkle root, `hash` the newest entry's."""

    log: str
    size: int
    root: str
    hash: str
    at: str
    format: str = FORMAT

    def text(self) -> bytes:
        """The canonical form (RFC 8785)."""
        import rfc8785

        return rfc8785.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Signed:
    """A head and its SSH signature for the purpose `ballast-audit`, armored; empty when nobody signed."""

    head: Head
    signature: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"head": asdict(self.head), "signature": self.signature}

    @classmethod
    def read(cls, document: Any) -> Self:
        """The opposite of `document`. ValueError when it is no head."""
        try:
            fields, signature = document["head"], document["signature"]
            texts = [value for name, value in fields.items() if name != "size"]
            if type(fields["size"]) is not int or not all(isinstance(one, str) for one in (*texts, signature)):
                raise ValueError
            signed = cls(Head(**fields), signature)
            if signed.head.format != FORMAT:
                raise ValueError
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ValueError("is no head of an audit log") from None
        return signed

    def signer(self, keys: Mapping[bytes, str]) -> str:
        """Who signed it: one of those whose keys count. ValueError says why it is nobody."""
        if not self.signature:
            raise ValueError("nobody signed it")
        try:
            public = signer_of(self.head.text(), self.signature.encode(), PURPOSE)
        except CannotRun as error:
            raise ValueError(f"its signature {error}") from None
        if public not in keys:
            raise ValueError(f"it is signed by a key that does not count ({fingerprint(public)})")
        return keys[public]


def sign(head: Head, key: Ed25519PrivateKey | None) -> Signed:
    """Without a key it stays unsigned."""
    return Signed(head, sign_with(key, head.text(), PURPOSE).decode() if key else "")


@dataclass(frozen=True, slots=True)
class Book:
    """What the file beside the log holds: the head, the tree's peaks, and the lines that the newest append writes."""

    signed: Signed
    peaks: tuple[bytes, ...] = ()
    pending: tuple[bytes, ...] = ()

    @property
    def head(self) -> Head:
        """The head."""
        return self.signed.head

    def waiting(self, there: int) -> tuple[bytes, ...]:
        """The lines that a log of `there` lacks, when they are those that the newest append was to write."""
        missing = self.head.size - there
        return self.pending[len(self.pending) - missing :] if 0 < missing <= len(self.pending) else ()

    def grown(self, lines: list[bytes], newest: str, at: str, key: Ed25519PrivateKey | None) -> Book:
        """The book with these lines added."""
        peaks = list(self.peaks)
        for number, line in enumerate(lines):
            push(peaks, self.head.size + number, leaf(line))
        head = replace(self.head, size=self.head.size + len(lines), root=root(peaks), hash=newest, at=at)
        return Book(sign(head, key), tuple(peaks), tuple(lines))


def empty(log: str, at: datetime, genesis: str) -> Book:
    """Of a log without a line."""
    return Book(Signed(Head(log, 0, EMPTY, genesis, at.isoformat())))


def book_path(log: Path) -> Path:
    """Beside the log."""
    return log.with_name(log.name + ".head")


def read_book(log: Path) -> Book | None:
    """None when there is none. Raises CannotRun when it is damaged."""
    path = book_path(log)
    try:
        document = json.loads(path.read_bytes())
        signed = Signed.read(document)
        book = Book(
            signed,
            tuple(bytes.fromhex(one) for one in document["peaks"]),
            tuple(one.encode() for one in document["pending"]),
        )
        if len(book.peaks) != signed.head.size.bit_count() or root(book.peaks) != signed.head.root:
            raise ValueError
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotRun(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedHead(f"{path} is damaged: run `ballast audit verify`") from None
    return book


def write_book(log: Path, book: Book) -> None:
    """Whole or not at all, and on the disk when it returns. Raises OSError."""
    path = book_path(log)
    document = book.signed.document() | {
        "peaks": [one.hex() for one in book.peaks],
        "pending": [one.decode() for one in book.pending],
    }
    part = path.with_name(path.name + ".part")
    with part.open("wb") as stream:
        stream.write(json.dumps(document).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """A new file's name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
