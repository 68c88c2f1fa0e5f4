"""Diagnostics of a core's JSON output, with their places in the repository."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ballast.repo import Position


def place_of(repo: Path, folder: str, said: Mapping[str, Any], otherwise: str = "") -> Position:
    """Where a diagnostic points: a core names files relative to `folder` (a path in `repo`), or absolute ones.

    One that points nowhere is at the file `otherwise` of the folder, or at the folder itself.
    """
    where = said.get("range") or {}
    path = Path(os.path.normpath(repo / folder / (where.get("filename") or otherwise)))
    start = where.get("start") or {}
    inside = path.is_relative_to(repo)
    return Position((path.relative_to(repo) if inside else path).as_posix(), start.get("line", 1), start.get("column", 1))


def words_of(repo: Path, said: Mapping[str, Any]) -> str:
    """A diagnostic's summary and detail on one line, with paths in the repository relative to it."""
    return " ".join(f"{said['summary']}. {said.get('detail', '')}".split()).replace(f"{repo}/", "")
