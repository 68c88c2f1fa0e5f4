"""The roots a team edits: alike where they should be, applied and found unchanged, and hard to destroy."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from ballast.terraform.roots import plan_roots
from ballast.terraform.workspace import EXAMPLE

from .conftest import Open
from .hcl import ENVIRONMENTS, MODULES, blocks, shape_of_variable
from .test_parity import same_shape, shape

CLUSTERS = sorted(ENVIRONMENTS.glob("*/*/cluster"))
ROOTS = sorted(path.parent for path in ENVIRONMENTS.glob("*/*/*/versions.tf"))
GIVEN_BY_THE_ROOT = {"environment", "components", "tags"}


def name(root: Path) -> str:
    return root.relative_to(ENVIRONMENTS).as_posix()


def test_there_are_two_environments_on_two_clouds() -> None:
    assert [name(root) for root in CLUSTERS] == [f"{e}/{c}/cluster" for e in ("production", "staging") for c in ("aws", "gcp")]


@pytest.mark.parametrize("file", ["variables.tf", "outputs.tf"])
def test_cluster_roots_have_the_same_variables_and_outputs(file: str) -> None:
    assert len({(root / file).read_text() for root in CLUSTERS}) == 1


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_environments_differ_in_nothing_but_their_name_and_settings(cloud: str) -> None:
    """What runs in production is what ran in staging: everything else is in terraform.tfvars."""
    for kind in ("cluster", "bootstrap"):
        files = [
            {
                path.name: path.read_text().replace(environment, "ENVIRONMENT")
                for path in (ENVIRONMENTS / environment / cloud / kind).glob("*.tf")
            }
            for environment in ("staging", "production")
        ]
        assert files[0] == files[1]


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_a_root_passes_on_every_variable_of_its_module(cloud: str) -> None:
    module = {key: shape_of_variable(body) for key, body in blocks(MODULES / f"foundation-{cloud}", "variable").items()}
    root = {key: shape_of_variable(body) for key, body in blocks(CLUSTERS[0], "variable").items()}
    assert root.keys() == module.keys() - GIVEN_BY_THE_ROOT | {"tags"}
    assert all(root[key] == module[key] for key in root.keys() - {"tags"})


def test_every_root_keeps_its_state_apart() -> None:
    backend = re.compile(r'^\s+(?:key|prefix)\s+= "(.+?)(?:\.tfstate)?"', re.MULTILINE)
    assert [backend.findall((root / "versions.tf").read_text()) for root in ROOTS] == [[name(root)] for root in ROOTS]


def test_a_state_bucket_belongs_to_one_environment() -> None:
    lines = {root: (root / "backend.hcl").read_text() for root in ROOTS}
    for one, other in combinations(ROOTS, 2):
        same = one.parent == other.parent
        assert not same or lines[one] == lines[other], f"{name(one)} and {name(other)} keep their states in different buckets"
    assert all(f"-{root.parts[-3]}-" in text for root, text in lines.items())


def test_no_variable_takes_anything() -> None:
    untyped = [
        f"{folder.name}: {key}"
        for folder in [*MODULES.iterdir(), *ROOTS]
        for key, body in blocks(folder, "variable").items()
        if re.search(r"\bany\b", shape_of_variable(body).get("type", "any"))
        or ("nullable" not in shape_of_variable(body) and shape_of_variable(body).get("default") != "null")
    ]
    assert untyped == []


def test_the_roots_answer(staging: dict[str, dict[str, Any]]) -> None:
    """Applied, a second plan empty (the fixture), and every listed component has an identity of its own."""
    components = yaml.safe_load((ENVIRONMENTS / "components.yaml").read_text())
    for answers in staging.values():
        accounts = answers["service_accounts"]
        assert accounts.keys() == components.keys()
        assert len({account["identity"] for account in accounts.values()}) == len(components)
        assert answers["heartbeat"]["alarm"]["contacts"]


@pytest.mark.parametrize("root", [f"{e}/{c}" for e in ("staging", "production") for c in ("aws", "gcp")])
def test_committed_outputs_are_what_the_root_answers(root: str) -> None:
    """Platform roots are planned with these (`ballast tf example` makes them): values that no provider made up are equal."""
    example = json.loads((ENVIRONMENTS / root / "cluster" / EXAMPLE).read_text())
    [applied] = plan_roots(MODULES.parents[1], [f"terraform/environments/{root}/cluster"], apply="always")
    answers = {name: output["value"] for name, output in applied.made["planned_values"]["outputs"].items()}
    assert example.keys() == answers.keys()
    assert same_shape(shape(answers), shape(example))
    for ours in ("buckets", "monitoring_scheduling", "node_pools", "logs"):
        assert example[ours] == answers[ours], ours
    assert example["network"]["zones"] == answers["network"]["zones"]


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_production_is_protected(opened: Open, cloud: str) -> None:
    """The plan of production: a protected cluster, and a mistake in the settings that would unprotect it is refused."""
    with opened(ENVIRONMENTS / "production" / cloud / "cluster") as run:
        done = run.tf("plan", "-out=plan.bin")
        assert done.returncode == 0, done.stderr
        outputs = run.workspace.json("show", "-json", "plan.bin")["planned_values"]["outputs"]
        assert outputs["logs"]["value"]["audit"] | {"name": ""} == {"name": "", "lock": "compliance", "retention_days": 730}
        refused = run.tf("plan", "-var=deletion_protection=false")
        assert refused.returncode == 1
        assert "Production needs deletion_protection = true" in " ".join(refused.stderr.replace("│", "").split())
