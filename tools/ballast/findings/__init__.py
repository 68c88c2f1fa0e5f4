"""Checks, the runner that runs them in parallel and remembers results, and the reporters."""

from ballast.findings.model import Finding

__all__ = ["Finding"]
