"""Secrets: where they may have leaked, and where they come from (Vault)."""

from ballast.secrets.allowed import Allowed, Exceptions, read_allowed
from ballast.secrets.checks.leak import leak
from ballast.secrets.github import github
from ballast.secrets.leaks import Search
from ballast.secrets.scan import Hit, scan

__all__ = ["Allowed", "Exceptions", "Hit", "Search", "github", "leak", "read_allowed", "scan"]
