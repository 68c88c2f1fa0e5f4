"""Typed resources become the API's manifests; names of the provider that are not the API's are translated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ballast.repo import CannotRun
from ballast.terraform.platform import Resource
from ballast.terraform.platform.objects import KINDS, converted

SCHEMAS = Path(__file__).resolve().parents[3] / "terraform" / "schemas"


def made(kind: str, values: dict[str, Any]) -> Any:
    return dict(converted(Resource(f"{kind}.this", kind, values), SCHEMAS).document)


def test_a_network_policy() -> None:
    values = {
        "id": "loki/allow",
        "metadata": [
            {"name": "allow", "namespace": "loki", "labels": {"a_b": "c"}, "annotations": None, "generation": 1, "uid": "x"}
        ],
        "spec": [
            {
                "pod_selector": [{"match_labels": {"app": "x"}, "match_expressions": []}],
                "policy_types": ["Ingress", "Egress"],
                "ingress": [
                    {
                        "from": [
                            {"namespace_selector": [{"match_labels": {"n": "grafana"}}], "pod_selector": [{}], "ip_block": []}
                        ],
                        "ports": [{"port": "3100", "protocol": "TCP", "end_port": None}],
                    }
                ],
                "egress": [{"to": [{"ip_block": [{"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}]}], "ports": []}],
            }
        ],
    }
    assert made("kubernetes_network_policy_v1", values) == {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "allow", "namespace": "loki", "labels": {"a_b": "c"}},
        "spec": {
            "podSelector": {"matchLabels": {"app": "x"}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {
                    "from": [{"namespaceSelector": {"matchLabels": {"n": "grafana"}}, "podSelector": {}}],
                    "ports": [{"port": 3100, "protocol": "TCP"}],
                }
            ],
            "egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]}],
        },
    }


def test_a_role_and_its_binding() -> None:
    role = {"metadata": [{"name": "x"}], "rule": [{"api_groups": [""], "resources": ["pods"], "verbs": ["get"]}]}
    assert made("kubernetes_cluster_role_v1", role)["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    bound = {
        "metadata": [{"name": "x", "namespace": "y"}],
        "role_ref": [{"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": "x"}],
        "subject": [{"kind": "Group", "name": "sre", "api_group": "rbac.authorization.k8s.io"}],
    }
    document = made("kubernetes_role_binding_v1", bound)
    assert document["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "x"}
    assert document["subjects"] == [{"kind": "Group", "name": "sre", "apiGroup": "rbac.authorization.k8s.io"}]


def test_words_that_are_the_providers_own() -> None:
    storage = made("kubernetes_storage_class_v1", {"metadata": [{"name": "x"}], "storage_provisioner": "ebs.csi.aws.com"})
    assert storage["provisioner"] == "ebs.csi.aws.com"
    for given, meant in (("1", 1), ("50%", "50%")):
        budget = {"metadata": [{"name": "x"}], "spec": [{"max_unavailable": given, "min_available": None}]}
        assert made("kubernetes_pod_disruption_budget_v1", budget)["spec"] == {"maxUnavailable": meant}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_made_or_named(kind: str) -> None:
    """Snapshots hold the types in use: a type that nobody uses yet says which command brings its schema."""
    values = {"metadata": [{"name": "x"}]}
    if f'"{kind}"' in (SCHEMAS / "hashicorp-kubernetes.json").read_text(encoding="utf-8"):
        assert made(kind, values)["metadata"] == {"name": "x"}
    else:
        with pytest.raises(CannotRun, match=f"schemas add {kind}"):
            made(kind, values)


def test_a_type_without_a_manifest() -> None:
    with pytest.raises(CannotRun, match="no manifest is known for kubernetes_labels"):
        made("kubernetes_labels", {})
