"""The SLI history, minute by minute, as Parquet or CSV."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ballast.budget.balance import Known, minutes
from ballast.budget.store import number, when
from ballast.budget.tally import NAMES
from ballast.repo import CannotRun

if TYPE_CHECKING:
    import psycopg

COLUMNS = ("service", "slo", "minute", "total", "good", "bad", "unknown", "notes")
_TYPES = "{'service': 'VARCHAR', 'slo': 'VARCHAR', 'minute': 'TIMESTAMPTZ', 'total': 'BIGINT', 'good': 'BIGINT', 'bad': 'BIGINT', 'unknown': 'BOOLEAN', 'notes': 'VARCHAR'}"  # noqa: E501


def rows(
    connection: psycopg.Connection, known: Iterable[Known], start: datetime, end: datetime
) -> Iterator[tuple[object, ...]]:
    """A row a collected minute. Of an unknown one the counts are empty, not 0."""
    for one in known:
        for at, m in minutes(connection, one.id, number(start), number(end)).items():
            notes = " ".join(name for bit, name in NAMES.items() if m.flags & bit)
            counts = (m.total, m.total - m.bad, m.bad) if m.known else ("", "", "")
            yield (one.service, one.slo, f"{when(at):%Y-%m-%dT%H:%M:%SZ}", *counts, not m.known, notes)


def export(connection: psycopg.Connection, known: Iterable[Known], start: datetime, end: datetime, path: Path) -> int:
    """Write `path` (.parquet or .csv), whole or not at all, and return its number of rows. CannotRun when it cannot."""
    if path.suffix not in (".parquet", ".csv"):
        raise CannotRun(f"{path}: the name must end in .parquet or .csv")
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
            table = Path(folder) / "history.csv"
            with table.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerow(COLUMNS)
                for row in rows(connection, known, start, end):
                    writer.writerow(row)
                    count += 1
            if path.suffix == ".parquet":
                import duckdb

                packed = Path(folder) / "history.parquet"
                with duckdb.connect() as database:
                    database.execute("set TimeZone = 'UTC'")
                    database.execute(
                        f"copy (select * from read_csv(?, header = true, columns = {_TYPES}, nullstr = ''))"  # noqa: S608 - ours
                        f" to '{str(packed).replace(chr(39), chr(39) * 2)}' (format parquet, compression zstd)",
                        [str(table)],
                    )
                table = packed
            table.replace(path)
    except OSError as error:
        raise CannotRun(f"{path} cannot be written: {error.strerror}") from error
    return count
