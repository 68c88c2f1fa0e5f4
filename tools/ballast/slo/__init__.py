"""SLOs become rules: windows, the compiler, detection times, and the proofs that the alerts fire."""

from ballast.repo import WindowPair, budget_ratio, factor_of, reachable, seconds, share_of, window_pairs
from ballast.slo.detection import (
    PairReport,
    budget_spent,
    detection_time,
    error_ratio_at,
    pair_report,
    reset_time,
    severity_detection_time,
)
from ballast.slo.model import AlertRule, Compiled, CompiledSlo, Context, Group, RecordingRule, Rule
from ballast.slo.windows import Layout, ratio_record, total_record

__all__ = [
    "AlertRule",
    "Compiled",
    "CompiledSlo",
    "Context",
    "Group",
    "Layout",
    "PairReport",
    "RecordingRule",
    "Rule",
    "WindowPair",
    "budget_ratio",
    "budget_spent",
    "detection_time",
    "error_ratio_at",
    "factor_of",
    "pair_report",
    "ratio_record",
    "reachable",
    "reset_time",
    "seconds",
    "severity_detection_time",
    "share_of",
    "total_record",
    "window_pairs",
]
