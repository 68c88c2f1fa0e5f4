"""One comment and one issue a subject, updated instead of repeated. A hidden line marks what is ours."""

from __future__ import annotations

from typing import Any

from ballast.release.github.api import GitHubApi


def marker(name: str) -> str:
    """The first line of what is ours."""
    return f"<!-- ballast:{name} -->"


def say(api: GitHubApi, pull: int, name: str, text: str) -> str:
    """Write the comment `name` of a pull request; where it is. One that somebody else signed with our mark is left alone."""
    body = f"{marker(name)}\n{text}"
    for one in api.pages(api.here(f"issues/{pull}/comments")):
        if one["body"].startswith(marker(name)) and one["user"]["type"] == "Bot":
            done = api.send("PATCH", api.here(f"issues/comments/{one['id']}"), {"body": body})
            return str(done["html_url"])
    return str(api.send("POST", api.here(f"issues/{pull}/comments"), {"body": body})["html_url"])


def report(api: GitHubApi, name: str, title: str, text: str) -> str:
    """Open the issue `name`, or update it where it is open."""
    body = {"title": title, "body": f"{marker(name)}\n{text}"}
    if (issue := _open(api, name)) is not None:
        return str(api.send("PATCH", api.here(f"issues/{issue['number']}"), body)["html_url"])
    return str(api.send("POST", api.here("issues"), body | {"labels": [name]})["html_url"])


def close(api: GitHubApi, name: str) -> str:
    """Close the issue `name` where one is open; empty when there is none."""
    if (issue := _open(api, name)) is None:
        return ""
    done = api.send("PATCH", api.here(f"issues/{issue['number']}"), {"state": "closed", "state_reason": "completed"})
    return str(done["html_url"])


def _open(api: GitHubApi, name: str) -> dict[str, Any] | None:
    for issue in api.pages(api.here(f"issues?state=open&labels={name}")):
        if "pull_request" not in issue and (issue["body"] or "").startswith(marker(name)):
            return dict(issue)
    return None
