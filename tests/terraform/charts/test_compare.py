"""Values against keys: whatever a chart has by default is known, whatever is misspelt is found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.terraform.charts import keys_of, mistakes

names = st.text("abcdefghij", min_size=1, max_size=6)
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | names | st.lists(names), lambda inner: st.dictionaries(names, inner, max_size=4)
)
charts = st.dictionaries(names, trees, min_size=1, max_size=5)


@given(charts)
def test_a_charts_own_values_are_known(values: dict[str, Any]) -> None:
    assert list(mistakes(values, keys_of(values))) == []


@given(charts, st.data())
def test_a_key_that_is_no_key_is_found_at_its_path(values: dict[str, Any], data: st.DataObject) -> None:
    keys = keys_of(values)
    parent = data.draw(st.sampled_from(sorted(["", *(p for p, kind in keys.items() if kind == "map")])))
    ours: dict[str, Any] = {}
    here = ours
    for part in parent.split("/") if parent else []:
        here = here.setdefault(part, {})
    here["Zz"] = 1  # no generated name has these letters
    assert [m.path for m in mistakes(ours, keys)] == [(*filter(None, parent.split("/")), "Zz")]


KEYS = keys_of(
    {
        "server": {"replicas": 1, "resources": {"limits": {}}, "args": [], "labels": {}, "securityContext": {"runAsUser": 1}},
        "grafana.ini": {"server": {"domain": ""}},
    }
)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"server": {"replicas": 3}}, []),
        ({"server": {"replica": 3}}, ["the chart knows no value server.replica | did you mean replicas?"]),
        ({"server": 3}, ["server is a map in the chart: Helm would ignore this value | write { … }"]),
        ({"server": None}, []),
        ({"server": {"args": {"a": 1}}}, ["server.args is a list in the chart | write [ … ]"]),
        ({"server": {"labels": {"any": "thing"}}}, []),
        ({"server": {"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "1"}}}}, []),
        (
            {"server": {"resources": {"request": {"cpu": "1"}}}},
            ["the chart knows no value server.resources.request | keys here: limits"],
        ),
        ({"server": {"securityContext": {"runAsNonRoot": True}}}, []),
        (
            {"server": {"securityContext": {"runAsNonroot": True}}},
            ["the chart knows no value server.securityContext.runAsNonroot"],
        ),
        ({"grafana.ini": {"auth": {"x": 1}}}, ["the chart knows no value grafana.ini.auth"]),
    ],
)
def test_mistakes(values: dict[str, Any], found: list[str]) -> None:
    said = [f"{m.message} | {m.mend}" for m in mistakes(values, KEYS)]
    assert len(said) == len(found)
    assert all(one.startswith(other) for one, other in zip(said, found, strict=True)), said


def test_below_an_open_path_anything_may_stand() -> None:
    values = {"grafana.ini": {"auth": {"x": 1}}, "server": {"hidden": 1}}
    assert list(mistakes(values, KEYS, ["grafana.ini", "server.hidden"])) == []
