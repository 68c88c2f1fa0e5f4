"""A proof of an alert fails.

The files under `alerts/tests/` say, minute by minute, when each alert has to fire and when it must not. `promtool test rules`
evaluates the rules against them. Proofs of SLO alerts are generated; those of rules in `alerts/custom/` are written by hand.

Mend: if the rule is right, mend the expectation (for a generated proof: `ballast generate`); else mend the rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname, join, normpath

from ballast.alerts.tools import promtool
from ballast.findings import File, Finding, Tree, check
from ballast.repo.source import read
from ballast.slo.promtool import run_tests


def rules_of(file: File, tree: Tree) -> Iterator[str]:
    """The rule files that a test file loads."""
    documents, _ = read(file.path, file.data)
    for document in documents:
        names = document.data.get("rule_files") if isinstance(document.data, dict) else None
        for name in names if isinstance(names, list) else []:
            glob = normpath(join(dirname(file.path), str(name)))
            yield from (found.path for found in tree.match(glob))


@check("alerts/promtool-test", on=File, reads=("alerts/tests/**/*.{yaml,yml}",), needs=rules_of, tool=promtool)
def promtool_test(file: File) -> Iterator[Finding]:
    """One promtool a file: they run side by side, and are remembered file by file."""
    path = file.root / file.path
    for outcome in run_tests([path], jobs=1, timeout=900):
        line = next(
            (n for n, text in enumerate(file.lines, 1) if text.strip().strip("\"'").endswith(f"name: {outcome.test}")), 1
        )
        for failure in outcome.failures:
            said = " ".join(failure.replace(str(path), file.path).split())
            yield file.finding(f"the proof {outcome.test!r} fails: {said}" if outcome.test else said, line=line)
