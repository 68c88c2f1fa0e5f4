"""What the policies share: reading values as checkov hands them over, and saying what is wrong.

checkov wraps values and blocks of a plan in lists, sometimes twice. This module is imported by name from the policies' folder,
which checkov puts on its path.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

ACTIONS = "__change_actions__"


class Policy(BaseResourceCheck):
    """A policy: `problems` yields a sentence for each thing that is wrong with one planned resource."""

    def __init__(self, name: str, title: str, resources: Iterable[str]) -> None:
        ident = f"BALLAST_{name.replace('-', '_').upper()}"
        super().__init__(name=title, id=ident, categories=[CheckCategories.CONVENTION], supported_resources=list(resources))

    def scan_resource_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """Checkov's question, answered by `problems`; a resource that goes away is asked about only by policies on that."""
        self.details = []
        if going(conf) and not getattr(self, "about_destroying", False):
            return CheckResult.PASSED
        self.details = list(self.problems(str(self.entity_type), conf))
        return CheckResult.FAILED if self.details else CheckResult.PASSED

    def problems(self, kind: str, conf: dict[str, Any]) -> Iterator[str]:
        """Sentences; none when all is well."""
        raise NotImplementedError


def going(conf: dict[str, Any]) -> bool:
    """Whether the plan only destroys it."""
    return conf.get(ACTIONS) == ["delete"]


def value(conf: dict[str, Any] | None, *path: str) -> Any:
    """The value at a path of blocks and attributes, out of its lists; None when there is none."""
    here: Any = conf
    for step in path:
        here = here.get(step) if isinstance(here, dict) else None
        while isinstance(here, list) and len(here) == 1:
            here = here[0]
    return here


def blocks(conf: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """All blocks of a name."""
    return [block for block in _flat(conf.get(name)) if isinstance(block, dict)]


def strings(conf: dict[str, Any], name: str) -> list[str]:
    """All strings of a list."""
    return [text for text in _flat(conf.get(name)) if isinstance(text, str)]


def document(conf: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The statements of an AWS policy document; none while it is known only after apply."""
    text = value(conf, name)
    if isinstance(text, str):
        try:
            text = json.loads(text)
        except ValueError:
            return []
    found = text.get("Statement", []) if isinstance(text, dict) else []
    return [s for s in (found if isinstance(found, list) else [found]) if isinstance(s, dict)]


def many(given: Any) -> list[Any]:
    """A policy document's value that may be one or a list."""
    return given if isinstance(given, list) else [] if given is None else [given]


def labels(conf: dict[str, Any]) -> dict[str, Any] | None:
    """Tags or labels with the provider's defaults; None for what carries none."""
    for name in ("tags_all", "effective_labels"):
        if name in conf:
            found = value(conf, name)
            return {k: value(found, k) for k in found} if isinstance(found, dict) else {}
    return None


def _flat(given: Any) -> Iterator[Any]:
    if isinstance(given, list):
        for item in given:
            yield from _flat(item)
    elif given is not None:
        yield given
