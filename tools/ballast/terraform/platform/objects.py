"""Kubernetes manifests of `kubernetes_*` resources: the provider's words as the API's, by the provider's own schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from ballast.repo import CannotRun
from ballast.terraform.platform.model import Manifest, Platform, Resource

KINDS: Mapping[str, tuple[str, str]] = {
    "kubernetes_cluster_role_binding_v1": ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    "kubernetes_cluster_role_v1": ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    "kubernetes_config_map_v1": ("v1", "ConfigMap"),
    "kubernetes_cron_job_v1": ("batch/v1", "CronJob"),
    "kubernetes_daemon_set_v1": ("apps/v1", "DaemonSet"),
    "kubernetes_deployment_v1": ("apps/v1", "Deployment"),
    "kubernetes_horizontal_pod_autoscaler_v2": ("autoscaling/v2", "HorizontalPodAutoscaler"),
    "kubernetes_ingress_v1": ("networking.k8s.io/v1", "Ingress"),
    "kubernetes_job_v1": ("batch/v1", "Job"),
    "kubernetes_limit_range_v1": ("v1", "LimitRange"),
    "kubernetes_namespace_v1": ("v1", "Namespace"),
    "kubernetes_network_policy_v1": ("networking.k8s.io/v1", "NetworkPolicy"),
    "kubernetes_persistent_volume_claim_v1": ("v1", "PersistentVolumeClaim"),
    "kubernetes_pod_disruption_budget_v1": ("policy/v1", "PodDisruptionBudget"),
    "kubernetes_priority_class_v1": ("scheduling.k8s.io/v1", "PriorityClass"),
    "kubernetes_resource_quota_v1": ("v1", "ResourceQuota"),
    "kubernetes_role_binding_v1": ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    "kubernetes_role_v1": ("rbac.authorization.k8s.io/v1", "Role"),
    "kubernetes_service_account_v1": ("v1", "ServiceAccount"),
    "kubernetes_service_v1": ("v1", "Service"),
    "kubernetes_stateful_set_v1": ("apps/v1", "StatefulSet"),
    "kubernetes_storage_class_v1": ("storage.k8s.io/v1", "StorageClass"),
    "kubernetes_validating_webhook_configuration_v1": ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
}
UNCLUSTERED = {
    "ClusterRole",
    "ClusterRoleBinding",
    "Namespace",
    "PriorityClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
}
"""Kinds that are in no namespace."""

# Not the object's: how Terraform waits for it, and what the API server adds.
_OURS = {
    "id",
    "timeouts",
    "wait_for_rollout",
    "wait_for_load_balancer",
    "wait_for_default_service_account",
    "wait_for_completion",
    "wait_until_bound",
    "default_secret_name",
    "status",
}
_SERVER = {"generation", "resource_version", "uid", "generate_name", "self_link"}
# Blocks that repeat are named in the singular by the provider.
_PLURAL = {
    "container": "containers",
    "init_container": "initContainers",
    "volume": "volumes",
    "volume_mount": "volumeMounts",
    "volume_claim_template": "volumeClaimTemplates",
    "rule": "rules",
    "subject": "subjects",
    "port": "ports",
    "metric": "metrics",
    "policy": "policies",
    "toleration": "tolerations",
    "topology_spread_constraint": "topologySpreadConstraints",
    "image_pull_secrets": "imagePullSecrets",
    "match_expressions": "matchExpressions",
    "limit": "limits",
    "webhook": "webhooks",
    "required_during_scheduling_ignored_during_execution": "requiredDuringSchedulingIgnoredDuringExecution",
    "path": "paths",
    "host_aliases": "hostAliases",
    "secret": "secrets",
    "image_pull_secret": "imagePullSecrets",
    "item": "items",
    "items": "items",
}
_NUMBER = re.compile(r"\d+")
_EITHER = {"port", "targetPort", "maxUnavailable", "minAvailable"}
"""Fields that take a number or a text (a name, a share), which the provider keeps as text."""
_RENAMED = {"storage_provisioner": "provisioner"}
"""Fields that the provider calls otherwise."""


def manifests(platform: Platform, schemas: Path) -> Iterator[Manifest]:
    """Every Kubernetes object of the plan: custom resources and raw manifests as they are, typed resources converted.

    `schemas` is terraform/schemas. Values that are known only after apply are left out.
    """
    yield from platform.manifests
    for resource in platform.resources:
        if resource.type in KINDS:
            yield converted(resource, schemas)


def converted(resource: Resource, schemas: Path) -> Manifest:
    """The manifest of one `kubernetes_*` resource. Raises CannotRun for a type whose API is not known here."""
    if resource.type not in KINDS:
        raise CannotRun(f"{resource.address}: no manifest is known for {resource.type} (objects.py: KINDS)")
    version, kind = KINDS[resource.type]
    if (block := _blocks(schemas).get(resource.type)) is None:
        raise CannotRun(
            f"{resource.address}: {schemas} holds no schema of {resource.type}; "
            f"bring it with `ballast schemas add {resource.type} --from DIR`"
        )
    body = _object(resource.values, block, top=True)
    if kind in UNCLUSTERED:
        body.get("metadata", {}).pop("namespace", None)
    document = {"apiVersion": version, "kind": kind, **body}
    return Manifest(resource.address, f"{kind.lower()}/{document.get('metadata', {}).get('name', '')}", document)


def _object(values: Mapping[str, Any], block: Mapping[str, Any], *, top: bool = False) -> dict[str, Any]:
    nested = block.get("block_types", {})
    found: dict[str, Any] = {}
    for name, value in values.items():
        if value is None or (top and name in _OURS) or name in _SERVER:
            continue
        if name not in nested:
            key = _RENAMED.get(name) or _camel(name)
            if value not in ("", [], {}) or name in ("api_groups", "empty_dir"):
                found[key] = int(value) if key in _EITHER and isinstance(value, str) and _NUMBER.fullmatch(value) else value
            continue
        inner = nested[name]["block"]
        items = [_object(item or {}, inner) for item in (value if isinstance(value, list) else [value])]
        if nested[name].get("max_items") == 1 or nested[name].get("nesting_mode") == "single":
            found |= {_camel(name): item for item in items[:1]}
        elif items:
            found[_PLURAL.get(name, _camel(name))] = items
    return found


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(
        {"ip": "IP", "ips": "IPs", "cidr": "CIDR", "pid": "PID"}.get(part, part.capitalize()) for part in rest
    )


@cache
def _blocks(schemas: Path) -> dict[str, Mapping[str, Any]]:
    path = schemas / "hashicorp-kubernetes.json"
    try:
        provider = next(iter(orjson.loads(path.read_bytes())["provider_schemas"].values()))
    except OSError as error:
        raise CannotRun(f"{path} cannot be read: {error.strerror}") from None
    return {name: schema["block"] for name, schema in provider["resource_schemas"].items()}
