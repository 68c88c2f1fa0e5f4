"""From raw samples to whole events, minute by minute: a pure function of the samples in a bounded neighbourhood.

A minute is (start, end]: the increase between two samples of a series belongs to the minute that holds the later one, so each
increase is counted in exactly one minute, and the minutes of a day add up to last sample - first sample (plus resets), exactly.
Nothing is extrapolated. A minute depends only on the samples of itself, of the minute before, and of `limit` before that:
whenever and in whatever portions it is collected, it is the same.

What is not known is said:

- birth: a series without a sample in the `limit` before. If its target (job, instance) was scraped meanwhile, the counter began
  at zero and its first value is counted; otherwise nothing is known of the time before: a gap.
- reset: the counter fell; it is counted from zero. What happened between the last scrape and the restart is lost.
- gap: two samples further apart than `limit` (N scrapes). The increase is not counted: nobody knows when it happened.
- replica: another replica than in the minute before was counted; up to one scrape interval is doubled or lost at the seam.
- dark: nothing is known at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

MINUTE_MS = 60_000
BIRTH, RESET, REPLICA, GAP, DARK, CORRECTED = 1, 2, 4, 8, 16, 32
NAMES = {BIRTH: "birth", RESET: "reset", REPLICA: "replica", GAP: "gap", DARK: "dark", CORRECTED: "corrected"}


class Minute(NamedTuple):
    """Whole events of one minute; `flags` says what is not known of it."""

    total: int
    bad: int
    flags: int = 0

    @property
    def known(self) -> bool:
        """Whether anything is known."""
        return not self.flags & DARK

    def rank(self) -> tuple[bool, bool, bool, int, int, int]:
        """Of two observations of one minute the greater is kept: the more complete, and of equals the one that saw more.

        A total order, so that the ledger is the same in whatever order observations arrive.
        """
        f = self.flags
        return bool(f & CORRECTED), not f & DARK, not f & GAP, self.total, self.bad, -f


UNKNOWN = Minute(0, 0, DARK)


@dataclass(slots=True)
class Series:
    """Raw samples: `times` in Unix milliseconds, ascending."""

    labels: dict[str, str]
    times: list[int]
    values: list[float]


@dataclass(slots=True)
class _Replica:
    total: dict[int, int] = field(default_factory=dict)
    bad: dict[int, int] = field(default_factory=dict)
    flags: dict[int, int] = field(default_factory=dict)

    def at(self, minute: int) -> Minute:
        if minute not in self.total:
            return UNKNOWN
        return Minute(self.total[minute], self.bad.get(minute, 0), self.flags.get(minute, 0))


def minute_of(time_ms: int) -> int:
    """The number, since 1970, of the minute that a sample belongs to."""
    return (time_ms - 1) // MINUTE_MS


def count_events(
    total: Iterable[tuple[int, Series]], bad: Iterable[tuple[int, Series]], minutes: range, limit: int, replica_label: str
) -> list[Minute]:
    """The minutes of counters, each with its sign; samples must reach a minute and `limit` (milliseconds) further back."""
    totals, bads = list(total), list(bad)
    targets: dict[tuple[str, ...], list[Series]] = {}
    for _, series in (*totals, *bads):
        targets.setdefault(_target(series, replica_label), []).append(series)
    replicas: dict[str, _Replica] = {}
    for is_total, counted in ((True, totals), (False, bads)):
        for sign, series in counted:
            replica = replicas.setdefault(series.labels.get(replica_label, ""), _Replica())
            _count(series, sign, replica, is_total, targets[_target(series, replica_label)], minutes.start - 1, limit)
    return _choose(replicas, minutes)


def count_samples(gauges: Iterable[Series], minutes: range, replica_label: str) -> list[Minute]:
    """The minutes of 0/1 gauges: each sample is an event, bad unless it is 1."""
    replicas: dict[str, _Replica] = {}
    for series in gauges:
        replica = replicas.setdefault(series.labels.get(replica_label, ""), _Replica())
        for time, value in zip(series.times, series.values, strict=True):
            at = minute_of(time)
            replica.total[at] = replica.total.get(at, 0) + 1
            if value != 1:
                replica.bad[at] = replica.bad.get(at, 0) + 1
    return _choose(replicas, minutes)


def _target(series: Series, replica_label: str) -> tuple[str, ...]:
    return tuple(series.labels.get(label, "") for label in (replica_label, "job", "instance"))


def _count(series: Series, sign: int, to: _Replica, is_total: bool, beside: list[Series], first: int, limit: int) -> None:
    """Adds the increases of one series to the minutes from `first` on."""
    counts, flags = (to.total if is_total else to.bad), to.flags
    before_time, before = -(1 << 62), 0
    for time, value in zip(series.times, series.values, strict=True):
        now = int(value)
        at = (time - 1) // MINUTE_MS
        if at < first:
            before_time, before = time, now
            continue
        if time - before_time <= limit:
            if now < before:
                increase = now
                flags[at] = flags.get(at, 0) | RESET
            else:
                increase = now - before
            counts[at] = counts.get(at, 0) + sign * increase
        elif _scraped(beside, time, limit):
            counts[at] = counts.get(at, 0) + sign * now
            flags[at] = flags.get(at, 0) | BIRTH
        else:
            flags[at] = flags.get(at, 0) | GAP
        before_time, before = time, now


def _scraped(series: list[Series], time: int, limit: int) -> bool:
    """Whether any of these has a sample in the `limit` before `time`."""
    return any(time - limit <= t < time for one in series for t in one.times)


def _choose(replicas: dict[str, _Replica], minutes: range) -> list[Minute]:
    """Per minute the replica that knows most, of equals the first by name; never two added up."""

    def best(minute: int) -> tuple[str, Minute]:
        name = max(sorted(replicas), key=lambda name: _quality(replicas[name].at(minute)), default="")
        return name, replicas[name].at(minute) if replicas else UNKNOWN

    if len(replicas) < 2:
        return [best(minute)[1] for minute in minutes]
    chosen = []
    before, known = best(minutes.start - 1)
    for minute in minutes:
        name, value = best(minute)
        switched = name != before and value.known and known.known
        chosen.append(value._replace(flags=value.flags | REPLICA) if switched else value)
        before, known = name, value
    return chosen


def _quality(minute: Minute) -> tuple[bool, bool]:
    return minute.known, not minute.flags & GAP


def merge(old: Minute | None, new: Minute) -> Minute:
    """The one of two observations that is kept; commutative, associative, idempotent."""
    return new if old is None or new.rank() > old.rank() else old


def add(minutes: Sequence[Minute | None]) -> tuple[int, int, int, int]:
    """Total, bad, minutes of which something is known, minutes that are dark or have a gap."""
    total = bad = known = gap = 0
    for minute in minutes:
        if minute is not None:
            total += minute.total
            bad += minute.bad
            known += minute.known
            gap += bool(minute.flags & (DARK | GAP))
    return total, bad, known, gap
