"""Terraform proven without a cloud: hermetic providers, a core to run them, schema snapshots."""

from ballast.terraform.core import Core, cores, find_core
from ballast.terraform.hermetic import LABEL, Server, Target
from ballast.terraform.own_root import providers_from_own_root
from ballast.terraform.workspace import Workspace, mode_from, shadow

__all__ = [
    "LABEL",
    "Core",
    "Server",
    "Target",
    "Workspace",
    "cores",
    "find_core",
    "mode_from",
    "providers_from_own_root",
    "shadow",
]
