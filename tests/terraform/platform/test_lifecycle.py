"""Platform and content roots through their lives on hermetic providers: applied, found unchanged, destroyed to nothing.

Environments differ in their settings only, so of the platform roots, which are large, one of each cloud and environment is
taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ballast.terraform import Server, Workspace
from ballast.terraform.workspace import EXAMPLE

NAMESPACES = "module.platform.module.namespaces.kubernetes_namespace_v1.this"
"""What holds data is protected: whoever really destroys a platform takes these out of its state first."""
REPO = Path(__file__).resolve().parents[3]
ENVIRONMENTS = REPO / "terraform" / "environments"
CONTENTS = sorted(path.relative_to(ENVIRONMENTS).as_posix() for path in ENVIRONMENTS.glob("*/*/content"))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(REPO / "terraform" / "schemas") as running:
        yield running


@pytest.mark.parametrize("root", ["staging/aws/platform", "production/gcp/platform", *CONTENTS])
def test_a_root_lives_from_apply_to_destroy(root: str, server: Server, tmp_path: Path) -> None:
    folder = ENVIRONMENTS / root
    with Workspace(folder, into=tmp_path / "shadow", server=server, mode="hermetic") as workspace:
        workspace.init()

        def run(verb: str, *arguments: str) -> None:
            done = workspace.run(verb, "-no-color", "-input=false", *arguments, capture=True)
            assert done.returncode == 0, f"{verb}: {done.stdout[-2000:]}{done.stderr}"

        run("apply", "-auto-approve")
        run("plan", "-detailed-exitcode")  # 2 when something would change
        outputs = {name: output["value"] for name, output in workspace.json("output", "-json").items()}
        if (folder / EXAMPLE).is_file():
            assert json.loads((folder / EXAMPLE).read_text()) == outputs
        if root.endswith("platform"):
            done = workspace.run("state", "rm", NAMESPACES, capture=True)
            assert done.returncode == 0, done.stderr
        run("destroy", "-auto-approve")
        assert workspace.run("state", "list", capture=True).stdout == ""


def test_namespaces_with_data_are_protected() -> None:
    """Else the test above would need no step for them; that such a plan is refused, tests of modules show."""
    text = (REPO / "terraform" / "modules" / "namespace-baseline" / "main.tf").read_text()
    assert "prevent_destroy = true" in text.partition('resource "kubernetes_namespace_v1" "this"')[2].partition("\nresource")[0]


def test_there_is_a_content_root_for_each_cloud_and_environment() -> None:
    assert [f"{e}/{c}/content" for e in ("production", "staging") for c in ("aws", "gcp")] == CONTENTS
