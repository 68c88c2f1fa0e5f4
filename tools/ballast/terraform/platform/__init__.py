"""The platform that a root plans, read from the plan's JSON: releases, manifests, and the components they make."""

from ballast.terraform.platform.chart_images import chart_images
from ballast.terraform.platform.model import (
    Call,
    Component,
    Config,
    Image,
    Listener,
    Manifest,
    Platform,
    Release,
    Resource,
    ServiceAccount,
    Verdict,
    Workload,
    proven,
    unproven,
)
from ballast.terraform.platform.plan import merge, read_plan
from ballast.terraform.platform.registry import components, reader, readers, unread

__all__ = [
    "Call",
    "Component",
    "Config",
    "Image",
    "Listener",
    "Manifest",
    "Platform",
    "Release",
    "Resource",
    "ServiceAccount",
    "Verdict",
    "Workload",
    "chart_images",
    "components",
    "merge",
    "proven",
    "read_plan",
    "reader",
    "readers",
    "unproven",
    "unread",
]
