"""Where secrets are looked for: files, the index, the history, what was left behind, archives; and what is never printed."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import tarfile
import zipfile
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.findings import REPORTERS, Tree, all_due, registered, run
from ballast.repo import CannotRun
from ballast.secrets import Search, seen
from ballast.secrets.scan import fingerprint
from tests.secrets.made_up import GITHUB, tokens

TODAY = date(2026, 11, 24)


def git(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@acme.example", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", "-C", str(root), *identity, *words], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with one clean commit."""
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text(".ballast/\nbuild/\n*.tfstate\n")
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts/settings.yaml").write_text("a: 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "chore: begin")
    return tmp_path


def allow(root: Path, secret: str, expires: str = "2027-01-01") -> None:
    mark = fingerprint(secret.encode())
    text = f"- fingerprint: '{mark}'\n  reason: made up\n  owner: platform\n  expires: {expires}\n"
    (root / ".secrets-allowed.yaml").write_text(text)


def search(root: Path, *, today: date | None = TODAY) -> Search:
    found = Search.of(root, today)
    found.files(Tree.read(root))
    found.left_behind()
    found.past()
    found.exceptions_file(unused=True)
    return found


def places(found: Search) -> list[str]:
    return [str(finding.position) for finding in found.findings]


def test_a_line_that_went_is_still_in_the_history(repo: Path) -> None:
    (repo / "a.py").write_text(f"\nx = '{GITHUB}'\n")
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "feat: oops")
    commit = git(repo, "rev-parse", "--short", "HEAD")
    (repo / "a.py").write_text("\n")
    git(repo, "commit", "-qam", "fix: gone")
    assert places(search(repo)) == [f"{commit}:a.py:2:6"]
    allow(repo, GITHUB)
    assert places(search(repo)) == []


def test_branches_stashes_messages_and_tags(repo: Path) -> None:
    branch, stash, message, tag = (tokens(n)["github"] for n in range(4))
    git(repo, "checkout", "-qb", "side")
    (repo / "b.txt").write_text(branch)
    git(repo, "add", ".")
    git(repo, "commit", "-qm", f"feat: with\n\n{message}\n")
    git(repo, "tag", "-am", f"v1 {tag}", "v1")
    git(repo, "checkout", "-q", "main")
    (repo / "alerts/settings.yaml").write_text(stash)
    git(repo, "stash")
    found = search(repo)
    assert len(found.findings) == 4, places(found)
    assert {finding.message.rpartition(" ")[2] for finding in found.findings} == {
        fingerprint(text.encode()) for text in (branch, stash, message, tag)
    }
    assert sum(":message:" in place for place in places(found)) == 2


def test_a_secret_is_told_once(repo: Path) -> None:
    for n in range(3):
        (repo / "a.txt").write_text(f"{n}\n{GITHUB}\n")
        git(repo, "add", ".")
        git(repo, "commit", "-qm", f"feat: {n}")
    assert places(search(repo)) == ["a.txt:2:1"]


def test_only_what_is_staged(repo: Path) -> None:
    (repo / "a.txt").write_text(GITHUB)
    (repo / "b.txt").write_text(tokens(8)["slack"])
    git(repo, "add", "a.txt")
    (repo / "a.txt").write_text("not in the index")
    found = Search.of(repo, TODAY)
    found.index()
    assert places(found) == ["a.txt:1:1"]


def test_state_that_git_ignores(repo: Path) -> None:
    state = {
        "terraform_version": "1.15.5",
        "resources": [{"type": "aws_iam_access_key", "instances": [{"attributes": {"secret": "Zq3x"}}]}],
    }
    (repo / "terraform.tfstate").write_text(json.dumps(state))
    (repo / "build").mkdir()
    (repo / "build/manifest.yaml").write_text("kind: Secret\nstringData:\n  key: hunter23\n")
    assert [place.rpartition(":")[0] for place in places(search(repo))] == ["build/manifest.yaml:3", "terraform.tfstate:1"]


def image(secret: str) -> bytes:
    """As `docker save` writes it: layers in a tar, packed."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as inner:
        for name, data in (("etc/clean", b"x"), ("root/.netrc", f"\nurl https://a:{secret}@host/".encode())):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            inner.addfile(info, io.BytesIO(data))
    packed = gzip.compress(layer.getvalue())
    outer = io.BytesIO()
    with tarfile.open(fileobj=outer, mode="w") as archive:
        info = tarfile.TarInfo("blobs/sha256/abc")
        info.size = len(packed)
        archive.addfile(info, io.BytesIO(packed))
    return outer.getvalue()


def test_archives_are_opened(repo: Path) -> None:
    (repo / "build").mkdir()
    (repo / "build/image.tar").write_bytes(image("hunter23"))
    with zipfile.ZipFile(repo / "build/plan.zip", "w") as archive:
        archive.writestr("tfstate", f"x {GITHUB}")
    (repo / "build/broken.zip").write_bytes(b"PK\x03\x04" + GITHUB.encode())
    found = Search.of(repo, TODAY)
    found.paths([Path("build")])
    assert places(found) == [
        "build/broken.zip:1:5",
        "build/image.tar!blobs/sha256/abc!root/.netrc:2:15",
        "build/plan.zip!tfstate:1:3",
    ]
    with pytest.raises(CannotRun, match="does not exist"):
        found.paths([Path("no/such")])


def test_what_was_looked_at_is_not_looked_at_again(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "a.txt").write_text(GITHUB)
    first = places(search(repo))
    monkeypatch.setattr(seen, "scan", lambda data: pytest.fail("it was looked at again"))
    assert places(search(repo)) == first == ["a.txt:1:1"]
    (repo / ".ballast/secrets.sqlite").write_bytes(b"no database" * 100)
    monkeypatch.undo()
    assert places(search(repo)) == first, "a damaged memory is none"
    assert places(search(repo)) == first
    monkeypatch.setattr(seen, "_rules", lambda: "other rules")
    monkeypatch.setattr(seen, "scan", lambda data: [])
    assert places(search(repo)) == [], "other rules look again"


def test_exceptions_end_and_are_cleared_away(repo: Path) -> None:
    (repo / "a.txt").write_text(GITHUB)
    allow(repo, GITHUB, "2026-11-23")
    found = search(repo)
    assert [(finding.check, str(finding.position)) for finding in found.findings] == [
        ("", "a.txt:1:1"),
        ("secrets/allowed", ".secrets-allowed.yaml:1:3"),
    ]
    assert search(repo, today=None).findings == [], "no date makes `ballast validate` fail"
    (due,) = [item for item in all_due(Tree.read(repo), TODAY) if item.kind == "secrets/allowed"]
    assert (due.on, due.owner) == (date(2026, 11, 23), "platform")
    allow(repo, GITHUB, "2028-06-01")
    assert "would not be looked at" in search(repo).findings[0].message
    allow(repo, "something else")
    assert "nothing needs this exception" in search(repo).findings[-1].message


def test_a_shallow_clone_does_not_know_its_past(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    git(repo, "commit", "--allow-empty", "-qm", "chore: again")
    clone = tmp_path_factory.mktemp("clone") / "c"
    git(repo, "clone", "-q", "--depth", "1", f"file://{repo}", str(clone))
    with pytest.raises(CannotRun, match="shallow"):
        Search.of(clone, TODAY).past()


def test_no_report_prints_a_secret(repo: Path) -> None:
    """Not even the line that it is in: reports end in CI logs."""
    (repo / "a.yaml").write_text(f"token: {GITHUB}\nurl: redis://:hunter23@cache/\n")
    leak = registered("secrets/leak")
    for _ in range(2):  # the second time from memory
        report = run(repo, [leak])
        assert len(report.findings) == 2
        for reporter in REPORTERS.values():
            text = reporter(report)
            assert GITHUB not in text
            assert "hunter23" not in text
    for stored in (repo / ".ballast").rglob("*"):
        assert not stored.is_file() or (GITHUB.encode() not in stored.read_bytes() and b"hunter23" not in stored.read_bytes())


def test_the_command(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    app, runner = build_app("secrets"), CliRunner()
    clean = runner.invoke(app, ["secrets", "check", "--root", str(repo)])
    assert (clean.exit_code, "nothing to mend" in clean.output) == (0, True), clean.output
    (repo / "a.txt").write_text(GITHUB)
    git(repo, "add", ".")
    for words in ([], ["--staged"], ["--no-history"], [str(repo / "a.txt")]):
        found = runner.invoke(app, ["secrets", "check", "--root", str(repo), *words, "--output", "json"])
        assert found.exit_code == 1, found.output
        (finding,) = json.loads(found.output)["findings"]
        assert (finding["check"], finding["path"], finding["line"]) == ("secrets/leak", "a.txt", 1)
    with pytest.raises(CannotRun):
        runner.invoke(app, ["secrets", "check", "--staged", "a.txt"], catch_exceptions=False)
