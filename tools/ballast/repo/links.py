"""Links from the templates of `alerts/settings.yaml`, and the uids that dashboards have: one place says what they are."""

from __future__ import annotations

import hashlib
import re

UID_LIMIT = 40  # Grafana refuses longer ones
_DASHBOARD = re.compile(r"(?<=/d/)[^/?#{}]+")


def dashboard_uid(name: str) -> str:
    """The uid of the dashboard `name`. What Grafana would refuse (over 40 characters, others than letters, digits, `-`, `_`) is
    cut or replaced, and six characters of the whole name's SHA-256 keep it apart from others.
    """
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in name)
    if plain == name and len(name) <= UID_LIMIT:
        return name
    return f"{plain[: UID_LIMIT - 7]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def link_from(template: str, *, alert: str, service: str, slo: str) -> str:
    """A link with its names filled in. What follows `/d/`, a uid in URLs of Grafana, is the uid that the dashboard has."""
    filled = template.replace("{alert}", alert).replace("{service}", service).replace("{slo}", slo)
    return _DASHBOARD.sub(lambda found: dashboard_uid(found[0]), filled)
