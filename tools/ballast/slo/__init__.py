"""SLOs become rules: windows, the compiler, detection times, and the proofs that the alerts fire."""

from ballast.repo import WindowPair, budget_ratio, factor_of, reachable, seconds, share_of, window_pairs
from ballast.slo.alerting import alert_name, groups_name, no_data_name, tier_of, window_words
from ballast.slo.arithmetic import SOURCE, Working, budget_line, workings
from ballast.slo.compiler import compile_file, compile_files, compile_slo, context_of
from ballast.slo.cost import Assumptions, SloCost, cost_of, total_cost
from ballast.slo.detection import (
    PairReport,
    budget_spent,
    detection_time,
    error_ratio_at,
    pair_report,
    reset_time,
    severity_detection_time,
)
from ballast.slo.emit import kubernetes_rules, prometheus_rules
from ballast.slo.explain import SloReport, explain, human_seconds, human_share
from ballast.slo.files import SHARD_LABEL, compile_repository, kubernetes_file, prometheus_file, shard_files
from ballast.slo.model import AlertRule, Compiled, CompiledSlo, Context, Group, RecordingRule, Rule
from ballast.slo.page import html_page, markdown_page, templates
from ballast.slo.queries import Queries, sli_queries
from ballast.slo.rules import TILE_ERRORS, TILE_TOTAL
from ballast.slo.shard import Shard, shard
from ballast.slo.slices import good_time_record
from ballast.slo.traffic import PairTraffic, TrafficAdvice, least_bad, traffic_advice
from ballast.slo.windows import TILE, Layout, ratio_record, total_record

__all__ = [
    "SHARD_LABEL",
    "SOURCE",
    "TILE",
    "TILE_ERRORS",
    "TILE_TOTAL",
    "AlertRule",
    "Assumptions",
    "Compiled",
    "CompiledSlo",
    "Context",
    "Group",
    "Layout",
    "PairReport",
    "PairTraffic",
    "Queries",
    "RecordingRule",
    "Rule",
    "Shard",
    "SloCost",
    "SloReport",
    "TrafficAdvice",
    "WindowPair",
    "Working",
    "alert_name",
    "budget_line",
    "budget_ratio",
    "budget_spent",
    "compile_file",
    "compile_files",
    "compile_repository",
    "compile_slo",
    "context_of",
    "cost_of",
    "detection_time",
    "error_ratio_at",
    "explain",
    "factor_of",
    "good_time_record",
    "groups_name",
    "html_page",
    "human_seconds",
    "human_share",
    "kubernetes_file",
    "kubernetes_rules",
    "least_bad",
    "markdown_page",
    "no_data_name",
    "pair_report",
    "prometheus_file",
    "prometheus_rules",
    "ratio_record",
    "reachable",
    "reset_time",
    "seconds",
    "severity_detection_time",
    "shard",
    "shard_files",
    "share_of",
    "sli_queries",
    "templates",
    "tier_of",
    "total_cost",
    "total_record",
    "traffic_advice",
    "window_pairs",
    "window_words",
    "workings",
]
