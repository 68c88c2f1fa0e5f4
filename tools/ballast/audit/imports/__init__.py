"""Changes that providers' own logs show, taken over into the audit log, each once."""

from __future__ import annotations

import fcntl
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from ballast.audit.entry import Entry
from ballast.audit.imports import cloudtrail, gcp, kubernetes
from ballast.audit.imports.documents import CHECK, documents
from ballast.audit.imports.event import BREAK_GLASS, Event, NoEvent, Provider
from ballast.audit.log import append_all, log_path, read
from ballast.repo import Problem

__all__ = ["BREAK_GLASS", "FORMATS", "Imported", "import_files"]

FORMATS: dict[str, Callable[[dict[str, Any]], Event | str]] = {
    "cloudtrail": cloudtrail.event_of,
    "gcp": gcp.event_of,
    "kubernetes": kubernetes.event_of,
}
_PROVIDERS: dict[str, Provider] = {"cloudtrail": "aws", "gcp": "gcp", "kubernetes": "kubernetes"}


@dataclass(slots=True)
class Imported:
    """`added` entries, `again` events that the log had; `left_out` documents by reason; `problems` where a file is broken."""

    added: int = 0
    again: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)


def import_files(format_: str, files: Sequence[Path], log: Path | None = None, *, break_glass: str = BREAK_GLASS) -> Imported:
    """Read files of one format and append what the log does not have. What is broken is a problem; the rest is taken.

    `break_glass` is a pattern (fnmatch) of the names whose acts count as emergency access. Raises what `append_all` raises, and
    CannotRun for a file that cannot be read.
    """
    path = log or log_path()
    with _alone(path):
        return _import(format_, files, path, break_glass)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One import at a time: what the log has must not change between looking and writing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".import").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _import(format_: str, files: Sequence[Path], path: Path, break_glass: str) -> Imported:
    done = Imported()
    had = _events(path)
    new: list[Entry] = []
    for file in files:
        for found in documents(file):
            if isinstance(found, Problem):
                done.problems.append(found)
                continue
            position, document = found
            try:
                event = FORMATS[format_](document)
            except (NoEvent, AttributeError, TypeError) as error:
                said = str(error) if isinstance(error, NoEvent) else "is not built as such an event is"
                done.problems.append(Problem(position, CHECK, said, f"is this a {format_} log?"))
                continue
            if isinstance(event, str):
                done.left_out[event] += 1
            elif (key := f"{_PROVIDERS[format_]} {event.id}") in had:
                done.again += 1
            else:
                had.add(key)
                new.append(event.entry(f"{file.name}:{position.line}:{position.column}", break_glass))
    new.sort(key=lambda entry: str(entry.details["at"]))
    if new:
        append_all(new, path)
    done.added = len(new)
    return done


def _events(path: Path) -> set[str]:
    """The events that the log holds, by provider and id."""
    return set(_keys(read(path))) if path.exists() else set()


def _keys(lines: Iterable[bytes]) -> Iterable[str]:
    for line in lines:
        if b'"event":' not in line:
            continue
        try:
            entry = orjson.loads(line)
        except ValueError:
            continue  # `ballast audit verify` says so
        details = entry.get("details", {})
        provider = entry["what"].removeprefix("seen/") if entry["what"].startswith("seen/") else details.get("system", "")
        yield f"{provider} {details.get('event')}"
