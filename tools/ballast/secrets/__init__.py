"""Secrets: where they may have leaked, and where they come from (Vault)."""

from ballast.secrets.allowed import Allowed, Exceptions, read_allowed
from ballast.secrets.checks.deps import exceptions
from ballast.secrets.checks.leak import leak
from ballast.secrets.dotenv import read_dotenv
from ballast.secrets.github import github
from ballast.secrets.leaks import Search
from ballast.secrets.scan import Hit, scan
from ballast.secrets.supply import FORMATS, IMAGES, Audit, audit_dependencies, image, reachable
from ballast.secrets.vault import Lease, Leased, Vault, VaultSettings, from_environment

__all__ = [
    "FORMATS",
    "IMAGES",
    "Allowed",
    "Audit",
    "Exceptions",
    "Hit",
    "Lease",
    "Leased",
    "Search",
    "Vault",
    "VaultSettings",
    "audit_dependencies",
    "exceptions",
    "from_environment",
    "github",
    "image",
    "leak",
    "reachable",
    "read_allowed",
    "read_dotenv",
    "scan",
]
