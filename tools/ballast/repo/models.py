"""What people write, typed: services, SLOs and the table that turns severities into tiers.

An SLO file is Sloth's `prometheus/v1` (https://sloth.dev/specs/default/), unchanged, plus the keys marked *Ballast* below.
Validation that needs more than one field's type (PromQL, templates, reachable burn rates, names across files) lives in
`ballast.repo`'s checks, because each problem there must name its own line.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ballast.repo.indicators import Sli
from ballast.repo.strict import Duration, Labels, Metric, Name, Selector, Strict

Status = Literal["active", "archived"]
Window = Literal["7d", "28d", "30d", "month", "quarter"]
ServiceTier = Literal[1, 2, 3]
AlertTier = Literal["P1", "P2", "P3", "P4"]
AlertSeverity = Literal["page", "ticket"]
Leg = Literal["pagerduty", "gateway"]
Destination = Literal["pagerduty", "jsm", "chat", "webhook", "digest"]
"""What the gateway tells: PagerDuty, Jira Service Management, a chat channel, our own webhook, or a digest at set times."""

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TimeOfDay = Annotated[
    str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", description="Local time; 24:00 is the end of the day.")
]
ZoneName = Annotated[
    str, Field(description="IANA name of a time zone, in which the times are meant.", examples=["Europe/Berlin"])
]
Matcher = Annotated[
    str,
    Field(
        pattern=r'^[a-zA-Z_][a-zA-Z0-9_]*(=|!=|=~|!~)".*"$',
        description="A matcher of Alertmanager's, with its value in double quotes.",
        examples=['severity="page"'],
    ),
]


# --- SLO files -------------------------------------------------------------------------------------------------------


class AlertOptions(Strict):
    """What one severity's alert is given besides what Ballast gives it (Sloth)."""

    disable: bool = Field(default=False, description="True: no such alert.")
    labels: Labels = Field(default_factory=dict)
    annotations: Labels = Field(default_factory=dict)


class Alerting(Strict):
    """Names and decorates the two alerts of an SLO (Sloth)."""

    name: str = Field(default="", description="Of both alerts and their runbook page; made of service and SLO if left out.")
    labels: Labels = Field(default_factory=dict)
    annotations: Labels = Field(default_factory=dict)
    page_alert: AlertOptions = Field(default_factory=AlertOptions)
    ticket_alert: AlertOptions = Field(default_factory=AlertOptions)


class BurnRate(Strict):
    """*Ballast*: one window pair. Fires when both windows burn faster than `factor`.

    `factor` is dimensionless (1 spends exactly the whole budget in the SLO's window); give it, or `budget`, the share of the
    budget in percent that the long window may spend, from which factor = budget/100 x SLO window / long window.
    """

    severity: AlertSeverity
    long: Duration
    short: Duration
    factor: float | None = Field(default=None, description="Burn rate above which it fires.")
    budget: float | None = Field(
        default=None, description="Instead of factor: percent of the budget that the long window may spend."
    )


class Groups(Strict):
    """*Ballast*: the objective holds for each value of these labels by itself (each tenant, each region).

    Every group has its own recorded series, budget and alerts, so their number is bounded.
    """

    by: list[Name] = Field(min_length=1, description="Labels of the SLI's metrics that tell groups apart.")
    limit: int = Field(default=100, ge=1, description="More groups than this open a ticket; twice as many stop the rules.")
    objectives: dict[str, float] = Field(
        default_factory=dict, description="Other objectives, in percent, by value of the first of these labels."
    )


class LowTraffic(Strict):
    """*Ballast*: how an SLO with few events is judged, so that one failed request does not page (docs/low-traffic.md).

    Give `minimum_bad`, or `confidence` and `expected`; `expected` alone declares how little traffic there is.
    """

    expected: float | None = Field(default=None, gt=0, description="Events per second in quiet hours.")
    synthetic: float = Field(default=0.0, ge=0, description="Events per second of probes that the SLI counts, besides.")
    minimum_bad: int | None = Field(
        default=None, ge=2, description="Bad events in a pair's long window, below which no alert fires."
    )
    confidence: float | None = Field(
        default=None,
        gt=0.5,
        lt=1,
        description="Instead: how sure it must be, at `expected`, that a pair's threshold is exceeded.",
    )


class Slo(Strict):
    """One objective."""

    name: Name
    objective: float = Field(
        description="Percent of good events, above 0 and below 100.",
        json_schema_extra={"exclusiveMinimum": 0, "exclusiveMaximum": 100},  # the check slo/objective says it better
    )
    description: str = Field(default="", description="What is promised, in a sentence; pages show it.")
    labels: Labels = Field(default_factory=dict)
    sli: Sli
    alerting: Alerting = Field(default_factory=Alerting)
    window: Window = Field(
        default="30d", description="Ballast: the window of the budget; month and quarter are the calendar's, others roll."
    )
    burn_rates: list[BurnRate] = Field(
        default_factory=list, description="Ballast: replaces the standard table; label short ones as tests."
    )
    minimum_traffic: float = Field(
        default=0.0, ge=0, description="Ballast: events per second below which no alert fires (long window of the pair)."
    )
    low_traffic: LowTraffic | None = Field(default=None, description="Ballast: how few events are judged.")
    groups: Groups | None = Field(default=None, description="Ballast: one objective for each group, such as each tenant.")
    status: Status = Field(default="active", description="Archived ones stay in the file and compile to nothing.")


class SloFile(Strict):
    """One YAML document of `alerts/slos/`."""

    version: Literal["prometheus/v1"]
    service: Name
    labels: Labels = Field(default_factory=dict)
    slos: list[Slo] = Field(min_length=1)


# --- Services --------------------------------------------------------------------------------------------------------


class Saturation(Strict):
    """How full something of a service is: the gauge `used`, as a share of the gauge `limit` where there is one."""

    title: str = Field(min_length=1)
    used: Metric
    limit: Metric = ""


class Signals(Strict):
    """RED metrics of a service, by metric name and PromQL matchers.

    `requests` is a counter of requests, `errors` the matchers of failed ones, `duration` the base name of a classic histogram
    in seconds, `selector` the matchers that pick this service out, `by` the labels worth splitting by (route, method).
    """

    requests: Metric
    errors: Selector = 'code=~"5.."'
    duration: Metric = ""
    selector: Selector = ""
    by: list[str] = Field(default_factory=list, description="Labels worth splitting by, such as route and method.")
    duration_by: list[str] | None = Field(default=None, description="Those of `by` that `duration` has too; default: all.")
    saturation: list[Saturation] = Field(default_factory=list, description="What can be full, by gauges of its processes.")


class Service(Strict):
    """One YAML document of `alerts/services/`."""

    version: Literal["ballast/v1"]
    service: Name
    title: str = Field(default="", description="What people call it.")
    description: str = Field(default="", description="What it does, in a sentence.")
    owner: str = Field(min_length=1, description="The team that is paged and that owns the budget.")
    tier: ServiceTier = Field(description="1: customers notice at once; 2: customers notice; 3: internal.")
    signals: Signals | None = None
    links: Labels = Field(default_factory=dict, description="Title to URL, shown on dashboards and pages.")
    status: Status = Field(default="active", description="Archived ones stay in the file and compile to nothing.")


# --- Routing ---------------------------------------------------------------------------------------------------------


class Route(Strict):
    """A row of the table: alerts of services of `tier` with `severity` are of alert tier `alert`."""

    tier: ServiceTier
    severity: AlertSeverity
    alert: AlertTier


class Tier(Strict):
    """How an alert of one tier is told: to whom, how loudly and how soon.

    PagerDuty makes an event of severity critical or error urgent and one of warning or info not, on services whose urgency
    follows the severity (https://support.pagerduty.com/main/docs/dynamic-notifications); `urgency` states it for schedules.
    """

    severity: Literal["critical", "error", "warning", "info"] = Field(description="PagerDuty's severity of the event.")
    urgency: Literal["high", "low"] = Field(description="PagerDuty's urgency: high wakes somebody.")
    legs: list[Leg] = Field(min_length=1, description="Ways that it leaves Alertmanager, side by side.")
    destinations: list[Destination] = Field(
        default=["pagerduty"],
        min_length=1,
        description="What the gateway tells. One that it has no address for is left out; with none left it tells PagerDuty.",
    )
    group_wait: Duration = Field(default="30s", description="How long a new group waits for more alerts.")
    group_interval: Duration = Field(default="5m", description="How long an alert that joins a group waits.")
    repeat_interval: Duration = Field(default="12h", description="After how long a group that still fires is told again.")


class Tiers(Strict):
    """P1 to P4. P1 and P2 have two legs (DESIGN decision 9), so that no single failure loses a page."""

    P1: Tier = Tier(
        severity="critical",
        urgency="high",
        legs=["pagerduty", "gateway"],
        group_wait="0s",
        group_interval="5s",
        repeat_interval="4h",
    )
    P2: Tier = Tier(
        severity="error",
        urgency="high",
        legs=["pagerduty", "gateway"],
        group_wait="0s",
        group_interval="5s",
        repeat_interval="4h",
    )
    P3: Tier = Tier(severity="warning", urgency="low", legs=["gateway"], destinations=["chat", "jsm"])
    P4: Tier = Tier(
        severity="info", urgency="low", legs=["gateway"], destinations=["digest"], group_interval="30m", repeat_interval="3d"
    )

    def of(self, tier: AlertTier) -> Tier:
        """The row of `tier`."""
        return {"P1": self.P1, "P2": self.P2, "P3": self.P3, "P4": self.P4}[tier]


class Delivery(Strict):
    """Where Alertmanager's legs end, and the files in its pods that they need. Keys are files, never values."""

    gateway: str = Field(
        default="https://gateway.gateway.svc:9095/v1/alertmanager", description="The alert gateway's webhook; https, with mTLS."
    )
    pagerduty_key_file: str = Field(
        default="/etc/alertmanager/secrets/alertmanager-pagerduty/routing-key",
        description="File with PagerDuty's integration key (Events API v2).",
    )
    certificates: str = Field(
        default="/etc/alertmanager/secrets/alertmanager-tls",
        description="Folder with tls.crt, tls.key and ca.crt, by which Alertmanager and the gateway know each other.",
    )


class Digest(Strict):
    """When the gateway tells a team, in one message, what alerts with destination `digest` have gathered for it.

    A local time that a clock change skips is that much later on that day, one that comes twice counts the first time.
    """

    days: list[Day] = Field(default=["monday", "tuesday", "wednesday", "thursday", "friday"], min_length=1)
    times: list[TimeOfDay] = Field(default=["09:00"], min_length=1)
    time_zone: ZoneName = "UTC"
    destinations: list[Destination] = Field(
        default=["chat", "jsm"],
        min_length=1,
        description="Where it goes: the first of these that the gateway has an address for.",
    )


class MuteTime(Strict):
    """Times of the week in which alerts of some tiers are not told; what still fires afterwards is told then.

    Alertmanager says nothing about an alert that is resolved meanwhile. Tiers that wake somebody cannot be muted: silence them.
    """

    name: Name
    because: str = Field(min_length=1, description="Why nobody needs to know at that time.")
    tiers: list[AlertTier] = Field(min_length=1)
    services: list[Name] = Field(default_factory=list, description="Only alerts of these services; of all, if empty.")
    days: list[Day] = Field(default=list(DAYS), min_length=1)
    start: TimeOfDay = "00:00"
    until: TimeOfDay = "24:00"
    time_zone: ZoneName = "UTC"


class Inhibition(Strict):
    """While an alert that matches all of `source` fires, those that match all of `target` are not told, where the labels
    `equal` are the same on both. A label that neither has counts as the same: ask for it in `source` where that is not meant.
    """

    because: str = Field(min_length=1, description="Why the one says all about the other.")
    source: list[Matcher] = Field(min_length=1)
    target: list[Matcher] = Field(min_length=1)
    equal: list[Name] = Field(min_length=1)


INHIBITIONS = [
    Inhibition(
        because="A page about an SLO says what its ticket would say.",
        source=['severity="page"', 'slo!=""'],
        target=['severity="ticket"', 'slo!=""'],
        equal=["cluster", "service", "slo"],
    ),
    Inhibition(
        because="A dead cluster hides its services.",
        source=['hides="cluster"', 'cluster!=""'],
        target=['service!=""', 'hides!="cluster"'],
        equal=["cluster"],
    ),
]
"""An alert that proves that a cluster is dead has the labels `hides: cluster` and `cluster`."""


class Routing(Strict):
    """`alerts/routing.yaml`: service tier x severity -> P1-P4 -> PagerDuty's severity and urgency, and the way there."""

    version: Literal["ballast/v1"]
    routes: list[Route]
    tiers: Tiers = Tiers()
    delivery: Delivery = Delivery()
    digest: Digest = Digest()
    mute_times: list[MuteTime] = Field(default_factory=list)
    inhibitions: list[Inhibition] = Field(default=INHIBITIONS, description="These replace the two that are there without them.")

    def alert_tier(self, tier: ServiceTier | None, severity: AlertSeverity) -> AlertTier:
        """P1-P4 for a service's tier and an alert's severity; without a service file (`tier` None) page is P2, ticket P3."""
        for route in self.routes:
            if route.tier == tier and route.severity == severity:
                return route.alert
        return "P2" if severity == "page" else "P3"


# --- Settings --------------------------------------------------------------------------------------------------------


class Intervals(Strict):
    """How often rules are evaluated: page pairs in the fast group, tickets, budgets and long windows in the slow one."""

    fast: Duration = "5s"
    slow: Duration = "1m"


class Settings(Strict):
    """`alerts/settings.yaml`: what all alerts of the repository have in common.

    The URLs are templates: `{alert}`, `{service}` and `{slo}` are replaced by the alert's name, its service and its SLO.
    """

    version: Literal["ballast/v1"] = "ballast/v1"
    runbook_url: str = Field(
        default="runbooks/{alert}.md", description="Where the page of an alert is read; empty for no link."
    )
    dashboard_url: str = Field(default="", description="Where the dashboard of an SLO is seen; empty for no link.")
    intervals: Intervals = Intervals()
