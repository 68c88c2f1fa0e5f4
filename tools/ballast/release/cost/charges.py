"""What a resource is charged for: by type, from its values in a plan.

Three answers: lines (a quantity of a priced item), free (with the reason), or unknown (with what is missing). A type
that is not named here is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ballast.release.cost.interval import Interval

type Values = Mapping[str, Any]
type Usage = Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Line:
    """So much of an item: a number of things that run all month, or gigabytes (a month, or kept for a month)."""

    item: str
    quantity: Interval
    note: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A part of the cost that nobody can tell, and why."""

    why: str


type Charge = Line | Unknown

FREE = {
    "aws": re.compile(
        r"^aws_(iam_|eks_access_|eks_addon$|default_security_group|security_group|vpc$|vpc_security_group_|subnet$|route|"
        r"internet_gateway|launch_template$|kms_alias|s3_bucket_|sns_topic$|sns_topic_policy|cloudwatch_log_subscription_filter|flow_log|"
        r"eks_pod_identity|network_acl|vpc_dhcp|placement_group|cloudtrail$)"
    ),
    "google": re.compile(
        r"^google_(project_iam_|service_account|storage_bucket_iam|kms_key_ring|kms_crypto_key_iam|compute_network|"
        r"compute_subnetwork|compute_router$|compute_firewall|compute_route$|logging_project_sink|iam_workload_identity|"
        r"project_service|pubsub_topic_iam|monitoring_notification_channel)"
    ),
    "other": re.compile(
        r"^(terraform_data|time_|random_|tls_|null_|grafana_|vault_|kubernetes_(?!service(_v1)?$|persistent_volume)|"
        r"pagerduty_(service|schedule|team$|escalation_policy|event_|ruleset|extension|service_|maintenance))"
    ),
}
"""Types that carry no charge of their own: identities, addresses within, rules, what is inside servers paid elsewhere."""

SUBSCRIPTION = re.compile(
    r"^(pagerduty_user$|pagerduty_license|opsgenie_|atlassian_|grafana_cloud_|aws_marketplace_|aws_savingsplans|aws_shield_|"
    r"aws_.*reserved|aws_ec2_capacity_|aws_route53domains_|aws_support|google_compute_(region_)?commitment|"
    r"google_compute_reservation|google_cloud_domains|google_commerce|datadog_|hcp_|tfe_)"
)
"""What is bought: a seat, a plan, a commitment, a domain. It needs its owner present."""

_CHARGES: dict[str, Callable[[Values, Usage], Iterator[Charge]]] = {}


def provider_of(kind: str) -> str:
    """`aws` or `gcp` by a resource's type, else its first word."""
    first = kind.partition("_")[0]
    return "gcp" if first == "google" else first


def charges(kind: str, values: Values, usage: Usage) -> list[Charge]:
    """What a resource with these values is charged for; an empty list is a resource without a charge."""
    if SUBSCRIPTION.match(kind):
        return [Unknown("a subscription or purchase: its price is in a contract (docs/costs.md)")]
    if make := _CHARGES.get(kind):
        return list(make(values, usage))
    if any(pattern.match(kind) for pattern in FREE.values()):
        return []
    return [Unknown(f"nobody has written what {kind} is charged for (tools/ballast/release/cost/charges.py)")]


def _of(*kinds: str) -> Callable[[Callable[[Values, Usage], Iterator[Charge]]], Callable[[Values, Usage], Iterator[Charge]]]:
    def register(make: Callable[[Values, Usage], Iterator[Charge]]) -> Callable[[Values, Usage], Iterator[Charge]]:
        _CHARGES.update(dict.fromkeys(kinds, make))
        return make

    return register


def _used(item: str, name: str, usage: Usage) -> Charge:
    """Gigabytes that no plan tells: from `usage` in cost.tfvars."""
    if found := usage.get(name):
        return Line(item, found, f"usage {name}")
    return Unknown(f"charged by use: say how much in usage.{name} of cost.tfvars")


def _number(value: Any) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, int | float | str) and not isinstance(value, bool) and value != "" else None


def _between(low: Any, high: Any) -> Interval | None:
    least, most = _number(low), _number(high)
    return Interval(min(least, most), max(least, most)) if least is not None and most is not None else None


def _first(values: Any, *path: str) -> Any:
    """Inside nested blocks, the first of each."""
    for step in path:
        values = values[0] if isinstance(values, list) and values else values
        values = values.get(step) if isinstance(values, Mapping) else None
    return values[0] if isinstance(values, list) and values else values


@_of("aws_eks_cluster")
def _eks(values: Values, _usage: Usage) -> Iterator[Charge]:
    yield Line("eks-cluster", Interval.of(1))
    if _first(values.get("upgrade_policy"), "support_type") != "STANDARD":
        # A version past its 14 months costs more, unless its policy upgrades the cluster by itself.
        yield Line("eks-extended-support", Interval.of(0, 1), "once its version leaves standard support")


@_of("aws_eks_node_group")
def _node_group(values: Values, _usage: Usage) -> Iterator[Charge]:
    nodes = _between(_first(values.get("scaling_config"), "min_size"), _first(values.get("scaling_config"), "max_size"))
    kind, gigabytes = values.get("ballast_instance_type"), _number(values.get("ballast_disk_gb"))
    if nodes is None or not kind:
        yield Unknown("the number or the type of its nodes is known after apply")
        return
    yield Line(f"ec2-{kind}", nodes, "least and most nodes")
    if gigabytes is None:
        yield Unknown("the size of its nodes' disks is not in the plan")
    else:
        yield Line(f"ebs-{values.get('ballast_disk_type') or 'gp3'}", nodes * gigabytes, "disks of its nodes")


@_of("aws_nat_gateway")
def _nat(_values: Values, usage: Usage) -> Iterator[Charge]:
    yield Line("nat-gateway", Interval.of(1))
    yield _used("nat-gateway-data", "nat_gb", usage)


@_of("aws_eip")
def _eip(_values: Values, _usage: Usage) -> Iterator[Charge]:
    yield Line("public-ipv4", Interval.of(1))


@_of("aws_vpc_endpoint")
def _endpoint(values: Values, usage: Usage) -> Iterator[Charge]:
    match values.get("vpc_endpoint_type"):
        case "Gateway":
            return
        case "Interface":
            zones = values.get("subnet_ids")
            if not isinstance(zones, list):
                yield Unknown("the number of its zones is known after apply")
            else:
                yield Line("vpc-endpoint-interface", Interval.of(len(zones)))
                yield _used("vpc-endpoint-data", "endpoint_gb", usage)
        case other:
            yield Unknown(f"an endpoint of type {other}")


@_of("aws_kms_key")
def _kms(values: Values, _usage: Usage) -> Iterator[Charge]:
    # The first and the second rotation each add a dollar a month, later ones nothing.
    yield Line("kms-key", Interval.of(1, 3) if values.get("enable_key_rotation") else Interval.of(1))


@_of("aws_s3_bucket")
def _bucket(values: Values, usage: Usage) -> Iterator[Charge]:
    yield from _stored("s3-standard", str(values.get("bucket") or ""), usage)


@_of("google_storage_bucket")
def _gcs(values: Values, usage: Usage) -> Iterator[Charge]:
    yield from _stored("gcs-standard", str(values.get("name") or ""), usage)


def _stored(item: str, bucket: str, usage: Usage) -> Iterator[Charge]:
    use = bucket.rpartition("-")[2]
    if use in ("metrics", "logs", "traces"):
        return  # counted where it is written: the platform root, from its load and retention
    yield _used(item, f"{use}_gb" if use else "object_storage_gb", usage)


@_of("aws_cloudwatch_log_group")
def _log_group(values: Values, usage: Usage) -> Iterator[Charge]:
    yield _used("cloudwatch-logs-ingest", "log_gb", usage)
    if (kept := usage.get("log_gb")) and (days := _number(values.get("retention_in_days"))):
        # Kept compressed: at 0.15 of their size in the pricing page's examples, at worst not at all.
        months = days / 30
        yield Line(
            "cloudwatch-logs-storage",
            Interval(kept.low * months * Decimal("0.15"), kept.high * months),
            "kept for its retention",
        )


@_of("aws_cloudwatch_metric_alarm")
def _alarm(_values: Values, _usage: Usage) -> Iterator[Charge]:
    yield Line("cloudwatch-alarm", Interval.of(1))


@_of("aws_kinesis_firehose_delivery_stream")
def _firehose(_values: Values, usage: Usage) -> Iterator[Charge]:
    yield _used("firehose", "log_gb", usage)


@_of("google_container_cluster")
def _gke(_values: Values, _usage: Usage) -> Iterator[Charge]:
    yield Line("gke-cluster", Interval.of(1))


@_of("google_container_node_pool")
def _node_pool(values: Values, _usage: Usage) -> Iterator[Charge]:
    scaling, config = values.get("autoscaling"), values.get("node_config")
    nodes = _between(_first(scaling, "total_min_node_count"), _first(scaling, "total_max_node_count"))
    kind, gigabytes = _first(config, "machine_type"), _number(_first(config, "disk_size_gb"))
    if nodes is None or not kind:
        yield Unknown("the number or the type of its nodes is not in the plan (autoscaling.total_max_node_count)")
        return
    yield Line(f"vm-{kind}", nodes, "least and most nodes")
    if gigabytes is None:
        yield Unknown("the size of its nodes' disks is not in the plan")
    else:
        yield Line(_first(config, "disk_type") or "pd-standard", nodes * gigabytes, "disks of its nodes")


@_of("google_compute_address", "google_compute_global_address")
def _address(values: Values, _usage: Usage) -> Iterator[Charge]:
    if values.get("address_type") != "INTERNAL":
        yield Line("external-ipv4", Interval.of(1))


@_of("google_compute_router_nat")
def _cloud_nat(_values: Values, usage: Usage) -> Iterator[Charge]:
    yield Line("cloud-nat-vm", Interval.of(1, 32), "by VM, up to 32")
    yield _used("cloud-nat-data", "nat_gb", usage)


@_of("google_kms_crypto_key")
def _crypto_key(values: Values, _usage: Usage) -> Iterator[Charge]:
    if _first(values.get("version_template"), "protection_level") in (None, "SOFTWARE"):
        # Every version that is not destroyed is charged; rotation adds one.
        yield Line("kms-key-version", Interval.of(1, 10) if values.get("rotation_period") else Interval.of(1), "its versions")
    else:
        yield Unknown("the price of its protection level")


@_of("google_logging_project_bucket_config")
def _log_bucket(values: Values, usage: Usage) -> Iterator[Charge]:
    yield _used("logging-ingest", "log_gb", usage)
    if (kept := usage.get("log_gb")) and (days := _number(values.get("retention_days"))):
        yield Line("logging-retention", kept * max(Decimal(0), days / 30 - 1), "kept for more than 30 days")


@_of("google_monitoring_alert_policy")
def _alert_policy(_values: Values, _usage: Usage) -> Iterator[Charge]:
    yield Unknown("by condition and by series read: the price is not in the file")


@_of("google_pubsub_topic")
def _topic(_values: Values, usage: Usage) -> Iterator[Charge]:
    yield _used("pubsub-data", "pubsub_gb", usage)


@_of("aws_sns_topic_subscription")
def _subscription(values: Values, _usage: Usage) -> Iterator[Charge]:
    if values.get("protocol") == "sms":
        yield Unknown("each SMS is charged by the recipient's country and carrier")
    # Others: the first thousand e-mails a month are free, and a heartbeat's page is rare.


@_of("kubernetes_service_v1", "kubernetes_service")
def _service(values: Values, _usage: Usage) -> Iterator[Charge]:
    if _first(values.get("spec"), "type") == "LoadBalancer":
        yield Unknown("a load balancer: by the hour and by what goes through it")


@_of("helm_release")
def _helm(_values: Values, _usage: Usage) -> Iterator[Charge]:
    # Pods run on nodes, which the cluster root pays; their disks come from the sizing model (sizing.py).
    return
    yield
