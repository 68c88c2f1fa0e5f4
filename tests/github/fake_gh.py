"""Stands for `gh api`: GitHub's REST API on a state in a file, for what Ballast asks. Run as the program `gh`.

Source: docs.github.com/rest (rules, environments, branch policies, issues, comments, teams),
cli.github.com/manual/gh_api. Errors are printed as gh does: the answer's body, `gh: … (HTTP status)`, exit code 1.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

EMPTY: dict[str, Any] = {"next": 1, "rulesets": {}, "environments": {}, "issues": {}, "comments": {}, "calls": []}
TEAMS = {"team-observability": 71, "team-payments": 72}
BOT = {"login": "github-actions[bot]", "type": "Bot"}


class Failed(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def answer(state: dict[str, Any], method: str, url: str, body: Any) -> Any:
    path = urlsplit(url).path
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    if match := re.fullmatch(r"orgs/acme/teams/([\w-]+)", path):
        if match[1] not in TEAMS:
            raise Failed(404, "Not Found")
        return {"id": TEAMS[match[1]], "slug": match[1]}
    if match := re.fullmatch(r"users/([\w-]+)", path):
        return {"id": 9, "login": match[1], "type": "User"}
    if not path.startswith("repos/acme/ballast/"):
        raise Failed(404, "Not Found")
    kind, _, rest = path.removeprefix("repos/acme/ballast/").partition("/")
    return {"rulesets": rulesets, "environments": environments, "issues": issues}[kind](state, method, rest, query, body)


def rulesets(state: dict[str, Any], method: str, rest: str, query: dict[str, str], body: Any) -> Any:
    known = state["rulesets"]
    if method == "GET" and not rest:
        return [{key: one[key] for key in ("id", "name", "target", "enforcement")} for one in known.values()]
    if method == "POST":
        if any(one["name"] == body["name"] for one in known.values()):
            raise Failed(422, "Name must be unique")
        rest = str(new(state))
    elif rest not in known:
        raise Failed(404, "Not Found")
    if body is not None:
        rules = [dict(rule) for rule in body["rules"]]
        for rule in rules:  # defaults that GitHub fills in
            if rule["type"] == "pull_request":
                rule["parameters"] = {"required_reviewers": [], **rule["parameters"]}
        known[rest] = {**body, "rules": rules, "id": int(rest), "source_type": "Repository", "source": "acme/ballast"}
    return known[rest]


def environments(state: dict[str, Any], method: str, rest: str, query: dict[str, str], body: Any) -> Any:
    name, _, policies = rest.partition("/")
    known = state["environments"]
    if method == "PUT":
        rules: list[dict[str, Any]] = []
        if body["wait_timer"]:
            rules.append({"id": new(state), "type": "wait_timer", "wait_timer": body["wait_timer"]})
        if body["reviewers"]:
            teams = {number: slug for slug, number in TEAMS.items()}
            told = [
                {"type": r["type"], "reviewer": {"slug": teams[r["id"]]} if r["type"] == "Team" else {"login": "ada"}}
                for r in body["reviewers"]
            ]
            rules.append({"type": "required_reviewers", "prevent_self_review": body["prevent_self_review"], "reviewers": told})
        kept = known.get(name, {}).get("branches", [])
        policy = body["deployment_branch_policy"]
        known[name] = {"name": name, "protection_rules": rules, "deployment_branch_policy": policy, "branches": kept}
    if name not in known:
        raise Failed(404, "Not Found")
    if policies:
        branches = known[name]["branches"]
        if method == "POST":
            branches.append({"id": new(state), "name": body["name"], "type": body["type"]})
            return branches[-1]
        return {"total_count": len(branches), "branch_policies": branches}
    return {key: value for key, value in known[name].items() if key != "branches"}


def issues(state: dict[str, Any], method: str, rest: str, query: dict[str, str], body: Any) -> Any:
    parts = rest.split("/")
    if len(parts) == 2 and parts[1] == "comments":
        if method == "POST":
            number = str(new(state))
            if len(body["body"]) > 65_536:
                raise Failed(422, "Body is too long (maximum is 65536 characters)")
            where = f"https://github.com/acme/ballast/pull/{parts[0]}#issuecomment-{number}"
            state["comments"][number] = {"id": int(number), "on": parts[0], "user": BOT, "html_url": where, **body}
            return state["comments"][number]
        return [one for one in state["comments"].values() if one["on"] == parts[0]]
    if parts[0] == "comments":
        state["comments"][parts[1]].update(body)
        return state["comments"][parts[1]]
    if not rest and method == "GET":
        found = list(state["issues"].values())
        return [one for one in found if one["state"] == query["state"] and query["labels"] in one["labels"]]
    if not rest:
        rest = str(new(state))
        state["issues"][rest] = {
            "number": int(rest),
            "state": "open",
            "html_url": f"https://github.com/acme/ballast/issues/{rest}",
        }
    state["issues"][rest].update(body)
    return state["issues"][rest]


def new(state: dict[str, Any]) -> int:
    state["next"] += 1
    return int(state["next"])


def main(words: list[str]) -> int:
    path = Path(os.environ["FAKE_GH"])
    state = json.loads(path.read_text()) if path.exists() else json.loads(json.dumps(EMPTY))
    if words[0] != "api" or not (os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")):
        print("To get started with GitHub CLI, please run:  gh auth login", file=sys.stderr)
        return 4
    method = words[words.index("--method") + 1]
    url = words[words.index("--method") + 2]
    body = json.loads(sys.stdin.read()) if "--input" in words else None
    state["calls"].append(f"{method} {url}")
    try:
        given = answer(state, method, url, body)
    except Failed as error:
        print(json.dumps({"message": str(error), "status": str(error.status)}))
        print(f"gh: {error} (HTTP {error.status})", file=sys.stderr)
        return 1
    finally:
        path.write_text(json.dumps(state))
    if "--slurp" in words:  # two entries a page, so that there are several
        given = [given[n : n + 2] for n in range(0, len(given), 2)] or [[]]
    print(json.dumps(given))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
