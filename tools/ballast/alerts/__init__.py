"""Rule lint (the rules of a repository as typed subjects, a check a file in `checks/`), and routing for Alertmanager."""

from ballast.alerts.model import AlertingRule, RecordingRule, Rule, RuleFile
from ballast.alerts.routing import GROUP_BY, HEARTBEAT, alertmanager_config, pagerduty_receiver

__all__ = [
    "GROUP_BY",
    "HEARTBEAT",
    "AlertingRule",
    "RecordingRule",
    "Rule",
    "RuleFile",
    "alertmanager_config",
    "pagerduty_receiver",
]
