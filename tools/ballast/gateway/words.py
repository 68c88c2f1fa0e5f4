"""Times as people say them."""

from __future__ import annotations

from datetime import UTC, datetime


def ago(seconds: float | None) -> str:
    """`12 s`, `3 min`, `5 h`, `2 d`; empty for None."""
    if seconds is None:
        return ""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{seconds:.0f} s"


def clock(unix: float | None) -> str:
    """`2026-11-24 05:00:01Z`; empty for None."""
    return "" if unix is None else datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
