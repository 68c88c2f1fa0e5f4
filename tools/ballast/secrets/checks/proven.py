"""The threat model names a proof that is not there.

`docs/security.md` says of each threat what stops it and which test proves it. A test that was renamed or taken out leaves a
claim that nobody checks.

Mend: name the test that proves it now (`tests/…/test_x.py::test_y`, or a `.tftest.hcl` file), or write `unproven:` and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings import File, Finding, Tree, check

PAGE = "docs/security.md"
_TEST = re.compile(r"`((?:tests|terraform)/[\w./-]+\.(?:py|hcl))(?:::(\w+))?`")
_HEAD = re.compile(r"^\|.*\|\s*proof\s*\|\s*$", re.IGNORECASE)


@check("security/proven", on=Tree, reads=(PAGE, "tests/**/*.py", "terraform/**/*.tftest.hcl"))
def proven(tree: Tree) -> Iterator[Finding]:
    """Each named test, and each line of a table whose last column is `proof`."""
    if PAGE not in tree:
        return
    page, table = tree[PAGE], False
    for number, line in enumerate(page.lines, 1):
        for match in _TEST.finditer(line):
            yield from _exists(tree, page, number, match)
        table = bool(_HEAD.match(line)) or (table and line.startswith("|"))
        if table and not _HEAD.match(line) and not set(line) <= set("|-: "):
            proof = line.rstrip().rstrip("|").rpartition("|")[2]
            if not _TEST.search(proof) and not re.search(r"unproven: \S", proof):
                yield page.finding("no test proves it", line=number, mend="name one, or write `unproven:` and why")


def _exists(tree: Tree, page: File, number: int, match: re.Match[str]) -> Iterator[Finding]:
    path, name = match[1], match[2]
    if path not in tree:
        yield page.finding(f"there is no {path}", line=number, column=match.start() + 1, width=len(match[0]))
    elif name and not re.search(rf"^\s*(?:async )?def {name}\(", tree[path].text, re.MULTILINE):
        yield page.finding(f"{path} has no {name}", line=number, column=match.start() + 1, width=len(match[0]))
