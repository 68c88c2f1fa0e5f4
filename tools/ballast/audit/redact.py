"""What never gets into the log: secrets, by their name, by their form, by their randomness, and those known beforehand."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any

REDACTED = "[redacted]"
SHORTEST = 8
"""A known secret that is shorter is no secret, and would take half of the text with it."""
_NAMES = re.compile(
    r"(?i)pass(word|wd|phrase|code)?$|secret(?!s?/|_?(id|name|arn)$)|token(?!_?(id|type)$)|api_?key|routing_?key|private_?key"
    r"|access_?key(?!_?id)|signing_?key|integration_?key|encryption_?key|authorization|cookie|credential|client_?key|otp$"
)
_VALUES = (
    re.compile(r"(?<=://)([^/\s:@]*):([^/\s@]+)(?=@)"),  # user:password@ of a URL
    re.compile(r"(?i)\b(?:bearer|basic)\s+[a-z0-9._~+/=-]{8,}"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),  # AWS access keys
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{20,}\b|\bgithub_pat_[A-Za-z0-9_]{22,}|\bglpat-[A-Za-z0-9_-]{20,}"),
    re.compile(r"\bhv[sbr]\.[A-Za-z0-9_-]{20,}|(?<![\w.])s\.[A-Za-z0-9]{24}\b"),  # Vault
    re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|(?<=hooks\.slack\.com/services/)\S+"),  # Slack
    re.compile(r"\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9._-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{20,}"),  # Google
    re.compile(r"\bgl(?:sa|c)_[A-Za-z0-9_=+/-]{20,}"),  # Grafana
    re.compile(r"\bu\+[A-Za-z0-9_-]{18}\b"),  # PagerDuty's REST keys
    re.compile(r"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|\bnpm_[A-Za-z0-9]{36}\b|\bpypi-[A-Za-z0-9_-]{50,}"),
    re.compile(r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}"),
    re.compile(r"\bSK[0-9a-f]{32}\b|\bdapi[0-9a-f]{32}\b|\bdo[opr]_v1_[0-9a-f]{64}\b|\bNRA[KL]-[A-Z0-9]{27,}"),  # Twilio …
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),  # JSON web tokens
    re.compile(r"(?i)(?<=x-amz-signature=)[0-9a-f]+|(?<=x-amz-security-token=)[^&\s]+|(?<=[?&]sig=)[^&\s]+"),
    re.compile(
        r"(?i)(?<![\w:-])[\w-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key)[\"']?\s*[=:]\s*"
        r"(?:\"[^\"]*\"|'[^']*'|\S+)"
    ),
)
_RUN = re.compile(r"[A-Za-z0-9+/_=.~-]{20,}")
_HARMLESS = re.compile(
    r"(?:[0-9a-f]+|[0-9A-F]+"  # hashes, commits, ids
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|[\d:.TZ+-]+)"
)
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}(?![A-Za-z0-9+/=])")
SHORTEST_RUN = 20
CHANGES = 0.4
"""How often neighbours are of another kind (digit, small, capital) from which on a run counts as random: chance has 0.62."""
_AWS_SECRET = re.compile(r"[A-Za-z0-9/+]{40}")
AWS_CHANGES = 0.25
"""The same for what is as long as AWS's secret keys."""


def redact(value: Any, name: str = "", known: Collection[str] = ()) -> Any:
    """The value without anything that looks like a secret, and without those of `known`, wherever they stand."""
    return _redact(value, name, sorted({one for one in known if len(one) >= SHORTEST}, key=len, reverse=True))


def environment_secrets() -> set[str]:
    """The values of this process's environment whose names say that they are secret."""
    return {
        value
        for name, value in os.environ.items()
        if (_NAMES.search(name) or name.endswith("_KEY")) and not value.startswith(("/", "http://", "https://"))
    }


def plan_secrets(plan: Mapping[str, Any]) -> set[str]:
    """The sensitive values of a plan's JSON (`terraform show -json`): of resources, of outputs and of variables."""
    found: set[str] = set()
    changes = [c.get("change", {}) for key in ("resource_changes", "resource_drift") for c in plan.get(key) or ()]
    changes += list((plan.get("output_changes") or {}).values())
    for change in changes:
        for side in ("before", "after"):
            _masked(change.get(side), change.get(f"{side}_sensitive"), found)
    declared = ((plan.get("configuration") or {}).get("root_module") or {}).get("variables") or {}
    for name, given in (plan.get("variables") or {}).items():
        if declared.get(name, {}).get("sensitive"):
            _masked(given.get("value"), True, found)
    return found


def _masked(value: Any, mask: Any, found: set[str]) -> None:
    if mask is True:
        _leaves(value, found)
    elif isinstance(mask, dict) and isinstance(value, dict):
        for key, inner in mask.items():
            _masked(value.get(key), inner, found)
    elif isinstance(mask, list) and isinstance(value, list):
        for one, inner in zip(value, mask, strict=False):
            _masked(one, inner, found)


def _leaves(value: Any, found: set[str]) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _leaves(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _leaves(inner, found)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        found.add(str(value))


def _redact(value: Any, name: str, known: list[str]) -> Any:
    if isinstance(value, dict):
        return {_text(str(key), known): _redact(inner, str(key), known) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redact(inner, name, known) for inner in value]
    if name and _NAMES.search(name) and value not in (None, "", True, False):
        return REDACTED
    if isinstance(value, str):
        return _text(value, known)
    return value


def _text(text: str, known: list[str]) -> str:
    for secret in known:
        text = text.replace(secret, REDACTED)
    for form in _VALUES:
        text = form.sub(REDACTED, text)
    safe = [match.span() for match in _FINGERPRINT.finditer(text)]

    def judged(match: re.Match[str]) -> str:
        if any(start <= match.start() and match.end() <= end for start, end in safe):
            return match[0]
        return _run(match[0])

    return _RUN.sub(judged, text)


def _run(run: str) -> str:
    """A run of token characters: the whole is judged, then its parts between `/`, `.` and so on."""
    if _HARMLESS.fullmatch(run):
        return run
    if _random(run):
        return REDACTED
    parts = re.split(r"([/.=~]+)", run)
    if len(parts) == 1:
        return run
    return "".join(REDACTED if len(part) >= SHORTEST_RUN and _random(part) else part for part in parts)


def _random(run: str) -> bool:
    """Whether letters and digits follow each other as only chance has it; words, paths and CamelCase change less often."""
    if _HARMLESS.fullmatch(run) or not (re.search(r"\d", run) and re.search(r"[a-z]", run) and re.search(r"[A-Z]", run)):
        return False
    kinds = [0 if c.isdigit() else 1 if c.islower() else 2 for c in run if c.isalnum()]
    changes = sum(a != b for a, b in pairwise(kinds))
    enough = AWS_CHANGES if _AWS_SECRET.fullmatch(run) else CHANGES
    return len(kinds) >= SHORTEST_RUN and changes >= enough * (len(kinds) - 1) and len(set(run)) >= 10
