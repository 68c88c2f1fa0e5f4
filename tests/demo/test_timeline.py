"""The first mark of a step counts; what did not happen is unknown."""

from __future__ import annotations

from ballast.demo.timeline import PAGE_GOAL, Mark, Step, Timeline


def test_only_the_first_mark_of_a_step_is_kept_and_told() -> None:
    told: list[Mark] = []
    timeline = Timeline(told.append)
    timeline.mark(Step.TRUE, 12.0)
    timeline.mark(Step.FAILED, 10.0)
    timeline.mark(Step.TRUE, 99.0)
    assert [m.step for m in told] == [Step.TRUE, Step.FAILED]
    assert [m.at for m in timeline.marks] == [10.0, 12.0]


def test_latencies_are_unknown_until_both_ends_are_marked() -> None:
    timeline = Timeline()
    timeline.mark(Step.FAILED, 10.0)
    timeline.mark(Step.TRUE, 14.5)
    by_name = {x.name: x for x in timeline.latencies()}
    assert by_name["failure → condition true"].seconds == 4.5
    page = by_name["condition true → page delivered"]
    assert page.seconds is None
    assert page.met is False
    timeline.mark(Step.PAGED, 14.5 + PAGE_GOAL)
    assert next(x for x in timeline.latencies() if x.goal).met is True
