"""Random orders of accept, claim, crash, finish, clock steps: nothing lost, no incident doubled, order kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from ballast.gateway.store import Job, Store
from ballast.stack.pagerduty_app import Book
from tests.gateway.conftest import Room
from tests.gateway.rows import accept, claim, schemas

KEYS = ("A", "B", "C")
REPLICAS = ("one", "two")


@dataclass
class Server:
    """A loop and two replicas' stores, on one schema for all examples: each empties it."""

    url: str
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    stores: dict[str, Store] = field(default_factory=dict)

    def do(self, work):  # type: ignore[no-untyped-def]
        return self.loop.run_until_complete(work)


@pytest.fixture(scope="module")
def server(shared_room: Room) -> Iterator[Server]:
    made = Server(shared_room.postgres.schema(next(schemas)).url)
    made.stores = {name: Store(made.url, name) for name in REPLICAS}
    for store in made.stores.values():
        made.do(store.open())
    made.do(made.stores["one"].migrate())
    yield made
    for store in made.stores.values():
        made.do(store.close())
    made.loop.close()


class Machine(RuleBasedStateMachine):
    """The receiver is stack's, by its own rules; a replica holds the jobs that it has claimed, in any state of being sent."""

    server: Server

    def __init__(self) -> None:
        super().__init__()
        tables = "gateway_inbox, gateway_outbox, gateway_events, gateway_keys, gateway_incidents, gateway_incident_history"
        self.server.do(self._empty(tables))
        self.book = Book()
        self.held: list[tuple[str, Job, bool]] = []
        self.fires = dict.fromkeys(KEYS, False)
        self.openings = dict.fromkeys(KEYS, 0)
        self.now = 0.0

    async def _empty(self, tables: str) -> None:
        async with self.server.stores["one"].connection() as connection:
            await connection.execute(f"truncate {tables} cascade")

    @rule(key=st.sampled_from(KEYS), firing=st.booleans(), replica=st.sampled_from(REPLICAS))
    def notified(self, key: str, firing: bool, replica: str) -> None:
        receipt = self.server.do(accept(self.server.stores[replica], key, "firing" if firing else "resolved"))
        assert (receipt.change == "opened") == (firing and not self.fires[key])
        self.openings[key] += receipt.change == "opened"
        self.fires[key] = firing

    @rule(replica=st.sampled_from(REPLICAS), limit=st.integers(1, 3))
    def claimed(self, replica: str, limit: int) -> None:
        for job in self.server.do(claim(self.server.stores[replica], limit)):
            assert not [j for _, j, _ in self.held if j.id == job.id], "one holder at a time"
            self.held.append((replica, job, False))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), lost=st.booleans())
    def sent(self, data: st.DataObject, lost: bool) -> None:
        """The receiver has it; the answer may be lost, and then the row is sent again."""
        place = data.draw(st.integers(0, len(self.held) - 1))
        replica, job, _ = self.held[place]
        self._send(job)
        self.held[place] = (replica, job, not lost)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def finished(self, data: st.DataObject) -> None:
        replica, job, answered = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        store = self.server.stores[replica]
        if answered:
            assert self.server.do(store.finish(job, "delivered"))
        else:
            assert self.server.do(store.postpone(job, 0, "503"))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def crashed(self, data: st.DataObject) -> None:
        """A replica is gone (or slept past its lease and will not send): its leases end. What it still says is not heard."""
        replica = data.draw(st.sampled_from(REPLICAS))
        lost = [job for name, job, _ in self.held if name == replica]
        self.held = [h for h in self.held if h[0] != replica]
        self.server.do(self._end_leases(replica))
        other = self.server.stores["two" if replica == "one" else "one"]
        again = self.server.do(claim(other, 100))
        assert {job.id for job in lost} <= {job.id for job in again}, "nothing is lost with it"
        self.held += [(other.owner, job, False) for job in again]
        for job in lost:
            assert not self.server.do(self.server.stores[replica].finish(job, "delivered")), "fenced"

    async def _end_leases(self, replica: str) -> None:
        async with self.server.stores["one"].connection() as connection:
            await connection.execute(
                "update gateway_outbox set lease_until = clock_timestamp() - interval '1 s' where lease_owner = %s", (replica,)
            )

    @invariant()
    def one_row_of_a_key_is_out(self) -> None:
        keys = [job.dedup_key for _, job, _ in self.held]
        assert len(keys) == len(set(keys))

    def _send(self, job: Job) -> None:
        self.now += 1
        self.book.apply({"routing_key": "k", "dedup_key": job.dedup_key, "event_action": job.action}, self.now)

    def teardown(self) -> None:
        """In the end everything is sent, and the receiver's incidents are ours: as many, in order, in the same state."""
        for replica, job, answered in self.held:
            if not answered:
                self._send(job)
            assert self.server.do(self.server.stores[replica].finish(job, "delivered"))
        while jobs := self.server.do(claim(self.server.stores["one"], 100)):
            for job in jobs:
                self._send(job)
                assert self.server.do(self.server.stores["one"].finish(job, "delivered"))
        ours = self.server.do(self.server.stores["one"].incidents(1000, everything=True))
        for key in KEYS:
            mine = [i["status"] for i in reversed(ours) if i["group_key"] == f'{{}}:{{alertname="{key}"}}']
            dedup = [i["dedup_key"] for i in ours if i["group_key"] == f'{{}}:{{alertname="{key}"}}'][:1]
            theirs = [i.status for i in self.book.incidents if [i.dedup_key] == dedup]
            assert theirs == mine
            assert len(theirs) == self.openings[key]


def test_whatever_the_order_nothing_is_lost_or_doubled(server: Server) -> None:
    Machine.server = server
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), database=None
        ),
    )
