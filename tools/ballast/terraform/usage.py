"""Which resource types, data sources, ephemeral resources and provider functions Terraform files use, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ballast.terraform.snapshots import PROVIDERS, TypeRef

BLOCK = re.compile(r'^[ \t]*(resource|data|ephemeral)[ \t]+"([a-z0-9_-]+)"[ \t]+"[^"]+"', re.MULTILINE)
FUNCTION = re.compile(r"\bprovider::([a-z0-9_-]+)::([a-z0-9_]+)\(")
HIDDEN = re.compile(
    r"/\*.*?\*/|(?:#|//)[^\n]*|<<-?(?P<end>\w+)\n.*?^[ \t]*(?P=end)$|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Use:
    """A type (or a function, `kind` function and `name` `aws::arn_parse`) at a place in a text; line and column from 1."""

    kind: str
    name: str
    line: int
    column: int

    @property
    def ref(self) -> TypeRef:
        """The type."""
        return TypeRef(self.kind, self.name)


def uses(text: str) -> Iterator[Use]:
    """Every use in the text of a `.tf` file; comments and heredocs do not count. Types of unknown providers are left out."""
    seen = HIDDEN.sub(lambda m: m[0] if m[0].startswith('"') else re.sub(r"[^\n]", " ", m[0]), text)
    for match in BLOCK.finditer(seen):
        if match[2].partition("_")[0] in PROVIDERS:
            yield Use(match[1], match[2], *_place(seen, match.start(2)))
    for match in FUNCTION.finditer(seen):
        yield Use("function", f"{match[1]}::{match[2]}", *_place(seen, match.start()))


def _place(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, len(before) - before.rfind("\n")
