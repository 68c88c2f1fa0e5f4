"""The proof of an SLI of time: which moments its rule records as good, which as bad, and which not at all.

Each moment is held long enough for whatever the query looks back on, and is looked at when it ends. Values are those on both
sides of a threshold, one percent apart from it, and the threshold itself where the query compares with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

import promql_parser as promql

from ballast.repo import Composite, Freshness, Probe, Throughput, Timeslice, seconds
from ballast.slo.model import CompiledSlo
from ballast.slo.proofs.grid import STEPS, span
from ballast.slo.proofs.model import Expectation, Scenario, Subject
from ballast.slo.proofs.notation import number
from ballast.slo.proofs.signals import CannotProve, Signals, braces, picked, signals
from ballast.slo.proofs.traffic import Phase, Traffic
from ballast.slo.slices import GOOD_TIME, WINDOW
from ballast.slo.windows import member_selector, select

__all__ = ["moments"]

STEP = 60
INTERVAL = 30
EVENTS = 100.0
"""How much a counter grows a sample, where only the ratio of two counts."""

Values = Mapping[str, float | None]
"""Series to value (of a counter: growth a sample); None while it is missing."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is seen, and what the record then is (None: nothing)."""

    values: Values
    good: float | None
    why: str


@dataclass(slots=True)
class Story:
    """Moments of `hold` seconds each, in order; `counters` names the series that grow."""

    hold: int
    moments: list[Moment]
    counters: frozenset[str] = field(default_factory=frozenset)


def moments(subject: Subject, compiled: CompiledSlo) -> Scenario:
    """The proof of the rule that records `slo:good_time:ratio`. Raises `CannotProve` when its query cannot be fed."""
    sli = compiled.slo.sli
    group = dict.fromkeys(compiled.slo.groups.by, "example") if compiled.slo.groups else {}
    condition = next((one.when for one in (sli.timeslice, sli.freshness, sli.throughput) if one and one.when.strip()), "")
    if sli.freshness:
        story = _freshness(sli.freshness, group)
    elif sli.timeslice:
        story = _timeslice(sli.timeslice, group)
    elif sli.throughput:
        story = _throughput(sli.throughput, group)
    elif sli.probe:
        story = _probe(sli.probe, group)
    elif sli.composite:
        story = _all_of(sli.composite)
    else:
        raise CannotProve("an SLI of no kind that proofs know")
    story = _with_condition(story, condition) if condition else story
    record = f"{GOOD_TIME}{braces({**group, **compiled.labels})}"
    end = story.hold * len(story.moments)
    return Scenario(
        name="good and bad moments",
        proves="; ".join(dict.fromkeys(f"{moment.why}: {_word(moment.good)}" for moment in story.moments)) + ".",
        step=story.hold,
        interval=INTERVAL,
        traffic=Traffic((Phase(end, 0.0),)),
        expectations=tuple(_expected(subject, record, story.hold * (n + 1), each) for n, each in enumerate(story.moments)),
        inputs=tuple((name, " ".join(_values(story, name))) for name in _names(story)),
    )


def _expected(subject: Subject, record: str, second: int, moment: Moment) -> Expectation:
    samples = () if moment.good is None else ((record, moment.good),)
    return Expectation(second, f"{GOOD_TIME}{subject.selector}", samples, moment.why)


def _word(good: float | None) -> str:
    return "not counted" if good is None else {1.0: "good", 0.0: "bad"}.get(good, f"{good:g}")


def _names(story: Story) -> list[str]:
    return list(dict.fromkeys(name for moment in story.moments for name in moment.values))


def _values(story: Story, name: str) -> Iterator[str]:
    """Promtool's notation; the sample at second 0 belongs to the first moment."""
    value, first = 0.0, 1
    for moment in story.moments:
        count = story.hold // INTERVAL + first
        now = moment.values.get(name)
        if now is None:
            yield f"_x{count}"
        elif name in story.counters:
            yield f"{number(value + now)}+{number(now)}x{count - 1}"
            value += now * count
        else:
            yield f"{number(now)}+0x{count - 1}"
        first = 0


# --- Kinds ------------------------------------------------------------------------------------------------------------


def _around(limit: float, op: str) -> list[tuple[float, float, str]]:
    """Values on both sides of a limit and on it: value, good or not, in words."""
    off = max(abs(limit) / 100, 1e-6)
    good_below, good_on = op[0] == "<", len(op) == 2
    return [
        (limit - off, float(good_below), f"just below {limit:g}"),
        (limit, float(good_on), f"at {limit:g}"),
        (limit + off, float(not good_below), f"just above {limit:g}"),
    ]


_OPS = {"below": "<", "at_most": "<=", "above": ">", "at_least": ">="}


def _timeslice(one: Timeslice, group: Mapping[str, str]) -> Story:
    query = WINDOW.sub(one.slice, one.query.strip())
    fed = signals(query)
    fed = replace(fed, series=tuple(replace(each, labels={**group, **each.labels}) for each in fed.series))
    hold = _ceil(2 * max(seconds(one.slice), _reach(query)) + STEP)
    op, limit = next(((op, limit) for name, op in _OPS.items() if (limit := getattr(one, name)) is not None), ("", 0.0))
    wanted = (
        _around(limit, op)
        if op
        else [(0.4, 0.4, "40 % of the slice is good"), (0.0, 0.0, "none of it is"), (1.0, 1.0, "all is")]
    )
    nothing = Moment({each.name: None for each in fed.series}, None, "no value")
    # Whatever the query looks back on has left it only then.
    empty = [] if not fed.gauge or hold > 900 else [nothing, nothing]
    told = [Moment(_fed(fed, value), good, f"a value {words}" if op else words) for value, good, words in wanted]
    counters = frozenset() if fed.gauge else frozenset(each.name for each in fed.series)
    return Story(_ceil(max(hold, 360)) if empty else hold, told + empty[:1], counters)


def _fed(fed: Signals, value: float) -> Values:
    """What makes a query return `value`: linear in a gauge, or a ratio of counters."""
    if fed.gauge:
        return {each.name: each.good + (each.bad - each.good) * value for each in fed.series}
    if not 0 <= value <= 1:
        raise CannotProve(f"a ratio of counters is never {value:g}")
    return {each.name: EVENTS * (each.good * (1 - value) + each.bad * value) for each in fed.series}


def _reach(query: str) -> float:
    """The longest range that a query looks back on, in seconds."""
    longest = 0.0

    def walk(node: Any) -> None:
        nonlocal longest
        if isinstance(node, promql.MatrixSelector | promql.SubqueryExpr):
            longest = max(longest, node.range.total_seconds() if node.range else 0.0)
        for inner in (getattr(node, name, None) for name in ("expr", "lhs", "rhs")):
            if inner is not None:
                walk(inner)
        for inner in getattr(node, "args", None) or ():
            walk(inner)

    walk(promql.parse(query))
    return longest


def _freshness(one: Freshness, group: Mapping[str, str]) -> Story:
    """One result, at second 0, grows old; then a new one is there."""
    metric, labels = picked(select(one.metric, one.selector))
    name = metric + braces({**group, **labels})
    age = seconds(one.max_age)
    hold = max((step for step in STEPS if age % step == 0 and step % STEP == 0), default=0)
    if not hold or age / hold > 2000:
        raise CannotProve(f"an age of {one.max_age} is no whole number of minutes")
    count = int(age // hold)
    old = [Moment({name: 0.0}, 1.0, f"a result {span(age)} old") for _ in range(count)]
    return Story(hold, [*old, Moment({name: 0.0}, 0.0, "an older one"), Moment({name: age + hold}, 1.0, "a new one after it")])


def _throughput(one: Throughput, group: Mapping[str, str]) -> Story:
    metric, labels = picked(select(one.metric, one.selector))
    name, over = metric + braces({**group, **labels}), seconds(one.over)
    each = one.at_least * INTERVAL / over
    shown = f"{one.at_least:g} in {span(over)}"
    return Story(
        _ceil(over + STEP),
        [
            Moment({name: each * 1.02}, 1.0, f"a little more than {shown}"),
            Moment({name: each * 0.98}, 0.0, f"a little less than {shown}"),
        ],
        frozenset((name,)),
    )


def _probe(one: Probe, group: Mapping[str, str]) -> Story:
    metric, labels = picked(select(one.metric, one.selector))
    count = one.failing or 2
    probers = [{**group, **labels, "prober": f"p{n}"} for n in range(1, count + 1)]

    def seen(failed: int, slow: int = 0) -> Values:
        values: dict[str, float | None] = {}
        for number_, prober in enumerate(probers):
            values[metric + braces(prober)] = float(number_ >= failed)
            if one.max_duration:
                late = number_ < slow
                values[one.duration_metric + braces(prober)] = one.max_duration * (1.01 if late else 1.0)
        return values

    def share(failed: int) -> float:
        return float(failed < count) if one.failing else 1 - failed / count

    told = [Moment(seen(n), share(n), f"{n} of {count} probes fail") for n in range(count + 1)]
    if one.max_duration:
        told.append(Moment(seen(0, count), share(count), f"all take longer than {one.max_duration:g} s"))
    told.append(Moment(dict.fromkeys(seen(0)), None, "no probe"))
    return Story(6 * STEP, told)


def _all_of(one: Composite) -> Story:
    members = [f"slo:current_burn_rate:ratio{member_selector(name)}" for name in one.all_of]
    calm, burning = dict.fromkeys(members, one.burn_rate), one.burn_rate * 1.01
    told = [Moment(calm, 1.0, f"no member burns faster than {one.burn_rate:g}")]
    told += [Moment({**calm, name: burning}, 0.0, f"only {of} does") for name, of in zip(members, one.all_of, strict=True)]
    told += [
        Moment({**calm, name: None}, None, f"nothing is known of {of}") for name, of in zip(members, one.all_of, strict=True)
    ]
    alone = {**calm, members[0]: None, members[1]: burning}
    told.append(Moment(alone, 0.0, f"nor of {one.all_of[0]}, and {one.all_of[1]} burns"))
    return Story(6 * STEP, told)


# --- Conditions -------------------------------------------------------------------------------------------------------


def _with_condition(story: Story, condition: str) -> Story:
    """The same with its condition met, and at the end a moment in which it is not, though everything else is as before."""
    name, met, unmet = _condition(condition)
    told = [replace(moment, values={**moment.values, name: met}) for moment in story.moments]
    last = story.moments[0 if story.counters else -1]
    told.append(Moment({**last.values, name: unmet}, None, f"not while {condition.strip()}"))
    return replace(story, moments=told)


def _condition(condition: str) -> tuple[str, float, float | None]:
    """A series that decides a condition, its value when it is met, and when it is not (None: missing)."""
    node: Any = promql.parse(condition)
    while isinstance(node, promql.ParenExpr):
        node = node.expr
    op, limit, query = "", 1.0, condition
    if isinstance(node, promql.BinaryExpr) and isinstance(node.rhs, promql.NumberLiteral):
        op, limit, query = str(node.op), node.rhs.val, str(node.lhs)
    fed = signals(query)
    values: dict[str, tuple[float, float | None]] = {
        "": (1.0, None),
        "==": (limit, limit + 1),
        "!=": (limit + 1, limit),
        ">": (limit + 1, limit),
        ">=": (limit, limit - 1),
        "<": (limit - 1, limit),
        "<=": (limit, limit + 1),
    }
    if not fed.gauge or op not in values:
        raise CannotProve(f"the condition `{condition.strip()}` is not about the value of a gauge")
    met, unmet = values[op]
    (series,) = fed.series

    def value(wanted: float) -> float:
        return series.good + (series.bad - series.good) * wanted

    return series.name, value(met), None if unmet is None else value(unmet)


def _ceil(second: float) -> int:
    return ceil(second / STEP) * STEP
