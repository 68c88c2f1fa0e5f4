"""Conventional Commits 1.0.0 (conventionalcommits.org): what is wrong with a message, the next version, the changelog."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ballast.repo import CannotRun, git

TYPES = ("build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test")
LONGEST = 140
"""Characters of a header."""
_HEADER = re.compile(r"(?P<type>\w+)(?:\((?P<scope>[^()]*)\))?(?P<breaking>!)?:(?P<space> ?)(?P<words>.*)")
_BREAKING = re.compile(r"^BREAKING[ -]CHANGE: (.+)", re.MULTILINE)
_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
_GENERATED = re.compile(r"Merge |Revert \"")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit whose message is conventional. `breaking` is what breaks, empty when nothing does."""

    id: str
    type: str
    scope: str
    words: str
    breaking: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """A commit's message that is not; `id` is empty for one that is being written."""

    id: str
    header: str
    why: str


def faults(message: str) -> list[str]:
    """What is wrong with a message. What Git writes by itself (merges, reverts) is fine."""
    lines = message.rstrip().split("\n")
    header = lines[0]
    if _GENERATED.match(header):
        return []
    if re.match(r"(fixup|squash|amend)! ", header):
        return ["it waits to be squashed: rebase before it is published"]
    match = _HEADER.fullmatch(header)
    if match is None:
        return [f"write `type(scope): what it does`, where the type is one of {', '.join(TYPES)}"]
    found = []
    if match["type"] not in TYPES:
        near = get_close_matches(match["type"].lower(), TYPES, 1, 0.6)
        found.append(f"{match['type']} is no type: {f'write {near[0]}' if near else ', '.join(TYPES)}")
    if match["scope"] is not None and not re.fullmatch(r"[a-z0-9][a-z0-9 ,/._-]*", match["scope"]):
        found.append(f"the scope ({match['scope']}) is not in small letters")
    if not match["space"] or not match["words"].strip():
        found.append("after the colon come a space and what the commit does")
    elif match["words"].endswith("."):
        found.append("the header is no sentence: leave out its full stop")
    if len(header) > LONGEST:
        found.append(f"the header has {len(header)} characters, at most {LONGEST} are shown: the rest belongs into the body")
    if len(lines) > 1 and lines[1].strip():
        found.append("leave a line empty between the header and the body")
    return found


def message_of(path: Path) -> str:
    """The message in Git's file, without comments and without the diff below the scissors."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CannotRun(f"{path} cannot be read: {error.strerror}") from None
    text = text.split("# ------------------------ >8 ------------------------")[0]
    return "\n".join(line for line in text.split("\n") if not line.startswith("#")).strip("\n")


def wrong(repo: Path, span: str) -> list[Wrong]:
    """Commits of a span (`BASE..HEAD`) whose message is not conventional; merges are left out."""
    found = []
    for id_, message in _log(repo, span):
        found += [Wrong(id_, message.split("\n")[0], why) for why in faults(message)]
    return found


def history(repo: Path, since: str = "", until: str = "HEAD") -> list[Commit]:
    """Conventional commits after the commit or tag `since`, the newest first."""
    found = []
    for id_, message in _log(repo, f"{since}..{until}" if since else until):
        match = _HEADER.fullmatch(message.split("\n")[0])
        if match is None or match["type"] not in TYPES:
            continue
        note = _BREAKING.search(message)
        breaking = note[1] if note else match["words"] if match["breaking"] else ""
        found.append(Commit(id_, match["type"], match["scope"] or "", match["words"].strip(), breaking))
    return found


def last_tag(repo: Path, at: str = "HEAD") -> str:
    """The nearest tag vX.Y.Z that the commit contains; empty when there is none."""
    tags = _git(repo, "tag", "--merged", at, "--sort=-version:refname", "--list", "v*").split()
    return next((tag for tag in tags if _VERSION.fullmatch(tag)), "")


def next_version(last: str, commits: list[Commit]) -> str:
    """By Semantic Versioning 2.0.0: what breaks, what is new, what is mended. Empty when nothing of these is among them.

    Before 1.0.0 what breaks raises the second number. The first release is 0.1.0.
    """
    relevant = [one for one in commits if one.breaking or one.type in ("feat", "fix", "perf", "revert")]
    if not relevant:
        return ""
    match = _VERSION.fullmatch(last)
    if match is None:
        return "0.1.0"
    major, minor, patch = (int(number) for number in match.groups())
    breaks = any(one.breaking for one in relevant)
    if breaks and major:
        return f"{major + 1}.0.0"
    if breaks or any(one.type == "feat" for one in relevant):
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def changelog(version: str, day: str, commits: list[Commit]) -> str:
    """Markdown: what breaks, what is new, mended and faster; the rest is for those who read the history."""
    lines = [f"## {version or 'Unreleased'} ({day})"]
    groups = [
        ("Breaking", [(one, one.breaking) for one in commits if one.breaking]),
        ("New", [(one, one.words) for one in commits if one.type == "feat"]),
        ("Mended", [(one, one.words) for one in commits if one.type in ("fix", "revert")]),
        ("Faster", [(one, one.words) for one in commits if one.type == "perf"]),
    ]
    for title, entries in groups:
        if entries:
            lines += ["", f"### {title}", ""]
            ordered = sorted(entries, key=lambda entry: entry[0].scope)
            lines += [f"- {f'**{one.scope}**: ' if one.scope else ''}{words} ({one.id[:8]})" for one, words in ordered]
    if len(lines) == 1:
        lines += ["", "Nothing that a user would notice."]
    return "\n".join(lines) + "\n"


def _log(repo: Path, span: str) -> Iterator[tuple[str, str]]:
    out = _git(repo, "log", "--no-merges", "--format=%H%x01%B%x00", span, "--")
    for entry in out.split("\0"):
        id_, separator, message = entry.strip("\n").partition("\x01")
        if separator:
            yield id_, message


def _git(repo: Path, *words: str) -> str:
    return git(repo, *words).decode(errors="replace")
