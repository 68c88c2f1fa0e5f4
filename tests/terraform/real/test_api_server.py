"""A real API server takes every Kubernetes object that the platform renders, and refuses what it must refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ballast.stack import ApiServer, Refused
from ballast.terraform.platform import Manifest, Platform
from ballast.terraform.platform.objects import KINDS, converted

from .conftest import CRDS, REPO, ROOTS, Once, Plans, releases

STAGING = ROOTS[0]
SCHEMAS = REPO / "terraform" / "schemas"
needs_crds = pytest.mark.skipif(not CRDS.is_dir(), reason="the definitions of custom resources (../shared/crds) are not here")
CHARTS = {"chart": "kubernetes-objects/chart", "gateway": "gateway/charts/gateway"}
"""Charts of ours by the last part of their path."""
FIRST = ("Namespace", "PriorityClass", "StorageClass", "ServiceAccount", "ClusterRole", "Role")
RESTRICTED = {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}}
CLOSED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
PODS = {"Deployment", "StatefulSet", "DaemonSet", "Job"}

type Charted = dict[str, list[Manifest]]


@pytest.fixture(scope="module")
def charted(api: ApiServer, plans: Plans, once: Once, tmp_path_factory: pytest.TempPathFactory) -> Charted:
    """What the real helm renders of our own charts, by root, each object in its release's namespace."""
    folder = tmp_path_factory.mktemp("values")

    def rendered(plan: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        return [
            (release["address"], document)
            for release in releases(plan)
            for document in yaml.load_all(_helm(api, "template", release, folder), yaml.CSafeLoader)
        ]

    made = once("charts", lambda: {root: rendered(plan) for root, plan in plans.items()})
    return {
        root: [Manifest(address, document["metadata"]["name"], document) for address, document in found]
        for root, found in made.items()
    }


def _helm(api: ApiServer, command: str, release: Mapping[str, Any], folder: Path) -> str:
    """Run `helm template` or `helm install` on a chart of ours with the values that a release plans."""
    chart = REPO / "terraform" / "modules" / CHARTS[release["chart"].rsplit("/", 1)[-1]]
    [text] = release["values"]
    values = folder / "values.yaml"
    values.write_text(text)
    return api.helm(command, release["name"], chart, "--namespace", release["namespace"], "--values", values)


@pytest.fixture(scope="module")
def refused(api: ApiServer, platforms: dict[str, Platform], charted: Charted) -> dict[str, dict[bool, list[str]]]:
    """What the server said of objects that it did not take, by root and by whether they are custom resources.

    The first root's objects stay.
    """
    said: dict[str, dict[bool, list[str]]] = {}
    for root in reversed(ROOTS):
        typed = [converted(r, SCHEMAS) for r in platforms[root].resources if r.type in KINDS]
        assert len(typed) > 200
        objects = sorted([*typed, *charted[root]], key=lambda m: FIRST.index(m.kind) if m.kind in FIRST else len(FIRST))
        said[root] = {True: [], False: []}
        for manifest in objects:
            try:
                api.apply(manifest.document)
                if "/namespaces/default/" in api.path(manifest.document):
                    raise Refused("it names no namespace")
            except Refused as error:
                said[root][_custom(manifest)].append(f"{manifest.address}: {manifest.key}: {error}")
            if manifest.kind == "Namespace":  # what the service account controller does
                account = {"name": "default", "namespace": manifest.document["metadata"]["name"]}
                api.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
        if root != STAGING:
            for manifest in objects:
                if manifest.kind == "StorageClass":  # nothing of it may be changed
                    api.delete(manifest.document)
    return said


def _custom(manifest: Manifest) -> bool:
    group = str(manifest.document["apiVersion"]).rpartition("/")[0]
    return "." in group and not group.endswith(".k8s.io")


def test_the_server_takes_every_object(refused: dict[str, dict[bool, list[str]]]) -> None:
    assert {root: said[False] for root, said in refused.items()} == {root: [] for root in refused}


@needs_crds
def test_the_server_takes_every_custom_resource(refused: dict[str, dict[bool, list[str]]], charted: Charted) -> None:
    assert {root: said[True] for root, said in refused.items()} == {root: [] for root in refused}
    assert len({m.kind for m in charted[STAGING] if _custom(m)}) > 8


def test_helm_renders_what_the_plan_says(platforms: dict[str, Platform], charted: Charted) -> None:
    """The chart `kubernetes-objects` changes nothing: no number becomes a float, no text a number."""
    for root, platform in platforms.items():
        rendered = {(m.address, m.kind, m.key): m.document for m in charted[root]}
        assert len(platform.manifests) > 50
        for manifest in platform.manifests:
            key = (manifest.address, manifest.kind, manifest.document["metadata"]["name"])
            assert rendered[key] == manifest.document


@pytest.mark.usefixtures("refused")
def test_helm_installs_a_chart_of_ours(api: ApiServer, plans: Plans, tmp_path: Path) -> None:
    """As Terraform's provider does it: the objects and the record of the release are there."""
    release = next(r for r in releases(plans[STAGING]) if r["name"] == "gateway") | {"name": "rehearsal"}
    _helm(api, "install", release, tmp_path)
    assert [r["status"] for r in json.loads(api.helm("list", "-n", release["namespace"], "-o", "json"))] == ["deployed"]
    api.helm("uninstall", release["name"], "-n", release["namespace"])


@pytest.mark.usefixtures("refused")
def test_pods_of_our_charts_fit_their_namespace(api: ApiServer, charted: Charted) -> None:
    """Each pod template as Pods, as many as the workload may become: Pod Security, priority, limits and quota let them in."""
    made = 0
    for manifest in charted[STAGING]:
        if manifest.kind not in PODS:
            continue
        api.enforce_quota(manifest.namespace)
        template = manifest.document["spec"]["template"]
        most = max(
            [int(manifest.document["spec"].get("replicas") or 1)]
            + [int(m.document["spec"]["maxReplicas"]) for m in charted[STAGING] if m.kind == "HorizontalPodAutoscaler"]
        )
        for number in range(most):
            metadata = {**(template.get("metadata") or {}), "name": f"{manifest.key}-{number}", "namespace": manifest.namespace}
            api.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]})
            made += 1
        used = api.client.get(f"/api/v1/namespaces/{manifest.namespace}/resourcequotas/baseline").json()["status"]["used"]
        assert used["pods"] == str(most)
    assert made >= 2


def _pod(name: str, namespace: str, **container: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "securityContext": RESTRICTED,
            "containers": [{"name": "c", "image": "c:1", "securityContext": CLOSED} | container],
        },
    }


@pytest.mark.usefixtures("refused")
def test_what_a_namespace_does_not_take(api: ApiServer) -> None:
    privileged = {"securityContext": {"privileged": True}}
    with pytest.raises(Refused, match="violates PodSecurity"):
        api.create(_pod("root", "prometheus", **privileged), dry_run=True)
    api.create(_pod("agent", "agents", **privileged), dry_run=True)
    api.enforce_quota("redis")
    huge = {"resources": {"requests": {"cpu": "900", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}}
    with pytest.raises(Refused, match="exceeded quota"):
        api.create(_pod("huge", "redis", **huge), dry_run=True)
    plain = api.create(_pod("plain", "redis"), dry_run=True)
    assert plain["spec"]["containers"][0]["resources"]["limits"], "the limit range gives limits to who names none"
    port = {"spec": {"type": "LoadBalancer", "ports": [{"port": 80}], "selector": {"a": "b"}}}
    with pytest.raises(Refused, match="exceeded quota"):
        api.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "namespace": "redis"}} | port)


def _containers(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[dict[str, Any]], Any]]:
    """Lists of whole containers anywhere in values, with the map that they stand in."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            whole = (
                [c for c in inner if isinstance(c, dict) and "image" in c and "name" in c] if isinstance(inner, list) else []
            )
            if whole and "ontainers" in key:
                yield (*path, key), whole, value
            yield from _containers(inner, (*path, key))


@pytest.mark.usefixtures("refused")
def test_containers_that_we_add_to_other_charts(api: ApiServer, platforms: dict[str, Platform]) -> None:
    """Tunnels and health containers, with the scheduling that stands beside them, as Pods of their namespaces."""
    seen, said = 0, []
    for root, platform in platforms.items():
        for release in platform.releases:
            for path, containers, beside in _containers(release.values):
                mounts = {m["name"] for c in containers for m in c.get("volumeMounts") or ()}
                pod = _pod("probe", release.namespace)
                pod["spec"] |= {
                    key: beside[key]
                    for key in ("nodeSelector", "tolerations", "topologySpreadConstraints", "affinity")
                    if beside.get(key) and not isinstance(beside[key], str)  # Tempo's chart takes some as a template
                }
                pod["spec"] |= {
                    "containers": containers,
                    "volumes": [{"name": name, "emptyDir": {}} for name in sorted(mounts)],
                }
                seen += 1
                try:
                    api.create(pod, dry_run=True)
                except Refused as error:
                    said.append(f"{root}: {release.where(*path)}: {error}")
    assert seen > 20
    assert said == []


TRANSLATED = {"additionalAlertRelabelConfigs", "additionalScrapeConfigs", "image"}
"""Keys of the chart that its template makes something else of, though the operator has fields of the same name."""
OPERATED = {
    "Prometheus": ("prometheus", "prometheusSpec", "prometheus.monitoring.coreos.com"),
    "Alertmanager": ("alertmanager", "alertmanagerSpec", "alertmanager.monitoring.coreos.com"),
}


@needs_crds
@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize("kind", OPERATED)
def test_the_operators_definitions_take_our_specs(api: ApiServer, platforms: dict[str, Platform], kind: str) -> None:
    """What the chart hands on under the same name; its own keys (`…NilUsesHelmValues`, `storageSpec`) are not part of it."""
    part, key, name = OPERATED[kind]
    schema = json.loads((CRDS / f"{name}.json").read_text())["versions"][0]["schema"]
    known = schema["properties"]["spec"]["properties"]
    for platform in platforms.values():
        release = next(r for r in platform.releases if r.chart == "kube-prometheus-stack")
        spec = {name: value for name, value in release.get(part, key).items() if name in known.keys() - TRANSLATED}
        assert len(spec) > 10
        metadata = {"name": "probe", "namespace": "prometheus"}
        api.apply({"apiVersion": "monitoring.coreos.com/v1", "kind": kind, "metadata": metadata, "spec": spec}, dry_run=True)


PEOPLE = {
    "viewer": "ballast-viewer",
    "on-call": "ballast-on-call",
    "release": "ballast-release-engineer",
    "break-glass": "ask-for-break-glass",
}
"""Kinds of people by a role that only they are bound to (every kind may view)."""
MAY: list[tuple[str, str, str, bool]] = [
    ("viewer", "get pods prometheus", "", True),
    ("viewer", "get pods/log loki", "", True),
    ("viewer", "list prometheusrules prometheus", "monitoring.coreos.com", True),
    ("viewer", "get secrets prometheus", "", False),
    ("viewer", "delete pods gateway", "", False),
    ("viewer", "create pods/exec gateway", "", False),
    ("on-call", "delete pods gateway", "", True),
    ("on-call", "patch deployments gateway", "apps", True),
    ("on-call", "create pods/eviction gateway", "", True),
    ("on-call", "patch nodes", "", True),
    ("on-call", "get secrets gateway", "", False),
    ("on-call", "create pods/exec gateway", "", False),
    ("on-call", "delete pods kube-system", "", False),
    ("on-call", "update clusterroles", "rbac.authorization.k8s.io", False),
    ("release", "update deployments gateway", "apps", True),
    ("release", "create jobs gateway", "batch", True),
    ("release", "delete deployments gateway", "apps", False),
    ("release", "get secrets gateway", "", False),
    ("release", "update deployments kube-system", "apps", False),
    ("break-glass", "create serviceaccounts/token break-glass", "", False),  # of any account
    ("break-glass", "get secrets break-glass", "", False),
]


def _groups(platform: Platform, role: str) -> list[str]:
    """The groups that are bound to a role."""
    bindings = [converted(r, SCHEMAS).document for r in platform.resources if r.type.endswith("role_binding_v1")]
    return sorted({s["name"] for b in bindings if b["roleRef"]["name"] == role for s in b["subjects"] if s["kind"] == "Group"})


@pytest.mark.usefixtures("refused")
def test_people_may_what_their_role_says(api: ApiServer, platforms: dict[str, Platform]) -> None:
    wrong = []
    viewers = set(_groups(platforms[STAGING], "ballast-viewer"))
    for person, question, group, expected in MAY:
        groups = _groups(platforms[STAGING], PEOPLE[person])
        if person == "viewer":
            groups = sorted(
                viewers - {g for role in PEOPLE.values() if role != PEOPLE[person] for g in _groups(platforms[STAGING], role)}
            )
        assert groups, person
        verb, what, *where = question.split()
        resource, _, sub = what.partition("/")
        asked = {"verb": verb, "group": group, "resource": resource, "subresource": sub, "namespace": where[0] if where else ""}
        if api.may("someone@example.com", groups[:1], asked) is not expected:
            wrong.append(f"{person} ({groups[0]}) {question}: not {expected}")
    assert wrong == []


@pytest.mark.usefixtures("refused")
def test_break_glass_ends_by_itself(api: ApiServer, platforms: dict[str, Platform]) -> None:
    """Its people get a token of cluster-admin for an hour, none for a day; nobody else gets one."""
    leads, viewers = (_groups(platforms[STAGING], PEOPLE[p])[:1] for p in ("break-glass", "viewer"))

    def asked(groups: list[str], seconds: int) -> Any:
        path = "/api/v1/namespaces/break-glass/serviceaccounts/break-glass/token"
        head = [
            ("Impersonate-User", "someone@example.com"),
            *(("Impersonate-Group", g) for g in (*groups, "system:authenticated")),
        ]
        document = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": seconds}}
        return api.client.post(path, json=document, headers=head)

    given = asked(leads, 3600)
    assert given.status_code == 201, given.text
    token = {"Authorization": f"Bearer {given.json()['status']['token']}"}
    assert api.client.get("/api/v1/namespaces/vault/secrets", headers=token).status_code == 200
    day = asked(leads, 86400)
    assert (day.status_code, "minutes at most" in day.json()["message"]) == (422, True)
    assert asked(viewers, 3600).status_code == 403
    secret = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token"}
    metadata = {
        "name": "forever",
        "namespace": "break-glass",
        "annotations": {"kubernetes.io/service-account.name": "break-glass"},
    }
    with pytest.raises(Refused, match="Tokens of this namespace end"):
        api.create({**secret, "metadata": metadata})
    with pytest.raises(Refused, match="No pod runs in this namespace"):
        api.create(_pod("holder", "break-glass"))


def test_a_misspelt_field_is_refused(api: ApiServer) -> None:
    with pytest.raises(Refused, match="field not declared in schema"):
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x", "lables": {}}})
    with pytest.raises(Refused, match='no matches for kind "Nothing"'):
        api.apply({"apiVersion": "v1", "kind": "Nothing", "metadata": {"name": "x"}})
