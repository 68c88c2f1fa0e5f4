"""What holds for every type and every configuration: plan, apply and plan again without a core between."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ballast.terraform.hermetic.provider import Provider
from ballast.terraform.hermetic.schema import Attribute, Block, CtyType
from ballast.terraform.hermetic.values import decode, elements, empty, encode, from_state, is_unknown, rebuilt, wholly_known
from ballast.terraform.hermetic.world import World
from tests.terraform.hermetic.test_rules import SNAPSHOTS

TYPES = [(snapshot.source, name) for snapshot in SNAPSHOTS for name in snapshot.resources]
PROVIDERS = {snapshot.source: Provider(snapshot, World("seed")) for snapshot in SNAPSHOTS}
WORDS = st.text("abcxyz019-", min_size=1, max_size=8)


def of_type(kind: CtyType) -> st.SearchStrategy[Any]:
    match kind:
        case "string":
            return WORDS
        case "number":
            return st.integers(0, 99)
        case "bool":
            return st.booleans()
        case "dynamic":
            return WORDS.map(lambda text: [b'"string"', text])
        case ["list" | "set", inner]:
            return st.lists(of_type(inner), max_size=2, unique_by=repr)
        case ["map", inner]:
            return st.dictionaries(WORDS, of_type(inner), max_size=2)
        case ["object", members]:
            return st.fixed_dictionaries({name: of_type(inner) for name, inner in members.items()})
    raise AssertionError(kind)


@st.composite
def attribute(draw: st.DrawFn, schema: Attribute) -> Any:
    if not schema.settable or (not schema.required and not draw(st.booleans())):
        return None
    if schema.nested is None:
        assert schema.type is not None
        return draw(of_type(schema.type))
    one = {name: draw(attribute(inner)) for name, inner in schema.nested.attributes.items()}
    return one if schema.nested.mode == "single" else {"k": one} if schema.nested.mode == "map" else [one]


@st.composite
def block(draw: st.DrawFn, schema: Block, depth: int = 0) -> dict[str, Any]:
    out = {name: draw(attribute(inner)) for name, inner in schema.attributes.items()}
    for name, nested in schema.blocks.items():
        count = max(nested.minimum, draw(st.integers(0, 1)) if depth < 2 else 0)
        made = [draw(block(nested.block, depth + 1)) for _ in range(count)]
        if nested.mode in ("single", "group"):
            out[name] = made[0] if made else None
        else:
            out[name] = {f"k{n}": item for n, item in enumerate(made)} if nested.mode == "map" else made
    return out


def proposed(schema: Block, config: dict[str, Any], prior: dict[str, Any]) -> dict[str, Any]:
    """What a core proposes for an unchanged configuration: computed values of the prior state where nothing is set."""
    out = {}
    for name, inner in schema.attributes.items():
        out[name] = _proposed_attribute(inner, config[name], prior[name])
    for name, nested in schema.blocks.items():
        before = [item for _, item in elements(prior[name], nested.mode)]
        made = [proposed(nested.block, item, before[n]) for n, (_, item) in enumerate(elements(config[name], nested.mode))]
        out[name] = rebuilt(config[name], nested.mode, made)
    return out


def _proposed_attribute(schema: Attribute, config: Any, prior: Any) -> Any:
    if config is None:
        return prior if schema.computed else None
    if schema.nested is None or schema.write_only:
        return config
    before = [item for _, item in elements(prior, schema.nested.mode)]
    made = [
        {n: _proposed_attribute(a, item[n], before[i][n]) for n, a in schema.nested.attributes.items()}
        for i, (_, item) in enumerate(elements(config, schema.nested.mode))
    ]
    return rebuilt(config, schema.nested.mode, made)


def agrees(schema: Block, config: Any, planned: Any) -> bool:
    """A planned value is the configured one wherever the configuration sets it; write-only ones are never planned."""
    for name, inner in schema.attributes.items():
        if inner.write_only:
            if planned[name] is not None:
                return False
        elif config[name] is not None and inner.nested is None and planned[name] != config[name]:
            return False
    return all(
        is_unknown(planned[name])
        or all(
            agrees(nested.block, item, planned[name] if key is None else planned[name][key])
            for key, item in elements(config[name], nested.mode)
        )
        for name, nested in schema.blocks.items()
    )


@pytest.mark.parametrize("source", sorted(PROVIDERS))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_configuration_is_planned_applied_and_then_at_rest(source: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([n for s, n in TYPES if s == source]))
    provider = PROVIDERS[source]
    schema, rules = provider.of("resources", name)
    config = data.draw(block(schema.block))
    facts = provider.facts({})

    planned = provider.plan(name, None, config, config, b"", facts).value
    assert planned is not None
    assert agrees(schema.block, config, planned)
    assert decode(encode(planned)) == planned

    applied = provider.apply(name, None, planned, b"", facts)
    state = applied.value
    assert state is not None
    assert wholly_known(state)
    assert agrees(schema.block, config, state)
    assert provider.read(name, state, applied.private).value == state

    again = provider.plan(name, state, proposed(schema.block, config, state), config, applied.private, facts)
    assert again.value == state
    assert again.replace == []

    gone = provider.apply(
        name, state | ({rules.protected_by: False} if rules.protected_by else {}), None, applied.private, facts
    )
    assert gone.value is None
    assert gone.diagnostics == []


@pytest.mark.parametrize("source", sorted(PROVIDERS))
def test_every_data_source_answers(source: str) -> None:
    provider = PROVIDERS[source]
    for name, schema in provider.schemas("data_sources").items():
        config = empty(schema.block) | {n: "x" for n, a in schema.block.attributes.items() if a.required and a.type == "string"}
        answer = provider.read_data(name, config, provider.facts({}))
        assert answer.value is not None
        assert wholly_known(answer.value), name
        assert set(answer.value) == {*schema.block.attributes, *schema.block.blocks}, name


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_stored_state_comes_back_whole(data: st.DataObject) -> None:
    """What a core stores as JSON is read as the value that was applied; attributes of another version are dropped or null."""
    source, name = data.draw(st.sampled_from(TYPES))
    schema = PROVIDERS[source].of("resources", name)[0]
    value = data.draw(block(schema.block))
    stored = _as_stored(schema.block, value)
    assert from_state(schema.block, stored | {"attribute_of_another_version": 1}) == value


def _as_stored(schema: Block, value: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, inner in schema.attributes.items():
        dynamic = inner.type == "dynamic" and value[name] is not None
        out[name] = {"type": "string", "value": value[name][1]} if dynamic else value[name]
    for name, nested in schema.blocks.items():
        made = [_as_stored(nested.block, item) for _, item in elements(value[name], nested.mode)]
        out[name] = rebuilt(value[name], nested.mode, made)
    return {n: v for n, v in out.items() if v is not None}
