"""The audit log: nothing lost, one chain, never longer than its head, whole after a kill."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat

from ballast.audit import (
    KINDS,
    DamagedHead,
    Entry,
    adopt,
    append,
    append_all,
    log_name,
    problems,
    read,
    record_of,
    signed_by,
    snapshot,
    ssh_sign,
    verify,
)
from ballast.audit.kinds import schema
from ballast.repo import CannotRun
from ballast.stack import Stack, Vault, wait_until
from tests.audit.conftest import ROOT, SignedLog, entry, new_key


def log_of(path: Path, count: int) -> list[bytes]:
    for number in range(count):
        append(entry(number), path)
    return list(read(path))


def test_entries_are_chained_canonical_and_whole(tmp_path: Path) -> None:
    lines = log_of(tmp_path / "log", 5)
    assert list(problems(lines)) == []
    first, second = json.loads(lines[0]), json.loads(lines[1])
    assert second["previous"] == first["hash"]
    assert list(first) == sorted(first)  # RFC 8785


def test_a_line_of_values_that_libraries_write_differently_is_still_read(tmp_path: Path) -> None:
    import rfc8785

    from ballast.audit.chain import GENESIS, line_of

    fields = {"sequence": 1, "at": "x", "who": "é", "what": "x", "subject": "\u2028", "result": "", "why": "\x7f"}
    line = line_of({**fields, "details": {"\U0001f600": 1e21, "\uffee": 0.5}, "previous": GENESIS})
    assert line == rfc8785.dumps(json.loads(line)) + b"\n"
    assert record_of(line).details["\uffee"] == 0.5


def test_a_torn_line_is_moved_aside_and_told(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log_of(path, 2)
    with path.open("ab") as stream:
        stream.write(b'{"at":"2026')
    assert list(problems(read(path)))
    append(entry(9), path)
    lines = list(read(path))
    assert [json.loads(line)["what"] for line in lines] == ["chaos/other", "chaos/other", "audit/recovered", "chaos/other"]
    assert list(problems(lines)) == []
    assert (tmp_path / "log.torn").read_bytes() == b'{"at":"2026\n'


def test_a_damaged_last_line_stops_the_log(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log_of(path, 1)
    path.write_bytes(path.read_bytes().replace(b'"ok"', b'"no"'))
    with pytest.raises(CannotRun, match="audit verify"):
        append(entry(), path)


def test_a_damaged_head_stops_the_log(tmp_path: Path) -> None:
    log_of(tmp_path / "log", 3)
    head = tmp_path / "log.head"
    for bad in (b"", b"{}", b"[]", head.read_bytes().replace(b'"size": 3', b'"size": 2'), head.read_bytes()[:-20]):
        head.write_bytes(bad)
        with pytest.raises(DamagedHead):
            append(entry(), tmp_path / "log")


def test_a_log_without_a_head_gets_one(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log_of(path, 3)
    (tmp_path / "log.head").unlink()
    append(entry(), path)
    with snapshot(path) as (lines, book):
        assert verify(lines, book, {}).problems == []
        assert book is not None
        assert book.head.size == 4


# --- Who may go on with it --------------------------------------------------------------------------------------------


def test_a_signed_head_names_every_entry(signed: SignedLog) -> None:
    signed.write(5)
    verdict = signed.verify(signed.witnessed())
    assert (verdict.code, verdict.entries, verdict.signer, verdict.witnessed) == (0, 5, "audit@acme.example", 5)


def test_what_nobody_vouches_for_is_unproven(signed: SignedLog) -> None:
    signed.write(5)
    verdict = signed.verify()
    assert verdict.code == 1
    assert verdict.problems == []
    assert "no witness" in verdict.unproven[0]


def test_a_signed_log_is_not_continued_without_a_key(signed: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    signed.write(2)
    monkeypatch.delenv("BALLAST_AUDIT_KEY_FILE")
    with pytest.raises(CannotRun, match="no key here"):
        signed.write()


def test_what_nobody_signed_is_not_signed_in_passing(signed: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.delenv("BALLAST_AUDIT_KEY_FILE")
        signed.write(2)
        assert "nobody signed it" in signed.verify().problems[0]  # there are keys that could have
    with pytest.raises(CannotRun, match="audit adopt"):
        signed.write()
    assert adopt("compared with the backup by ada", signed.path).sequence == 3
    signed.write()
    assert signed.verify(signed.witnessed()).code == 0
    with pytest.raises(CannotRun, match="signed already"):
        adopt("once more, with feeling", signed.path)


def test_entries_that_somebody_appended_are_not_signed_in_passing(signed: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    signed.write(2)
    lines, _ = signed.store()
    with monkeypatch.context() as patch:
        patch.delenv("BALLAST_AUDIT_KEY_FILE")
        other = signed.path.with_name("other")
        other.write_bytes(b"".join(lines))
        append(entry(7), other)
    signed.path.write_bytes(other.read_bytes())
    assert "added by somebody else" in signed.verify().problems[0]
    with pytest.raises(CannotRun, match="not what its head says"):
        signed.write()


def test_another_key_continues_only_what_counts(signed: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    signed.write(2)
    other = signed.path.with_name("other.key")
    public = new_key(other)
    monkeypatch.setenv("BALLAST_AUDIT_KEY_FILE", str(other))
    with pytest.raises(CannotRun, match="does not count"):
        signed.write()
    monkeypatch.setattr("ballast.audit.log.trusted", lambda: signed.keys)  # the repository lists the old one
    signed.write()
    assert "does not count" in signed.verify().problems[0]  # and this machine the new one not yet
    with signed.signers.open("a") as stream:
        stream.write(f'new@acme.example namespaces="ballast-audit" {public}\n')
    from ballast.audit import trusted

    signed.keys = trusted(signed.signers)
    assert signed.verify(signed.witnessed()).signer == "new@acme.example"


def test_only_keys_for_this_purpose_count(signed: SignedLog, tmp_path: Path) -> None:
    from ballast.audit import trusted

    line = signed.signers.read_text()
    signed.signers.write_text(line.replace(' namespaces="ballast-audit"', "") + line.replace("audit", "plan"))
    assert trusted(signed.signers) == {}
    with pytest.raises(CannotRun, match="no such file"):
        trusted(tmp_path / "none")


def test_the_key_may_come_from_the_environment_or_from_vault(signed: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    text = signed.key.read_text()
    monkeypatch.delenv("BALLAST_AUDIT_KEY_FILE")
    monkeypatch.setenv("BALLAST_AUDIT_KEY", text)
    signed.write()
    monkeypatch.delenv("BALLAST_AUDIT_KEY")
    with Stack() as stack:
        vault = stack.start(Vault(stack.directory / "vault"))
        vault.put("secret/ballast/audit", {"key": text})
        who = {"role_id": "gateway", "secret_id": "swordfish"}
        answer = httpx.post(f"{vault.url}/v1/auth/approle/login", json=who, trust_env=False)
        monkeypatch.setenv("VAULT_ADDR", vault.url)
        monkeypatch.setenv("VAULT_TOKEN", answer.json()["auth"]["client_token"])
        monkeypatch.setenv("BALLAST_AUDIT_KEY_VAULT", "secret/ballast/audit#key")
        signed.write()
        assert signed.verify(signed.witnessed()).code == 0
        for name, said in (("secret/ballast/audit#none", "no field"), ("secret/no#key", "404"), ("secret", "MOUNT/PATH")):
            monkeypatch.setenv("BALLAST_AUDIT_KEY_VAULT", name)
            with pytest.raises(CannotRun, match=said):
                signed.write()
        vault.state(sealed=True)
        monkeypatch.setenv("BALLAST_AUDIT_KEY_VAULT", "secret/ballast/audit#key")
        with pytest.raises(CannotRun, match="503"):
            signed.write()
    with pytest.raises(CannotRun, match="Vault does not give"):
        signed.write()


def test_a_key_that_cannot_sign_is_no_reason_to_go_unsigned(signed: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    new_key(signed.key, PrivateFormat.PKCS8)  # not OpenSSH's format
    with pytest.raises(CannotRun, match="cannot be used to sign"):
        signed.write()
    monkeypatch.setenv("BALLAST_AUDIT_KEY_FILE", str(signed.key.with_name("none")))
    with pytest.raises(CannotRun, match="cannot be read"):
        signed.write()
    assert not signed.path.exists()


def test_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert log_name(tmp_path / "a") != log_name(tmp_path / "b")
    monkeypatch.setenv("GITHUB_RUN_ID", "77")
    monkeypatch.setenv("GITHUB_JOB", "Apply_Production")
    assert log_name(tmp_path / "a") == "github-77-1-apply-production"
    for bad in ("../x", "A", "a/b", "a..b", "-a"):
        monkeypatch.setenv("BALLAST_AUDIT_NAME", bad)
        with pytest.raises(CannotRun, match="small letters"):
            log_name(tmp_path / "a")


# --- Kinds ------------------------------------------------------------------------------------------------------------

DETAILS: dict[str, dict[str, object]] = {
    "tf/plan": {"bundle": "b", "plan": "p", "commit": "c", "state": "s"},
    "tf/approve": {"bundle": "b", "accepts": [], "present": False, "by": "ssh", "signed_by": "SHA256:x"},
    "tf/apply": {
        "bundle": "b", "plan": "p", "commit": "c", "state": "s", "mode": "real", "approved_by": ["ada"], "cost": "$0",
    },
    "budget/gate": {"change_type": "feature", "passes": True, "slos": {"availability": "0.5"}},
    "budget/exemption": {"file": "f"},
    "budget/correction": {"from": "a", "to": "b"},
    "chaos/run": {"experiment": "e", "environment": "staging", "target": "gateway"},
    "access/break-glass": {"system": "aws", "incident": "INC-7"},
    "audit/adopted": {"key": "SHA256:x"},
}  # fmt: skip
SEEN = {"event": "e", "action": "a", "at": "2026-11-24T00:00:00Z", "ids": ["x"], "source": "f:1:1"}
DETAILS |= {f"seen/{name}": {**SEEN} for name in ("aws", "gcp", "kubernetes")}


def test_every_kind_is_written_and_is_what_the_schema_says(tmp_path: Path) -> None:
    records = append_all([Entry("ada", what, "x", "y", "z", dict(DETAILS.get(what, {}))) for what in KINDS], tmp_path / "log")
    assert {record.what for record in records} == set(KINDS)
    validator = jsonschema.Draft202012Validator(schema())
    for line in read(tmp_path / "log"):
        validator.validate(json.loads(line))


@pytest.mark.parametrize("what", sorted(DETAILS))
def test_an_entry_that_lacks_something_of_its_kind_is_refused(tmp_path: Path, what: str) -> None:
    for missing in DETAILS[what]:
        details = {key: value for key, value in DETAILS[what].items() if key != missing}
        with pytest.raises(ValueError, match=f"{what} needs"):
            append(Entry("ada", what, "x", "y", "z", details), tmp_path / "log")
        broken = {"sequence": 1, "at": "x", "who": "", "what": what, "subject": "", "result": "", "why": "", "details": details}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**broken, "previous": "0" * 64, "hash": "0" * 64}, schema())
    assert not (tmp_path / "log").exists()


def test_no_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no kind"):
        append(Entry("ada", "tea/made", "x", "y"), tmp_path / "log")


def test_the_committed_schema_is_this_programs() -> None:
    from ballast.audit.schemas import entry_schema

    for path, text in entry_schema(None).items():  # type: ignore[arg-type]
        assert (ROOT / path).read_text() == text, "run: ballast generate --only alerts/schemas/audit"


def test_odd_values_are_written_so_that_everybody_can_read_them(tmp_path: Path) -> None:
    odd = {"float": 0.1, "large": 2**60, "nul": "a\0b", "half": "\ud800", "long": "x" * 5000, "tuple": (1, 2)}
    details = append(Entry("ada", "chaos/other", "x", "y", "z", odd), tmp_path / "log").details
    assert details["float"] == "0.1"
    assert details["large"] == str(2**60)
    assert "\0" not in details["nul"]
    assert details["long"].endswith("(904 more characters)")
    many = append(Entry("ada", "chaos/other", "x", "y", "z", {"n": ["y" * 1000] * 300}), tmp_path / "log")
    assert "left_out" in many.details
    assert list(problems(read(tmp_path / "log"))) == []


# --- Processes --------------------------------------------------------------------------------------------------------


def writers(path: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.audit.writer", str(path), str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_processes_share_one_chain(signed: SignedLog) -> None:
    with writers(signed.path, 15) as program:
        program.communicate("go\n" * 3, timeout=120)
    assert program.returncode == 0
    lines, _ = signed.store()
    assert len(lines) == 45
    assert signed.verify(signed.witnessed()).code == 0


def killed(signed: SignedLog, times: int, after: Callable[[], None]) -> int:
    """Kill writers at random moments; how many entries they had been told were on the disk."""
    rng, acks = random.Random(3), signed.path.with_name("log.acks")
    with writers(signed.path, 0) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for _ in range(times):
            before = acks.stat().st_size if acks.exists() else 0
            print("go", file=program.stdin, flush=True)
            child = int(program.stdout.readline())
            wait_until(lambda before=before: acks.exists() and acks.stat().st_size > before, 60, "a first entry")  # type: ignore[misc]
            time.sleep(rng.uniform(0, 0.02))  # the moment of the kill: not awaited, it is the point
            os.kill(child, signal.SIGKILL)
            wait_until(lambda child=child: not Path(f"/proc/{child}").exists(), 60, "the end of the writer")  # type: ignore[misc]
            after()
        program.communicate(timeout=60)
    told = acks.read_text().split("\n")[:-1]
    there = {json.loads(line)["hash"] for line in signed.store()[0]}
    assert set(told) <= there
    return len(told)


def crashed(signed: SignedLog, times: int) -> None:
    def whole() -> None:
        assert signed.verify(signed.witnessed()).code == 0  # before anybody mends it
        signed.write()
        assert signed.verify(signed.witnessed()).code == 0

    assert killed(signed, times, whole) >= times
    assert b'"audit/recovered"' not in signed.path.read_bytes()  # nothing had to be thrown away


def test_sigkill_at_any_moment_leaves_a_whole_log(signed: SignedLog) -> None:
    crashed(signed, 20)


@pytest.mark.soak
def test_sigkill_a_hundred_times(signed: SignedLog) -> None:
    crashed(signed, 100)


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
def test_a_crash_between_head_and_line_loses_nothing(signed: SignedLog, cut: int) -> None:
    """What the kills hit by chance, by hand: the head is there, of its lines this much."""
    signed.write(3)
    append_all([entry(7), entry(8)], signed.path)
    whole, _ = signed.store()
    last = b"".join(whole[3:])
    signed.path.write_bytes(b"".join(whole[:3]) + last[:cut])
    if cut >= 0:
        assert signed.verify(signed.witnessed()).code == 0  # before anybody mends it
    signed.write()
    lines, _ = signed.store()
    assert lines[:5] == whole
    assert len(lines) == 6
    assert signed.verify(signed.witnessed()).code == 0


def test_a_signatures_key_is_named_as_ssh_names_it(signed: SignedLog) -> None:
    if not shutil.which("ssh-keygen"):
        pytest.skip("there is no ssh-keygen here")
    armored = ssh_sign(b"text", "a-purpose", signed.key)
    public = signed.path.with_name("public")
    public.write_text(signed.signers.read_text().split('"')[2].strip())
    said = subprocess.run(["ssh-keygen", "-l", "-f", str(public)], check=True, capture_output=True, text=True).stdout
    assert signed_by(b"text", armored, "a-purpose") in said
    with pytest.raises(CannotRun, match="another purpose"):
        signed_by(b"text", armored, "another")
