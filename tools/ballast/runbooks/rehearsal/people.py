"""Steps that only a person can do: shown and timed at a terminal, left out elsewhere."""

from __future__ import annotations

import time
from typing import Protocol

from ballast.runbooks.page import Step
from ballast.runbooks.rehearsal.record import Outcome


class People(Protocol):
    """Whoever does manual steps."""

    def ask(self, step: Step) -> tuple[Outcome, str]:
        """Show a step, wait until it is done, and say how it went."""


class Nobody:
    """Nobody is at the keyboard."""

    def ask(self, step: Step) -> tuple[Outcome, str]:
        """Say so."""
        return "not rehearsed", "needs a person: rehearse it at a terminal"


class Somebody:
    """A person at this terminal."""

    def ask(self, step: Step) -> tuple[Outcome, str]:
        """Show the step and time the answer: Enter when it is done, `n` if it did not work, `s` to leave it out."""
        block = step.block
        print(f"\n{step.section} {step.number}. {step.text}\n\n{block.text if block else ''}\n\nExpect: {step.expect}")
        began = time.monotonic()
        answer = input("Done as expected? [Enter = yes, n = no, s = skip] ").strip().lower()
        took = f"by hand in {time.monotonic() - began:.0f} s"
        if answer.startswith("s"):
            return "not rehearsed", "left out by the person"
        return ("failed", f"not as expected, {took}") if answer.startswith("n") else ("passed", took)
