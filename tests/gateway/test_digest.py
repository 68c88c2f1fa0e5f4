"""Digests: when they are due, that each is made once, and that a gateway sends it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.gateway.digest import Digests, Item, last_due, notification
from ballast.gateway.notification import Notification
from ballast.gateway.plan import DIGEST
from ballast.gateway.store import Store
from ballast.repo import DAYS, Digest
from ballast.stack import Postgres, Stack
from tests.gateway.conftest import Room
from tests.gateway.rows import arrival, claim, run, store


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """A database alone."""
    with Stack() as stack:
        postgres = stack.start(Postgres(stack.directory / "postgres", durable=False))
        yield Room(stack, None, postgres, None)  # type: ignore[arg-type]


BERLIN = Digest(times=["09:00", "16:30"], time_zone="Europe/Berlin")
NIGHT = Digest(days=list(DAYS), times=["02:30"], time_zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("digest", "now", "due"),
    [
        (BERLIN, "2026-11-24T07:59:59+00:00", "2026-11-23T15:30:00+00:00"),
        (BERLIN, "2026-11-24T08:00:00+00:00", "2026-11-24T08:00:00+00:00"),
        (BERLIN, "2026-07-13T07:00:00+00:00", "2026-07-13T07:00:00+00:00"),  # nine is nine in summer, too
        (BERLIN, "2026-11-22T12:00:00+00:00", "2026-11-20T15:30:00+00:00"),  # a Sunday
        (NIGHT, "2026-03-29T01:29:59+00:00", "2026-03-28T01:30:00+00:00"),  # 02:30 does not exist on this day
        (NIGHT, "2026-03-29T01:30:00+00:00", "2026-03-29T01:30:00+00:00"),  # so it is 03:30
        (NIGHT, "2026-10-25T00:30:00+00:00", "2026-10-25T00:30:00+00:00"),  # 02:30 comes twice
        (NIGHT, "2026-10-25T01:30:00+00:00", "2026-10-25T00:30:00+00:00"),  # and counts once
    ],
)
def test_a_digest_is_due_at_local_times(digest: Digest, now: str, due: str) -> None:
    assert last_due(digest, datetime.fromisoformat(now)) == datetime.fromisoformat(due)


zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"])
clocks = st.times().map(lambda t: t.strftime("%H:%M"))


@given(zone=zones, clock=clocks, day=st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_every_day_has_one_moment(zone: str, clock: str, day: date) -> None:
    """Over every clock change: moments are a day apart, give or take what the clocks changed by."""
    digest = Digest(days=list(DAYS), times=[clock], time_zone=zone)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    due = last_due(digest, noon)
    before = last_due(digest, due - timedelta(microseconds=1))
    assert due <= noon
    assert timedelta(hours=22) <= due - before <= timedelta(hours=26)


def item(number: int, status: str = "triggered") -> Item:
    labels, opened = {"alertname": f"A{number}"}, datetime(2026, 11, 24, tzinfo=UTC)
    return Item(number, "shop", f"alert {number}", status, "P4", labels, 2, opened)


def test_a_digest_says_what_is_new_and_what_is_still_open() -> None:
    new = [item(n, "resolved" if n % 2 else "triggered") for n in range(1, 131)]
    said = Notification.model_validate(notification("shop", datetime(2026, 11, 24, 8, tzinfo=UTC), new, [item(7)]))
    assert said.title == "Digest: 130 new alerts for shop, 65 still open"
    assert (said.tier, said.source, len(said.alerts), said.truncated_alerts) == ("P4", "gateway", 100, 30)
    lines = said.common_annotations["description"].splitlines()
    assert lines[0] == "- alert 1 (resolved, since 11-24 00:00 UTC, 2x)"
    assert "… and 80 more" in lines
    assert "Open since earlier digests: 1" in lines


def _digests(of: Store) -> Digests:
    return Digests(of, BERLIN, "chat", lambda: None)


async def _open(into: Store, name: str, owner: str) -> None:
    given = arrival(name, tier="P4", destinations=(DIGEST,))
    labels = {**given.notification.common_labels, "owner": owner}
    said = given.notification.model_copy(update={"common_labels": labels})
    await into.accept([type(given)(said, given.raw, given.source, given.destinations)])


MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_replicas_make_each_digest_once_and_a_crash_makes_none(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        assert await _digests(one).make(MONDAY) == 0  # the first moment of all
        for number in range(3):
            await _open(one, f"Digested{number}", "team-shop")
        await _open(one, "Other", "team-accounts")
        assert await claim(one) == [], "nothing is sent by itself"
        tuesday = MONDAY + timedelta(days=1)
        # A replica that dies in the middle: its transaction is rolled back.
        with suppress(ZeroDivisionError):
            async with one.connection() as connection:
                assert await _digests(one)._make(connection, last_due(BERLIN, tuesday)) == 2
                raise ZeroDivisionError
        replicas = [_digests(store) for store in (one, two, one, two)]
        assert sorted(await asyncio.gather(*(replica.make(tuesday) for replica in replicas))) == [0, 0, 0, 2]
        assert [await replica.make(tuesday) for replica in replicas] == [0, 0, 0, 0]
        jobs = await claim(one, destination="chat")
        titles = [Notification.model_validate(job.payload).title for job in jobs]
        assert sorted(titles) == [
            "Digest: 1 new alert for team-accounts, 1 still open",
            "Digest: 3 new alerts for team-shop, 3 still open",
        ]
        assert all(job.incident_id is None and job.action == "trigger" for job in jobs)
        # Days later, after a downtime: one digest of everything since, and what is open of before.
        await _open(one, "Later", "team-shop")
        assert await _digests(two).make(MONDAY + timedelta(days=8)) == 1
        [job] = await claim(two, destination="chat")
        said = Notification.model_validate(job.payload)
        assert said.title == "Digest: 1 new alert for team-shop, 1 still open"
        assert "Open since earlier digests: 3" in said.common_annotations["description"]
        assert await _digests(two).make(MONDAY + timedelta(days=9)) == 0, "nothing new, no digest"

    run(room, body)


def test_a_resolve_and_a_repeat_send_nothing_either(room: Room) -> None:
    async def body(one: Store, two: Store) -> None:
        for status in ("firing", "firing", "resolved"):
            await one.accept([arrival("Quiet", status, "P4", (DIGEST,))])
        assert await claim(one) == []

    schema = run(room, body)
    with psycopg.connect(room.postgres.schema(schema).url) as connection:
        assert connection.execute("select count(*) from gateway_outbox").fetchone() == (0,)
        assert connection.execute("select count(*) from gateway_digest_items").fetchone() == (1,)


def test_a_running_maker_survives_its_database() -> None:
    async def body() -> None:
        async with store("postgresql://127.0.0.1:1/none") as gone:
            task = asyncio.create_task(_digests(gone).run())
            await asyncio.sleep(0.3)
            assert not task.done()
            task.cancel()

    asyncio.run(body())
