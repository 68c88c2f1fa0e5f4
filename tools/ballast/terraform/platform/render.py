"""Writes out what a plan would deploy, as files to read and to diff: values, manifests, application configuration."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ballast.terraform.platform.model import Config, Platform
from ballast.terraform.platform.objects import manifests
from ballast.terraform.platform.registry import components


class _Dumper(yaml.CSafeDumper):
    """Long texts as blocks; no anchors, no wrapped lines."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, data: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_Dumper.add_representer(str, _text)


def as_yaml(data: Any) -> str:
    """Block style, keys in their order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)


def render(platform: Platform, schemas: Path) -> dict[str, str]:
    """Files by relative path: `values/`, `manifests/` and `config/`, by namespace. `schemas` is terraform/schemas."""
    files: dict[str, str] = {}
    for release in platform.releases:
        head = f"# {release.chart} {release.version}, from {release.address}\n"
        files[f"values/{release.namespace}/{release.name}.yaml"] = head + as_yaml(release.values)
    for manifest in manifests(platform, schemas):
        name = str(manifest.document.get("metadata", {}).get("name", manifest.key))
        folder = manifest.namespace or "cluster-wide"
        path = f"manifests/{folder}/{manifest.kind.lower()}-{_plain(name)}.yaml"
        files[path] = f"# {manifest.address}\n" + as_yaml(manifest.document)
    for component in components(platform):
        for config in component.configs:
            path = f"config/{component.namespace}/{component.name}/{file_name(config)}"
            files[path] = text_of(config)
    return dict(sorted(files.items()))


def file_name(config: Config) -> str:
    """How a configuration's file is called: its name, with the ending of its form."""
    name = _plain(config.name)
    ending = {"grafana-ini": "ini", "vault": "hcl.json"}.get(config.kind, "yaml")
    return name if re.search(r"\.(ya?ml|ini|json|hcl)$", name) else f"{name}.{ending}"


def text_of(config: Config) -> str:
    """A configuration as its application reads it."""
    if config.kind == "grafana-ini":
        return as_ini(config.data)
    if config.kind == "vault":
        return json.dumps(config.data, indent=2) + "\n"
    return config.data if isinstance(config.data, str) else as_yaml(config.data)


def as_ini(data: Mapping[str, Any]) -> str:
    """Grafana's ini file; a key of no section comes first."""
    lines = [f"{key} = {_ini(value)}" for key, value in data.items() if not isinstance(value, Mapping)]
    for section, keys in data.items():
        if isinstance(keys, Mapping):
            lines += ["", f"[{section}]", *(f"{key} = {_ini(value)}" for key, value in keys.items())]
    return "\n".join(lines).lstrip("\n") + "\n"


def write(files: Mapping[str, str], folder: Path) -> None:
    """Put the files in place of the folder's, all at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, text in files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        new.chmod(0o755)
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
            folder.replace(old / "was")
            new.replace(folder)
            shutil.rmtree(old)
        else:
            new.replace(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name)


def _ini(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
