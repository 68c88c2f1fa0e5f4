"""Doing one step: which way, by its kind, and whether it came out as the page says."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from ballast.runbooks.destructive import destructive_command
from ballast.runbooks.expect import Expectation, expectation, shortened
from ballast.runbooks.page import Block, Step
from ballast.runbooks.rehearsal import logql, sandbox
from ballast.runbooks.rehearsal.people import People
from ballast.runbooks.rehearsal.record import Outcome, StepResult
from ballast.stack import Prometheus

_VARIABLE = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)\}?")
Answer = tuple[Outcome, str, tuple[tuple[str, ...], ...]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a page is rehearsed. `variables` are what its commands may use, addresses of the local stack among them."""

    prometheus: Prometheus
    variables: Mapping[str, str]
    shell: sandbox.Sandbox
    people: People
    confirm: bool


def perform(step: Step, around: Surroundings) -> StepResult:
    """Do a step. A page that does not pass the checks fails here too, with the reason."""
    began = time.monotonic()
    outcome, detail, calls = _perform(step, around)
    block = step.block
    return StepResult(
        section=step.section,
        number=step.number,
        line=step.line,
        kind=block.language if block else "",
        outcome=outcome,
        expect=step.expect.partition("`")[2].partition("`")[0],
        detail=detail,
        seconds=round(time.monotonic() - began, 2),
        calls=calls,
    )


def _perform(step: Step, around: Surroundings) -> Answer:
    block = step.block
    if block is None:
        return "failed", "the step has not one block", ()
    wanted = expectation(block.language, step.expect)
    if wanted is None:
        return "failed", "the step does not say what to expect", ()
    if (step.destructive_line or destructive_command(step)[0]) and not around.confirm:
        return "refused", f"destructive ({step.destructive or 'and does not say so'}): needs --confirm", ()
    match block.language:
        case "promql":
            return _promql(block, wanted, around)
        case "logql" | "traceql":
            wrong = logql.fault(block.language, block.text)
            return ("failed", wrong, ()) if wrong else ("unproven", "read, not asked: there is no Loki or Tempo here", ())
        case "bash" | "kubectl":
            return _shell(block, wanted, around)
        case "http":
            return _http(block, wanted, around)
        case "manual":
            return (*around.people.ask(step), ())
    return "failed", f"there is no kind {block.language}", ()


def _promql(block: Block, wanted: Expectation, around: Surroundings) -> Answer:
    try:
        found = around.prometheus.query(_filled(block.text, around.variables))
    except (ValueError, httpx.HTTPError) as error:
        return "failed", shortened(str(error), 200), ()
    wrong = wanted.of_values([series.value for series in found])
    return ("failed", f"expected {wanted.code}, got {shortened(wrong, 160)}", ()) if wrong else ("passed", "", ())


def _shell(block: Block, wanted: Expectation, around: Surroundings) -> Answer:
    if why := sandbox.available():
        return "unproven", f"not run: {why}", ()
    done = around.shell.run(block.text)
    if done.late:
        return "failed", f"was stopped after {sandbox.LIMIT:g} s", done.calls
    said = shortened(done.errors, 160)
    if done.code == sandbox.NO_SANDBOX:
        return "unproven", f"not run, the sandbox could not be made: {said}", ()
    if done.code == sandbox.WRONG_ARGUMENTS and said:
        return "failed", said, done.calls
    if wrong := wanted.of_command(done.code, done.output):
        return "failed", f"expected {wanted.code}, {wrong}{f': {said}' if said else ''}", done.calls
    return "passed", "", done.calls


def _http(block: Block, wanted: Expectation, around: Surroundings) -> Answer:
    lines = block.text.strip().split("\n")
    method, _, address = lines[0].partition(" ")
    if missing := next((name for name in _VARIABLE.findall(address) if name not in around.variables), ""):
        return "unproven", f"nothing stands for ${missing} here", ()
    url = _filled(address.strip(), around.variables)
    if not url.startswith("http://127.0.0.1:"):
        return "unproven", "not asked: it is not part of the local stack", ()
    split = next((n for n, line in enumerate(lines) if not line.strip()), len(lines))
    headers = dict(line.split(": ", 1) for line in lines[1:split] if ": " in line)
    body = _filled("\n".join(lines[split + 1 :]), around.variables)
    try:
        answer = httpx.request(method, url, headers=headers, content=body or None, timeout=10, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return "failed", shortened(f"{type(error).__name__}: {error}", 160), ()
    wrong = wanted.of_answer(answer.status_code, answer.text)
    return ("failed", f"expected {wanted.code}, {wrong}", ()) if wrong else ("passed", "", ())


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: variables.get(match[1], match[0]), text)
