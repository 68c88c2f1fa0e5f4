"""The golden thread on real processes: SLOs of this repository, one failure, one page, everything gone afterwards."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from ballast.demo import FAULTS, TINY, Result, Step, Tuning, View, run
from ballast.repo import BurnRate
from ballast.stack import Stack, wait_until
from tests.conftest import ROOT

SECOND = Tuning(scrape=1, evaluation=1, slow_evaluation=2, group_interval=1)


def play(fault: str, rows: list[BurnRate], folder: Path) -> tuple[Result, str, list[int]]:
    """A whole run, what a plain terminal shows of it, and the processes that it started."""
    text = io.StringIO()
    with Stack(folder) as stack:
        result = run(stack, FAULTS[fault], rows, root=ROOT, show=View(Console(file=text, width=80), live=False), tuning=SECOND)
        pids = [process.pid for process in stack.processes]
    return result, text.getvalue(), pids


def gone(pids: list[int]) -> bool:
    """Whether none of these processes exists."""
    return not [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, str, list[int]]:
    """Checkout fails for a few seconds, with everything at intervals of a second."""
    return play("checkout", TINY, tmp_path_factory.mktemp("checkout"))


def test_a_breach_becomes_one_page_that_resolves(checkout: tuple[Result, str, list[int]]) -> None:
    result, _, _ = checkout
    assert result.problems == []
    assert {mark.step for mark in result.marks} == set(Step)
    at = {mark.step: mark.at for mark in result.marks}
    assert at[Step.FAILED] < at[Step.TRUE] < at[Step.PAGED] < at[Step.HEALED] < at[Step.RESOLVED]
    assert at[Step.FIRING] < at[Step.STORED] < at[Step.HEALED]
    assert at[Step.FIRING] < at[Step.PAGED]
    assert result.incidents == 1


def test_both_legs_carry_the_page(checkout: tuple[Result, str, list[int]]) -> None:
    """Decision 9: whichever leg arrives, it is the same incident."""
    result, _, _ = checkout
    assert set(result.legs) == {"direct", "gateway"}


def test_the_page_tells_what_burns_and_how_long_the_budget_lasts(checkout: tuple[Result, str, list[int]]) -> None:
    page = checkout[0].page
    assert page is not None
    assert page.severity == "critical"
    assert page.summary.startswith("[P1] checkout/availability burns its error budget")
    assert "left of 30 days' budget lasts" in page.summary
    assert "error expanding template" not in page.summary
    assert page.links["Runbook"].endswith("/runbooks/CheckoutAvailabilityErrorBudgetBurn.md")


def test_a_plain_terminal_gets_dated_lines(checkout: tuple[Result, str, list[int]]) -> None:
    _, text, _ = checkout
    assert "SHORT WINDOWS, for this demo only" in text
    for step in Step:
        assert f"{step}" in text
    assert "\x1b" not in text


def test_no_process_is_left(checkout: tuple[Result, str, list[int]]) -> None:
    _, _, pids = checkout
    assert len(pids) > 6
    assert gone(pids)


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
    assert demo.returncode in (130, 128 + number), output
    assert "Traceback" not in output
    wait_until(lambda: gone(pids), 10, "the end of the demo's processes")
    assert not list(tmp_path.glob("ballast-*"))
