"""Both engines of module chaos on a real API server: the runner may break what a target names, there, and nothing else.

Experiments are custom resources under the engines' own definitions; the engines themselves do not run here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ballast.stack import ApiServer
from ballast.terraform import Server, Workspace
from ballast.terraform.platform import Platform, read_plan
from ballast.terraform.platform.objects import KINDS, converted

from .conftest import CRDS, REPO

pytestmark = pytest.mark.skipif(not CRDS.is_dir(), reason="the definitions of custom resources (../shared/crds) are not here")
SCHEMAS = REPO / "terraform" / "schemas"
TARGET, OTHER = "shop", "bystander"
VARIABLES: dict[str, Any] = {
    "targets": {TARGET: {"faults": ["pod"], "reason": "It has to outlive a pod."}},
    "priority_class": "platform",
    "scheduling": {"node_selector": {}, "tolerations": []},
}
LITMUS = {
    "host": "chaos.example.com",
    "issuer": "https://id.example.com",
    "client_id": "litmus",
    "secret_name": "litmus-keys",
    "mongodb": "mongodb.mongodb.svc:27017",
    "tls_secret_name": "litmus-tls",
}
EXPERIMENTS = {
    "chaos-mesh": {
        "podchaos": {
            "apiVersion": "chaos-mesh.org/v1alpha1",
            "kind": "PodChaos",
            "spec": {"action": "pod-kill", "mode": "one", "selector": {"namespaces": [TARGET]}},
        },
        "networkchaos": {
            "apiVersion": "chaos-mesh.org/v1alpha1",
            "kind": "NetworkChaos",
            "spec": {"action": "delay", "mode": "one", "selector": {"namespaces": [TARGET]}, "delay": {"latency": "100ms"}},
        },
    },
    "litmus": {
        "chaosengines": {
            "apiVersion": "litmuschaos.io/v1alpha1",
            "kind": "ChaosEngine",
            "spec": {
                "engineState": "active",
                "appinfo": {"appns": TARGET, "applabel": "app=shop", "appkind": "deployment"},
                "chaosServiceAccount": "litmus-admin",
                "experiments": [{"name": "pod-delete"}],
            },
        },
        "chaosexperiments": {
            "apiVersion": "litmuschaos.io/v1alpha1",
            "kind": "ChaosExperiment",
            "spec": {"definition": {"image": "litmus:1", "args": [], "command": [], "env": [], "labels": {}}},
        },
    },
}
"""By engine: an experiment that the target allows, then one that it does not."""


def _planned(engine: str, folder: Path) -> Platform:
    given = folder / "given.tfvars.json"
    given.write_text(
        json.dumps(VARIABLES | {"engine": engine, "namespace": engine} | ({"litmus": LITMUS} if engine == "litmus" else {}))
    )
    with (
        Server(SCHEMAS) as server,
        Workspace(REPO / "terraform/modules/chaos", into=folder / "shadow", server=server, mode="hermetic") as workspace,
    ):
        workspace.init()
        done, plan = workspace.plan(f"-var-file={given}", capture=True)
        assert done.returncode == 0, done.stderr
    return read_plan(plan, engine)


@pytest.mark.parametrize("engine", EXPERIMENTS)
def test_the_runner_breaks_what_a_target_allows_and_nothing_else(engine: str, api: ApiServer, tmp_path: Path) -> None:
    for name in (engine, TARGET, OTHER):
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    made = [converted(r, SCHEMAS) for r in _planned(engine, tmp_path).resources if r.type in KINDS]
    assert {"ServiceAccount", "Role", "RoleBinding"} <= {m.kind for m in made}
    for manifest in made:
        api.apply(manifest.document)

    def tried(plural: str, namespace: str) -> int:
        document = EXPERIMENTS[engine][plural]
        path = f"/apis/{document['apiVersion']}/namespaces/{namespace}/{plural}?fieldValidation=Strict"
        head = {"Impersonate-User": f"system:serviceaccount:{engine}:chaos-runner"}
        body = {**document, "metadata": {"name": "try"}}
        return api.client.post(path, json=body, headers=head).status_code

    allowed, refused = EXPERIMENTS[engine]
    assert tried(allowed, TARGET) == 201
    assert tried(allowed, OTHER) == 403
    assert tried(refused, TARGET) == 403
