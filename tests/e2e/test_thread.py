"""The golden thread on real processes: SLOs of this repository, one failure, one page, everything gone afterwards."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest
from rich.console import Console

from ballast.demo import FAULTS, TINY, Fault, Result, Stage, Step, Tuning, View, run, runner
from ballast.stack import Stack, wait_until
from tests.conftest import ROOT

SECOND = Tuning(scrape=1, evaluation=1, slow_evaluation=2, group_interval=1)


def play(fault: Fault, folder: Path) -> tuple[Result, str]:
    """A whole run at intervals of a second, and what a plain terminal shows of it. No process may be left."""
    text = io.StringIO()
    with Stack(folder) as stack:
        show = View(Console(file=text, width=80), live=False)
        result = run(stack, fault, TINY, root=ROOT, show=show, tuning=SECOND)
        pids = [process.pid for process in stack.processes]
    assert len(pids) > 6
    assert gone(pids)
    return result, text.getvalue()


def gone(pids: list[int]) -> bool:
    """Whether none of these processes exists."""
    return not [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def times(result: Result) -> dict[Step, float]:
    """When each step was; all of them must have been."""
    assert result.problems == []
    assert {mark.step for mark in result.marks} == set(Step)
    return {mark.step: mark.at for mark in result.marks}


def test_a_breach_becomes_one_page_that_resolves(tmp_path: Path) -> None:
    result, text = play(FAULTS["checkout"], tmp_path)
    at = times(result)
    assert at[Step.FAILED] < at[Step.TRUE] < at[Step.FIRING] < at[Step.PAGED] < at[Step.HEALED] < at[Step.RESOLVED]
    assert at[Step.FIRING] < at[Step.STORED] < at[Step.HEALED]

    # Decision 9: both legs carry it, and it is one incident.
    assert set(result.legs) == {"direct", "gateway"}
    assert result.incidents == 1

    # The person on call reads what burns, how fast, for how long still, and where to look.
    page = result.page
    assert page is not None
    assert page.severity == "critical"
    assert page.summary.startswith("[P1] checkout/availability burns its error budget")
    assert "left of 30 days' budget lasts" in page.summary
    assert "error expanding template" not in page.summary
    assert page.links["Runbook"].endswith("/runbooks/CheckoutAvailabilityErrorBudgetBurn.md")

    # A plain terminal gets dated lines, and is told that the windows are not real ones.
    assert "SHORT WINDOWS, for this demo only" in text
    assert all(str(step) in text for step in Step)
    assert "\x1b" not in text


def test_a_dead_gateway_is_paged_for_by_the_direct_leg(tmp_path: Path) -> None:
    """And when it is back, the late leg asks Alertmanager, and adds to the incident instead of opening another."""
    fault = FAULTS["gateway"]
    sent = 'gateway_late_total{action="trigger",decision="sent"}'

    def heal(stage: Stage) -> None:
        fault.heal(stage)
        wait_until(lambda: sent in httpx.get(f"{stage.gateway.url}/metrics", trust_env=False).text, 60, "the late leg")

    result, _ = play(replace(fault, heal=heal), tmp_path)
    at = times(result)
    # The restarted gateway may store Alertmanager's retry a moment before the demo has seen that it is ready.
    assert at[Step.PAGED] < min(at[Step.HEALED], at[Step.STORED])
    assert result.legs["direct"] == at[Step.PAGED]
    assert result.incidents == 1


def test_prometheus_pages_for_its_own_failing_rules(tmp_path: Path) -> None:
    result, _ = play(FAULTS["prometheus"], tmp_path)
    at = times(result)
    assert at[Step.FAILED] < at[Step.PAGED] < at[Step.HEALED] < at[Step.RESOLVED]
    assert at[Step.FAILED] < at[Step.TRUE] < at[Step.HEALED]  # our own count is read now and then: the page may come before it
    assert result.incidents == 1


def test_a_page_that_does_not_come_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With Alertmanager dead the alert fires and nobody hears of it."""
    monkeypatch.setattr(runner, "PAGE_GOAL", 4.0)
    checkout = FAULTS["checkout"]

    def begin(stage: Stage) -> None:
        stage.alertmanager.kill()
        checkout.begin(stage)

    result, _ = play(replace(checkout, begin=begin), tmp_path)
    assert result.problems == ["no page within 4 s of the condition being true"]
    assert result.page is None
    assert Step.FIRING in {mark.step for mark in result.marks}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    """Whatever has been started when the signal comes is stopped, and the temporary directory goes."""
    environment = os.environ | {"TMPDIR": str(tmp_path), "CI": "1"}
    demo = subprocess.Popen(
        [sys.executable, "-c", "from ballast.cli import main; main()", "demo", "--out", str(tmp_path / "out")],
        cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip

    def children() -> list[int]:
        found = psutil.Process(demo.pid).children(recursive=True)
        return [p.pid for p in found] if len([p for p in found if p.name().startswith(("python", "postgres"))]) > 4 else []

    try:
        pids = wait_until(children, 60, "the demo's processes")
        demo.send_signal(number)
        output, _ = demo.communicate(timeout=60)
    finally:
        demo.kill()
    assert demo.returncode in (130, 128 + number, -number), output
    assert "Traceback" not in output
    wait_until(lambda: gone(pids), 10, "the end of the demo's processes")
    assert not list(tmp_path.glob("ballast-*"))
