"""Mends what rules know how to mend, by changing those bytes and no others.

A rule's issue may carry edits (`model.Edit`). They are made in the text as it stands: key order, indentation, line ends,
numbers as they are written and everything that no rule named stay. The result is read again before it is believed: it must be
JSON with as many panels and queries as before, and another run must find nothing more to do.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ballast.dashboards import exclusions, spans
from ballast.dashboards.model import Dashboard, Edit, Issue
from ballast.dashboards.read import Document, parse
from ballast.dashboards.rule import rules
from ballast.dashboards.source import Source
from ballast.repo import CannotRun

_INDENT = re.compile(r"\n[ \t]*$")
_ROUNDS = 5
Change = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Mended:
    """What was, or would be, changed in a file: lines, each with the rule and its message."""

    path: str
    lines: list[tuple[int, str, str]]
    before: bytes
    after: bytes


def fix_text(path: str, data: bytes, allowed: exclusions.Exclusions = exclusions.NONE) -> Mended:
    """What a file's content becomes. A file that is broken, or not plain JSON, stays as it is."""
    lines: list[tuple[int, str, str]] = []
    current = data
    for _ in range(_ROUNDS):  # one rule's edit may bring another's into view
        document = parse(path, current)
        changes, said = _changes(document, allowed)
        if not changes:
            break
        changed = _applied(document, changes)
        if changed == current or not _sound(document, parse(path, changed)):
            break
        lines += said
        current = changed
    return Mended(path, sorted(lines), data, current)


def fix_file(path: Path, *, write: bool = True) -> Mended:
    """Mend a file in place, by rename. Raises CannotRun where it cannot be read or written."""
    try:
        data = path.read_bytes()
        done = fix_text(str(path), data, exclusions.load(path.parent))
        if write and done.after != data:
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            try:
                part.write_bytes(done.after)
                part.chmod(path.stat().st_mode & 0o7777)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise CannotRun(f"{path}: {error.strerror}") from None
    return done


def _changes(document: Document, allowed: exclusions.Exclusions) -> tuple[list[Change], list[tuple[int, str, str]]]:
    """Changes of the file's text from its end to its beginning, none of which touches another."""
    found: dict[Change, tuple[int, str, str]] = {}
    for dashboard in document.dashboards:
        if not dashboard.source.exact or dashboard.source.indent or dashboard.source.line != 1 or dashboard.source.root.end < 0:
            continue
        for id_, issue in _issues(dashboard, allowed):
            place = dashboard.position(issue.path, offset=issue.offset)
            for edit in issue.edits:
                change = _change(dashboard.source, edit)
                if change is not None:
                    found.setdefault(change, (place.line, id_, issue.message))
    chosen: list[Change] = []
    for change in sorted(found, reverse=True):
        if not chosen or change[1] <= chosen[-1][0]:
            chosen.append(change)
    return chosen, list(dict.fromkeys(found[change] for change in chosen))


def _issues(dashboard: Dashboard, allowed: exclusions.Exclusions) -> Iterator[tuple[str, Issue]]:
    for id_, (rule, with_tree) in rules().items():
        if not with_tree:
            for issue in rule(dashboard):
                if issue.edits and not allowed.says(id_, dashboard.title, issue):
                    yield id_, issue


def _change(source: Source, edit: Edit) -> Change | None:
    """The extent that an edit replaces, and with what; None where it does not apply any more."""
    text, (node, found) = source.text, spans.find(source.root, edit.path)
    if not found:
        return None
    if edit.key:
        if text[node.begin] == "{":
            return _member(text, node, edit.key, edit.new)
        if text[node.begin] == '"' and edit.key in ("uid", "name"):  # the old form: the value itself
            return node.begin, node.end, _dumped(edit.new)
        return None
    if text[node.begin] != '"':
        return None
    begin = spans.inside(text, node, edit.offset)
    end = spans.inside(text, node, edit.offset + len(edit.old))
    return (begin, end, _dumped(edit.new)[1:-1]) if text[begin:end] == edit.old else None


def _member(text: str, node: spans.Node, key: str, new: Any) -> Change:
    """A member's new value, or a new member at the end of the object, written as its neighbours are."""
    member = node.members.get(key)
    if member is not None:
        return member.begin, member.end, _dumped(new)
    last = max(node.members.values(), key=lambda inner: inner.end, default=None)
    if last is None:
        return node.begin + 1, node.begin + 1, f"{_dumped(key)}: {_dumped(new)}"
    colon = text[last.key_end : last.begin]
    between = text[: last.key_begin]
    gap = " " if colon.endswith(" ") else ""
    if lead := _INDENT.search(between):
        gap = "\r" * between[: lead.start()].endswith("\r") + lead[0]
    return last.end, last.end, f",{gap}{_dumped(key)}{colon}{_dumped(new)}"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _applied(document: Document, changes: Sequence[Change]) -> bytes:
    """The text with the changes made. Offsets are of characters; a byte order mark stays."""
    bom = b"\xef\xbb\xbf" if document.data.startswith(b"\xef\xbb\xbf") else b""
    text = document.data.removeprefix(bom).decode("utf-8")
    for begin, end, new in changes:
        text = text[:begin] + new + text[end:]
    return bom + text.encode("utf-8")


def _sound(before: Document, after: Document) -> bool:
    """Whether the same panels and queries are there."""
    return _shape(before) == _shape(after) and len(before.problems) == len(after.problems)


def _shape(document: Document) -> list[list[int]]:
    return [[len(panel.targets) for panel in dashboard.panels] for dashboard in document.dashboards]
