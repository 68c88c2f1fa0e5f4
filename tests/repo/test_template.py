"""The reader of templates and Prometheus agree on what parses."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.repo.template import template_problem
from ballast.stack import tool

CASES = (Path(__file__).parent / "templates.txt").read_text().splitlines()


def test_what_parses_is_what_prometheus_parses(tmp_path: Path) -> None:
    """Every template of templates.txt, through the reader and through promtool."""
    rules = [{"alert": f"Case{number}", "expr": "up == 0", "annotations": {"a": text}} for number, text in enumerate(CASES)]
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}))
    done = subprocess.run(
        [tool("promtool"), "check", "rules", "--lint=none", file], capture_output=True, text=True, check=False
    )
    refused = {int(number) for number in re.findall(r'"Case(\d+)": annotation', done.stdout + done.stderr)}
    assert refused, done.stderr
    ours = {number for number, text in enumerate(CASES) if template_problem(text)}
    assert [CASES[number] for number in ours ^ refused] == []


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("{{ $value | humanise }}", "function `humanise` is not defined", 12),
        ("{{ $lables.instance }}", "undefined variable `$lables`", 3),
        ("{{ $labels.instance", "`{{` is not closed by `}}`", 0),
        ("a {{ if true }}b", "`{{ if … }}` has no `{{ end }}`", 2),
        ("{{ end }}", "`{{ end }}` without an `if`, `range` or `with` before it", 0),
        ("{{ $labels.a-b }}", "unexpected '-'", 12),
        ('{{ printf "%s }}', "a string that is not closed", 10),
        ("{{ }}", "a value is missing for an action", 3),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, message: str, offset: int) -> None:
    problem = template_problem(text)
    assert problem is not None
    assert (problem.message, problem.offset) == (message, offset)


PIECES = ["{{", "}}", "{{-", "-}}", "$value", "$x", ":=", "=", "|", "(", ")", ",", ".", ".a", "if", "else", "end", "range"]
PIECES += ["with", "define", "template", "block", '"s"', "`r`", "'c'", "1", "nil", "true", "/*", "*/", "printf"]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=20), st.sampled_from(["", " "]))
def test_no_text_breaks_it(pieces: list[str], glue: str) -> None:
    problem = template_problem(glue.join(pieces))
    assert problem is None or 0 <= problem.offset <= len(glue.join(pieces))
