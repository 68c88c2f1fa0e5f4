"""Data at rest is not encrypted with a key of ours.

Each store names a key of the `kms` modules, so that access to data can be cut off, and seen, in one place. The cloud's own
default key does neither.

Mend: pass a key: `kms_key = module.keys.keys["…"]` to our modules, the argument that the message names elsewhere. An exception
needs its reason in terraform/policy.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plan_values import Policy, blocks, value

KEYS = {  # resource type: where its key is named
    "aws_cloudwatch_log_group": ("kms_key_id",),
    "aws_sns_topic": ("kms_master_key_id",),
    "aws_sqs_queue": ("kms_master_key_id",),
    "aws_cloudtrail": ("kms_key_id",),
    "aws_ebs_volume": ("kms_key_id",),
    "aws_db_instance": ("kms_key_id",),
    "aws_eks_cluster": ("encryption_config", "provider", "key_arn"),
    "aws_kinesis_firehose_delivery_stream": ("extended_s3_configuration", "kms_key_arn"),
    "google_storage_bucket": ("encryption", "default_kms_key_name"),
    "google_pubsub_topic": ("kms_key_name",),
    "google_compute_disk": ("disk_encryption_key", "kms_key_self_link"),
    "google_container_cluster": ("database_encryption", "key_name"),
    "google_container_node_pool": ("node_config", "boot_disk_kms_key"),
    "google_logging_project_bucket_config": ("cmek_settings", "kms_key_name"),
    "google_sql_database_instance": ("encryption_key_name",),
}
RULES = "aws_s3_bucket_server_side_encryption_configuration"
TEMPLATE = "aws_launch_template"


class Encryption(Policy):
    """Registers itself with checkov."""

    def problems(self, kind: str, conf: dict[str, Any]) -> Iterator[str]:
        """A key that is known only after apply is a key."""
        if kind in KEYS and not value(conf, *KEYS[kind]):
            yield f"no key of ours: {'.'.join(KEYS[kind])} is not set"
        if kind == RULES:
            chosen = [value(rule, "apply_server_side_encryption_by_default") or {} for rule in blocks(conf, "rule")]
            if not any(
                value(c, "sse_algorithm") in ("aws:kms", "aws:kms:dsse") and value(c, "kms_master_key_id") for c in chosen
            ):
                yield "objects are not encrypted with a key of ours: sse_algorithm aws:kms and kms_master_key_id are not set"
        if kind == TEMPLATE:
            for disk in blocks(conf, "block_device_mappings"):
                encrypted = str(value(disk, "ebs", "encrypted")).lower() == "true"
                if blocks(disk, "ebs") and not (encrypted and value(disk, "ebs", "kms_key_id")):
                    yield f"disk {value(disk, 'device_name')} is not encrypted with a key of ours"


check = Encryption("encryption", "Data at rest is encrypted with a key of ours", [*KEYS, RULES, TEMPLATE])
