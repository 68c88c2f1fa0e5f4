"""Drift is given to who changed the resource, and to nobody where the logs do not say."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ballast.audit import Drift, attribute, import_files, read, record_of
from tests.audit.test_imports import MAKE, cloudtrail, gcp, kubernetes, lines_of


def drifted(address: str, before: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """One item of `resource_drift` (Terraform's JSON output format)."""
    after = copy.deepcopy(before) | changes
    kind = address.rpartition(".")[0].rpartition(".")[2]
    return {"address": address, "type": kind, "change": {"actions": ["update"], "before": before, "after": after}}


def authors(tmp_path: Path, events: dict[str, list[dict[str, Any]]], *drift: dict[str, Any], **more: Any) -> list[Drift]:
    for format_, documents in events.items():
        import_files(format_, [lines_of(tmp_path / f"{format_}.jsonl", *documents)], tmp_path / "log")
    return attribute({"resource_drift": list(drift)}, map(record_of, read(tmp_path / "log")), **more)


GROUP = drifted(
    "module.network.aws_security_group.nodes", {"id": "sg-0123456789abcdef0", "ingress": [], "vpc_id": "vpc-9"}, ingress=[1]
)


def user(name: str) -> dict[str, str]:
    return {"type": "IAMUser", "arn": name}


CASES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("cloudtrail", cloudtrail(), GROUP, "changed"),
    (
        "cloudtrail",
        cloudtrail(eventSource="s3.amazonaws.com", eventName="PutBucketPolicy", requestParameters={"bucketName": "acme-logs"}),
        drifted("aws_s3_bucket_policy.logs", {"id": "acme-logs", "bucket": "acme-logs", "policy": "a"}, policy="b"),
        "changed",
    ),
    (
        "cloudtrail",
        cloudtrail(
            eventSource="kms.amazonaws.com",
            eventName="TagResource",
            requestParameters={"keyId": "1234abcd"},
            resources=[{"ARN": "arn:aws:kms:eu-west-1:1:key/1234abcd", "type": "AWS::KMS::Key"}],
        ),
        drifted(
            "aws_kms_key.audit", {"id": "1234abcd", "arn": "arn:aws:kms:eu-west-1:1:key/1234abcd", "tags": {}}, tags={"a": "b"}
        ),
        "changed",
    ),
    (
        "cloudtrail",
        cloudtrail(
            eventSource="rds.amazonaws.com", eventName="ModifyDBInstance", requestParameters={"dBInstanceIdentifier": "orders"}
        ),
        drifted("aws_db_instance.orders", {"id": "db-ABC", "identifier": "orders", "storage": 1}, storage=2),
        "changed",
    ),
    (
        "cloudtrail",
        cloudtrail(requestParameters={"groupId": "sg-1", "vpcId": "vpc-9"}),
        drifted("aws_vpc.this", {"id": "vpc-9"}, a=1),
        "named",
    ),
    (
        "gcp",
        gcp(),
        drifted(
            "google_compute_firewall.ssh",
            {"id": "projects/acme/global/firewalls/allow-ssh", "name": "allow-ssh", "disabled": False},
            disabled=True,
        ),
        "changed",
    ),
    (
        "gcp",
        gcp(
            payload={
                "serviceName": "container.googleapis.com",
                "methodName": "google.container.v1.ClusterManager.UpdateCluster",
                "resourceName": "projects/acme/zones/europe-west1-b/clusters/main",
            }
        ),
        drifted("google_container_cluster.main", {"id": "projects/acme/locations/europe-west1-b/clusters/main", "a": 1}, a=2),
        "changed",
    ),
    (
        "gcp",
        gcp(
            payload={
                "serviceName": "storage.googleapis.com",
                "methodName": "storage.buckets.update",
                "resourceName": "projects/_/buckets/acme",
            }
        ),
        drifted("google_storage_bucket.logs", {"id": "acme", "name": "acme", "labels": {}}, labels={"a": "b"}),
        "changed",
    ),
    (
        "gcp",
        gcp(
            payload={
                "methodName": "SetIamPolicy",
                "serviceName": "cloudresourcemanager.googleapis.com",
                "resourceName": "projects/acme",
            }
        ),
        drifted(
            "google_project_iam_binding.owner",
            {"id": "projects/acme/roles/owner", "project": "projects/acme", "members": []},
            members=["x"],
        ),
        "changed",
    ),
    (
        "kubernetes",
        kubernetes(),
        drifted(
            "kubernetes_deployment_v1.gateway",
            {"metadata": [{"name": "gateway", "namespace": "monitoring"}], "spec": [1]},
            spec=[2],
        ),
        "changed",
    ),
    (
        "kubernetes",
        kubernetes(objectRef={"resource": "networkpolicies", "namespace": "x", "name": "y", "apiGroup": "networking.k8s.io"}),
        drifted("kubernetes_network_policy_v1.y", {"metadata": [{"name": "y", "namespace": "x"}], "spec": [1]}, spec=[2]),
        "changed",
    ),
    (
        "kubernetes",
        kubernetes(
            verb="create", objectRef={"resource": "secrets", "namespace": "monitoring", "name": "sh.helm.release.v1.loki.v7"}
        ),
        drifted("helm_release.loki", {"name": "loki", "namespace": "monitoring", "metadata": [], "version": "1"}, version="2"),
        "changed",
    ),
]


@pytest.mark.parametrize(("format_", "event", "drift", "match"), CASES, ids=[case[2]["type"] for case in CASES])
def test_drift_is_given_to_who_changed_it(
    tmp_path: Path, format_: str, event: dict[str, Any], drift: dict[str, Any], match: str
) -> None:
    [found] = authors(tmp_path, {format_: [event]}, drift)
    [author] = found.authors
    assert "ada@acme.example" in author.who
    assert author.match == match
    assert record_of(list(read(tmp_path / "log"))[author.entry - 1]).details["action"] == author.action


@pytest.mark.parametrize(("format_", "event", "drift", "match"), CASES, ids=[case[2]["type"] for case in CASES])
def test_drift_is_given_to_nobody_who_changed_something_else(
    tmp_path: Path, format_: str, event: dict[str, Any], drift: dict[str, Any], match: str
) -> None:
    text = json.dumps(drift["change"])
    for name in (
        "sg-0123456789abcdef0",
        "acme-logs",
        "1234abcd",
        "orders",
        "vpc-9",
        "allow-ssh",
        "main",
        "acme",
        "gateway",
        "loki",
    ):
        text = text.replace(f'"{name}"', '"another"').replace(f"/{name}", "/another")
    text = text.replace('"y"', '"another"')
    [found] = authors(tmp_path, {format_: [event]}, drift | {"change": json.loads(text)})
    assert found.authors == []


def test_what_others_did_is_no_drift_of_ours(tmp_path: Path) -> None:
    """Of a provider, another provider's events; of what failed, nothing; of what is named, less than of what was changed."""
    events = {
        "cloudtrail": [
            cloudtrail("failed", errorCode="AccessDenied"),
            cloudtrail("named", eventName="RunInstances", eventTime="2026-11-24T11:00:00Z", userIdentity=user("eve")),
            cloudtrail("older", eventTime="2026-11-24T07:00:00Z", userIdentity=user("bob")),
            cloudtrail("newer"),
        ],
        "gcp": [gcp(payload={"resourceName": "sg-0123456789abcdef0"})],
    }
    [found] = authors(tmp_path, events, GROUP)
    assert [one.who.rpartition("/")[2] for one in found.authors] == ["ada@acme.example", "bob", "eve"]
    assert [one.match for one in found.authors] == ["changed", "changed", "named"]
    since = datetime(2026, 11, 24, 8, tzinfo=UTC) + timedelta(minutes=1)
    [found] = authors(tmp_path, {}, GROUP, since=since)
    assert [one.who.rpartition("/")[2] for one in found.authors] == ["ada@acme.example", "eve"]


def test_attributes_are_named_and_values_never_shown(tmp_path: Path) -> None:
    secret = drifted(
        "aws_db_instance.x",
        {"id": "x", "password": "hunter2", "tags": {"a": "1", "b": "2"}},
        password="hunter3",
        tags={"a": "9"},
    )
    [found] = authors(tmp_path, {"cloudtrail": [cloudtrail()]}, secret)
    assert found.attributes == ["password", "tags.a", "tags.b"]
    assert "hunter" not in repr(found)


def test_what_did_not_drift_is_left_out(tmp_path: Path) -> None:
    same = drifted("aws_vpc.x", {"id": "x"})
    same["change"]["actions"] = ["no-op"]
    gone = {"address": "aws_vpc.y", "type": "aws_vpc", "change": {"actions": ["delete"], "before": {"id": "y"}, "after": None}}
    found = authors(tmp_path, {"cloudtrail": [MAKE["cloudtrail"]()]}, same, gone)
    assert [(one.address, one.attributes) for one in found] == [("aws_vpc.y", [])]
