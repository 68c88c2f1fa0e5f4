"""What becomes of the alerts that the platform's Helm chart brings (`alerts/platform-alerts.yaml`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ballast.repo.strict import Name, Strict


class PlatformAlert(Strict):
    """One alert of the chart: whether it pages, makes a ticket or is not loaded, and why."""

    decision: Literal["page", "ticket", "disable"] = Field(description="What becomes of it.")
    because: str = Field(min_length=10, description="Why, for whoever reviews the list.")
    slo: str = Field(
        default="",
        pattern=r"^$|^[a-z0-9-]+/[a-z0-9-]+$",
        description="For a page: the SLO, as service/slo, that it protects where the SLO's own alerts cannot see.",
        examples=["prometheus/notifications"],
    )
    by_severity: bool = Field(
        default=False, description="For a page with an early form: `critical` pages, `warning` makes a ticket."
    )
    runbook: str = Field(default="", pattern=r"^[A-Za-z0-9]*$", description="For what is kept: its page, without .md.")


class PlatformAlerts(Strict):
    """`alerts/platform-alerts.yaml`: the chart's rule groups, by their keys under `defaultRules.rules`."""

    version: Literal["ballast/v1"]
    chart: str = Field(description="The chart's name in terraform/modules/charts.json.")
    chart_version: str = Field(description="The version that the list was made for.")
    owner: Name = Field(description="The team that gets what is kept.")
    review_date: str = Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        description="When to look at the list again; `ballast due` reminds.",
        examples=["2027-05-24"],
    )
    recording: dict[str, bool] = Field(
        default_factory=dict, description="Groups of recording rules: whether a kept alert reads them; the others are off."
    )
    groups: dict[str, dict[str, PlatformAlert]] = Field(min_length=1)

    @property
    def alerts(self) -> dict[str, PlatformAlert]:
        """All alerts by name."""
        return {name: alert for group in self.groups.values() for name, alert in group.items()}

    @property
    def kept(self) -> dict[str, PlatformAlert]:
        """Those that are loaded."""
        return {name: alert for name, alert in self.alerts.items() if alert.decision != "disable"}
