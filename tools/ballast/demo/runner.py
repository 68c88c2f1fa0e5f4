"""One run of the demo: something fails, somebody is paged, it heals, the page resolves; and when each of these happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
import numpy as np

from ballast.demo.faults import Fault
from ballast.demo.result import Page, Result, Subject
from ballast.demo.stage import Stage, Table, Tuning
from ballast.demo.timeline import PAGE_GOAL, Mark, Step, Timeline
from ballast.demo.truth import Pair, true_since
from ballast.repo import BurnRate
from ballast.slo import CompiledSlo
from ballast.stack import Stack

HOLD = 5.0
"""Seconds that the failure lasts after the page, so that both legs can be seen to arrive."""
POLL = 0.1
LEGS = {"Alertmanager": "direct", "Ballast": "gateway"}
"""The `client` of an event to the leg that it came by."""


class Show(Protocol):
    """What a run tells while it goes on."""

    def title(self, subject: Subject) -> None:
        """What is about to fail."""

    def status(self, text: str, now: Callable[[], str] = ...) -> None:
        """What is being waited for."""

    def mark(self, mark: Mark) -> None:
        """A step happened."""


def run(
    stack: Stack, fault: Fault, rows: Sequence[BurnRate] | None, *, root: Path, show: Show, tuning: Tuning | None = None
) -> Result:
    """Build the stage on `stack`, let `fault` happen and heal, and return what was seen.

    `rows` replace the burn rates of the fault's SLO; None keeps its own. Raises CannotRun when the stage does not come up.
    """
    table = Table(fault.slo, rows) if rows else None
    stage = Stage(stack, root, tuning=tuning, table=table, progress=show.status)
    subject = _subject(fault, stage.slo(fault.slo), stage.tuning, "short" if rows else "standard")
    show.title(subject)
    with fault.observe(stage) as observer:
        result = Result(subject, Timeline(show.mark), observer.events)
        _Run(stage, fault, result, show).play()
    return result


def _subject(fault: Fault, slo: CompiledSlo, tuning: Tuning, windows: str) -> Subject:
    page = next(alert for alert in slo.alerts if alert.severity == "page")
    return Subject(
        fault=fault.name,
        title=fault.title,
        slo=fault.slo,
        alert=page.alert,
        objective=slo.slo.objective,
        budget=slo.budget,
        windows=windows,
        pairs=tuple(Pair(p.long_s, p.short_s, p.factor) for p in page.pairs),
        scrape_interval=tuning.scrape,
        evaluation_interval=tuning.evaluation,
        group_wait=tuning.group_wait,
    )


class _Run:
    """Looks at every place where a step can be seen, again and again, and marks what it finds."""

    def __init__(self, stage: Stage, fault: Fault, result: Result, show: Show) -> None:
        self.stage, self.fault, self.result, self.show = stage, fault, result, show
        self.subject, self.timeline = result.subject, result.timeline
        self._dedup_key = ""

    def play(self) -> None:
        """From the failure to the resolved page, or to what did not happen in time."""
        subject = self.subject
        self._wait("reading events at their source", lambda: len(self.result.events.table()) >= 5, 10)
        self.timeline.mark(Step.FAILED, time.time(), self.fault.failed)
        self.fault.begin(self.stage)
        quick = subject.pairs[0]
        patience = 60 + 5 * quick.factor * subject.budget * quick.long
        if not self._wait("burning", lambda: self.timeline.at(Step.TRUE) or self._seen(Step.PAGED), patience):
            self._problem(f"the condition was not true within {patience:.0f} s of the failure")
        elif not self._wait("waiting for the page", lambda: self._seen(Step.PAGED), self._left()):
            self._problem(f"no page within {PAGE_GOAL:g} s of the condition being true")
        else:
            self._wait("paged; the failure goes on for a moment", lambda: False, HOLD)
        self.show.status("healing")
        self.fault.heal(self.stage)
        self.timeline.mark(Step.HEALED, time.time(), self.fault.healed)
        if self._seen(Step.PAGED):
            shorts = max(p.short for p in subject.pairs)
            if not self._wait("waiting for the short windows to forget", lambda: self._seen(Step.RESOLVED), shorts + 60):
                self._problem(f"the page was not resolved within {shorts + 60:g} s of healing")
            self._wait("looking for late events", lambda: False, 2 + self.stage.tuning.group_interval)
        self._conclude()
        self.show.status("")

    def _conclude(self) -> None:
        paged = [i for i in self.stage.pagerduty.incidents() if i["dedup_key"] == self._dedup_key]
        self.result.incidents = len(paged)
        if self._seen(Step.PAGED) and len(paged) != 1:
            self._problem(f"{len(paged)} incidents where one was expected")
        first = self.timeline.latencies()[0]
        if first.seconds is not None and not first.met:
            self._problem(f"the page came {first.seconds:.1f} s after its condition was true, not within {PAGE_GOAL:g} s")

    def _problem(self, text: str) -> None:
        if text not in self.result.problems:
            self.result.problems.append(text)

    def _seen(self, step: Step) -> bool:
        return self.timeline.at(step) is not None

    def _left(self) -> float:
        true = self.timeline.at(Step.TRUE)
        return PAGE_GOAL if true is None else max(0.0, true + PAGE_GOAL - time.time())

    def _wait(self, what: str, done: Callable[[], object], seconds: float) -> bool:
        """Look everywhere until `done` or `seconds` have passed; says whether it was done."""
        self.show.status(what, self._burning)
        deadline = time.monotonic() + seconds
        while True:
            self._look()
            if done():
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL)

    def _burning(self) -> str:
        """The burn rates of both windows now."""
        pair, rows = self.subject.pairs[0], self.result.events.table()
        if not len(rows) or not self._seen(Step.FAILED):
            return ""
        now = np.array([rows[-1, 0]])
        long, short = (self.result.events.ratio(w, now)[0] / self.subject.budget for w in (pair.long, pair.short))
        return f"· burn rate {short:.1f}× and {long:.1f}× (pages above {pair.factor:g}×)"

    def _look(self) -> None:
        failed = self.timeline.at(Step.FAILED)
        if failed is None:
            return
        self._look_at_events(failed)
        self._look_at_prometheus()
        self._look_at_gateway()
        self._look_at_pagerduty()

    def _look_at_events(self, failed: float) -> None:
        if self._seen(Step.TRUE):
            return
        subject, rows = self.subject, self.result.events.table()
        true = true_since(self.result.events, subject.pairs, subject.budget, failed, float(rows[-1, 0]))
        if true is not None:
            self.timeline.mark(Step.TRUE, true, "both windows are above, by our own count")

    def _look_at_prometheus(self) -> None:
        if not self._seen(Step.FIRING) and (since := self.stage.firing(self.subject.alert)):
            self.timeline.mark(Step.FIRING, datetime.fromisoformat(since).timestamp(), self.subject.alert)

    def _look_at_gateway(self) -> None:
        if self._seen(Step.STORED):
            return
        try:
            rows = httpx.get(f"{self.stage.gateway.url}/v1/deliveries", timeout=2, trust_env=False).raise_for_status().json()
        except httpx.HTTPError:
            return  # it may be what has failed
        received = [r["received"] for r in rows if r["alertname"] == self.subject.alert and r["tier"] in ("P1", "P2")]
        if received:
            self.timeline.mark(Step.STORED, min(received), "in PostgreSQL, before the gateway answered")

    def _look_at_pagerduty(self) -> None:
        if not self._seen(Step.PAGED) or len(self.result.legs) < len(LEGS):
            for call in self.stage.pagerduty.calls():
                self._look_at_call(call)
        if self._seen(Step.PAGED) and not self._seen(Step.RESOLVED):
            for incident in self.stage.pagerduty.incidents():
                if incident["dedup_key"] == self._dedup_key and incident["resolved"]:
                    self.timeline.mark(Step.RESOLVED, incident["resolved"], "the incident is closed")

    def _look_at_call(self, call: dict[str, Any]) -> None:
        event = call["event"]
        payload = event.get("payload", {}) if isinstance(event, dict) else {}
        if call["status"] != 202 or payload.get("class") != self.subject.alert:
            return
        if payload.get("severity") not in ("critical", "error"):  # the ticket of the same SLO
            return
        leg = LEGS.get(event.get("client", ""), "unknown")
        if leg not in self.result.legs:
            self.result.legs[leg] = call["arrived"]
        if not self._seen(Step.PAGED):
            self._look_at_prometheus()  # what came before a page is told before it
            self._look_at_gateway()
            self._dedup_key = event["dedup_key"]
            self.result.page = Page.of(event)
            self.timeline.mark(Step.PAGED, call["arrived"], f"PagerDuty has it, by the {leg} leg")
