"""What a platform consists of, read from a Terraform plan: the words that every proof over it uses.

A reader (one a Helm chart, `readers/<chart>.py`) turns a release and its values into components; the security and
availability proofs, `ballast render`, the topology picture and the parity test read only these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["yes", "no", "unproven"]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something holds, and the place in the plan that shows it.

    `unproven` where it would rest on something that cannot be seen here, such as a chart's default: it is never green.
    `where` reads `<resource address>: <path in its values>`.
    """

    state: State
    where: str
    reason: str = ""

    @property
    def holds(self) -> bool:
        """True only for `yes`."""
        return self.state == "yes"


def proven(condition: bool, where: str, reason: str = "") -> Verdict:
    """`yes` or `no`, by something that stands in the plan."""
    return Verdict("yes" if condition else "no", where, reason)


def unproven(where: str, reason: str) -> Verdict:
    """Cannot be told from the plan; `reason` says why."""
    return Verdict("unproven", where, reason)


@dataclass(frozen=True, slots=True)
class Listener:
    """A port that a component answers on.

    `client_auth` says whether a client certificate is required. `human` listeners are for people, whose sign-in `oidc` proves.
    `probe_only` listeners answer health checks and metrics of the kubelet, nothing else. `webhook` listeners answer the API
    server's admission calls, which show no certificate on EKS and GKE: a NetworkPolicy has to let in the API server alone.
    """

    name: str
    port: int
    protocol: str
    tls: Verdict
    client_auth: Verdict
    human: bool = False
    oidc: Verdict | None = None
    probe_only: bool = False
    webhook: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A connection that a component opens: to the component `to` (or `external:<what>`) on `port`, and what for."""

    to: str
    port: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Workload:
    """A set of identical pods.

    `quorum` is how many must live for the workload to do its job; `spread` whether they are kept apart over zones, `pdb`
    whether a disruption budget keeps the quorum; `page_path` whether a page depends on it.
    """

    name: str
    kind: Literal["Deployment", "StatefulSet", "DaemonSet", "Job"]
    replicas: int
    quorum: int
    spread: Verdict
    pdb: Verdict
    page_path: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """Application configuration inside values or manifests. `kind` names its schema: prometheus, alertmanager, loki, …"""

    name: str
    kind: str
    data: Any
    where: str


@dataclass(frozen=True, slots=True)
class Image:
    """A container image as it is written, and whether it is pinned (a digest, or a version that is not a mutable tag)."""

    reference: str
    pinned: Verdict


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The Kubernetes identity of pods, with the annotations that bind it to a cloud role."""

    name: str
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the platform, such as Loki's ingesters, as a release deploys it."""

    name: str
    namespace: str
    source: str
    workloads: tuple[Workload, ...] = ()
    listeners: tuple[Listener, ...] = ()
    calls: tuple[Call, ...] = ()
    configs: tuple[Config, ...] = ()
    images: tuple[Image, ...] = ()
    service_accounts: tuple[ServiceAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """A `helm_release` of a plan: its address, the pinned chart, and all its `values` documents merged in order."""

    address: str
    name: str
    namespace: str
    chart: str
    version: str
    values: Values

    def get(self, *path: str, default: Any = None) -> Any:
        """The value at `path` ("server", "tls"), or `default` where no key of it is set."""
        here: Any = self.values
        for key in path:
            if not isinstance(here, Mapping) or key not in here:
                return default
            here = here[key]
        return here

    def where(self, *path: str) -> str:
        """How a verdict names `path` of this release."""
        return f"{self.address}: {'.'.join(path)}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A Kubernetes object of a plan, from module `kubernetes-objects` or from a `kubernetes_*` resource of the same kind."""

    address: str
    key: str
    document: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Its `kind`, such as `Certificate`."""
        return str(self.document.get("kind", ""))

    @property
    def namespace(self) -> str:
        """Its namespace, empty for cluster-wide objects."""
        return str((self.document.get("metadata") or {}).get("namespace", ""))


@dataclass(frozen=True, slots=True)
class Resource:
    """Any other resource of the plan: its planned values, with unknown ones left out."""

    address: str
    type: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Platform:
    """Everything that a root plans, ready to be read."""

    root: str
    releases: tuple[Release, ...]
    manifests: tuple[Manifest, ...]
    resources: tuple[Resource, ...]

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of these Terraform types, in address order."""
        return [resource for resource in self.resources if resource.type in types]

    def of_kind(self, *kinds: str) -> list[Manifest]:
        """The manifests of these Kubernetes kinds, in address order."""
        return [manifest for manifest in self.manifests if manifest.kind in kinds]
