"""Each image that a pinned chart runs is named in our values, and one that is not is never counted as pinned."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ballast.terraform.charts import read_catalog, referenced
from ballast.terraform.platform import Release, chart_images
from ballast.terraform.platform.chart_images import PLACES, Place

REPO = Path(__file__).resolve().parents[3]
REFERENCES = REPO.parent / "shared" / "charts"
SUBCHARTS = ("rollout_operator", "prometheus-windows-exporter")
"""Their values are not among those of the chart that brings them."""
NO_IMAGE = {"global.image", "global.imageRegistry", "imageRegistry", "defaultImageRegistry", "grafana.global.imageRegistry"}
NO_IMAGE |= {"common.image", "global.image.vm"}  # of parts that name none, and each of VictoriaMetrics' is listed


def images(keys: Mapping[str, str]) -> set[str]:
    """Keys of a chart that name an image: maps with a tag or a repository, and strings."""
    maps = {key.rpartition("/")[0] for key in keys if re.search(r"[iI]mages?/(?:\w+/)?(?:tag|repository)$", key)}
    texts = {key for key, kind in keys.items() if kind == "string" and re.search(r"(?:^|[/a-z])[iI]mage$", key)}
    return {key.replace("/", ".") for key in maps | texts}


@pytest.mark.skipif(not REFERENCES.is_dir(), reason="the references of charts (../shared/charts) are not here")
@pytest.mark.parametrize("chart", PLACES)
def test_every_image_of_a_chart_has_a_place(chart: str) -> None:
    """And every place and switch is a key of the chart's pinned version."""
    known = referenced(REFERENCES, chart, read_catalog(REPO)[chart].version)
    assert known is not None
    keys = {key.replace("/", ".") for key in known.keys}
    places = [place.path for place in PLACES[chart]]
    found = images(known.keys) - (NO_IMAGE - set(places))
    assert {path for path in found if not any(path == p or path.startswith(f"{p}.") for p in places)} == set()
    written = {*places, *(key for place in PLACES[chart] for key in place.unless)}
    assert {path for path in written - keys if not path.startswith(SUBCHARTS)} == set()


def release(chart: str, values: dict[str, Any]) -> Release:
    return Release("helm_release.this", chart, chart, chart, "1.0.0", values)


def test_an_image_is_named_or_said_to_be_unknown() -> None:
    named, others = chart_images(release("valkey", {"metrics": {"enabled": False}, "image": {"tag": "9.1.1"}}))
    assert [(image.reference, image.pinned.state) for image in named] == [("valkey image:9.1.1", "yes")]
    assert others is None
    for values in ({"image": {"tag": "9.1.1"}}, {"image": {"tag": "9.1.1"}, "metrics": {"enabled": True}}):
        _, others = chart_images(release("valkey", values))
        assert others is not None
        assert (others.state, others.where) == ("unproven", "helm_release.this: metrics.exporter.image")
    named, _ = chart_images(release("valkey", {"image": {"repository": "valkey/valkey", "tag": "latest"}}))
    assert [(image.reference, image.pinned.state) for image in named] == [("valkey/valkey:latest", "no")]


def test_a_chart_that_nobody_listed_is_unproven() -> None:
    named, others = chart_images(release("unheard-of", {"image": {"tag": "1.0.0"}}))
    assert named == []
    assert others is not None
    assert others.state == "unproven"


def test_a_digest_and_a_part_that_takes_another_tag() -> None:
    values = {"tempo": {"image": {"registry": "docker.io", "repository": "grafana/tempo", "digest": "sha256:ab"}}}
    named, others = chart_images(release("tempo-distributed", values))
    assert [(image.reference, image.pinned.state) for image in named] == [("docker.io/grafana/tempo@sha256:ab", "yes")]
    assert others is not None  # memcached, which is not off here
    assert "distributor.image" not in others.reason


def test_switches_are_written_once() -> None:
    for places in PLACES.values():
        paths = [place.path for place in places]
        assert len(paths) == len(set(paths))
        assert all(place.like == "" or Place(place.like) in places for place in places)


def test_images_are_the_versions_that_tests_run() -> None:
    """Prometheus, Alertmanager and Thanos run in tests as `tools/toolchain` builds them: a cluster runs the same."""
    pinned = json.loads((REPO / "terraform" / "modules" / "images.json").read_text())
    for name, module in (
        ("prometheus", "prometheus/prometheus"),
        ("alertmanager", "prometheus/alertmanager"),
        ("thanos", "thanos-io/thanos"),
    ):
        found = re.search(rf"github.com/{module} v([\d.]+)", (REPO / "tools" / "toolchain" / name / "go.mod").read_text())
        assert found
        version = found[1] if name != "prometheus" else re.sub(r"^0\.(\d)0?(\d+)\.", r"\1.\2.", found[1])
        assert pinned[name].endswith(f":v{version}")


APPLICATIONS = {
    "cloudnative-pg": "cloudnative-pg",
    "external-secrets": "external-secrets",
    "grafana": "grafana",
    "kube-prometheus-stack": "prometheus-operator",
    "loki": "loki",
    "opentelemetry-collector": "opentelemetry-collector",
    "prometheus-blackbox-exporter": "blackbox-exporter",
    "tempo-distributed": "tempo",
    "valkey": "valkey",
    "vault": "vault",
    "victoria-metrics-cluster": "vmstorage",
}
"""Charts whose image is of the version that they were written for. Thanos is newer by a patch: the one that tests run."""


def test_the_parts_of_one_application_are_of_one_version() -> None:
    """Strimzi's operator is of its chart's version. The chart of VictoriaMetrics adds `-cluster` to no tag that it is given."""
    pinned = json.loads((REPO / "terraform" / "modules" / "images.json").read_text())
    versions = {name: pinned[name].rpartition(":")[2] for name in pinned}
    assert {versions[part] for part in ("vminsert", "vmselect", "vmstorage")} == {f"{versions['vmbackup']}-cluster"}
    assert versions["strimzi"] == read_catalog(REPO)["strimzi-kafka-operator"].version


@pytest.mark.skipif(not REFERENCES.is_dir(), reason="the references of charts (../shared/charts) are not here")
def test_an_image_is_of_the_version_that_its_chart_was_written_for() -> None:
    """Values name images, so raising a chart alone would leave its application behind."""
    pinned = json.loads((REPO / "terraform" / "modules" / "images.json").read_text())
    for chart, image in APPLICATIONS.items():
        known = referenced(REFERENCES, chart, read_catalog(REPO)[chart].version)
        assert known is not None
        version = pinned[image].rpartition(":")[2].removeprefix("v").removesuffix("-cluster")
        assert version == known.app_version.removeprefix("v"), chart
