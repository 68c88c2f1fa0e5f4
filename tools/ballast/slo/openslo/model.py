"""OpenSLO v1 as its specification has it (https://github.com/OpenSLO/OpenSLO), kind by kind.

The JSON schema that is published beside the specification asks for keys that do not exist (`rationMetric`, an empty one), so
that no document fits it; these models follow the text.
"""

# ruff: noqa: N815 - keys are named as they are written

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from ballast.repo import Strict

__all__ = [
    "KINDS",
    "VERSION",
    "AlertCondition",
    "AlertNotificationTarget",
    "AlertPolicy",
    "Condition",
    "DataSource",
    "Metadata",
    "MetricSource",
    "Objective",
    "RatioMetric",
    "Service",
    "Sli",
    "SliSpec",
    "Slo",
]

VERSION = "openslo/v1"
Op = Literal["lte", "gte", "lt", "gt"]


class Metadata(Strict):
    """Of every document."""

    name: str = Field(min_length=1)
    displayName: str = ""
    labels: dict[str, str | list[str]] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)


class MetricSource(Strict):
    """Where a metric comes from; `spec` is the source's own, for Prometheus a `query`."""

    metricSourceRef: str = ""
    type: str = ""
    spec: dict[str, Any]


class Metric(Strict):
    """A metric of an SLI."""

    metricSource: MetricSource


class RatioMetric(Strict):
    """Good or bad events of all, or a ratio that somebody else computed."""

    counter: bool = False
    good: Metric | None = None
    bad: Metric | None = None
    total: Metric | None = None
    rawType: Literal["success", "failure"] | None = None
    raw: Metric | None = None


class SliSpec(Strict):
    """Exactly one of these."""

    description: str = ""
    thresholdMetric: Metric | None = None
    ratioMetric: RatioMetric | None = None


class Inline(Strict):
    """An SLI that stands within its SLO."""

    metadata: Metadata | None = None
    spec: SliSpec


class Calendar(Strict):
    """When a calendar's window begins."""

    startTime: str
    timeZone: str = "UTC"


class TimeWindow(Strict):
    """A window that rolls, or one of the calendar."""

    duration: str
    isRolling: bool | None = None
    calendar: Calendar | None = None


class Objective(Strict):
    """A promise; of a threshold metric also what it is compared with."""

    displayName: str = ""
    op: Op | None = None
    value: float | None = None
    target: float | None = None
    targetPercent: float | None = None
    timeSliceTarget: float | None = None
    timeSliceWindow: str | float | None = None
    compositeWeight: float | None = None
    indicator: dict[str, Any] | None = None
    indicatorRef: str = ""


class ConditionSpec(Strict):
    """A burn rate over a window."""

    kind: Literal["burnrate"] = "burnrate"
    op: Op = "gte"
    threshold: float
    lookbackWindow: str
    alertAfter: str = "0m"


class Condition(Strict):
    """The spec of an AlertCondition."""

    description: str = ""
    severity: str
    condition: ConditionSpec


class PolicyCondition(Strict):
    """A condition by name, or as it is."""

    conditionRef: str = ""
    apiVersion: str = ""
    kind: Literal["AlertCondition"] | None = None
    metadata: Metadata | None = None
    spec: Condition | None = None


class TargetSpec(Strict):
    """Whom to tell."""

    description: str = ""
    target: str


class PolicyTarget(Strict):
    """A target by name, or as it is."""

    targetRef: str = ""
    apiVersion: str = ""
    kind: Literal["AlertNotificationTarget"] | None = None
    metadata: Metadata | None = None
    spec: TargetSpec | None = None


class PolicySpec(Strict):
    """When an alert is sent, on which condition, to whom."""

    description: str = ""
    alertWhenNoData: bool = False
    alertWhenResolved: bool = False
    alertWhenBreaching: bool = False
    conditions: list[PolicyCondition] = Field(min_length=1)
    notificationTargets: list[PolicyTarget] = Field(default_factory=list)


class SloPolicy(Strict):
    """A policy of an SLO, by name or as it is."""

    alertPolicyRef: str = ""
    apiVersion: str = ""
    kind: Literal["AlertPolicy"] | None = None
    metadata: Metadata | None = None
    spec: PolicySpec | None = None


class SloSpec(Strict):
    """What is promised of a service."""

    description: str = ""
    service: str
    indicator: Inline | None = None
    indicatorRef: str = ""
    timeWindow: list[TimeWindow] = Field(default_factory=list)
    budgetingMethod: Literal["Occurrences", "Timeslices", "RatioTimeslices"]
    objectives: list[Objective] = Field(min_length=1)
    alertPolicies: list[SloPolicy | str] = Field(default_factory=list)


class ServiceSpec(Strict):
    """A service."""

    description: str = ""


class DataSourceSpec(Strict):
    """How a source is reached."""

    description: str = ""
    type: str
    connectionDetails: dict[str, Any] = Field(default_factory=dict)


class _Document(Strict):
    apiVersion: Literal["openslo/v1"]
    metadata: Metadata


class Slo(_Document):
    """An SLO."""

    kind: Literal["SLO"]
    spec: SloSpec


class Sli(_Document):
    """An SLI that several SLOs may use."""

    kind: Literal["SLI"]
    spec: SliSpec


class Service(_Document):
    """A service."""

    kind: Literal["Service"]
    spec: ServiceSpec = ServiceSpec()


class AlertPolicy(_Document):
    """An alert policy that several SLOs may use."""

    kind: Literal["AlertPolicy"]
    spec: PolicySpec


class AlertCondition(_Document):
    """A condition that several policies may use."""

    kind: Literal["AlertCondition"]
    spec: Condition


class AlertNotificationTarget(_Document):
    """Whom to tell."""

    kind: Literal["AlertNotificationTarget"]
    spec: TargetSpec


class DataSource(_Document):
    """Where metrics come from."""

    kind: Literal["DataSource"]
    spec: DataSourceSpec


KINDS: dict[str, type[BaseModel]] = {
    "SLO": Slo,
    "SLI": Sli,
    "Service": Service,
    "AlertPolicy": AlertPolicy,
    "AlertCondition": AlertCondition,
    "AlertNotificationTarget": AlertNotificationTarget,
    "DataSource": DataSource,
}
