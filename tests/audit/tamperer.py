"""Somebody who holds the store, and has seen every head that was ever in it. They have neither the key nor the witness."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ballast.audit import Book
from ballast.audit.chain import GENESIS, line_of
from ballast.audit.head import empty
from ballast.audit.verify import with_waiting
from tests.audit.conftest import SignedLog, entry

Store = tuple[list[bytes], Book | None]


class Tamperer:
    """`lines` and `books` are what they once saw: the newest store, and each head with its lines' beginning."""

    def __init__(self, lines: list[bytes], books: list[Book], rng: random.Random) -> None:
        self.lines, self.books, self.rng = lines, books, rng
        self.own = Ed25519PrivateKey.generate()

    @classmethod
    def of(cls, log: SignedLog, length: int, rng: random.Random) -> Tamperer:
        """After a log of this length was written in their sight."""
        books = []
        for number in range(length):
            log.write(1, start=number)
            books.append(log.store()[1])
        return cls(log.store()[0], books, rng)

    def lost_nothing(self, lines: list[bytes], book: Book | None) -> bool:
        """Whether the store is as good as before: two equal lines changed places, or the newest head holds the cut-off line."""
        return book is not None and book.signed == self.books[-1].signed and with_waiting(lines, book) == self.lines

    # --- What they do to the lines -------------------------------------------------------------------------------------

    def edit(self) -> Store:
        """Another value in one entry, or other bytes."""
        lines, at = list(self.lines), self.rng.randrange(len(self.lines))
        if self.rng.random() < 0.3:
            byte = self.rng.randrange(len(lines[at]) - 1)
            lines[at] = lines[at][:byte] + bytes([lines[at][byte] ^ (1 << self.rng.randrange(7))]) + lines[at][byte + 1 :]
            return self._head(lines)
        fields = json.loads(lines[at])
        key = self.rng.choice(["who", "what", "subject", "result", "why", "at", "details"])
        fields[key] = {"n": self.rng.random()} if key == "details" else f"{fields[key]}!"
        return self._headed(lines, at, [fields])

    def delete(self) -> Store:
        """One entry or more, not at the end."""
        at = self.rng.randrange(len(self.lines) - 1)
        count = self.rng.randint(1, len(self.lines) - 1 - at)
        return self._headed([*self.lines[:at], *self.lines[at + count :]], at, [])

    def insert(self) -> Store:
        """A made-up entry, or a copy, anywhere."""
        at = self.rng.randint(0, len(self.lines))
        fields = json.loads(self.rng.choice(self.lines))
        if self.rng.random() < 0.7:
            fields |= {"who": "eve", "result": "allow", "details": {}}
        return self._headed([*self.lines[:at], b"", *self.lines[at:]], at, [fields])

    def reorder(self) -> Store:
        """Two or more entries change places."""
        lines = list(self.lines)
        first, second = sorted(self.rng.sample(range(len(lines)), 2))
        if self.rng.random() < 0.5:
            lines[first], lines[second] = lines[second], lines[first]
        else:
            lines[first : second + 1] = lines[first : second + 1][::-1]
        return self._headed(lines, first, [])

    def truncate(self) -> Store:
        """The end is cut off; the head that was signed at that time is brought back."""
        keep = self.rng.randrange(len(self.lines))
        lines = self.lines[:keep]
        if self.rng.random() < 0.6:
            return lines, self.books[keep - 1] if keep else None
        if self.rng.random() < 0.2 and keep:
            lines[-1] = lines[-1][: self.rng.randrange(1, len(lines[-1]))]
        return self._head(lines)

    def fork(self) -> Store:
        """From some entry on another history, of any length."""
        keep = self.rng.randrange(len(self.lines))
        lines = self.lines[:keep]
        made = [json.loads(self.lines[0]) | {"who": "eve", "subject": entry(n).subject} for n in range(self.rng.randint(1, 30))]
        return self._headed([*lines, *([b""] * len(made))], keep, made)

    # --- What they do to hashes and heads ---------------------------------------------------------------------------------

    def _headed(self, lines: list[bytes], at: int, new: list[dict[str, object]]) -> Store:
        """`new` replaces what is from `at` on, one by one; then most of the time every hash from there on is right again."""
        lines[at : at + len(new)] = [line_of({key: value for key, value in one.items() if key != "hash"}) for one in new]
        if self.rng.random() < 0.85:
            lines = self._rechained(lines, at)
        return self._head(lines)

    def _rechained(self, lines: list[bytes], at: int) -> list[bytes]:
        previous = json.loads(lines[at - 1])["hash"] if at else GENESIS
        for number in range(at, len(lines)):
            fields = json.loads(lines[number])
            del fields["hash"]
            lines[number] = line_of(fields | {"sequence": number + 1, "previous": previous})
            previous = json.loads(lines[number])["hash"]
        return lines

    def _head(self, lines: list[bytes]) -> Store:
        """A head to go with the lines: the one that was there, an older one, one of their own, or none."""
        made: list[Callable[[], Book | None]] = [
            lambda: self.books[-1],
            lambda: self.rng.choice(self.books),
            lambda: self._own(lines, signed=False),
            lambda: self._own(lines, signed=True),
            lambda: self._grafted(lines),
            lambda: None,
        ]
        return lines, self.rng.choice(made)()

    def _own(self, lines: list[bytes], *, signed: bool) -> Book:
        newest = json.loads(lines[-1])["hash"] if lines and _whole(lines[-1]) else GENESIS
        head = self.books[-1].head
        return empty(head.log, _when(), GENESIS).grown(lines, newest, head.at, self.own if signed else None)

    def _grafted(self, lines: list[bytes]) -> Book:
        """An older head that was signed, which claims that lines of theirs wait to be written."""
        old = self.rng.choice(self.books)
        return Book(old.signed, old.peaks, tuple(lines[-self.rng.randint(1, max(1, len(lines))) :]))


def _whole(line: bytes) -> bool:
    try:
        return "hash" in json.loads(line)
    except ValueError:
        return False


def _when() -> datetime:
    return datetime.now(UTC)
