"""Dockerfiles: instructions with their lines, stages, and what shell commands they run.

Format: https://docs.docker.com/reference/dockerfile (parser directives, comments, continuation lines, here-documents, JSON
form).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ballast.findings import File, Finding, Severity, per_file

READS = ("**/Dockerfile", "**/Containerfile", "**/*.Dockerfile", "**/Dockerfile.{prod,dev,test}")
KEYWORDS = {
    *("FROM", "RUN", "CMD", "LABEL", "MAINTAINER", "EXPOSE", "ENV", "ADD", "COPY", "ENTRYPOINT", "VOLUME", "USER", "WORKDIR"),
    *("ARG", "ONBUILD", "STOPSIGNAL", "HEALTHCHECK", "SHELL"),
}
_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*$")
_HEREDOC = re.compile(r"<<-?\s*([\"']?)(\w+)\1")
_FLAG = re.compile(r"--([\w-]+)(?:=(\S+))?\s+")
_FROM = re.compile(r"(?P<image>\S+)(?:\s+AS\s+(?P<name>\S+))?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: keyword in capitals, flags, the rest on one line, the bodies of its here-documents, its first line."""

    keyword: str
    flags: tuple[tuple[str, str], ...]
    rest: str
    line: int
    heredocs: tuple[str, ...] = ()

    @property
    def words(self) -> list[str] | None:
        """The list of a JSON form; None for the shell form."""
        try:
            words = json.loads(self.rest) if self.rest.startswith("[") else None
        except ValueError:
            return None
        return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else None

    @property
    def script(self) -> str:
        """What a shell would run: the line, or the here-documents."""
        words = self.words
        return "\n".join(self.heredocs) if self.heredocs else " ".join(words) if words is not None else self.rest

    @property
    def commands(self) -> list[str]:
        """The script's simple commands, roughly: cut at `&&`, `||`, `;`, `|` and line ends."""
        return [part.strip() for part in re.split(r"&&|\|\||[;|\n]", self.script) if part.strip()]


@dataclass(frozen=True, slots=True)
class Stage:
    """From one FROM to the next. `base` is the name of an earlier stage, or an image."""

    base: str
    name: str
    start: Instruction
    body: list[Instruction] = field(default_factory=list)

    def last(self, keyword: str) -> Instruction | None:
        """The last instruction of a kind: it is the one that counts."""
        found = [instruction for instruction in self.body if instruction.keyword == keyword]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A whole file. `arguments` stand before the first FROM."""

    source: File
    arguments: list[Instruction]
    stages: list[Stage]
    unknown: list[Instruction]

    @property
    def instructions(self) -> Iterator[Instruction]:
        """All of them, in order."""
        yield from self.arguments
        for stage in self.stages:
            yield stage.start
            yield from stage.body

    def inherited(self, stage: Stage, keyword: str) -> Instruction | None:
        """The last instruction of a kind in a stage, or in the stages that it is built on."""
        names = {other.name: other for other in self.stages if other.name}
        seen: set[str] = set()
        while True:
            if found := stage.last(keyword):
                return found
            if stage.base in seen or stage.base not in names:
                return None
            seen.add(stage.base)
            stage = names[stage.base]

    def finding(self, instruction: Instruction, message: str, mend: str = "", severity: Severity = Severity.ERROR) -> Finding:
        """A finding at an instruction."""
        width = len(self.source.lines[instruction.line - 1].rstrip())
        return self.source.finding(message, line=instruction.line, width=width, mend=mend, severity=severity)


@per_file(Dockerfile, reads=READS, example=lambda fragment: {"Dockerfile": fragment})
def read(file: File) -> Iterator[Dockerfile]:
    """One a file."""
    arguments: list[Instruction] = []
    stages: list[Stage] = []
    unknown: list[Instruction] = []
    for instruction in _instructions(file.text):
        if instruction.keyword not in KEYWORDS:
            unknown.append(instruction)
        elif instruction.keyword == "FROM":
            match = _FROM.match(instruction.rest)
            stages.append(Stage(match["image"] if match else "", (match["name"] or "") if match else "", instruction))
        elif stages:
            stages[-1].body.append(instruction)
        else:
            arguments.append(instruction)
    yield Dockerfile(file, arguments, stages, unknown)


def _instructions(text: str) -> Iterator[Instruction]:
    lines = text.splitlines()
    escape, at = "\\", 0
    while at < len(lines) and (directive := _DIRECTIVE.match(lines[at].strip())):
        if directive[1].lower() == "escape":
            escape = directive[2]
        at += 1
    while at < len(lines):
        first, whole = at, ""
        while at < len(lines):
            line = lines[at]
            at += 1
            if not line.strip() or line.lstrip().startswith("#"):
                if whole:
                    continue  # a comment, or an empty line, within an instruction
                break
            if line.rstrip().endswith(escape):
                whole += line.rstrip()[: -len(escape)] + " "
                continue
            whole += line
            break
        if whole.strip():
            bodies, at = _heredocs(whole, lines, at)
            yield _instruction(whole.strip(), first + 1, bodies)


def _heredocs(whole: str, lines: list[str], at: int) -> tuple[tuple[str, ...], int]:
    bodies = []
    if whole.lstrip().upper().startswith(("RUN", "COPY", "ADD")):
        for match in _HEREDOC.finditer(whole):
            body = []
            while at < len(lines) and lines[at].strip() != match[2]:
                body.append(lines[at])
                at += 1
            at += 1
            bodies.append("\n".join(body))
    return tuple(bodies), at


def _instruction(whole: str, line: int, bodies: tuple[str, ...]) -> Instruction:
    keyword, _, rest = whole.partition(" ")
    rest, flags = rest.strip(), []
    while match := _FLAG.match(rest):
        flags.append((match[1], match[2] or ""))
        rest = rest[match.end() :]
    return Instruction(keyword.upper(), tuple(flags), rest.strip(), line, bodies)
