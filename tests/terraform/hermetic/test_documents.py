"""Data sources and functions whose answers are computed as the providers compute them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ballast.terraform import Core
from ballast.terraform.hermetic.documents import google_iam_policy, iam_policy_document, vault_policy_document
from tests.terraform.hermetic.conftest import CLOUD, Tf


def statement(**arguments: Any) -> dict[str, Any]:
    names = (
        "actions",
        "not_actions",
        "resources",
        "not_resources",
        "principals",
        "not_principals",
        "condition",
        "sid",
        "effect",
    )
    return dict.fromkeys(names) | arguments


def test_a_policy_document_is_aws_json() -> None:
    base = iam_policy_document({"statement": [statement(sid="Base", actions=["s3:ListBucket"], resources=["*"])]})["json"]
    document = iam_policy_document(
        {
            "source_policy_documents": [base],
            "statement": [
                statement(
                    sid="Read",
                    actions=["s3:GetObject", "s3:PutObject"],
                    resources=["arn:aws:s3:::b/*"],
                    principals=[{"type": "AWS", "identifiers": ["arn:aws:iam::1:role/a"]}],
                    condition=[
                        {"test": "StringEquals", "variable": "aws:x", "values": ["1"]},
                        {"test": "StringEquals", "variable": "aws:y", "values": ["1", "2"]},
                    ],
                ),
                statement(effect="Deny", actions=["*"], resources=["*"], principals=[{"type": "*", "identifiers": ["*"]}]),
            ],
            "override_policy_documents": ['{"Statement": {"Sid": "Base", "Effect": "Deny", "Action": "*", "Resource": "*"}}'],
        }
    )
    assert (
        json.loads(document["json"])
        == json.loads(document["minified_json"])
        == {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "Base", "Effect": "Deny", "Action": "*", "Resource": "*"},
                {
                    "Sid": "Read",
                    "Effect": "Allow",
                    "Action": ["s3:PutObject", "s3:GetObject"],
                    "Resource": "arn:aws:s3:::b/*",
                    "Principal": {"AWS": "arn:aws:iam::1:role/a"},
                    "Condition": {"StringEquals": {"aws:x": "1", "aws:y": ["1", "2"]}},
                },
                {"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*"},
            ],
        }
    )


def test_a_google_policy_and_a_vault_policy() -> None:
    policy = google_iam_policy(
        {
            "binding": [{"role": "roles/b", "members": ["user:z@x.org", "user:a@x.org"]}, {"role": "roles/a", "members": []}],
            "audit_config": [
                {"service": "allServices", "audit_log_configs": [{"log_type": "DATA_READ", "exempted_members": None}]}
            ],
        }
    )
    assert json.loads(policy["policy_data"]) == {
        "bindings": [{"members": [], "role": "roles/a"}, {"members": ["user:a@x.org", "user:z@x.org"], "role": "roles/b"}],
        "auditConfigs": [{"auditLogConfigs": [{"logType": "DATA_READ"}], "service": "allServices"}],
    }
    rule = {
        "path": "secret/*",
        "capabilities": ["read"],
        "description": "look",
        "allowed_parameter": [{"key": "k", "value": ["v"]}],
        "max_wrapping_ttl": "1h",
    }
    assert vault_policy_document({"rule": [rule]})["hcl"] == (
        '# look\npath "secret/*" {\n  capabilities = ["read"]\n  allowed_parameters = {\n    "k" = ["v"]\n  }\n'
        '  max_wrapping_ttl = "1h"\n}\n'
    )


FUNCTIONS = {
    'provider::aws::arn_parse("arn:aws:iam::123456789012:role/path/a").resource': "role/path/a",
    'provider::aws::arn_build("aws", "s3", "", "", "bucket")': "arn:aws:s3:::bucket",
    'provider::aws::trim_iam_role_path("arn:aws:iam::123456789012:role/path/a")': "arn:aws:iam::123456789012:role/a",
    'provider::google::name_from_id("projects/p/regions/r/subnetworks/s")': "s",
    'provider::google::project_from_id("projects/p/regions/r/subnetworks/s")': "p",
    'provider::google::region_from_id("projects/p/regions/r/subnetworks/s")': "r",
    'provider::google::location_from_id("projects/p/locations/l/clusters/c")': "l",
    'provider::google::region_from_zone("europe-west1-b")': "europe-west1",
    'provider::kubernetes::manifest_decode("{kind: Pod, spec: {n: [1, true]}}").spec.n[0]': 1,
    'provider::kubernetes::manifest_decode_multi("kind: A\\n---\\nkind: B\\n")[1].kind': "B",
    'provider::kubernetes::manifest_encode({ kind = "Pod", n = [1] })': "kind: Pod\nn:\n- 1\n",
}
REFUSED = {
    'provider::aws::arn_parse("role/a")': "is not an ARN",
    'provider::aws::trim_iam_role_path("arn:aws:iam::1:user/a")': "is not the ARN of an IAM role",
    'provider::google::region_from_zone("europe")': "is not a zone",
    'provider::google::zone_from_id("projects/p")': "has no zones/NAME",
    'provider::kubernetes::manifest_decode("a: 1\\n---\\nb: 1")': "manifest_decode_multi",
    'provider::kubernetes::manifest_decode("{")': "is not YAML",
}
PROVIDERS = """
terraform {
  required_providers {
    aws        = { source = "hashicorp/aws" }
    google     = { source = "hashicorp/google" }
    kubernetes = { source = "hashicorp/kubernetes" }
  }
}
"""


def test_provider_functions(start: Callable[..., Tf], core: Core) -> None:
    tf = start(core, CLOUD, only=["hashicorp/aws", "hashicorp/google", "hashicorp/kubernetes"])
    outputs = "".join(f'output "n{n}" {{ value = {call} }}\n' for n, call in enumerate(FUNCTIONS))
    tf.write(PROVIDERS + outputs)
    tf.init()
    tf.apply()
    assert tf.outputs() == {f"n{n}": value for n, value in enumerate(FUNCTIONS.values())}
    tf.write(PROVIDERS + "".join(f'output "n{n}" {{ value = {call} }}\n' for n, call in enumerate(REFUSED)))
    said = " ".join(tf("plan", code=1).replace("│", " ").split())
    assert [words for words in REFUSED.values() if words not in said] == []


def test_a_data_source_finds_what_a_root_made(tf: Tf) -> None:
    tf.probe('data "probe_thing" "found" { name = "x" }\noutput "arn" { value = data.probe_thing.found.arn }')
    tf.init()
    tf.apply()
    assert tf.outputs() == {"arn": "arn:probe:north:x/found"}
    tf.server.put("probe_thing", {"name": "x", "arn": "arn:probe:made"})
    tf.apply()
    assert tf.outputs() == {"arn": "arn:probe:made"}


def test_what_data_sources_say_of_an_account(start: Callable[..., Tf], core: Core) -> None:
    tf = start(core, CLOUD, only=["hashicorp/aws", "hashicorp/google"])
    tf.write("""
        provider "aws" {
          region = "eu-west-1"
          default_tags { tags = { owner = "sre" } }
        }
        provider "google" {
          project = "acme"
          region  = "us-east1"
        }
        data "aws_caller_identity" "this" {}
        data "aws_partition" "this" {}
        data "aws_region" "this" {}
        data "aws_availability_zones" "this" { state = "available" }
        data "google_project" "this" {}
        output "all" {
          value = {
            account = data.aws_caller_identity.this.account_id
            caller  = data.aws_caller_identity.this.arn
            part    = data.aws_partition.this.partition
            region  = data.aws_region.this.name
            zones   = data.aws_availability_zones.this.names
            project = data.google_project.this.project_id
          }
        }
    """)
    tf.init()
    tf.apply()
    assert tf.outputs()["all"] == {
        "account": "123456789012",
        "caller": "arn:aws:iam::123456789012:user/hermetic",
        "part": "aws",
        "region": "eu-west-1",
        "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        "project": "acme",
    }
