"""Is the log what was written? Lines against their chain, the chain against its signed head, all of it against witnesses.

Who holds the store can rewrite every line and every hash, and bring back an older head that was signed. What they cannot do is
sign, or change what a witness outside the store has seen. So an edit, an insertion or another order breaks the newest head;
an older head that was brought back, with the lines after it cut off, contradicts the witnesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ballast.audit.chain import problems, record_of
from ballast.audit.head import Book, Head, Signed
from ballast.audit.merkle import leaf, push, root


@dataclass(frozen=True, slots=True)
class Seen:
    """A head that a witness holds. `where` is its place there; `outside`: whether that is another store than the log's."""

    signed: Signed
    where: str
    outside: bool = True


@dataclass(slots=True)
class Verdict:
    """`problems`: it was changed, or nobody can tell where. `unproven`: what nobody vouches for. `signer` signed the head.

    `witnessed` is the newest entry that a witness outside the store has seen: what comes after it can be cut off unseen.
    """

    entries: int = 0
    head: Head | None = None
    signer: str = ""
    witnessed: int = 0
    problems: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit code: 0 only when all is proven."""
        return 1 if self.problems or self.unproven else 0


def verify(
    lines: Sequence[bytes],
    book: Book | None,
    keys: Mapping[bytes, str],
    seen: Iterable[Seen] = (),
    *,
    kept: tuple[int, str] | None = None,
) -> Verdict:
    """Check a store. `keys` are those whose signatures count (`trusted`), `seen` what witnesses hold of this log, `kept` a
    sequence number and hash that somebody wrote down.
    """
    whole = with_waiting(lines, book)
    verdict = Verdict(len(whole))
    verdict.problems += problems(whole, kept)
    heads = list(seen)
    sizes = {one.signed.head.size for one in heads} | ({book.head.size} if book else set())
    roots = _roots(whole, sizes)
    _check_head(verdict, whole, book, keys, roots)
    if verdict.problems and not heads:
        return verdict
    for one in heads:
        _check_witness(verdict, one, keys, roots, len(whole))
    if not verdict.witnessed and not verdict.problems:
        verdict.unproven.append("no witness outside the store has seen it: whoever holds it can cut off its end")
    return verdict


def with_waiting(lines: Sequence[bytes], book: Book | None) -> list[bytes]:
    """The lines, with those that a crash kept from being written whole, which the head holds."""
    there = list(lines)
    torn = there.pop() if there and not there[-1].endswith(b"\n") else b""
    waiting = book.waiting(len(there)) if book else ()
    if torn and not b"".join(waiting).startswith(torn):
        return list(lines)
    return [*there, *waiting]


def _roots(lines: Sequence[bytes], sizes: set[int]) -> dict[int, str]:
    """The Merkle root at each of these sizes, as far as the log goes."""
    peaks: list[bytes] = []
    found = {0: root(peaks)} if 0 in sizes else {}
    for number, line in enumerate(lines):
        push(peaks, number, leaf(line))
        if number + 1 in sizes:
            found[number + 1] = root(peaks)
    return found


def _check_head(
    verdict: Verdict, lines: Sequence[bytes], book: Book | None, keys: Mapping[bytes, str], roots: Mapping[int, str]
) -> None:
    if book is None:
        (verdict.problems if keys else verdict.unproven).append("it has no head: nobody says how it ends")
        return
    head = verdict.head = book.head
    try:
        verdict.signer = book.signed.signer(keys)
    except ValueError as error:
        bad = bool(keys) or bool(book.signed.signature and "does not count" not in str(error))
        (verdict.problems if bad else verdict.unproven).append(f"its head: {error}")
    if head.size > len(lines):
        verdict.problems.append(f"its head names {head.size} entries, and there are {len(lines)}: the end was cut off")
    elif head.size < len(lines):
        verdict.problems.append(f"entry {head.size + 1} and what follows is not in its head: it was added by somebody else")
    elif roots.get(head.size) != head.root or not _ends_with(lines, head.hash):
        verdict.problems.append("its lines are not those that its head names: they were rewritten")


def _ends_with(lines: Sequence[bytes], digest: str) -> bool:
    try:
        return bool(lines) and record_of(lines[-1]).hash == digest
    except ValueError:
        return False


def _check_witness(verdict: Verdict, one: Seen, keys: Mapping[bytes, str], roots: Mapping[int, str], entries: int) -> None:
    head = one.signed.head
    try:
        one.signed.signer(keys)
    except ValueError as error:
        if keys:
            verdict.problems.append(f"{one.where} is no witness's word: {error}")
            return
    if head.size > entries:
        verdict.problems.append(f"{one.where} saw {head.size} entries, and there are {entries}: the end was cut off")
    elif roots.get(head.size) != head.root:
        verdict.problems.append(f"{one.where} saw other entries up to {head.size}: the log was rewritten, or there are two")
    elif one.outside:
        verdict.witnessed = max(verdict.witnessed, head.size)
