"""What is written down."""

from __future__ import annotations

import getpass
import os
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from ballast.audit.kinds import check_details
from ballast.audit.redact import redact

LONGEST_TEXT = 4096
"""Characters of a string; what is longer ends with how much was left out."""
LARGEST = 200_000
"""Bytes of an entry's details; larger ones are left out, and counted."""
_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `what` is one of the kinds (`kinds.KINDS`), `subject` what it was done to, `result` how it ended.

    `details` hold JSON values, those that the kind calls for among them; floats and integers beyond 2^53 become text.
    """

    who: str
    what: str
    subject: str
    result: str
    why: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def actor() -> str:
    """Who runs this program: `BALLAST_ACTOR`, GitHub's actor in a workflow, else the login name."""
    for variable, prefix in (("BALLAST_ACTOR", ""), ("GITHUB_ACTOR", "github:")):
        if name := os.environ.get(variable):
            return prefix + name
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"uid:{os.getuid()}"


def fields_of(entry: Entry, known: Collection[str]) -> dict[str, Any]:
    """What a line holds of an entry: without secrets, and in JSON's values. ValueError when it is none of its kind.

    Secrets are what `redact` finds, and `known`.
    """
    import orjson

    check_details(entry.what, entry.details)
    plain: dict[str, Any] = {
        "who": entry.who,
        "subject": entry.subject,
        "result": entry.result,
        "why": entry.why,
        "details": entry.details,
    }
    clean = {key: _plain(redact(value, known=known)) for key, value in plain.items()}
    size = len(orjson.dumps(clean["details"]))
    if size > LARGEST:
        clean["details"] = {"left_out": f"{size} bytes"}
    return {"what": entry.what, **clean}


def _plain(value: Any) -> Any:
    """JSON that every library writes alike, and PostgreSQL takes."""
    if isinstance(value, dict):
        return {_plain_text(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return _plain_text(value)
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < _EXACT):
        return value
    return _plain_text(str(value))


def _plain_text(text: str) -> str:
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
    if len(text) > LONGEST_TEXT:
        return f"{text[:LONGEST_TEXT]}… ({len(text) - LONGEST_TEXT} more characters)"
    return text
