"""Proof that an entry is in the log, which somebody can check who has nothing but the proof and the public key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ballast.audit.chain import Record, record_of
from ballast.audit.head import Book, Signed
from ballast.audit.merkle import climb, leaf, path, root
from ballast.repo import CannotRun

FORMAT = "ballast-audit-proof/1"


@dataclass(frozen=True, slots=True)
class Proof:
    """`line` is entry `index` + 1; `siblings` (hex) lead from its leaf to the root that the signed head names."""

    line: str
    index: int
    siblings: list[str]
    signed: Signed

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "format": FORMAT,
            "entry": self.line,
            "index": self.index,
            "leaf": leaf(self.line.encode()).hex(),
            "siblings": self.siblings,
            **self.signed.document(),
            "head_text": self.signed.head.text().decode(),
        }

    @classmethod
    def read(cls, document: Any) -> Self:
        """The opposite. ValueError when it is no proof."""
        try:
            fields = [document[key] for key in ("format", "entry", "index", "siblings")]
            if fields[0] != FORMAT or type(fields[2]) is not int:
                raise TypeError
            return cls(str(fields[1]), fields[2], [str(one) for one in fields[3]], Signed.read(document))
        except (KeyError, TypeError):
            raise ValueError("is no proof of an audit log") from None

    def steps(self) -> list[tuple[str, str, str]]:
        """Side and hash of each sibling, and the hash that both make. ValueError when they do not fit the log's length."""
        siblings = [bytes.fromhex(one) for one in self.siblings]
        made = climb(leaf(self.line.encode()), self.index, self.signed.head.size, siblings)
        return [(side, sibling, one.hex()) for (side, one), sibling in zip(made, self.siblings, strict=True)]

    def check(self, keys: Mapping[bytes, str]) -> str:
        """Who signed that this entry is in the log. ValueError says what does not hold."""
        record = record_of(self.line.encode() + b"\n")
        if record.sequence != self.index + 1:
            raise ValueError(f"it is entry {record.sequence}, and not {self.index + 1}")
        steps = self.steps()
        reached = steps[-1][2] if steps else leaf(self.line.encode()).hex()
        if reached != self.signed.head.root:
            raise ValueError("its hashes do not lead to the head's root")
        return self.signed.signer(keys)


def prove(lines: Sequence[bytes], book: Book | None, entry: str) -> tuple[Record, Proof]:
    """The proof of an entry, by its number or the beginning of its hash.

    Raises CannotRun when there is no such entry, or the log is not what its head says.
    """
    if book is None:
        raise CannotRun("the log has no head that an entry could be proven against: the next entry makes one")
    whole = [*lines[: book.head.size], *book.waiting(len(lines))]
    leaves = [leaf(line) for line in whole]
    index, record = _find(whole, entry)
    proof = Proof(whole[index][:-1].decode(), index, [one.hex() for one in path(leaves, index)], book.signed)
    steps = proof.steps() if len(whole) == book.head.size else []
    if (steps[-1][2] if steps else root([leaves[index]])) != book.head.root:
        raise CannotRun("the log is not what its head says: run `ballast audit verify`")
    return record, proof


def _find(lines: Sequence[bytes], entry: str) -> tuple[int, Record]:
    if entry.isdecimal() and 1 <= int(entry) <= len(lines):
        indices = [int(entry) - 1]
    else:
        wanted = f'"hash":"{entry}'.encode()
        indices = [n for n, line in enumerate(lines) if wanted in line] if len(entry) >= 6 else []
    if len(indices) != 1:
        raise CannotRun(f"{'several entries' if indices else 'no entry'} {entry}: give its number, or more of its hash")
    try:
        return indices[0], record_of(lines[indices[0]])
    except ValueError as error:
        raise CannotRun(f"line {indices[0] + 1} of the log {error}: run `ballast audit verify`") from None
