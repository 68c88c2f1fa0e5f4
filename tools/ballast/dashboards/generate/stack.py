"""The dashboard of the platform itself: does what watches see, judge and tell?"""

from __future__ import annotations

from ballast.dashboards.generate.common import METRICS, instance, link
from ballast.dashboards.palette import BAD, NEUTRAL
from ballast.dashboards.schema.model import Dashboard, Panel, Row, Target
from ballast.dashboards.schema.panels import better_below, by_series, lines, number

HELD = 'job=~"$job",instance=~"$instance"'
RANGE = "[$__rate_interval]"


def stack() -> Dashboard:
    """The dashboard `stack`."""
    rows = [
        Row("", _numbers()),
        Row("Prometheus: sees and judges", _prometheus()),
        Row("Alertmanager: tells", _alertmanager()),
        Row("Gateway: stores, then tells", _gateway()),
    ]
    text = "Prometheus, Alertmanager and the gateway, by their own metrics: what a page needs to arrive."
    links = [link("All SLOs", "/d/overview")]
    return Dashboard("stack", "The platform itself", text, rows, [METRICS, *instance("up", "")], ("ballast", "platform"), links)


def _sum(metric: str, by: str = "", more: str = "") -> str:
    return f"sum{f' by ({by})' if by else ''} (rate({metric}{{{HELD}{more}}}{RANGE}))"


def _numbers() -> list[Panel]:
    down = f"count(up{{{HELD}}} == 0) or vector(0)"
    return [
        number("Targets down", "Processes that Prometheus cannot scrape.", Target(down, "down"),
               width=6, unit="none", stages=better_below(1, 3)),
        number("Rules that fail", "Rule evaluations per second that fail: their alerts cannot fire.",
               Target(_sum("prometheus_rule_evaluation_failures_total"), "failures"),
               width=6, unit="ops", stages=better_below(0.001, 0.1)),
        number("Notifications that fail", "Attempts per second of Alertmanager that fail.",
               Target(_sum("alertmanager_notifications_failed_total"), "failures"),
               width=6, unit="ops", stages=better_below(0.001, 0.1)),
        number("Oldest alert waiting", "Age of the oldest alert that the gateway has stored and not delivered.",
               Target(f"max(gateway_queue_oldest_age_seconds{{{HELD}}})", "age"),
               width=6, unit="s", stages=better_below(10, 30), no_value="queue unknown"),
    ]  # fmt: skip


def _prometheus() -> list[Panel]:
    group = f"max by (rule_group) (prometheus_rule_group_last_duration_seconds{{{HELD}}} / "
    group += f"prometheus_rule_group_interval_seconds{{{HELD}}})"
    told = [
        Target(_sum("prometheus_notifications_sent_total"), "Sent"),
        Target(_sum("prometheus_notifications_errors_total"), "Failed"),
        Target(_sum("prometheus_notifications_dropped_total"), "Dropped"),
    ]
    judged = [
        Target(_sum("prometheus_rule_evaluations_total"), "Evaluated"),
        Target(_sum("prometheus_rule_evaluation_failures_total"), "Failed"),
    ]
    return [
        lines("Scrapes that succeed", "Share of targets that answer, by job.",
              [Target(f"avg by (job) (up{{{HELD}}})", "{{job}}")], unit="percentunit", low=0, high=1, width=8),
        lines("Rule evaluations", "Rules evaluated per second, and those that failed.", judged,
              unit="ops", low=0, width=8, colors=by_series(judged)),
        lines("Slowest rule groups", "Time to evaluate a group as a share of its interval: above 100 % evaluations are missed.",
              [Target(f"topk(8, {group})", "{{rule_group}}")], unit="percentunit", low=0, limit=True,
              stages=[(None, NEUTRAL), (1, BAD)], width=8),
        lines("Alerts to Alertmanager", "Alerts per second: sent, failed, dropped.", told,
              unit="ops", low=0, width=8, colors=by_series(told)),
        lines("Series in memory", "Series of the head block: what memory grows with.",
              [Target(f"sum by (instance) (prometheus_tsdb_head_series{{{HELD}}})", "{{instance}}")],
              unit="short", low=0, width=8),
        lines("Samples", "Samples per second that are taken in.",
              [Target(_sum("prometheus_tsdb_head_samples_appended_total", "instance"), "{{instance}}")],
              unit="wps", low=0, width=8),
    ]  # fmt: skip


def _alertmanager() -> list[Panel]:
    return [
        lines("Notifications", "Attempts per second, by integration.",
              [Target(_sum("alertmanager_notifications_total", "integration"), "{{integration}}")], unit="ops", low=0, width=8),
        lines("Failed notifications", "Attempts per second that failed, by integration.",
              [Target(_sum("alertmanager_notifications_failed_total", "integration"), "{{integration}}")],
              unit="ops", low=0, width=8),
        lines("Alerts held", "Alerts that Alertmanager holds, by state.",
              [Target(f"sum by (state) (alertmanager_alerts{{{HELD}}})", "{{state}}")], unit="short", low=0, width=8),
    ]  # fmt: skip


def _gateway() -> list[Panel]:
    bucket = "sum by (le) (rate(gateway_delivery_duration_seconds_bucket{" + HELD + "}" + RANGE + "))"
    quantiles = [Target(f"histogram_quantile({q}, {bucket})", f"p{q * 100:g}", exemplars=True) for q in (0.5, 0.99)]
    return [
        lines("Deliveries", "Attempts per second to tell PagerDuty, by result.",
              [Target(_sum("gateway_deliveries_total", "result"), "{{result}}")], unit="ops", low=0, width=8),
        lines("Webhook to PagerDuty", "From the webhook's arrival to PagerDuty's acceptance, retries included.", quantiles,
              unit="s", low=0, limit=True, stages=[(None, NEUTRAL), (5, BAD)], width=8, colors=by_series(quantiles)),
        lines("Alerts waiting", "Rows of the gateway's outbox, by state: parked ones were refused for good and need somebody.",
              [Target(f"sum by (state) (gateway_queue_size{{{HELD}}})", "{{state}}")], unit="short", low=0, width=8),
    ]  # fmt: skip
