"""What a gateway is put together from, by its settings."""

from __future__ import annotations

import hashlib
import logging
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import yaml
from pydantic import ValidationError

from ballast.gateway.bus import Kafka
from ballast.gateway.copies import Copies
from ballast.gateway.keys import Keys, Vault
from ballast.gateway.metrics import Metrics
from ballast.gateway.provider import Provider
from ballast.gateway.providers import Chat, Jsm, PagerDuty, Webhook
from ballast.gateway.reconcile import Alertmanagers, client_tls
from ballast.gateway.sender import Late
from ballast.gateway.settings import VARIABLES, Settings
from ballast.gateway.store import Store
from ballast.repo import AlertTier, CannotRun, Digest, Routing
from ballast.secrets import VaultSettings

if TYPE_CHECKING:
    from ballast.gateway.bus.relay import Relay

log = logging.getLogger("ballast.gateway")


def keys(settings: Settings) -> Keys:
    """What was given, and Vault where there is one."""
    vault = None
    if settings.vault_address:
        vault = Vault(
            VaultSettings(
                address=settings.vault_address,
                role=settings.vault_role,
                auth=settings.vault_auth,
                mount=settings.vault_mount,
                jwt_file=settings.vault_jwt_file,
                secret_id_file=settings.vault_secret_id_file,
                ca=settings.vault_ca,
                cert=settings.vault_cert,
                key=settings.vault_key,
                namespace=settings.vault_namespace,
            ),
            settings.vault_path.strip("/"),
            settings.vault_refresh_seconds,
        )
    return Keys(settings.secrets, vault)


def providers(settings: Settings, keys: Keys) -> list[Provider]:
    """Where incidents can be reported: PagerDuty, and whatever else a key or an address is given for. With Vault, whose keys
    are not known yet, everything that `alerts/routing.yaml` names is made, and waits for its key.
    """
    timeout = settings.timeout_seconds
    made: list[Provider] = [
        PagerDuty(
            settings.pagerduty_url,
            keys.key(VARIABLES["routing_key"]),
            timeout=timeout,
            per_minute=settings.events_per_minute,
        )
    ]
    named = {name for tier in wanted(settings).values() for name in tier} if keys.vault else set()
    if settings.jsm_key or "jsm" in named:
        made.append(Jsm(settings.jsm_url, keys.key(VARIABLES["jsm_key"]), timeout=timeout))
    if settings.chat_url or "chat" in named:
        made.append(Chat(keys.key(VARIABLES["chat_url"])))
    if settings.webhook_url:
        made.append(Webhook(settings.webhook_url, keys.key(VARIABLES["webhook_secret"]), timeout=timeout))
    return made


def routing(settings: Settings) -> Routing | None:
    """What `alerts/routing.yaml` says; None without that file. Raises CannotRun when it is wrong."""
    if not settings.routing:
        return None
    try:
        return Routing.model_validate(yaml.safe_load(Path(settings.routing).read_text()))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        words = " ".join(str(error).split())
        raise CannotRun(f"{settings.routing} cannot be used: {words}") from None


def wanted(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Tier -> where it is to be told; PagerDuty where nothing says so. Raises CannotRun."""
    tiers: tuple[AlertTier, ...] = get_args(AlertTier)
    given = routing(settings)
    return {tier: tuple(given.tiers.of(tier).destinations) if given else ("pagerduty",) for tier in tiers}


def digest(settings: Settings, there: Sequence[str]) -> tuple[Digest, str] | None:
    """When digests are due and which provider, out of those that are `there`, tells them; None where none can. Raises
    CannotRun.
    """
    given = routing(settings)
    names = [name for name in given.digest.destinations if name in there] if given else []
    return (given.digest, names[0]) if given and names else None


def relay(settings: Settings, store: Store, metrics: Metrics) -> Relay | None:
    """The way to Kafka; None without `BALLAST_KAFKA_BOOTSTRAP`."""
    if not settings.kafka_bootstrap:
        return None
    from ballast.gateway.bus.relay import Relay

    kafka = Kafka(settings.kafka_bootstrap, settings.kafka_ca, settings.kafka_cert, settings.kafka_key)
    return Relay(store, kafka, metrics.registry)


def destinations(settings: Settings, there: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Tier -> names of the providers that are told, out of those that are `there`. A tier that none is left for goes to
    PagerDuty: told in the wrong place is better than not told.
    """
    found = {}
    for tier, names in wanted(settings).items():
        found[tier] = tuple(dict.fromkeys(name for name in names if name in there)) or ("pagerduty",)
        if missing := [name for name in names if name not in there]:
            log.warning("destinations that are not set up", extra={"tier": tier, "missing": missing, "told": found[tier]})
    return found


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
