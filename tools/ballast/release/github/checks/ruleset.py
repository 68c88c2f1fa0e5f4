"""A ruleset does not protect what is published, or waits for a check that never comes.

Published history is never rewritten: a force push or a squash changes what others have built on, and what a plan was made from.
A required check that is no job of a workflow on pull requests is waited for until somebody switches the protection off.

Mend: the edit that the message names, then `ballast github apply`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ballast.findings import File, Finding, Tree, check
from ballast.release.github.rulesets import RULESETS
from ballast.release.github.workflow import WORKFLOWS, Workflow, get, read_workflow, scalar
from ballast.repo import CannotRun

_NEEDED = {"deletion": "may be deleted", "non_fast_forward": "may be rewritten by a force push"}


@check("github/ruleset", on=Tree, reads=(f"{RULESETS}/*.json", WORKFLOWS))
def ruleset(tree: Tree) -> Iterator[Finding]:
    """Each file alone; checks by the jobs of the workflows."""
    jobs = _jobs(tree)
    for file in tree.match(f"{RULESETS}/*.json"):
        try:
            body = json.loads(file.text)
            rules = {rule["type"]: rule.get("parameters", {}) for rule in body["rules"]}
            target, enforcement = body["target"], body["enforcement"]
        except (ValueError, KeyError, TypeError) as error:
            yield file.finding(f"this is no ruleset: {error!r}", mend="see docs.github.com/rest/repos/rules")
            continue
        if enforcement != "active":
            yield _at(file, "enforcement", f"the ruleset is {enforcement}: it protects nothing", 'write "active"')
        for kind, what in _NEEDED.items():
            if kind not in rules:
                yield _at(file, "rules", f"a {target} {what}", f'add {{"type": "{kind}"}}')
        if target == "branch":
            yield from _reviews(file, rules)
            for one in rules.get("required_status_checks", {}).get("required_status_checks", []):
                if one["context"] not in jobs:
                    mend = f"the jobs of workflows on pull_request are {', '.join(sorted(jobs)) or 'none'}"
                    yield _at(file, f'"{one["context"]}"', f"`{one['context']}` is required and never reported", mend)


def _reviews(file: File, rules: dict[str, Any]) -> Iterator[Finding]:
    review = rules.get("pull_request")
    if review is None:
        yield _at(file, "rules", "nobody reviews what is pushed", 'add {"type": "pull_request", …}')
        return
    if set(review.get("allowed_merge_methods", ["squash"])) & {"squash", "rebase"}:
        mend = 'write "allowed_merge_methods": ["merge"]'
        yield _at(file, "allowed_merge_methods", "a merge may squash or rebase what was reviewed", mend)
    if not review.get("require_code_owner_review"):
        yield _at(file, "pull_request", "no owner has to agree", 'write "require_code_owner_review": true')


def _jobs(tree: Tree) -> set[str]:
    """Names under which jobs of pull requests report."""
    found: set[str] = set()
    for file in tree.match(WORKFLOWS):
        try:
            workflow: Workflow = read_workflow(file)
        except CannotRun:
            continue
        if "pull_request" in workflow.events():
            found |= {scalar(get(job, "name")) or name for name, job in workflow.jobs() if get(job, "uses") is None}
    return found


def _at(file: File, text: str, message: str, mend: str) -> Finding:
    line = next((n for n, words in enumerate(file.lines, 1) if text in words), 1)
    return file.finding(message, line=line, mend=mend)
