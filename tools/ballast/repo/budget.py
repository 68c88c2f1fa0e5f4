"""What happens as a budget runs out (`alerts/budget-policy.yaml`), and time that does not count (`alerts/exclusions/`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ballast.repo.models import ServiceTier
from ballast.repo.oncall import Moment
from ballast.repo.strict import Duration, Name, Strict

BudgetAction = Literal["notify", "slow_down", "freeze"]


class PolicyStep(Strict):
    """From `left` percent of the budget downwards, services of `tier` are under `action`, until a lower step takes over."""

    tier: ServiceTier
    left: float = Field(ge=-1000, le=100, description="Percent of the error budget that is left; below 0 it is overspent.")
    action: BudgetAction = Field(description="notify: say so; slow_down: smaller, rarer releases; freeze: no feature releases.")


class BudgetSource(Strict):
    """How the raw samples are read. The address is no business of this file: `BALLAST_PROMETHEUS_URL`."""

    scrape_interval: Duration = "15s"
    missed_scrapes: int = Field(
        default=4, ge=1, le=100, description="Two samples of a series that are further apart than this have a gap between them."
    )
    replica_label: str = Field(default="prometheus_replica", description="External label that tells replicas apart.")


class BudgetPolicy(Strict):
    """`alerts/budget-policy.yaml`: what is done at which budget, and when the ledger knows too little to say."""

    version: Literal["ballast/v1"] = "ballast/v1"
    time_zone: str = Field(
        default="UTC", description="IANA name, in which months and quarters begin.", examples=["Europe/Berlin"]
    )
    source: BudgetSource = BudgetSource()
    fresh: Duration = Field(default="15m", description="Data older than this is stale: the gate cannot tell.")
    history: Duration = Field(default="1h", description="With less recorded than this, the gate cannot tell.")
    unknown: float = Field(
        default=1.0,
        ge=0,
        le=100,
        description="Percent of a window's recorded time of which nothing is known: above, the gate cannot tell.",
    )
    steps: list[PolicyStep] = Field(min_length=1)


class Exclusion(Strict):
    """A time that does not count against a budget: announced maintenance."""

    service: Name
    slos: list[Name] = Field(default_factory=list, description="Its SLOs by name; all, if empty.")
    start: Moment
    end: Moment
    reason: str = Field(min_length=10, description="Why, for whoever reads the report.")
    approver: str = Field(min_length=1, description="Who agreed: a person, other than whoever did the work.")


class Exclusions(Strict):
    """A file of `alerts/exclusions/`. What stands there stays there: an exclusion that was wrong gets `status: archived`."""

    version: Literal["ballast/v1"]
    exclusions: list[Exclusion] = Field(min_length=1)
    status: Literal["active", "archived"] = Field(default="active", description="Archived ones count for nothing.")
