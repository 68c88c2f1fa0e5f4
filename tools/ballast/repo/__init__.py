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
from ballast.repo.errors import CannotRun
from ballast.repo.models import (
    Alerting,
    AlertOptions,
    AlertSeverity,
    AlertTier,
    BurnRate,
    Routing,
    Service,
    Sli,
    Slo,
    SloFile,
)
from ballast.repo.position import Position, Problem, Severity

__all__ = [
    "STANDARD",
    "AlertOptions",
    "AlertSeverity",
    "AlertTier",
    "Alerting",
    "BurnRate",
    "CannotRun",
    "Position",
    "Problem",
    "Routing",
    "Service",
    "Severity",
    "Sli",
    "Slo",
    "SloFile",
    "WindowPair",
    "budget_ratio",
    "factor_of",
    "reachable",
    "seconds",
    "share_of",
    "window_pairs",
]
