"""A generated file is not what its sources make of it.

Rules, proofs, schemas and docs are made by `ballast generate` and committed, so that a review shows what will run. A file that
was edited by hand, or whose source has changed since, shows something else. A file that nothing makes any more still runs.

Mend: `ballast generate`, and commit what it wrote. To change a generated file, change its source.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings.model import Finding
from ballast.findings.registry import check, generators
from ballast.findings.tree import Tree
from ballast.findings.writing import compare, owned, stale_hint
from ballast.repo import Position, Repository, Severity

SAYS = {
    "new": "is missing: `{}` makes it",
    "changed": "differs from here on from what `{}` makes of its sources",
    "stale": "is stale: `{}` does not make it any more",
}


def inputs() -> tuple[str, ...]:
    """Globs of what generators write, and of what they read besides the repository's sources."""
    return (*owned(), *(glob for generator in generators() for glob in generator.reads))


@check("generated/current", on=Repository, reads=inputs)
def current(repository: Repository, tree: Tree) -> Iterator[Finding]:
    """Compare, unless the sources themselves have errors: then everything would differ."""
    if repository.broken:
        first = min(repository.broken)
        text = f"not compared: {first} has errors, mend them first"
        yield Finding("", Position(first), text, severity=Severity.NOTE)
        return
    for change in compare(repository, tree):
        mend = stale_hint(change) if change.kind == "stale" else "run `ballast generate` and commit what it writes"
        yield Finding("", Position(change.path, change.line), SAYS[change.kind].format(change.generator), mend)
