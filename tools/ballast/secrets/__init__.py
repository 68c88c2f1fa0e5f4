"""Secrets: where they may have leaked, and where they come from (Vault)."""

from ballast.secrets.allowed import Allowed, Exceptions, read_allowed
from ballast.secrets.checks.leak import leak
from ballast.secrets.dotenv import read_dotenv
from ballast.secrets.github import github
from ballast.secrets.leaks import Search
from ballast.secrets.scan import Hit, scan
from ballast.secrets.vault import Lease, Leased, Vault, VaultSettings, from_environment

__all__ = [
    "Allowed",
    "Exceptions",
    "Hit",
    "Lease",
    "Leased",
    "Search",
    "Vault",
    "VaultSettings",
    "from_environment",
    "github",
    "leak",
    "read_allowed",
    "read_dotenv",
    "scan",
]
