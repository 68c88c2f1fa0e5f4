"""The hash chain: each line holds the SHA-256 of the one before it, and its own, over its RFC 8785 canonical form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

GENESIS = "0" * 64
"""What the first line names as the one before it."""


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the log. `at` is UTC, RFC 3339; `hash` covers everything else, `previous` included."""

    sequence: int
    at: str
    who: str
    what: str
    subject: str
    result: str
    why: str
    details: dict[str, Any]
    previous: str
    hash: str


def line_of(fields: dict[str, Any]) -> bytes:
    """The line for these fields (without `hash`), newline included."""
    import rfc8785

    digest = hashlib.sha256(rfc8785.dumps(fields)).hexdigest()
    return rfc8785.dumps({**fields, "hash": digest}) + b"\n"


def record_of(line: bytes) -> Record:
    """Reads a line. ValueError when it is none of ours, is not in canonical form, or its hash is another."""
    try:
        fields = orjson.loads(line)
        record = Record(**fields)
        del fields["hash"]
        if _quickly(fields, record.hash) == line:
            return record
        proper = line_of(fields)
    except (ValueError, TypeError, KeyError):
        raise ValueError("is not an entry") from None
    if proper != line:
        same = orjson.loads(proper)["hash"] == record.hash
        raise ValueError("is not in canonical form" if same else "does not have the hash that it names: it was changed")
    return record


def _quickly(fields: dict[str, Any], claimed: str) -> bytes:
    """The line in sixtieth of the time, and right for all that JSON libraries agree on; empty when the hash is another.

    They differ in keys beyond U+FFFF and in large or tiny floats: such a line is not equal to this, and is made slowly.
    """
    body = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    if hashlib.sha256(body).hexdigest() != claimed:
        return b""
    return orjson.dumps({**fields, "hash": claimed}, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def problems(lines: Iterable[bytes], head: tuple[int, str] | None = None) -> Iterator[str]:
    """What is wrong with a log: changed, removed, inserted, moved lines.

    `head` is a sequence number and hash that somebody keeps elsewhere: without one, lines cut off the end leave no trace.
    """
    previous, expected, seen_head = GENESIS, 1, head is None
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            yield f"line {number}: was not written to its end (the next append moves it aside)"
            break
        try:
            record = record_of(line)
        except ValueError as error:
            yield f"line {number}: {error}"
            previous, expected = "", expected + 1
            continue
        if record.sequence != expected:
            yield f"line {number}: is entry {record.sequence} where entry {expected} belongs"
        elif previous and record.previous != previous:
            yield f"line {number}: does not continue the line before it"
        previous, expected = record.hash, record.sequence + 1
        seen_head = seen_head or (record.sequence, record.hash) == head
    if head is not None and not seen_head:
        yield f"entry {head[0]} with the hash {head[1][:12]}… is not there: the end was cut off or rewritten"
