"""The rules files: every path is one that the provider has, every value fits, every template can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ballast.repo import CannotRun
from ballast.terraform.hermetic.rules import Rules, provider_rules, unknown_paths
from ballast.terraform.hermetic.schema import Schema, Snapshot
from ballast.terraform.hermetic.templates import FIELD, FILTERS, NotKnown, Scope, parse, render, token
from ballast.terraform.hermetic.values import UNKNOWN
from tests.terraform.hermetic.conftest import CLOUD, PROBE

ROOT = Path(__file__).resolve().parents[3]
SNAPSHOTS = [Snapshot.read(path) for path in sorted((ROOT / "terraform" / "schemas").glob("*.json"))]
CLOUDS = [Snapshot.read(path) for path in sorted(CLOUD.glob("*.json"))]
KINDS = ("resources", "data_sources", "ephemeral")


def in_use() -> Iterator[tuple[str, Rules, Schema]]:
    for snapshot in [*SNAPSHOTS, *CLOUDS, Snapshot.read(PROBE / "ballast-probe.json")]:
        rules = provider_rules(snapshot.source, snapshot.folder / "rules" if snapshot.folder else None)
        for kind in KINDS:
            for name, schema in getattr(snapshot, kind).items():
                yield f"{kind} {name}", getattr(rules, kind).get(name, Rules()), schema


def test_every_path_is_one_of_the_schema() -> None:
    assert {name: paths for name, rules, schema in in_use() if (paths := unknown_paths(rules, schema.block))} == {}


def test_rules_of_types_that_are_not_in_use_fit_the_full_schemas() -> None:
    """Snapshots are pruned; the rules are not."""
    full = ROOT.parent / "shared" / "schemas"
    if not full.is_dir():
        pytest.skip(f"{full} is absent: rules of types not in use are not compared")
    wrong = {}
    for path in full.glob("*.json"):
        snapshot = Snapshot.read(path)
        rules = provider_rules(snapshot.source)
        for kind in KINDS:
            for name, entry in getattr(rules, kind).items():
                schema = getattr(snapshot, kind).get(name)
                if paths := ["no such type"] if schema is None else unknown_paths(entry, schema.block):
                    wrong[f"{snapshot.source} {name}"] = paths
    assert wrong == {}


def test_defaults_are_values_that_the_rules_allow() -> None:
    for name, rules, _ in in_use():
        for path, value in rules.defaults.items():
            assert value in rules.enums.get(path, [value]), f"{name}: {path}"
            if path in rules.ranges:
                low, high = rules.ranges[path]
                assert low <= value <= high, f"{name}: {path}"
        for pattern in rules.patterns.values():
            re.compile(pattern)


def templates(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from templates(item)
    elif isinstance(value, list):
        for item in value:
            yield from templates(item)
    elif isinstance(value, str):
        yield value


def test_every_field_of_a_template_is_an_attribute_or_a_fact() -> None:
    wrong = []
    for snapshot in SNAPSHOTS:
        rules = provider_rules(snapshot.source)
        for kind in KINDS:
            for name, schema in getattr(snapshot, kind).items():
                own = rules.of(kind, name, schema)
                inner = {word for nested in schema.block.blocks.values() for word in nested.block.attributes}
                known = {*schema.block.attributes, *schema.block.blocks, *inner, *rules.facts}
                for template in templates([own.derive, own.values, own.import_id]):
                    for field in FIELD.findall(template):
                        source, *filters = field.split("|")
                        assert set(filters) <= set(FILTERS), f"{name}: {field}"
                        words = source.split("?")
                        made = re.fullmatch(r"(hex|HEX|digits):\d+|uuid|'.*'", words[-1])
                        if not made and words[-1].split(".")[0] not in known:  # the others may be absent
                            wrong.append(f"{name}: {field}")
    assert wrong == []


def test_templates() -> None:
    scope = Scope(
        [{"name": "a", "list": [{"x": 1}], "flag": True, "later": UNKNOWN, "none": None}],
        {"region": "r", "name": "f"},
        token("s"),
    )
    assert render("{region}/{name}-{list.0.x}-{flag}", scope) == "r/a-1-true"
    assert render("{list}", scope) == [{"x": 1}]
    assert render({"$merge": ["none", "gone"]}, scope) == {}
    assert render({"k": ["{none?region}", "{gone?'text'}"], "n": 5}, scope) == {"k": ["r", "text"], "n": 5}
    assert render("${version} {name|base64} {region|lower}", scope) == "${version} YQ== r"
    assert render("{name}", Scope([{"name": "a"}], {"name": "f"}, "", "name")) == "f", "an attribute is not made of itself"
    assert len(render("{hex:17}", scope)) == 17
    assert render("{hex:9}", scope) == render("{HEX:9}", scope).lower()
    with pytest.raises(NotKnown):
        render("{later}", scope)


def test_import_ids_are_read_through_their_template() -> None:
    form = "projects/{project}/locations/{location}/clusters/{name}"
    assert parse(form, "projects/p/locations/l/clusters/c") == {"project": "p", "location": "l", "name": "c"}
    assert parse("{cluster_name}:{addon_name}", "c:a") == {"cluster_name": "c", "addon_name": "a"}
    assert parse("{name}", "x/y") == {"name": "x/y"}
    assert parse(form, "c") is None


def test_a_broken_rules_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ballast-probe.yaml"
    for text in ("resources: {probe_thing: {no_such_rule: 1}}", "resources: [", "- 1"):
        path.write_text(text)
        provider_rules.cache_clear()
        with pytest.raises(CannotRun, match=r"ballast-probe\.yaml is not a file of provider rules"):
            provider_rules("ballast/probe", tmp_path)
    assert provider_rules("nobody/nothing").resources == {}
    assert {f.name for f in fields(Rules)} > {"force_new", "values"}
