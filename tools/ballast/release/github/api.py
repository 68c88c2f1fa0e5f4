"""GitHub's REST API through `gh`, which holds the sign-in. Source: docs.github.com/rest, cli.github.com/manual/gh_api."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from ballast.release.settings import read_delivery
from ballast.repo import CannotRun, gh

_STATUS = re.compile(r"\(HTTP (\d{3})\)")


class Refused(CannotRun):
    """GitHub answered with an error; `status` is its HTTP status."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class GitHubApi:
    """Calls about one repository (`owner/name`)."""

    def __init__(self, repository: str) -> None:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
            raise CannotRun(f"{repository or 'nothing'} is no repository: --repository OWNER/NAME")
        self.repository = repository

    @property
    def owner(self) -> str:
        """The organisation or person."""
        return self.repository.partition("/")[0]

    def get(self, path: str) -> Any:
        """What is there. Raises Refused."""
        return self._call("GET", path)

    def pages(self, path: str) -> list[Any]:
        """All pages of a list."""
        joiner = "&" if "?" in path else "?"
        return [entry for page in self._call("GET", f"{path}{joiner}per_page=100", pages=True) for entry in page]

    def send(self, method: str, path: str, body: Any) -> Any:
        """POST, PUT or PATCH a JSON body; the answer."""
        return self._call(method, path, body)

    def here(self, path: str) -> str:
        """A path below the repository."""
        return f"repos/{self.repository}/{path}"

    def _call(self, method: str, path: str, body: Any = None, *, pages: bool = False) -> Any:
        words = ["api", "--method", method, path, "-H", "X-GitHub-Api-Version: 2022-11-28"]
        words += ["--paginate", "--slurp"] if pages else []
        words += ["--input", "-"] if body is not None else []
        given = json.dumps(body) if body is not None else None
        done = gh(*words, what=f"{method} {path}", given=given)
        if done.returncode:
            match = _STATUS.search(done.stderr)
            said = done.stderr.strip().splitlines()[-1:] or ["no answer"]
            raise Refused(f"{method} {path}: {said[0]}", int(match[1]) if match else 0)
        return json.loads(done.stdout) if done.stdout.strip() else None


def api_of(repo: Path, repository: str = "") -> GitHubApi:
    """For the repository that is named, that a workflow runs in, or that terraform/delivery.yaml names."""
    settings = read_delivery(repo).github
    return GitHubApi(repository or os.environ.get("GITHUB_REPOSITORY", "") or (settings.repository if settings else ""))
