"""The webhooks of Alertmanager and of Grafana Alerting, typed: one shape, told apart by their version.

Alertmanager's is version 4 (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), Grafana's version 1
(https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/),
which has values, and links to the dashboard, the panel and a silence of its own.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal, cast

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Tier = Literal["P1", "P2", "P3", "P4"]
Status = Literal["firing", "resolved"]
Labels = dict[str, str]
Source = Literal["alertmanager", "grafana", "gateway"]
VERSIONS: dict[Source, str] = {"alertmanager": "4", "grafana": "1"}


DIGEST_KEY = "digest/"
"""How the group key of a digest of our own begins; Alertmanager's begin with a brace."""


class BadNotification(Exception):
    """What is wrong with a request body, as one sentence for its sender; `status` is the HTTP status to answer."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class _Model(BaseModel):
    """Keys that a later Alertmanager adds are let through (and stored)."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Alert(_Model):
    """One alert of the group. `ends_at` means nothing while it fires (it is the year 1 then). The last four are Grafana's."""

    status: Status
    labels: Labels
    annotations: Labels = {}
    starts_at: Annotated[datetime, Field(alias="startsAt")]
    ends_at: Annotated[datetime | None, Field(alias="endsAt")] = None
    generator_url: Annotated[str, Field(alias="generatorURL")] = ""
    fingerprint: str = ""
    values: dict[str, float | None] | None = None
    silence_url: Annotated[str, Field(alias="silenceURL")] = ""
    dashboard_url: Annotated[str, Field(alias="dashboardURL")] = ""
    panel_url: Annotated[str, Field(alias="panelURL")] = ""


class Notification(_Model):
    """A group of alerts, as one receiver was notified of it: the unit of paging."""

    version: Literal["4", "1"]
    group_key: Annotated[str, Field(alias="groupKey", min_length=1)]
    status: Status
    receiver: str
    alerts: Annotated[list[Alert], Field(min_length=1)]
    group_labels: Annotated[Labels, Field(alias="groupLabels")] = {}
    common_labels: Annotated[Labels, Field(alias="commonLabels")] = {}
    common_annotations: Annotated[Labels, Field(alias="commonAnnotations")] = {}
    external_url: Annotated[str, Field(alias="externalURL")] = ""
    truncated_alerts: Annotated[int, Field(alias="truncatedAlerts", ge=0)] = 0

    @property
    def dedup_key(self) -> str:
        """The key under which Alertmanager's own PagerDuty integration reports this group: SHA-256 of the group key, in hex."""
        return hashlib.sha256(self.group_key.encode()).hexdigest()

    @property
    def name(self) -> str:
        """The alert's name, as far as the group has one."""
        return self.common_labels.get("alertname") or self.group_labels.get("alertname") or "Alert"

    @property
    def title(self) -> str:
        """One line that says what is wrong."""
        firing = self.firing or self.alerts
        return self.common_annotations.get("summary") or f"{self.name}: {len(firing)} alert(s) firing"

    @property
    def source(self) -> Source:
        """Who sent it: a digest is the gateway's own."""
        if self.group_key.startswith(DIGEST_KEY):
            return "gateway"
        return "alertmanager" if self.version == "4" else "grafana"

    def links(self) -> list[tuple[str, str]]:
        """What a person may open, by name: the annotations first, then Grafana's own of the first alert that has them."""
        alerts = self.firing or self.alerts
        found = {
            "Runbook": self.common_annotations.get("runbook_url", ""),
            "Dashboard": self.common_annotations.get("dashboard_url", "")
            or next((alert.dashboard_url for alert in alerts if alert.dashboard_url), ""),
            "Panel": next((alert.panel_url for alert in alerts if alert.panel_url), ""),
            "Silence": next((alert.silence_url for alert in alerts if alert.silence_url), ""),
            self.source.capitalize(): self.external_url,
        }
        return [(name, url) for name, url in found.items() if url]

    @property
    def firing(self) -> list[Alert]:
        """The alerts that still fire."""
        return [alert for alert in self.alerts if alert.status == "firing"]

    @property
    def tier(self) -> Tier:
        """The common label `tier`; without one, P2 for a page and P3 for everything else."""
        given = self.common_labels.get("tier", "")
        if given in ("P1", "P2", "P3", "P4"):
            return cast(Tier, given)
        return "P2" if self.common_labels.get("severity") in ("page", "critical") else "P3"


def parse(body: bytes, source: Source = "alertmanager") -> tuple[Notification, dict[str, Any]]:
    """The notification, and the JSON object that it was read from (to be stored; NUL characters, which PostgreSQL cannot
    keep, replaced). Raises BadNotification: 400 for what is not JSON, 422 for what is not a webhook of that source.
    """
    sender, version = source.capitalize(), VERSIONS[source]
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadNotification(f"the body is not JSON: {error}", 400) from None
    try:
        if rb"\u0000" in body:
            raw = _without_nul(raw)
        said = Notification.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise BadNotification(f"not a webhook of {sender}, version {version}: {where}: {first['msg']}{more}", 422) from None
    except RecursionError:
        raise BadNotification("the body is nested too deeply", 400) from None
    if said.source != source:
        raise BadNotification(f"not a webhook of {sender}: its version is {said.version}, not {version}", 422)
    return said, raw


def _without_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\x00", "\ufffd")
        case list():
            return [_without_nul(item) for item in value]
        case dict():
            return {_without_nul(key): _without_nul(item) for key, item in value.items()}
        case _:
            return value
