"""`ballast charts`: the pinned Helm charts, whether our values are keys of theirs, and what a newer version would change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ballast.terraform.charts import Chart, Reference

From = Annotated[
    Path | None,
    typer.Option("--from", help="Folder of references (NAME.json or NAME-VERSION.json) instead of a chart registry"),
]
Output = Annotated[str, typer.Option(help="text or json")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Pinned Helm charts: list, check values, rehearse an upgrade.")
    app.add_typer(group, name="charts")
    group.command("list")(list_)
    group.command()(check)
    group.command()(upgrade)


def list_(output: Output = "text") -> None:
    """Every pinned chart, its version and who uses it.

    Example: ballast charts list
    """
    import json

    from ballast.repo import find_root
    from ballast.terraform.charts import modules_with_releases, read_catalog

    repo = find_root(None)
    charts = read_catalog(repo)
    texts = {path.name: "".join(f.read_text() for f in path.glob("*.tf")) for path in modules_with_releases(repo)}
    users = {name: [module for module, text in texts.items() if f'"{name}"' in text] for name in charts}
    if _form(output) == "json":
        rows = [{"name": n, "version": c.version, "source": c.source, "modules": users[n]} for n, c in charts.items()]
        typer.echo(json.dumps(rows))
        return
    name_width, version_width = max(map(len, charts)), max(len(c.version) for c in charts.values())
    for name, chart in charts.items():
        typer.echo(f"{name:{name_width}}  {chart.version:{version_width}}  {', '.join(users[name]) or '(unused)'}")


def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Roots or modules; default: every module that makes a release")
    ] = None,
    source: From = None,
    output: Output = "text",
) -> None:
    """Whether every value is a key that its chart knows. Asks the chart registries, or a folder of references.

    A module is checked with the values of each run of its tests, a root with those of its plan.

    Example: ballast charts check terraform/modules/loki
    """
    import time
    from dataclasses import replace

    from ballast.findings import REPORTERS, Report, checks
    from ballast.findings.report import Outcome
    from ballast.repo import CannotRun, find_root
    from ballast.terraform.charts import modules_with_releases, read_catalog
    from ballast.terraform.charts.check import check_module, check_platform
    from ballast.terraform.roots import plan_roots

    _form(output)
    repo, began = find_root(None), time.monotonic()
    charts, reference = read_catalog(repo), _references(source)
    known = next(c for c in checks() if c.id == "charts/pinned")
    outcome = Outcome(replace(known, id="charts/values"))
    for path in paths or modules_with_releases(repo):
        resolved = path.resolve()
        if not resolved.is_dir():
            raise CannotRun(f"{path} is no directory: name a module or root, such as terraform/modules/loki")
        if (repo / "terraform" / "environments") in resolved.parents:
            planned = plan_roots(repo, [resolved.relative_to(repo).as_posix()])[0]
            if not planned.plan:
                raise CannotRun(f"{path} cannot be planned: {planned.problems[0][1]}")
            outcome.findings += check_platform(repo, planned.root, planned.plan, charts, reference)
        else:
            outcome.findings += check_module(repo, path, charts, reference)
        outcome.units += 1
    report = Report(repo, [outcome], time.monotonic() - began)
    typer.echo(REPORTERS[output](report), nl=False)
    raise typer.Exit(report.exit_code)


def upgrade(
    chart: Annotated[str, typer.Argument(help="Name of a pinned chart")],
    to: Annotated[str, typer.Option(help="The version to rehearse")],
    values: Annotated[
        Path | None, typer.Option(help="A values file; default: what the tests of the chart's modules render")
    ] = None,
    source: From = None,
    output: Output = "text",
) -> None:
    """Rehearse a chart's new version: values known and removed, rendered configuration, CRDs, frozen fields.

    Changes nothing. Exit code 1 when values of ours would be ignored or an API version is gone. Of keys that come or go
    together the one above them is listed, with their number; JSON has all.

    Example: ballast charts upgrade loki --to 18.12.0
    """
    import dataclasses
    import json

    import yaml

    from ballast.repo import CannotRun, find_root
    from ballast.terraform.charts import modules_with_releases, place_of, read_catalog, rehearse, tested_releases
    from ballast.terraform.platform.plan import merge

    repo = find_root(None)
    charts = read_catalog(repo)
    if chart not in charts:
        raise CannotRun(f"{chart} is not pinned in terraform/modules/charts.json (pinned: {', '.join(charts)})")
    pin = charts[chart]
    given: dict[str, Any] = {}
    modules: list[Path] = []
    if values is not None:
        try:
            given = yaml.safe_load(values.read_text()) or {}
        except (OSError, yaml.YAMLError) as error:
            raise CannotRun(f"{values} is no readable values file: {error}") from None
    else:
        for module in modules_with_releases(repo):
            if f'"{chart}"' in "".join(f.read_text() for f in module.glob("*.tf")):
                modules.append(module)
                for _, release in tested_releases(module):
                    given = merge(given, release.values) if release.chart == chart else given
    if _form(output) == "text":
        typer.echo(f"{chart} {pin.version} -> {to}")
    found = _rehearsed(pin, to, given, source, rehearse)
    places = [next((str(at) for module in modules if (at := place_of(repo, module, m.path))), "") for m in found.removed]
    if output == "json":
        data = dataclasses.asdict(found) | {"breaks": found.breaks}
        for mistake, place in zip(data["removed"], places, strict=True):
            mistake["at"] = place
        typer.echo(json.dumps(data))
    else:
        _show(found, places)
    raise typer.Exit(int(found.breaks))


def _rehearsed(pin: Chart, to: str, values: dict[str, Any], source: Path | None, rehearse: Any) -> Any:
    from ballast.repo import CannotRun
    from ballast.stack import tool
    from ballast.terraform.charts import pulled, referenced

    if source is not None:
        both = [referenced(source, pin.name, version) for version in (pin.version, to)]
        for found, version in zip(both, (pin.version, to), strict=True):
            if found is None:
                raise CannotRun(f"{source} holds no reference of {pin.name} {version}: name it {pin.name}-{version}.json")
        return rehearse(both[0], both[1], values, pin.open)
    helm = tool("helm")
    old, new = pulled(helm, pin, values=values), pulled(helm, pin, to, values=values)
    return rehearse(old, new, values, pin.open, (old.rendered, new.rendered))


def _show(found: Any, places: list[str]) -> None:
    lost = [f"{at + ': ' if at else ''}{m.message} ({m.mend})" for m, at in zip(found.removed, places, strict=True)]
    for title, lines in (
        ("values of ours that the new chart does not know", lost),
        ("keys whose kind changes", [f"{k}: {a} -> {b}" for k, a, b in found.kinds]),
        ("warnings", found.warnings),
        ("keys gone from the chart", _topmost(found.gone)),
        ("keys new in the chart", _topmost(found.added)),
        ("could not be compared", found.unknown),
    ):
        typer.echo(f"\n{title}: {len(lines) or 'none'}")
        for line in lines:
            typer.echo(f"  {line}")
    compared = not any(line.startswith("rendered configuration:") for line in found.unknown)
    typer.echo(f"\nrendered configuration: {f'{len(found.rendered)} lines of difference' if compared else 'unknown'}")
    for line in found.rendered:
        typer.echo(f"  {line}")


def _topmost(keys: tuple[str, ...]) -> list[str]:
    """Keys whose parent is not among them; with how many stand below."""
    below: dict[str, int] = {}
    for key in sorted(keys):
        above = next((top for top in below if key.startswith(f"{top}/")), None)
        below[above or key] = below[above] + 1 if above else 0
    return [f"{key}, with {count} below" if count else key for key, count in below.items()]


def _references(source: Path | None) -> Any:
    """A function that gives a chart's reference: from the folder, or pulled once a chart."""
    from functools import cache

    from ballast.repo import CannotRun
    from ballast.stack import tool
    from ballast.terraform.charts import pulled, referenced

    @cache
    def one(name: str, version: str, place: str) -> Reference:
        from ballast.repo import Position
        from ballast.terraform.charts import Chart

        if source is None:
            return pulled(tool("helm"), Chart(name, place, version, Position("")))
        if found := referenced(source, name, version):
            return found
        raise CannotRun(f"{source} has no {name}.json of version {version}")

    return lambda chart: one(chart.name, chart.version, chart.source)


def _form(output: str) -> str:
    from ballast.repo import CannotRun

    if output not in ("text", "json"):
        raise CannotRun(f"--output {output}: write text or json")
    return output
