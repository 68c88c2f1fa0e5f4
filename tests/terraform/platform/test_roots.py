"""The platform and content roots: planned on both clouds, alike but for what terraform/parity.yaml lists; what they render."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ballast.terraform import own_root
from ballast.terraform.charts import check_platform, read_catalog, referenced
from ballast.terraform.platform import Platform, components, read_plan, unread
from ballast.terraform.platform.parity import differences, leaves, unlisted
from ballast.terraform.platform.render import render
from ballast.terraform.platform.verify import verify
from ballast.terraform.roots import Planned, plan_roots
from ballast.terraform.workspace import EXAMPLE

REPO = Path(__file__).resolve().parents[3]
ENVIRONMENTS = REPO / "terraform" / "environments"
SCHEMAS = REPO / "terraform" / "schemas"
REFERENCES = REPO.parent / "shared" / "charts"
LISTED: dict[str, str] = yaml.safe_load((REPO / "terraform" / "parity.yaml").read_text())["platform"]


def name(cloud: str, kind: str) -> str:
    return f"terraform/environments/staging/{cloud}/{kind}"


@pytest.fixture(scope="module")
def planned() -> dict[str, Planned]:
    roots = [name(cloud, kind) for cloud in ("aws", "gcp") for kind in ("platform", "content")]
    return {found.root: found for found in plan_roots(REPO, roots)}


@pytest.fixture(scope="module")
def platforms(planned: dict[str, Planned]) -> dict[str, Platform]:
    return {cloud: read_plan(planned[name(cloud, "platform")].plan, name(cloud, "platform")) for cloud in ("aws", "gcp")}


def test_every_root_can_be_planned(planned: dict[str, Planned]) -> None:
    assert {root: found.problems for root, found in planned.items() if found.problems} == {}
    assert all(own_root.providers_from_own_root(found.plan) == [] for found in planned.values())


def test_the_clouds_render_the_same_but_for_what_is_listed(platforms: dict[str, Platform]) -> None:
    ours, theirs = (leaves(platforms[cloud], SCHEMAS) for cloud in ("aws", "gcp"))
    assert len(ours) > 3000
    assert unlisted(differences(ours, theirs), LISTED) == ([], [])


def test_a_difference_that_is_not_listed_is_found() -> None:
    ours = {"Service a/b: spec.ports.0.port": 1, "Service a/c: kind": "Service", "Secret a/d: x": 1}
    theirs = {"Service a/b: spec.ports.0.port": 2, "Secret a/d: x": 1}
    assert differences(ours, theirs) == ["Service a/b: spec.ports.0.port", "Service a/c"]
    assert unlisted(differences(ours, theirs), {"Service a/c": "", "Role *": ""}) == (
        ["Service a/b: spec.ports.0.port"],
        ["Role *"],
    )


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_configuration_is_what_its_applications_read(
    cloud: str, planned: dict[str, Planned], platforms: dict[str, Platform]
) -> None:
    root = name(cloud, "platform")
    assert unread(platforms[cloud]) == []
    assert [f"{f.position}: {f.message}" for f in verify(REPO, root, planned[root].plan, platforms[cloud])] == []


@pytest.mark.skipif(not REFERENCES.is_dir(), reason="the references of charts (../shared/charts) are not here")
@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_values_are_keys_of_their_charts(cloud: str, planned: dict[str, Planned]) -> None:
    root = name(cloud, "platform")

    def known(chart: Any) -> Any:
        return referenced(REFERENCES, chart.name, chart.version)

    found = check_platform(REPO, root, planned[root].plan, read_catalog(REPO), known)
    assert [f"{f.position}: {f.message}" for f in found] == []


def test_everything_is_rendered_to_files(platforms: dict[str, Platform]) -> None:
    files = render(platforms["aws"], SCHEMAS)
    for release in platforms["aws"].releases:
        assert f"values/{release.namespace}/{release.name}.yaml" in files
    for component in components(platforms["aws"]):
        for _ in component.configs:
            assert any(path.startswith(f"config/{component.namespace}/{component.name}/") for path in files)
    assert yaml.safe_load(files["manifests/thanos/networkpolicy-deny-by-default.yaml"])["spec"]["podSelector"] == {}


def test_roots_differ_in_their_settings_only() -> None:
    """Staging and production in nothing but their name; the clouds in providers, backend and the API's range."""
    for kind in ("platform", "content"):
        for cloud in ("aws", "gcp"):
            one, other = (
                {p.name: p.read_text().replace(e, "E") for p in (ENVIRONMENTS / e / cloud / kind).glob("*.tf")}
                for e in ("staging", "production")
            )
            assert one == other
        for file in ("variables.tf", "outputs.tf"):
            assert len({(ENVIRONMENTS / "staging" / cloud / kind / file).read_text() for cloud in ("aws", "gcp")}) == 1


@pytest.mark.parametrize("root", [f"{e}/{c}" for e in ("staging", "production") for c in ("aws", "gcp")])
def test_committed_outputs_are_what_the_roots_put_out(root: str) -> None:
    """What stands in for a platform root's state is what its plan says, where a plan can say it.

    All of it is compared in test_lifecycle.py, for the roots that are applied there.
    """
    name = f"terraform/environments/{root}/platform"
    [planned] = plan_roots(REPO, [name])
    example = json.loads((REPO / name / EXAMPLE).read_text())
    outputs = planned.plan["planned_values"]["outputs"]
    assert example.keys() == outputs.keys()
    known = {key: output["value"] for key, output in outputs.items() if "value" in output}
    assert known
    assert {key: example[key] for key in known} == known


def test_every_neighbour_whose_outputs_a_root_reads_has_an_example() -> None:
    for path in ENVIRONMENTS.glob("*/*/*/versions.tf"):
        read = re.findall(r'^data "terraform_remote_state" "(\w+)"', (path.parent / "providers.tf").read_text(), re.MULTILINE)
        assert all((path.parent.parent / neighbour / EXAMPLE).is_file() for neighbour in read)
