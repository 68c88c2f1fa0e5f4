"""A run as the demo would record it, made up from a failure of known shape."""

from __future__ import annotations

from ballast.demo.result import Page, Result, Subject
from ballast.demo.timeline import Step, Timeline
from ballast.demo.truth import Events, Pair, true_since

START = 1_800_000_000.0


def events(fails: float, heals: float, until: float, rate: float = 20.0) -> Events:
    """Readings every 0.2 s from START: every event is bad from `fails` to `heals` (seconds after START)."""
    made = Events(rate)
    for i in range(int(until / 0.2)):
        t = i * 0.2
        made.add(START + t, (rate * max(0.0, min(t, heals) - fails), rate * t))
    return made


def result() -> Result:
    """The failure begins 20 s after START and ends 20 s later."""
    pairs = (Pair(300, 60, 14.4),)
    seen = events(20, 40, 130)
    timeline = Timeline()
    failed = START + 20
    true = true_since(seen, pairs, 0.001, failed, START + 130)
    assert true
    for step, at in (
        (Step.FAILED, failed),
        (Step.TRUE, true),
        (Step.FIRING, true + 3.2),
        (Step.STORED, true + 3.31),
        (Step.PAGED, true + 3.29),
        (Step.HEALED, START + 40),
        (Step.RESOLVED, START + 104),
    ):
        timeline.mark(step, at)
    subject = Subject(
        fault="checkout",
        title="Checkout answers 503",
        slo="checkout/availability",
        alert="CheckoutAvailabilityErrorBudgetBurn",
        objective=99.9,
        budget=0.001,
        windows="short",
        pairs=pairs,
        scrape_interval=5,
        evaluation_interval=5,
        group_wait=1,
    )
    page = Page("Checkout burns <its> budget 350× too fast", "critical", "checkout", {"owner": "team-payments"},
                {"Runbook": "https://git.example.com/r"})  # fmt: skip
    return Result(subject, timeline, seen, page, {"direct": true + 3.29, "gateway": true + 3.4}, 1)
