"""GitHub: workflows, rulesets, comments and issues, commits and the changelog."""

from ballast.release.github.api import GitHubApi, Refused, api_of
from ballast.release.github.commits import (
    Commit,
    Wrong,
    changelog,
    faults,
    history,
    last_tag,
    message_of,
    next_version,
    wrong,
)
from ballast.release.github.plans import Planned, comment, drift, read_plans
from ballast.release.github.roots import Root, all_roots, changed_since, reached
from ballast.release.github.rulesets import Difference, compare, send
from ballast.release.github.talk import close, report, say

__all__ = [
    "Commit",
    "Difference",
    "GitHubApi",
    "Planned",
    "Refused",
    "Root",
    "Wrong",
    "all_roots",
    "api_of",
    "changed_since",
    "changelog",
    "close",
    "comment",
    "compare",
    "drift",
    "faults",
    "history",
    "last_tag",
    "message_of",
    "next_version",
    "reached",
    "read_plans",
    "report",
    "say",
    "send",
    "wrong",
]
