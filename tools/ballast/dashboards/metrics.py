"""Which metrics there are: signals of the services in `alerts/services`, series that rules record, and known exporters'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from ballast.findings import Tree
from ballast.repo.source import read

SOURCES = ("alerts/services/*.{yaml,yml}", "alerts/rules/*.{yaml,yml}", "alerts/custom/**/*.{yaml,yml}")
EXPORTERS = Path(__file__).with_name("exporters.txt")
_RECORD = re.compile(rb"^\s*(?:- )?\s*\"?record\"?: *[\"']?([a-zA-Z_:][\w:]*)", re.MULTILINE)
_NAME = re.compile(r"[a-zA-Z_:][\w:]*")
_PARTS = ("_bucket", "_sum", "_count")


@dataclass(frozen=True, slots=True)
class Metrics:
    """Names, and beginnings of names."""

    names: frozenset[str]
    prefixes: tuple[str, ...]

    def has(self, name: str) -> bool:
        """Whether something exposes it; a histogram or summary exposes its parts."""
        base = next((name.removesuffix(part) for part in _PARTS if name.endswith(part)), name)
        return name in self.names or base in self.names or name.startswith(self.prefixes)


def metrics(tree: Tree) -> Metrics:
    """All that the repository knows of; worked out once for the same files."""
    files = tree.match(*SOURCES)
    return _metrics(tuple((file.path, file.data) for file in files))


@lru_cache(maxsize=4)
def _metrics(files: tuple[tuple[str, bytes], ...]) -> Metrics:
    names, prefixes = exporters()
    found = set(names)
    for path, data in files:
        if path.startswith("alerts/services/"):
            for document in read(path, data)[0]:
                signals = document.data.get("signals") if isinstance(document.data, dict) else None
                found.update(_texts(signals))
        else:
            found.update(match.decode() for match in _RECORD.findall(data))
    return Metrics(frozenset(found), prefixes)


@cache
def exporters() -> tuple[frozenset[str], tuple[str, ...]]:
    """Names and prefixes of exporters.txt."""
    lines = [line.strip() for line in EXPORTERS.read_text().splitlines()]
    given = [line for line in lines if line and not line.startswith("#")]
    return frozenset(n for n in given if not n.endswith("*")), tuple(n[:-1] for n in given if n.endswith("*"))


def _texts(signals: Any) -> Iterator[str]:
    """Metric names anywhere in a service's signals; a query among them names several."""
    if isinstance(signals, str):
        yield from _NAME.findall(signals)
    elif isinstance(signals, dict):
        for key, value in signals.items():
            if key not in ("by", "duration_by", "errors", "selector", "title"):
                yield from _texts(value)
    elif isinstance(signals, list):
        for item in signals:
            yield from _texts(item)
