"""AWS and Google Cloud modules keep one contract; terraform/parity.yaml lists every difference, and only differences."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from .conftest import Open
from .hcl import MODULES, blocks, shape_of_variable

PAIRS: list[dict[str, Any]] = yaml.safe_load((MODULES.parent / "parity.yaml").read_text())["pairs"]
each_pair = pytest.mark.parametrize("pair", PAIRS, ids=[f"{pair['aws']}~{pair['gcp']}" for pair in PAIRS])

OWN: dict[str, dict[str, Any]] = {
    "eks": {
        "account": {"id": "123456789012"},
        "network": {
            "id": "vpc-0a1b2c3d4e5f60718",
            "region": "eu-west-1",
            "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
            "cidr": "10.20.0.0/16",
            "subnet_ids": ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712", "subnet-0a1b2c3d4e5f60713"],
            "service_cidr": "172.20.0.0/20",
        },
    },
    "gke": {
        "account": {"id": "acme-parity", "number": "333333333333"},
        "network": {
            "id": "projects/acme-parity/global/networks/ballast",
            "region": "europe-west1",
            "zones": ["europe-west1-b", "europe-west1-c", "europe-west1-d"],
            "cidr": "10.20.0.0/16",
            "subnet_ids": ["projects/acme-parity/regions/europe-west1/subnetworks/nodes"],
            "service_cidr": "172.20.0.0/20",
            "pods_range": "pods",
            "services_range": "services",
        },
    },
}
"""What is each cloud's own in a call of a cluster module."""
KEY = {
    "eks": "arn:aws:kms:eu-west-1:123456789012:key/{}",
    "gke": "projects/acme-parity/locations/europe-west1/keyRings/ballast/cryptoKeys/{}",
}
INSTANCE = {"eks": "m7i.xlarge", "gke": "n2-standard-4"}


def cluster(module: str) -> dict[str, Any]:
    """One cluster, asked of either module: different words only where the clouds have different words."""
    return OWN[module] | {
        "name": "ballast-parity",
        "kubernetes": {"version": "1.34", "upgraded_from": "1.33"},
        "maintenance_window": {"day": "WE", "start": "22:30", "hours": 4},
        "api_allowed_cidrs": {"vpn": "10.8.0.0/16"},
        "log_retention_days": 180,
        "deletion_protection": False,
        "tags": {"owner": "team-sre"},
        "kms_keys": {use: KEY[module].format(use) for use in ("secrets", "disks", "logs")},
        "node_pools": {
            "general": {"instance_type": INSTANCE[module], "max_nodes": 9},
            "monitoring": {"instance_type": INSTANCE[module], "monitoring": True, "disk_gb": 200, "labels": {"disks": "fast"}},
        },
    }


def differing(ours: dict[str, Any], theirs: dict[str, Any]) -> set[str]:
    return {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}


def shape(value: Any) -> Any:
    """Keys and kinds of a value, without what it says; a null may be anything."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return None if value is None else type(value).__name__


def same_shape(ours: Any, theirs: Any) -> bool:
    if ours is None or theirs is None:
        return True
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same_shape(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return not (ours and theirs) or same_shape(ours[0], theirs[0])
    return bool(ours == theirs)


def test_every_module_of_two_clouds_is_in_a_pair() -> None:
    named = {name for pair in PAIRS for name in (pair["aws"], pair["gcp"])}
    clouded = {path.name for path in MODULES.iterdir() if path.name.endswith(("-aws", "-gcp")) or path.name in ("eks", "gke")}
    assert named == clouded


@each_pair
def test_variables_have_the_same_names_types_and_defaults(pair: dict[str, Any]) -> None:
    ours, theirs = (
        {name: shape_of_variable(body) for name, body in blocks(MODULES / pair[cloud], "variable").items()}
        for cloud in ("aws", "gcp")
    )
    assert differing(ours, theirs) == set(pair.get("variables", {}))


@each_pair
def test_outputs_have_the_same_names_and_meanings(pair: dict[str, Any]) -> None:
    ours, theirs = (
        {name: body.split('"')[1] for name, body in blocks(MODULES / pair[cloud], "output").items()} for cloud in ("aws", "gcp")
    )
    assert differing(ours, theirs) == set(pair.get("outputs", {}))


@each_pair
def test_both_refuse_the_same_mistakes(pair: dict[str, Any]) -> None:
    ours, theirs = (set(blocks(MODULES / pair[cloud] / "tests", "run", "refusals.tftest.hcl")) for cloud in ("aws", "gcp"))
    assert ours & theirs
    assert ours ^ theirs == set(pair.get("refusals", {}))


def test_eks_and_gke_answer_one_input_alike(opened: Open) -> None:
    """The same cluster asked of both: every output equal, or listed, and then of the same shape."""
    answers = {}
    for module in ("eks", "gke"):
        with opened(MODULES / module, cluster(module)) as run:
            answers[module] = run.apply()
            run.replan()
    listed = next(pair for pair in PAIRS if pair["aws"] == "eks")["outputs_differ_in_value"]
    # The hermetic provider signs every cluster with one authority: that value alone it may not tell apart.
    assert differing(answers["eks"], answers["gke"]) | {"ca_certificate"} == set(listed)
    for name in listed:
        assert shape(answers["eks"][name]) == shape(answers["gke"][name]), name
    ours, theirs = (answers[module]["control_plane_logs"] for module in ("eks", "gke"))
    assert (
        ours | {"destination": ""} == theirs | {"destination": ""} == {"destination": "", "retention_days": 180, "audit": True}
    )
    assert answers["eks"]["private_endpoint_only"]
    tainted = {name: bool(pool["taints"]) for name, pool in answers["gke"]["node_pools"].items()}
    assert tainted == {"general": False, "monitoring": True}


def test_the_platform_reads_one_shape_from_both_clouds(staging: dict[str, dict[str, Any]]) -> None:
    """The platform roots read these outputs; what they may rely on is that only listed values differ, and no shape."""
    listed = next(pair for pair in PAIRS if pair["aws"] == "foundation-aws")["outputs_differ_in_value"]
    assert differing(staging["aws"], staging["gcp"]) == set(listed)
    for name in listed:
        ours, theirs = (staging[cloud][name] for cloud in ("aws", "gcp"))
        if name == "service_accounts":  # the annotation's key is the difference
            ours, theirs = ({key: value | {"annotations": None} for key, value in side.items()} for side in (ours, theirs))
        assert same_shape(shape(ours), shape(theirs)), name
    for alike in ("name", "kubernetes_version", "private_endpoint_only", "deletion_protection", "maintenance_window"):
        assert staging["aws"]["cluster"][alike] == staging["gcp"]["cluster"][alike], alike
