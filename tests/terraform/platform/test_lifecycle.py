"""Platform and content roots through their lives on hermetic providers: applied, found unchanged, destroyed to nothing.

Environments differ in their settings only, so of the platform roots, which are large, one of each cloud and environment is
taken, and one of the two destroyed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ballast.terraform import Server, Workspace
from ballast.terraform.platform import Platform, components, read_plan
from ballast.terraform.security import prove
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
        if root == "production/gcp/platform":  # the same module as staging's, whose end is long
            return
        if root.endswith("platform"):
            done = workspace.run("state", "rm", NAMESPACES, capture=True)
            assert done.returncode == 0, done.stderr
        run("destroy", "-auto-approve", "-refresh=false")
        assert workspace.run("state", "list", capture=True).stdout == ""


def test_a_second_region_can_be_planned(server: Server, tmp_path: Path) -> None:
    """The planned option of docs/platform.md: queries see the other region's store, and the security proof still holds."""
    root = "terraform/environments/production/aws/platform"
    host = "thanos-query.second.acme.example"
    store = {"host": host, "port": 10901, "server_name": "thanos.second.acme.example", "cidr": "10.24.0.0/16"}
    given = tmp_path / "given.tfvars.json"
    given.write_text(json.dumps({"other_stores": {"second": store}}))
    with Workspace(REPO / root, into=tmp_path / "shadow", server=server, mode="hermetic") as workspace:
        workspace.init()
        done, plan = workspace.plan(f"-var-file={given}", capture=True)
        assert done.returncode == 0, done.stderr
    platform = read_plan(plan, root)
    query = next(c for c in components(platform) if c.name == "thanos-query")
    assert [call.port for call in query.calls if call.to == f"external:{host}"] == [10901]

    def broken(of: Platform) -> list[str]:
        """Cells of Thanos; what Vault calls is in the content root."""
        return [cell.claim for cell in prove(of).broken if cell.subject.startswith("thanos/")]

    assert broken(platform) == []
    closed = replace(platform, resources=tuple(r for r in platform.resources if "store-second" not in r.address))
    assert broken(closed) == ["is allowed"]


def test_namespaces_with_data_are_protected() -> None:
    """Else the test above would need no step for them; that such a plan is refused, tests of modules show."""
    text = (REPO / "terraform" / "modules" / "namespace-baseline" / "main.tf").read_text()
    assert "prevent_destroy = true" in text.partition('resource "kubernetes_namespace_v1" "this"')[2].partition("\nresource")[0]


def test_there_is_a_content_root_for_each_cloud_and_environment() -> None:
    assert [f"{e}/{c}/content" for e in ("production", "staging") for c in ("aws", "gcp")] == CONTENTS
