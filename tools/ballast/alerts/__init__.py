"""Rule lint (the rules of a repository as typed subjects, a check a file in `checks/`), and routing for Alertmanager."""

from ballast.alerts.hygiene import AlertHistory, Hygiene, hygiene
from ballast.alerts.lint_config import LINT, LintConfig, config_problems, duration, lint_config
from ballast.alerts.model import AlertingRule, RecordingRule, Rule, RuleFile
from ballast.alerts.routing import GROUP_BY, HEARTBEAT, alertmanager_config, pagerduty_receiver

__all__ = [
    "GROUP_BY",
    "HEARTBEAT",
    "LINT",
    "AlertHistory",
    "AlertingRule",
    "Hygiene",
    "LintConfig",
    "RecordingRule",
    "Rule",
    "RuleFile",
    "alertmanager_config",
    "config_problems",
    "duration",
    "hygiene",
    "lint_config",
    "pagerduty_receiver",
]
