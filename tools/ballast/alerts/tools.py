"""Prometheus' own programs, for checks that run them."""

from __future__ import annotations

from ballast.findings import Tool
from ballast.stack import tool


def promtool() -> Tool:
    """The pinned promtool; its folder is named by the hash of what it was built from. Raises CannotRun until it is built."""
    path = tool("promtool")
    return Tool("promtool", path, path.parent.name)


def amtool() -> Tool:
    """The pinned amtool, likewise."""
    path = tool("amtool")
    return Tool("amtool", path, path.parent.name)
