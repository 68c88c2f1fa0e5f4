"""What a repository keeps on GitHub: secrets and variables by name, and deploy keys, asked through `gh api`.

A workflow proves who it is by OIDC (cloud roles, Vault), so nothing that lives long has to be kept there. GitHub never tells a
secret's value; its name and its age are enough to know that it is one. https://docs.github.com/en/rest/actions/secrets
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import quote

from ballast.findings import Finding
from ballast.repo import CannotRun, Position, gh
from ballast.secrets.allowed import FILE, Exceptions
from ballast.secrets.scan import WHAT, scan

Ask = Callable[[str], Any]
"""A path of GitHub's API to its answer. Raises CannotRun."""
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_CREDENTIAL = re.compile(r"(?i)(?:^|_)(?:secret|token|password|passwd|credentials?|key|pat|kubeconfig)(?:_|$)")
_PUBLIC = re.compile(r"(?i)public_?key|key_?(?:id|file|path|name)$|token_?(?:url|endpoint|audience)$")
MEND = (
    "sign in by OIDC instead and delete it there (docs/secrets.md); where that cannot be, add `github: NAME` to "
    f"{FILE} with a reason, an owner and a last day"
)


def ask_gh(path: str) -> Any:
    """Ask through GitHub's own program, which knows who you are."""
    done = gh("api", path, what=path, seconds=60)
    if done.returncode:
        raise CannotRun(f"gh api {path}: {(done.stderr or done.stdout).strip().splitlines()[-1:] or ['it said nothing']}")
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise CannotRun(f"gh api {path}: the answer is no JSON") from None


def github(repository: str, exceptions: Exceptions, today: date | None, ask: Ask = ask_gh) -> tuple[list[Finding], int]:
    """Findings, and how many names were looked at. What may not be read is a finding of its own: unproven, not fine."""
    if not _REPOSITORY.fullmatch(repository):
        raise CannotRun(f"--github {repository}: write OWNER/REPOSITORY")
    base = f"repos/{repository}"
    lists = [
        ("actions secret", f"{base}/actions/secrets", "secrets"),
        ("actions variable", f"{base}/actions/variables", "variables"),
        ("organisation's secret", f"{base}/actions/organization-secrets", "secrets"),
        ("organisation's variable", f"{base}/actions/organization-variables", "variables"),
        ("Dependabot secret", f"{base}/dependabot/secrets", "secrets"),
        ("Codespaces secret", f"{base}/codespaces/secrets", "secrets"),
        ("deploy key", f"{base}/keys", ""),
    ]
    found, looked = [], 0
    try:
        for environment in _pages(ask, f"{base}/environments", "environments"):
            where = f"{base}/environments/{quote(environment['name'], safe='')}"
            lists += [(f"secret of {environment['name']}", f"{where}/secrets", "secrets")]
            lists += [(f"variable of {environment['name']}", f"{where}/variables", "variables")]
    except CannotRun as error:
        found.append(_unproven(f"{base}/environments", error))
    for kind, path, field in lists:
        try:
            for item in _pages(ask, path, field):
                looked += 1
                found += _judge(kind, path, item, exceptions, today)
        except CannotRun as error:
            found.append(_unproven(path, error))
    return found, looked


def _unproven(path: str, error: CannotRun) -> Finding:
    return Finding(
        "secrets/github", Position(f"github:{path}"), str(error), "sign in as somebody who may read it", unproven=True
    )


def _pages(ask: Ask, path: str, field: str) -> Iterator[dict[str, Any]]:
    """Every item of a list, page by page."""
    page = 1
    while True:
        answer = ask(f"{path}?per_page=100&page={page}")
        items = answer.get(field) if field and isinstance(answer, dict) else answer
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise CannotRun(f"gh api {path}: the answer holds no list of {field or 'keys'}")
        yield from items
        if len(items) < 100:
            return
        page += 1


def _judge(kind: str, path: str, item: dict[str, Any], exceptions: Exceptions, today: date | None) -> Iterator[Finding]:
    name = str(item.get("name") or item.get("title") or item.get("id"))
    where = Position(f"github:{path.removeprefix('repos/')}/{name}")
    if exceptions.allow_name(name, today):
        return
    age = str(item.get("updated_at") or item.get("created_at") or "")[:10]
    since = f", unchanged since {age}" if age else ""
    if "variable" in kind:
        hits = scan(f"{name}={item.get('value', '')}".encode())
        if hits:
            said = f"{kind} {name} holds {WHAT[hits[0].shape]} for everybody to read"
        elif _CREDENTIAL.search(name) and not _PUBLIC.search(name):
            said = f"{kind} {name} is named like a credential, and variables are in logs"
        else:
            return
    elif kind == "deploy key":
        said = f"{kind} {name} {'reads' if item.get('read_only') else 'writes'} this repository and never ends{since}"
    else:
        said = f"{kind} {name} is a credential that lives until somebody changes it{since}"
    yield Finding("secrets/github", where, said, MEND)
