"""A rehearsal of pages: the servers once, then page by page, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from ballast.findings import Tree
from ballast.repo import CannotRun, Severity, load
from ballast.runbooks.page import READS, Runbook, runbooks
from ballast.runbooks.rehearsal import scenes
from ballast.runbooks.rehearsal.people import Nobody, People
from ballast.runbooks.rehearsal.record import Record, StepResult, now, who_and_commit
from ballast.runbooks.rehearsal.sandbox import Sandbox
from ballast.runbooks.rehearsal.series import REHEARSAL, SeriesFile, read_series
from ballast.runbooks.rehearsal.steps import Surroundings, perform
from ballast.slo import CompiledSlo
from ballast.stack import Alertmanager, Stack

OUTSIDE = ("GATEWAY", "CHECKOUT", "CATALOG", "IDENTITY")
"""Variables that name services which the caller starts, where a page asks them."""
_NOBODY = {"route": {"receiver": "none"}, "receivers": [{"name": "none"}]}


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is wanted. `addresses` are `http://127.0.0.1:…` by variable, of services that the caller has started."""

    root: Path
    pages: Sequence[Runbook]
    confirm: bool = False
    people: People = field(default_factory=Nobody)
    addresses: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[str], None] = lambda _: None


def pages_of(root: Path, names: Sequence[str] = ()) -> list[Runbook]:
    """The active pages of a repository, or those named (by page or by alert). CannotRun for a name that none has."""
    pages = [page for file in Tree.read(root).match(*READS) for page in runbooks(file) if page.front and not page.archived]
    if not names:
        return pages
    known: dict[str, Runbook] = {alert: page for page in pages if page.front for alert in page.front.alerts}
    known |= {page.name: page for page in pages}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, 1, 0.5)
            raise CannotRun(f"there is no runbook {name}: {f'did you mean {near[0]}?' if near else 'they are in runbooks/'}")
    chosen = {id(known[name]): known[name] for name in names}
    return list(chosen.values())


def rehearse(wanted: Rehearsal, stack: Stack) -> list[Record]:
    """Rehearse pages one after the other, on servers that start in `stack`. Nothing is written into the repository.

    Raises CannotRun where the SLO files have errors or a server does not start.
    """
    repository = load(wanted.root)
    if any(problem.severity is Severity.ERROR for problem in repository.problems):
        raise CannotRun("the files in alerts/ have errors: run `ballast validate` first")
    extra, slos = _extra(wanted.root), scenes.compiled_slos(repository)
    listed = repository.platform_alerts.model.kept if repository.platform_alerts else {}
    of_page = {page.name: scenes.scene_of(page, slos, listed) for page in wanted.pages}
    wanted.progress("writing history and starting Prometheus and Alertmanager")
    stages = scenes.start(stack, sorted(set(of_page.values())), slos, extra)
    alertmanager = stack.start(Alertmanager(stack.directory / "alertmanager", _NOBODY))
    who, commit = who_and_commit(wanted.root)
    records = []
    for page in wanted.pages:
        wanted.progress(page.name)
        assert page.front is not None
        stage = stages[of_page[page.name]]
        variables = {"ALERTMANAGER": alertmanager.url, **wanted.addresses, **page.front.example}
        variables["PROMETHEUS"] = stage.prometheus.url
        shell = Sandbox(stack.directory / "shell" / page.name, variables)
        around = Surroundings(stage.prometheus, variables, shell, wanted.people, wanted.confirm)
        fired = tuple(alert for alert in page.front.alerts if alert in stage.firing)
        steps = [perform(step, around) for step in page.steps if step.blocks]
        if first := _must_fire(page, slos, fired):
            steps.insert(0, first)
        alerts = tuple(page.front.alerts)
        records.append(Record(page.name, now(), who, commit, wanted.confirm, alerts, fired, tuple(steps), page.digest))
    return records


def _must_fire(page: Runbook, slos: Sequence[CompiledSlo], fired: Sequence[str]) -> StepResult | None:
    """The alert of an SLO has to fire where its page is rehearsed; what is no SLO's has the page's own first query instead."""
    names = {alert.alert for slo in slos for alert in slo.alerts}
    missing = [alert for alert in (page.front.alerts if page.front else []) if alert in names and alert not in fired]
    if not missing:
        return None
    text = f"{', '.join(missing)} does not fire on the series of its proofs"
    return StepResult("", 0, 1, "alert", "failed", "it fires", text)


def _extra(root: Path) -> SeriesFile:
    tree = Tree.read(root)
    if REHEARSAL not in tree:
        return SeriesFile({scene: {} for scene in ("burn", "nodata", "platform")}, [])
    found = read_series(tree[REHEARSAL])
    if found.findings:
        first = found.findings[0]
        raise CannotRun(f"{first.position}: {first.message}")
    return found
