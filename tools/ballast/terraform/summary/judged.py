"""Puts what the policies find into a summary."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ballast.repo import CannotRun
from ballast.terraform.policy import FILE, judge, read
from ballast.terraform.summary.model import Policy, Summary


def with_policies(summary: Summary, plan: Mapping[str, Any], repo: Path) -> Summary:
    """Judge the plan as it is; the repository's exceptions hold. Where that cannot be done, the summary says why."""
    file = repo / FILE
    exemptions, _ = read(file.read_text()) if file.is_file() else ([], [])
    try:
        violations = judge(repo, {summary.root or "plan": plan})
    except CannotRun as error:
        summary.unproven = str(error)
        return summary
    summary.policies = [
        Policy(v.policy, v.address, v.message, v.crashed)
        for v in violations
        if not any(e.covers(v.policy, v.address) for e in exemptions)
    ]
    return summary
