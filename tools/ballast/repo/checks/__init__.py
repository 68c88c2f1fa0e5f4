"""The reader's checks: a module each, whose docstring is the check's page."""

from ballast.repo.checks.registry import documentation

__all__ = ["documentation"]
