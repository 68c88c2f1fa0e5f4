"""Schema snapshots: their form, and the commands that keep them."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.repo import CannotRun
from ballast.terraform import Core, snapshots
from ballast.terraform.hermetic.mirror import build
from ballast.terraform.snapshots import Document, TypeRef
from ballast.terraform.usage import uses
from tests.terraform.hermetic.conftest import PROBE

TEXT = {"type": "string", "optional": True}
FULL = {
    "format_version": "1.0",
    "provider_schemas": {
        "registry.terraform.io/hashicorp/aws": {
            "provider": {
                "version": 0,
                "block": {"attributes": {"region": TEXT | {"sensitive": False}}},
            },
            "resource_schemas": {
                f"aws_{name}": {
                    "version": 0,
                    "block": {"attributes": {"description": TEXT | {"description": "Long words."}}},
                }
                for name in ("vpc", "subnet", "eip")
            },
            "data_source_schemas": {"aws_region": {"version": 0, "block": {"attributes": {}}}},
        }
    },
}


@pytest.fixture
def full(tmp_path: Path) -> Path:
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "hashicorp-aws-6.25.0.json").write_bytes(orjson.dumps(FULL))
    return folder


def test_adding_and_pruning(full: Path, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    folder = repo / "terraform" / "schemas"
    said = snapshots.add(folder, [TypeRef.parse(t) for t in ("aws_vpc", "aws_eip", "data:aws_region")], full, "a test")
    assert said == ["hashicorp-aws.json: data:aws_region", "hashicorp-aws.json: aws_eip", "hashicorp-aws.json: aws_vpc"]
    path = folder / "hashicorp-aws.json"
    lines = path.read_text().splitlines()
    assert '"ballast":{"version":"6.25.0","origin":"a test"},' in lines
    assert '"aws_vpc":{"block":{"attributes":{"description":{"optional":true,"type":"string"}}},"version":0}},' in lines
    assert "Long words" not in path.read_text()
    assert snapshots.add(folder, [TypeRef("resource", "aws_vpc")], full, "a test") == [], "nothing changes: nothing is written"

    (repo / "terraform" / "main.tf").write_text('resource "aws_vpc" "this" {}\n# data "aws_region" "this" {}\n')
    assert snapshots.prune(folder, snapshots.used(repo)) == [
        "hashicorp-aws.json: data:aws_region",
        "hashicorp-aws.json: aws_eip",
    ]
    assert Document.read(path).types() == {TypeRef("resource", "aws_vpc")}
    assert not list(folder.glob("*.part"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("aws_nothing", "hashicorp/aws 6.25.0 has no aws_nothing"),
        ("azurerm_x", "no provider is known"),
        ("Aws-Vpc", "is not a type"),
    ],
)
def test_what_cannot_be_added_is_named(text: str, words: str, full: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=words):
        snapshots.add(tmp_path / "schemas", [TypeRef.parse(text)], full, "a test")
    assert not (tmp_path / "schemas").exists()


def test_a_refresh_takes_what_a_provider_prints(core: Core, tmp_path: Path) -> None:
    """The registry is played by the mirror, so that what comes back must be what went in."""
    folder = tmp_path / "schemas"
    folder.mkdir()
    (folder / "ballast-probe.json").write_bytes((PROBE / "ballast-probe.json").read_bytes())
    before = Document.read(folder / "ballast-probe.json")
    env = os.environ | build(PROBE, tmp_path / "providers")
    [done] = snapshots.refresh(folder, core, env, {"ballast/probe": ">= 1"})
    after = Document.read(folder / "ballast-probe.json")
    assert (done.source, done.version, done.lost) == ("ballast/probe", "1.2.3", [])
    assert after.origin == "terraform providers schema -json of ballast/probe 1.2.3"
    assert after.types() == before.types()
    # The rules add the flags that are not in the snapshot: they come back with it.
    assert done.changed == [TypeRef("ephemeral", "probe_token"), TypeRef("resource", "probe_thing")]
    [again] = snapshots.refresh(folder, core, env, {})
    assert again.changed == []

    with pytest.raises(CannotRun, match="is a provider registry reachable"):
        snapshots.refresh(folder, core, env, {"ballast/probe": "> 9"})
    assert Document.read(folder / "ballast-probe.json").text() == after.text(), "a refresh that fails changes nothing"


def test_the_committed_snapshots_are_as_the_commands_write_them(root: Path) -> None:
    for path in sorted((root / "terraform" / "schemas").glob("*.json")):
        document = Document.read(path)
        assert document.text() == path.read_bytes(), path.name
        assert document.version != "0.0.0"
        assert document.origin != "unknown"


def test_uses_are_found_where_they_stand() -> None:
    text = """resource "aws_vpc" "a" {
  # resource "aws_eip" "no" {}
  x = "resource \\"aws_eip\\" \\"no\\" {}"
  y = <<-EOT
    resource "aws_eip" "no" {}
  EOT
}
/* data "aws_region" "no" {} */
data "aws_region" "b" {}
resource "random_id" "other_provider" {}
ephemeral "aws_eks_cluster_auth" "c" {}
output "d" { value = provider::aws::arn_parse("x") }
"""
    found = [(use.kind, use.name, use.line, use.column) for use in uses(text)]
    assert found == [
        ("resource", "aws_vpc", 1, 11),
        ("data", "aws_region", 9, 7),
        ("ephemeral", "aws_eks_cluster_auth", 11, 12),
        ("function", "aws::arn_parse", 12, 22),
    ]


def test_the_commands(full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "alerts").mkdir()
    (tmp_path / "terraform").mkdir()
    (tmp_path / "terraform" / "main.tf").write_text('resource "aws_vpc" "this" {}\n')
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    app = build_app("schemas")
    missing = run(app, ["schemas", "check"])
    assert missing.exit_code == 1
    assert "terraform/main.tf:1:11" in missing.stdout
    assert run(app, ["schemas", "add", "aws_vpc", "aws_eip", "--from", str(full)]).exit_code == 0
    assert run(app, ["schemas", "prune"]).stdout == "dropped hashicorp-aws.json: aws_eip\n"
    assert run(app, ["schemas", "check"]).exit_code == 0
    assert isinstance(run(app, ["schemas", "update", "--version", "nonsense"]).exception, CannotRun)
