"""What is written down, and what never is: secrets."""

from __future__ import annotations

import getpass
import os
import re
from dataclasses import dataclass, field
from typing import Any

REDACTED = "[redacted]"
_NAMES = re.compile(
    r"(?i)pass(word|wd|phrase)?$|secret|token|api_?key|routing_?key|private_?key|authorization|cookie|credential"
)
_VALUES = (
    re.compile(r"(?<=://)([^/\s:@]+):([^/\s@]+)(?=@)"),  # user:password@ of a URL
    re.compile(r"(?i)\b(?:bearer|basic)\s+[a-z0-9._~+/=-]{8,}"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{20,}\b|\bhvs\.[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?i)\b(?:password|passwd|secret|token|api_?key)\s*[=:]\s*\S+"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `what` is a verb within a domain (`budget/gate`), `subject` what it was done to, `result` how it ended.

    `details` hold JSON values; floats and integers beyond 2^53 are not the log's business (write them as text).
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


def redact(value: Any, name: str = "") -> Any:
    """The value without anything that looks like a secret, by the name it has or by its form."""
    if isinstance(value, dict):
        return {key: redact(inner, key) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redact(inner, name) for inner in value]
    if name and _NAMES.search(name) and value not in (None, "", True, False):
        return REDACTED
    if isinstance(value, str):
        for form in _VALUES:
            value = form.sub(REDACTED, value)
    return value
