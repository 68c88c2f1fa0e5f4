"""Something can be reached from, or read by, the whole internet.

The platform's data is in reach of the private network and of named identities only. An API endpoint, a bucket, a database or a
port that answers everybody is found within hours by those who scan for it.

Mend: make the endpoint private and let in named ranges (`api_allowed_cidrs`), block public access on the bucket, name members
instead of `allUsers`. An exception needs its reason in terraform/policy.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plan_values import Policy, blocks, strings, value

EVERYBODY = {"0.0.0.0/0", "::/0"}
PUBLIC = {"allUsers", "allAuthenticatedUsers"}
FLAGS = {  # resource type: path of a flag, the value that is private, what a wrong one means
    "aws_eks_cluster": (("vpc_config", "endpoint_public_access"), False, "the Kubernetes API has a public endpoint"),
    "google_container_cluster": (
        ("private_cluster_config", "enable_private_endpoint"),
        True,
        "the Kubernetes API has a public endpoint",
    ),
    "aws_db_instance": (("publicly_accessible",), False, "the database has a public address"),
    "aws_lb": (("internal",), True, "the load balancer faces the internet"),
    "aws_instance": (("associate_public_ip_address",), False, "the machine has a public address"),
    "aws_subnet": (("map_public_ip_on_launch",), False, "machines in the subnet get public addresses"),
    "google_storage_bucket": (("public_access_prevention",), "enforced", "the bucket may be made public"),
    "google_sql_database_instance": (
        ("settings", "ip_configuration", "ipv4_enabled"),
        False,
        "the database has a public address",
    ),
}
BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
UNSET_IS_PRIVATE = {"aws_db_instance", "aws_instance", "aws_subnet"}


class PublicEndpoint(Policy):
    """Registers itself with checkov."""

    def problems(self, kind: str, conf: dict[str, Any]) -> Iterator[str]:
        """By type."""
        if kind in FLAGS:
            path, private, said = FLAGS[kind]
            given = value(conf, *path)
            if given != private and not (given is None and kind in UNSET_IS_PRIVATE):
                yield f"{said} ({'.'.join(path)} is {given!r})"
        elif kind == "aws_s3_bucket_public_access_block":
            yield from (f"{name} is not true" for name in BLOCKS if value(conf, name) is not True)
        elif kind == "aws_vpc_security_group_ingress_rule" or (
            kind == "aws_security_group_rule" and value(conf, "type") == "ingress"
        ):
            ranges = [
                value(conf, "cidr_ipv4"),
                value(conf, "cidr_ipv6"),
                *strings(conf, "cidr_blocks"),
                *strings(conf, "ipv6_cidr_blocks"),
            ]
            yield from (f"lets in {everybody}" for everybody in EVERYBODY.intersection(r for r in ranges if isinstance(r, str)))
        elif kind in ("aws_security_group", "aws_default_security_group"):
            for rule in blocks(conf, "ingress"):
                yield from (
                    f"lets in {r}"
                    for r in EVERYBODY.intersection(strings(rule, "cidr_blocks") + strings(rule, "ipv6_cidr_blocks"))
                )
        elif kind == "google_compute_firewall" and value(conf, "direction") != "EGRESS" and blocks(conf, "allow"):
            yield from (f"lets in {r}" for r in EVERYBODY.intersection(strings(conf, "source_ranges")))
        elif kind.endswith("_iam_member"):
            yield from (f"grants a role to {m}" for m in PUBLIC.intersection([value(conf, "member")]))
        elif kind.endswith("_iam_binding"):
            yield from (f"grants a role to {m}" for m in PUBLIC.intersection(strings(conf, "members")))


check = PublicEndpoint(
    "public-endpoint",
    "Nothing is reachable from the whole internet",
    [
        *FLAGS,
        "aws_s3_bucket_public_access_block",
        "aws_vpc_security_group_ingress_rule",
        "aws_security_group_rule",
        "aws_security_group",
        "aws_default_security_group",
        "google_compute_firewall",
        *(
            f"google_{what}_iam_{kind}"
            for what in ("storage_bucket", "pubsub_topic", "kms_crypto_key", "service_account", "project")
            for kind in ("member", "binding")
        ),
    ],
)
