"""What the reader of `alerts/` finds wrong in services, SLOs, settings and routing.

Everything else is made from these files, so each of their problems is reported in one pass, at its line. The findings carry
ids of their own (`slo/objective`, `yaml/syntax`), each with its page; this id stands for all of them.

Mend: what the finding says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ballast.findings.model import Finding
from ballast.findings.registry import check, whole
from ballast.findings.tree import Tree
from ballast.repo import Repository, check_pages, load

READS = (
    "alerts/{services,slos,exclusions}/**/*.{yaml,yml}",
    "alerts/{settings,routing,oncall,budget-policy,platform-alerts}.yaml",
)


@whole(Repository, reads=READS, example=lambda fragment: {"alerts/slos/example.yaml": fragment})
def repository(tree: Tree) -> Iterable[Repository]:
    """The repository that the tree is of."""
    return [load(tree.root)] if (tree.root / "alerts").is_dir() else []


@check("repo/source", on=Repository, emits=check_pages())
def source(repository: Repository) -> Iterator[Finding]:
    """Everything that the reader says."""
    yield from (Finding.of(problem) for problem in repository.problems)
