"""What must not be destroyed by accident is not: clusters by a switch, data stores and keys by their modules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ballast.terraform import Server, Workspace

from .conftest import Open
from .hcl import MODULES
from .test_parity import cluster

NAMES = {
    cloud: {"name": "acme-ballast-kept", "region": region} for cloud, region in (("aws", "eu-west-1"), ("gcp", "europe-west1"))
}
KMS_KEY = {
    "aws": "arn:aws:kms:eu-west-1:123456789012:key/storage",
    "gcp": "projects/acme-kept/locations/europe-west1/keyRings/ballast/cryptoKeys/storage",
}
ACCOUNT = {"aws": {"id": "123456789012"}, "gcp": {"id": "acme-kept", "number": "333333333333"}}


@pytest.mark.parametrize("module", ["eks", "gke"])
def test_a_protected_cluster_is_neither_destroyed_nor_replaced(opened: Open, module: str) -> None:
    """And it goes once that is switched off, in two reviewed steps."""
    with opened(MODULES / module, cluster(module) | {"deletion_protection": True}) as run:
        assert run.apply()["deletion_protection"]
        assert run.tf("destroy").returncode == 1
        assert run.tf("apply", "-var=name=ballast-renamed").returncode == 1
        kept = [
            line for line in run.workspace.run("state", "list", capture=True).stdout.splitlines() if "_cluster.this" in line
        ]
        assert len(kept) == 1

        run.variables.append("-var=deletion_protection=false")
        assert not run.apply()["deletion_protection"]
        assert run.tf("destroy").returncode == 0
        assert run.workspace.run("state", "list", capture=True).stdout == ""


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
@pytest.mark.parametrize(
    ("module", "variables", "kept"),
    [
        ("kms", {"keys": {"logs": {"purpose": "logs"}}}, "_key"),
        ("object-storage", {"buckets": {"metrics": {}}}, "_bucket"),
        ("audit-logs", {}, "_bucket"),
        ("state-backend", {}, "_bucket"),
    ],
)
def test_data_stores_and_keys_refuse_to_be_destroyed(
    opened: Open, cloud: str, module: str, variables: dict[str, object], kept: str
) -> None:
    given = NAMES[cloud] | {"account": ACCOUNT[cloud]} | variables
    if module in ("object-storage", "audit-logs"):
        given["kms_key"] = KMS_KEY[cloud]
    with opened(MODULES / f"{module}-{cloud}", given) as run:
        run.apply()
        done = run.tf("destroy")
        assert done.returncode == 1
        assert "Instance cannot be destroyed" in done.stderr
        assert kept in run.workspace.run("state", "list", capture=True).stdout


def test_tests_can_clean_up_and_protect_nothing_by_that(server: Server, tmp_path: Path) -> None:
    """A workspace without protection destroys what it made, modules of modules included; the files keep their words."""
    given = tmp_path / "given.tfvars.json"
    given.write_text(json.dumps(NAMES["aws"] | {"account": ACCOUNT["aws"]}))
    with Workspace(
        MODULES / "state-backend-aws", into=tmp_path / "shadow", server=server, mode="hermetic", unprotect=True
    ) as workspace:
        workspace.init()
        for verb in ("apply", "destroy"):
            done = workspace.run(verb, "-no-color", "-input=false", "-auto-approve", f"-var-file={given}", capture=True)
            assert done.returncode == 0, done.stderr
    for module in ("kms-aws", "object-storage-aws"):
        assert "prevent_destroy = true" in (MODULES / module / "main.tf").read_text()
        assert not list((MODULES / module).glob("*override*"))
