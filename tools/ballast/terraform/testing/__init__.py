"""Tests of Terraform in Python: plan, apply with a destroy that is sure to come, upgrades, waits (docs/terraform-testing.md).

pytest_plugins = ["ballast.terraform.testing.plugin"]      # in conftest.py

def test_buckets(terraform):
    storage = terraform("terraform/modules/object-storage-aws", {"name": terraform.name("acme"), …})
    storage.plan().expect('aws_s3_bucket.this["metrics"]', "force_destroy", False)
    buckets = storage.apply().read("buckets", dict[str, dict[str, str]])
    storage.expect_idempotent()
"""

from ballast.terraform.testing.deployment import Deployment
from ballast.terraform.testing.harness import Harness
from ballast.terraform.testing.ledger import Entry, Ledger, reap
from ballast.terraform.testing.outputs import Outputs
from ballast.terraform.testing.plans import Plan
from ballast.terraform.testing.real import aws, kubectl
from ballast.terraform.testing.retries import TRANSIENT, Retry
from ballast.terraform.testing.waits import wait_http, wait_tcp

__all__ = [
    "TRANSIENT",
    "Deployment",
    "Entry",
    "Harness",
    "Ledger",
    "Outputs",
    "Plan",
    "Retry",
    "aws",
    "kubectl",
    "reap",
    "wait_http",
    "wait_tcp",
]
