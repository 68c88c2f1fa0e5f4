from __future__ import annotations

from pathlib import Path

import pytest

from ballast.release.github import GitHubApi, Refused, api_of, close, report, say
from ballast.repo import CannotRun
from tests.github.conftest import Hub


def test_one_comment_a_subject_however_often_it_is_said(hub: Hub) -> None:
    api = GitHubApi("acme/ballast")
    first = say(api, 7, "plans", "one")
    assert say(api, 7, "other", "x") != first
    assert say(api, 7, "plans", "two") == first
    assert say(api, 8, "plans", "three") != first
    bodies = [c["body"] for c in hub.state["comments"].values()]
    assert bodies == ["<!-- ballast:plans -->\ntwo", "<!-- ballast:other -->\nx", "<!-- ballast:plans -->\nthree"]


def test_a_person_who_writes_our_mark_keeps_what_they_wrote(hub: Hub) -> None:
    person = {"id": 5, "on": "7", "user": {"login": "eve", "type": "User"}, "body": "<!-- ballast:plans -->\nno changes"}
    hub.change(comments={"5": person})
    say(GitHubApi("acme/ballast"), 7, "plans", "true")
    assert hub.state["comments"]["5"]["body"].endswith("no changes")
    assert len(hub.state["comments"]) == 2


def test_one_issue_a_subject_opened_updated_closed_and_opened_again(hub: Hub) -> None:
    api = GitHubApi("acme/ballast")
    assert close(api, "due") == ""
    first = report(api, "due", "Due", "one")
    assert report(api, "due", "Due today", "two") == first
    assert report(api, "drift", "Drift", "x") != first
    assert close(api, "due") == first
    assert report(api, "due", "Due", "three") != first
    found = [(i["title"], i["state"], i["labels"]) for i in hub.state["issues"].values()]
    assert found == [("Due today", "closed", ["due"]), ("Drift", "open", ["drift"]), ("Due", "open", ["due"])]


def test_what_github_refuses_is_said_with_its_status(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="HTTP 404") as caught:
        GitHubApi("acme/other").get("repos/acme/other/environments/x")
    assert caught.value.status == 404
    with pytest.raises(Refused, match="too long"):
        say(GitHubApi("acme/ballast"), 7, "plans", "x" * 70_000)
    monkeypatch.delenv("GITHUB_TOKEN")
    with pytest.raises(CannotRun, match="gh auth login"):
        GitHubApi("acme/ballast").get("users/ada")


def test_without_gh_one_sentence_says_so(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotRun, match="gh is not installed"):
        GitHubApi("acme/ballast").get("users/ada")


def test_which_repository(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotRun, match="--repository"):
        api_of(tmp_path)
    (tmp_path / "terraform").mkdir()
    (tmp_path / "terraform/delivery.yaml").write_text("github: {repository: acme/ballast}\n")
    assert api_of(tmp_path).repository == "acme/ballast"
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/fork")
    assert api_of(tmp_path).repository == "acme/fork"
    assert api_of(tmp_path, "acme/named").repository == "acme/named"
