from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from ballast.dashboards import parse
from ballast.dashboards.exclusions import NONE
from ballast.dashboards.fix import fix_text
from ballast.dashboards.rule import lint
from tests.dashboards import corpus

STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 3.5, 1e308, "", "x", "$", "${", "[[", "{{", [], {}, [[]], [{}], [None], {"a": None}, {"query": 3},
    {"type": 3, "uid": []}, "now-", "sum(", "😀", 2**63, ["a", 1], {"kind": "Panel"}, {"spec": []}, "now-99999999999999d",
)  # fmt: skip


def mutated(rng: random.Random) -> bytes:
    """A dashboard with something broken in it: bytes, structure or types."""
    value = corpus.v2(rng.randint(0, 40), 2) if rng.random() < 0.3 else corpus.dashboard(rng.randint(0, 200), panels=2)
    how = rng.random()
    if how < 0.65:
        for _ in range(rng.randint(1, 6)):
            _damage(value, rng)
        if rng.random() < 0.1:
            value = rng.choice(
                ({"dashboard": value}, {"spec": value, "apiVersion": "dashboard.grafana.app/v2"}, [value], {"model": value})
            )
        return json.dumps(value, indent=rng.choice((None, 2))).encode()
    data = bytearray(json.dumps(value).encode())
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data))
        match rng.randint(0, 4):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + rng.randint(1, 40)]
            case 2:
                data[at:at] = rng.choice((b'"', b"{", b"}", b"[", b"]", b",", b"\\", b"\xff", b"\x00", b"\n"))
            case 3:
                data[at:at] = data[max(at - 60, 0) : at]
            case 4:
                del data[at:]
        if not data:
            break
    return bytes(data)


def _damage(value: Any, rng: random.Random) -> None:
    places: list[tuple[Any, Any]] = []
    todo = [value]
    while todo:
        item = todo.pop()
        pairs = list(item.items()) if isinstance(item, dict) else list(enumerate(item)) if isinstance(item, list) else []
        places += [(item, key) for key, _ in pairs]
        todo += [inner for _, inner in pairs]
    if not places:
        return
    holder, key = rng.choice(places)
    match rng.randint(0, 3):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.insert(key, copy.deepcopy(rng.choice(STRANGE)))
        case 2:
            other, where = rng.choice(places)
            if (isinstance(other, dict) and where in other) or (isinstance(other, list) and where < len(other)):
                holder[key] = copy.deepcopy(other[where])
        case _:
            holder[key] = copy.deepcopy(rng.choice(STRANGE))


def survives(seed: int) -> bool:
    """No exception, every finding with a place in the file; whether there was a finding."""
    data = mutated(random.Random(seed))
    found = lint(parse("d.json", data), NONE)
    try:
        json.loads(data)
    except ValueError:  # UnicodeDecodeError is one
        assert [finding.check for finding in found] == ["dashboards/json"], seed
    lines = data.count(b"\n") + 1
    for finding in found:
        assert finding.position.path == "d.json"
        assert 1 <= finding.position.line <= lines, finding
        assert 1 <= finding.position.column <= len(data) + 1, finding
        assert finding.message
    if seed % 5 == 0:
        done = fix_text("d.json", data)
        assert fix_text("d.json", done.after).after == done.after, seed
    return bool(found)


def test_mutated_dashboards_are_read_or_told() -> None:
    assert sum(survives(seed) for seed in range(400)) > 300


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_thousand_mutated_dashboards_are_read_or_told() -> None:
    told = sum(survives(seed) for seed in range(400, 10_400))
    print(f"10,000 mutated dashboards: {told:,} with findings, each with its place; no exception")
    assert told > 7_500
