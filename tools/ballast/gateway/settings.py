"""What a gateway is told, by its environment or a `.env` beside it; secrets come from nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from ballast.repo import CannotRun

EVENTS_URL = "https://events.pagerduty.com/v2/enqueue"


@dataclass(frozen=True, slots=True)
class Settings:
    """One gateway process.

    `lease_seconds` is how long a worker may hold a delivery; `timeout_seconds` bounds one call of the provider, and is shorter.
    A webhook that is not stored within `store_seconds` is answered with 503. The others are explained where they are used:
    `flap_*` and `direct_tiers` in `state`, `late_seconds`, `hold_seconds` and `settle_seconds` in `sender` and `reconcile`,
    `events_per_minute` in `limiter`. `alertmanager_urls` and `direct_tiers` are separated by commas.
    """

    database_url: str = field(repr=False)
    routing_key: str = field(repr=False)
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

    @property
    def alertmanagers(self) -> tuple[str, ...]:
        """Base URLs."""
        return tuple(url.strip() for url in self.alertmanager_urls.split(",") if url.strip())

    @property
    def direct(self) -> frozenset[str]:
        """Tiers whose pages have a second leg; `none` for no tier."""
        return frozenset(tier.strip() for tier in self.direct_tiers.split(",") if tier.strip() not in ("", "none"))


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
}
"""Setting -> environment variable."""
_KINDS = {f.name: {"int": int, "float": float}[str(f.type)] for f in fields(Settings) if f.type in ("int", "float")}


def environment(dotenv: Path = Path(".env")) -> dict[str, str]:
    """The variables of this process over those of the `.env` file."""
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
    wrong += [f"{VARIABLES[name]} is not set" for name in ("database_url", "routing_key") if name not in values]
    if not wrong:
        made = Settings(**values)  # type: ignore[arg-type]
        if len(made.routing_key) != 32:
            wrong.append(
                f"{VARIABLES['routing_key']} must have 32 characters (PagerDuty: Service > Integrations > Events API v2)"
            )
        if made.lease_seconds <= made.timeout_seconds:
            wrong.append(f"{VARIABLES['lease_seconds']} must be longer than {VARIABLES['timeout_seconds']}")
        if unknown := made.direct - {"P1", "P2", "P3", "P4"}:
            wrong.append(f"{VARIABLES['direct_tiers']} names {', '.join(sorted(unknown))}: tiers are P1 to P4")
        if bad := [url for url in made.alertmanagers if not url.startswith(("http://", "https://"))]:
            wrong.append(f"{VARIABLES['alertmanager_urls']}: {bad[0]} is not an http(s) URL")
    if wrong:
        raise CannotRun("the gateway cannot start: " + "; ".join(wrong))
    return made


def read_dotenv(path: Path) -> dict[str, str]:
    """`NAME=value` lines, `export` and quotes allowed, `#` comments skipped; nothing where there is no such file."""
    if not path.is_file():
        return {}
    found = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            value = value.strip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[name.strip()] = value[1:-1] if quoted else value
    return found
