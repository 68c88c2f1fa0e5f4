"""From plain data to a typed model: every structural problem of a document at once, said in plain words.

A document with mistakes is mended in memory (the unknown key dropped, the wrong value replaced by a stand-in) until it fits its
model, so that the checks that need a model can still say what is wrong with the rest. Such a model is never handed out.
"""

from __future__ import annotations

import copy
import difflib
import types
import typing
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ballast.repo.issue import Issue
from ballast.repo.source import Path

_ROUNDS = 6  # a mended value can bring up another mistake below it, once a level


class Structured[M: BaseModel](NamedTuple):
    """`model` is None where the data cannot be mended; `touched` are the paths that hold stand-ins."""

    model: M | None
    issues: list[Issue]
    touched: list[Path]


def structure[M: BaseModel](model: type[M], data: Any, raw: Callable[[Path], str]) -> Structured[M]:
    """Validates `data`. `raw` gives a scalar as written, for label values such as `1.10` that are texts to Sloth."""
    try:
        return Structured(model.model_validate(data), [], [])
    except ValidationError:
        return _mend(model, data, raw)


def _mend[M: BaseModel](model: type[M], data: Any, raw: Callable[[Path], str]) -> Structured[M]:
    if not isinstance(data, dict):
        what = f"a document of this kind is a mapping that begins with `version:`, not {_kind(data)}"
        return Structured(None, [Issue((), what, check="spec/type")], [])
    issues: list[Issue] = []
    touched: list[Path] = []
    data = _copied(data, (), issues)
    for _ in range(_ROUNDS):
        try:
            return Structured(model.model_validate(data), issues, touched)
        except ValidationError as error:
            details = error.errors(include_url=False)
        for detail in details:
            path = _existing(data, detail["loc"], missing=detail["type"] == "missing")
            issue = _repair(model, data, path, detail, raw)
            if issue:
                issues.append(issue)
                touched.append(path)
    return Structured(None, issues, touched)


def _copied(node: Any, path: Path, issues: list[Issue]) -> Any:
    """A copy of the data without the keys that are no texts, each of which is an issue."""
    if isinstance(node, list):
        return [_copied(item, (*path, index), issues) for index, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    for key in node:
        if not isinstance(key, str):
            message = f"the key {_shown(key)} is {_kind(key)}, and keys are texts"
            issues.append(Issue(path, message, "put the key in quotes", check="spec/unknown-key"))
    return {key: _copied(value, (*path, key), issues) for key, value in node.items() if isinstance(key, str)}


def _existing(data: Any, location: tuple[int | str, ...], *, missing: bool) -> Path:
    """Pydantic's location without what is not in the file (`[key]`, names of union members)."""
    path: list[str | int] = []
    for index, step in enumerate(location):
        present = (isinstance(data, dict) and step in data) or (
            isinstance(data, list) and isinstance(step, int) and step < len(data)
        )
        if present:
            data = data[step]
            path.append(step)
        elif missing and index == len(location) - 1:
            path.append(step)
    return tuple(path)


def _repair(model: type[BaseModel], data: Any, path: Path, detail: ErrorDetails, raw: Callable[[Path], str]) -> Issue | None:
    """Makes one value fit, and says what was wrong with it (None: nothing was, by Sloth's rules)."""
    if not path:
        return Issue((), detail["msg"], check="spec/type")
    parent, last = _at(data, path[:-1]), path[-1]
    owner = _model_at(model, path[:-1])
    field = owner.model_fields.get(str(last)) if owner else None
    kind = detail["type"]
    if kind == "missing":
        parent[last] = _stand_in(field)
        return Issue(path[:-1], f"`{last}` is missing", f"add `{last}: …`{_about(field)}", at_key=True, check="spec/missing")
    if kind == "extra_forbidden":
        parent.pop(last)
        return _unknown(path, owner)
    value = parent[last]
    if value is None and field is not None and not field.is_required():
        parent.pop(last)
        return None
    if kind == "string_type" and owner is None and isinstance(value, int | float):
        parent[last] = raw(path) or str(value)
        return None
    parent[last] = _stand_in(field) if field else _sample(_item_at(model, path[:-1]))
    if value is None:
        return Issue(path, f"`{last}` is empty", "write a value, or remove the key", check="spec/missing")
    return _wrong(path, value, detail, field)


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _model_at(model: type[BaseModel] | None, path: Path) -> type[BaseModel] | None:
    """The model whose fields are the keys at `path`; None inside free mappings such as labels, and on the names of people."""
    named: type[BaseModel] | None = None  # of a mapping's values, when the next step is one of its keys
    for step in path:
        if isinstance(step, int):
            continue
        if named:
            model, named = named, None
            continue
        field = model.model_fields.get(step) if model else None
        model = _inner(field.annotation) if field else None
        if field and typing.get_origin(field.annotation) is dict:
            named = _inner(typing.get_args(field.annotation)[1])
    return model


def _item_at(model: type[BaseModel], path: Path) -> Any:
    """The type of an item of the list, or of a value of the free mapping, at `path`."""
    owner = _model_at(model, path[:-1])
    field = owner.model_fields.get(str(path[-1])) if owner and path else None
    return typing.get_args(field.annotation)[-1] if field and typing.get_args(field.annotation) else str


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The model in `X`, `X | None` or `list[X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) is dict:
        return None
    return next((inner for part in typing.get_args(annotation) if (inner := _inner(part))), None)


def _stand_in(field: FieldInfo | None) -> Any:
    if field is None:
        return ""
    if not field.is_required():
        default = field.get_default(call_default_factory=True)
        return default.model_dump(exclude_none=True) if isinstance(default, BaseModel) else copy.deepcopy(default)
    return field.examples[0] if field.examples else _sample(field.annotation)


def _sample(annotation: Any) -> Any:
    """Some value of a type; checks never see it, because its path is in `touched`."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return arguments[0]
    if origin in (list, dict):
        return origin()
    if origin in (types.UnionType, typing.Union):
        return None
    inner = _inner(annotation)
    if inner:
        return {name: _stand_in(f) for name, f in inner.model_fields.items() if f.is_required()}
    return {str: "5m", float: 1.0, int: 1, bool: False}.get(annotation, "5m")


def _unknown(path: Path, owner: type[BaseModel] | None) -> Issue:
    key = str(path[-1])
    if key in ("plugins", "slo_plugins"):
        message = "Sloth's SLO plugins change the rules that it generates; Ballast's rules are its own and run no plugin"
        return Issue(path, message, f"remove `{key}`", at_key=True, check="slo/plugin")
    names = list(owner.model_fields) if owner else []
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.6)
    hint = f"did you mean `{near[0]}`?" if near else f"allowed here: {', '.join(names)}"
    return Issue(path, f"unknown key `{key}`", hint, at_key=True, check="spec/unknown-key")


def _wrong(path: Path, value: Any, detail: ErrorDetails, field: FieldInfo | None) -> Issue:
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), "the document")
    subject = f"item {path[-1] + 1} of `{name}`" if isinstance(path[-1], int) else f"`{name}`"
    kind = detail["type"]
    if kind == "literal_error":
        return _not_among(path, subject, value, field, detail)
    message, hint = f"{subject} {_shown(value)} does not fit: {detail['msg'].lower()}", ""
    if type(value).__name__ == "YAMLRocksTag":
        message, hint = f"{subject} carries the YAML tag {value.tag}", "remove the tag: Ballast reads plain YAML"
    elif kind == "string_pattern_mismatch":
        message, hint = f"{subject} {_shown(value)} is not a duration", "write it like 5m, 1h or 3d"
        if field and field.examples and "5m" not in field.examples:
            message, hint = f"{subject} cannot be {_shown(value)}", f"write it like {field.examples[0]}{_about(field)}"
    elif kind == "finite_number":
        message, hint = f"{subject} is {value}, which is not a finite number", "write a number"
    elif kind in ("too_short", "string_too_short"):
        return Issue(path, f"{subject} is empty", "write at least one", check="spec/missing")
    elif kind in _LIMITS:
        limit = next(iter(detail.get("ctx", {}).values()), 0)
        message = f"{subject} is {value:g}, and must be {_LIMITS[kind]} {limit:g}"
    elif kind in _WANTED:
        message, hint = f"{subject} must be {_WANTED[kind]}, not {_kind(value)}", _type_hint(kind, value)
    return Issue(path, message, hint, check="spec/type")


_LIMITS = {"greater_than": "above", "greater_than_equal": "at least"}
_WANTED = {
    "string_type": "a text",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def _type_hint(kind: str, value: Any) -> str:
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f'put it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
    if kind == "string_type" and isinstance(value, dict):
        return "put the text in quotes if it begins with `{`"
    if kind in ("float_type", "int_type") and isinstance(value, str):
        try:
            return f"remove the quotes: {float(value):g}"
        except ValueError:
            return "write a number, such as 99.9" if kind == "float_type" else "write a whole number, such as 1"
    if kind == "bool_type" and isinstance(value, str):
        return "write true or false (YAML 1.2 reads yes, no, on and off as texts)"
    if kind == "list_type":
        return "begin each item with `- `"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "write `key: value` lines, indented below it"
    return ""


def _not_among(path: Path, subject: str, value: Any, field: FieldInfo | None, detail: ErrorDetails) -> Issue:
    if path == ("version",):
        allowed = typing.get_args(field.annotation)[0] if field else ""
        return Issue(
            path, f"version {_shown(value)} is not one that Ballast reads", f"write `version: {allowed}`", check="spec/version"
        )
    choices = [str(choice) for choice in typing.get_args(field.annotation)] if field else []
    near = difflib.get_close_matches(str(value), choices, n=1, cutoff=0.6)
    listed = ", ".join(choices) or detail.get("ctx", {}).get("expected", "")
    hint = f"did you mean `{near[0]}`?" if near and len(choices) > 4 else f"one of {listed}"
    return Issue(path, f"{subject} cannot be {_shown(value)}", hint, check="spec/type")


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _kind(value: Any) -> str:
    if value is None:
        return "empty"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a mapping"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "a value of another kind")


def _about(field: FieldInfo | None) -> str:
    return f" ({field.description.rstrip('.')})" if field and field.description else ""
