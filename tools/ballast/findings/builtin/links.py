"""A link in a Markdown file points at nothing in this repository.

A runbook that names a page which has moved costs its reader minutes at 03:00. Links to other hosts are not followed.

Mend: point at the file (relative to this one) or heading that exists.

    - See [the list](no-such-page.md).
    + See [the list](example.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import NamedTuple
from urllib.parse import unquote

from ballast.findings.model import Finding
from ballast.findings.pages import anchor
from ballast.findings.registry import check
from ballast.findings.tree import File, Tree

LINK = re.compile(r"\]\(\s*<?(?P<target>[^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\s*\[[^]]+\]:\s+(?P<named>\S+)", re.MULTILINE)
CODE = re.compile(r"^( *)(```+|~~~+).*?^\1\2|`[^`\n]+`", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)


class Link(NamedTuple):
    """A relative link: the path in the repository that it means ("" outside), and the heading, if any."""

    start: int
    target: str
    path: str
    heading: str


def links(file: File) -> Iterator[Link]:
    """Relative links of a Markdown file, code left out."""
    text = CODE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), file.text)
    for match in LINK.finditer(text):
        group = "target" if match["target"] else "named"
        target = match[group]
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE):
            continue
        path, _, heading = target.partition("#")
        path = path.partition("?")[0]
        base = "" if path.startswith("/") else dirname(file.path)
        full = normpath(join(base, unquote(path).lstrip("/"))) if path else file.path
        yield Link(match.start(group), target, full, heading)


def targets(file: File, tree: Tree) -> Iterator[str]:
    """What the links of a file mean; for a folder all that is in it."""
    for link in links(file):
        yield link.path
        if link.path not in tree:
            yield from (f.path for f in tree.match(f"{link.path}/**"))


@check("docs/links", on=File, reads=("**/*.md",), needs=targets)
def dead_links(file: File, tree: Tree) -> Iterator[Finding]:
    """Compare each link with the files there are."""
    for link in links(file):
        if link.path not in tree:
            wrong = "" if tree.match(f"{link.path}/**") else f"no such file: {link.path}"
        elif link.heading and link.path.endswith(".md") and link.heading not in headings(tree[link.path]):
            wrong = f"{link.path} has no heading #{link.heading}"
        else:
            continue
        if wrong:
            before = file.text[: link.start]
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            yield file.finding(wrong, line=line, column=column, width=len(link.target))


def headings(file: File) -> set[str]:
    """Anchors of the headings of a file; a second one of the same name has `-1` after it."""
    seen: dict[str, int] = {}
    for heading in HEADING.findall(CODE.sub(lambda m: m[0] if m[0].startswith("`") and m[0][1] != "`" else "", file.text)):
        name = anchor(re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading))
        seen[name] = seen.get(name, -1) + 1
    return {f"{name}-{n}" if n else name for name, count in seen.items() for n in range(count + 1)}
