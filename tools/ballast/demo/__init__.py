"""The demo: real processes on loopback in which an SLO breach becomes a page, and a report of how long each step took.

The names below are imported when they are first used: the demo's services are programs of this package too, and must start
without the libraries that only the report needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ballast.demo.faults import FAULTS, Fault
    from ballast.demo.report import write_report
    from ballast.demo.result import Page, Result, Subject
    from ballast.demo.runner import run
    from ballast.demo.stage import Stage, Table, Tuning
    from ballast.demo.timeline import Latency, Mark, Step, Timeline
    from ballast.demo.truth import Events, Observer, Pair, true_since
    from ballast.demo.view import View
    from ballast.demo.windows import SHORT, TINY, with_table

_HOMES = {
    "faults": ("FAULTS", "Fault"),
    "report": ("write_report",),
    "result": ("Page", "Result", "Subject"),
    "runner": ("run",),
    "stage": ("Stage", "Table", "Tuning"),
    "timeline": ("Latency", "Mark", "Step", "Timeline"),
    "truth": ("Events", "Observer", "Pair", "true_since"),
    "view": ("View",),
    "windows": ("SHORT", "TINY", "with_table"),
}

__all__ = [
    "FAULTS",
    "SHORT",
    "TINY",
    "Events",
    "Fault",
    "Latency",
    "Mark",
    "Observer",
    "Page",
    "Pair",
    "Result",
    "Stage",
    "Step",
    "Subject",
    "Table",
    "Timeline",
    "Tuning",
    "View",
    "run",
    "true_since",
    "with_table",
    "write_report",
]


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
