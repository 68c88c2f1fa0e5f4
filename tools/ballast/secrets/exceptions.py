"""Lists of exceptions, each with a reason, an owner and a last day: read with the line of each, and judged entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

import yaml

from ballast.repo import Position

Entries = list[tuple[Position, dict[str, Any]]]
Problems = list[tuple[Position, str]]
LONGEST_DAYS = 400
"""An exception is looked at again at least this often."""


def entries(text: str, path: str, keys: Sequence[str], about: Callable[[dict[str, str]], str]) -> tuple[Entries, Problems]:
    """Sound entries, and what is wrong with the others.

    An entry has `reason`, `owner` and `expires` besides `keys`; `about(its texts)` says why they do not go together, or "".
    """
    found: Entries = []
    problems: Problems = []
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return [], [(Position(path, mark.line + 1 if mark else 1), f"this is no YAML: {error.problem}")]
    if node is None:
        return [], []
    if not isinstance(node, yaml.SequenceNode):
        return [], [(Position(path), "this is no list of exceptions")]
    for item in node.value:
        where = Position(path, item.start_mark.line + 1, item.start_mark.column + 1)
        data = yaml.CSafeLoader("").construct_document(item)
        if wrong := _wrong(data, (*keys, "reason", "owner", "expires"), about):
            problems.append((where, wrong))
        else:
            found.append((where, data))
    return found, problems


def _wrong(data: Any, keys: Sequence[str], about: Callable[[dict[str, str]], str]) -> str:
    """Why an entry is none; "" for a sound one."""
    if not isinstance(data, dict):
        return "an exception is a mapping"
    for key in data:
        if key not in keys:
            near = get_close_matches(str(key), keys, 1)
            return f"there is no key {key}" + (f": {near[0]}?" if near else f"; there are {', '.join(keys)}")
    for key in ("reason", "owner", "expires"):
        if not data.get(key):
            return f"it has no {key}"
    if not isinstance(data["expires"], date):
        return "expires is no day: write YYYY-MM-DD"
    texts = {key: value for key, value in data.items() if key != "expires"}
    if not all(isinstance(value, str) for value in texts.values()):
        return "every value but expires is text: put it in quotes"
    return about(texts)
