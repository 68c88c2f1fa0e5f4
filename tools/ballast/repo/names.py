"""The names that Ballast makes, and those that Prometheus accepts."""

from __future__ import annotations

import re

NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?")
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def alert_name(service: str, slo: str, given: str = "") -> str:
    """The name of an SLO's alerts: the given one, else CamelCase of service and SLO: `CheckoutAvailabilityErrorBudgetBurn`."""
    if given:
        return given
    words = re.split(r"[^a-zA-Z0-9]+", f"{service}-{slo}")
    return "".join(word[:1].upper() + word[1:] for word in words) + "ErrorBudgetBurn"


def suggested(name: str) -> str:
    """The nearest thing that is a name; empty where nothing is left."""
    return re.sub(r"[^a-zA-Z0-9._]+", "-", name).strip("._-")
