"""A runbook page: front matter that links it to its alerts, and four sections for the person who was paged.

---
alerts: [CheckoutAvailabilityErrorBudgetBurn]
service: checkout
owner: team-payments
severity: [page, ticket]
last_rehearsed: never
status: active
---
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ballast.findings import File, Finding, per_file
from ballast.repo import AlertSeverity

SECTIONS = ("Meaning", "Impact", "Diagnosis", "Mitigation")
READS = ("runbooks/*.md",)
_HEADING = re.compile(r"^##\s+(.+?)\s*#*$")
_FENCE = re.compile(r"^\s*(```+|~~~+)\s*(\w*)")


class FrontMatter(BaseModel):
    """What stands between the `---` lines. `last_rehearsed` is a date, or `never`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    alerts: Annotated[list[str], Field(min_length=1)]
    service: str
    owner: str
    severity: Annotated[list[AlertSeverity], Field(min_length=1)]
    last_rehearsed: date | Literal["never"]
    status: Literal["active", "archived"]


@dataclass(frozen=True, slots=True)
class Section:
    """A second-level heading, the line of it, and the lines below it."""

    title: str
    line: int
    body: list[str]


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced code block: its language, the line of its first line, and its text."""

    language: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Runbook:
    """A page. `front` is None when the front matter has problems, which are `findings` then."""

    source: File
    front: FrontMatter | None
    findings: list[Finding]
    sections: list[Section]
    blocks: list[Block]

    def section(self, title: str) -> Section | None:
        """The section with this title."""
        return next((s for s in self.sections if s.title == title), None)


def read_runbook(source: File) -> Runbook:
    """Read a page; what is wrong with its front matter is a finding, not an exception."""
    front, findings, first = _front(source)
    sections: list[Section] = []
    blocks: list[Block] = []
    fence, inside, start, language = "", list[str](), 0, ""
    for number, line in enumerate(source.lines[first:], first + 1):
        mark = _FENCE.match(line)
        if fence and line.strip() == fence:
            blocks.append(Block(language, start, "\n".join(inside)))
            fence = ""
        elif fence:
            inside.append(line)
        elif mark:
            fence, language, inside, start = mark[1], mark[2], [], number + 1
        elif heading := _HEADING.match(line):
            sections.append(Section(heading[1], number, []))
            continue
        if sections:
            sections[-1].body.append(line)
    return Runbook(source, front, findings, sections, blocks)


def _front(source: File) -> tuple[FrontMatter | None, list[Finding], int]:
    """The front matter, what is wrong with it, and the index of the first line after it."""
    lines = source.lines
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    if lines[0].rstrip() != "---" or not end:
        mend = "begin the page with `---`, the keys alerts, service, owner, severity, last_rehearsed and status, and `---`"
        return None, [source.finding("the page has no front matter: nothing says which alert it belongs to", mend=mend)], 0
    try:
        data = yaml.safe_load("\n".join(lines[1:end]))
        return FrontMatter.model_validate(data), [], end + 1
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 2, mark.column + 1) if mark else (2, 1)
        text = f"the front matter is not YAML: {error.problem}"
        return None, [source.finding(text, line=place[0], column=place[1])], end + 1
    except ValidationError as error:
        return None, [_problem(source, end, dict(e)) for e in error.errors()], end + 1


def _problem(source: File, end: int, error: dict[str, object]) -> Finding:
    where = error["loc"]
    key = str(where[0]) if isinstance(where, tuple) and where else ""
    line = next((n for n, text in enumerate(source.lines[:end], 1) if text.startswith(f"{key}:")), 1)
    said = {"missing": "is missing", "extra_forbidden": "is not a key of a runbook"}.get(str(error["type"]), str(error["msg"]))
    return source.finding(f"front matter: {f'`{key}` ' if key else ''}{said[0].lower()}{said[1:]}", line=line)


def _example(fragment: str) -> dict[str, str]:
    """A page around some of its lines: sections that the fragment does not have are filled, front matter likewise."""
    front = "alerts: [Example]\nservice: example\nowner: team\nseverity: [page]\nlast_rehearsed: never\nstatus: active\n"
    if fragment.startswith("---\n"):
        front, _, fragment = fragment.removeprefix("---\n").partition("---\n")
    own = fragment.partition("\n")[0].removeprefix("## ")
    body = "\n".join(fragment if title == own else f"## {title}\n\n1. Look at it.\n" for title in SECTIONS)
    body += "" if own in SECTIONS else f"\n{fragment}"
    return {
        "runbooks/Example.md": f"---\n{front}---\n\n# Example\n\n{body}",
        "alerts/services/example.yaml": "version: ballast/v1\nservice: example\nowner: team\ntier: 1\n",
    }


@per_file(Runbook, reads=READS, example=_example)
def runbooks(source: File) -> list[Runbook]:
    """A page a file; the folder's README is none."""
    return [] if source.path.endswith("README.md") else [read_runbook(source)]
