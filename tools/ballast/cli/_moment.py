"""Moments on the command line."""

from __future__ import annotations

from datetime import datetime


def moment(text: str, also: str = "") -> datetime:
    """An RFC 3339 moment with its offset; `also` says in the refusal how else it may be written. Raises CannotRun."""
    from ballast.repo import CannotRun

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CannotRun(f"{text} is no moment: write it as 2026-11-01T00:00:00Z{also}") from None
    if found.tzinfo is None:
        raise CannotRun(f"{text} does not say its offset: write it as {text}Z, or with +01:00")
    return found


def moment_or_none(text: str) -> datetime | None:
    """The same of an option that may be left out."""
    return moment(text) if text else None
