"""A runbook page: front matter that links it to its alerts, and sections for the person who was paged.

---
alerts: [CheckoutAvailabilityErrorBudgetBurn]
service: checkout
owner: team-payments
severity: [page, ticket]
status: active
---

A step is an item of a numbered list: what to do, one fenced block whose first word is its kind, and a line that says what to
expect of it. `ballast.runbooks.expect` reads that line, `ballast.runbooks.rehearsal` does what the block says.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ballast.findings import File, Finding, per_file
from ballast.repo import AlertSeverity

SECTIONS = ("Meaning", "Impact", "Diagnosis", "Mitigation", "Escalation")
KINDS = ("promql", "logql", "traceql", "bash", "kubectl", "http", "manual")
READS = ("runbooks/*.md", "runbooks/procedures/*.md", "runbooks/archive/*.md")
NO_PAGES = ("README.md", "PLATFORM.md")
_HEADING = re.compile(r"^##\s+(.+?)\s*#*$")
_FENCE = re.compile(r"^\s*(```+|~~~+)\s*(\w*)")
_ITEM = re.compile(r"^ {0,2}(\d{1,4})[.)]\s+(.*)$")
_EXPECT = re.compile(r"^\s+Expect: *(.*)$")
_CODE = re.compile(r"`([^`]+)`")
_DESTRUCTIVE = re.compile(r"^\s+Destructive: *(.*)$")


class FrontMatter(BaseModel):
    """What stands between the `---` lines.

    Without `alerts` it is a procedure: done by plan. `example` are values of variables that only the person at the keyboard
    knows (a pod's name); a rehearsal takes these. `last_rehearsed` may repeat what the records under `rehearsals/` say.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    alerts: list[str] = Field(default_factory=list)
    service: str
    owner: str
    severity: list[AlertSeverity] = Field(default_factory=list)
    last_rehearsed: date | Literal["never"] | None = None
    status: Literal["active", "archived"]
    example: dict[Annotated[str, Field(pattern="^[A-Z][A-Z0-9_]*$")], str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """A second-level heading, the line of it, and the lines below it."""

    title: str
    line: int
    body: list[str]


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced code block: its language, the line of its first line, its text without the list's indentation."""

    language: str
    line: int
    text: str
    indent: int = 0
    closed: bool = True


@dataclass(slots=True)
class Step:
    """An item of a numbered list. `expect` and `destructive` are what stands behind those words, with their lines (0: none)."""

    section: str
    number: int
    line: int
    text: str = ""
    blocks: list[Block] = field(default_factory=list)
    expect: str = ""
    expect_line: int = 0
    destructive: str = ""
    destructive_line: int = 0

    @property
    def block(self) -> Block | None:
        """What is done: its only block. None where it has none, or several."""
        return self.blocks[0] if len(self.blocks) == 1 else None


@dataclass(frozen=True, slots=True)
class Runbook:
    """A page. `front` is None when the front matter has problems, which are `findings` then.

    `prose` are the lines of text (number, text) outside code and front matter.
    """

    source: File
    front: FrontMatter | None
    findings: list[Finding]
    sections: list[Section]
    blocks: list[Block]
    steps: list[Step]
    prose: list[tuple[int, str]]
    title: str

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.source.path.rpartition("/")[2].removesuffix(".md")

    @property
    def procedure(self) -> bool:
        """Whether it is done by plan, and not because of an alert."""
        return self.source.path.rpartition("/")[0].endswith("procedures")

    @property
    def archived(self) -> bool:
        """Whether it is kept for the record only."""
        return self.front is not None and self.front.status == "archived"

    @property
    def digest(self) -> str:
        """SHA-256 of what a rehearsal does: alerts, example values, each step's kind and text, what is compared, its danger."""
        front = (self.front.alerts, sorted(self.front.example.items())) if self.front else None
        steps = [
            (s.section, [(b.language, b.text) for b in s.blocks], _CODE.findall(s.expect), bool(s.destructive))
            for s in self.steps
        ]
        return hashlib.sha256(repr((front, steps)).encode()).hexdigest()

    def section(self, title: str) -> Section | None:
        """The section with this title."""
        return next((s for s in self.sections if s.title == title), None)

    def line_of(self, key: str) -> int:
        """The line of a key of the front matter; 1 without it."""
        return next((n for n, text in enumerate(self.source.lines, 1) if text.startswith(f"{key}:")), 1)


def read_runbook(source: File) -> Runbook:
    """Read a page; what is wrong with its front matter is a finding, not an exception."""
    front, findings, first = _front(source)
    page = Runbook(source, front, findings, [], [], [], [], _title(source, first))
    step: Step | None = None
    fence, inside, opened = "", list[str](), (0, "", 0)
    for number, line in enumerate(source.lines[first:], first + 1):
        heading = None if fence else _HEADING.match(line)
        if heading:
            page.sections.append(Section(heading[1], number, []))
            step = None
            continue
        if page.sections:
            page.sections[-1].body.append(line)
        if fence:
            if line.strip() == fence:
                _close(page, step, opened, inside, closed=True)
                fence = ""
            else:
                inside.append(line)
        elif mark := _FENCE.match(line):
            fence, inside, opened = mark[1], [], (number + 1, mark[2], len(line) - len(line.lstrip()))
            step = step if line.startswith(" ") else None
        else:
            step = _text(page, step, number, line)
    if fence:
        _close(page, step, opened, inside, closed=False)
    return page


def _close(page: Runbook, step: Step | None, opened: tuple[int, str, int], inside: list[str], *, closed: bool) -> None:
    line, language, indent = opened
    line = min(line, len(page.source.lines))  # a fence may be the last thing there is
    text = "\n".join(each[min(indent, len(each) - len(each.lstrip())) :] for each in inside)
    block = Block(language, line, text, indent, closed)
    page.blocks.append(block)
    if step:
        step.blocks.append(block)


def _text(page: Runbook, step: Step | None, number: int, line: str) -> Step | None:
    """A line outside code; returns the step that the next line belongs to."""
    page.prose.append((number, line))
    if item := _ITEM.match(line):
        step = Step(page.sections[-1].title if page.sections else "", int(item[1]), number, item[2])
        page.steps.append(step)
    elif line.strip() and not line.startswith(" "):
        step = None
    elif step and (expect := _EXPECT.match(line)):
        step.expect, step.expect_line = expect[1].strip(), number
    elif step and (destructive := _DESTRUCTIVE.match(line)):
        step.destructive, step.destructive_line = destructive[1].strip(), number
    elif step:
        step.text = f"{step.text} {line.strip()}".strip()
    return step


def _title(source: File, first: int) -> str:
    return next((line[2:].strip() for line in source.lines[first:] if line.startswith("# ")), "")


def _front(source: File) -> tuple[FrontMatter | None, list[Finding], int]:
    """The front matter, what is wrong with it, and the index of the first line after it."""
    lines = source.lines
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    if lines[0].rstrip() != "---" or not end:
        mend = "begin the page with `---`, the keys alerts, service, owner, severity and status, and `---`"
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
    except (yaml.YAMLError, ValueError) as error:  # a character that YAML does not allow, a date that is none
        text = f"the front matter is not YAML: {' '.join(str(error).split())}"
        return None, [source.finding(text, line=2)], end + 1


def _problem(source: File, end: int, error: dict[str, object]) -> Finding:
    where = error["loc"]
    key = str(where[0]) if isinstance(where, tuple) and where else ""
    line = next((n for n, text in enumerate(source.lines[:end], 1) if text.startswith(f"{key}:")), 1)
    said = {"missing": "is missing", "extra_forbidden": "is not a key of a runbook"}.get(str(error["type"]), str(error["msg"]))
    return source.finding(f"front matter: {f'`{key}` ' if key else ''}{said[0].lower()}{said[1:]}", line=line)


def _example(fragment: str) -> dict[str, str]:
    """A page around some of its lines: sections that the fragment does not have are filled, front matter likewise."""
    front = "alerts: [Example]\nservice: example\nowner: team\nseverity: [page]\nstatus: active\n"
    if fragment.startswith("---\n"):
        front, _, fragment = fragment.removeprefix("---\n").partition("---\n")
    own = fragment.partition("\n")[0].removeprefix("## ")
    body = "\n".join(fragment if title == own else f"## {title}\n\n{_FILLER.get(title, 'It is so.')}\n" for title in SECTIONS)
    body += "" if own in SECTIONS else f"\n{fragment}"
    title = "" if fragment.startswith("# ") else "# Example\n\n"
    return {
        "runbooks/Example.md": f"---\n{front}---\n\n{title}{body}",
        "alerts/services/example.yaml": "version: ballast/v1\nservice: example\nowner: team\ntier: 1\n",
    }


_STEP = "1. Look at it.\n\n   ```manual\n   Look at it.\n   ```\n\n   Expect: `seen`."
_FILLER = {"Diagnosis": _STEP, "Mitigation": _STEP}


def holds_runbook(source: File) -> bool:
    """Whether a file of any name is a runbook: front matter that names alerts, or a section that only runbooks have."""
    data = source.data
    return source.path.endswith(".md") and (
        (data.startswith(b"---\n") and b"\nalerts:" in data[:2000]) or b"\n## Mitigation" in data or b"\n## Diagnosis" in data
    )


@per_file(Runbook, reads=READS, example=_example, holds=holds_runbook)
def runbooks(source: File) -> list[Runbook]:
    """A page a file; the folder's README and the index of platform alerts are none."""
    return [] if source.path.rpartition("/")[2] in NO_PAGES else [read_runbook(source)]
