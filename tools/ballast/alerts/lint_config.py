"""`alerts/lint.yaml`: what a repository asks of its rules beyond what is wrong in any."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ballast.findings import Finding, Severity, Tree
from ballast.repo.document import read_documents

LINT = "alerts/lint.yaml"
On = Literal["alerting", "recording", "both"]
Level = Literal["error", "warning", "note"]


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


Regex = Annotated[str, AfterValidator(_regex), Field(examples=[".+"])]
Duration = Annotated[str, Field(pattern=r"^([0-9]+(ms|[smhdwy]))+$", examples=["5m"])]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Demand(_Model):
    """A label or annotation that rules must have, or whose value must fit."""

    name: Regex = Field(description="Regular expression for its name, anchored.")
    value: Regex = Field(default="", description="Regular expression for its value, anchored.")
    required: bool = Field(default=False, description="Whether every rule must have it.")
    on: On = "both"
    severity: Level = "warning"


class Pending(_Model):
    """How long `for` or `keep_firing_for` may be."""

    key: Literal["for", "keep_firing_for"] = "for"
    min: Duration | None = None
    max: Duration | None = None
    severity: Level = "warning"


class Name(_Model):
    """What names of rules look like."""

    match: Regex = Field(description="Regular expression for the name, anchored.")
    on: On = "both"
    severity: Level = "note"
    comment: str = ""


class Aggregate(_Model):
    """Labels that the results of rules must have, or must not have."""

    rule: Regex = Field(default=".+", description="Regular expression for the rule's name, anchored.")
    keep: tuple[str, ...] = ()
    strip: tuple[str, ...] = ()
    severity: Level = "warning"
    comment: str = ""


class Selector(_Model):
    """Labels that selectors of a metric must fix."""

    metric: Regex = Field(default=".+", description="Regular expression for the metric, anchored.")
    call: Regex = Field(default="", description="Only inside functions of this name.")
    labels: tuple[str, ...]
    on: On = "both"
    severity: Level = "warning"
    comment: str = ""


class LintConfig(_Model):
    """What a repository asks of its rules."""

    version: Literal["ballast/v1"] = "ballast/v1"
    scrape_interval: Duration = Field(default="15s", description="The longest interval at which targets are scraped.")
    evaluation_interval: Duration = Field(default="1m", description="That of groups without an `interval`.")
    routing_labels: tuple[str, ...] = Field(default=(), description="Labels without which Alertmanager cannot route an alert.")
    many_valued: tuple[str, ...] = Field(
        default=(
            "instance",
            "pod",
            "pod_name",
            "container_id",
            "id",
            "uid",
            "ip",
            "path",
            "url",
            "user_id",
            "trace_id",
            "request_id",
        ),
        description="Labels with so many values that rules should not keep them.",
    )
    annotations: tuple[Demand, ...] = ()
    labels: tuple[Demand, ...] = ()
    pending: tuple[Pending, ...] = ()
    names: tuple[Name, ...] = ()
    aggregate: tuple[Aggregate, ...] = ()
    selectors: tuple[Selector, ...] = ()
    record_names_except: tuple[Regex, ...] = Field(default=(), description="Recording rules that keep another name.")
    other_group: tuple[Regex, ...] = Field(default=(), description="Metrics that rules of another group may be late to see.")
    used_elsewhere: tuple[Regex, ...] = Field(
        default=(), description="Recorded metrics that something outside this repository reads."
    )


DEFAULT = LintConfig()
SEVERITY = {"error": Severity.ERROR, "warning": Severity.WARNING, "note": Severity.NOTE}


def lint_config(tree: Tree) -> LintConfig:
    """The configuration of the tree; the default where it has none, or one that is wrong (`alerts/lint-config` says so)."""
    if LINT not in tree:
        return DEFAULT
    return _read(tree[LINT].data)[0]


def config_problems(data: bytes) -> list[Finding]:
    """What is wrong with the file."""
    return _read(data)[1]


@lru_cache(maxsize=16)
def _read(data: bytes) -> tuple[LintConfig, list[Finding]]:
    read = read_documents(LINT, data, LintConfig)
    found = [Finding.of(problem) for problem in read.problems]
    return (read.sound[0].model if read.sound else DEFAULT), found


def applies(on: str, kind: Any) -> bool:
    """Whether a demand is made of a rule of this type."""
    return on == "both" or (on == "alerting") == hasattr(kind, "pending")


@lru_cache(maxsize=512)
def whole_match(pattern: str) -> re.Pattern[str]:
    """An anchored regular expression."""
    return re.compile(rf"\A(?:{pattern})\Z")


_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_PARTS = re.compile(r"(\d+)(ms|[smhdwy])")


def duration(text: str) -> float | None:
    """Seconds of a duration as Prometheus reads it (`1h30m`); None where it is none."""
    if text == "0":
        return 0.0
    parts = _PARTS.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(int(number) * _UNITS[unit] for number, unit in parts)
