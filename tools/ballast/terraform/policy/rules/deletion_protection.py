"""Something of production that is hard to bring back can be destroyed in one step.

A cluster or database of production is removed in two reviewed steps: its protection is switched off, then it is destroyed. A
plan that does both at once has nobody between a wrong line and the loss.

Mend: `deletion_protection = true`. An exception needs its reason in terraform/policy.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plan_values import Policy, labels, value

FLAGS = {  # resource type: its flag
    "google_container_cluster": ("deletion_protection",),
    "google_sql_database_instance": ("deletion_protection",),
    "aws_db_instance": ("deletion_protection",),
    "aws_rds_cluster": ("deletion_protection",),
    "aws_lb": ("enable_deletion_protection",),
    "aws_dynamodb_table": ("deletion_protection_enabled",),
    "terraform_data": ("input", "protected"),
}


class DeletionProtection(Policy):
    """Registers itself with checkov."""

    def problems(self, kind: str, conf: dict[str, Any]) -> Iterator[str]:
        """Production by its label, or by the plan's file name where a type carries none."""
        environment = (labels(conf) or {}).get("environment")
        production = environment == "production" if environment else "production" in str(self.entity_path).partition(":")[0]
        given = value(conf, *FLAGS[kind])
        if kind == "terraform_data" and given is None:
            return  # not ours: module eks holds its cluster by one that has this input
        if production and str(given).lower() != "true":
            yield f"{'.'.join(FLAGS[kind])} is {given!r} in production"


check = DeletionProtection("deletion-protection", "What is hard to bring back is protected in production", FLAGS)
