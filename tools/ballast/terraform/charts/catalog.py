"""`terraform/modules/charts.json`: the only place where names, sources and versions of Helm charts stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from ballast.repo import CannotRun, Position

CATALOG = "terraform/modules/charts.json"
_VERSION = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?")
_SOURCE = re.compile(r"(?:https|oci)://[\w.-]+(?:/[\w.-]+)*/?")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source: str
    version: str
    open: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Chart:
    """A pinned chart. `source` is a chart repository (https) or the chart itself (oci); `position` is where it is pinned.

    `open` are value paths (`grafana.ini`) that hold an application's own configuration, so that any key may stand below them,
    each with the reason.
    """

    name: str
    source: str
    version: str
    position: Position
    open: dict[str, str] = field(default_factory=dict)


def read_catalog(repo: Path) -> dict[str, Chart]:
    """The charts by name. Raises CannotRun when the file is missing or has another form."""
    path = repo / CATALOG
    try:
        text = path.read_text()
        entries = TypeAdapter(dict[str, _Entry]).validate_json(text)
    except OSError as error:
        raise CannotRun(f"{CATALOG} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CannotRun(f'{CATALOG}: {where}: {first["msg"]} (an entry is "name": {{"source", "version"}})') from None
    lines = text.splitlines()
    charts = {}
    for name, entry in entries.items():
        line = next((n for n, words in enumerate(lines, 1) if words.lstrip().startswith(f'"{name}":')), 1)
        charts[name] = Chart(name, entry.source, entry.version, Position(CATALOG, line), entry.open)
    return charts


def unpinned(chart: Chart) -> str:
    """What is wrong with an entry; empty when it names one version of one chart."""
    if not _VERSION.fullmatch(chart.version):
        return f"version {chart.version!r} is no single version: a range would change what is deployed without a commit"
    if not _SOURCE.fullmatch(chart.source):
        return f"source {chart.source!r} is neither https:// nor oci://"
    if chart.source.startswith("oci://") and chart.source.rsplit("/", 1)[-1] != chart.name:
        return f"source {chart.source!r} does not end in the chart's name"
    return ""
