"""Reads the monorepo: typed models, and every problem with its file, line and column."""

from ballast.repo.burn_rates import (
    STANDARD,
    WindowPair,
    budget_ratio,
    factor_of,
    reachable,
    seconds,
    share_of,
    window_pairs,
)
from ballast.repo.checks import pages as check_pages
from ballast.repo.document import Document
from ballast.repo.errors import CannotRun
from ballast.repo.load import Repository, find_root, load, read_slo_files
from ballast.repo.models import (
    Alerting,
    AlertOptions,
    AlertSeverity,
    AlertTier,
    Availability,
    BurnRate,
    Events,
    Gauge,
    Intervals,
    Latency,
    Raw,
    Route,
    Routing,
    Service,
    ServiceTier,
    Settings,
    Signals,
    Sli,
    Slo,
    SloFile,
    Window,
)
from ballast.repo.names import alert_name
from ballast.repo.position import Position, Problem, Severity
from ballast.repo.promql import has_window, with_window
from ballast.repo.schemas import schemas

__all__ = [
    "STANDARD",
    "AlertOptions",
    "AlertSeverity",
    "AlertTier",
    "Alerting",
    "Availability",
    "BurnRate",
    "CannotRun",
    "Document",
    "Events",
    "Gauge",
    "Intervals",
    "Latency",
    "Position",
    "Problem",
    "Raw",
    "Repository",
    "Route",
    "Routing",
    "Service",
    "ServiceTier",
    "Settings",
    "Severity",
    "Signals",
    "Sli",
    "Slo",
    "SloFile",
    "Window",
    "WindowPair",
    "alert_name",
    "budget_ratio",
    "check_pages",
    "factor_of",
    "find_root",
    "has_window",
    "load",
    "reachable",
    "read_slo_files",
    "schemas",
    "seconds",
    "share_of",
    "window_pairs",
    "with_window",
]
