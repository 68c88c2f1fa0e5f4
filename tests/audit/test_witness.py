"""Witnesses: git tags on a server, a locked bucket; what they hold outlives whoever holds the log."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from ballast.audit import Bucket, GitTags, Seen, Signed, witnesses
from ballast.audit.sigv4 import Credentials, query_text, signed_headers
from ballast.repo import CannotRun
from tests.audit.bucket_app import ACCESS, REGION, SECRET, SESSION, Receiver, Version
from tests.audit.conftest import SignedLog

# --- Signature Version 4: the examples of Amazon S3's API Reference -----------------------------------------------------

EXAMPLE = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
WHEN = datetime(2013, 5, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "signature"),
    [
        (
            "GET",
            "/test.txt",
            {},
            {"range": "bytes=0-9"},
            b"",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "/test$file.text",
            {},
            {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
            b"Welcome to Amazon S3.",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        ("GET", "/", {"lifecycle": ""}, {}, b"", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        (
            "GET",
            "/",
            {"max-keys": "2", "prefix": "J"},
            {},
            b"",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)
def test_signatures_are_those_of_the_examples(
    method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes, signature: str
) -> None:
    host = "examplebucket.s3.amazonaws.com"
    made = signed_headers(EXAMPLE, "us-east-1", method, host, path, query, headers, body, WHEN)
    assert made["authorization"].endswith(f"Signature={signature}")


def test_queries_are_encoded_and_sorted() -> None:
    assert query_text({"b": "a/b c", "A": "~", "versions": ""}) == "A=~&b=a%2Fb%20c&versions="


# --- A bucket -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with Receiver() as one:
        for name, value in {
            "BALLAST_AUDIT_BUCKET": "s3://witness/audit",
            "AWS_ENDPOINT_URL_S3": one.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": SESSION,
            "NO_PROXY": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        yield one


def bucket() -> Bucket:
    found = Bucket.from_environment()
    assert found is not None
    return found


def test_a_bucket_keeps_heads_locked(signed: SignedLog, receiver: Receiver) -> None:
    for number in range(5):
        signed.write(1, start=number)
        where = bucket().put(signed.store()[1].signed)
        assert bucket().put(signed.store()[1].signed) == where  # again: it is there
    assert len(receiver.book.versions) == 5
    assert all(one.until is not None and (one.until - datetime.now(UTC)).days >= 398 for one in receiver.book.versions)
    found, notes = bucket().heads("here")  # over three pages
    assert [one.signed.head.size for one in found] == [1, 2, 3, 4, 5]
    assert notes == []
    assert signed.verify(*found).code == 0
    assert bucket().heads("elsewhere") == ([], [])


def test_what_is_hidden_in_a_bucket_is_found(signed: SignedLog, receiver: Receiver) -> None:
    """Who may write and delete there adds a delete marker, or a newer version: the locked one is still there."""
    signed.write(3)
    where = bucket().put(signed.store()[1].signed).removeprefix("s3://witness/")
    assert bucket()._ask("DELETE", where, {}).status_code == 204
    assert bucket()._ask("GET", where, {}).status_code == 404
    assert bucket()._ask("DELETE", where, {"versionId": "v1"}).status_code == 403
    receiver.book.versions.append(Version(where, "v3", b"not a head"))
    receiver.book.versions.append(Version("audit/here/x.json", "v4", receiver.book.versions[0].body.replace(b"here", b"there")))
    found, notes = bucket().heads("here")
    assert [one.signed.head.size for one in found] == [3]
    assert len(notes) == 2
    assert "another log (there)" in " ".join(notes)


def test_a_bucket_that_refuses_or_is_gone_says_so(
    signed: SignedLog, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed.write()
    head = signed.store()[1].signed
    receiver.book.broken = 1
    with pytest.raises(CannotRun, match="503 SlowDown"):
        bucket().put(head)
    bucket().put(head)
    with monkeypatch.context() as patch:
        patch.setenv("AWS_SECRET_ACCESS_KEY", "another")
        with pytest.raises(CannotRun, match="403 SignatureDoesNotMatch"):
            bucket().put(head)
        with pytest.raises(CannotRun, match="403 SignatureDoesNotMatch"):
            bucket().heads("here")
    with monkeypatch.context() as patch:
        patch.setenv("BALLAST_AUDIT_BUCKET", "s3://none")
        with pytest.raises(CannotRun, match="404 NoSuchBucket"):
            bucket().put(head)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    with pytest.raises(CannotRun, match="cannot be reached"):
        bucket().put(head)
    assert SECRET not in repr(bucket())


@pytest.mark.parametrize(
    "changes",
    [
        {"BALLAST_AUDIT_BUCKET": "https://x"},
        {"BALLAST_AUDIT_RETENTION_DAYS": "0"},
        {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""},
        {"AWS_SECRET_ACCESS_KEY": ""},
    ],
)
def test_a_bucket_that_is_named_wrongly(changes: dict[str, str], receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CannotRun):
        bucket()


def test_a_bucket_of_aws_has_a_name_of_its_own() -> None:
    one = Bucket("w", "", "eu-west-1", EXAMPLE)
    with pytest.MonkeyPatch.context() as patch:
        asked: list[str] = []
        client = SimpleNamespace(request=lambda method, url, **_: asked.append(f"{method} {url}"))
        patch.setattr("ballast.audit.bucket._client", lambda: client)
        one._ask("GET", "here/a.json", {"versionId": "v/1"})
    assert asked == ["GET https://w.s3.eu-west-1.amazonaws.com/here/a.json?versionId=v%2F1"]


# --- Git tags -----------------------------------------------------------------------------------------------------------


def git(where: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", where, *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository and the server that it pushes to, which lets nobody move a tag."""
    server, here = tmp_path / "server.git", tmp_path / "here"
    here.mkdir()
    git(tmp_path, "init", "-q", "--bare", str(server))
    git(server, "config", "receive.denyDeletes", "true")
    git(here, "init", "-q")
    git(here, "remote", "add", "origin", str(server))
    return here


def test_tags_on_a_server_outlive_the_repository(signed: SignedLog, repository: Path) -> None:
    tags = GitTags(repository, "origin")
    for number in range(3):
        signed.write(1, start=number)
        assert tags.put(signed.store()[1].signed) == tags.put(signed.store()[1].signed)
    names = git(repository, "for-each-ref", "--format=%(refname)", "refs/tags").split()
    git(repository, "tag", "-d", *(name.removeprefix("refs/tags/") for name in names))
    found, notes = tags.heads("here")
    assert [one.signed.head.size for one in found] == [1, 2, 3]
    assert all(one.outside for one in found)
    assert notes == []
    assert signed.verify(*found).code == 0
    assert tags.heads("elsewhere") == ([], [])
    assert git(repository, "for-each-ref").strip() == ""  # looking leaves nothing behind


def test_tags_of_this_machine_alone_prove_nothing(signed: SignedLog, repository: Path) -> None:
    signed.write(2)
    tags = GitTags(repository)
    tags.put(signed.store()[1].signed)
    found, _ = tags.heads("here")
    assert signed.verify(*found).unproven


def test_another_tag_of_that_name_is_not_replaced(signed: SignedLog, repository: Path) -> None:
    signed.write(2)
    tag = GitTags(repository, "origin").put(signed.store()[1].signed).removeprefix("tag ")
    git(repository, "tag", "-f", tag, git(repository, "rev-parse", f"{tag}^{{blob}}").strip())
    with pytest.raises(CannotRun, match="git push failed"):
        GitTags(repository, "origin").put(signed.store()[1].signed)


def test_a_tag_that_holds_no_head_is_told(signed: SignedLog, repository: Path) -> None:
    blob = subprocess.run(
        ["git", "-C", repository, "hash-object", "-w", "--stdin"], input=b"[]", check=True, capture_output=True
    ).stdout.decode()
    git(repository, "tag", "audit/here/000000000009-x", blob.strip())
    assert GitTags(repository).heads("here")[1] == [
        "tag audit/here/000000000009-x of this repository is no head of an audit log"
    ]


def test_a_server_that_is_gone_says_so(signed: SignedLog, repository: Path, tmp_path: Path) -> None:
    signed.write()
    for tags in (GitTags(repository, "upstream"), GitTags(repository, str(tmp_path / "none.git")), GitTags(tmp_path / "none")):
        with pytest.raises(CannotRun, match="git"):
            tags.put(signed.store()[1].signed)
    with pytest.raises(CannotRun, match="git"):
        GitTags(repository, str(tmp_path / "none.git")).heads("here")


def test_witnesses_are_those_of_the_environment(receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALLAST_AUDIT_GIT_REMOTE", "origin")
    assert [one.name for one in witnesses(tmp_path)] == ["git tags of origin", "bucket s3://witness/audit/"]
    monkeypatch.delenv("BALLAST_AUDIT_GIT_REMOTE")
    monkeypatch.delenv("BALLAST_AUDIT_BUCKET")
    assert witnesses(tmp_path) == []


@pytest.mark.parametrize(
    "bad", ["[]", "{}", '{"head": {}, "signature": ""}', '{"head": {"size": "1"}, "signature": 1}', "null"]
)
def test_what_is_no_head(bad: str) -> None:
    with pytest.raises(ValueError, match="no head"):
        Signed.read(json.loads(bad))


def test_a_head_survives_its_document(signed: SignedLog) -> None:
    signed.write()
    one = signed.store()[1].signed
    assert Signed.read(json.loads(json.dumps(one.document()))) == one
    assert Seen(one, "x").signed.signer(signed.keys) == "audit@acme.example"
