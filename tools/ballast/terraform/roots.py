"""Plans, and on hermetic providers applies, the roots of a repository, in throw-away shadows."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

from ballast.repo import CannotRun, Position
from ballast.terraform.diagnostics import place_of, words_of
from ballast.terraform.own_root import providers_from_own_root
from ballast.terraform.policy.prepare import applied
from ballast.terraform.summary.kinds import document_unknown
from ballast.terraform.workspace import Workspace

_PLAN = "ballast.tfplan"
Apply = Literal["never", "documents", "always"]


@dataclass(slots=True)
class Planned:
    """A root's plan as JSON, empty when `problems` prevented it; `made` is what there is to judge, applied if need be."""

    root: str
    plan: dict[str, Any] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    problems: list[tuple[Position, str]] = field(default_factory=list)


def plan_roots(repo: Path, roots: Iterable[str], *, apply: Apply = "never") -> list[Planned]:
    """Plan each root (a path in `repo`) hermetically, as many at a time as there are cores.

    `apply`: `always`, `never`, or for `documents`: where only an apply tells what a policy document says.
    """
    with ThreadPoolExecutor(os.cpu_count() or 2, thread_name_prefix="root") as pool:
        return list(pool.map(lambda root: _plan(repo, root, apply), sorted(roots)))


def _plan(repo: Path, root: str, apply: Apply) -> Planned:
    planned = Planned(root)
    with (
        tempfile.TemporaryDirectory(prefix="ballast-root-") as into,
        Workspace(repo / root, into=Path(into), mode="hermetic", announce=False) as tf,
    ):
        try:
            _run(repo, planned, tf, apply)
        except CannotRun as error:  # of one root: the others can be judged all the same
            planned.problems.append((Position(f"{root}/versions.tf"), str(error)))
    return planned


def _run(repo: Path, planned: Planned, tf: Workspace, apply: Apply) -> None:
    root = planned.root
    tf.init()
    done = tf.run("plan", "-json", "-input=false", f"-out={_PLAN}", capture=True)
    if done.returncode:
        planned.problems += _diagnostics(repo, root, done.stdout) or [(Position(f"{root}/main.tf"), done.stderr.strip())]
        return
    planned.plan = tf.json("show", "-json", "-no-color", _PLAN)
    planned.problems += [(Position(f"{root}/main.tf"), sentence) for sentence in providers_from_own_root(planned.plan)]
    planned.made = planned.plan
    unknown = any(document_unknown(change) for change in planned.plan.get("resource_changes", []))
    if apply == "always" or (apply == "documents" and unknown):
        done = tf.run("apply", "-json", "-input=false", _PLAN, capture=True)
        planned.problems += _diagnostics(repo, root, done.stdout)
        planned.made = applied(planned.plan, tf.json("show", "-json", "-no-color"))


def _diagnostics(repo: Path, root: str, output: str) -> list[tuple[Position, str]]:
    """Errors among a core's messages, each at its file and line in the repository."""
    found = []
    for line in output.splitlines():
        message = orjson.loads(line) if line.startswith("{") else {}
        said = message.get("diagnostic") or {}
        if said.get("severity") == "error":
            found.append((place_of(repo, root, said), words_of(repo, said)))
    return found
