"""A plan destroys, or replaces, something that holds data.

Nothing is deleted: what is out of use is archived. A bucket, key, database, disk or log group in a plan's list of destroys is
mostly a renamed resource or a removed module call, and its data is gone when the plan is applied.

Mend: keep the data: a `moved` block for a renamed resource, `removed { lifecycle { destroy = false } }` for one that Terraform
should forget. To give the data up, first apply the tag (label) `archived = "true"` in a change of its own, then destroy it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plan_values import Policy, going, labels

STORES = [
    "aws_s3_bucket",
    "aws_kms_key",
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_dynamodb_table",
    "aws_ebs_volume",
    "aws_efs_file_system",
    "aws_cloudwatch_log_group",
    "aws_cloudtrail",
    "aws_sqs_queue",
    "google_storage_bucket",
    "google_kms_crypto_key",
    "google_kms_key_ring",
    "google_sql_database_instance",
    "google_compute_disk",
    "google_logging_project_bucket_config",
    "google_bigquery_dataset",
    "google_pubsub_topic",
    "google_pubsub_subscription",
]


class DestroyedData(Policy):
    """Registers itself with checkov. Plans are handed over with what goes away in them, as it is now (see prepare.py)."""

    about_destroying = True

    def problems(self, kind: str, conf: dict[str, Any]) -> Iterator[str]:
        """What goes away, by itself or to be replaced, without the marker."""
        if going(conf) and str((labels(conf) or {}).get("archived")).lower() != "true":
            yield "is destroyed or replaced, and holds data: nothing marks it as archived"


check = DestroyedData("destroyed-data", "No data is destroyed that is not archived", STORES)
