"""One PostgreSQL a session, a ledger of its own a test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from ballast.budget import connect
from ballast.stack import Postgres, Prometheus, Stack
from tests.budget.history import SLOS, open_metrics

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with Stack() as stack:
        yield stack


@pytest.fixture(scope="session")
def postgres(stack: Stack) -> Postgres:
    return stack.start(Postgres(stack.directory / "postgres", durable=False))


@pytest.fixture
def url(postgres: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A new ledger's; its audit log is the test's own."""
    address = postgres.schema(f"budget{next(_numbers)}").url
    monkeypatch.setenv("BALLAST_LEDGER_URL", address)
    monkeypatch.setenv("BALLAST_AUDIT_LOG", str(tmp_path / "audit.jsonl"))
    return address


@pytest.fixture
def ledger(url: str) -> Iterator[psycopg.Connection]:
    with connect(url, make=True) as connection:
        yield connection


def add_slo(
    connection: psycopg.Connection,
    service: str = "checkout",
    name: str = "availability",
    objective: str = "99.9",
    days: int = 30,
    tier: int = 1,
) -> int:
    """An SLO in the ledger, by its id."""
    row = connection.execute(
        "insert into slo (service, name, objective, window_minutes, tier, unit)"
        " values (%s, %s, %s, %s, %s, 'events') returning id",
        (service, name, objective, days * 1440, tier),
    ).fetchone()
    assert row
    return int(row[0])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


POLICY = """version: ballast/v1
steps:
  - {tier: 1, left: 50, action: notify}
  - {tier: 1, left: 20, action: slow_down}
  - {tier: 1, left: 0, action: freeze}
  - {tier: 2, left: 0, action: freeze}
  - {tier: 3, left: 0, action: freeze}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a policy."""
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts/budget-policy.yaml").write_text(POLICY)
    return tmp_path


@pytest.fixture
def shop(repository: Path) -> Path:
    """The same, with the SLOs of the history."""
    (repository / "alerts/slos").mkdir()
    (repository / "alerts/slos/shop.yaml").write_text(SLOS)
    return repository


@pytest.fixture(scope="session")
def prometheus(stack: Stack) -> Prometheus:
    """With the history."""
    server = Prometheus(stack.directory / "prometheus", external_labels={"cluster": "test"})
    text = stack.directory / "history.om"
    text.write_text(open_metrics())
    server.backfill(text)
    return stack.start(server)
