from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.release.github import Commit, changelog, faults, history, last_tag, message_of, next_version, wrong
from ballast.release.github.commits import TYPES
from ballast.repo import CannotRun


def git(repo: Path, *words: str) -> str:
    identity = [
        "-c",
        "user.name=Bob",
        "-c",
        "user.email=bob@acme.example",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "core.hooksPath=",
    ]
    return subprocess.run(["git", *identity, *words], cwd=repo, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    return tmp_path


def commit(repo: Path, message: str) -> None:
    git(repo, "commit", "-q", "--allow-empty", "-m", message)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("feat: a", ""),
        ("fix(gateway): a late resolve is sent once\n\nBecause.", ""),
        ("refactor(stack,gateway)!: a", ""),
        ("Merge branch 'main' into x", ""),
        ('Revert "feat: a"', ""),
        ("Added stuff", "write `type(scope): what it does`"),
        ("feature: a", "feature is no type: write feat"),
        ("Fix: a", "Fix is no type: write fix"),
        ("wip: a", "wip is no type: build, chore"),
        ("feat:a", "after the colon"),
        ("feat: ", "after the colon"),
        ("feat: a.", "full stop"),
        ("feat(Gateway): a", "small letters"),
        ("feat: a\nb", "line empty"),
        ("feat: " + "a" * 140, "146 characters"),
        ("fixup! feat: a", "squashed"),
    ],
)
def test_messages(message: str, why: str) -> None:
    found = faults(message)
    assert [why in one for one in found] == ([True] if why else [])


@given(
    st.sampled_from(TYPES),
    st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True),
    st.from_regex(r"[a-zA-Z ,]{0,50}[a-z]", fullmatch=True),
)
def test_what_the_specification_allows_is_allowed(kind: str, scope: str, words: str) -> None:
    assert not faults(f"{kind}({scope}): {words}")
    assert not faults(f"{kind}!: {words}\n\nbody\n\nBREAKING CHANGE: {words}")


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    faults(text)


def test_git_s_comments_are_no_message(tmp_path: Path) -> None:
    file = tmp_path / "COMMIT_EDITMSG"
    scissors = "# ------------------------ >8 ------------------------"
    file.write_text(f"\nfeat: a\n\nbody\n# Please enter …\n{scissors}\ndiff --git\nnot a message\n")
    assert message_of(file) == "feat: a\n\nbody"
    with pytest.raises(CannotRun, match="cannot be read"):
        message_of(tmp_path / "none")


def test_commits_of_a_span(repo: Path) -> None:
    commit(repo, "begin")
    commit(repo, "feat: a")
    commit(repo, "more stuff")
    found = wrong(repo, "HEAD~2..HEAD")
    assert [one.header for one in found] == ["more stuff"]
    assert found[0].id == git(repo, "rev-parse", "HEAD").strip()
    with pytest.raises(CannotRun, match="git log failed"):
        wrong(repo, "nowhere..HEAD")


def one(kind: str, breaking: str = "") -> Commit:
    return Commit("0123456789", kind, "", "it works", breaking)


@pytest.mark.parametrize(
    ("last", "commits", "following"),
    [
        ("", [one("feat")], "0.1.0"),
        ("", [one("docs")], ""),
        ("v0.1.0", [one("fix")], "0.1.1"),
        ("v0.1.0", [one("fix"), one("feat")], "0.2.0"),
        ("v0.9.3", [one("fix", "x")], "0.10.0"),
        ("v1.2.3", [one("docs"), one("test")], ""),
        ("v1.2.3", [one("perf")], "1.2.4"),
        ("v1.2.3", [one("feat")], "1.3.0"),
        ("v1.2.3", [one("feat"), one("build", "x")], "2.0.0"),
    ],
)
def test_the_next_version(last: str, commits: list[Commit], following: str) -> None:
    assert next_version(last, commits) == following


def test_a_changelog_from_the_last_release(repo: Path) -> None:
    commit(repo, "feat: before")
    git(repo, "tag", "v0.9.0")
    git(repo, "tag", "v0.10.0")
    git(repo, "tag", "vnext")
    commit(repo, "fix(gateway): a late resolve is sent once")
    commit(repo, "feat(slo)!: a period is a whole number of days")
    commit(repo, "docs: nobody lists this")
    commit(repo, "feat: files\n\nBREAKING CHANGE: the old folder is not read")
    commit(repo, "no type at all")
    last = last_tag(repo)
    assert last == "v0.10.0"
    found = history(repo, last)
    text = changelog(next_version(last, found), "2026-11-24", found)
    ids = {commit.words: commit.id[:8] for commit in found}
    assert text.split("\n") == [
        "## 0.11.0 (2026-11-24)",
        "",
        "### Breaking",
        "",
        f"- the old folder is not read ({ids['files']})",
        f"- **slo**: a period is a whole number of days ({ids['a period is a whole number of days']})",
        "",
        "### New",
        "",
        f"- files ({ids['files']})",
        f"- **slo**: a period is a whole number of days ({ids['a period is a whole number of days']})",
        "",
        "### Mended",
        "",
        f"- **gateway**: a late resolve is sent once ({ids['a late resolve is sent once']})",
        "",
    ]


def test_the_history_of_this_repository_is_conventional(root: Path) -> None:
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, check=False).returncode:
        pytest.skip("this checkout has no history")
    assert wrong(root, "HEAD") == []
