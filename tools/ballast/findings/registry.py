"""Where checks, the providers of their subjects, and generators are registered, each by a decorator on a function.

A module that uses one of the decorators is found by that (`discover`), wherever it lies in the package: adding a check or a
generator is adding one file, nothing else changes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, cast

from ballast.findings.model import Finding
from ballast.findings.tree import File, Files, Tree
from ballast.repo import Severity

F = TypeVar("F", bound=Callable[..., Any])
PACKAGE = Path(__file__).resolve().parent.parent
_HOLDS = re.compile(rb"^@(?:per_file|whole)\([^\n]*\bholds=", re.MULTILINE)
_REGISTERS = re.compile(rb"^@(?:\w+\.)*(?:check|per_file|whole|generator|due)\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that a check runs; its version is part of what makes a remembered result valid."""

    name: str
    path: Path
    version: str


@dataclass(frozen=True, slots=True)
class Provider:
    """How subjects of one type are read: from each file that matches `reads`, or (`per_file=False`) from the whole tree."""

    subject: type
    reads: tuple[str, ...]
    load: Callable[..., Iterable[Any]]
    per_file: bool
    example: Callable[[str], Mapping[str, str]] | None
    holds: Callable[[File], bool] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One registered check. See `check` for what the fields mean."""

    id: str
    on: type
    severity: Severity
    run: Callable[..., Iterable[Finding]]
    doc: str
    module: str
    reads: tuple[str, ...] | Callable[[], Sequence[str]] = ()
    also: tuple[str, ...] = ()
    needs: Callable[[File, Tree], Iterable[str]] | None = None
    tool: Callable[[], Tool] | None = None
    emits: Mapping[str, str] = field(default_factory=dict)
    daily: bool = False
    home: bool = False
    gives_way: tuple[str, ...] = ()

    @property
    def wants_tree(self) -> bool:
        """Whether its function takes the tree as a second argument."""
        return _parameters(self.run) > 1

    @property
    def source(self) -> Path:
        """The file that holds it."""
        return Path(inspect.getsourcefile(inspect.unwrap(self.run)) or "")

    @property
    def pages(self) -> dict[str, str]:
        """Documentation by id: its own, and that of each id that it emits besides."""
        return {self.id: self.doc, **self.emits}


@dataclass(frozen=True, slots=True)
class Generator:
    """One registered generator. `owns` are globs of the files it alone writes, `reads` of those it reads besides."""

    id: str
    run: Callable[[Any], Mapping[str, str]]
    owns: tuple[str, ...]
    module: str
    reads: tuple[str, ...] = ()


@cache
def _parameters(function: Callable[..., Any]) -> int:
    return len(inspect.signature(function).parameters)


_checks: dict[str, Check] = {}
_providers: dict[type, Provider] = {}
_generators: dict[str, Generator] = {}


def check(
    id: str,  # noqa: A002 - a check's id is called its id
    *,
    on: type,
    severity: Severity = Severity.ERROR,
    reads: Sequence[str] | Callable[[], Sequence[str]] = (),
    also: Sequence[str] = (),
    needs: Callable[[File, Tree], Iterable[str]] | None = None,
    tool: Callable[[], Tool] | None = None,
    emits: Mapping[str, str] | None = None,
    daily: bool = False,
    home: bool = False,
    gives_way: Sequence[str] = (),
) -> Callable[[F], F]:
    """Register the function below as the check `id` (`alerts/comparison`); its module's docstring is its page.

    The function takes a subject of the type `on` and yields findings; with a second parameter it is given the `Tree` of the
    files it declared. The runner stamps the findings with the id, and none is more severe than `severity`. `on` may be

    - a type with a provider (`AlertingRule`, `Repository`): one call a subject; which files are read is the provider's affair;
    - `File`: one call for each file that matches the globs `reads`, each remembered for itself;
    - `Files`: one call with all those that have changed, each remembered for itself (for tools that take many files);
    - `Tree`: one call with everything that matches `reads`, when any of it has changed.

    `reads` may be a function, called when the check runs. `also`: globs of further files that decide the result (a
    configuration). `needs(file, tree)`: further paths for one file. `tool`: the program it runs (see
    `ballast.findings.python_tool`); where that is missing the check counts as unproven. `emits`: other ids its findings may
    carry, each with its page. `daily`: the result depends on today's date. `home`: it is about the files of this repository,
    and says nothing about those that `ballast lint` is given from elsewhere. `gives_way`: checks that say the same better: this
    one is silent about a line on which one of them has found something.
    """

    def register(run: F) -> F:
        entry = Check(
            id=id,
            on=on,
            severity=severity,
            run=run,
            doc=inspect.getdoc(inspect.getmodule(run)) or "",
            module=run.__module__,
            reads=reads if callable(reads) else tuple(reads),
            also=tuple(also),
            needs=needs,
            tool=tool,
            emits=dict(emits or {}),
            daily=daily,
            home=home,
            gives_way=tuple(gives_way),
        )
        _add(_checks, id, entry)
        return run

    return register


def per_file(
    subject: type,
    *,
    reads: Sequence[str],
    example: Callable[[str], Mapping[str, str]] | None = None,
    holds: Callable[[File], bool] | None = None,
) -> Callable[[F], F]:
    """Register the function below, `(File) -> Iterable[subject]`, as the way to read subjects from files matching `reads`.

    `example` makes a repository (path to text) of a fragment as it stands in a docstring's ± lines or in a case's `input`.
    `holds(file)` says of a file of any name whether it is one of these: that is how `ballast lint` finds them elsewhere.
    """

    def register(load: F) -> F:
        _providers[subject] = Provider(subject, tuple(reads), load, True, example, holds)
        return load

    return register


def whole(
    subject: type,
    *,
    reads: Sequence[str],
    example: Callable[[str], Mapping[str, str]] | None = None,
    holds: Callable[[File], bool] | None = None,
) -> Callable[[F], F]:
    """Register the function below, `(Tree) -> Iterable[subject]`, for subjects that are made of many files (`Repository`)."""

    def register(load: F) -> F:
        _providers[subject] = Provider(subject, tuple(reads), load, False, example, holds)
        return load

    return register


def generator(
    id: str,  # noqa: A002 - as above
    *,
    owns: Sequence[str] = (),
    reads: Sequence[str] = (),
) -> Callable[[F], F]:
    """Register the function below, `(Repository) -> {relative path: text}`, as the writer of the files that match `owns`.

    `owns` defaults to everything under the folder `id`. `ballast generate` writes what it returns, and `generated/current`
    compares; a file that matches `owns` and that no generator returned is stale. `reads`: globs of files it reads besides
    what the `Repository` is made of (a generator that reads others undeclared would be compared with an old answer).
    """

    def register(run: F) -> F:
        _add(_generators, id, Generator(id, run, tuple(owns) or (f"{id}/**",), run.__module__, tuple(reads)))
        return run

    return register


def checks() -> list[Check]:
    """All checks, by id."""
    discover()
    return [_checks[key] for key in sorted(_checks)]


def lintable() -> list[Check]:
    """Checks whose subjects are known by what a file holds, by id; packages that have no such subject are not imported."""
    families = {path.relative_to(PACKAGE).parts[0] for path in _registering(PACKAGE) if _HOLDS.search(path.read_bytes())}
    for family in sorted(families):
        discover(PACKAGE / family)
    able = {subject for subject, provider in _providers.items() if provider.holds is not None}
    return [_checks[key] for key in sorted(_checks) if _checks[key].on in able]


def registered(id_: str) -> Check:
    """One check whose module has been imported already: for a command that must start fast. Raises KeyError for another."""
    return _checks[id_]


def generators() -> list[Generator]:
    """All generators, by id."""
    discover()
    return [_generators[key] for key in sorted(_generators)]


def provider_of(subject: type) -> Provider | None:
    """How subjects of this type are read; None for `File`, `Files` and `Tree`, which are the runner's own."""
    if subject in (File, Files, Tree):
        return None
    if subject not in _providers:
        discover()
    return _providers[subject]


@cache
def discover(package: Path = PACKAGE) -> None:
    """Import each module of `package` that registers something (its source has such a decorator)."""
    for path in _registering(package):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        import_module(".".join(parts))


def _registering(package: Path) -> Iterator[Path]:
    return (path for path in sorted(package.rglob("*.py")) if _REGISTERS.search(path.read_bytes()))


def _add(registry: dict[str, Any], key: str, entry: Check | Generator) -> None:
    known = cast("Check | Generator | None", registry.get(key))
    if known is not None and known.module != entry.module:
        raise ValueError(f"{key} is registered twice: in {known.module} and in {entry.module}")
    registry[key] = entry
