"""Checks, the runner that runs them in parallel and remembers results, and the reporters."""

from ballast.findings.due import Due, all_due, due
from ballast.findings.lint import lint
from ballast.findings.model import Finding
from ballast.findings.registry import (
    Check,
    Generator,
    Tool,
    check,
    checks,
    generator,
    generators,
    lintable,
    per_file,
    registered,
    whole,
)
from ballast.findings.report import Outcome, Report
from ballast.findings.reports import REPORTERS
from ballast.findings.runner import run
from ballast.findings.select import changed_files, narrow, select
from ballast.findings.tools import execute, python_tool
from ballast.findings.tree import Chosen, File, Files, Tree
from ballast.repo import Severity

__all__ = [
    "REPORTERS",
    "Check",
    "Chosen",
    "Due",
    "File",
    "Files",
    "Finding",
    "Generator",
    "Outcome",
    "Report",
    "Severity",
    "Tool",
    "Tree",
    "all_due",
    "changed_files",
    "check",
    "checks",
    "due",
    "execute",
    "generator",
    "generators",
    "lint",
    "lintable",
    "narrow",
    "per_file",
    "python_tool",
    "registered",
    "run",
    "select",
    "whole",
]
