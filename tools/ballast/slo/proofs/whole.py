"""The proofs of an SLO as a whole: a total outage, an idle service, low traffic, no data.

All are about one alert, the page where there is one, and mostly about its quickest pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from math import ceil, floor

from ballast.slo.proofs.grid import (
    budget_left,
    busy_phase,
    ceil_to,
    expect,
    floor_to,
    grid,
    inside,
    no_errors,
    pair_name,
    rounded,
    span,
    total_rate,
)
from ballast.slo.proofs.model import Alert, Scenario, Subject
from ballast.slo.proofs.signals import CannotProve
from ballast.slo.proofs.traffic import Pair, Phase, Traffic, condition

__all__ = ["few_events", "idle", "no_data", "outage", "under_minimum"]


def outage(subject: Subject, alert: Alert) -> Scenario:
    """Every event fails after clean windows, and the counter of failures did not exist before; it lasts just long enough."""
    pair = _quickest(alert)
    step, interval = grid(subject, pair)
    total = total_rate(subject, interval)
    pairs = list(alert.pairs.values())
    clean = [busy_phase(pairs, step, total, subject.signals.weighted), Phase(ceil_to(pair.long, step), total)]
    healthy = Phase(ceil_to(max(each.short for each in pairs), step) + step, total)
    noticed = ceil_to(pair.long * pair.threshold, interval) + interval
    for extra, shift in product(range(0, 2 * step, interval), repeat=2):
        phases = (*clean, Phase(shift or step, total), Phase(noticed + extra, total, total), healthy)
        traffic = Traffic(phases)
        found = condition(traffic, pairs)
        if len(found) == 1 and all(inside(edge, step, 2 * interval) for edge in found[0]) and _robust(traffic, pairs, step):
            break
    else:
        raise CannotProve("no total outage begins and ends well between two evaluations")
    (start, end), (begin, heal) = found[0], traffic.edges[-3:-1]
    detect, reset = span(start - begin), span(end - heal)
    return Scenario(
        name=f"{alert.severity}, total outage",
        proves=f"Everything fails for {span(heal - begin)}, and the series that counts failures appears only then:"
        f" noticed after {detect}, let go {reset} after healing.",
        step=step,
        interval=interval,
        traffic=traffic,
        expectations=(
            expect(alert, floor_to(start, step), False, f"fails since {span(begin)}, sooner than the predicted {detect}"),
            expect(alert, ceil_to(start, step), True, "both windows are over the threshold"),
            expect(alert, floor_to(end, step), True, f"healed at {span(heal)}, sooner than the predicted {reset}"),
            expect(alert, ceil_to(end, step), False, "and clear"),
        ),
        born_late=True,
    )


def idle(subject: Subject, alert: Alert) -> Scenario:
    """No event since the service was started: that is no error, and no missing data either."""
    pair = _quickest(alert)
    step, interval = grid(subject, pair)
    total = total_rate(subject, interval)
    bad = rounded(total * min(1.0, pair.threshold * 2), interval)
    back = ceil_to(pair.long, step) + 2 * step
    traffic = Traffic((Phase(back, 0), Phase(2 * step, total, bad)))
    everything = [*subject.alerts, *([subject.no_data] if subject.no_data else [])]
    # With a minimum there are too few of them yet.
    noticed = [] if subject.minimum else [expect(alert, back + step, True, "the windows hold nothing but these")]
    return Scenario(
        name=f"{alert.severity}, idle",
        proves=f"{span(back)} without a single event, and none before, fire nothing"
        + (". The first events after it fail: noticed at once." if noticed else "."),
        step=step,
        interval=interval,
        traffic=traffic,
        expectations=(
            *(expect(each, back, False, "nothing happens, nothing fails") for each in everything),
            no_errors(subject, back),
            budget_left(subject, traffic, back),
            *noticed,
        ),
        born_late=True,
    )


def under_minimum(subject: Subject, alert: Alert) -> Scenario:
    """Everything fails at less traffic than the minimum, for the longest window; the other proofs have a little more."""
    pair = max(alert.pairs.values(), key=lambda each: each.long)
    step, interval = grid(subject, pair)
    low = subject.minimum * 0.8
    traffic = Traffic((Phase(ceil_to(pair.long, step) + step, low, low),))
    return Scenario(
        name=f"{alert.severity}, under the minimum traffic",
        proves=f"All of {low:.4g} events/s fail for {span(traffic.end)} and fire nothing: the minimum is {subject.minimum:g}.",
        step=step,
        interval=interval,
        traffic=traffic,
        expectations=(expect(alert, int(traffic.end), False, "everything fails, but there is too little of it"),),
    )


def few_events(subject: Subject, alert: Alert) -> Scenario:
    """So few events that a single failure is half of what the long window tolerates at most, and a few are too many."""
    pair = _quickest(alert)
    step, interval = grid(subject, pair)
    samples = pair.long / interval
    each = ceil(2 / pair.threshold / samples)  # events a sample
    most = pair.threshold * each * samples  # failures that the long window tolerates
    failing = ceil((floor(most) + 1) / each)  # samples in which everything fails
    rate = each / interval
    for windows in range(1, 13):  # until the longer pairs have seen enough to stay silent
        before = windows * ceil_to(pair.long, step)
        phases = (Phase(before, rate), Phase(interval, rate, 1 / interval), Phase(2 * step - interval, rate))
        traffic = Traffic((*phases, Phase(failing * interval, rate, rate), Phase(2 * step, rate)))
        found = condition(traffic, list(alert.pairs.values()))
        if found and found[0][0] > before + 2 * step:
            break
    else:
        raise CannotProve("a single failure trips the longer pairs")
    many = ceil_to(before + 2 * step + failing * interval, step)
    return Scenario(
        name=f"{alert.severity}, low traffic",
        proves=f"At {each / interval * 60:.3g} events a minute one failure fires nothing, {failing * each} more do"
        f" ({pair_name(pair)} tolerates {most:.3g}).",
        step=step,
        interval=interval,
        traffic=traffic,
        expectations=(
            expect(alert, before + step, False, f"one failed at {span(before)}: a lot for {span(pair.short)}"),
            expect(alert, before + 2 * step, False, f"and little for {span(pair.long)}"),
            expect(alert, many, True, f"{failing * each} more failed"),
        ),
    )


def no_data(subject: Subject, alert: Alert, burning: Alert, missing: str = "") -> Scenario:
    """The series vanish, or the one called `missing`: that is neither good nor bad, and has an alert of its own.

    A bucket that is missing alone looks like slow requests as well, so that then the other alerts may fire or not.
    """
    pair = _quickest(burning)
    step, interval = grid(subject, pair)
    total = total_rate(subject, interval)
    healthy = ceil_to(pair.short, step) + step
    seen = subject.watched.get(missing, subject.shortest)
    fires = ceil_to(ceil_to(healthy + seen, step) + subject.pending, step)
    back = fires + step
    traffic = Traffic((Phase(healthy, total), Phase(back - healthy, total, scraped=False), Phase(3 * step, total)))
    silent = [] if missing else [expect(each, fires, False, "what is not known does not burn") for each in subject.alerts]
    gone = f"{missing} vanishes" if missing else "The series vanish"
    return Scenario(
        name=f"no data, only {missing.partition('{')[0]} missing" if missing else "no data",
        proves=f"{gone} at {span(healthy)}: {alert.name} fires {span(fires - healthy)} later{', nothing else' * bool(silent)}.",
        step=step,
        interval=interval,
        traffic=traffic,
        expectations=(
            expect(alert, fires - step, False, f"not gone for {span(subject.pending)} yet"),
            expect(alert, fires, True, f"gone after {span(seen)}, and for {span(subject.pending)}"),
            *silent,
            expect(alert, back + 2 * step, False, "the series are back"),
        ),
        missing=missing,
    )


def _robust(traffic: Traffic, pairs: Sequence[Pair], step: int) -> bool:
    """Whether a threshold that is 5 % off lets go at the same evaluation: no window grazes it after healing."""
    seen = set()
    for times in (0.95, 1.0, 1.05):
        off = [replace(pair, threshold=pair.threshold * times) for pair in pairs]
        seen.add(tuple(floor_to(end, step) for _, end in condition(traffic, off)))
    return len(seen) == 1


def _quickest(alert: Alert) -> Pair:
    return min(alert.pairs.values(), key=lambda pair: pair.long)
