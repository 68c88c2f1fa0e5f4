"""Checks, the runner that runs them in parallel and remembers results, and the reporters."""

from ballast.findings.model import Finding
from ballast.findings.registry import Check, Generator, Tool, check, checks, generator, generators, per_file, whole
from ballast.findings.tree import File, Files, Tree
from ballast.repo import Severity

__all__ = [
    "Check",
    "File",
    "Files",
    "Finding",
    "Generator",
    "Severity",
    "Tool",
    "Tree",
    "check",
    "checks",
    "generator",
    "generators",
    "per_file",
    "whole",
]
