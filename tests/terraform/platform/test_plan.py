"""Plans become platforms: releases with merged values, manifests of our chart, other resources; components by readers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.repo import CannotRun
from ballast.terraform.platform import components, merge, proven, read_plan, readers, unproven, unread


def release(address: str, chart: str, *values: str | None, **more: str) -> dict[str, Any]:
    given = {"name": "x", "namespace": "x", "chart": chart, "version": "1.0.0", "values": list(values)} | more
    return {"mode": "managed", "address": address, "type": "helm_release", "values": given}


def plan(*resources: dict[str, Any]) -> dict[str, Any]:
    below = {"root_module": {"resources": list(resources[:1]), "child_modules": [{"resources": list(resources[1:])}]}}
    return {"planned_values": below}


def test_releases_manifests_and_resources_are_told_apart() -> None:
    certificate = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "a", "namespace": "loki"}}
    platform = read_plan(
        plan(
            release("helm_release.b", "oci://x.io/charts/loki", "a: {b: 1, c: [1]}", "a: {c: [2]}"),
            release(
                "helm_release.a",
                "../kubernetes-objects/chart",
                json.dumps({"objects": {"certificate/a": json.dumps(certificate)}}),
            ),
            {
                "mode": "managed",
                "address": "kubernetes_namespace_v1.x",
                "type": "kubernetes_namespace_v1",
                "values": {"id": "x"},
            },
            {"mode": "data", "address": "data.x.y", "type": "x", "values": {}},
        ),
        "root",
    )
    assert [(r.chart, r.values) for r in platform.releases] == [("loki", {"a": {"b": 1, "c": [2]}})]
    assert platform.releases[0].get("a", "b") == 1
    assert platform.releases[0].get("a", "z", default=7) == 7
    assert platform.releases[0].where("a", "b") == "helm_release.b: a.b"
    assert [(m.kind, m.namespace, m.key) for m in platform.of_kind("Certificate")] == [("Certificate", "loki", "certificate/a")]
    assert [r.address for r in platform.of_type("kubernetes_namespace_v1")] == ["kubernetes_namespace_v1.x"]
    assert len(platform.resources) == 1


def test_what_is_no_plan_or_not_known_yet_is_refused() -> None:
    with pytest.raises(CannotRun, match="no plan in Terraform's JSON"):
        read_plan({}, "root")
    with pytest.raises(CannotRun, match=r"helm_release\.a: its values are known only after apply"):
        read_plan(plan(release("helm_release.a", "loki", None)), "root")


def test_a_chart_without_a_reader_is_said() -> None:
    platform = read_plan(plan(release("helm_release.a", "no-such-chart", "{}")), "root")
    assert components(platform) == []
    assert [r.chart for r in unread(platform)] == ["no-such-chart"]
    assert "loki" in readers()


def test_only_yes_holds() -> None:
    assert proven(True, "a").holds
    assert not proven(False, "a").holds
    assert not unproven("a", "the chart's default").holds


trees = st.recursive(st.none() | st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3))
maps = st.dictionaries(st.sampled_from("abc"), trees, max_size=3)


@given(maps, maps, maps)
def test_in_a_merge_the_last_wins_key_by_key(one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]) -> None:
    assert merge(one, one) == one
    assert merge({}, two) == merge(two, {}) == two
    assert merge(merge(one, two), three).keys() == one.keys() | two.keys() | three.keys()
    assert all(merge(one, two)[key] == value for key, value in two.items() if not isinstance(value, dict))
