"""Two dashboards have one uid, or one title in one folder.

Grafana keeps one of the two: which one depends on the order in which files are read, and links of alerts lead to whichever won.

Mend: give one of them a uid (or a title) of its own.

    - "uid": "stack"
    + "uid": "example"
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ballast.dashboards import example
from ballast.dashboards.model import mapping, text
from ballast.dashboards.rule import READS, document, holds
from ballast.findings import File, Finding, Severity, Tree, check, whole


@dataclass(frozen=True, slots=True)
class Collection:
    """The dashboards that are provisioned together."""

    files: list[File]


def _example(fragment: str) -> dict[str, str]:
    return example.repository(fragment) | {
        "dashboards/stack.json": json.dumps({**example.DASHBOARD, "uid": "stack", "title": "Stack"})
    }


@whole(Collection, reads=READS, example=_example, holds=holds)
def collection(tree: Tree) -> list[Collection]:
    """All files with dashboards."""
    return [Collection([file for file in tree.match(*READS) if holds(file)])]


@check("dashboards/uid", on=Collection, severity=Severity.ERROR)
def uid(dashboards: Collection) -> Iterator[Finding]:
    """Every uid against its first; files are read in full only where something comes twice. Folders are those of the file."""
    first: dict[tuple[str, ...], File] = {}
    for file in dashboards.files:
        for kind, *name in _names(file):
            known = first.setdefault((kind, *name), file)
            if known is not file:
                yield from _told(file, known, kind, name[-1])


def _names(file: File) -> Iterator[tuple[str, ...]]:
    """Its uid, and its title with its folder. JSON alone: what is wrapped in YAML is somebody else's to provision."""
    try:
        data: Any = json.loads(file.data)
    except ValueError:
        return
    held = mapping(mapping(data).get("dashboard")) or mapping(data)
    if name := text(held.get("uid")) or text(mapping(held.get("metadata")).get("name")):
        yield "uid", name
    if title := text(held.get("title")) or text(mapping(held.get("spec")).get("title")):
        yield "title", file.path.rpartition("/")[0], title


def _told(file: File, known: File, kind: str, name: str) -> Iterator[Finding]:
    for dashboard in document(file).dashboards:
        path = dashboard.at("title") if kind == "title" else (*dashboard.at("object"), "uid")
        place = dashboard.position(path)
        message = f"the {kind} {name!r} is also that of {known.path}"
        yield Finding("dashboards/uid", place, message, f"give one of them another {kind}", Severity.ERROR, len(name) + 2)
