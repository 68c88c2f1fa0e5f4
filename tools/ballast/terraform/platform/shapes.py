"""Shapes of application configuration, for what no binary here can check: `schemas/<kind>.yaml`, written from the references.

A schema file holds `reference` (where its facts are from), `types` (named shapes) and `root`. A shape is

- a word: `string`, `int`, `number`, `bool`, `duration` (Go's and Prometheus'), `bytes` (a number, or with a unit), `any`,
  `$name` (one of `types`), `=a|b` (one of these words), `~pattern` (a string that matches all of it);
- `[shape]`, a list of such; or
- a map from keys to shapes: `key!` must be there, `*` stands for any key, and `<` takes in the keys of another shape. A key
  `otlp/tempo` is of the shape of `otlp` where there is no shape of its own, as in the OpenTelemetry collector.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "schemas"
_DURATION = re.compile(r"0|-?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w|y))+")
_BYTES = re.compile(r"\d+(?:\.\d+)?\s*(?:[KMGT]i?)?B?", re.IGNORECASE)

_WORDS: Mapping[str, Callable[[Any], bool]] = {
    "any": lambda _: True,
    "string": lambda v: isinstance(v, str),
    "bool": lambda v: isinstance(v, bool),
    "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "duration": lambda v: v == 0 or (isinstance(v, str) and bool(_DURATION.fullmatch(v))),
    "bytes": lambda v: (isinstance(v, int) and not isinstance(v, bool)) or (isinstance(v, str) and bool(_BYTES.fullmatch(v))),
}


@dataclass(frozen=True, slots=True)
class Misfit:
    """A place in a configuration that its schema does not allow."""

    path: tuple[str, ...]
    message: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of one kind of configuration."""

    kind: str
    reference: str
    types: Mapping[str, Any]
    root: Any

    def misfits(self, data: Any) -> Iterator[Misfit]:
        """Everything in `data` that does not fit."""
        yield from self._fit(data, self.root, ())

    def _fit(self, data: Any, shape: Any, path: tuple[str, ...]) -> Iterator[Misfit]:
        while isinstance(shape, str) and shape.startswith("$"):
            shape = self.types[shape[1:]]
        name = ".".join(path) or "it"
        if isinstance(shape, str):
            if not _is(data, shape):
                yield Misfit(path, f"{name} is {_shown(data)}, not {_said(shape)}")
        elif isinstance(shape, list):
            if not isinstance(data, list):
                yield Misfit(path, f"{name} is {_shown(data)}, not a list")
                return
            for number, item in enumerate(data):
                yield from self._fit(item, shape[0], (*path, str(number)))
        elif not isinstance(data, Mapping):
            yield Misfit(path, f"{name} is {_shown(data)}, not a map")
        else:
            yield from self._fit_map(data, self._keys(shape), path)

    def _fit_map(self, data: Mapping[str, Any], keys: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Misfit]:
        plain = {key.removesuffix("!"): inner for key, inner in keys.items()}
        for key, value in data.items():
            text = str(key)
            inner = plain.get(text, plain.get(text.partition("/")[0] if "/" in text else text, plain.get("*")))
            if inner is None:
                close = get_close_matches(text, [*plain], 1)
                mend = f"did you mean {close[0]}?" if close else f"see {self.reference}"
                yield Misfit((*path, text), f"{self.kind} knows no {'.'.join((*path, text))}", mend)
            else:
                yield from self._fit(value, inner, (*path, text))
        for key in keys:
            if key.endswith("!") and key[:-1] not in data:
                yield Misfit(path, f"{'.'.join((*path, key[:-1]))} is missing", f"see {self.reference}")

    def _keys(self, shape: Mapping[str, Any]) -> dict[str, Any]:
        keys = {key: inner for key, inner in shape.items() if key != "<"}
        taken = shape.get("<", ())
        for name in [taken] if isinstance(taken, str) else taken:
            keys = self._keys(self.types[name.removeprefix("$")]) | keys
        return keys


@cache
def schema_of(kind: str) -> Schema | None:
    """The schema of a kind of configuration; None where there is none."""
    path = FOLDER / f"{kind}.yaml"
    if not path.is_file():
        return None
    data = yaml.load(path.read_text(), yaml.CSafeLoader)
    return Schema(kind, data["reference"], data.get("types") or {}, data["root"])


def kinds() -> list[str]:
    """Every kind that has a schema."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def _is(data: Any, shape: str) -> bool:
    if shape.startswith("="):
        return data in [yaml.safe_load(word) if word in ("true", "false") else word for word in shape[1:].split("|")]
    if shape.startswith("~"):
        return isinstance(data, str) and bool(re.fullmatch(shape[1:], data))
    return _WORDS[shape](data)


def _said(shape: str) -> str:
    if shape.startswith("="):
        return f"one of {shape[1:].replace('|', ', ')}"
    if shape.startswith("~"):
        return f"of the form {shape[1:]}"
    return {"int": "a whole number", "bool": "true or false", "bytes": "a size"}.get(shape, f"a {shape}")


def _shown(data: Any) -> str:
    if isinstance(data, Mapping):
        return "a map"
    if isinstance(data, list):
        return "a list"
    return repr(data) if data is not None else "null"
