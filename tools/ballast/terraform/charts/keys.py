"""Which value keys a chart knows: from a pulled chart (`helm pull`), or from files that were made of one before.

A key's kind is `map` (its children are listed), `open-map` (takes any child: the chart's default is an empty map), `list`,
`string`, `number`, `bool` or `null`. Keys are paths with `/` between their parts, as in `server/persistence/size`.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import yaml

from ballast.repo import CannotRun
from ballast.terraform.charts.catalog import Chart

type Keys = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reference:
    """What is known of one version of a chart. `crds` maps a CRD's name to its versions with whether each is served."""

    chart: str
    version: str
    keys: Keys
    app_version: str = ""
    crds: Mapping[str, Mapping[str, bool]] | None = None
    """None where the reference does not say."""
    origin: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict, repr=False)
    rendered: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the chart makes of the values that it was pulled with, objects as YAML by kind and name."""


def keys_of(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """The keys of a chart's default values."""
    found = {}
    for name, value in values.items():
        path = f"{prefix}{name}"
        found[path] = _kind(value)
        if isinstance(value, Mapping):
            found |= keys_of(value, f"{path}/")
    return found


def referenced(folder: Path, name: str, version: str | None = None) -> Reference | None:
    """A reference from `folder`: `<name>-<version>.json`, or `<name>.json` if it is of that version; None without.

    Such a file holds `chart`, `version` and `values` (keys with kinds, as above), and may hold `appVersion` and `crds`.
    """
    for path in [*([folder / f"{name}-{version}.json"] if version else []), folder / f"{name}.json"]:
        if not path.is_file():
            continue
        try:
            data = orjson.loads(path.read_bytes())
            found = Reference(
                data["chart"],
                data["version"],
                data["values"],
                data.get("appVersion", ""),
                data.get("crds"),
                str(path),
                data.get("defaults", {}),
            )
        except (ValueError, KeyError, TypeError):
            raise CannotRun(f"{path} is no reference of a chart: it needs chart, version and values") from None
        if version is None or found.version.removeprefix("v") == version.removeprefix("v"):
            return found
    return None


def pulled(
    helm: Path, chart: Chart, version: str | None = None, *, values: Mapping[str, Any] | None = None, timeout: float = 120
) -> Reference:
    """The chart from its registry, by `helm pull`. Raises CannotRun with helm's words where that does not work.

    Its keys are those of `helm show values`, with each subchart's own under the subchart's name. With `values` it is also
    rendered (`helm template`). `timeout` is in seconds.
    """
    wanted = version or chart.version
    with tempfile.TemporaryDirectory(prefix="ballast-chart-") as folder:
        place = [chart.source] if chart.source.startswith("oci://") else [chart.name, "--repo", chart.source]
        command = [str(helm), "pull", *place, "--version", wanted, "--untar", "--untardir", folder]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise CannotRun(f"{chart.name} {wanted}: helm pull took longer than {timeout:g} s") from None
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise CannotRun(f"{chart.name} {wanted} cannot be had from {chart.source}: {said[-1] if said else 'helm failed'}")
        found = unpacked(Path(folder) / chart.name, f"{chart.source} {wanted}")
        if values is None:
            return found
        return replace(found, rendered=template(helm, Path(folder) / chart.name, values))


def template(helm: Path, folder: Path, values: Mapping[str, Any], name: str = "ballast") -> dict[str, str]:
    """What an unpacked chart makes of values, objects as YAML by kind and name. Raises CannotRun with helm's words."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", prefix="ballast-values-") as file:
        yaml.safe_dump(dict(values), file)
        file.flush()
        command = [str(helm), "template", name, str(folder), "--values", file.name]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise CannotRun(f"{folder.name}: helm cannot render it with our values: {said}")
    documents = [d for d in yaml.load_all(done.stdout, yaml.CSafeLoader) if d]
    return {f"{d['kind']}/{d['metadata'].get('name', '')}.yaml": yaml.safe_dump(d, sort_keys=True) for d in documents}


def unpacked(folder: Path, origin: str = "") -> Reference:
    """The reference of a chart that lies unpacked in `folder`."""
    meta, values = _document(folder / "Chart.yaml"), defaults(folder)
    crds: dict[str, dict[str, bool]] = {}
    for document in _crds(folder):
        name = str(document["metadata"]["name"])
        crds[name] = {str(v["name"]): bool(v.get("served")) for v in document["spec"]["versions"]}
    return Reference(
        str(meta["name"]), str(meta["version"]), keys_of(values), str(meta.get("appVersion", "")), crds, origin, values
    )


def defaults(folder: Path) -> dict[str, Any]:
    """A chart's values.yaml over those of its subcharts, which stand under their names (or aliases)."""
    from ballast.terraform.platform.plan import merge

    below: dict[str, Any] = {}
    aliases = {d["name"]: d.get("alias") or d["name"] for d in _document(folder / "Chart.yaml").get("dependencies") or []}
    for inner in sorted((folder / "charts").glob("*/Chart.yaml")):
        below[aliases.get(inner.parent.name, inner.parent.name)] = defaults(inner.parent)
    return merge(below, _document(folder / "values.yaml"))


def _crds(folder: Path) -> Iterator[Mapping[str, Any]]:
    """CRDs of a chart and its subcharts, from their crds/ folders; those that templates make are not seen."""
    for path in sorted(folder.rglob("*.y*ml")):
        if "crds" in path.relative_to(folder).parts and "templates" not in path.relative_to(folder).parts:
            text = path.read_text(errors="replace")
            if re.search(r"^kind: CustomResourceDefinition$", text, re.MULTILINE) and "{{" not in text:
                yield from (
                    d for d in yaml.load_all(text, yaml.CSafeLoader) if d and d.get("kind") == "CustomResourceDefinition"
                )


def _document(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return yaml.load(path.read_text(), yaml.CSafeLoader) or {}
    except yaml.YAMLError as error:
        raise CannotRun(f"{path.name} of chart {path.parent.name} is no YAML: {error}") from None


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case Mapping():
            return "map" if value else "open-map"
        case list():
            return "list"
    return "string"
