"""Each script is run, with programs in place of Ballast and Ansible that write down what they were asked."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
THIN = sorted(path for path in (ROOT / "scripts").glob("*.sh"))


def run(
    tmp_path: Path, script: str, *arguments: str, said: str = "", cwd: Path = ROOT, **env: str
) -> tuple[int, list[str], str]:
    """Exit code, what the program behind the script was called with, and standard error."""
    record = tmp_path / "record"
    record.unlink(missing_ok=True)
    stub = tmp_path / "stub"
    stub.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >"$RECORD"\nexit "${STUB_EXIT:-0}"\n')
    stub.chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if "VAULT" not in name}
    done = subprocess.run(
        [str(ROOT / "scripts" / script), *arguments],
        cwd=cwd,
        env={**clean, "BALLAST": str(stub), "ANSIBLE_PLAYBOOK": str(stub), "RECORD": str(record), **env},
        input=said,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, record.read_text().splitlines() if record.exists() else [], done.stderr


@pytest.mark.parametrize("path", THIN, ids=lambda path: path.name)
def test_scripts_are_thin_and_strict(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) < 40 or path.name in {"bootstrap.sh", "kafka.sh"}, "logic belongs where a test reaches it"
    if not path.name.startswith("lib"):
        assert "\nset -euo pipefail\n" in text
        assert os.access(path, os.X_OK)


def test_plan_writes_a_bundle(tmp_path: Path) -> None:
    code, asked, said = run(tmp_path, "plan.sh", "staging", "aws", "content", "--change-type", "reliability")
    bundle = "build/plans/staging-aws-content.bundle"
    root = "terraform/environments/staging/aws/content"
    assert (code, asked) == (0, ["tf", "plan", root, "--bundle", bundle, "--change-type", "reliability"])
    assert f"ballast tf approve {bundle}" in said


def test_a_plan_that_fails_is_not_said_to_be_ready(tmp_path: Path) -> None:
    code, _, said = run(tmp_path, "plan.sh", "staging", "aws", "content", STUB_EXIT="1")
    assert code == 1
    assert "approve" not in said


@pytest.mark.parametrize(
    ("script", "arguments", "why"),
    [
        ("plan.sh", ["staging"], "usage"),
        ("plan.sh", ["nowhere", "aws", "content"], "no environment 'nowhere'; there are: production staging"),
        ("plan.sh", ["staging", "aws", "nothing"], "no root terraform/environments/staging/aws/nothing"),
        ("apply.sh", [], "usage"),
        ("apply.sh", ["terraform/environments/staging/aws/content"], "usage"),
        ("hosts.sh", [], "name an environment"),
        ("hosts.sh", ["../staging"], "name an environment"),
        ("upgrade.sh", ["--limit"], "name an environment"),
        ("rotate.sh", ["staging"], "set VAULT_ADDR"),
        ("backup.sh", ["staging"], "usage"),
        ("restore.sh", ["staging", "web-1"], "usage"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_run(tmp_path: Path, script: str, arguments: list[str], why: str) -> None:
    code, asked, said = run(tmp_path, script, *arguments)
    assert (code, asked) == (2, [])
    assert why in said


def test_apply_takes_a_bundle_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "a.bundle").write_text("x")
    assert run(tmp_path, "apply.sh", "a.bundle", cwd=tmp_path)[:2] == (0, ["tf", "apply", str(tmp_path / "a.bundle")])


def test_hosts_are_looked_at_unless_told_otherwise(tmp_path: Path) -> None:
    inventory = ["-i", "inventories/staging"]
    assert run(tmp_path, "hosts.sh", "staging")[1] == ["playbooks/site.yml", *inventory, "--check", "--diff"]
    asked = run(tmp_path, "hosts.sh", "staging", "--apply", "--limit", "web-1")[1]
    assert asked == ["playbooks/site.yml", *inventory, "--limit", "web-1"]
    assert run(tmp_path, "upgrade.sh", "staging", "--limit", "a")[1] == ["playbooks/upgrade.yml", *inventory, "--limit", "a"]


def test_rotate(tmp_path: Path) -> None:
    inventory = ["playbooks/rotate-certificates.yml", "-i", "inventories/production"]
    vault = {"VAULT_ADDR": "https://vault.example"}
    assert run(tmp_path, "rotate.sh", "production", **vault)[1] == inventory
    assert run(tmp_path, "rotate.sh", "production", "--now", **vault)[1] == [*inventory, "-e", '{"tls_force": true}']


def test_backup_and_restore(tmp_path: Path) -> None:
    asked = run(tmp_path, "backup.sh", "staging", "there", cwd=tmp_path)[1]
    assert asked == ["playbooks/backup.yml", "-i", "inventories/staging", "-e", f"backup_destination={tmp_path}/there"]
    archive = tmp_path / "web-1.tar.gz"
    archive.write_text("x")
    arguments = ("restore.sh", "staging", "web-1", str(archive))
    assert "web-1.tar.gz.sha256 is missing" in run(tmp_path, *arguments)[2]
    (tmp_path / "web-1.tar.gz.sha256").write_text("x")
    code, none, said = run(tmp_path, *arguments, said="web-2\n")
    assert (code, none) == (2, [])
    assert "nothing was changed" in said
    asked = run(tmp_path, *arguments, said="web-1\n")[1]
    assert asked[3:] == ["--limit", "web-1", "-e", f"restore_archive={archive}", "-e", "restore_confirm=web-1"]
