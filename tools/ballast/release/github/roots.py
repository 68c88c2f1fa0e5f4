"""Which roots a change reaches, and where each is planned.

A root is reached by its own files, by those of the modules that it calls (and they call), and by what either names by
`path.module` or `local.repository`: charts, alerts, dashboards. Strings are read, not evaluated, so a path that is put together
counts up to where it is.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ballast.repo import CannotRun

ENVIRONMENTS = "terraform/environments"
BRANCHES = {"staging": "develop", "production": "main"}
"""What is applied to an environment."""
_SOURCE = re.compile(r'^\s*source\s*=\s*"(\.{1,2}/[^"]*)"', re.MULTILINE)
_NAMED = re.compile(r'"\$\{(path\.module|local\.repository)\}/([^"$]*)')
_NO_PART = re.compile(r"(^|/)(tests/|README\.md$|[^/]*\.example\.json$)")
"""Files of modules and roots that no plan reads."""


@dataclass(frozen=True, slots=True)
class Root:
    """One root. `runner` is JSON, for `runs-on`; `mode` hermetic where CI has no rights (bootstrap) or none are asked for."""

    root: str
    slug: str
    environment: str
    cloud: str
    layer: str
    mode: str
    runner: str
    ref: str


def all_roots(repo: Path, mode: str = "real") -> list[Root]:
    """Every root, in the order in which a rollout takes them."""
    order = ("bootstrap", "cluster", "platform", "content")
    folders = sorted({path.parent for path in repo.glob(f"{ENVIRONMENTS}/*/*/*/versions.tf")})
    found = []
    for folder in folders:
        environment, cloud, layer = folder.parts[-3:]
        asked = "hermetic" if layer == "bootstrap" else mode
        inside = layer not in ("bootstrap", "cluster") and asked == "real"
        labels = ["self-hosted", f"ballast-{environment}"] if inside else ["ubuntu-24.04"]
        name = folder.relative_to(repo).as_posix()
        slug = f"{environment}-{cloud}-{layer}"
        branch = BRANCHES.get(environment, "")
        found.append(Root(name, slug, environment, cloud, layer, asked, json.dumps(labels), branch))
    return sorted(found, key=lambda r: (r.environment != "staging", order.index(r.layer) if r.layer in order else 9, r.cloud))


def reached(repo: Path, changed: Iterable[str], mode: str = "real") -> list[Root]:
    """The roots that the changed paths reach. Raises CannotRun when a root was removed: nothing would plan what it leaves."""
    changed = [path for path in changed if not _NO_PART.search(path)]
    roots = all_roots(repo, mode)
    known = {one.root for one in roots}
    for path in changed:
        parts = PurePosixPath(path).parts
        owner = "/".join(parts[:5])
        if path.startswith(f"{ENVIRONMENTS}/") and len(parts) > 5 and owner not in known:
            raise CannotRun(f"{owner} is no root any more and what it made is still there: destroy it first, then remove it")
    return [one for one in roots if any(_covers(prefix, path) for prefix in parts_of(repo, one.root) for path in changed)]


def parts_of(repo: Path, root: str) -> set[str]:
    """Paths whose change reaches the root: folders end in `/`, the others are beginnings of names."""
    found: set[str] = set()
    todo, seen = [root], set()
    while todo:
        folder = todo.pop()
        if folder in seen:
            continue
        seen.add(folder)
        found.add(folder + "/")
        for text in _texts(repo / folder):
            todo += [_joined(folder, source) for source in _SOURCE.findall(text)]
            for base, rest in _NAMED.findall(text):
                path = _joined(folder if base == "path.module" else "", rest)
                if path:  # the repository itself is only where other paths begin
                    found.add(path + ("/" if (repo / path).is_dir() else ""))
    return found


def changed_since(repo: Path, base: str) -> list[str]:
    """Paths that differ between HEAD and where it left `base`. Raises CannotRun when Git does not know that commit."""
    words = ["git", "-C", str(repo), "diff", "--name-only", "--no-renames", "-z", f"{base}...HEAD", "--"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"git cannot compare with {base}: {done.stderr.strip() or 'no answer'}")
    return [path for path in done.stdout.split("\0") if path]


def _texts(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.tf")):
        yield path.read_text(encoding="utf-8", errors="replace")


def _joined(folder: str, relative: str) -> str:
    parts: list[str] = []
    for part in PurePosixPath(folder, relative).parts:
        if part == "..":
            del parts[-1:]
        else:
            parts.append(part)
    return "/".join(parts)


def _covers(prefix: str, path: str) -> bool:
    return path.startswith(prefix)
