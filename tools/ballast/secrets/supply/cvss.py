"""How grave an advisory is: as its database says, else by its CVSS vector.

Scores of version 3: https://www.first.org/cvss/v3.1/specification-document, section 7.1. A version-4 vector has no formula (its
scores are tables), so it alone says nothing here.
"""

from __future__ import annotations

import math
import re
from typing import Any

_WORDS = {"LOW": "LOW", "MODERATE": "MODERATE", "MEDIUM": "MODERATE", "HIGH": "HIGH", "CRITICAL": "CRITICAL"}
_METRICS = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "UI": {"N": 0.85, "R": 0.62},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
_PRIVILEGES = {"U": {"N": 0.85, "L": 0.62, "H": 0.27}, "C": {"N": 0.85, "L": 0.68, "H": 0.5}}


def rating(record: dict[str, Any]) -> str:
    """LOW, MODERATE, HIGH or CRITICAL of an OSV record; "" when nobody states it."""
    word = str((record.get("database_specific") or {}).get("severity") or "").upper()
    if word in _WORDS:
        return _WORDS[word]
    scores = [score(each["score"]) for each in record.get("severity") or [] if each.get("type") == "CVSS_V3"]
    known = [value for value in scores if value is not None]
    if not known:
        return ""
    worst = max(known)
    return "CRITICAL" if worst >= 9 else "HIGH" if worst >= 7 else "MODERATE" if worst >= 4 else "LOW"


def score(vector: str) -> float | None:
    """The base score of a CVSS 3 vector, 0 to 10; None for what is none."""
    if not re.match(r"CVSS:3\.[01]/", vector):
        return None
    parts = dict(part.split(":", 1) for part in vector.split("/")[1:] if ":" in part)
    try:
        value = {name: weights[parts[name]] for name, weights in _METRICS.items()}
        changed = {"U": False, "C": True}[parts["S"]]
        privileges = _PRIVILEGES[parts["S"]][parts["PR"]]
    except KeyError:
        return None
    lost = 1 - (1 - value["C"]) * (1 - value["I"]) * (1 - value["A"])
    impact = 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02) ** 15 if changed else 6.42 * lost
    if impact <= 0:
        return 0.0
    total = impact + 8.22 * value["AV"] * value["AC"] * privileges * value["UI"]
    return _up(min(total * 1.08 if changed else total, 10))


def _up(value: float) -> float:
    """To one decimal, upwards, without the noise of floats."""
    whole = round(value * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (math.floor(whole / 10_000) + 1) / 10
