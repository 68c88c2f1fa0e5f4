"""Rulesets and environments of this repository, sent to a GitHub that knows none, and compared again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ballast.release.github import GitHubApi, compare, send
from ballast.repo import CannotRun
from tests.github.conftest import Hub

API = GitHubApi("acme/ballast")


@pytest.fixture
def repo(root: Path, tmp_path: Path) -> Path:
    for name in ("rulesets", "environments"):
        shutil.copytree(root / ".github" / name, tmp_path / "repo/.github" / name)
    return tmp_path / "repo"


def test_apply_makes_it_so_and_a_second_time_changes_nothing(hub: Hub, repo: Path) -> None:
    before = compare(repo, API)
    assert {(d.what, d.how) for d in before} >= {
        ("ruleset published branches", "is not there"),
        ("environment production", "is not there"),
    }
    assert len(send(repo, API)) == 6
    assert compare(repo, API) == []
    writes = len(hub.writes)
    assert send(repo, API) == []
    assert len(hub.writes) == writes


def test_what_somebody_changed_by_hand_is_told_and_changed_back(hub: Hub, repo: Path) -> None:
    send(repo, API)
    rulesets = hub.state["rulesets"]
    ours = next(one for one in rulesets.values() if one["target"] == "branch")
    ours["enforcement"] = "disabled"
    ours["bypass_actors"] = [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}]
    ours["rules"] = [rule for rule in ours["rules"] if rule["type"] != "non_fast_forward"]
    review = next(rule for rule in ours["rules"] if rule["type"] == "pull_request")
    review["parameters"]["allowed_merge_methods"] = ["merge", "squash"]
    environments = hub.state["environments"]
    environments["production"]["protection_rules"] = []
    environments["production"]["branches"] = []
    hub.change(rulesets=rulesets, environments=environments)
    found = [f"{d.what}: {d.how}" for d in compare(repo, API)]
    for said in (
        'published branches: enforcement: "disabled", not "active"',
        "bypass_actors: ",
        "rules: non_fast_forward is missing",
        'parameters.allowed_merge_methods: "squash" is there besides',
        'production: reviewers: [], not ["team:team-observability"]',
        "production: prevent_self_review: false, not true",
        'production: branches: [], not ["main"]',
    ):
        assert any(said in one for one in found), (said, found)
    assert send(repo, API) == ["ruleset published branches: changed", "environment production: set"]
    assert compare(repo, API) == []


def test_what_only_github_has_is_told_and_kept(hub: Hub, repo: Path) -> None:
    send(repo, API)
    mine = {"name": "mine", "target": "tag", "enforcement": "active", "conditions": {}, "rules": [], "id": 99}
    hub.change(rulesets=hub.state["rulesets"] | {"99": mine})
    assert [(d.what, d.ours) for d in compare(repo, API)] == [("ruleset mine", "")]
    assert send(repo, API) == []
    environments = hub.state["environments"]
    environments["production"]["branches"].append({"name": "wip", "type": "branch"})
    hub.change(environments=environments)
    with pytest.raises(CannotRun, match="also deploys from wip"):
        send(repo, API)


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("rulesets/a.json", "{", "a.json is no ruleset"),
        ("rulesets/a.json", '{"name": "a"}', "a ruleset has name"),
        ("environments/a.json", '{"reviewers": ["ada"]}', "a.json: reviewers.0"),
        ("environments/a.json", '{"reviewer": []}', "a.json: reviewer"),
    ],
)
def test_a_file_that_is_none_is_said_before_anything_is_sent(hub: Hub, repo: Path, path: str, text: str, why: str) -> None:
    (repo / ".github" / path).write_text(text)
    with pytest.raises(CannotRun, match=why):
        compare(repo, API)


def test_an_unknown_team_is_said(hub: Hub, repo: Path) -> None:
    file = repo / ".github/environments/staging.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"reviewers": ["team:nobody"]}))
    with pytest.raises(CannotRun, match="teams/nobody: gh: Not Found"):
        send(repo, API)
