"""Find secrets in a piece of data, by known shapes and by name and entropy; and the plain data of Kubernetes Secrets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ballast.secrets import state
from ballast.secrets.shapes import NAME, NAMED, SHAPES, VALUE, Shape, plausible

PUBLISHED = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
"""Keys of AWS's own documentation."""
_SECRET_KIND = re.compile(rb"^kind:[ \t]*[\"']?Secret[\"']?[ \t]*$", re.MULTILINE)
_DOCUMENT = re.compile(rb"^---[^\n]*$", re.MULTILINE)
_SECTION = re.compile(rb"^(?:data|stringData):[ \t]*\n((?:(?:[ \t]+[^\n]*)?\n?)*)", re.MULTILINE)
_ENTRY = re.compile(rb"^[ \t]+[\"']?[\w.-]+[\"']?:[ \t]+[\"']?([^\s\"'{}|>$#<][^\s\"'{}$#]{3,})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Hit:
    """A secret: its shape, where (from 1, in characters), how long, its fingerprint, and a hint that does not give it away."""

    shape: str
    line: int
    column: int
    width: int
    fingerprint: str
    hint: str


WHAT = {shape.id: shape.what for shape in SHAPES} | {
    NAMED: "a value under a name that promises a secret",
    "kubernetes-secret": "a value of a Kubernetes Secret, in plain",
    state.SHAPE: "a secret that Terraform keeps in its state",
}


def fingerprint(secret: bytes) -> str:
    """How an exception names a secret: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(secret).hexdigest()[:16]


def scan(data: bytes) -> list[Hit]:
    """All secrets in `data`, by place; where two shapes see the same characters, the one that is listed first."""
    lower = data.lower()
    taken: list[tuple[int, int]] = []
    found: list[Hit] = []
    for shape, start, end in _matches(data, lower):
        if any(start < last and first < end for first, last in taken):
            continue
        taken.append((start, end))
        found.append(_hit(data, shape, start, end))
    return sorted(found, key=lambda hit: (hit.line, hit.column))


def _matches(data: bytes, lower: bytes) -> Iterator[tuple[str, int, int]]:
    for shape in SHAPES:
        if any(literal in lower for literal in shape.literals):
            for match in shape.pattern.finditer(data):
                if span := _span(shape, match):
                    yield shape.id, *span
    yield from _named(data, lower)
    if b"kind:" in lower and _SECRET_KIND.search(data):
        yield from _kubernetes(data)
    if b'"terraform_version"' in lower:
        yield from state.secrets(data)


def _span(shape: Shape, match: re.Match[bytes]) -> tuple[int, int] | None:
    """Where the secret is within a match; None when it is none."""
    groups = [name for name in shape.pattern.groupindex if match[name] is not None]
    group = groups[0] if groups else 0
    value = match[group].decode("utf-8", "replace")
    if value in PUBLISHED or (shape.judged and not plausible(value)):
        return None
    if shape.id == "url-password" and not any(c.isalnum() for c in value):
        return None
    return match.span(group)


def _named(data: bytes, lower: bytes) -> Iterator[tuple[str, int, int]]:
    for name in NAME.finditer(lower):
        value = VALUE.match(data, name.end())
        if (
            value
            and value.lastgroup
            and plausible(value[value.lastgroup].decode("utf-8", "replace"), value.lastgroup != "bare")
        ):
            yield NAMED, *value.span(value.lastgroup)


def _kubernetes(data: bytes) -> Iterator[tuple[str, int, int]]:
    starts = [0, *(match.end() for match in _DOCUMENT.finditer(data)), len(data)]
    for first, last in pairwise(starts):
        if not _SECRET_KIND.search(data, first, last):
            continue
        for section in _SECTION.finditer(data, first, last):
            for entry in _ENTRY.finditer(data, *section.span(1)):
                yield "kubernetes-secret", *entry.span(1)


def _hit(data: bytes, shape: str, start: int, end: int) -> Hit:
    secret = data[start:end]
    line_start = data.rfind(b"\n", 0, start) + 1
    column = len(data[line_start:start].decode("utf-8", "replace")) + 1
    first_line = secret.partition(b"\n")[0].decode("utf-8", "replace")
    return Hit(shape, data.count(b"\n", 0, start) + 1, column, len(first_line), fingerprint(secret), _hint(secret))


def _hint(secret: bytes) -> str:
    """Its length, and its first letters where they are the issuer's prefix and not part of what is secret."""
    text = secret.decode("utf-8", "replace")
    prefix = re.match(r"[A-Za-z]{2,10}[_.-](?=[A-Za-z0-9_.-]{16,}$)|(?:AKIA|ASIA|AIza|eyJ)", text)
    return f"{prefix[0] if prefix else ''}… ({len(text)} characters)"
