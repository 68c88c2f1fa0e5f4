"""Plans of this repository's roots, made once a session: whichever test process comes first makes one, the others read it."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from ballast.terraform import roots
from ballast.terraform.roots import Apply, Planned

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all test processes of this session have."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", autouse=True)
def plans_made_once(shared: Path) -> Iterator[None]:
    """`plan_roots` as it is, but for its repetitions. A plan that was made for an apply is a plan as well."""
    plan = roots._plan

    def memory(root: str, apply: str) -> Path:
        return shared / f"{root.replace('/', '-')}-{apply}.plan"

    def once(repo: Path, root: str, apply: Apply) -> Planned:
        if repo != REPO:
            return plan(repo, root, apply)
        with (shared / f"{root.replace('/', '-')}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            serves = (apply, "documents", "always") if apply == "never" else (apply,)
            for found in filter(Path.exists, (memory(root, kind) for kind in serves)):
                known: Planned = pickle.loads(found.read_bytes())
                return known
            made = plan(repo, root, apply)
            memory(root, apply).write_bytes(pickle.dumps(made))
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(roots, "_plan", once)
        yield
