"""Rulesets and environments as data, compared with GitHub's and sent there.

`.github/rulesets/*.json` are bodies of the REST API's rulesets. `.github/environments/NAME.json` say who reviews an environment
(`team:SLUG`, `user:LOGIN`), for how many minutes it waits, and from which branches it deploys (all when empty).
What GitHub has besides is told and left as it is. Source: docs.github.com/rest/repos/rules, /rest/deployments/environments.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ballast.release.github.api import GitHubApi, Refused
from ballast.repo import CannotRun

RULESETS, ENVIRONMENTS = ".github/rulesets", ".github/environments"


class Environment(BaseModel):
    """The file of an environment. Minutes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    reviewers: list[Annotated[str, Field(pattern=r"^(team|user):[\w.-]+$")]] = []
    prevent_self_review: bool = False
    wait_timer: Annotated[int, Field(ge=0, le=43_200)] = 0
    branches: list[str] = []


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` differs, `how`; `ours` names the file, which is empty for what only GitHub has."""

    what: str
    how: str
    ours: str = ""


def read_rulesets(repo: Path) -> dict[str, dict[str, Any]]:
    """The rulesets by file. Raises CannotRun for one that is none."""
    found = {}
    for path in sorted((repo / RULESETS).glob("*.json")):
        name = path.relative_to(repo).as_posix()
        try:
            body = json.loads(path.read_text())
            if not {"name", "target", "enforcement", "conditions", "rules"} <= set(body):
                raise ValueError("a ruleset has name, target, enforcement, conditions and rules")
        except (OSError, ValueError, TypeError) as error:
            raise CannotRun(f"{name} is no ruleset: {error}") from None
        found[name] = body
    return found


def read_environments(repo: Path) -> dict[str, Environment]:
    """The environments by name. Raises CannotRun for a file that is none."""
    found = {}
    for path in sorted((repo / ENVIRONMENTS).glob("*.json")):
        try:
            found[path.stem] = Environment.model_validate_json(path.read_text())
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the file"
            raise CannotRun(f"{path.relative_to(repo)}: {place}: {first['msg']}") from None
    return found


def compare(repo: Path, api: GitHubApi) -> list[Difference]:
    """What GitHub has otherwise, lacks, or has besides."""
    found = []
    there = _there(api)
    for file, ours in read_rulesets(repo).items():
        theirs = there.pop(ours["name"], None)
        if theirs is None:
            found.append(Difference(f"ruleset {ours['name']}", "is not there", file))
        else:
            found += [Difference(f"ruleset {ours['name']}", how, file) for how in _unlike(ours, theirs)]
    found += [Difference(f"ruleset {name}", "is in no file: somebody made it by hand") for name in there]
    for name, environment in read_environments(repo).items():
        file = f"{ENVIRONMENTS}/{name}.json"
        found += [Difference(f"environment {name}", how, file) for how in _environment(api, name, environment)]
    return found


def send(repo: Path, api: GitHubApi) -> list[str]:
    """Make GitHub as the files say; what was changed."""
    done = []
    there = _there(api)
    for ours in read_rulesets(repo).values():
        theirs = there.get(ours["name"])
        if theirs is None:
            api.send("POST", api.here("rulesets"), ours)
            done.append(f"ruleset {ours['name']}: made")
        elif _unlike(ours, theirs):
            api.send("PUT", api.here(f"rulesets/{theirs['id']}"), ours)
            done.append(f"ruleset {ours['name']}: changed")
    for name, environment in read_environments(repo).items():
        if _environment(api, name, environment):
            _send_environment(api, name, environment)
            done.append(f"environment {name}: set")
    return done


def _there(api: GitHubApi) -> dict[str, dict[str, Any]]:
    """The repository's own rulesets in full, by name; an organisation's are others' affair."""
    listed = api.pages(api.here("rulesets?includes_parents=false"))
    return {one["name"]: api.get(api.here(f"rulesets/{one['id']}")) for one in listed}


def _unlike(ours: Any, theirs: Any, where: str = "") -> list[str]:
    """Where `theirs` lacks or differs from `ours`. GitHub adds defaults, so what only it says does not count, but in a list."""
    if isinstance(ours, dict):
        if not isinstance(theirs, dict):
            return [f"{where}: {_told(theirs)}, not {_told(ours)}"]
        found = []
        for key, value in ours.items():
            found += _unlike(value, theirs.get(key), f"{where}.{key}" if where else key)
        return found
    if isinstance(ours, list):
        left = list(theirs) if isinstance(theirs, list) else []
        found = []
        for value in ours:
            match = next((one for one in left if _same_kind(value, one)), None)
            if match is None:
                found.append(f"{where}: {_told(value)} is missing")
            else:
                left.remove(match)
                found += _unlike(value, match, f"{where}[{value['type']}]" if _typed(value) else where)
        return found + [f"{where}: {_told(one)} is there besides" for one in left]
    return [] if ours == theirs else [f"{where}: {_told(theirs)}, not {_told(ours)}"]


def _typed(value: Any) -> bool:
    return isinstance(value, dict) and "type" in value


def _same_kind(ours: Any, theirs: Any) -> bool:
    """Rules are the same by type, other entries by what they say."""
    if _typed(ours) and _typed(theirs):
        return bool(ours["type"] == theirs["type"])
    return not _unlike(ours, theirs)


def _told(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value["type"] if _typed(value) else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _environment(api: GitHubApi, name: str, ours: Environment) -> list[str]:
    try:
        theirs = api.get(api.here(f"environments/{name}"))
    except Refused as error:
        if error.status == 404:
            return ["is not there"]
        raise
    rules = {rule["type"]: rule for rule in theirs.get("protection_rules", [])}
    review = rules.get("required_reviewers", {})
    has = {
        "reviewers": sorted(_reviewer(one) for one in review.get("reviewers", [])),
        "prevent_self_review": bool(review.get("prevent_self_review")),
        "wait_timer": rules.get("wait_timer", {}).get("wait_timer", 0),
        "branches": sorted(_branches(api, name)) if theirs.get("deployment_branch_policy") else [],
    }
    wanted = {
        "reviewers": sorted(ours.reviewers),
        "prevent_self_review": ours.prevent_self_review,
        "wait_timer": ours.wait_timer,
        "branches": sorted(ours.branches),
    }
    return [f"{key}: {json.dumps(has[key])}, not {json.dumps(value)}" for key, value in wanted.items() if has[key] != value]


def _send_environment(api: GitHubApi, name: str, ours: Environment) -> None:
    body = {
        "wait_timer": ours.wait_timer,
        "prevent_self_review": ours.prevent_self_review,
        "reviewers": [_reviewer_id(api, one) for one in ours.reviewers],
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True} if ours.branches else None,
    }
    api.send("PUT", api.here(f"environments/{name}"), body)
    if not ours.branches:
        return
    path = api.here(f"environments/{name}/deployment-branch-policies")
    known = set(_branches(api, name))
    for branch in sorted(set(ours.branches) - known):
        api.send("POST", path, {"name": branch, "type": "branch"})
    if more := sorted(known - set(ours.branches)):
        raise CannotRun(f"environment {name} also deploys from {', '.join(more)}: remove that by hand, it was made by hand")


def _branches(api: GitHubApi, name: str) -> list[str]:
    answer = api.get(api.here(f"environments/{name}/deployment-branch-policies"))
    return [one["name"] for one in answer["branch_policies"]]


def _reviewer(one: dict[str, Any]) -> str:
    who = one["reviewer"]
    return f"team:{who['slug']}" if one["type"] == "Team" else f"user:{who['login']}"


def _reviewer_id(api: GitHubApi, name: str) -> dict[str, Any]:
    kind, _, who = name.partition(":")
    path = f"orgs/{api.owner}/teams/{who}" if kind == "team" else f"users/{who}"
    word: Literal["Team", "User"] = "Team" if kind == "team" else "User"
    return {"type": word, "id": api.get(path)["id"]}
