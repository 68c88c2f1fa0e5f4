"""An identity may do everything, or something to everything.

A stolen credential can do what its policies say. `*` as an action, a whole service (`s3:*`), `*` as a resource without a
condition, an administrator's managed policy, owner or editor on a project: each turns one leak into the loss of the account.

Mend: name the actions and the resources; where AWS allows no resource but `*`, narrow it by a condition. An exception needs its
reason in terraform/policy.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plan_values import Policy, document, many, value

DOCUMENTS = {  # resource type: its policy document
    "aws_iam_policy": "policy",
    "aws_iam_role_policy": "policy",
    "aws_iam_user_policy": "policy",
    "aws_iam_group_policy": "policy",
    "aws_iam_role": "assume_role_policy",
    "aws_kms_key": "policy",
    "aws_s3_bucket_policy": "policy",
    "aws_sns_topic_policy": "policy",
    "aws_sqs_queue_policy": "policy",
}
OF_ONE_RESOURCE = {"aws_kms_key", "aws_iam_role"}
"""Documents that belong to one resource: `*` there means that one, and its owner account may hold every action on it."""
TOO_MUCH = {"AdministratorAccess", "PowerUserAccess", "IAMFullAccess"}
BASIC = {"roles/owner", "roles/editor"}


class WildcardIam(Policy):
    """Registers itself with checkov."""

    def problems(self, kind: str, conf: dict[str, Any]) -> Iterator[str]:
        """Statements that allow, attachments of managed policies, grants of basic roles."""
        if kind in DOCUMENTS:
            for number, statement in enumerate(document(conf, DOCUMENTS[kind])):
                if statement.get("Effect") == "Allow":
                    name = statement.get("Sid") or f"statement {number + 1}"
                    yield from (f"{name}: {said}" for said in _statement(kind, statement))
        elif kind == "aws_iam_role_policy_attachment":
            arn = str(value(conf, "policy_arn") or "")
            if arn.rpartition("/")[2] in TOO_MUCH:
                yield f"attaches {arn.rpartition('/')[2]}"
        elif value(conf, "role") in BASIC:
            yield f"grants {value(conf, 'role')}"


def _statement(kind: str, statement: dict[str, Any]) -> Iterator[str]:
    if "NotAction" in statement or "NotResource" in statement:
        yield "allows all but what it names (NotAction, NotResource)"
    if kind not in OF_ONE_RESOURCE:
        yield from (
            f"allows {action}" for action in many(statement.get("Action")) if action == "*" or str(action).endswith(":*")
        )
        if "*" in many(statement.get("Resource")) and not statement.get("Condition"):
            yield 'allows it on every resource ("*") without a condition'
    principal = statement.get("Principal")
    if (principal == "*" or (isinstance(principal, dict) and "*" in many(principal.get("AWS")))) and not statement.get(
        "Condition"
    ):
        yield "allows it to everybody (Principal *) without a condition"


check = WildcardIam(
    "wildcard-iam",
    "No identity may do everything",
    [
        *DOCUMENTS,
        "aws_iam_role_policy_attachment",
        "google_project_iam_member",
        "google_project_iam_binding",
        "google_organization_iam_member",
    ],
)
