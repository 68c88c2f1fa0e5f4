"""Runbooks broken in many ways: never a traceback, and what is found has a path and a position in the file."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ballast.findings import Files, Tree
from ballast.runbooks.checks import archived, destructive, front_matter, language, placeholder, promql, sections, shell, steps
from ballast.runbooks.page import runbooks

PIECES = (
    "---",
    "```",
    "```promql",
    "~~~",
    "   Expect: `",
    "Destructive:",
    "## Diagnosis",
    "1. ",
    "99999. x",
    "alerts: [",
    "\x00",
    "é\u2028",
    "\t- a",
    ": : :",
    "last_rehearsed: 2026-02-31",
    "example: {A: 1}",
    "{{{",
    "up{",
    '"""',
    "|||",
    "<!--",
)


def mutate(text: str, random_: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(random_.randint(1, 4)):
        at = random_.randrange(len(lines))
        match random_.randrange(7):
            case 0:
                del lines[at : at + random_.randint(1, 8)]
            case 1:
                lines.insert(at, random_.choice(PIECES))
            case 2:
                lines[at] = lines[at][: random_.randint(0, len(lines[at]))] + random_.choice(PIECES)
            case 3:
                other = random_.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 4:
                lines[at] = " " * random_.randint(0, 9) + lines[at].lstrip()
            case 5:
                lines = lines[: at + 1]
            case 6:
                lines[at] = "".join(chr(random_.randrange(1, 0x2FF)) if random_.random() < 0.2 else c for c in lines[at])
        lines = lines or [""]
    return "\n".join(lines)


def test_mutants(root: Path, tmp_path: Path) -> None:
    look_at(400, 20261124, root, tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_thousands_of_mutants(root: Path, tmp_path: Path) -> None:
    found = look_at(2_500, 1, root, tmp_path)
    print(f"2,500 mutated runbooks: {found:,} findings, each with its place; no exception")


def look_at(mutants: int, seed: int, root: Path, tmp_path: Path) -> int:
    """How many findings there were; each has its place."""
    random_ = random.Random(seed)
    originals = [file.text for file in Tree.read(root).match("runbooks/*.md", "runbooks/procedures/*.md")]
    folder = tmp_path / "runbooks"
    folder.mkdir()
    for number in range(mutants):
        data = mutate(random_.choice(originals), random_).encode("utf-8", "surrogatepass")
        if number % 50 == 0:
            data = data[: random_.randrange(len(data) + 1)] + b"\xff\xfe\x80"
        (folder / f"M{number}.md").write_bytes(data)
    tree = Tree.read(tmp_path)
    files = tree.match("runbooks/*.md")
    assert len(files) == mutants
    by_path, with_findings = {file.path: file for file in files}, set()
    alone = (
        archived.archived,
        destructive.destructive,
        language.language,
        placeholder.placeholder,
        sections.sections,
        steps.steps,
    )
    found = list(shell.shell(Files(files[::20])))
    for file in files:
        for page in runbooks(file):
            for check in alone:
                found += check(page)
            for with_tree in (front_matter.front_matter, promql.queries):
                found += with_tree(page, tree)
    for finding in found:
        file = by_path[finding.position.path]
        assert 1 <= finding.position.line <= len(file.lines), finding
        assert finding.position.column >= 1
        assert finding.message
        with_findings.add(file.path)
    assert len(with_findings) == mutants  # there are no services in that folder, so each page has at least one
    return len(found)
