"""The security proof over staging's platforms: it holds, and each kind of cell is found when it is broken on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ballast.terraform.beside import Roots, read_roots
from ballast.terraform.platform import Platform, Release, Resource, components, merge
from ballast.terraform.security import Cell, Proof, View, as_json, as_text, prove
from ballast.terraform.security.flows import flows
from ballast.terraform.security.images import images
from ballast.terraform.security.listeners import listeners
from ballast.terraform.security.people import people
from ballast.terraform.security.roles import roles
from ballast.terraform.security.secrets import leaks

from .breaks import Break, broken_by, without_callers, without_keys, without_versions

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def roots() -> Roots:
    return read_roots(ROOT, ROOT / "terraform/environments/staging/aws/platform", content=True, cluster=True)


@pytest.fixture(scope="module")
def google() -> Roots:
    return read_roots(ROOT, ROOT / "terraform/environments/staging/gcp/platform", content=True, cluster=True)


@pytest.fixture(scope="module")
def proof(roots: Roots) -> Proof:
    return prove(roots.platform, roots.cluster)


@pytest.fixture(scope="module")
def view(roots: Roots) -> View:
    return replace(view_of(roots.platform), cluster=roots.cluster)


def view_of(platform: Platform) -> View:
    return View(platform, tuple(components(platform)))


def test_nothing_is_broken(proof: Proof) -> None:
    assert [(cell.subject, cell.claim, cell.verdict) for cell in proof.broken] == []
    assert len(proof.cells) > 500


def test_what_is_unproven_says_why_and_is_not_counted_as_holding(proof: Proof) -> None:
    assert proof.open
    assert all(cell.verdict.reason and not cell.verdict.holds for cell in proof.open)
    assert "proven" not in as_text(proof).splitlines()[-1].replace("unproven", "")


def over(release: Release, *path: str, value: Any) -> Release:
    for key in reversed(path):
        value = {key: value}
    return replace(release, values=merge(release.values, value))


def changed(platform: Platform, chart: str, change: Callable[[Release], Release]) -> Platform:
    assert any(release.chart == chart for release in platform.releases), chart
    return replace(platform, releases=tuple(change(r) if r.chart == chart else r for r in platform.releases))


def broken(platform: Platform, section: str) -> list[Cell]:
    return [cell for cell in prove(platform, ()).broken if cell.section == section]


LISTENERS: list[tuple[str, tuple[str, ...], Any, str]] = [
    ("kube-prometheus-stack", ("prometheus", "prometheusSpec", "listenLocal"), False, "prometheus/prometheus:9090"),
    (
        "kube-prometheus-stack",
        ("alertmanager", "alertmanagerSpec", "clusterTLS", "server", "clientAuthType"),
        "NoClientCert",
        "prometheus/alertmanager:9094",
    ),
    ("thanos", ("receive", "extraArgs"), ["--http.config=/etc/thanos-web/web.yml"], "thanos/thanos-receive:19291"),
    ("victoria-metrics-cluster", ("vmstorage", "extraArgs", "vminsertAddr"), ":8400", "victoriametrics/vmstorage:8400"),
    (
        "loki",
        ("loki", "structuredConfig", "server", "http_tls_config", "client_auth_type"),
        "RequestClientCert",
        "loki/loki-querier:3100",
    ),
    (
        "tempo-distributed",
        ("tempo", "structuredConfig", "server", "grpc_tls_config", "client_auth_type"),
        "NoClientCert",
        "tempo/tempo-querier:9095",
    ),
    (
        "opentelemetry-collector",
        ("alternateConfig", "receivers", "otlp", "protocols", "grpc", "tls", "client_ca_file"),
        "",
        "collectors/collector:4317",
    ),
    ("grafana", ("grafana.ini", "server", "protocol"), "http", "grafana/grafana:3000"),
    ("grafana", ("grafana.ini", "auth", "disable_login_form"), False, "grafana/grafana:3000"),
    (
        "vault",
        ("server", "ha", "raft", "config"),
        json.dumps({"listener": [{"tcp": {"tls_disable": True}}]}),
        "vault/vault:8200",
    ),
    ("valkey", ("tls", "requireClientCertificate"), False, "redis/redis:6379"),
    ("cert-manager", ("extraArgs",), [], "cert-manager/cert-manager:9402"),
    ("kube-prometheus-stack", ("kube-state-metrics", "extraArgs"), [], "prometheus/kube-state-metrics:8080"),
    ("kube-prometheus-stack", ("kube-state-metrics", "authFilter", "enabled"), False, "prometheus/kube-state-metrics:8080"),
    ("kube-prometheus-stack", ("prometheus-node-exporter", "kubeRBACProxy", "enabled"), False, "agents/node-exporter:9100"),
    ("kube-prometheus-stack", ("prometheus-node-exporter", "tlsSecret", "enabled"), False, "agents/node-exporter:9100"),
    ("kube-prometheus-stack", ("prometheusOperator", "extraArgs"), [], "prometheus/prometheus-operator:10250"),
    (
        "kube-prometheus-stack",
        ("alertmanager", "alertmanagerSpec", "clusterTLS", "server", "certFile"),
        "",
        "prometheus/alertmanager:9094",
    ),
    (
        "kube-prometheus-stack",
        ("prometheus", "prometheusSpec", "thanos", "grpcServerTlsConfig", "caFile"),
        "",
        "prometheus/prometheus:10901",
    ),
    (
        "kube-prometheus-stack",
        ("prometheus", "prometheusSpec", "thanos", "grpcServerTlsConfig"),
        None,
        "prometheus/prometheus:10901",
    ),
    ("loki", ("rollout_operator", "webhooks", "enabled"), True, "loki/loki-rollout-operator:8443"),
    ("chaos-mesh", ("chaosDaemon", "mtls", "enabled"), False, "chaos/chaos-daemon:31767"),
    ("chaos-mesh", ("webhook", "certManager", "enabled"), False, "chaos/chaos-controller-manager:10250"),
    ("chaos-mesh", ("dashboard", "create"), True, "chaos/chaos-dashboard:2333"),
    ("cloudnative-pg", ("additionalArgs",), [], "postgresql/cloudnative-pg:8080"),
    ("valkey", ("tls", "enabled"), False, "redis/redis:6379"),
    (
        "gateway",
        ("deployment", "template", "spec", "containers"),
        [{"name": "gateway", "env": [{"name": "BALLAST_GATEWAY_HOST", "value": "0.0.0.0"}]}],
        "gateway/gateway:9095",
    ),
]


@pytest.mark.parametrize(("chart", "path", "value", "subject"), LISTENERS, ids=[f"{b[0]}-{b[1][-1]}" for b in LISTENERS])
def test_an_open_listener_is_found(roots: Roots, chart: str, path: tuple[str, ...], value: Any, subject: str) -> None:
    found = broken(changed(roots.platform, chart, lambda r: over(r, *path, value=value)), "listeners")
    assert any(cell.subject.startswith(subject) for cell in found), found


def open_tunnels(values: Any) -> Any:
    """Every tunnel that asks for certificates asks for none."""
    if isinstance(values, Mapping):
        return {key: open_tunnels(value) for key, value in values.items()}
    if isinstance(values, list):
        opened = [open_tunnels(value) for value in values]
        return [*opened, "--disable-authentication"] if values[:1] == ["server"] else opened
    return values


def test_each_tunnel_that_is_opened_is_found(roots: Roots) -> None:
    tunnelled = [r for r in roots.platform.releases if open_tunnels(r.values) != r.values]
    assert len(tunnelled) >= 5
    platform = replace(
        roots.platform, releases=tuple(replace(r, values=open_tunnels(r.values)) for r in roots.platform.releases)
    )
    found = {cell.subject.partition("/")[0] for cell in broken(platform, "listeners")}
    assert {release.namespace for release in tunnelled} <= found


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
@pytest.mark.parametrize(("claim", "change"), [("TLS", without_keys), ("client certificate", without_callers)])
def test_every_cell_of_a_listener_can_break(request: pytest.FixtureRequest, cloud: str, claim: str, change: Break) -> None:
    """No cell that is counted as holding holds whatever the plan says."""
    platform = request.getfixturevalue("roots" if cloud == "aws" else "google").platform
    whole, after = (
        {cell.subject: cell.verdict for cell in listeners(view_of(p)) if cell.claim == claim}
        for p in (platform, broken_by(platform, change))
    )
    assert {subject for subject, verdict in whole.items() if verdict.holds and after[subject].state != "no"} == set()
    assert sum(verdict.holds for verdict in whole.values()) > 50


def test_a_port_for_probes_that_a_policy_opens_is_found(view: View) -> None:
    policy = next(p for p in policies(view) if ".ingress[" in p.address)
    [metadata], [spec] = policy.values["metadata"], policy.values["spec"]
    [rule] = spec["ingress"]
    for component in view.components:
        for listener in component.listeners:
            if not listener.probe_only:
                continue
            opened = {**rule, "ports": [{"port": str(listener.port), "protocol": "TCP", "end_port": None}]}
            values = {"metadata": [{**metadata, "namespace": component.namespace}], "spec": [{**spec, "ingress": [opened]}]}
            more = replace(policy, address="opened", values=values)
            after = replace(view, platform=replace(view.platform, resources=(*view.platform.resources, more)))
            subject = f"{component.namespace}/{component.name}:{listener.port} {listener.name}"
            [cell] = [c for c in listeners(after) if c.subject == subject]
            assert cell.verdict.state == "no", subject


def test_a_chart_without_a_reader_is_unproven(roots: Roots) -> None:
    platform = replace(
        roots.platform, releases=(*roots.platform.releases, Release("x.y", "new", "new", "unheard-of", "1.0.0", {}))
    )
    assert "new/new (unheard-of)" in {cell.subject for cell in prove(platform).open}


def policies(view: View) -> list[Resource]:
    return view.platform.of_type("kubernetes_network_policy_v1")


def without(view: View, gone: Resource) -> View:
    return replace(view, platform=replace(view.platform, resources=tuple(r for r in view.platform.resources if r is not gone)))


def test_each_policy_that_goes_is_missed(view: View) -> None:
    """But those for names, which every pod uses and no configuration mentions, and for admission, which listeners check."""
    for policy in policies(view):
        if ".names[" in policy.address or ".webhooks[" in policy.address:
            continue
        missed = [cell for cell in flows(without(view, policy)) if cell.verdict.state == "no"]
        assert missed, policy.address


def test_each_admission_policy_that_goes_is_missed(view: View) -> None:
    for policy in policies(view):
        if ".webhooks[" in policy.address:
            found = prove(without(view, policy).platform, ()).broken
            assert any(cell.claim == "API server only" for cell in found), policy.address


def test_each_policy_is_unused_when_its_callers_are_gone(view: View) -> None:
    """One component after another opens no connection: the policies for what it alone did are unused then."""
    silent = [
        replace(view, components=tuple(replace(c, calls=(), configs=()) if c.namespace == gone else c for c in view.components))
        for gone in ("gateway", "grafana", "loki", "tempo", "thanos", "vault", "collectors")
    ]
    for quiet in silent:
        assert any(cell.claim == "is used" and cell.verdict.state == "no" for cell in flows(quiet))


def test_a_policy_that_opens_more_is_found(view: View) -> None:
    policy = next(p for p in policies(view) if ".ingress[" in p.address)
    [spec] = policy.values["spec"]
    [rule] = spec["ingress"]
    wider = {**rule, "ports": [*rule["ports"], {"port": "22", "protocol": "TCP", "end_port": None}]}
    for changed_rule in (wider, {**rule, "ports": []}, {**rule, "from": []}):
        values = {**policy.values, "spec": [{**spec, "ingress": [changed_rule]}]}
        other = replace(policy, values=values)
        resources = tuple(other if r is policy else r for r in view.platform.resources)
        found = [
            c for c in flows(replace(view, platform=replace(view.platform, resources=resources))) if c.verdict.state == "no"
        ]
        assert any(cell.verdict.where == policy.address for cell in found), changed_rule


def test_each_action_more_or_less_is_found(view: View) -> None:
    assert view.cluster is not None
    granted = [r for r in view.cluster if r.type == "aws_iam_role_policy" and "identities" in r.address]
    assert len(granted) >= 7
    for policy in granted:
        document = json.loads(policy.values["policy"])
        for number, statement in enumerate(document["Statement"]):
            for actions in ([*statement["Action"], "iam:PassRole"], statement["Action"][1:]):
                statements = [*document["Statement"]]
                statements[number] = {**statement, "Action": actions}
                other = replace(policy, values={**policy.values, "policy": json.dumps({**document, "Statement": statements})})
                cluster = tuple(other if r is policy else r for r in view.cluster)
                found = [cell for cell in roles(replace(view, cluster=cluster)) if cell.verdict.state == "no"]
                assert found, (policy.address, actions)


def test_google_cloud_holds_as_well_and_each_role_more_or_less_is_found(google: Roots) -> None:
    assert [(cell.subject, cell.claim, cell.verdict) for cell in prove(google.platform, google.cluster).broken] == []
    assert google.cluster is not None
    view = View(google.platform, tuple(components(google.platform)), (), google.cluster)
    owners = [r for r in google.cluster if r.type.endswith("_iam_member") and "identities" in r.address]
    granted = [r for r in owners if r.type != "google_service_account_iam_member"]
    assert len(granted) >= 8
    for binding in granted:
        wider = replace(binding, type="google_project_iam_member", values={**binding.values, "role": "roles/storage.admin"})
        for cluster in (
            tuple(r for r in google.cluster if r is not binding),
            (*google.cluster, wider),
        ):
            found = [cell for cell in roles(replace(view, cluster=cluster)) if cell.verdict.state == "no"]
            assert found, binding.address


def test_roles_are_unproven_without_the_cluster_root(view: View) -> None:
    assert {cell.verdict.state for cell in roles(replace(view, cluster=None))} == {"unproven"}


def test_each_image_by_a_mutable_tag_is_found(view: View) -> None:
    after = view_of(broken_by(view.platform, without_versions))
    cells = [cell for cell in images(after) if not cell.subject.startswith("chart ")]
    assert len({cell.subject for cell in images(view) if not cell.subject.startswith("chart ")}) > 25
    assert {cell.subject for cell in cells if cell.verdict.state != "no"} == set()


def test_an_image_that_its_chart_chooses_is_never_counted_as_pinned(view: View) -> None:
    """Each release that names its images does so by values: with those gone the cell is open."""
    nameless = broken_by(view.platform, lambda key, value: "" if key in ("tag", "pauseImage", "defaultImageTag") else value)
    state = {cell.subject: cell.verdict.state for cell in images(view_of(nameless)) if cell.claim == "names its images"}
    assert set(state.values()) == {"unproven"}
    assert len(state) > 14


def test_a_range_of_chart_versions_is_found(roots: Roots) -> None:
    found = broken(changed(roots.platform, "loki", lambda r: replace(r, version="~> 18")), "images")
    assert [cell.subject for cell in found] == ["chart loki ~> 18 (loki/loki)"]


def test_a_secret_in_any_release_or_manifest_is_found(roots: Roots) -> None:
    for release in roots.platform.releases:
        assert list(leaks(over(release, "deep", "adminPassword", value="correct horse").values)) == [("deep", "adminPassword")]
    platform = replace(
        roots.platform,
        releases=tuple(
            over(r, "extraEnv", value=[{"name": "X", "value": "postgres://a:b@host/d"}]) for r in roots.platform.releases
        ),
    )
    assert len(broken(platform, "secrets")) == len(platform.releases)
    manifest = roots.platform.manifests[0]
    secret = replace(manifest, document={"kind": "Secret", "metadata": {"name": "x"}, "stringData": {"a": "b"}})
    assert broken(replace(roots.platform, manifests=(secret, *roots.platform.manifests[1:])), "secrets")
    plain = Resource("kubernetes_secret_v1.x", "kubernetes_secret_v1", {"data": {"a": "b"}})
    assert broken(replace(roots.platform, resources=(*roots.platform.resources, plain)), "secrets")


SECRETS = [
    {"routing_key": "0123456789abcdef0123456789abcdef"},
    {"clientSecret": "s3cr3t-value"},
    {"text": "-----BEGIN EC PRIVATE KEY-----"},
    {"args": ["--password=hunter22"]},
    {"config": "requirepass hunter22"},
    {"env": [{"value": "AKIAABCDEFGHIJKLMNOP"}]},
]
NONE = [
    {"passwordFile": "/etc/keys/password"},
    {"secretName": "loki-tls", "secretKey": "routing-key"},
    {"password": "$__file{/etc/secrets/password}"},
    {"routing_key_file": "/etc/alertmanager/secrets/key"},
    {"tokenDuration": "1h"},
]


@pytest.mark.parametrize("data", SECRETS, ids=str)
def test_what_is_a_secret(data: Any) -> None:
    assert list(leaks(data))


@pytest.mark.parametrize("data", NONE, ids=str)
def test_what_is_none(data: Any) -> None:
    assert list(leaks(data)) == []


def test_each_way_in_from_outside_is_found(view: View) -> None:
    platform = view.platform
    for release in platform.releases:
        for change in (
            {"service": {"type": "LoadBalancer"}},
            {"service": {"type": "NodePort"}},
            {"ingress": {"enabled": True}},
        ):
            after = tuple(replace(r, values=merge(r.values, change)) if r is release else r for r in platform.releases)
            found = [c.subject for c in people(view_of(replace(platform, releases=after))) if c.verdict.state == "no"]
            expected = [f"{release.namespace}/{release.name}"]
            assert found == ([] if release.chart == "grafana" and "ingress" in change else expected), change
    for service in platform.of_type("kubernetes_service_v1"):
        [spec] = service.values["spec"]
        other = replace(service, values={**service.values, "spec": [{**spec, "type": "LoadBalancer"}]})
        resources = tuple(other if r is service else r for r in platform.resources)
        found = [c.subject for c in people(view_of(replace(platform, resources=resources))) if c.verdict.state == "no"]
        assert found == [service.address]
    ini = changed(platform, "grafana", lambda r: over(r, "grafana.ini", "auth.anonymous", "enabled", value=True))
    assert [cell.claim for cell in broken(ini, "people")] == ["OIDC only"]


def callbacks(**changes: Any) -> Resource:
    """The ingress of module gateway, as a plan holds it."""
    backend = {"service": [{"name": "gateway", "port": [{"number": changes.get("port", 9095), "name": None}]}]}
    path = {"path": changes.get("path", "/v1/pagerduty"), "path_type": changes.get("path_type", "Exact"), "backend": [backend]}
    rule = {"host": "pages.acme.example", "http": [{"path": [path]}]}
    tls = {"hosts": changes.get("hosts", ["pages.acme.example"]), "secret_name": "pages"}
    spec = {"ingress_class_name": "nginx", "default_backend": changes.get("default", []), "rule": [rule], "tls": [tls]}
    metadata = {"name": "gateway-callbacks", "namespace": "gateway"}
    address = "module.platform.module.gateway.kubernetes_ingress_v1.callbacks[0]"
    return Resource(address, "kubernetes_ingress_v1", {"metadata": [metadata], "spec": [spec]})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "only PagerDuty's webhooks"),
        ({"path": "/"}, "/ is reachable from outside without a sign-in"),
        ({"path_type": "Prefix"}, "/v1/pagerduty is reachable"),
        ({"port": 8095}, "port 8095 asks for no certificate"),
        ({"hosts": []}, "pages.acme.example has no certificate"),
        ({"default": [{"service": []}]}, "/ is reachable from outside without a sign-in; any host has no certificate"),
    ],
)
def test_signed_webhooks_may_come_in_by_their_path_and_no_other(view: View, changes: dict[str, Any], said: str) -> None:
    after = view_of(replace(view.platform, resources=(*view.platform.resources, callbacks(**changes))))
    [cell] = [cell for cell in people(after) if "callbacks" in cell.subject]
    assert (cell.verdict.state, said in cell.verdict.reason) == ("no" if changes else "yes", True), cell


def test_a_policy_for_an_ingress_controller_is_used_while_there_is_an_ingress(view: View) -> None:
    policy = next(p for p in policies(view) if ".ingress[" in p.address)
    [metadata], [spec] = policy.values["metadata"], policy.values["spec"]
    [rule] = spec["ingress"]
    labels = {"match_labels": {"kubernetes.io/metadata.name": "ingress-nginx"}}
    peer = [{"namespace_selector": [labels], "pod_selector": [], "ip_block": []}]
    way = {**rule, "from": peer, "ports": [{**rule["ports"][0], "port": "9097"}]}
    named = {**metadata, "namespace": "gateway", "name": "from-callbacks"}
    opened = replace(policy, address="callbacks", values={"metadata": [named], "spec": [{**spec, "ingress": [way]}]})
    for more, state in (((), "no"), ((callbacks(port=9097),), "yes")):
        after = view_of(replace(view.platform, resources=(*view.platform.resources, opened, *more)))
        [cell] = [cell for cell in flows(after) if "from-callbacks" in cell.subject]
        assert cell.verdict.state == state, cell


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("auth.generic_oauth", "enabled", False),
        ("auth.basic", "enabled", True),
        ("auth", "disable_login_form", False),
        ("auth.anonymous", "enabled", True),
    ],
)
def test_grafana_without_oidc_or_with_another_way_in_is_found(view: View, section: str, key: str, value: bool) -> None:
    after = changed(view.platform, "grafana", lambda r: over(r, "grafana.ini", section, key, value=value))
    assert [(c.subject, c.claim) for c in broken(after, "people")] == [("grafana/grafana:3000", "OIDC only")]


def lines(text: str) -> Iterator[str]:
    """Lines that are meant to fit: addresses of a plan stand on lines of their own and are as long as they are."""
    return (line for line in text.splitlines() if "module." not in line and not line.startswith("      "))


def test_the_report_fits_a_terminal_and_a_machine_reads_the_same(proof: Proof) -> None:
    assert max(len(line) for line in lines(as_text(proof))) <= 80
    data = json.loads(json.dumps(as_json(proof)))
    assert len(data["cells"]) == len(proof.cells)
    assert data["unproven"] == len(proof.open)
