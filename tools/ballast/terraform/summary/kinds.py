"""Which resources are about identities, the network's exposure and data; and what a change of them means in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ballast.terraform.summary.masking import masked

IDENTITY = re.compile(
    r"^aws_iam_|^aws_eks_access_|_policy$|_iam_(member|binding|policy|audit_config|custom_role)$|^google_service_account|"
    r"workload_identity|^aws_kms_(key|grant)$|^vault_(policy|.*_role|.*_auth_backend)"
)
NETWORK = re.compile(
    r"security_group|_firewall|^aws_(lb|alb|eip|nat_gateway|internet_gateway|route|vpc_endpoint|subnet|network_acl|vpc_peering)|"
    r"^google_compute_(address|global_address|router|forwarding_rule|network|subnetwork|route)|public_access_block$|^aws_eks_cluster$|"
    r"^google_container_cluster$"
)
DATA = re.compile(
    r"^aws_(s3_bucket|kms_key|db_instance|rds_cluster|dynamodb_table|ebs_volume|efs_file_system|cloudwatch_log_group|cloudtrail|sqs_queue)$|"
    r"^google_(storage_bucket|kms_crypto_key|kms_key_ring|sql_database_instance|compute_disk|logging_project_bucket_config|"
    r"bigquery_dataset|pubsub_topic|pubsub_subscription)$"
)
DOCUMENTS = ("policy", "assume_role_policy")


def topics(kind: str) -> Iterator[str]:
    """What a resource type is about."""
    for name, pattern in (("identity", IDENTITY), ("network", NETWORK), ("data", DATA)):
        if pattern.search(kind):
            yield name


def effects(raw: Mapping[str, Any]) -> Iterator[str]:
    """What a change gives (`+`) and takes (`-`)."""
    change, kind = raw["change"], raw["type"]
    before, after = (masked(change.get(side) or {}, change.get(f"{side}_sensitive")) for side in ("before", "after"))
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    unknown = change["after_unknown"] if isinstance(change.get("after_unknown"), dict) else {}
    for name in DOCUMENTS:
        had, has = set(_lines(before.get(name))), set(_lines(after.get(name)))
        yield from (f"- {line}" for line in sorted(had - has) if not unknown.get(name))
        yield from (f"+ {line}" for line in sorted(has - had))
        if unknown.get(name):
            yield f"? {name} is known after apply"
    if kind.endswith(("_iam_member", "_iam_binding")):
        yield from _pairs(before, after, lambda v: f"{v.get('role')} for {v.get('member') or v.get('members')}")
    elif kind.endswith("_policy_attachment"):
        yield from _pairs(
            before, after, lambda v: f"{v.get('policy_arn')} on {v.get('role') or v.get('user') or v.get('group')}"
        )
    elif "security_group" in kind and "rule" in kind:
        yield from _pairs(before, after, _rule)
    elif kind == "google_compute_firewall":
        yield from _pairs(before, after, lambda v: f"{v.get('direction') or 'INGRESS'} from {v.get('source_ranges')}")


def document_unknown(raw: Mapping[str, Any]) -> bool:
    """Whether a policy document is known only after apply, so that no policy could be judged on it."""
    unknown = raw["change"].get("after_unknown")
    return (
        isinstance(unknown, dict)
        and any(unknown.get(name) is True for name in DOCUMENTS)
        and bool(IDENTITY.search(raw["type"]))
    )


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any], say: Any) -> Iterator[str]:
    had, has = say(before) if before else None, say(after) if after else None
    if had != has:
        yield from (f"- {had}" for _ in [0] if had)
        yield from (f"+ {has}" for _ in [0] if has)


def _rule(values: Mapping[str, Any]) -> str:
    ports = f"{values.get('from_port')}-{values.get('to_port')}"
    sources = (
        values.get("cidr_ipv4")
        or values.get("cidr_ipv6")
        or values.get("cidr_blocks")
        or values.get("referenced_security_group_id")
    )
    return f"{values.get('ip_protocol') or values.get('protocol')} {ports} from {sources}"


def _lines(text: Any) -> Iterator[str]:
    """A policy document's statements, one line an action."""
    try:
        found = json.loads(text).get("Statement", []) if isinstance(text, str) else []
    except (ValueError, AttributeError):
        return
    for statement in found if isinstance(found, list) else [found]:
        if isinstance(statement, dict):
            who = f" to {_short(statement['Principal'])}" if "Principal" in statement else ""
            when = " if …" if statement.get("Condition") else ""
            for action in _many(statement.get("Action") or f"all but {_short(statement.get('NotAction'))}"):
                yield f"{statement.get('Effect')} {action} on {_short(statement.get('Resource', 'this'))}{who}{when}"


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
