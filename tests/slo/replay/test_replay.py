"""Replay of a week whose incidents are known: who is told, how soon, what it cost; and what a changed spec changes."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

from ballast.repo import CannotRun
from ballast.slo import Context, detection_time
from ballast.slo.replay import Ledger, Replay, Server, compare, replay, suggest
from ballast.slo.replay.engine import firing
from ballast.slo.replay.line import Grid
from ballast.slo.replay.picture import draw
from ballast.slo.replay.words import alt_text, fields, markdown
from tests.slo.replay.conftest import AVAILABILITY, spec
from tests.slo.replay.history import DAY, START, TROUBLE

END = START + 7 * DAY
MINUTE = 60


@pytest.fixture(scope="module")
def strict(week: Server) -> Replay:
    return replay(spec(), week, START, END)


def test_pages_come_when_the_mathematics_says(strict: Replay) -> None:
    """A share e failing pages long x factor x budget / e after the first error, plus an evaluation and a scrape."""
    first, second = (one.start - START - begin for one, (begin, *_) in zip(strict.pages[:2], TROUBLE[:2], strict=True))
    fast = spec().pairs[0]
    assert 0 < first <= detection_time(fast, 99.9, 0.35) + 2 * MINUTE
    assert 0 <= second <= detection_time(fast, 99.9, 0.9) + 2 * MINUTE
    assert strict.pages[0].pair == "1h/5m"


def test_a_slow_burn_opens_a_ticket_and_a_slow_service_nothing(strict: Replay) -> None:
    slow_burn = next(one for one in strict.incidents if one.start == START + 3 * DAY + 13 * 3600)
    assert slow_burn.page is None
    assert slow_burn.ticket is not None
    assert not [one for one in strict.pages + strict.tickets if START + 4 * DAY + 16 * 3600 <= one.start < START + 5 * DAY]


def test_no_data_is_told_and_counts_for_nothing(strict: Replay) -> None:
    (gone,) = strict.no_data
    assert gone.start - (START + 6 * DAY + 3 * 3600) in range(5 * MINUTE, 12 * MINUTE)
    assert 0 < strict.unknown < 0.01


def test_the_budget_is_what_was_served_and_failed(strict: Replay, week_file: Path) -> None:
    last = {}
    for line in week_file.read_text().splitlines():
        if line.startswith("http_requests_total"):
            name, value, _ = line.rsplit(" ", 2)
            last[name] = float(value)
    good, bad = sorted(last.values(), reverse=True)
    assert strict.events == pytest.approx(good + bad, rel=0.01)  # a gap's events are not on record
    assert strict.bad == pytest.approx(bad, rel=0.02)
    assert strict.spent == pytest.approx(bad / (good + bad) / 0.001 * 7 / 30, rel=0.02)
    assert strict.spent == pytest.approx(sum(one.spent for one in strict.incidents), rel=0.2)


def test_a_looser_spec_loses_pages_and_gains_none(strict: Replay, week: Server) -> None:
    change = compare(strict, replay(spec(objective=99), week, START, END))
    assert change.pages.lost
    assert not change.pages.gained
    assert change.new.spent == pytest.approx(strict.spent / 10, rel=0.01)  # type: ignore[operator]
    said = markdown([change], ["picture.png"])
    assert "99.9% over 30d → 99% over 30d" in said
    assert f"**Pages lost: {len(change.pages.lost)}**" in said
    assert f"![{alt_text(change)}](picture.png)" in said
    assert json.loads(json.dumps(fields(change)))["new"]["objective"] == 99


def test_the_same_spec_changes_nothing(strict: Replay, week: Server) -> None:
    change = compare(strict, replay(spec(), week, START, END))
    assert not change.pages.gained + change.pages.lost + change.tickets.gained + change.tickets.lost
    assert len(change.pages.kept) == len(strict.pages)


def test_what_rules_cost_is_asked_of_prometheus(strict: Replay) -> None:
    assert strict.cost.rules == sum(len(group.rules) for group in spec().groups)
    assert 0 < strict.cost.series < strict.cost.rules
    assert strict.cost.samples is not None
    assert strict.cost.samples > strict.cost.evaluations


def test_finer_steps_decide_sooner(week: Server) -> None:
    """At five seconds the page comes between the one at a minute and a minute before it."""
    begin = START + TROUBLE[0][0]
    coarse, fine = (replay(spec(), week, begin - 1800, begin + 1800, step=step) for step in (60, 5))
    assert coarse.pages[0].start - fine.pages[0].start in range(60)
    assert fine.pages[0].start % 60 != 0 or fine.pages[0].start == coarse.pages[0].start


def test_a_picture_is_the_same_twice_and_says_what_it_shows(strict: Replay, tmp_path: Path) -> None:
    change = compare(None, strict)
    for name in ("one.png", "two.png"):
        draw(change, spec().slo, tmp_path / name)
    one, two = (tmp_path / name for name in ("one.png", "two.png"))
    assert one.read_bytes() == two.read_bytes()
    assert alt_text(change).encode() in one.read_bytes()
    assert sorted(tmp_path.iterdir()) == [one, two]


# --- The ledger -------------------------------------------------------------------------------------------------------


def parquet(path: Path, rows: list[tuple[int, int, int, bool]]) -> Path:
    """What `ballast budget export` writes."""
    with duckdb.connect() as database:
        database.execute("set TimeZone = 'UTC'")
        database.execute(
            "create table t (service varchar, slo varchar, minute timestamptz, total bigint, good bigint, bad bigint,"
            " unknown boolean, notes varchar)"
        )
        database.executemany(
            "insert into t values ('checkout', 'availability', to_timestamp(?), ?, ?, ?, ?, '')",
            [
                (at * 60, *((None,) * 3 if unknown else (all_of, all_of - bad, bad)), unknown)
                for at, all_of, bad, unknown in rows
            ],
        )
        database.execute(f"copy t to '{path}' (format parquet)")
    return path


def test_the_ledger_decides_as_prometheus_does(week: Server, week_file: Path, tmp_path: Path) -> None:
    """Whole events of each minute instead of rates: the same pages within a minute or two, the same budget."""
    seen: dict[int, dict[str, int]] = {}
    for line in week_file.read_text().splitlines():
        if line.startswith("http_requests_total"):
            name, value, at = line.rsplit(" ", 2)
            seen.setdefault(int(at) // 60, {})["503" if "503" in name else "200"] = int(value)
    first, last = START // 60, START // 60 + 2 * 1440
    rows = []
    for minute in range(first, last):
        a, b = seen.get(minute), seen.get(minute + 1)
        known = a is not None and b is not None
        total, bad = (sum(b.values()) - sum(a.values()), b["503"] - a["503"]) if a and b else (0, 0)
        rows.append((minute, total, bad, not known))
    file = parquet(tmp_path / "history.parquet", rows)
    end = last * 60
    ours, theirs = replay(spec(), Ledger.of_file(file, spec()), START, end), replay(spec(), week, START, end)
    assert [one.pair for one in ours.pages] == [one.pair for one in theirs.pages]
    assert all(abs(a.start - b.start) <= 120 for a, b in zip(ours.pages, theirs.pages, strict=True))
    assert ours.spent == pytest.approx(theirs.spent, rel=0.01)
    assert ours.bad == sum(bad for _, _, bad, _ in rows)
    assert ours.cost.samples is None


def test_the_ledger_says_what_it_cannot(tmp_path: Path) -> None:
    file = parquet(tmp_path / "h.parquet", [(START // 60 + n, 10, 0, False) for n in range(200)])
    other = spec("latency", 99)
    with pytest.raises(CannotRun, match=r"does not hold checkout/latency: it holds checkout/availability"):
        Ledger.of_file(file, other)
    ledger = Ledger.of_file(file, spec())
    with pytest.raises(CannotRun, match=r"the ledger cannot answer .*other_total"):
        ledger.ask('sum(rate(other_total{code="500"}[5m]))', Grid(START, 60, 10))
    (tmp_path / "no.parquet").write_text("no")
    with pytest.raises(CannotRun, match="no export of the ledger"):
        Ledger.of_file(tmp_path / "no.parquet", spec())


# --- Suggestions ------------------------------------------------------------------------------------------------------


def test_suggested_is_the_strictest_that_keeps_within_the_limits(week: Server) -> None:
    found = suggest(spec("latency", 99), week, START + 3 * DAY, END, Context())
    by_threshold: dict[float, list[float]] = {}
    for one in found:
        assert one.threshold is not None
        assert (one.spent is not None and one.spent <= 0.8 and one.noise <= 4) == (one.why == "")
        if one.proposed:
            by_threshold.setdefault(one.threshold, []).append(one.objective)
    assert set(by_threshold) >= {0.25, 0.5, 1.0}
    assert all(len(chosen) == 1 for chosen in by_threshold.values())
    assert by_threshold[0.25] <= by_threshold[0.5] <= by_threshold[1.0]
    assert [(one.objective, one.threshold) for one in found if one.now] == [(99, 0.25)]


def test_candidates_that_share_records_are_what_each_would_be_alone(week: Server) -> None:
    found = suggest(spec(), week, START + 3 * DAY, START + 4 * DAY, Context())
    for objective in (99.0, 99.95):
        alone = replay(spec(objective=objective), week, START + 3 * DAY, START + 4 * DAY)
        (one,) = [each for each in found if each.objective == objective]
        assert (one.pages, one.tickets) == (len(alone.pages), len(alone.tickets))
        assert one.spent == pytest.approx(alone.spent)


# --- The alert's states -----------------------------------------------------------------------------------------------


def test_for_and_keep_firing_for() -> None:
    """As in Prometheus' rules/alerting.go; test_promtool has the real one beside it."""
    grid = Grid(0, 60, 12)
    condition = np.array([0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0], dtype=bool)
    always = np.ones(12, dtype=bool)

    def fires(hold: float, keep: float = 0.0) -> str:
        return "".join(str(int(one)) for one in firing(condition, always, grid, hold, keep))

    assert fires(0) == "011011110000"
    assert fires(120) == "000000110000"
    assert fires(0, 120) == "011111111100"
    assert fires(120, 60) == "000000111000"
    assert fires(600) == "000000000000"


def test_nothing_to_replay(week: Server) -> None:
    with pytest.raises(CannotRun, match="nothing to replay"):
        replay(spec(), week, END, START)
    silent = spec(sli={"availability": {**AVAILABILITY, "selector": 'service="nobody"'}})
    done = replay(silent, week, START, START + 3600)
    assert (done.unknown, done.good, done.spent, done.remaining) == (1.0, None, None, None)
