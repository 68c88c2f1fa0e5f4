"""Runbooks: one page an alert, read and checked."""

from ballast.runbooks.page import SECTIONS, FrontMatter, Runbook, read_runbook

__all__ = ["SECTIONS", "FrontMatter", "Runbook", "read_runbook"]
