"""`ballast lint`: files from anywhere, comments that silence, and files that are broken in every way."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.findings import checks, lint
from ballast.findings.lint import recognised
from ballast.findings.silence import silences
from ballast.repo import CannotRun
from tests.findings.cases import write

PLAIN = """\
groups:
  - name: g
    rules:
      - record: a:b:c
        expr: &half |
          sum(rate(errors_total{job=~"api"}[30s]))
            / sum(requests) > 1
      - alert: Half
        expr: *half
        for: 0s
---
groups:
  - name: h
    rules:
      - {alert: Half, expr: up == 0}
"""
LIST = """\
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {a: b}}
  - apiVersion: monitoring.coreos.com/v1
    kind: PrometheusRule
    metadata: {name: y}
    spec:
      groups:
        - name: g
          rules:
            - alert: Down
              expr: up{job=~"api"} == 0
"""
BARE = """\
- alert: Down
  expr: topk(1, up == 0)
"""


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"x/plain.yml": PLAIN, "x/list.yaml": LIST, "y/bare.rules": BARE, "y/other.yaml": "a: b\n", "z.txt": "x"})
    return tmp_path


def said(*paths: str, only: str = "promql") -> list[str]:
    report = lint(paths, [c for c in checks() if c.id.startswith(only)], jobs=1)
    return [f"{f.position} {f.check}" for f in report.findings]


def test_rules_are_found_by_content_in_every_form_at_their_place_in_the_query(elsewhere: Path) -> None:
    assert said("x", "y") == [
        "x/list.yaml:13:24 promql/regexp",
        "x/plain.yml:6:20 promql/rate-window",
        "x/plain.yml:6:20 promql/rate-window",
        "x/plain.yml:6:33 promql/regexp",
        "x/plain.yml:6:33 promql/regexp",
        "x/plain.yml:7:13 promql/fragile",
        "y/bare.rules:2:9 promql/fragile",
    ], "the two rules of plain.yml share their query through an anchor, so they share its places"


def test_processes_find_what_one_finds(elsewhere: Path) -> None:
    for n in range(40):
        write(elsewhere, {f"many/{n}.yaml": PLAIN.replace("name: g", f"name: g{n}")})
    chosen = list(checks())
    one, two = (lint(["many", "x"], chosen, jobs=jobs) for jobs in (1, 2))
    assert one.findings
    assert [(f.check, f.position, f.message) for f in one.findings] == [(f.check, f.position, f.message) for f in two.findings]
    assert {o.check.id: o.units for o in one.outcomes} == {o.check.id: o.units for o in two.outcomes}


def test_a_named_file_that_is_nothing_known_is_unproven_and_one_in_a_folder_is_passed_over(elsewhere: Path) -> None:
    assert lint(["y"], list(checks()), jobs=1).unproven == []
    report = lint(["y/other.yaml"], list(checks()), jobs=1)
    assert report.exit_code == 2
    assert "neither a rule file" in report.findings[0].message
    with pytest.raises(CannotRun, match="no such file"):
        lint(["nowhere"], list(checks()))


def test_as_a_command(elsewhere: Path) -> None:
    runner = CliRunner()
    run = runner.invoke(build_app("lint"), ["lint", "x", "--only", "promql/*", "--skip", "promql/regexp", "--output", "json"])
    assert run.exit_code == 1, run.output
    found = {finding["check"] for finding in json.loads(run.output)["findings"]}
    assert found == {"promql/rate-window", "promql/fragile"}
    (elsewhere / "lint.yaml").write_text("version: ballast/v1\nrouting_labels: [team]\n")
    run = runner.invoke(build_app("lint"), ["lint", "y", "--only", "alerts/labels", "--config", "lint.yaml"])
    assert run.exit_code == 0, "the query may return the label"
    (elsewhere / "lint.yaml").write_text("version: ballast/v1\nroute: [team]\n")
    with pytest.raises(CannotRun, match=r"lint.yaml:2:1: unknown key"):
        runner.invoke(build_app("lint"), ["lint", "y", "--config", "lint.yaml"], catch_exceptions=False)


SILENT = """\
groups:
  - name: g
    rules:
      # ballast: skip alerts/for because our generator writes it
      - alert: A
        expr: up == 0
        for: 0s
      - alert: B
        for: 0s  # pint disable alerts/for
        expr: up == 0
      - alert: C
        # pint snooze 2000-01-01 alerts/for
        for: 0s
        expr: up == 0
      - alert: D
        expr: up == 0
        # ballast: skip alerts/* until 2999-01-01 because it goes then
        for: 0s
      - alert: E
        expr: up == 0
        for: 0s
        # ballast: skip alerts/for
      - alert: F
        expr: |
          # pint disable alerts/for
          up == 0
        for: 0s
"""


def test_comments_silence_one_rule(elsewhere: Path) -> None:
    write(elsewhere, {"s.yaml": SILENT})
    report = lint(["s.yaml"], [c for c in checks() if c.id in ("alerts/for", "lint/silence")], jobs=1)
    assert [(f.check, f.message.partition(":")[0]) for f in report.findings] == [
        ("alerts/for", "C"),
        ("alerts/for", "E"),
        ("lint/silence", "the comment silences nothing"),
    ]


@pytest.mark.parametrize(
    ("comment", "lines"),
    [
        ("# ballast: skip-file rule/name because so", (1, 28)),
        ("# pint file/disable rule/name", (1, 28)),
        ("# pint ignore/file", (1, 28)),
        ("# pint ignore/next-line", (2, 2)),
    ],
)
def test_comments_for_a_whole_file(comment: str, lines: tuple[int, int]) -> None:
    silence = silences(f"{comment}\n{SILENT}")[0]
    assert (silence.first, silence.last - (silence.last > 28)) == lines or silence.last == lines[1]


def test_lint_starts_with_the_checks_that_can_be_used_and_no_more() -> None:
    program = (
        "import sys; from ballast.findings import lintable; print(*(check.id for check in lintable()));"
        "sys.exit(any(f'ballast.{name}' in sys.modules for name in ('terraform', 'graph', 'gateway')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {check.id for check in checks() if recognised(check)} <= set(done.stdout.split())


def mutants(text: str, number: int, seed: int) -> Iterator[str]:
    """Broken at random, each in one to three places."""
    chance = random.Random(seed)
    pieces = [
        "",
        " ",
        "\t",
        "{",
        "}",
        "[",
        ")",
        "(",
        '"',
        "'",
        ":",
        "- ",
        "&a",
        "*a",
        "<<: *b",
        "|",
        "#",
        "\x00",
        "é",
        "\ud7ff",
        "5m",
        "~",
    ]
    for _ in range(number):
        broken = text
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(broken))
            match chance.randrange(4):
                case 0:
                    broken = broken[:at] + chance.choice(pieces) + broken[at:]
                case 1:
                    broken = broken[:at] + broken[at + chance.randint(1, 12) :]
                case 2:
                    broken = broken[:at] + chance.choice(pieces) + broken[at + 1 :]
                case _:
                    lines = broken.split("\n")
                    row = chance.randrange(len(lines))
                    lines[row] = chance.choice(["", lines[row] * 2, lines[row].strip(), "  " + lines[row], "null"])
                    broken = "\n".join(lines)
            broken = broken or "x"
        yield broken


def test_broken_rule_files_each_end_in_findings_with_a_place(elsewhere: Path) -> None:
    broken_files(elsewhere, 400, 7)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_thousands_of_broken_rule_files(elsewhere: Path) -> None:
    found = broken_files(elsewhere, 2_500, 8)
    print(f"2,500 mutated rule files: {found:,} findings, each with its place; no exception")


def broken_files(elsewhere: Path, number: int, seed: int) -> int:
    """How many findings there were. Never a traceback: a check that fails would be a finding with `the check failed`."""
    shares = ((PLAIN, 0.4), (LIST, 0.25), (SILENT, 0.25), (BARE, 0.1))
    texts = [text for original, share in shares for text in mutants(original, int(number * share), seed)]
    for n, text in enumerate(texts):
        (elsewhere / f"m{n}.yaml").write_bytes(text.encode("utf-8", "replace"))
    paths = [f"m{n}.yaml" for n in range(len(texts))]
    report = lint(
        paths, [c for c in checks() if c.id.startswith(("promql", "rule", "alerts", "group", "lint"))], jobs=os.cpu_count()
    )
    assert [f for f in report.findings if "the check failed" in f.message] == []
    broken = {f.position.path for f in report.findings}
    assert len(broken) >= 0.995 * len(paths), "a file has a finding as long as a rule is left: its rules do not route"
    sizes = {path: (elsewhere / path).read_bytes().decode("utf-8", "replace") for path in broken}
    for finding in report.findings:
        lines = sizes[finding.position.path].replace("\r", "\n").split("\n")
        assert 1 <= finding.position.line <= len(lines) + 1
        assert finding.position.column >= 1
    return len(report.findings)
