"""Terraform: modules and roots, which is part of which, and which are scraped."""

from __future__ import annotations

import re
from posixpath import normpath

from ballast.findings import File
from ballast.graph.builder import Builder, reader
from ballast.repo import Position
from ballast.terraform.usage import HIDDEN

READS = ("terraform/modules/*/*.tf", "terraform/environments/**/*.tf")
_MODULE = re.compile(r'^module\s+"([\w-]+)"\s*\{(.*?)^\}', re.MULTILINE | re.DOTALL)
_SOURCE = re.compile(r'^\s*source\s*=\s*"(\.[^"]*)"', re.MULTILINE)
_KIND = re.compile(r'kind\s*=\s*"(?:Pod|Service)Monitor"')
_ENABLED = re.compile(r"\b(?:service|pod)Monitor\s*=\s*\{[^}\n]*\b(?:enabled|selfMonitor)\s*=\s*true|\bmonitor\s*=\s*\{")
_OWN = re.compile(r"\bscrape_configs\s*=")
_CALLED = re.compile(r"\bmodule\.([\w-]+)\.(?:endpoints|metrics)\b")


@reader("modules", reads=READS)
def modules(builder: Builder) -> None:
    """A module is a folder; calls are followed by their relative `source`."""
    sources: dict[str, dict[str, str]] = {}
    files = [(file, _plain(file)) for file in builder.tree.match(*READS)]
    for file, text in files:
        folder = file.path.rpartition("/")[0]
        facts = {"form": "root"} if folder.startswith("terraform/environments/") else {}
        main = f"{folder}/main.tf"
        builder.node("module", _name(folder), Position(main if main in builder.tree else file.path), **facts)
        for block in _MODULE.finditer(text):
            source = _SOURCE.search(block[2])
            if source:
                target = normpath(f"{folder}/{source[1]}")
                sources.setdefault(folder, {})[block[1]] = target
                line = text.count("\n", 0, block.start()) + 1
                builder.link(f"module:{_name(folder)}", "includes", f"module:{_name(target)}", Position(file.path, line))
    for file, text in files:
        folder = file.path.rpartition("/")[0]
        found = _KIND.search(text) or _ENABLED.search(text) or _OWN.search(text)
        if found and folder.startswith("terraform/modules/"):
            at = Position(file.path, text.count("\n", 0, found.start()) + 1)
            called = (
                {sources.get(folder, {}).get(name, "") for name in _CALLED.findall(text)} - {""} if _KIND.search(text) else ()
            )
            for target in sorted(called) or [folder]:
                builder.scraped.setdefault(_name(target), at)


def _name(folder: str) -> str:
    return folder.removeprefix("terraform/modules/").removeprefix("terraform/")


def _plain(file: File) -> str:
    """Its text without comments."""
    return HIDDEN.sub(lambda m: m[0] if m[0].startswith('"') else re.sub(r"[^\n]", " ", m[0]), file.text)
