"""The hash chain: each line holds the SHA-256 of the one before it, and its own, over its RFC 8785 canonical form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

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
        fields = json.loads(line)
        record = Record(**fields)
    except (ValueError, TypeError):
        raise ValueError("is not an entry") from None
    del fields["hash"]
    try:
        proper = line_of(fields)
    except ValueError:  # a number that canonical JSON does not have
        raise ValueError("is not an entry") from None
    if proper != line:
        same = json.loads(proper)["hash"] == record.hash
        raise ValueError("is not in canonical form" if same else "does not have the hash that it names: it was changed")
    return record


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
