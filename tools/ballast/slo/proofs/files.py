"""Scenarios as promtool test files, with what each proves in comments.

promtool evaluates all rules of a file at one interval, so a service has one file for each that its scenarios need.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from ballast.slo.proofs.grid import span
from ballast.slo.proofs.model import Expectation, Told
from ballast.slo.proofs.notation import input_series, number
from ballast.slo.proofs.scenarios import Proofs

__all__ = ["render", "test_files"]


def test_files(proofs: Sequence[Proofs], rule_file: str) -> dict[str, str]:
    """File name to text, for the SLOs of one service. `rule_file` is the path of its rules as seen from the test files."""
    told = [one for each in proofs for one in each.told]
    steps = sorted({scenario.step for _, scenario in told})
    return {f"every-{span(step)}.yaml": render([one for one in told if one[1].step == step], rule_file) for step in steps}


def render(told: Sequence[Told], rule_file: str) -> str:
    """One test file; all its scenarios have the same step."""
    subjects = {subject.slo: subject for subject, _ in told}.values()
    service, step = told[0][0].service, told[0][1].step
    return "\n".join(
        (
            f"# Proofs of {service}'s alerts, generated from its SLOs by `ballast generate`: do not edit.",
            "# How to read one that fails: docs/proofs.md.",
            f"rule_files: [{_text(rule_file)}]",
            f"evaluation_interval: {span(step)}",
            "group_eval_order:",
            *(f"  - {_text(group)}" for subject in subjects for group in subject.groups),
            "tests:",
            *(line for together in _together(told) for line in _test(together)),
            "",
        )
    )


def _together(told: Sequence[Told]) -> list[list[Told]]:
    """Scenarios that one test can hold: the same for several SLOs that do not count each other's events.

    promtool evaluates all rules of the service in each test, so a test of several SLOs costs what a test of one does.
    """
    tests: list[list[Told]] = []
    for subject, scenario in told:
        for test in tests:
            other = test[0][1]
            same = (other.name, other.interval, other.start) == (scenario.name, scenario.interval, scenario.start)
            if same and not any(
                one.disturbs(two) or two.disturbs(one) for one, two in ((subject.signals, each.signals) for each, _ in test)
            ):
                test.append((subject, scenario))
                break
        else:
            tests.append([(subject, scenario)])
    return tests


def _test(told: Sequence[Told]) -> Iterator[str]:
    yield ""
    for subject, scenario in told:
        yield from _comment(f"{subject.slo}: {scenario.proves}", "  ")
    names = ", ".join(subject.slo for subject, _ in told)
    yield f"  - name: {_text(f'{told[0][0].service}/{names}: {told[0][1].name}')}"
    yield f"    interval: {span(told[0][1].interval)}"
    if told[0][1].start:
        yield f"    start_timestamp: {told[0][1].start}"
    yield "    input_series:"
    for subject, scenario in told:
        found: Iterable[tuple[str, str]] = scenario.inputs or input_series(
            subject.signals, scenario.traffic, scenario.interval, born_late=scenario.born_late, missing=scenario.missing
        )
        for series, values in found:
            yield f"      - series: {_quoted(series)}"
            yield f"        values: {_quoted(values)}"
    yield "    promql_expr_test:"
    for _, scenario in told:
        for expectation in scenario.expectations:
            yield from _expected(expectation)


def _expected(expectation: Expectation) -> Iterator[str]:
    yield from _comment(expectation.why, "      ")
    yield f"      - eval_time: {_time(expectation.second)}"
    yield f"        expr: {_quoted(expectation.query)}"
    if not expectation.samples:
        yield "        exp_samples: []"
        return
    yield "        exp_samples:"
    for series, value in expectation.samples:
        yield f"          - labels: {_quoted(series)}"
        yield f"            value: {number(value)}"


def _comment(text: str, indent: str) -> Iterable[str]:
    """A comment of at most 120 columns a line."""
    line = f"{indent}#"
    for word in text.split():
        if len(line) + len(word) + 1 > 120:
            yield line
            line = f"{indent}#"
        line += f" {word}"
    yield line


def _time(second: int) -> str:
    """A duration without loss, as promtool reads it."""
    left, out = second, ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        out += f"{count}{unit}" if count else ""
    return out or "0s"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _quoted(value: str) -> str:
    """YAML's single quotes: PromQL's own stay readable. Text with line breaks needs the double ones."""
    return _text(value) if "\n" in value else "'" + value.replace("'", "''") + "'"
