"""What the workflows say about plans: the comment of a pull request, and the issue about drift."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ballast.repo import CannotRun

LIMIT = 65_536
"""Characters of a comment or issue, the most that GitHub takes."""


@dataclass(slots=True)
class Planned:
    """One root's plan as the job left it: `counts` by action, `text` for people. `missing` says why there is none."""

    root: str
    slug: str
    mode: str
    counts: dict[str, int] = field(default_factory=dict)
    drifted: list[str] = field(default_factory=list)
    text: str = ""
    missing: str = ""

    @property
    def says(self) -> str:
        """One cell of a table."""
        return self.missing or ", ".join(f"{number} {action}" for action, number in self.counts.items()) or "no changes"


def read_plans(roots: str, folder: Path) -> list[Planned]:
    """The plans of the roots (JSON, as `ballast github roots` prints it), from `folder/plan-SLUG/summary.{json,md}`."""
    try:
        wanted = json.loads(roots)
        found = [Planned(one["root"], one["slug"], one["mode"]) for one in wanted]
    except (ValueError, KeyError, TypeError):
        raise CannotRun("the roots are not what `ballast github roots` prints") from None
    for plan in found:
        here = folder / f"plan-{plan.slug}"
        try:
            read: dict[str, Any] = json.loads((here / "summary.json").read_text())
            plan.counts, plan.drifted = dict(read["counts"]), list(read["drifted"])
            plan.text = (here / "summary.md").read_text()
        except (OSError, ValueError, KeyError, TypeError):
            plan.missing = "**could not be planned**"
    return found


def comment(plans: list[Planned], result: str) -> tuple[str, list[str]]:
    """The comment, and why the check fails; nothing when every root has a plan and its job succeeded.

    `result` is that of the jobs that planned (success, failure, cancelled, skipped).
    """
    why = [f"{plan.root} could not be planned" for plan in plans if plan.missing]
    if plans and result != "success" and not why:
        why = [f"the jobs that planned ended with `{result}`: a policy, a refusal or a budget"]
    head = ["## Terraform plans", ""]
    if not plans:
        return "\n".join([*head, "This change reaches no root.", "", _footer()]), why
    head += [f"**Not to be merged: {reason}.**" for reason in why]
    head += ["", "| root | plan | |", "|---|---|---|"]
    head += [f"| `{plan.root.removeprefix('terraform/environments/')}` | {plan.says} | {plan.mode} |" for plan in plans]
    text = "\n".join([*head, ""])
    foot = _footer()
    left = len(plans)
    for plan in plans:
        room = (LIMIT - len(text) - len(foot) - 200) // left
        left -= 1
        if plan.text:
            text += "\n" + _fitted(plan, room)
    return f"{text}\n{foot}", why


def drift(plans: list[Planned]) -> tuple[str, bool]:
    """The issue's text, and whether it is to be open: something differs, or nobody can tell."""
    lines = ["| root | difference | changed outside Terraform |", "|---|---|---|"]
    differs = False
    for plan in plans:
        if plan.mode != "real" and not plan.missing:
            plan.missing = "unknown: planned on hermetic providers"
        if plan.counts or plan.drifted or plan.missing:
            differs = True
            outside = ", ".join(f"`{address}`" for address in plan.drifted[:5]) + (" …" if len(plan.drifted) > 5 else "")
            lines.append(f"| `{plan.root.removeprefix('terraform/environments/')}` | {plan.says} | {outside} |")
    if not differs:
        return f"Nothing differs. Roots planned: {len(plans)}.\n", False
    same = len(plans) - len(lines) + 2
    told = "Either the code is right (apply it), or what was changed by hand is (write it down)."
    lines += ["", f"Roots without a difference: {same}.", "", told, "", _footer()]
    return "\n".join(lines)[:LIMIT] + "\n", True


def _fitted(plan: Planned, room: int) -> str:
    """The text, or its beginning up to a block that does not fit."""
    if len(plan.text) <= room:
        return plan.text
    note = f"\n\n*Cut: the rest is in the run's artifact `plan-{plan.slug}`.*\n"
    end = plan.text.rfind("\n<details", 0, max(room - len(note), 0))
    return plan.text[: max(end, 0)] + note


def _footer() -> str:
    """Where it comes from; in a workflow."""
    server, repository, run, commit = (
        os.environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_SHA")
    )
    return f"<sub>[run {run}]({server}/{repository}/actions/runs/{run}), commit {commit[:12]}</sub>" if run else ""
