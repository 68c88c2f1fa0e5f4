"""Reads a whole repository, or SLO files that lie anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ballast.repo.budget import BudgetPolicy, Exclusions
from ballast.repo.checks import register
from ballast.repo.checks.registry import All, issues_across
from ballast.repo.document import Document, Read, read_documents
from ballast.repo.errors import CannotRun
from ballast.repo.models import Routing, Service, Settings, SloFile
from ballast.repo.oncall import OnCall
from ballast.repo.platform_alerts import PlatformAlerts
from ballast.repo.position import Problem, Severity

SERVICES, SLOS = "alerts/services", "alerts/slos"
PLATFORM_ALERTS = "alerts/platform-alerts.yaml"
EXCLUSIONS, BUDGET_POLICY = "alerts/exclusions", "alerts/budget-policy.yaml"
SETTINGS, ROUTING, ONCALL = "alerts/settings.yaml", "alerts/routing.yaml", "alerts/oncall.yaml"


@dataclass(frozen=True)
class Repository:
    """What people wrote under `alerts/`, without the documents that have an error; `problems` says what is wrong with those.

    `services` is keyed by service name. `broken` are the files with an error, so that nobody complains about what is missing
    because of them. Paths are relative to `root`.
    """

    root: Path
    services: dict[str, Document[Service]] = field(default_factory=dict)
    slo_files: list[Document[SloFile]] = field(default_factory=list)
    settings: Settings = field(default_factory=lambda: Settings())
    routing: Routing = field(default_factory=lambda: Routing(version="ballast/v1", routes=[]))
    problems: list[Problem] = field(default_factory=list)
    oncall: Document[OnCall] | None = None
    budget_policy: Document[BudgetPolicy] | None = None
    exclusions: list[Document[Exclusions]] = field(default_factory=list)
    platform_alerts: Document[PlatformAlerts] | None = None

    @property
    def broken(self) -> frozenset[str]:
        """Files that hold an error."""
        return frozenset(p.position.path for p in self.problems if p.severity is Severity.ERROR)


def find_root(start: Path | None = None) -> Path:
    """The repository around `start` (default: the working directory): the nearest folder upwards that holds `alerts/`.

    Ballast's own Python package of that name is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        alerts = folder / "alerts"
        if alerts.is_dir() and not (alerts / "__init__.py").exists():
            return folder
    raise CannotRun(f"no folder named alerts in {start} or above it: run this inside a Ballast repository")


def load(root: Path) -> Repository:
    """Reads everything under `alerts/` and reports every problem of every file in one pass.

    Raises CannotRun where there is no `alerts/` or a file cannot be opened.
    """
    if not (root / "alerts").is_dir():
        raise CannotRun(f"{root} has no folder named alerts: run this in the root of a Ballast repository")
    within = f"{root}/"
    services = _read_all(within, _yaml_files(within + SERVICES), Service)
    slo_files = _read_all(within, _yaml_files(within + SLOS), SloFile)
    settings = _read_one(within, SETTINGS, Settings)
    routing = _read_one(within, ROUTING, Routing)
    oncall = _read_one(within, ONCALL, OnCall)
    policy = _read_one(within, BUDGET_POLICY, BudgetPolicy)
    exclusions = _read_all(within, _yaml_files(within + EXCLUSIONS), Exclusions)
    platform = _read_one(within, PLATFORM_ALERTS, PlatformAlerts)
    across = _across(All(services.all, slo_files.all, complete=True, oncall=oncall.all, exclusions=exclusions.all))
    read: tuple[Read[Any], ...] = (services, slo_files, settings, routing, oncall, policy, exclusions, platform)
    problems = sorted(
        {*across, *(problem for kind in read for problem in kind.problems)},
        key=lambda problem: (problem.position, problem.check, problem.message),
    )
    repository = Repository(root, problems=problems)
    for document in services.sound:
        repository.services.setdefault(document.model.service, document)
    repository.slo_files.extend(slo_files.sound)
    return Repository(
        root,
        repository.services,
        repository.slo_files,
        settings.sound[0].model if settings.sound else repository.settings,
        routing.sound[0].model if routing.sound else repository.routing,
        problems,
        oncall.sound[0] if oncall.sound else None,
        policy.sound[0] if policy.sound else None,
        exclusions.sound,
        platform.sound[0] if platform.sound else None,
    )


def read_budget_policy(root: Path) -> tuple[BudgetPolicy | None, list[Problem]]:
    """`alerts/budget-policy.yaml` alone, for a gate that must answer at once; None where there is none that is sound."""
    read = _read_one(f"{root}/", BUDGET_POLICY, BudgetPolicy)
    return (read.sound[0].model if read.sound else None), read.problems


def read_oncall(path: str, data: bytes) -> Read[OnCall]:
    """What an on-call file says, its content given: of another revision, or of a file that lies anywhere."""
    register()
    return read_documents(path, data, OnCall)


def read_slo_files(paths: Iterable[Path]) -> tuple[list[Document[SloFile]], list[Problem]]:
    """Reads SLO files that need not be in a repository; a folder stands for the YAML files in it.

    Only documents without an error are returned. Raises CannotRun where a file cannot be opened.
    """
    files = [file for path in paths for file in (_yaml_files(str(path)) if path.is_dir() else [str(path)])]
    read = _read_all("", files, SloFile)
    problems = {*read.problems, *_across(All([], read.all, complete=False))}
    return read.sound, sorted(problems, key=lambda problem: (problem.position, problem.check, problem.message))


def read_slo_text(path: str, text: str) -> tuple[list[Document[SloFile]], list[Problem]]:
    """Reads an SLO file that is not written yet; `path` is what its problems name."""
    register()
    read = read_documents(path, text.encode(), SloFile)
    problems = {*read.problems, *_across(All([], read.all, complete=False))}
    return read.sound, sorted(problems, key=lambda problem: (problem.position, problem.check, problem.message))


def _yaml_files(folder: str) -> list[str]:
    found = [f"{at}/{name}" for at, _, names in os.walk(folder) for name in names if name.endswith((".yaml", ".yml"))]
    return sorted(found)


def _read_all[M: BaseModel](root: str, files: Iterable[str], model: type[M]) -> Read[M]:
    """Reads files by name (texts: a thousand Paths cost as much as reading them); `root` is cut off their names."""
    register()
    together: Read[M] = Read([], [], [])
    for file in files:
        read = read_documents(file.removeprefix(root), _bytes(file), model)
        together.sound.extend(read.sound)
        together.all.extend(read.all)
        together.problems.extend(read.problems)
    return together


def _read_one[M: BaseModel](root: str, path: str, model: type[M]) -> Read[M]:
    """A file of which there is one and which may be missing."""
    read = _read_all(root, [root + path] if Path(root + path).exists() else [], model)
    for extra in read.all[1:]:
        problem = Problem(extra.position(), "spec/type", "a second document: this file holds one", "remove one of the two")
        read.problems.append(problem)
    return read


def _bytes(file: str) -> bytes:
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 - see _read_all
            return stream.read()
    except OSError as error:
        raise CannotRun(f"cannot read {file}: {error.strerror}") from error


def _across(everything: All) -> list[Problem]:
    return [document.problem(issue) for document, issue in issues_across(everything)]
