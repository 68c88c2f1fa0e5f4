"""What a gateway is put together from, by its settings."""

from __future__ import annotations

import hashlib
import ssl

from ballast.gateway.copies import Copies
from ballast.gateway.pagerduty import PagerDuty
from ballast.gateway.provider import Provider
from ballast.gateway.reconcile import Alertmanagers, client_tls
from ballast.gateway.sender import Late
from ballast.gateway.settings import Settings
from ballast.repo import CannotRun


def providers(settings: Settings) -> list[Provider]:
    """Where incidents are reported."""
    return [
        PagerDuty(
            settings.pagerduty_url,
            settings.routing_key,
            timeout=settings.timeout_seconds,
            per_minute=settings.events_per_minute,
        )
    ]


def copies(settings: Settings) -> Copies | None:
    """Redis; None without `BALLAST_REDIS_URL`."""
    if not settings.redis_url:
        return None
    name = hashlib.sha256(settings.database_url.encode()).hexdigest()[:12]
    return Copies(settings.redis_url, name, seconds=settings.redis_seconds)


def late(settings: Settings) -> Late | None:
    """Reconciliation; None without `BALLAST_ALERTMANAGER_URLS`. Raises CannotRun when certificates cannot be read."""
    if not settings.alertmanagers:
        return None
    try:
        tls = client_tls(settings.alertmanager_ca, settings.alertmanager_cert, settings.alertmanager_key)
    except (OSError, ssl.SSLError) as error:
        raise CannotRun(f"Alertmanager's certificates cannot be used: {error}") from None
    asked = Alertmanagers(settings.alertmanagers, settle_seconds=settings.settle_seconds, tls=tls)
    return Late(asked, settings.late_seconds, settings.hold_seconds, settings.direct)
