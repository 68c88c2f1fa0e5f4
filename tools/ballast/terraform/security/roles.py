"""What a component may do in the cloud is what it needs there: no action more, none less, for its service account alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ballast.terraform.platform import Resource, proven, unproven
from ballast.terraform.security.model import Cell, View

SECTION = "cloud roles"

# What each kind of need takes, by cloud.
ACTIONS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "keeps objects": {
        "aws": frozenset(
            f"s3:{name}"
            for name in (
                "GetBucketLocation", "ListBucket", "ListBucketMultipartUploads", "AbortMultipartUpload", "DeleteObject",
                "GetObject", "ListMultipartUploadParts", "PutObject",
            )
        ),
        "gcp": frozenset({"roles/storage.objectUser", "roles/storage.legacyBucketReader"}),
    },
    "uses a key": {
        "aws": frozenset({"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"}),
        "gcp": frozenset({"roles/cloudkms.cryptoKeyEncrypterDecrypter", "roles/cloudkms.viewer"}),
    },
    "publishes": {"aws": frozenset({"sns:Publish"}), "gcp": frozenset({"roles/pubsub.publisher"})},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Need:
    """What a service account needs, by cloud, and why. On AWS who writes encrypted objects or messages uses the key as well."""

    aws: tuple[str, ...]
    gcp: tuple[str, ...]
    reason: str


NEEDS: Mapping[tuple[str, str], Need] = {
    ("thanos", "thanos"): Need(("keeps objects", "uses a key"), ("keeps objects",), "blocks; the compactor deletes old ones"),
    ("victoriametrics", "victoriametrics"): Need(
        ("keeps objects", "uses a key"), ("keeps objects",), "backups, of which old ones go"
    ),
    ("loki", "loki"): Need(("keeps objects", "uses a key"), ("keeps objects",), "chunks and index; retention deletes"),
    ("tempo", "tempo"): Need(("keeps objects", "uses a key"), ("keeps objects",), "blocks of spans; retention deletes"),
    ("postgresql", "postgresql"): Need(
        ("keeps objects", "uses a key"), ("keeps objects",), "backups and the archive, of which old ones go"
    ),
    ("vault", "vault"): Need(("uses a key",), ("uses a key",), "unseals itself"),
    ("prometheus", "alertmanager"): Need(("publishes", "uses a key"), (), "heartbeat on AWS; the topic is encrypted"),
    ("collectors", "collector"): Need((), ("publishes",), "heartbeat on Google Cloud"),
}


def roles(view: View) -> Iterator[Cell]:
    """Two cells a service account that has a cloud identity or needs one."""
    named = {
        (component.namespace, account.name): account.annotations
        for component in view.components
        for account in component.service_accounts
    }
    bound = {key for key, annotations in named.items() if any(_is_identity(name) for name in annotations)}
    cloud, granted = _granted(view.cluster) if view.cluster is not None else ("", {})
    for key in sorted(bound | {key for key in NEEDS if key in named} | set(granted)):
        subject = "/".join(key)
        where = f"service account {subject}"
        if view.cluster is None or not cloud:
            yield Cell(SECTION, subject, "only what it needs", unproven(where, "the cluster root was not read"))
            continue
        need = NEEDS.get(key)
        wanted = need.aws if need and cloud == "aws" else need.gcp if need else ()
        needed = frozenset(a for kind in wanted for a in ACTIONS[kind][cloud])
        has, place = granted.get(key, (frozenset(), where))
        extra, missing = sorted(has - needed), sorted(needed - has)
        reason = need.reason if need else "nothing that it needs is known"
        yield Cell(
            SECTION, subject, "no action more", proven(not extra, place, f"{', '.join(extra)}: {reason}" if extra else "")
        )
        yield Cell(
            SECTION, subject, "none missing", proven(not missing, place, f"{', '.join(missing)}: {reason}" if missing else "")
        )
        if key not in named:
            why = "no component runs as it"
            yield Cell(SECTION, subject, "is somebody's", proven(not has, place, why if has else ""))


def _is_identity(annotation: str) -> bool:
    return annotation in ("eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account")


def _granted(cluster: Iterable[Resource]) -> tuple[str, dict[tuple[str, str], tuple[frozenset[str], str]]]:
    """The cloud, and by namespace and service account what it may do, with the place of it."""
    resources = list(cluster)
    aws = [r for r in resources if r.type == "aws_iam_role"]
    if aws:
        return "aws", dict(_aws(resources))
    google = [r for r in resources if r.type == "google_service_account_iam_member"]
    return ("gcp", dict(_gcp(resources))) if google else ("", {})


def _aws(resources: list[Resource]) -> Iterator[tuple[tuple[str, str], tuple[frozenset[str], str]]]:
    policies: dict[str, set[str]] = {}
    for resource in resources:
        if resource.type == "aws_iam_role_policy":
            actions = policies.setdefault(str(resource.values.get("role")), set())
            for statement in json.loads(str(resource.values.get("policy") or "{}")).get("Statement", ()):
                given = statement.get("Action", ())
                actions |= {f"{a} on everything" if statement.get("Resource") == "*" else a for a in _list(given)}
        if resource.type == "aws_iam_role_policy_attachment":
            policies.setdefault(str(resource.values.get("role")), set()).add(str(resource.values.get("policy_arn")))
    for resource in resources:
        if resource.type != "aws_iam_role":
            continue
        for statement in json.loads(str(resource.values.get("assume_role_policy") or "{}")).get("Statement", ()):
            for name, subject in (statement.get("Condition", {}).get("StringEquals") or {}).items():
                if name.endswith(":sub") and str(subject).startswith("system:serviceaccount:"):
                    _, _, namespace, account = str(subject).split(":")
                    if namespace != "kube-system":  # add-ons of the cluster are module eks's matter
                        has = frozenset(policies.get(str(resource.values.get("name")), ()))
                        yield (namespace, account), (has, resource.address)


def _gcp(resources: list[Resource]) -> Iterator[tuple[tuple[str, str], tuple[frozenset[str], str]]]:
    emails = {str(r.values.get("name")): str(r.values.get("email")) for r in resources if r.type == "google_service_account"}
    held: dict[str, set[str]] = {}
    for resource in resources:
        if resource.type.endswith("_iam_member") and resource.type != "google_service_account_iam_member":
            wide = " on the project" if resource.type == "google_project_iam_member" else ""
            member = str(resource.values.get("member")).removeprefix("serviceAccount:")
            held.setdefault(member, set()).add(f"{resource.values.get('role')}{wide}")
    for resource in resources:
        member = str(resource.values.get("member"))
        if resource.type == "google_service_account_iam_member" and "[" in member:
            namespace, _, account = member.partition("[")[2].rstrip("]").partition("/")
            email = emails.get(str(resource.values.get("service_account_id")), "")
            yield (namespace, account), (frozenset(held.get(email, ())), resource.address)


def _list(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(item) for item in value] if isinstance(value, list) else []
