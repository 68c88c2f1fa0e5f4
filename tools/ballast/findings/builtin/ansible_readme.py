"""The README of each Ansible role, written from its argument spec and the comments of its defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ballast.findings.registry import generator
from ballast.repo import Repository

ROLES = "ansible/roles"
_COMMENTED = re.compile(r"((?:^#.*\n)+)(\w+):", re.MULTILINE)


@generator(
    "ansible/readme",
    owns=(f"{ROLES}/*/README.md",),
    reads=(f"{ROLES}/*/meta/argument_specs.yml", f"{ROLES}/*/defaults/main.yml"),
)
def readmes(repository: Repository) -> dict[str, str]:
    """One page a role. A spec that is no YAML has no page; `yaml/lint` says what is wrong with it."""
    found = {}
    for path in sorted(repository.root.glob(f"{ROLES}/*/meta/argument_specs.yml")):
        role = path.parent.parent
        try:
            spec = yaml.safe_load(path.read_text())["argument_specs"]
            reasons = _reasons(role / "defaults/main.yml")
        except (yaml.YAMLError, KeyError, TypeError):
            continue
        found[f"{ROLES}/{role.name}/README.md"] = "\n".join(_page(role.name, spec, reasons)) + "\n"
    return found


def _page(role: str, spec: Mapping[str, Any], reasons: Mapping[str, str]) -> Iterator[str]:
    main = spec["main"]
    yield from (f"# {role}", "", f"{main['short_description']}.", "")
    for paragraph in main.get("description", []):
        yield from (paragraph, "")
    for name, entry in spec.items():
        if name != "main":
            yield f"- `tasks_from: {name}`: {entry['short_description']}."
    if len(spec) > 1:
        yield ""
    yield from ("| variable | type | default | what it is |", "|---|---|---|---|")
    yield from _rows(main.get("options", {}), reasons)
    yield from ("", "Written by `ballast generate` from `meta/argument_specs.yml` and `defaults/main.yml`.")


def _rows(options: Mapping[str, Any], reasons: Mapping[str, str], inside: str = "") -> Iterator[str]:
    for name, option in options.items():
        kind = f"list of {option['elements']}" if "elements" in option else option.get("type", "str")
        if "choices" in option:
            kind = " or ".join(f"`{choice}`" for choice in option["choices"])
        default = "required" if option.get("required") else f"`{json.dumps(option.get('default'), ensure_ascii=False)}`"
        words = " ".join(filter(None, [option.get("description", ""), reasons.get(name, "")]))
        yield f"| `{inside}{name}` | {kind} | {_cell(default)} | {_cell(words)} |"
        yield from _rows(option.get("options", {}), {}, f"{inside}{name}.")


def _reasons(defaults: Path) -> dict[str, str]:
    """Comments right above a default, by its name."""
    if not defaults.is_file():
        return {}
    found = _COMMENTED.findall(defaults.read_text())
    return {name: " ".join(line.lstrip("# ").strip() for line in comment.splitlines()) for comment, name in found}


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
