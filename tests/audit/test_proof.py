"""The tree is RFC 9162's, and a proof convinces somebody who has OpenSSH, SHA-256 and nothing of ours."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.audit import Proof, prove, read
from ballast.audit.merkle import EMPTY, climb, leaf, path, push, root
from ballast.repo import CannotRun
from tests.audit.conftest import SignedLog


def tree_hash(lines: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word by word."""
    if not lines:
        return hashlib.sha256().digest()
    if len(lines) == 1:
        return hashlib.sha256(b"\0" + lines[0]).digest()
    split = 1
    while split * 2 < len(lines):
        split *= 2
    return hashlib.sha256(b"\1" + tree_hash(lines[:split]) + tree_hash(lines[split:])).digest()


def grown(lines: list[bytes]) -> list[bytes]:
    peaks: list[bytes] = []
    for number, line in enumerate(lines):
        push(peaks, number, leaf(line))
    return peaks


@given(st.lists(st.binary(max_size=4).filter(lambda line: b"\n" not in line), max_size=70))
def test_the_root_is_that_of_the_rfc(lines: list[bytes]) -> None:
    assert root(grown(lines)) == tree_hash(lines).hex()
    assert len(grown(lines)) == len(lines).bit_count()


@given(st.integers(1, 130), st.data())
def test_every_entry_is_proven_and_no_other(size: int, data: st.DataObject) -> None:
    leaves = [leaf(str(number).encode()) for number in range(size)]
    whole = root(grown([str(number).encode() for number in range(size)]))
    index = data.draw(st.integers(0, size - 1))
    siblings = path(leaves, index)
    assert len(siblings) <= (size - 1).bit_length()
    steps = climb(leaves[index], index, size, siblings)
    assert (steps[-1][1] if steps else leaves[index]).hex() == whole
    other = data.draw(st.integers(-1, size + 1).filter(lambda number: number != index))
    try:
        steps = climb(leaves[index], other, size, siblings)
    except ValueError:
        return
    assert (steps[-1][1] if steps else leaves[index]).hex() != whole


@given(st.integers(2, 60), st.booleans())
def test_the_number_of_siblings_is_the_trees(size: int, more: bool) -> None:
    leaves = [leaf(str(number).encode()) for number in range(size)]
    siblings = path(leaves, size - 1)
    with pytest.raises(ValueError, match="siblings"):
        climb(leaves[-1], size - 1, size, [*siblings, leaves[0]] if more else siblings[:-1])


def test_no_lines_have_a_root() -> None:
    assert EMPTY == tree_hash([]).hex() == root([])


# --- Proofs -------------------------------------------------------------------------------------------------------------


def document(log: SignedLog, entry: str) -> dict[str, object]:
    record, proof = prove(*log.store(), entry)
    assert record.sequence == proof.index + 1
    return dict(json.loads(json.dumps(proof.document())))


def test_each_entry_is_proven(signed: SignedLog) -> None:
    signed.write(13)
    hashes = [json.loads(line)["hash"] for line in read(signed.path)]
    for number, digest in enumerate(hashes, 1):
        for name in (str(number), digest, digest[:12]):
            if name.isdecimal() and int(name) > 13:
                continue
            proof = Proof.read(document(signed, name))
            assert proof.index + 1 == number
            assert proof.check(signed.keys) == "audit@acme.example"
    for name in ("0", "14", "ffff", "zzzzzzzz", "", "-1"):
        with pytest.raises(CannotRun, match="entry"):
            prove(*signed.store(), name)


def test_a_proof_that_was_changed_proves_nothing(signed: SignedLog) -> None:
    signed.write(6)
    whole = document(signed, "3")
    changes: list[tuple[str, object]] = [
        ("entry", str(whole["entry"]).replace('"ok"', '"no"')),
        ("index", 3),
        ("siblings", list(reversed(whole["siblings"]))),  # type: ignore[call-overload]
        ("siblings", []),
        ("siblings", ["zz"] * 3),
        ("signature", ""),
        ("signature", str(whole["signature"])[:-60]),
        ("head", {**whole["head"], "size": 5}),  # type: ignore[dict-item]
        ("head", {**whole["head"], "root": "0" * 64}),  # type: ignore[dict-item]
        ("format", "another"),
        ("entry", "{}"),
    ]
    for key, value in changes:
        with pytest.raises(ValueError, match=r".+"):
            Proof.read({**whole, key: value}).check(signed.keys)
    with pytest.raises(ValueError, match="does not count"):
        Proof.read(whole).check({})


def test_a_log_that_was_changed_proves_nothing(signed: SignedLog) -> None:
    signed.write(4)
    signed.path.write_bytes(b"".join(reversed(list(read(signed.path)))))
    with pytest.raises(CannotRun, match="not what its head says"):
        prove(*signed.store(), "2")


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="there is no ssh-keygen here")
def test_a_third_person_checks_it_without_ballast(signed: SignedLog, tmp_path: Path) -> None:
    signed.write(11)
    proof = document(signed, "7")
    made = hashlib.sha256(b"\0" + str(proof["entry"]).encode()).digest()
    assert made.hex() == proof["leaf"]
    at, last = int(str(proof["index"])), int(proof["head"]["size"]) - 1  # type: ignore[index]
    for sibling in map(bytes.fromhex, proof["siblings"]):  # type: ignore[arg-type]
        if at & 1 or at == last:
            made = hashlib.sha256(b"\1" + sibling + made).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            made = hashlib.sha256(b"\1" + made + sibling).digest()
        at, last = at >> 1, last >> 1
    assert made.hex() == proof["head"]["root"]  # type: ignore[index]
    assert json.loads(str(proof["head_text"])) == proof["head"]
    (tmp_path / "signature").write_text(str(proof["signature"]))
    command = ["ssh-keygen", "-Y", "verify", "-f", str(signed.signers), "-I", "audit@acme.example", "-n", "ballast-audit"]
    done = subprocess.run(
        [*command, "-s", str(tmp_path / "signature")], input=str(proof["head_text"]), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Good" in done.stdout
