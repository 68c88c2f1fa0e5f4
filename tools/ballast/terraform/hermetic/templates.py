"""The little language in which rules/*.yaml says what a cloud would answer.

A template is text with fields in braces, or a list or mapping of templates. A field names an attribute of the object (dotted
from its root, or of the block that holds the value), or a fact of the provider (`region`, `account`, `project`), or makes
something up: `{hex:17}`, `{HEX:32}`, `{digits:12}`, `{uuid}`, the same for one object wherever it is asked. `{a?b?'text'}`
takes the first that is set; `{url|host|lower}` applies filters. A template that is one field keeps that value's type.
`{$merge: [a, b]}` merges maps, later ones winning.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ballast.terraform.hermetic.values import get, is_unknown

FIELD = re.compile(r"(?<!\$)\{([^{}]+)\}")  # a literal ${…} is left alone

FILTERS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "host": lambda text: text.split("://", 1)[-1],
    "basename": lambda text: text.rstrip("/").rsplit("/", 1)[-1],
    "region": lambda text: re.sub(r"-[a-z]$", "", text),
}


class NotKnown(Exception):
    """A field of the template is not known yet."""


class Scope:
    """Where fields are looked up: the objects from inside out, then facts; `token` (64 hex digits) makes up values.

    `own` is the attribute that is being filled: its name means the fact.
    """

    def __init__(self, objects: list[Any], facts: Mapping[str, Any], token: str, own: str = "") -> None:
        self.objects, self.facts, self.token, self.own = objects, facts, token, own

    def field(self, text: str) -> Any:
        """The value of what stands between braces; None where nothing is set. Raises NotKnown."""
        source, *filters = text.split("|")
        value = next((v for v in map(self._source, source.split("?")) if v is not None and v != ""), None)
        for name in filters:
            value = None if value is None else FILTERS[name](str(value))
        return value

    def _source(self, name: str) -> Any:
        if name.startswith("'"):
            return name.strip("'")
        if (made := self._made_up(name)) is not None:
            return made
        for thing in (self.facts,) if name == self.own else (*self.objects, self.facts):
            value = get(thing, name)
            if is_unknown(value):
                raise NotKnown(name)
            if value is not None:
                return value
        return None

    def _made_up(self, name: str) -> str | None:
        kind, _, length = name.partition(":")
        size = int(length or 0)
        match kind:
            case "hex":
                return self.token[:size]
            case "HEX":
                return self.token[:size].upper()
            case "digits":
                return str(int(self.token, 16))[:size]
            case "uuid":
                return str(uuid.UUID(self.token[:32]))
        return None


def token(*parts: object) -> str:
    """64 hex digits that depend on the parts alone."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def render(template: Any, scope: Scope) -> Any:
    """The template's value. Raises NotKnown when a field that it needs is unknown."""
    if isinstance(template, list):
        return [render(item, scope) for item in template]
    if isinstance(template, dict):
        if set(template) == {"$merge"}:
            merged: dict[str, Any] = {}
            for name in template["$merge"]:
                merged |= scope.field(name) or {}
            if not all(not is_unknown(value) for value in merged.values()):
                raise NotKnown("a value of the map")
            return merged
        return {key: render(item, scope) for key, item in template.items()}
    if not isinstance(template, str):
        return template
    if (whole := FIELD.fullmatch(template)) is not None:
        return scope.field(whole.group(1))
    return FIELD.sub(lambda m: _text(scope.field(m.group(1))), template)


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def parse(template: str, text: str) -> dict[str, str] | None:
    """Read `text` back through the template: field names (without filters) and their values, or None when it does not match.

    `projects/{project}/locations/{location}/clusters/{name}` takes an import id apart.
    """
    names: list[str] = []

    def group(match: re.Match[str]) -> str:
        names.append(match.group(1).split("|")[0].split("?")[0])
        return "\0"

    pieces = FIELD.sub(group, template).split("\0")
    last = len(pieces) - 2
    pattern = "".join(re.escape(p) + ("" if i > last else "(.+)" if i == last else "([^/]+?)") for i, p in enumerate(pieces))
    match = re.fullmatch(pattern, text)
    return None if match is None else dict(zip(names, match.groups(), strict=True))
