"""Rule lint: the rules of a repository as typed subjects, and a check a file in `checks/`."""

from ballast.alerts.model import AlertingRule, RecordingRule, Rule, RuleFile

__all__ = ["AlertingRule", "RecordingRule", "Rule", "RuleFile"]
