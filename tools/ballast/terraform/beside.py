"""A platform root and the roots beside it: what the proofs over a platform read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from ballast.repo import CannotRun
from ballast.terraform.platform import Platform, Resource, read_plan
from ballast.terraform.roots import plan_roots


@dataclass(frozen=True, slots=True)
class Roots:
    """The platform, with resources of the content root in it where there is one, and what the cluster root makes."""

    name: str
    platform: Platform
    cluster: tuple[Resource, ...] | None


def read_roots(repo: Path, root: Path, plan: Path | None = None, *, content: bool = False, cluster: bool = False) -> Roots:
    """Plan `root` hermetically, or read `plan` (terraform show -json); with `content` and `cluster` also the roots
    of these names beside it: the first planned, the second applied, so that what only an apply knows is there.

    Raises CannotRun when a root is not in `repo` or cannot be planned.
    """
    resolved = root.resolve()
    if not resolved.is_relative_to(repo):
        raise CannotRun(f"{root} is not in {repo}: name a root of this repository")
    name = resolved.relative_to(repo).as_posix()
    platform = read_plan(_given(plan) if plan is not None else _planned(repo, name), name)
    if content and (found := _beside(resolved, "content")):
        more = read_plan(_planned(repo, found.relative_to(repo).as_posix()), name)
        platform = replace(platform, resources=(*platform.resources, *more.resources))
    made = None
    if cluster and (found := _beside(resolved, "cluster")):
        made = read_plan(_planned(repo, found.relative_to(repo).as_posix(), apply=True), name).resources
    return Roots(name, platform, made)


def _beside(root: Path, name: str) -> Path | None:
    other = root.parent / name
    return other if other != root and any(other.glob("*.tf")) else None


def _given(path: Path) -> Mapping[str, Any]:
    try:
        data = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CannotRun(f"{path} is no plan as JSON: {error}") from None
    if not isinstance(data, dict):
        raise CannotRun(f"{path} is no plan as JSON: terraform show -json PLANFILE")
    return data


def _planned(repo: Path, name: str, *, apply: bool = False) -> Mapping[str, Any]:
    [planned] = plan_roots(repo, [name], apply="always" if apply else "never")
    found = planned.made if apply else planned.plan
    if not found:
        place, said = planned.problems[0]
        raise CannotRun(f"{name} cannot be {'applied' if apply else 'planned'}: {place}: {said}")
    return found
