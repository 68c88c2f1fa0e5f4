"""Ballast's own policies, each by resources that break it and that hold it; one run of checkov for all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ballast.repo import CannotRun
from ballast.terraform.addresses import locate
from ballast.terraform.policy import engine as policy_engine
from ballast.terraform.policy import judge, pages, read
from ballast.terraform.policy.prepare import LATER, prepare

TAGS = {"owner": "sre", "environment": "production", "cost-centre": "x"}
STAGING = TAGS | {"environment": "staging"}


def statement(**more: Any) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:x"} | more]}
    )


KMS = {"sse_algorithm": "aws:kms", "kms_master_key_id": "arn:k"}
ANYBODY = {"policy": statement(Principal="*")}
EKS = {"vpc_config": [{"endpoint_public_access": True}], "tags_all": TAGS}
OWNER = {"policy": statement(Action="kms:*", Resource="*", Principal={"AWS": "arn:r"})}
ACCOUNT = {"policy": statement(Principal={"AWS": "arn:aws:iam::1:root"})}
DENIES = {"policy": statement(Effect="Deny", Action="*")}
LABELS = {"effective_labels": TAGS}
KEYED = {"encryption_config": [{"provider": [{"key_arn": "arn:k"}], "resources": ["secrets"]}]}

# Policy: type, values that break it, values that hold it.
CASES: dict[str, list[tuple[str, dict[str, Any], dict[str, Any]]]] = {
    "public-endpoint": [
        ("aws_eks_cluster", EKS, {"vpc_config": [{"endpoint_public_access": False}]}),
        (
            "google_container_cluster",
            {"private_cluster_config": [{"enable_private_endpoint": False}]},
            {"private_cluster_config": [{"enable_private_endpoint": True}]},
        ),
        ("aws_vpc_security_group_ingress_rule", {"cidr_ipv4": "0.0.0.0/0"}, {"cidr_ipv4": "10.0.0.0/8"}),
        ("aws_vpc_security_group_ingress_rule", {"cidr_ipv6": "::/0"}, {"referenced_security_group_id": "sg-1"}),
        (
            "aws_security_group_rule",
            {"type": "ingress", "cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"]},
            {"type": "egress", "cidr_blocks": ["0.0.0.0/0"]},
        ),
        ("aws_security_group", {"ingress": [{"cidr_blocks": ["0.0.0.0/0"]}]}, {"ingress": []}),
        (
            "google_compute_firewall",
            {"source_ranges": ["0.0.0.0/0"], "allow": [{"protocol": "tcp"}]},
            {"source_ranges": ["0.0.0.0/0"], "deny": [{"protocol": "all"}]},
        ),
        (
            "aws_s3_bucket_public_access_block",
            {"block_public_acls": True},
            dict.fromkeys(("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), True),
        ),
        ("google_storage_bucket", {"public_access_prevention": "inherited"}, {"public_access_prevention": "enforced"}),
        (
            "google_storage_bucket_iam_member",
            {"member": "allUsers", "role": "r"},
            {"member": "user:a@example.com", "role": "r"},
        ),
        ("aws_db_instance", {"publicly_accessible": True}, {}),
    ],
    "encryption": [
        ("aws_cloudwatch_log_group", {}, {"kms_key_id": "arn:k"}),
        ("aws_eks_cluster", {}, KEYED),
        (
            "aws_s3_bucket_server_side_encryption_configuration",
            {"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "AES256"}]}]},
            {"rule": [{"apply_server_side_encryption_by_default": [KMS]}]},
        ),
        (
            "aws_launch_template",
            {"block_device_mappings": [{"device_name": "/dev/a", "ebs": [{"encrypted": "true"}]}]},
            {"block_device_mappings": [{"device_name": "/dev/a", "ebs": [{"encrypted": "true", "kms_key_id": "arn:k"}]}]},
        ),
        ("google_pubsub_topic", {}, {"kms_key_name": "k"}),
    ],
    "wildcard-iam": [
        ("aws_iam_policy", {"policy": statement(Action="*")}, {"policy": statement()}),
        (
            "aws_iam_role_policy",
            {"policy": statement(Action=["s3:GetObject", "s3:*"])},
            {"policy": statement(Effect="Deny", Action="*")},
        ),
        (
            "aws_iam_policy",
            {"policy": statement(Resource="*")},
            {"policy": statement(Resource="*", Condition={"StringEquals": {"a": "b"}})},
        ),
        ("aws_s3_bucket_policy", ANYBODY, ACCOUNT),
        (
            "aws_iam_policy",
            {"policy": statement(NotAction="iam:*")},
            {"policy": statement(Action=["a:B", "a:C"])},
        ),
        ("aws_kms_key", {"policy": statement(Principal={"AWS": "*"})}, OWNER),
        (
            "aws_iam_role_policy_attachment",
            {"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
            {"policy_arn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"},
        ),
        (
            "google_project_iam_member",
            {"role": "roles/editor", "member": "m"},
            {"role": "roles/logging.logWriter", "member": "m"},
        ),
    ],
    "tags": [
        ("aws_vpc", {"tags_all": {"owner": "sre"}}, {"tags_all": TAGS}),
        ("google_compute_address", {"effective_labels": {}}, {"effective_labels": TAGS}),
    ],
    "deletion-protection": [
        (
            "google_container_cluster",
            {"deletion_protection": False, "effective_labels": TAGS},
            {"deletion_protection": True, "effective_labels": TAGS},
        ),
        (
            "aws_db_instance",
            {"deletion_protection": None, "tags_all": TAGS},
            {"deletion_protection": False, "tags_all": STAGING},
        ),
        ("terraform_data", {"input": {"protected": "false"}}, {"input": {"anything": "else"}}),
    ],
}
GOING = {
    "destroyed": ("aws_s3_bucket", {"bucket": "x", "tags_all": TAGS}, True),
    "archived": ("aws_s3_bucket", {"bucket": "x", "tags_all": TAGS | {"archived": "true"}}, False),
    "labelled": ("google_storage_bucket", {"name": "x", "effective_labels": {"archived": "true"}}, False),
    "no_data": ("aws_eip", {"domain": "vpc"}, False),
}


def plan_of(resources: dict[str, tuple[str, dict[str, Any]]], changes: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    planned = [
        {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "provider_name": "p", "values": values}
        for name, (kind, values) in resources.items()
    ]
    create = {"actions": ["create"], "before": None, "after_unknown": {}}
    kept = ("address", "mode", "type", "name")
    created = [{k: r[k] for k in kept} | {"change": create | {"after": r["values"]}} for r in planned]
    return {
        "format_version": "1.2",
        "terraform_version": "1.15.5",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": [*created, *(changes or [])],
        "configuration": {"root_module": {}},
    }


@pytest.fixture(scope="module")
def violations(root: Path) -> set[tuple[str, str]]:
    """Policy and name of the resource, of everything that breaks one of ours."""
    resources = {}
    for policy, cases in CASES.items():
        for number, (kind, wrong, right) in enumerate(cases):
            resources[f"{policy.replace('-', '_')}_{number}_wrong"] = (kind, wrong)
            resources[f"{policy.replace('-', '_')}_{number}_right"] = (kind, right)
    gone = [
        {"address": f"{kind}.{name}_{'_'.join(actions)}", "mode": "managed", "type": kind, "name": name}
        | {"change": {"actions": actions, "before": before, "after": None, "after_unknown": {}}}
        for name, (kind, before, _) in GOING.items()
        for actions in (["delete"], ["delete", "create"])
    ]
    found = judge(root, {"environments/production/x": plan_of(resources, gone)})
    assert {v.plan for v in found} == {"environments/production/x"}
    return {(v.policy, v.address.partition(".")[2]) for v in found if v.ours}


@pytest.mark.parametrize("policy", CASES)
def test_a_policy_is_broken_by_what_breaks_it_only(policy: str, violations: set[tuple[str, str]]) -> None:
    prefix = policy.replace("-", "_")
    expected = {f"{prefix}_{number}_wrong" for number in range(len(CASES[policy]))}
    assert {name for broken, name in violations if broken == policy and name.startswith(f"{prefix}_")} == expected


def test_data_goes_only_when_it_is_archived(violations: set[tuple[str, str]]) -> None:
    expected = {f"{name}_{how}" for name, (_, _, lost) in GOING.items() for how in ("delete", "delete_create") if lost}
    assert {name for broken, name in violations if broken == "destroyed-data"} == expected
    assert not {name for _, name in violations - {("destroyed-data", n) for n in expected} if name in expected}


def test_every_policy_has_a_page_and_cases() -> None:
    assert {id_.removeprefix("policy/") for id_ in pages()} == {*CASES, "destroyed-data"}
    assert all("Mend:" in page for page in pages().values())


def test_a_value_that_comes_at_apply_counts_as_set_where_it_is_written() -> None:
    address = "aws_x.a"
    change = {
        "address": address,
        "mode": "managed",
        "type": "aws_x",
        "change": {
            "actions": ["create"],
            "after_unknown": {"key": True, "id": True, "made": [{"arn": True}], "block": [{"key": True, "own": True}]},
        },
    }
    values = {"key": None, "block": [{"key": None, "own": None}], "made": [{"arn": None}]}
    written = {"key": {"references": ["aws_y.b.arn"]}, "block": [{"key": {"references": ["aws_y.b.arn"]}}]}
    plan = {
        "resource_changes": [change],
        "planned_values": {
            "root_module": {"resources": [{"address": address, "mode": "managed", "type": "aws_x", "values": values}]}
        },
        "configuration": {"root_module": {"resources": [{"address": address, "expressions": written}]}},
    }
    (seen,) = prepare(plan)["planned_values"]["root_module"]["resources"]
    # `made` is in no expression: a dynamic block, of which a plan's JSON keeps none.
    assert seen["values"] == {"key": LATER, "block": [{"key": LATER, "own": None}], "made": [{"arn": LATER}]}
    assert values["key"] is None, "the plan itself stays as it was"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("exceptions: [", "this is no YAML"),
        ("exceptions: {}", "write one key"),
        ("other: []", "write one key"),
        ("exceptions:\n  - policy: tags\n", "an exception has"),
        ("exceptions:\n  - { policy: tags, reason: x, until: y }\n", "an exception has"),
        ("", None),
    ],
)
def test_a_wrong_exceptions_file_is_told(text: str, wrong: str | None) -> None:
    _, told = read(text)
    assert [said.startswith(wrong or "") for _, said in told] == ([True] if wrong else [])


def test_an_exception_covers_what_its_globs_say() -> None:
    (one, every), _ = read(
        "exceptions:\n  - { policy: tags, resources: [aws_vpc.*], reason: x }\n  - { policy: encryption, reason: x }\n"
    )
    assert one.position.line == 2
    assert one.covers("tags", "aws_vpc.a")
    assert one.covers("tags", 'module.a["x.y"].module.b.aws_vpc.a["k"]')
    assert not one.covers("tags", "aws_eip.a")
    assert not one.covers("encryption", "aws_vpc.a")
    assert every.covers("encryption", "module.a.aws_eip.a")


def test_an_address_is_found_through_modules(root: Path) -> None:
    sources = {"foundation": "../../../../modules/foundation-aws", "keys": "../kms-aws"}
    call = {"source": sources["foundation"], "module": {"module_calls": {"keys": {"source": sources["keys"], "module": {}}}}}
    plan = {"configuration": {"root_module": {"module_calls": {"foundation": call}}}}
    cluster = root / "terraform/environments/staging/aws/cluster"
    place = locate(root, cluster, plan, 'module.foundation.module.keys.aws_kms_key.this["a.b"]')
    assert place.path == "terraform/modules/kms-aws/main.tf"
    assert (root / place.path).read_text().splitlines()[place.line - 1] == 'resource "aws_kms_key" "this" {'
    unknown = locate(root, cluster, plan, "module.foundation.aws_no.such")
    assert unknown.path == "terraform/environments/staging/aws/cluster/main.tf"


def test_without_checkov_nobody_knows(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(policy_engine.sys, "prefix", str(tmp_path / "venv"))
    with pytest.raises(CannotRun, match=r"scripts/checkov\.sh installs it"):
        judge(root, {"x": plan_of({})})
