"""The twin in PostgreSQL: append-only, one chain, the same lines; and from it to the event bus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count

import jsonschema
import orjson
import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from ballast.audit import Difference, copy, logs, snapshot, twin_book, twin_lines, untold, verify
from ballast.cli import build_app
from ballast.cli._audit_store import twin
from ballast.gateway.bus import EntryEvent, read, tell_entries
from ballast.gateway.bus.schema import Unreadable, json_schema, message
from ballast.gateway.migrate import migrations as gateway_migrations
from ballast.repo import CannotRun
from ballast.stack import Postgres, Stack
from tests.audit.conftest import SignedLog

_numbers = count(1)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Stack() as stack:
        yield stack.start(Postgres(stack.directory / "postgres", durable=False))


@pytest.fixture
def url(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> str:
    address = postgres.schema(f"audit{next(_numbers)}").url
    monkeypatch.setenv("BALLAST_AUDIT_DATABASE_URL", address)
    return address


@pytest.fixture
def database(url: str) -> Iterator[psycopg.Connection]:
    with twin(make=True) as connection:
        yield connection


def test_the_twin_has_the_same_lines(signed: SignedLog, database: psycopg.Connection) -> None:
    signed.write(5)
    assert copy(database, *signed.store()) == 5
    assert copy(database, *signed.store()) == 0
    signed.write(3)
    assert copy(database, *signed.store()) == 3
    lines, book = signed.store()
    assert logs(database) == ["here"]
    assert twin_lines(database, "here") == lines
    head = twin_book(database, "here")
    assert head is not None
    assert head.signed == book.signed
    assert verify(twin_lines(database, "here"), head, signed.keys, [signed.witnessed()]).code == 0
    row = database.execute("select who, what, details, hash from audit_entry where sequence = 2").fetchone()
    assert row == ("ada", "chaos/other", {"n": 1}, json.loads(lines[1])["hash"])


@pytest.mark.parametrize("table", ["audit_entry", "audit_head", "audit_told"])
def test_nothing_is_changed_or_deleted(signed: SignedLog, database: psycopg.Connection, table: str) -> None:
    signed.write(2)
    copy(database, *signed.store())
    database.execute("insert into audit_told (log, sequence) values ('here', 1)")
    name = sql.Identifier(table)
    for statement in ("update {} set log = 'there'", "delete from {}", "truncate {} cascade"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            database.execute(sql.SQL(statement).format(name))


def test_only_what_continues_the_chain_is_taken(signed: SignedLog, database: psycopg.Connection) -> None:
    signed.write(4)
    lines, _ = signed.store()
    texts = [line.decode().rstrip("\n") for line in lines]
    insert = "insert into audit_entry (log, sequence, line) values ('x', %s, %s)"
    database.execute(insert, (1, texts[0]))
    for number, text, said in (
        (1, texts[0], "does not follow"),
        (3, texts[2], "does not follow"),
        (2, texts[2], "does not continue|violates check"),
        (2, texts[1].replace('"ok"', '"no"'), "violates check"),
        (2, "{}", "violates|null"),
        (2, "no json", "invalid input"),
    ):
        with pytest.raises(psycopg.Error, match=said):
            database.execute(insert, (number, text))
    database.execute(insert, (2, texts[1]))


def test_a_fork_is_refused_at_the_entry_where_it_begins(signed: SignedLog, database: psycopg.Connection) -> None:
    signed.write(3)
    before = signed.path.read_bytes(), signed.path.with_name("log.head").read_bytes()
    signed.write(2, start=10)
    copy(database, *signed.store())
    signed.path.write_bytes(before[0])
    signed.path.with_name("log.head").write_bytes(before[1])
    with pytest.raises(Difference, match="entry 4 of here"):
        copy(database, *signed.store())
    signed.write(4, start=20)
    with pytest.raises(Difference, match="entry 4 of here"):
        copy(database, *signed.store())


def test_what_the_owner_of_the_database_changes_is_found(signed: SignedLog, database: psycopg.Connection) -> None:
    """Triggers stop applications; who owns the tables can switch them off, and the head still says so."""
    signed.write(4)
    copy(database, *signed.store())
    seen = signed.witnessed()
    database.execute("alter table audit_entry disable trigger append_only")
    database.execute("delete from audit_entry where sequence = 4")
    assert verify(twin_lines(database, "here"), twin_book(database, "here"), signed.keys, [seen]).problems


def test_without_a_twin(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(CannotRun, match="audit push"), twin():
        pass
    monkeypatch.setenv("BALLAST_AUDIT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x")
    with pytest.raises(CannotRun, match="cannot be used"), twin():
        pass
    monkeypatch.delenv("BALLAST_AUDIT_DATABASE_URL")
    with pytest.raises(CannotRun, match="BALLAST_AUDIT_DATABASE_URL"), twin():
        pass


def test_a_schema_of_its_own_where_the_url_names_none(
    postgres: Postgres, signed: SignedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BALLAST_AUDIT_DATABASE_URL", postgres.schema("unused").server)
    signed.write(2)
    with twin(make=True) as connection:
        copy(connection, *signed.store())
        found = connection.execute("select table_schema from information_schema.tables where table_name = 'audit_entry'")
        assert ("ballast_audit",) in found.fetchall()


# --- The bus ------------------------------------------------------------------------------------------------------------


def test_entries_wait_for_a_gateway_and_are_handed_over_once(signed: SignedLog, database: psycopg.Connection) -> None:
    signed.write(3)
    copy(database, *signed.store())
    assert tell_entries(database) is None
    assert len(untold(database)) == 3
    for migration in gateway_migrations():
        database.execute(migration.text)  # type: ignore[arg-type]
    assert tell_entries(database) == 3
    assert tell_entries(database) == 0
    signed.write(2)
    copy(database, *signed.store())
    assert tell_entries(database) == 2
    rows = database.execute("select id, stream, kind, dedup_key, body from gateway_events order by id").fetchall()
    assert [row[4]["sequence"] for row in rows] == [1, 2, 3, 4, 5]
    with snapshot(signed.path) as (lines, _):
        hashes = [json.loads(line)["hash"] for line in lines]
    for number, (row, digest) in enumerate(zip(rows, hashes, strict=True), 1):
        assert row[1:4] == ("audit", "entry.recorded", "audit/here")
        text = message("here", row[0], row[4])
        jsonschema.validate(json.loads(text), json_schema("audit-entry"))
        event = read("audit", text)
        assert isinstance(event, EntryEvent)
        assert (event.sequence, event.hash, event.who) == (number, digest, "ada")


def test_an_entry_of_another_version_is_not_read() -> None:
    with pytest.raises(Unreadable, match="reads version 1"):
        read("audit", orjson.dumps({"schema": "ballast.audit/2"}))
    with pytest.raises(Unreadable):
        read("alerts", orjson.dumps({"schema": "ballast.audit/1"}))


# --- Commands -----------------------------------------------------------------------------------------------------------


def test_push_and_verify_with_a_database(signed: SignedLog, url: str) -> None:
    app, runner = build_app("audit"), CliRunner()
    signed.write(3)
    done = runner.invoke(app, ["audit", "push"])
    assert "database: 3 entries copied" in done.output
    assert "event bus: no gateway in this database" in done.output
    signers = ["--signers", str(signed.signers)]
    done = runner.invoke(app, ["audit", "verify", "--database", *signers])
    assert "here: unproven, 3 entries" in done.output  # no witness
    before = signed.path.read_bytes(), signed.path.with_name("log.head").read_bytes()
    signed.path.unlink()
    signed.path.with_name("log.head").unlink()
    signed.write(3, start=7)
    done = runner.invoke(app, ["audit", "verify", "--database", *signers])
    assert "hold other entries" in done.output
    done = runner.invoke(app, ["audit", "push"])
    assert done.exit_code == 1
    assert "entry 1 of here is another" in done.output
    signed.path.write_bytes(before[0])
    signed.path.with_name("log.head").write_bytes(before[1])
    assert runner.invoke(app, ["audit", "push"]).exit_code == 0
