"""A dashboard as checks see it, whatever form it is stored in.

Values are as they stand in the file; what has another type than Grafana's is read as absent and told as a problem. Each part
keeps the path of the JSON object it came from, so that a finding can be placed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from ballast.dashboards.source import Source
from ballast.dashboards.spans import Path
from ballast.repo import Position, Problem, Severity

if TYPE_CHECKING:
    from ballast.dashboards.exclusions import Exclusions

Language = Literal["promql", "logql", "traceql", "other"]
Json = dict[str, Any]


@dataclass(slots=True)
class Datasource:
    """What is asked. `type` is the plugin's id, "" where nothing says it; `uid` may be a variable. Both "": the default."""

    type: str = ""
    uid: str = ""
    written: bool = False

    @property
    def variable(self) -> str:
        """The variable it names (`datasource` for `${datasource}`), "" where it names none."""
        uid = self.uid
        if uid.startswith("${") and uid.endswith("}"):
            return uid[2:-1].partition(":")[0]
        if uid.startswith("[[") and uid.endswith("]]"):
            return uid[2:-2].partition(":")[0]
        return uid[1:] if uid.startswith("$") else ""

    @property
    def internal(self) -> bool:
        """Grafana's own: mixed, other panels' results, annotations, test data, expressions."""
        return self.uid.startswith(("-- ", "__expr__")) or self.uid == "grafana" or self.type in ("__expr__", "datasource")


@dataclass(slots=True)
class Target:
    """One query of a panel. `expr` is "" where it has none that can be read."""

    path: Path
    number: int
    ref: str
    expr: str
    language: Language
    datasource: Datasource
    data: Json
    expr_path: Path
    datasource_path: Path
    legend: str = ""
    hidden: bool = False
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """A panel is drawn once for each chosen value of a variable: beside each other, at most so many, or below each other."""

    variable: str
    across: bool = True
    most: int = 4


@dataclass(slots=True)
class Panel:
    """One panel. `path` is the object with its title, `config_path` the one with `fieldConfig` and `options`.

    `x`, `y`, `width` and `height` are grid units (24 to the width of the screen, 30 px high). `row` is the title of the row
    that it is in, `folded` whether that row starts collapsed. `library` names the library panel that it shows; `found` is
    False where the file does not hold that panel's model. `row_number` tells rows with one title apart, `row_repeat` is the
    variable for whose values the row is drawn again.
    """

    path: Path
    config_path: Path
    id: int | None
    title: str
    description: str
    type: str
    datasource: Datasource
    targets: list[Target]
    data: Json
    config: Json
    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0
    row: str = ""
    folded: bool = False
    library: str = ""
    found: bool = True
    datasource_path: Path = ()
    repeat: Repeat | None = None
    row_number: int = 0
    row_repeat: str = ""

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"panel {self.title!r}" if self.title else f"panel {self.id}" if self.id is not None else "a panel without title"

    @property
    def defaults(self) -> Json:
        """`fieldConfig.defaults`."""
        return mapping(mapping(self.config.get("fieldConfig")).get("defaults"))

    @property
    def custom(self) -> Json:
        """`fieldConfig.defaults.custom`: what only this kind of panel knows."""
        return mapping(self.defaults.get("custom"))

    @property
    def options(self) -> Json:
        """`options`."""
        return mapping(self.config.get("options"))

    def overrides(self) -> Iterator[tuple[Path, str, Any]]:
        """Each property of each override: path of its value, its id, its value."""
        for n, override in enumerate(listing(mapping(self.config.get("fieldConfig")).get("overrides"))):
            for m, item in enumerate(listing(mapping(override).get("properties"))):
                path = (*self.config_path, "fieldConfig", "overrides", n, "properties", m, "value")
                yield path, text(mapping(item).get("id")), mapping(item).get("value")

    @property
    def unit(self) -> tuple[str, Path]:
        """The unit of its values and where it stands; "" where it has none. Old panels keep it elsewhere."""
        unit = text(self.defaults.get("unit"))
        if unit:
            return unit, (*self.config_path, "fieldConfig", "defaults", "unit")
        if text(self.config.get("format")):
            return text(self.config["format"]), (*self.config_path, "format")
        for n, axis in enumerate(listing(self.config.get("yaxes"))[:1]):
            if text(mapping(axis).get("format")):
                return axis["format"], (*self.config_path, "yaxes", n, "format")
        return "", ()

    @property
    def steps(self) -> list[tuple[Path, str, Any]]:
        """Steps of its thresholds in order: path of the colour, the colour as written, the value from which it holds."""
        given = listing(mapping(self.defaults.get("thresholds")).get("steps"))
        base = (*self.config_path, "fieldConfig", "defaults", "thresholds", "steps")
        return [
            ((*base, n, "color"), text(mapping(step).get("color")), mapping(step).get("value")) for n, step in enumerate(given)
        ]


@dataclass(slots=True)
class Variable:
    """A template variable. `refresh`: 0 never, 1 on load, 2 when the time range changes."""

    path: Path
    name: str
    type: str
    label: str
    query: str
    datasource: Datasource
    refresh: int
    multi: bool
    data: Json
    query_path: Path


@dataclass(slots=True)
class Issue:
    """What a rule says of a dashboard; it becomes a finding with a position when nothing excludes it.

    `offset` and `width` count characters in the text at `path`. `edits` mend it without changing anything else.
    """

    message: str
    path: Path
    mend: str = ""
    severity: Severity = Severity.ERROR
    panel: Panel | None = None
    target: Target | None = None
    key: bool = False
    offset: int = 0
    width: int = 0
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to one value. `old` "": the value of `key` in the object at `path` becomes `new`, and is added where it is
    missing. Else `old` is a piece of the text at `path` from character `offset` on, and `new` takes its place.
    """

    path: Path
    new: Any
    key: str = ""
    old: str = ""
    offset: int = 0


@dataclass
class Dashboard:
    """One dashboard. `form` is how it is stored: classic, v2, or library (a panel alone)."""

    source: Source
    path: Path
    form: Literal["classic", "v2", "library"]
    title: str
    uid: str
    data: Json
    panels: list[Panel]
    variables: list[Variable]
    editable: bool
    time_from: str
    time_to: str
    refresh: str
    theme: str
    paths: dict[str, Path]
    problems: list[Problem] = field(default_factory=list)
    exclusions: Exclusions | None = None

    def at(self, name: str) -> Path:
        """Where `title`, `editable`, `refresh`, `from`, `variables` or `panels` stand (or would)."""
        return self.paths[name]

    def variable(self, name: str) -> Variable | None:
        """The variable of that name."""
        return self.names.get(name)

    @cached_property
    def names(self) -> dict[str, Variable]:
        """Variables by name."""
        return {variable.name: variable for variable in self.variables}

    def of_type(self, kind: str) -> list[Variable]:
        """Variables of a type (`datasource`, `query`)."""
        return [variable for variable in self.variables if variable.type == kind]

    def targets(self, language: Language | None = None) -> Iterator[tuple[Panel, Target]]:
        """Every query that has a text, with its panel."""
        for panel in self.panels:
            for target in panel.targets:
                if target.expr and language in (None, target.language):
                    yield panel, target

    @property
    def folder(self) -> str:
        """Where its file lies."""
        return PurePosixPath(self.source.path).parent.as_posix()

    def position(self, path: Path, *, key: bool = False, offset: int = 0) -> Position:
        """Where a value stands."""
        return self.source.position(path, key=key, offset=offset)


def mapping(value: Any) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """The value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def whole(value: Any, otherwise: int = 0) -> int:
    """The value if it is a number, as an integer."""
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 else otherwise
