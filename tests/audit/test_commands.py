"""`ballast audit` as its users run it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ballast.audit import read, record_of
from ballast.cli import build_app
from ballast.repo import CannotRun
from tests.audit.bucket_app import ACCESS, REGION, SECRET, SESSION, Receiver
from tests.audit.conftest import SignedLog, new_key
from tests.audit.test_drift import GROUP
from tests.audit.test_imports import cloudtrail, lines_of

Run = Callable[..., Result]


@pytest.fixture
def run(signed: SignedLog) -> Run:
    """Runs a command; what it could not do is raised."""
    app, runner = build_app("audit"), CliRunner()

    def one(*words: str, code: int | None = 0) -> Result:
        done = runner.invoke(app, ["audit", *words])
        if isinstance(done.exception, CannotRun):
            raise done.exception
        assert code is None or done.exit_code == code, done.output
        return done

    return one


@pytest.fixture
def witness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server for tags."""
    server = tmp_path / "server.git"
    for words in (["init", "-q", "--bare", str(server)], ["init", "-q", str(tmp_path / "repo")]):
        subprocess.run(["git", *words], check=True)
    monkeypatch.setenv("BALLAST_AUDIT_GIT", str(tmp_path / "repo"))
    monkeypatch.setenv("BALLAST_AUDIT_GIT_REMOTE", str(server))
    return server


def test_a_log_that_is_pushed_is_whole(signed: SignedLog, run: Run, witness: Path) -> None:
    signed.write(4)
    signers = ["--signers", str(signed.signers)]
    assert "unproven   no witness" in run("verify", *signers, code=1).output
    assert "tag audit/here/000000000004-" in run("push").output
    done = run("verify", *signers)
    assert "here: whole, 4 entries" in done.output
    assert "up to entry 4" in done.output
    signed.write(2, start=4)
    assert "the 2 after it could be cut off unseen" in run("verify", *signers).output
    run("push")
    fields = json.loads(run("verify", *signers, "--output", "json").output)["here"]
    assert (fields["entries"], fields["witnessed"], fields["problems"], fields["unproven"]) == (6, 6, [], [])
    run("verify", *signers, "--head", fields["head"])
    assert all(len(line) <= 100 for line in done.output.splitlines())


def test_what_was_cut_off_is_told(signed: SignedLog, run: Run, witness: Path) -> None:
    signed.write(3)
    kept = signed.path.read_bytes(), signed.path.with_name("log.head").read_bytes()
    signed.write(2, start=3)
    head = json.loads(run("verify", "--output", "json", code=1).output)["here"]["head"]
    run("push")
    signed.path.write_bytes(kept[0])
    signed.path.with_name("log.head").write_bytes(kept[1])
    signers = ["--signers", str(signed.signers)]
    done = run("verify", *signers, code=1)
    assert "here: BROKEN" in done.output
    assert "saw 5 entries, and there are 3" in done.output
    assert "entry 5 with the hash" in run("verify", *signers, "--head", head, code=1).output


def test_a_head_that_is_damaged_gone_or_anothers(
    signed: SignedLog, run: Run, witness: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed.write(3)
    run("push")
    signers = ["--signers", str(signed.signers)]
    head = signed.path.with_name("log.head")
    whole = head.read_bytes()
    monkeypatch.setenv("BALLAST_AUDIT_NAME", "there")
    assert "BALLAST_AUDIT_NAME says there" in run("verify", *signers, code=1).output
    monkeypatch.setenv("BALLAST_AUDIT_NAME", "here")
    head.write_bytes(b"{}")
    assert "is damaged" in run("verify", *signers, code=1).output
    head.unlink()
    assert "nobody says how it ends" in run("verify", *signers, code=1).output
    signed.path.unlink()
    with pytest.raises(CannotRun, match="cannot be read"):
        run("verify", *signers)
    signed.write(1)  # a new log under the old name
    assert "saw 3 entries, and there are 1" in run("verify", *signers, code=1).output
    head.write_bytes(whole)


def test_a_witness_that_cannot_be_asked_leaves_it_unproven(
    signed: SignedLog, run: Run, witness: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed.write(2)
    run("push")
    monkeypatch.setenv("BALLAST_AUDIT_GIT_REMOTE", str(witness.with_name("gone.git")))
    done = run("verify", "--signers", str(signed.signers), code=1)
    assert "could not be asked" in done.output
    assert "BROKEN" not in done.output
    assert "FAILED" in run("push", code=1).output


def test_push_to_nowhere_and_of_what_nobody_signed(
    signed: SignedLog, run: Run, witness: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.delenv("BALLAST_AUDIT_KEY_FILE")
        signed.write(2)
        assert "nobody signed the head" in run("push", code=1).output
    assert "the log is signed with SHA256:" in run("adopt", "--reason", "compared with the backup").output
    run("push")
    monkeypatch.delenv("BALLAST_AUDIT_GIT_REMOTE")
    monkeypatch.delenv("BALLAST_AUDIT_GIT")
    with pytest.raises(CannotRun, match="nowhere to push"):
        run("push")
    with pytest.raises(CannotRun, match="reason"):
        run("adopt", "--reason", "x")


def test_both_witnesses_and_one_that_refuses(
    signed: SignedLog, run: Run, witness: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed.write(2)
    with Receiver() as bucket:
        places = {"BALLAST_AUDIT_BUCKET": "s3://witness", "AWS_ENDPOINT_URL_S3": bucket.endpoint, "AWS_REGION": REGION}
        secrets = {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": SESSION}
        for name, value in (places | secrets | {"NO_PROXY": "127.0.0.1"}).items():
            monkeypatch.setenv(name, value)
        bucket.book.broken = 1
        done = json.loads(run("push", "--output", "json", code=1).output)
        assert next(iter(done["failed"].values())).endswith("503 SlowDown")
        assert len(done["done"]) == 1
        assert len(json.loads(run("push", "--output", "json").output)["done"]) == 2
        run("verify", "--signers", str(signed.signers))


def test_prove_and_check(signed: SignedLog, run: Run, tmp_path: Path) -> None:
    signed.write(6)
    text = run("prove", "4").output
    assert "entry 4 of 6 in here" in text
    assert "BEGIN SSH SIGNATURE" in text
    proof = tmp_path / "proof.json"
    proof.write_text(run("prove", "4", "--output", "json").output)
    signers = ["--signers", str(signed.signers)]
    assert "Entry 4 is one of the 6 of here: audit@acme.example" in run("check", str(proof), *signers).output
    document = json.loads(proof.read_text())
    assert all(line in text for line in (document["leaf"], document["head"]["root"], document["entry"]))
    proof.write_text(json.dumps(document | {"entry": document["entry"].replace("checkout 3", "checkout 9")}))
    assert "not proven" in run("check", str(proof), *signers, code=1).output
    fields = json.loads(run("check", str(proof), *signers, "--output", "json", code=1).output)
    assert fields["problem"]
    for bad in ("{", "{}", "[]"):
        proof.write_text(bad)
        with pytest.raises(CannotRun, match="is no proof"):
            run("check", str(proof))
    with pytest.raises(CannotRun, match="cannot be read"):
        run("check", str(tmp_path / "none"))


def test_show_chooses(signed: SignedLog, run: Run) -> None:
    signed.write(3)
    run(
        "break-glass",
        "aws",
        "--role",
        "admin",
        "--incident",
        "INC-7",
        "--reason",
        "the identity provider is down",
        "--as",
        "eve",
    )
    assert run("show", "--last", "2").output.count("  by ") == 2
    assert "checkout 1: ok" in run("show", "--subject", "checkout 1").output
    text = run("show", "--what", "access/").output
    assert "access/break-glass: admin: used" in text
    assert "by eve, because the identity provider is down" in text
    rows = json.loads(run("show", "--who", "eve", "--output", "json").output)
    assert [row["details"]["incident"] for row in rows] == ["INC-7"]
    assert run("show", "--since", "2999-01-01T00:00:00Z").output == ""
    for bad in ("soon", "2026-01-01T00:00:00"):
        with pytest.raises(CannotRun, match=bad):
            run("show", "--since", bad)
    with pytest.raises(CannotRun, match="reason"):
        run("break-glass", "aws", "--incident", "INC-7", "--reason", "x")
    signed.path.write_bytes(signed.path.read_bytes().replace(b"eve", b"ada"))
    with pytest.raises(CannotRun, match="line 4"):
        run("show")


def test_import_and_drift(signed: SignedLog, run: Run, tmp_path: Path) -> None:
    trail = lines_of(tmp_path / "trail.jsonl", cloudtrail(), cloudtrail("two", readOnly=True))
    assert "1 change added, 0 had been" in run("import", "cloudtrail", str(trail)).output
    with trail.open("a") as stream:
        stream.write("{oops\n")
    done = run("import", "cloudtrail", str(trail), code=1)
    assert "0 changes added, 1 had been imported before." in done.output
    assert "Left out: 1 only read." in done.output
    assert f"{trail}:3:2: error audit/import: not JSON" in done.output
    fields = json.loads(run("import", "cloudtrail", str(trail), "--output", "json", code=1).stdout)
    assert fields["problems"][0]["position"] == f"{trail}:3:2"
    plan = tmp_path / "plan.json"
    other = GROUP | {
        "address": "aws_security_group.other",
        "change": {**GROUP["change"], "before": {"id": "sg-2"}, "after": {}},
    }
    plan.write_text(json.dumps({"format_version": "1.2", "resource_drift": [GROUP, other]}))
    text = run("drift", str(plan), code=1).output
    assert "module.network.aws_security_group.nodes (update): ingress" in text
    assert "assumed-role/Admin/ada@acme.example" in text
    assert "by whom is unknown" in text
    assert json.loads(run("drift", str(plan), "--output", "json", code=1).output)[0]["authors"][0]["entry"] == 1
    assert "unknown" in run("drift", str(plan), "--since", "2026-11-24T10:00:00Z", code=1).output
    plan.write_text(json.dumps({"format_version": "1.2"}))
    assert "Nothing drifted" in run("drift", str(plan)).output
    for bad in ("{}", "[]", "x"):
        plan.write_text(bad)
        with pytest.raises(CannotRun, match="terraform show -json"):
            run("drift", str(plan))
    assert record_of(next(iter(read(signed.path)))).what == "seen/aws"


@pytest.mark.parametrize(
    "words", [["verify", "--head", "x"], ["verify", "--head", "1:a", "--database"], ["verify", "--signers", "no"]]
)
def test_what_cannot_run(signed: SignedLog, run: Run, words: list[Any]) -> None:
    signed.write()
    with pytest.raises(CannotRun):
        run(*words)


def test_an_exemption_names_the_key_that_signed_it(signed: SignedLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "repository"
    (place / "alerts").mkdir(parents=True)
    public = new_key(tmp_path / "ada.key")
    (place / "alerts/allowed-signers").write_text(f"ada@acme.example {public}\n")
    monkeypatch.chdir(place)
    words = ["--service", "checkout", "--person", "ada@acme.example", "--key", str(tmp_path / "ada.key")]
    done = CliRunner().invoke(build_app("budget"), ["budget", "exempt", *words, "--reason", "the fix needs this release"])
    assert done.exit_code == 0, done.output
    [record] = map(record_of, read(signed.path))
    assert (record.what, record.who, record.result) == ("budget/exemption", "ada@acme.example", "signed")
    assert record.details["signed_by"].startswith("SHA256:")
