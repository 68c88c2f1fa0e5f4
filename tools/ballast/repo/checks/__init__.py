"""The reader's checks: a module each, whose docstring is the check's page. Importing this package registers them all."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from ballast.repo.checks.registry import documentation

__all__ = ["pages", "register"]


@cache
def register() -> None:
    """Imports every check, so that each is registered; done once."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")


def pages() -> Mapping[str, str]:
    """Check id -> what `ballast explain` prints of it."""
    register()
    return dict(sorted(documentation.items()))
