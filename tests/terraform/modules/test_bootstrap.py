"""The bootstrap root makes the bucket that its own state moves into (docs/terraform.md plays it by hand)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import Open
from .hcl import ENVIRONMENTS, MODULES


def lines_of(path: Path) -> dict[str, str]:
    return dict(re.findall(r'^(\w+)\s*= "(.*)"$', path.read_text(), re.MULTILINE))


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_the_bucket_is_the_one_that_every_root_names_and_the_state_moves_into_it(opened: Open, cloud: str) -> None:
    folder = ENVIRONMENTS / "staging" / cloud
    with opened(folder / "bootstrap") as run:
        outputs = run.apply()
        for root in ("bootstrap", "cluster"):
            assert lines_of(folder / root / "backend.hcl") == outputs["backend_config"]

        # The same two steps as with a bucket: another backend, then `init -migrate-state`.
        moved = run.workspace.folder / "moved.tfstate"
        (run.workspace.folder / "ballast_override.tf").write_text(
            f'terraform {{\n  backend "local" {{\n    path = "{moved.as_posix()}"\n  }}\n}}\n'
        )
        done = run.workspace.run("init", "-no-color", "-input=false", "-migrate-state", "-force-copy", capture=True)
        assert done.returncode == 0, done.stderr
        assert moved.stat().st_size > 0
        run.replan()


def test_roles_of_the_cluster_root_stay_below_the_boundary_that_bootstrap_makes(opened: Open) -> None:
    """The two roots share no state: the name is the contract, and this is what holds it."""
    derived = re.search(r'permissions_boundary = "(.+)"', (MODULES / "foundation-aws" / "main.tf").read_text())
    assert derived
    with opened(ENVIRONMENTS / "staging" / "aws" / "bootstrap") as run:
        iam = run.apply()["iam"]
        account = iam["permissions_boundary"].split(":")[4]
        expected = derived[1].replace("${var.account.id}", account).replace("${var.environment}", "staging")
        assert iam == {"path": "/ballast/staging/", "permissions_boundary": expected}
