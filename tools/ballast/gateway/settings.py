"""What a gateway is told, by its environment or a `.env` beside it; secrets come from nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from ballast.repo import CannotRun
from ballast.secrets import read_dotenv

EVENTS_URL = "https://events.pagerduty.com/v2/enqueue"
JSM_URL = "https://api.atlassian.com/jsm/ops/integration"
"""Opsgenie's, until 2027-04-05, is https://api.opsgenie.com."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """One gateway process.

    `lease_seconds` is how long a worker may hold a delivery; `timeout_seconds` bounds one call of the provider, and is shorter.
    A webhook that is not stored within `store_seconds` is answered with 503. The others are explained where they are used:
    `flap_*` and `direct_tiers` in `state`, `late_seconds`, `hold_seconds` and `settle_seconds` in `sender` and `reconcile`,
    `events_per_minute` in `limiter`. `alertmanager_urls`, `direct_tiers`, `senders` and `readers` are separated by commas.

    With `tls_cert`, `tls_key` and `tls_clients` (the authority of its clients) it takes only connections with a certificate
    of a name in `senders` or `readers`; without them it listens on loopback only. `status_port` answers health and metrics in
    plain HTTP. `routing` is the file that says which tier is told where (`alerts/routing.yaml`); without one PagerDuty is
    told everything.
    """

    database_url: str = field(repr=False)
    routing_key: str = field(default="", repr=False)
    pagerduty_url: str = EVENTS_URL
    host: str = "127.0.0.1"
    port: int = 9095
    max_bytes: int = 1024 * 1024
    slots: int = 16
    urgent_slots: int = 8
    connections: int = 12
    timeout_seconds: float = 10.0
    lease_seconds: float = 30.0
    store_seconds: float = 5.0
    drain_seconds: float = 5.0
    events_per_minute: int = 120
    redis_url: str = field(default="", repr=False)
    redis_seconds: float = 0.05
    alertmanager_urls: str = ""
    alertmanager_ca: str = ""
    alertmanager_cert: str = ""
    alertmanager_key: str = ""
    late_seconds: float = 4.0
    hold_seconds: float = 120.0
    settle_seconds: float = 180.0
    flap_changes: int = 6
    flap_seconds: float = 600.0
    direct_tiers: str = "P1,P2"
    tls_cert: str = ""
    tls_key: str = ""
    tls_clients: str = ""
    senders: str = "alertmanager,grafana"
    readers: str = "prometheus"
    status_host: str = "127.0.0.1"
    status_port: int = 0
    routing: str = ""
    callback_secrets: str = field(default="", repr=False)
    jsm_url: str = JSM_URL
    jsm_key: str = field(default="", repr=False)
    webhook_url: str = ""
    webhook_secret: str = field(default="", repr=False)
    chat_url: str = field(default="", repr=False)
    vault_address: str = ""
    vault_path: str = "secret/gateway"
    vault_auth: str = "kubernetes"
    vault_mount: str = ""
    vault_role: str = "gateway"
    vault_jwt_file: str = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    vault_secret_id_file: str = ""
    vault_ca: str = ""
    vault_cert: str = ""
    vault_key: str = ""
    vault_namespace: str = ""
    vault_refresh_seconds: float = 60.0
    kafka_bootstrap: str = ""
    kafka_ca: str = ""
    kafka_cert: str = ""
    kafka_key: str = ""
    ledger_url: str = field(default="", repr=False)
    enrich_seconds: float = 0.15

    @property
    def alertmanagers(self) -> tuple[str, ...]:
        """Base URLs."""
        return names(self.alertmanager_urls)

    @property
    def direct(self) -> frozenset[str]:
        """Tiers whose pages have a second leg; `none` for no tier."""
        return frozenset(tier.strip() for tier in self.direct_tiers.split(",") if tier.strip() not in ("", "none"))

    @property
    def secrets(self) -> dict[str, str]:
        """Keys by their variables, as far as they are given here."""
        return {VARIABLES[name]: getattr(self, name) for name in SECRETS}


SECRETS = ("routing_key", "callback_secrets", "jsm_key", "webhook_secret", "chat_url")
"""Settings that Vault may hold instead, under the names of their variables."""
VARIABLES = {
    "database_url": "BALLAST_DATABASE_URL",
    "routing_key": "BALLAST_PAGERDUTY_ROUTING_KEY",
    "pagerduty_url": "BALLAST_PAGERDUTY_URL",
    "host": "BALLAST_GATEWAY_HOST",
    "port": "BALLAST_GATEWAY_PORT",
    "max_bytes": "BALLAST_GATEWAY_MAX_BYTES",
    "slots": "BALLAST_GATEWAY_SLOTS",
    "timeout_seconds": "BALLAST_GATEWAY_TIMEOUT_SECONDS",
    "store_seconds": "BALLAST_GATEWAY_STORE_SECONDS",
    "lease_seconds": "BALLAST_GATEWAY_LEASE_SECONDS",
    "drain_seconds": "BALLAST_GATEWAY_DRAIN_SECONDS",
    "urgent_slots": "BALLAST_GATEWAY_URGENT_SLOTS",
    "connections": "BALLAST_GATEWAY_CONNECTIONS",
    "events_per_minute": "BALLAST_PAGERDUTY_EVENTS_PER_MINUTE",
    "redis_url": "BALLAST_REDIS_URL",
    "redis_seconds": "BALLAST_GATEWAY_REDIS_SECONDS",
    "alertmanager_urls": "BALLAST_ALERTMANAGER_URLS",
    "alertmanager_ca": "BALLAST_ALERTMANAGER_CA",
    "alertmanager_cert": "BALLAST_ALERTMANAGER_CERT",
    "alertmanager_key": "BALLAST_ALERTMANAGER_KEY",
    "late_seconds": "BALLAST_GATEWAY_LATE_SECONDS",
    "hold_seconds": "BALLAST_GATEWAY_HOLD_SECONDS",
    "settle_seconds": "BALLAST_GATEWAY_SETTLE_SECONDS",
    "flap_changes": "BALLAST_GATEWAY_FLAP_CHANGES",
    "flap_seconds": "BALLAST_GATEWAY_FLAP_SECONDS",
    "direct_tiers": "BALLAST_GATEWAY_DIRECT_TIERS",
    "tls_cert": "BALLAST_GATEWAY_TLS_CERT",
    "tls_key": "BALLAST_GATEWAY_TLS_KEY",
    "tls_clients": "BALLAST_GATEWAY_TLS_CLIENT_CA",
    "senders": "BALLAST_GATEWAY_SENDERS",
    "readers": "BALLAST_GATEWAY_READERS",
    "status_host": "BALLAST_GATEWAY_STATUS_HOST",
    "status_port": "BALLAST_GATEWAY_STATUS_PORT",
    "routing": "BALLAST_GATEWAY_ROUTING",
    "callback_secrets": "BALLAST_PAGERDUTY_WEBHOOK_SECRETS",
    "jsm_url": "BALLAST_JSM_URL",
    "jsm_key": "BALLAST_JSM_KEY",
    "webhook_url": "BALLAST_WEBHOOK_URL",
    "webhook_secret": "BALLAST_WEBHOOK_SECRET",
    "chat_url": "BALLAST_CHAT_URL",
    "vault_address": "BALLAST_VAULT_ADDR",
    "vault_path": "BALLAST_VAULT_PATH",
    "vault_auth": "BALLAST_VAULT_AUTH",
    "vault_mount": "BALLAST_VAULT_MOUNT",
    "vault_role": "BALLAST_VAULT_ROLE",
    "vault_jwt_file": "BALLAST_VAULT_JWT_FILE",
    "vault_secret_id_file": "BALLAST_VAULT_SECRET_ID_FILE",
    "vault_ca": "BALLAST_VAULT_CA",
    "vault_cert": "BALLAST_VAULT_CERT",
    "vault_key": "BALLAST_VAULT_KEY",
    "vault_namespace": "BALLAST_VAULT_NAMESPACE",
    "vault_refresh_seconds": "BALLAST_VAULT_REFRESH_SECONDS",
    "kafka_bootstrap": "BALLAST_KAFKA_BOOTSTRAP",
    "kafka_ca": "BALLAST_KAFKA_CA",
    "kafka_cert": "BALLAST_KAFKA_CERT",
    "kafka_key": "BALLAST_KAFKA_KEY",
    "ledger_url": "BALLAST_LEDGER_URL",
    "enrich_seconds": "BALLAST_GATEWAY_ENRICH_SECONDS",
}
"""Setting -> environment variable."""
_KINDS = {f.name: {"int": int, "float": float}[str(f.type)] for f in fields(Settings) if f.type in ("int", "float")}


def environment(dotenv: Path = Path(".env")) -> dict[str, str]:
    """The variables of this process over those of the `.env` file. Raises CannotRun for one that has no business here."""
    return {**read_dotenv(dotenv), **os.environ}


def read_settings(given: Mapping[str, str]) -> Settings:
    """Settings from variables. Raises CannotRun with every one that is missing or wrong."""
    values: dict[str, str | int | float] = {}
    wrong = []
    for name, variable in VARIABLES.items():
        text = given.get(variable, "")
        if not text:
            continue
        try:
            values[name] = _KINDS[name](text) if name in _KINDS else text
        except ValueError:
            wrong.append(f"{variable}={text} is not a number")
    needed = ("database_url",) if values.get("vault_address") else ("database_url", "routing_key")
    wrong += [f"{VARIABLES[name]} is not set" for name in needed if name not in values]
    if not wrong:
        made = Settings(**values)  # type: ignore[arg-type]
        if made.routing_key and len(made.routing_key) != 32:
            wrong.append(
                f"{VARIABLES['routing_key']} must have 32 characters (PagerDuty: Service > Integrations > Events API v2)"
            )
        if made.lease_seconds <= made.timeout_seconds:
            wrong.append(f"{VARIABLES['lease_seconds']} must be longer than {VARIABLES['timeout_seconds']}")
        if unknown := made.direct - {"P1", "P2", "P3", "P4"}:
            wrong.append(f"{VARIABLES['direct_tiers']} names {', '.join(sorted(unknown))}: tiers are P1 to P4")
        if bad := [url for url in made.alertmanagers if not url.startswith(("http://", "https://"))]:
            wrong.append(f"{VARIABLES['alertmanager_urls']}: {bad[0]} is not an http(s) URL")
        wrong += _edges(made)
    if wrong:
        raise CannotRun("the gateway cannot start: " + "; ".join(wrong))
    return made


def _edges(made: Settings) -> Iterator[str]:
    """What is wrong with who may call, and with Vault."""
    given = [name for name in ("tls_cert", "tls_key", "tls_clients") if getattr(made, name)]
    if given and len(given) < 3:
        yield f"{VARIABLES[given[0]]} goes together with the certificate, its key and the clients' authority: set all three"
    if not given and made.host not in LOOPBACK:
        yield f"{VARIABLES['host']}={made.host} would let anybody send pages: set {VARIABLES['tls_cert']} and its companions"
    if "localhost" in {*names(made.senders), *names(made.readers)}:
        yield f"{VARIABLES['senders']} or {VARIABLES['readers']} names localhost, which every certificate may have"
    if given and not names(made.senders):
        yield f"{VARIABLES['senders']} is empty: nobody could send an alert"
    if made.vault_address and made.vault_auth not in ("kubernetes", "approle"):
        yield f"{VARIABLES['vault_auth']}={made.vault_auth} is neither kubernetes nor approle"
    if made.vault_address and "/" not in made.vault_path.strip("/"):
        yield f"{VARIABLES['vault_path']}={made.vault_path} is not a mount and a path, like secret/gateway"
    if made.webhook_url and not (made.webhook_secret or made.vault_address):
        yield f"{VARIABLES['webhook_secret']} is not set: the receiver could not tell who sends"


def names(text: str) -> tuple[str, ...]:
    """The parts between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
