"""Running a core on a repository's roots: nothing stays beside them, and the user is told what the result is worth."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ballast.repo import CannotRun
from ballast.terraform import LABEL, Core, Server, Workspace, find_core, providers_from_own_root
from ballast.terraform.workspace import mode_from
from tests.terraform.hermetic.conftest import HEADER, PROBE, Tf

MODULE = (
    HEADER
    + 'variable "name" {}\nresource "probe_thing" "this" { name = var.name }\noutput "arn" { value = probe_thing.this.arn }\n'
)
CLUSTER = HEADER + (
    'terraform {\n  backend "s3" {\n    bucket = "state"\n  }\n}\n'
    'variable "name" {}\nmodule "thing" {\n  source = "../../../modules/thing"\n  name = var.name\n}\n'
)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    files = {
        "modules/thing/main.tf": MODULE,
        "environments/staging/cluster/main.tf": CLUSTER,
        "environments/staging/cluster/terraform.tfvars": 'name = "a"\n',
        "schemas/ballast-probe.json": (PROBE / "ballast-probe.json").read_text(),
        "schemas/rules/ballast-probe.yaml": (PROBE / "rules" / "ballast-probe.yaml").read_text(),
    }
    for name, text in files.items():
        (tmp_path / "terraform" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "terraform" / name).write_text(text)
    (tmp_path / "alerts").mkdir()
    return tmp_path


@pytest.fixture
def cluster(repo: Path) -> Path:
    return repo / "terraform" / "environments" / "staging" / "cluster"


def listing(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file() and ".ballast" not in p.parts}


def test_a_root_with_a_remote_backend_is_run_where_it_does_not_show(repo: Path, cluster: Path) -> None:
    before = listing(repo)
    with Workspace(cluster) as tf:
        tf.init()
        assert tf.run("apply", "-auto-approve", capture=True).returncode == 0
        done, plan = tf.plan("-detailed-exitcode", capture=True)
        assert done.returncode == 0
        assert [r["address"] for r in plan["resource_changes"]] == ["module.thing.probe_thing.this"]
        assert not list(tf.folder.glob("*.tfplan"))
        folder = tf.folder
    assert listing(repo) == before
    assert folder.is_relative_to(repo / ".ballast" / "tf")
    assert (folder / "terraform.tfstate").is_file()

    (cluster / "more.tf").write_text("locals {}\n")
    (cluster / "terraform.tfvars").write_text('name = "b"\n')
    with Workspace(cluster) as tf:
        tf.init()
        done, plan = tf.plan(capture=True)
        assert plan["resource_changes"][0]["change"]["actions"] == ["delete", "create"], "state and edits are both seen"
        assert (tf.folder / "more.tf").is_symlink()
    (cluster / "more.tf").unlink()
    with Workspace(cluster) as tf:
        assert not (tf.folder / "more.tf").is_symlink()


def test_messages_name_the_files_of_the_repository(repo: Path, cluster: Path) -> None:
    (repo / "terraform" / "modules" / "thing" / "main.tf").write_text(MODULE + 'resource "probe_link" "x" { taget = 1 }\n')
    with Workspace(cluster) as tf:
        tf.init()
        said = tf.run("validate", "-no-color", capture=True)
    assert f"on {repo}/terraform/modules/thing/main.tf line 1" in said.stdout + said.stderr
    assert 'An argument named "taget" is not expected here' in said.stdout + said.stderr


def test_a_server_can_be_shared_and_the_shadow_put_elsewhere(cluster: Path, tmp_path: Path) -> None:
    with Server(PROBE) as server, Workspace(cluster, server=server, into=tmp_path / "elsewhere") as tf:
        tf.init()
        assert tf.run("apply", "-auto-approve", capture=True).returncode == 0
        assert tf.folder.is_relative_to(tmp_path / "elsewhere")
        assert [values["name"] for values in server.objects("probe_thing")] == ["a"]


def test_what_cannot_be_run_is_said_in_a_sentence(repo: Path, cluster: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(CannotRun, match=r"has no \*\.tf files"):
        Workspace(repo)
    with pytest.raises(CannotRun, match="write hermetic or real"):
        mode_from({"BALLAST_TF_MODE": "imaginary"})
    (cluster / "main.tf").write_text("resource {")
    with Workspace(cluster) as tf, pytest.raises(CannotRun, match="could not initialise"):
        tf.init()
    with Workspace(cluster, mode="real") as tf:
        assert tf.folder == cluster
        with pytest.raises(CannotRun, match="no hermetic server"):
            _ = tf.server


def ballast(repo: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from ballast.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=repo, env=os.environ | env, capture_output=True, text=True)


def test_the_commands(repo: Path, cluster: Path) -> None:
    root = str(cluster.relative_to(repo))
    plan = ballast(repo, "tf", "plan", root, "--output", "json")
    assert plan.returncode == 0, plan.stderr
    document = json.loads(plan.stdout)
    assert (document["result"], document["core"], document["refused"]) == (LABEL, str(find_core()), [])
    assert len(document["plan"]["resource_changes"]) == 1
    assert LABEL in plan.stderr

    applied = ballast(repo, "tf", "apply", root, "--", "-auto-approve", "-no-color")
    assert (applied.returncode, "1 added" in applied.stdout) == (0, True), applied.stderr
    assert ballast(repo, "tf", "plan", root, "--", "-detailed-exitcode").returncode == 0
    assert ballast(repo, "tf", "validate", root).returncode == 0
    listed = ballast(repo, "tf", "exec", root, "--", "state", "list")
    assert listed.stdout == "module.thing.probe_thing.this\n"
    shell = ballast(
        repo, "tf", "shell", root, "--", "sh", "-c", "terraform init -no-color >/dev/null && terraform plan -no-color; exit 3"
    )
    assert shell.returncode == 3
    assert "No changes." in shell.stdout, shell.stderr
    destroyed = ballast(repo, "tf", "destroy", root, "--", "-auto-approve", "-no-color")
    assert "1 destroyed" in destroyed.stdout
    wrong = ballast(repo, "tf", "plan", "terraform/schemas")
    assert (wrong.returncode, "has no *.tf files" in wrong.stderr, "Traceback" in wrong.stderr) == (2, True, False)


def test_an_interrupt_ends_in_order(repo: Path, cluster: Path) -> None:
    """SIGTERM to the command reaches the core, which writes its state; nothing is left running."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom ballast.terraform import Workspace\n"
        f"with Workspace(Path({str(cluster)!r})) as tf:\n"
        "    tf.init()\n    tf.server.fail('probe_thing', 'create', 'hang', seconds=100)\n"
        "    sys.exit(tf.run('apply', '-auto-approve', '-no-color').returncode)\n"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=repo, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if "Creating..." in line:
                break
        run.send_signal(signal.SIGTERM)
        said, _ = run.communicate(timeout=100)
    assert run.returncode == 1, said
    state = json.loads(next((repo / ".ballast").rglob("terraform.tfstate")).read_text())
    assert state["resources"][0]["instances"][0]["status"] == "tainted"


OWN_ROOT = {
    "a resource": ("endpoint = probe_thing.here.arn", "probe_thing.here"),
    "an output of a module": ("endpoint = module.thing.arn", "module.thing.probe_thing.this"),
    "a data source of a resource": ("endpoint = data.probe_thing.found.arn", "probe_thing.here"),
    "a variable": ("endpoint = var.endpoint", None),
    "nothing of its own": ("endpoint = data.probe_thing.other.arn", None),
}


@pytest.mark.parametrize("case", OWN_ROOT)
def test_a_provider_of_its_own_root_is_found_though_everything_exists(case: str, core: Core, tf: Tf) -> None:
    """After the first apply all values are known, and only the configuration shows the circle."""
    setting, culprit = OWN_ROOT[case]
    (tf.folder / "thing").mkdir()
    (tf.folder / "thing" / "main.tf").write_text(MODULE)
    rest = """
        variable "endpoint" { default = "https://example.org" }
        module "thing" {
          source = "./thing"
          name   = "inner"
        }
        resource "probe_thing" "here" { name = "here" }
        data "probe_thing" "found" { name = probe_thing.here.name }
        data "probe_thing" "other" { name = "other" }
        resource "probe_thing" "inside" {
          provider = probe.inner
          name     = "inside"
        }
    """
    tf.probe(rest + 'provider "probe" {\n  alias = "inner"\n  endpoint = "https://example.org"\n}\n')
    tf.init()
    tf.apply()
    tf.probe(rest + f'provider "probe" {{\n  alias = "inner"\n  {setting}\n}}\n')
    found = providers_from_own_root(tf.plan())
    if culprit is None:
        assert found == []
    else:
        [sentence] = found
        assert f'provider ballast/probe: "endpoint" comes from {culprit}, which this root creates' in sentence
