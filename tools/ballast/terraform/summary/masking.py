"""Values of a plan as they may be shown: what is sensitive never is, what only an apply knows says so."""

from __future__ import annotations

import re
from typing import Any

SENSITIVE = "(sensitive)"
LATER = "(known after apply)"
_SECRET = re.compile(
    r"passw|secret(?!s?_(?:arn|id|name|ref|key_ref|backend))|token|private_key|credential|api_key|routing_key", re.IGNORECASE
)


def masked(value: Any, sensitive: Any, unknown: Any = None, name: str = "") -> Any:
    """The value without what `sensitive` marks (the plan's marks, of the same shape) and what is named like a secret."""
    if sensitive is True or (_SECRET.search(name) and isinstance(value, str) and value):
        return SENSITIVE
    if unknown is True:
        return LATER
    if isinstance(value, dict):
        names = (
            [*value, *(k for k in unknown if k not in value and unknown[k] is True)]
            if isinstance(unknown, dict)
            else list(value)
        )
        return {k: masked(value.get(k), _at(sensitive, k), _at(unknown, k), k) for k in names}
    if isinstance(value, list):
        return [masked(v, _at(sensitive, i), _at(unknown, i), name) for i, v in enumerate(value)]
    return value


def _at(marks: Any, step: str | int) -> Any:
    if isinstance(marks, dict):
        return marks.get(str(step))
    if isinstance(marks, list) and isinstance(step, int) and step < len(marks):
        return marks[step]
    return None
