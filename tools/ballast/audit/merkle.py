"""The Merkle tree over the lines (RFC 9162, section 2.1): a short proof that a line is in a log of a given root.

A leaf is SHA-256(0x00 ‖ line without its newline), a node SHA-256(0x01 ‖ left ‖ right). A log of n lines is known by its peaks,
the roots of the perfect trees that n splits into (n's binary digits), so that a line is added in log n steps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256().hexdigest()
"""The root of no lines."""


def leaf(line: bytes) -> bytes:
    """Of a line, with or without its newline."""
    return hashlib.sha256(b"\0" + line.rstrip(b"\n")).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Of two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def push(peaks: list[bytes], size: int, new: bytes) -> None:
    """Add a leaf to a tree of `size` leaves, in place."""
    while size & 1:
        new = node(peaks.pop(), new)
        size >>= 1
    peaks.append(new)


def root(peaks: Sequence[bytes]) -> str:
    """The root, in hex."""
    if not peaks:
        return EMPTY
    whole = peaks[-1]
    for peak in reversed(peaks[:-1]):
        whole = node(peak, whole)
    return whole.hex()


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The siblings from leaf `index` (from 0) up to the root."""
    found = []
    start, end = 0, len(leaves)
    while end - start > 1:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < split:
            found.append(_whole(leaves, split, end))
            end = split
        else:
            found.append(_whole(leaves, start, split))
            start = split
    return found[::-1]


def climb(line_leaf: bytes, index: int, size: int, siblings: Sequence[bytes]) -> list[tuple[str, bytes]]:
    """The way from a leaf to the root: at each step on which side the sibling stands, and what both make.

    Raises ValueError when the number of siblings does not fit.
    """
    if not 0 <= index < size:
        raise ValueError("an entry that is not in the log")
    at, last, made = index, size - 1, line_leaf
    steps = []
    for sibling in siblings:
        if last == 0:
            raise ValueError("too many siblings")
        if at & 1 or at == last:
            made = node(sibling, made)
            steps.append(("left", made))
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            made = node(made, sibling)
            steps.append(("right", made))
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("too few siblings")
    return steps


def _whole(leaves: Sequence[bytes], start: int, end: int) -> bytes:
    peaks: list[bytes] = []
    for size, one in enumerate(leaves[start:end]):
        push(peaks, size, one)
    return bytes.fromhex(root(peaks))
