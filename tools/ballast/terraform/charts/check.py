"""Values of releases, in a plan or in a module's tests, against the keys of their charts: findings at the module's lines."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from ballast.findings import Finding
from ballast.repo import CannotRun, Position
from ballast.terraform.addresses import locate
from ballast.terraform.charts.catalog import CATALOG, Chart
from ballast.terraform.charts.compare import mistakes
from ballast.terraform.charts.keys import Reference, unpacked
from ballast.terraform.charts.places import place_of
from ballast.terraform.platform.model import Platform, Release
from ballast.terraform.platform.plan import read_plan
from ballast.terraform.workspace import Workspace

ID = "charts/values"
PAGE = """A value is no key of its pinned Helm chart.

Helm ignores a value that no template reads: a misspelt `replicaCount` deploys one replica, in silence. So every key of the
values that a module renders is compared with those of the chart's own values.yaml and its subcharts'. Below a key whose default
is an empty map anything may stand; so may below the paths that `open` of an entry in terraform/modules/charts.json names.

Mend: the key, in the module that the message names. `helm show values CHART --version VERSION` lists all of them."""


def check_platform(
    repo: Path, root: str, plan: Mapping[str, Any], charts: Mapping[str, Chart], reference: Callable[[Chart], Reference]
) -> Iterator[Finding]:
    """Findings of each release of a root's plan. `reference` gives a chart's keys and may raise CannotRun."""
    for release in read_plan(plan, root).releases:
        place = locate(repo, repo / root, plan, release.address)
        yield from _release(repo, (repo / place.path).parent, place, release, charts, reference)


def check_module(
    repo: Path, module: Path, charts: Mapping[str, Chart], reference: Callable[[Chart], Reference]
) -> Iterator[Finding]:
    """Findings of each release that a run of the module's tests plans or makes, each once."""
    seen: set[tuple[str, str]] = set()
    folder = module.resolve()
    for _, release in tested_releases(module):
        place = Position(folder.relative_to(repo).as_posix() if folder.is_relative_to(repo) else folder.as_posix())
        for finding in _release(repo, folder, place, release, charts, reference):
            if (key := (str(finding.position), finding.message)) not in seen:
                seen.add(key)
                yield finding


def _release(
    repo: Path,
    folder: Path,
    place: Position,
    release: Release,
    charts: Mapping[str, Chart],
    reference: Callable[[Chart], Reference],
) -> Iterator[Finding]:
    chart = charts.get(release.chart)
    own = folder / "charts" / release.chart
    if chart is None and (own / "Chart.yaml").is_file():
        yield from _mistakes(repo, folder, place, release, unpacked(own), {})
        return
    if chart is None:
        ours = next(iter(sorted((repo / "terraform" / "modules").glob(f"*/charts/{release.chart}/Chart.yaml"))), None)
        if ours is None:
            yield Finding(ID, place, f"{release.address}: chart {release.chart} is not in {CATALOG}", "add it, pinned")
            return
        for mistake in mistakes(release.values, unpacked(ours.parent).keys):
            where = place_of(repo, folder, mistake.path) or place
            yield Finding(ID, where, f"our chart {release.chart}: {mistake.message}", mistake.mend)
        return
    if release.version != chart.version:
        said = f"{release.address}: {release.chart} {release.version or '(any version)'} is not the pinned {chart.version}"
        yield Finding(ID, place, said, f'version = jsondecode(file("…/charts.json"))["{release.chart}"].version')
    try:
        known = reference(chart)
    except CannotRun as error:
        yield Finding(ID, chart.position, f"values of {chart.name} were not checked: {error}", unproven=True)
        return
    yield from _mistakes(repo, folder, place, release, known, chart.open)


def _mistakes(
    repo: Path, folder: Path, place: Position, release: Release, known: Reference, open_: Mapping[str, str]
) -> Iterator[Finding]:
    for mistake in mistakes(release.values, known.keys, open_):
        where = place_of(repo, folder, mistake.path) or place
        yield Finding(ID, where, f"{known.chart} {known.version}: {mistake.message}", mistake.mend)


def modules_with_releases(repo: Path) -> list[Path]:
    """Modules that make a release of a pinned chart, or of one that lies in them (`charts/<name>`), by name."""
    modules = repo / "terraform" / "modules"
    found = {path.parent for path in modules.glob("*/*.tf") if "charts.json" in path.read_text()}
    return sorted(found | {path.parents[2] for path in modules.glob("*/charts/*/Chart.yaml")})


def tested_releases(module: Path) -> list[tuple[str, Release]]:
    """Every release that the runs of a module's tests plan or make, with the run's name.

    Raises CannotRun when a run fails, or when there is none.
    """
    found: list[tuple[str, Release]] = []
    with (
        tempfile.TemporaryDirectory(prefix="ballast-charts-") as into,
        Workspace(module, into=Path(into), mode="hermetic", unprotect=True, announce=False) as tf,
    ):
        tf.init()
        done = tf.run("test", "-json", "-verbose", capture=True)
    for line in done.stdout.splitlines():
        message = orjson.loads(line) if line.startswith("{") else {}
        run = str(message.get("@testrun", ""))
        refused = done.returncode and message.get("diagnostic")  # Terraform 1.15 prints a refusal that a run expects as well
        if (said := refused) and said.get("severity") == "error":
            raise CannotRun(f"{module}: {run or 'its tests'}: {said['summary']}. {said.get('detail', '')}".strip())
        if state := message.get("test_state"):
            found += [(run, r) for r in _platform(state.get("root_module", {}), run).releases]
        elif plan := message.get("test_plan"):
            changed = [
                {"mode": "managed", "address": c["address"], "type": c["type"], "values": c["change"].get("after")}
                for c in plan.get("resource_changes", ())
                if c.get("mode") == "managed" and c["change"].get("after")
            ]
            found += [(run, r) for r in _platform({"resources": changed}, run).releases]
    if not found:
        raise CannotRun(f"{module}: no run of its tests makes a release")
    return found


def _platform(root_module: Mapping[str, Any], name: str) -> Platform:
    return read_plan({"planned_values": {"root_module": root_module}}, name)
