from __future__ import annotations

import difflib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ballast.dashboards import fix_text, parse
from ballast.dashboards.exclusions import parse as exclusions
from tests.dashboards import corpus


def reindented(value: Any, rng: random.Random, depth: int = 0) -> str:
    """JSON with white space of every kind between its tokens."""
    space = lambda: rng.choice(("", " ", "\n" + " " * rng.randint(0, 5), "\t", "\r\n  "))  # noqa: E731
    if isinstance(value, dict):
        inner = ",".join(
            f"{space()}{json.dumps(k)}{space()}:{space()}{reindented(v, rng, depth + 1)}{space()}" for k, v in value.items()
        )
        return "{" + inner + (space() if not value else "") + "}"
    if isinstance(value, list):
        return "[" + ",".join(f"{space()}{reindented(v, rng, depth + 1)}{space()}" for v in value) + "]"
    return json.dumps(value, ensure_ascii=rng.random() < 0.5)


def shape(text: bytes) -> list[list[int]]:
    return [[len(p.targets) for p in d.panels] for d in parse("d.json", text).dashboards]


@given(st.integers(0, 10_000), st.sampled_from(["classic", "v2"]), st.booleans())
@settings(max_examples=30, deadline=None)
def test_only_what_a_rule_owns_changes(seed: int, form: str, wild: bool) -> None:
    value = corpus.v2(seed, 3) if form == "v2" else corpus.dashboard(seed, panels=4)
    text = (
        reindented(value, random.Random(seed)) if wild else corpus.text(value, random.Random(seed).choice((2, 4, "\t", None)))
    )
    before = text.encode()
    done = fix_text("d.json", before)
    assert fix_text("d.json", done.after).after == done.after, "twice changes something"
    assert shape(done.after) == shape(before)
    assert (done.after != before) == bool(done.lines)
    assert fields(done.after, before) <= OWNED


OWNED = {"editable", "refresh", "label", "uid", "datasource", "unit", "expr", "instant", "range", "name"}


def fields(after: bytes, before: bytes) -> set[str]:
    """The last named key above each value that differs, and that of each key that came."""
    found: set[str] = set()

    def compare(one: Any, other: Any, name: str) -> None:
        if isinstance(one, dict) and isinstance(other, dict):
            assert [key for key in one if key in other] == list(other), "the order of keys changed"
            for key in one:
                compare(one[key], other.get(key), key)
        elif isinstance(one, list) and isinstance(other, list):
            assert len(one) == len(other)
            for left, right in zip(one, other, strict=True):
                compare(left, right, name)
        elif one != other:
            found.add(name)

    compare(json.loads(after), json.loads(before), "")
    return found


def test_the_difference_is_what_it_says() -> None:
    value = corpus.dashboard(1, panels=1)
    value.update(editable=True)
    value["templating"]["list"][1]["refresh"] = 1
    value["panels"] = [{
        "type": "timeseries", "title": "a\u00e9\n", "id": 1.0e3, "datasource": {"type": "prometheus", "uid": "P1"},
        "fieldConfig": {"defaults": {"unit": "reqps"}},
        "targets": [{"expr": 'sum(rate(x_total{a="[5m]\\n"}[5m])) / sum(rate(y_total[1h]))'}],
    }]  # fmt: skip
    before = corpus.text(value, 3).replace('"editable": true', '"editable"  :  true')
    after = fix_text("d.json", before.encode()).after.decode()
    changed = [line[2:].strip() for line in difflib.ndiff(before.split("\n"), after.split("\n")) if line[0] in "+-"]
    assert changed == [
        '"editable"  :  true,', '"editable"  :  false,',
        '"refresh": 1,', '"refresh": 2,',
        '"uid": "P1"', '"uid": "${datasource}"',
        '"expr": "sum(rate(x_total{a=\\"[5m]\\\\n\\"}[5m])) / sum(rate(y_total[1h]))"',
        '"expr": "sum(rate(x_total{a=\\"[5m]\\\\n\\"}[$__rate_interval])) / sum(rate(y_total[$__rate_interval]))"',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"panels": []}', '{"panels": [], "editable": false}'),
        ('{"panels":[]}\n', '{"panels":[],"editable":false}\n'),
        ('{\r\n\t"title": "a",\r\n\t"panels": []\r\n}', '{\r\n\t"title": "a",\r\n\t"panels": [],\r\n\t"editable": false\r\n}'),
        ("\ufeff" + '{"panels": [], "editable": true}', "\ufeff" + '{"panels": [], "editable": false}'),
        ('{"panels": [}', '{"panels": [}'),
    ],
)
def test_a_member_that_is_missing_is_written_like_its_neighbours(before: str, after: str) -> None:
    assert fix_text("d.json", before.encode()).after.decode() == after


def test_what_is_excluded_is_not_mended() -> None:
    allowed = exclusions({"exclusions": {"uneditable-dashboard": {"reason": "a sandbox"}}})
    text = b'{"title": "T", "panels": [], "editable": true}'
    assert fix_text("d.json", text, allowed).after == text
    assert fix_text("d.json", text).after != text


def test_the_command(tmp_path: Path) -> None:
    from ballast.cli import build_app

    path = tmp_path / "a" / "d.json"
    path.parent.mkdir()
    path.write_text('{"title": "T", "panels": [], "editable": true}\n')
    path.chmod(0o640)
    (tmp_path / "a" / "broken.json").write_text("{")
    run = CliRunner().invoke
    app = build_app("dashboards")
    checked = run(app, ["dashboards", "fix", "--check", str(tmp_path)])
    assert (checked.exit_code, "1 of 2 files would be changed: 1 uneditable-dashboard" in checked.output) == (1, True)
    assert '"editable": true' in path.read_text()
    done = run(app, ["dashboards", "fix", "--output", "json", str(tmp_path)])
    assert done.exit_code == 0
    assert json.loads(done.output)["changed"][0]["changes"][0]["check"] == "dashboards/uneditable-dashboard"
    assert path.read_text() == '{"title": "T", "panels": [], "editable": false}\n'
    assert path.stat().st_mode & 0o777 == 0o640
    again = run(app, ["dashboards", "fix", "--check", str(tmp_path)])
    assert (again.exit_code, "0 of 2 files" in again.output) == (0, True)
    assert sorted(p.name for p in path.parent.iterdir()) == ["broken.json", "d.json"]
