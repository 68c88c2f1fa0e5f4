"""Edits, deletions, insertions, another order, a cut-off end, forks: found, whatever is done to the hashes and the head."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from ballast.audit import Seen, verify
from ballast.audit.head import write_book
from ballast.repo import CannotRun
from tests.audit.conftest import SignedLog
from tests.audit.tamperer import Tamperer

KINDS = ("edit", "delete", "insert", "reorder", "truncate", "fork")
LENGTH = 24


def tampered(log: SignedLog, kind: str, count: int) -> tuple[int, int, dict[str, int]]:
    """Misses of so many tamperings, how many verifications saw them without a witness, and what was said."""
    rng = random.Random(f"{kind} {count}")
    tamperer = Tamperer.of(log, LENGTH, rng)
    witness = [Seen(book.signed, "a witness") for book in (tamperer.books[7], tamperer.books[-1])]
    assert verify(tamperer.lines, tamperer.books[-1], log.keys, witness).code == 0
    misses, alone = 0, 0
    said: dict[str, int] = {}
    done = 0
    while done < count:
        lines, book = getattr(tamperer, kind)()
        if tamperer.lost_nothing(lines, book):
            continue
        done += 1
        found = verify(lines, book, log.keys, witness).problems
        misses += not found
        alone += bool(verify(lines, book, log.keys).problems)
        for one in found[:1]:
            said[one.split(":")[-1]] = said.get(one.split(":")[-1], 0) + 1
    return misses, alone, said


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_is_found(signed: SignedLog, kind: str) -> None:
    misses, alone, said = tampered(signed, kind, 100)
    assert misses == 0, said
    if kind != "truncate":
        assert alone == 100, "the signed head alone shows all but an older head with its lines"


@pytest.mark.soak
def test_a_thousand_of_each(signed: SignedLog, tmp_path: Path) -> None:
    figures = {}
    for kind in KINDS:
        for path in (signed.path, signed.path.with_name("log.head")):
            path.unlink(missing_ok=True)
        misses, alone, _ = tampered(signed, kind, 1000)
        figures[kind] = {"misses": misses, "found by the head alone": alone}
    print(json.dumps(figures, indent=1))
    assert all(one["misses"] == 0 for one in figures.values())


def test_an_older_head_with_its_lines_takes_a_witness(signed: SignedLog) -> None:
    """The limit: a store that was put back whole is as it once was; only somebody else can say that it went on."""
    signed.write(5)
    lines, book = signed.store()
    old = signed.witnessed()
    signed.write(3, start=5)
    new = signed.witnessed()
    alone = verify(lines, book, signed.keys)
    assert alone.problems == []
    assert alone.unproven
    assert verify(lines, book, signed.keys, [old]).problems == []  # nobody saw the three: they can be cut off
    assert "the end was cut off" in verify(lines, book, signed.keys, [old, new]).problems[0]


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_signs_on_top_of_what_was_tampered_with(signed: SignedLog, kind: str) -> None:
    """The next entry either refuses, or leaves a store in which the tampering is found as before."""
    rng = random.Random(kind)
    tamperer = Tamperer.of(signed, 8, rng)
    witness = [Seen(tamperer.books[-1].signed, "a witness")]
    refused = 0
    for _ in range(12):
        lines, book = getattr(tamperer, kind)()
        if tamperer.lost_nothing(lines, book):
            continue
        signed.path.write_bytes(b"".join(lines))
        signed.path.with_name("log.head").unlink(missing_ok=True)
        if book is not None:
            write_book(signed.path, book)
        try:
            signed.write()
        except CannotRun:
            refused += 1
            continue
        after, newest = signed.store()
        assert verify(after, newest, signed.keys, witness).problems
    assert refused >= (1 if kind == "truncate" else 6)


def test_two_stores_that_went_on_from_one_are_a_fork(signed: SignedLog) -> None:
    """Both are signed with the real key: a machine that was restored from a backup, and the one that was thought dead."""
    signed.write(3)
    lines, book = signed.store()
    signed.write(2, start=10)
    one = signed.witnessed()
    signed.path.write_bytes(b"".join(lines))
    write_book(signed.path, book)
    signed.write(2, start=20)
    assert signed.verify().problems == []
    assert "or there are two" in signed.verify(one).problems[0]


def test_a_witness_is_believed_only_with_a_signature_that_counts(signed: SignedLog) -> None:
    from dataclasses import replace

    from ballast.audit import Signed

    signed.write(3)
    true = signed.witnessed().signed
    for false in (Signed(true.head), Signed(replace(true.head, size=9), true.signature)):
        verdict = signed.verify(Seen(false, "an object of somebody's"))
        assert "no witness's word" in verdict.problems[0]
        assert verdict.witnessed == 0
    assert signed.verify(Seen(true, "this machine's tag", outside=False)).unproven
