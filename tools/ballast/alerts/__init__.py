"""Rule lint (the rules of a repository as typed subjects, a check a file in `checks/`), and routing for Alertmanager."""

from ballast.alerts.hygiene import AlertHistory, Hygiene, hygiene
from ballast.alerts.lint_config import LINT, LintConfig, config_problems, duration, lint_config
from ballast.alerts.model import AlertingRule, RecordingRule, Rule, RuleFile
from ballast.alerts.routing import GROUP_BY, HEARTBEAT, alertmanager_config, pagerduty_receiver
from ballast.alerts.routing_oncall import escalation, on_call
from ballast.alerts.routing_test import Explained, explain_route, known_alerts

__all__ = [
    "GROUP_BY",
    "HEARTBEAT",
    "LINT",
    "AlertHistory",
    "AlertingRule",
    "Explained",
    "Hygiene",
    "LintConfig",
    "RecordingRule",
    "Rule",
    "RuleFile",
    "alertmanager_config",
    "config_problems",
    "duration",
    "escalation",
    "explain_route",
    "hygiene",
    "known_alerts",
    "lint_config",
    "on_call",
    "pagerduty_receiver",
]
