"""The quality bar: at least 2,000 mutated spec files through the loader; no traceback, and always a position."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ballast.repo import Problem, Service, Severity, SloFile
from ballast.repo.checks import pages, register
from ballast.repo.document import Document, read_documents
from tests.repo.examples import SLO

FILES = sorted((Path(__file__).parent / "sloth").iterdir())
ROUNDS, EACH = 8, 300
register()

OWN = (
    SLO.replace("availability", "short-forms")
    + """\
  - &anchored
    name: latency
    objective: 99
    window: 28d
    minimum_traffic: 0.5
    sli: {latency: {metric: http_request_duration_seconds, threshold: 0.25, selector: 'job="a"'}}
    burn_rates:
      - {severity: page, long: 1h, short: 5m, factor: 14.4}
      - {severity: ticket, long: 1d, short: 2h, budget: 10}
    alerting:
      annotations: {summary: '{{ if gt $value 1.0 }}{{ $labels.slo | title }}{{ end }}'}
  - {<<: *anchored, name: second, status: archived}
"""
)
SERVICE = """\
version: ballast/v1
service: checkout
owner: team-a
tier: 1
signals: {requests: http_requests_total, errors: 'code=~"5.."', by: [route]}
links: {home: https://example.com}
"""
SEEDS = [(file.read_bytes(), SloFile) for file in FILES] + [(OWN.encode(), SloFile), (SERVICE.encode(), Service)]

# What people and broken tools put into files.
SNIPPETS = [
    *(
        b"\t",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\r",
        b"\r\n",
        b"\n---\n",
        b"\n...\n",
        b": ",
        b"- ",
        b"{",
        b"}",
        b"[",
        b"]",
        b"'",
    ),
    *(
        b'"',
        b"|",
        b">",
        b"&a ",
        b"*a",
        b"<<: *a\n",
        b"!!binary ",
        b"!x ",
        b"%YAML 1.1\n",
        b"#",
        b"? ",
        b"@",
        b"`",
        b"{{",
        b"}}",
    ),
    *(
        b"{{.window}}",
        b"\\",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf0\x9f\x98\x80",
        b"\xe2\x80\xa8",
        b"\xc2\x85",
        b".nan",
        b"-.inf",
        b"1e999",
    ),
    *(b"9" * 30, b"~", b"null", b"yes", b"0x1F", b"2001-01-01", b"[" * 1500, b"- " * 1500, b"a: {" * 700, b"x" * 5000),
]
VALUES: list[Any] = [
    *(None, True, 0, -1, 7, 0.999, 100, 1e308, float("nan"), float("inf"), "", " ", "a\nb", "é😀\u2028", "{{", "{{ end }}"),
    *("rate(a[5m])", "sum(", "5m", "0s", "1hour", "\ue000", [], {}, [None], {"a": None}, [[[]]], {"version": "prometheus/v1"}),
    *({1: 2}, {None: 1}, "x" * 300, "*", "&", "!x", "plugin", "prometheus/v2"),
]


def bytewise(data: bytes, chance: random.Random) -> bytes:
    """Cuts, repeats, overwrites and inserts."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        until = min(len(data), at + chance.randint(0, 40))
        piece = chance.choice([b"", data[at:until] * 2, chance.choice(SNIPPETS), bytes([chance.randrange(256)])])
        data = data[:at] + piece + data[until if chance.random() < 0.5 else at :]
    return data


def linewise(data: bytes, chance: random.Random) -> bytes:
    """Swaps, repeats, drops and indents lines, as editing does."""
    lines = data.splitlines(keepends=True)
    for _ in range(chance.randint(1, 3)):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                lines[at], lines[other] = lines[other], lines[at]
            case 1:
                lines.insert(at, lines[other])
            case 2 if len(lines) > 1:
                del lines[at]
            case 3:
                lines[at] = b" " * chance.randint(1, 5) + lines[at]
            case _:
                lines[at] = lines[at].replace(b" ", b"", chance.randint(1, 3))
    return b"".join(lines)


def structural(data: bytes, chance: random.Random) -> bytes:
    """Renames, drops, replaces and moves parts of the tree."""
    documents = list(yaml.safe_load_all(data))
    for _ in range(chance.randint(1, 3)):
        places = [place for document in documents for place in _places(document)]
        node, key = chance.choice(places)
        match chance.randrange(4):
            case 0 if isinstance(node, dict):
                node[chance.choice([f"{key}s", str(key)[:-1], 3, None, "sli", "plugins", "name"])] = node.pop(key)
            case 1:
                del node[key]
            case 2:
                node[key] = chance.choice(VALUES)
            case _:
                other, step = chance.choice(places)
                node[key] = other[step] if step in other or (isinstance(other, list) and step < len(other)) else None
        documents = [document for document in documents if isinstance(document, dict) and document] or [{"a": 1}]
    try:
        return yaml.safe_dump_all(
            documents, allow_unicode=chance.random() < 0.5, default_flow_style=chance.choice([None, True, False])
        ).encode()
    except RecursionError:  # a part was moved into itself in a way that YAML cannot say
        return data


def _places(node: Any, depth: int = 0) -> list[tuple[Any, Any]]:
    if depth > 12:
        return []
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, value in list(children) for found in ((node, key), *_places(value, depth + 1))]


def check(data: bytes, documents: list[Document[Any]], problems: list[Problem]) -> None:
    """What must hold whatever the file is."""
    lines = data.count(b"\n") + data.count(b"\r") + 2
    for problem in problems:
        assert problem.position.path == "f.yaml"
        assert 1 <= problem.position.line <= lines
        assert 1 <= problem.position.column <= len(data) + 2
        assert problem.message
        assert problem.check in pages()
    if not documents:
        assert any(problem.severity is Severity.ERROR for problem in problems)


@pytest.mark.parametrize("kind", [bytewise, linewise, structural])
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_file_breaks_the_loader(kind: Callable[[bytes, random.Random], bytes], seed: int) -> None:
    chance = random.Random(f"{kind.__name__} {seed}")
    broken = 0
    for number in range(EACH // 3):
        data, model = SEEDS[(number + seed) % len(SEEDS)]
        mutated = kind(data, chance)
        try:
            documents, _, problems = read_documents("f.yaml", mutated, model)
            check(mutated, documents, problems)
        except BaseException as error:  # a panic of a compiled parser is not an Exception
            raise AssertionError(f"{error!r} on {mutated!r}") from error
        broken += not documents
    assert broken, "mutations that break nothing test nothing"


def test_what_they_begin_with_is_sound() -> None:
    for data, model in SEEDS:
        assert [p for p in read_documents("f.yaml", data, model).problems if p.severity is Severity.ERROR] == []


def test_there_are_enough_of_them() -> None:
    assert ROUNDS * (EACH // 3) * 3 >= 2_000
