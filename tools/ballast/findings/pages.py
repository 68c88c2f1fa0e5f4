"""The page of a check: the docstring of its module, for a terminal, for docs/checks.md, and as its own test cases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from rich.console import Console
from rich.text import Text

from ballast.findings.registry import Check

_MARKED = re.compile(r"^    ([-+ ]) ?(.*)$")


@dataclass(frozen=True, slots=True)
class Example:
    """What a page's ± lines stand for: `wrong` has the minus lines, `right` the plus lines, both have the unmarked ones."""

    wrong: str
    right: str


def title(page: str) -> str:
    """The first sentence of a page."""
    return " ".join(page.partition("\n\n")[0].split())


def examples(page: str) -> list[Example]:
    """The ± blocks of a page: indented by four, each line led by `-`, `+` or a space; a block has at least one of each."""
    found = []
    for indented, lines in groupby(page.splitlines(), lambda line: line.startswith("    ") or not line.strip()):
        marked = [_MARKED.match(line) for line in lines if line.strip()]
        pairs = [(match[1], match[2]) for match in marked if match]
        if indented and {"-", "+"} <= {sign for sign, _ in pairs} and len(pairs) == len(marked):
            wrong, right = ("".join(f"{text}\n" for sign, text in pairs if sign != other) for other in "+-")
            found.append(Example(wrong, right))
    return found


def markdown(checks: list[Check]) -> str:
    """docs/checks.md: every page, in groups, with a table of contents."""
    pages = sorted((id_, page, check) for check in checks for id_, page in check.pages.items() if page)
    out = [
        "# Checks",
        "",
        "What `ballast validate` looks for. Written by `ballast generate` from the checks' own docstrings: edit those.",
        "`ballast explain CHECK` prints one page; `ballast validate --only CHECK` runs one check.",
        "",
        "A new check is one file in a `checks` package: a function under `@check(...)`. The docstring on top is its page,",
        "whose `-` and `+` lines are a failing and a passing case of it; `NAME.cases.yaml` beside it holds the others.",
        "",
        "| check | what it finds |",
        "|---|---|",
    ]
    out += [f"| [`{id_}`](#{anchor(id_)}) | {title(page).replace('|', chr(92) + '|')} |" for id_, page, _ in pages]
    for id_, page, check in pages:
        out += ["", f"## `{id_}`", "", f"{_severity(id_, check)}{_as_markdown(page)}"]
    return "\n".join(out) + "\n"


def _severity(id_: str, check: Check) -> str:
    """What a page begins with; what a check emits under other ids is as severe as each finding says."""
    return f"*{check.severity.value.capitalize()}.* " if id_ == check.id else ""


def show_page(id_: str, check: Check, console: Console) -> None:
    """Print a page; its text is already wrapped by whoever wrote it."""
    page = check.pages[id_]
    console.print(Text.assemble((id_, "bold"), f"  {check.severity.value}\n" if id_ == check.id else "\n"))
    for line in page.strip().splitlines():
        sign = line[4:5] if line.startswith("    ") else ""
        console.print(Text(line, {"-": "red", "+": "green"}.get(sign, "")), soft_wrap=True)


def show_list(pages: dict[str, str], console: Console) -> None:
    """Print a line a check: its id and the first sentence of its page."""
    width = max(map(len, pages), default=0)
    for id_, page in pages.items():
        console.print(Text.assemble((id_.ljust(width), "bold"), "  ", title(page)), no_wrap=True, overflow="ellipsis")


def _as_markdown(page: str) -> str:
    """The docstring with its indented blocks as fenced ones (± blocks as `diff`)."""
    out: list[str] = []
    fenced = False
    for line in page.strip().splitlines():
        if line.startswith("    ") and not fenced:
            out.append("```diff" if line[4:5] in "+-" else "```text")
            fenced = True
        elif fenced and line and not line.startswith("    "):
            last = len(out) - 1 if out[-1] == "" else len(out)
            out.insert(last, "```")
            fenced = False
        out.append(line[4:] if fenced and line else line)
    return "\n".join(out) + ("\n```" if fenced else "")


def anchor(heading: str) -> str:
    """GitHub's anchor of the heading: lower case, punctuation but hyphens dropped."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
