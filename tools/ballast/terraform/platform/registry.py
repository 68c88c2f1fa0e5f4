"""Readers, one a chart: from a release and its values to components."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

from ballast.terraform.platform.model import Component, Platform, Release

Reader = Callable[[Release, Platform], Iterator[Component]]
_readers: dict[str, Reader] = {}


def reader(chart: str) -> Callable[[Reader], Reader]:
    """Register the function below as the reader of releases of `chart`."""

    def register(function: Reader) -> Reader:
        _readers[chart] = function
        return function

    return register


@cache
def readers() -> dict[str, Reader]:
    """All readers by chart name; each module of `readers/` is imported once."""
    package = import_module("ballast.terraform.platform.readers")
    for module in pkgutil.iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    return _readers


def components(platform: Platform) -> list[Component]:
    """Every component of the platform, by namespace and name. A release whose chart has no reader is left to `unread`."""
    known = readers()
    found = [c for release in platform.releases if release.chart in known for c in known[release.chart](release, platform)]
    return sorted(found, key=lambda c: (c.namespace, c.name))


def unread(platform: Platform) -> list[Release]:
    """Releases that no reader understands: whatever a proof says of the platform does not cover them."""
    return [release for release in platform.releases if release.chart not in readers()]
