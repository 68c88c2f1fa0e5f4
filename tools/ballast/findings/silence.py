"""Comments that silence a finding where it stands.

`# ballast: skip CHECK[, CHECK] [until YYYY-MM-DD] because REASON` above or in an item of a list (a rule) is about that
item, behind a line about that line's item; `skip-file` is about the file. pint's comments are read as well: `# pint disable
CHECK`, `# pint snooze TIME CHECK`, `file/disable`, `file/snooze`, and `ignore/line`, `ignore/next-line`, `ignore/begin`,
`ignore/end`, `ignore/file` (https://cloudflare.github.io/pint/ignoring.html).

A day that has passed does not bring our findings back, since no date may fail `ballast validate`: `ballast due` lists the
comment from then on. pint's snooze ends on its day, as pint has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from ballast.findings.model import Finding
from ballast.findings.report import Outcome
from ballast.findings.select import named

_OURS = re.compile(
    r"(?:^|\s)#\s*ballast:\s*(?P<what>skip(?:-file)?)\s+(?P<checks>[\w/*-]+(?:\s*,\s*[\w/*-]+)*)"
    r"(?:\s+until\s+(?P<until>\S+))?(?:\s+because\s+(?P<why>\S.*))?\s*$"
)
_PINT = re.compile(r"(?:^|\s)#\s*pint\s+(?P<what>(?:file/)?(?:disable|snooze)|ignore/[\w-]+)\b\s*(?P<rest>.*)$")
_ITEM = re.compile(r"^(\s*)-(?:\s|$)")
_MARKS = (b"ballast:", b"pint ")


@dataclass(frozen=True, slots=True)
class Silence:
    """Checks that are silent on lines `first` to `last` (inclusive); `at` is the comment's line, `until` its day."""

    checks: tuple[str, ...]
    first: int
    last: int
    at: int
    until: date | None = None
    why: str = ""
    wrong: str = ""
    """Why the comment itself does nothing; "" where it is sound."""
    foreign: bool = False

    def covers(self, finding: Finding, today: date) -> bool:
        """Whether a finding is silent."""
        return (
            not self.wrong
            and self.first <= finding.position.line <= self.last
            and (not self.foreign or self.until is None or today < self.until)
            and named(finding.check, self.checks)
        )


def silences(text: str) -> list[Silence]:
    """All such comments of a YAML file."""
    lines = text.split("\n")
    found: list[Silence] = []
    begun = 0
    for number, line in enumerate(lines, 1):
        if "#" not in line:
            continue
        if ours := _OURS.search(line):
            found.append(_ours(ours, lines, number))
        elif pint := _PINT.search(line):
            what, rest = pint["what"], pint["rest"].strip()
            if what == "ignore/begin":
                begun = number
            elif what == "ignore/end" and begun:
                found.append(Silence(("*",), begun, number, number, foreign=True))
                begun = 0
            else:
                found += _pint(what, rest, lines, number)
        elif re.search(r"(?:^|\s)#\s*ballast:", line):
            wrong = "not understood: write `# ballast: skip CHECK because REASON`"
            found.append(Silence((), number, number, number, wrong=wrong))
    return found


def _ours(match: re.Match[str], lines: list[str], number: int) -> Silence:
    first, last = (1, len(lines)) if match["what"] == "skip-file" else _item(lines, number)
    checks = tuple(part.strip() for part in match["checks"].split(","))
    until, wrong = _day(match["until"] or "")
    if not match["why"]:
        wrong = wrong or "says no reason: add `because …`"
    return Silence(checks, first, last, number, until, match["why"] or "", wrong)


def _pint(what: str, rest: str, lines: list[str], number: int) -> list[Silence]:
    whole = (1, len(lines))
    if what.startswith("ignore/"):
        places = {"ignore/file": whole, "ignore/line": (number, number), "ignore/next-line": (number + 1, number + 1)}
        place = places.get(what)
        return [Silence(("*",), *place, number, foreign=True)] if place else []
    until = None
    if what.endswith("snooze"):
        day, _, rest = rest.partition(" ")
        until, wrong = _day(day[:10])
        if wrong:
            return []
    check = rest.strip().partition("(")[0]
    place = whole if what.startswith("file/") else _item(lines, number)
    return [Silence((check,), *place, number, until, foreign=True)] if check else []


def _day(text: str) -> tuple[date | None, str]:
    if not text:
        return None, ""
    try:
        return date.fromisoformat(text), ""
    except ValueError:
        return None, f"{text!r} is no day: write it as 2027-01-31"


def _item(lines: list[str], number: int) -> tuple[int, int]:
    """First and last line of the list item that a comment is about."""
    at = number - 1
    if lines[at].lstrip().startswith("#"):  # it stands alone: the next line of the document says where it belongs
        while at < len(lines) and (not lines[at].strip() or lines[at].lstrip().startswith("#")):
            at += 1
        if at == len(lines):
            return number, number
    indent = _indent(lines[at])
    while at > 0 and not (_ITEM.match(lines[at]) and _indent(lines[at]) <= indent):
        at -= 1
        if lines[at].strip() and not lines[at].lstrip().startswith("#") and not _ITEM.match(lines[at]):
            indent = min(indent, _indent(lines[at]))
    if not _ITEM.match(lines[at]):
        return number, number
    start, indent = at, _indent(lines[at])
    while at + 1 < len(lines):
        line = lines[at + 1]
        if line.strip() and not line.lstrip().startswith("#") and _indent(line) <= indent:
            break
        at += 1
    return min(start + 1, number), at + 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def quiet(root: Path, outcomes: Iterable[Outcome], contents: dict[str, bytes] | None = None) -> None:
    """Take out of `outcomes` the findings that a comment silences; what could not run stays."""
    known: dict[str, list[Silence]] = {}
    today = datetime.now(UTC).date()
    for outcome in outcomes:
        kept = []
        for finding in outcome.findings:
            path = finding.position.path
            if path not in known:
                known[path] = _of(root, path, contents or {})
            if finding.unproven or finding.check == "lint/silence" or not any(s.covers(finding, today) for s in known[path]):
                kept.append(finding)
        outcome.findings = kept


def _of(root: Path, path: str, contents: dict[str, bytes]) -> list[Silence]:
    if not path.endswith((".yaml", ".yml", ".rules", ".tf")):
        return []
    try:
        data = contents[path] if path in contents else (root / path).read_bytes()
    except OSError:
        return []
    return silences(data.decode("utf-8", "replace")) if any(mark in data for mark in _MARKS) else []
