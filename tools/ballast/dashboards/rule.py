"""Rules on dashboards: `check` registers a function that yields issues as a check of the registry that yields findings.

In between, a folder's `.lint` file has its say, and each issue that is left gets its position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from ballast import findings
from ballast.dashboards import example, exclusions
from ballast.dashboards.model import Dashboard, Issue
from ballast.dashboards.read import Document, parse
from ballast.findings import File, Finding, Severity, Tree, per_file

_SIGNS = (b'"panels"', b'"schemaVersion"', b'"templating"', b"dashboard.grafana.app/", b'"gridPos"')
READS = ("dashboards/**/*.{json,yaml,yml}",)
Rule = TypeVar("Rule", bound=Callable[..., Iterable[Issue]])
_rules: dict[str, tuple[Callable[..., Iterable[Issue]], bool]] = {}


def check(
    id: str,  # noqa: A002 - a check's id is called its id
    *,
    severity: Severity = Severity.WARNING,
    also: Sequence[str] = (),
) -> Callable[[Rule], Rule]:
    """Register a rule. With `also` (globs of other files) the function is given the tree of the repository too."""

    def register(rule: Rule) -> Rule:
        def run(dashboard: Dashboard) -> Iterator[Finding]:
            return told(id, severity, dashboard, rule(dashboard))

        def run_with_tree(dashboard: Dashboard, tree: Tree) -> Iterator[Finding]:
            return told(id, severity, dashboard, rule(dashboard, tree))

        _rules[id] = rule, bool(also)
        entry = wraps(rule)(run_with_tree if also else run)
        findings.check(id, on=Dashboard, severity=severity, also=also, needs=_exclusions, home=bool(also))(entry)
        return rule

    return register


def told(id_: str, severity: Severity, dashboard: Dashboard, issues: Iterable[Issue]) -> Iterator[Finding]:
    """Issues as findings, without those that are excluded."""
    for issue in issues:
        said = dashboard.exclusions.says(id_, dashboard.title, issue) if dashboard.exclusions else ""
        if said == "exclude":
            continue
        place = dashboard.position(issue.path, key=issue.key, offset=issue.offset)
        message = f"{issue.panel.name}: {issue.message}" if issue.panel else issue.message
        level = Severity.NOTE if said == "note" else max(severity, issue.severity, key=_RANK.__getitem__)
        yield Finding(id_, place, message, issue.mend, level, issue.width)


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def rules() -> dict[str, tuple[Callable[..., Iterable[Issue]], bool]]:
    """Every rule by id, and whether it wants a tree."""
    findings.checks()
    return dict(sorted(_rules.items()))


def _exclusions(file: File, _: Tree) -> list[str]:
    folder = file.path.rpartition("/")[0]
    return [f"{folder}/{exclusions.NAME}" if folder else exclusions.NAME]


_last: tuple[File, Document] | None = None


def document(source: File) -> Document:
    """A file of the repository, with what its folder excludes. The last one is kept: it is asked for by type after type."""
    global _last
    last = _last
    if last is not None and last[0] is source:
        return last[1]
    found = parse(source.path, source.data)
    allowed = exclusions.load((source.root / source.path).parent)
    for dashboard in found.dashboards:
        dashboard.exclusions = allowed
    _last = source, found
    return found


def holds(source: File) -> bool:
    """Whether a file of any name looks like one with dashboards; one that is broken does too."""
    data = source.data
    if source.path.endswith((".yaml", ".yml")):
        return b"GrafanaDashboard" in data or (b"ConfigMap" in data and b".json" in data and b'"panels"' in data)
    return source.path.endswith(".json") and any(key in data for key in _SIGNS)


@per_file(Document, reads=READS, example=example.repository, holds=holds)
def documents(source: File) -> list[Document]:
    """A file is one document."""
    return [document(source)]


@per_file(Dashboard, reads=READS, example=example.repository, holds=holds)
def dashboards(source: File) -> list[Dashboard]:
    """The dashboards of a file."""
    return document(source).dashboards


def lint_file(path: Path | str, *, only: Sequence[str] = (), skip: Sequence[str] = (), name: str = "") -> list[Finding]:
    """What the dashboard checks find in a file from anywhere, by place; `name` is what positions call it.

    `only` and `skip` choose checks as in `ballast validate`. Checks that need the repository's other files are left out.
    Raises CannotRun where the file cannot be read.
    """
    from ballast.dashboards.read import read

    found = read(path, name=name or str(path))
    return lint(found, exclusions.load(Path(path).parent), only, skip)


def lint(found: Document, allowed: exclusions.Exclusions, only: Sequence[str] = (), skip: Sequence[str] = ()) -> list[Finding]:
    """The same for a document that has been read."""
    chosen = _chosen(tuple(only), tuple(skip))
    out = [Finding.of(problem) for problem in found.problems if problem.check in chosen or not problem.check.startswith("dash")]
    for dashboard in found.dashboards:
        dashboard.exclusions = allowed
        for id_, (rule, with_tree) in rules().items():
            if id_ in chosen and not with_tree:
                out += told(id_, chosen[id_], dashboard, rule(dashboard))
    return sorted(out, key=lambda finding: finding.order)


_choices: dict[Any, dict[str, Severity]] = {}


def _chosen(only: tuple[str, ...], skip: tuple[str, ...]) -> dict[str, Severity]:
    """Severity of each chosen check by id, those it emits included."""
    if (only, skip) not in _choices:
        picked = findings.select(findings.checks(), only, skip)
        _choices[only, skip] = {id_: check.severity for check in picked for id_ in check.pages}
    return _choices[only, skip]
