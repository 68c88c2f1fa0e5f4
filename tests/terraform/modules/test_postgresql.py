"""The real PostgreSQL, with the rules, settings and grants that module postgresql gives: who gets in, and who does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ballast.stack import Authority, Certificate, Postgres, Stack, wait_until
from ballast.terraform.platform import read_plan

from .conftest import Open
from .hcl import MODULES
from .test_events import INPUTS

TLS_BUILDS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
OWN = "host all ballast 127.0.0.1/32 scram-sha-256"  # for this test, where CloudNativePG puts its rules for itself
LAST = "host all all all scram-sha-256"  # CloudNativePG's own last rule


@pytest.fixture(scope="module")
def spec(opened: Open) -> dict[str, Any]:
    """The rendered cluster's spec, with two databases."""
    module, variables = INPUTS["postgresql"]
    databases = {"gateway": {}, "ledger": {"owner": "budget"}}
    with opened(MODULES / module, variables | {"databases": databases}) as run:
        done, plan = run.workspace.plan(*run.variables, capture=True)
        assert done.returncode == 0, done.stderr
    [cluster] = read_plan(plan, module).of_kind("Cluster")
    return dict(cluster.document["spec"])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def postgresql(spec: dict[str, Any], authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server with TLS that is told what the operator would tell it: Debian's, since the wheel's is built without."""
    if not TLS_BUILDS:
        pytest.skip("PostgreSQL with TLS is not here (apt install postgresql): who may sign in is not proven")
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        running = stack.start(Postgres(stack.directory / "postgres", durable=False, binaries=TLS_BUILDS[-1]))
        own = authority.issue("postgresql", ["postgresql-rw.postgresql.svc"])
        with psycopg.connect(running.url, autocommit=True) as administrator:
            tell(administrator, {"ssl": "on", "ssl_cert_file": own.cert, "ssl_key_file": own.key, "ssl_ca_file": own.ca})
            born(administrator, spec)
            rules = [OWN, *spec["postgresql"]["pg_hba"], LAST]
            (running.data / "pg_hba.conf").write_text("".join(f"{rule}\n" for rule in rules))
            administrator.execute("select pg_reload_conf()")
            wrong = "select error from pg_hba_file_rules where error is not null"
            wait_until(  # a session takes a new configuration when it comes to it
                lambda: not administrator.execute(wrong).fetchall(),
                20,
                "PostgreSQL takes the rules of the rendered pg_hba",
            )
        yield running


def tell(administrator: psycopg.Connection[Any], settings: Mapping[str, object]) -> None:
    for name, value in settings.items():
        order = sql.SQL("alter system set {} to {}").format(sql.Identifier(name), sql.Literal(str(value)))
        administrator.execute(order)


def born(administrator: psycopg.Connection[Any], spec: Mapping[str, Any]) -> None:
    """The roles that the cluster is born with, then its databases. A server before 16 knows no grant without inheritance."""
    old = administrator.info.server_version < 160000
    for statement in spec["bootstrap"]["initdb"]["postInitSQL"]:
        administrator.execute(statement.replace(", INHERIT FALSE", "") if old else statement)
    for database, owner in {"gateway": "gateway", "ledger": "budget"}.items():
        administrator.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(database), sql.Identifier(owner)))


def enter(server: Postgres, user: str, name: str, by: Certificate | None, **more: str) -> psycopg.Connection[Any]:
    """Sign in as a component would: with `verify-full`, and with a certificate if there is one."""
    files = {"sslcert": str(by.cert), "sslkey": str(by.key)} if by else {"sslcert": "/nowhere"}
    place = {"host": "localhost", "hostaddr": "127.0.0.1", "port": str(server.port), "dbname": name, "user": user}
    return psycopg.connect(make_conninfo(**{**place, "connect_timeout": "5", "sslmode": "verify-full", **files, **more}))


@pytest.fixture(scope="module")
def trust(authority: Authority) -> dict[str, str]:
    return {"sslrootcert": str(authority.cert)}


def test_an_owner_signs_in_by_certificate_alone(postgresql: Postgres, authority: Authority, trust: dict[str, str]) -> None:
    with enter(postgresql, "gateway", "gateway", authority.issue("gateway"), **trust) as connection:
        connection.execute("create table if not exists alerts (id int)")
    with enter(postgresql, "budget", "ledger", authority.issue("budget"), **trust) as connection:
        assert connection.execute("select current_user").fetchone() == ("budget",)


@pytest.mark.parametrize(
    ("user", "database", "by", "mode"),
    [
        ("gateway", "gateway", None, "require"),
        ("gateway", "gateway", "gateway", "disable"),
        ("gateway", "gateway", "collector", "verify-full"),
        ("gateway", "ledger", "gateway", "verify-full"),
        ("gateway", "postgres", "gateway", "verify-full"),
        ("postgres", "postgres", "postgres", "verify-full"),
    ],
    ids=["no-certificate", "no-tls", "anothers-certificate", "anothers-database", "no-database-of-its-own", "no-role"],
)
def test_everybody_else_is_turned_away(
    postgresql: Postgres, authority: Authority, trust: dict[str, str], user: str, database: str, by: str | None, mode: str
) -> None:
    certificate = authority.issue(by) if by else None
    with pytest.raises(psycopg.OperationalError, match=r"FATAL|no pg_hba|certificate"):
        enter(postgresql, user, database, certificate, **(trust | {"sslmode": mode, "password": "guessed"}))


def test_a_certificate_of_another_authority_is_worth_nothing(
    postgresql: Postgres, trust: dict[str, str], tmp_path: Path
) -> None:
    forged = Authority(tmp_path, "someone-else").issue("gateway")
    with pytest.raises(psycopg.OperationalError, match=r"unknown ca|certificate"):
        enter(postgresql, "gateway", "gateway", forged, **trust)


def test_vault_lends_rights_for_a_while(postgresql: Postgres, authority: Authority, trust: dict[str, str]) -> None:
    """Its short-lived roles need both their password and a certificate of ours; they may what the owner may."""
    with enter(postgresql, "gateway", "gateway", authority.issue("gateway"), **trust) as owner:
        owner.execute("create table if not exists alerts (id bigint)")
    with enter(postgresql, "vault", "gateway", authority.issue("vault"), **trust) as vault:
        vault.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'v-grafana'")
        vault.execute("""create role "v-grafana" login password 'lent' valid until 'tomorrow' in role gateway""")
    with enter(postgresql, "v-grafana", "gateway", authority.issue("grafana"), **trust, password="lent") as lent:
        assert lent.execute("select count(*) from alerts").fetchone() is not None
    for certificate, password in ((None, "lent"), (authority.issue("grafana"), "guessed")):
        mode = {} if certificate else {"sslmode": "require"}
        with pytest.raises(psycopg.OperationalError, match="FATAL"):
            enter(postgresql, "v-grafana", "gateway", certificate, **(trust | mode), password=password)


def test_settings_and_grants_are_those_of_the_version_that_runs(spec: dict[str, Any]) -> None:
    """On PostgreSQL 18, as in the cluster: each setting is one, and Vault may lend an owner's rights and take them back."""
    with Stack() as stack:
        running = stack.start(Postgres(stack.directory / "postgres", durable=False))
        with psycopg.connect(running.url, autocommit=True) as administrator:
            tell(administrator, spec["postgresql"]["parameters"])
            born(administrator, spec)
            administrator.execute("set role vault")
            administrator.execute("""create role "v-1" login password 'lent' in role gateway""")
            administrator.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'v-1'")
            administrator.execute("""drop role "v-1" """)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                administrator.execute("""create role "v-2" in role pg_write_server_files""")
