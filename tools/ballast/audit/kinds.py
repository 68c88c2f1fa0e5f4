"""The kinds of entries, and what the details of each hold. More keys are welcome; those that are named must be there.

A package of ours that writes a new kind adds it here, so that the schema (`alerts/schemas/audit/entry.v1.json`) and those who
read the log know it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Group = Literal["change", "verdict", "exemption", "approval", "chaos", "access", "log"]


class Details(BaseModel):
    """What all have in common: nothing."""

    model_config = ConfigDict(extra="allow", strict=True)


class Plan(Details):
    """A plan of ours."""

    bundle: str = Field(description="SHA-256 of the bundle's manifest: what is approved.")
    plan: str = Field(description="SHA-256 of the plan file.")
    commit: str
    state: str = Field(description="Lineage and serial of the state that it was made against.")


class Apply(Plan):
    """An apply of ours; `result` is started, applied, failed, refused and so on."""

    mode: str = Field(description="real or hermetic.")
    approved_by: list[str]
    cost: str = Field(description="What it adds a month.")


class Approval(Details):
    """Somebody approves a bundle."""

    bundle: str
    accepts: list[str] = Field(description="What the bundle asked for.")
    present: bool = Field(description="Whether they confirmed in person.")
    by: str = Field(description="ssh or github: how it was signed.")
    signed_by: str = Field(description="The key's fingerprint, or the subject of GitHub's OIDC token.")


class Gate(Details):
    """A verdict of the freeze gate."""

    change_type: str
    passes: bool
    slos: dict[str, str] = Field(description="What is left of each SLO's budget, as a ratio.")


class Exemption(Details):
    """An exemption from a freeze, signed or used."""

    file: str


class Correction(Details):
    """Minutes of the ledger that somebody replaced."""

    from_: str = Field(alias="from")
    to: str


class Imported(Details):
    """A change that a provider's own log shows."""

    event: str = Field(description="The event's id in the provider's log: it is imported once.")
    action: str = Field(description="The provider's name for it: s3:PutBucketPolicy, v1.compute.instances.stop, patch.")
    at: str = Field(description="When it happened (RFC 3339); the entry's own time is that of the import.")
    ids: list[str] = Field(description="Names that the changed thing goes by: ARN, id, path.")
    source: str = Field(description="File and line that it was read from.")


class Chaos(Details):
    """A chaos run."""

    experiment: str
    environment: str
    target: str


class BreakGlass(Details):
    """Access that stands outside the usual ways."""

    system: str = Field(description="What was entered: aws, gcp, kubernetes, vault …")
    incident: str = Field(description="The incident that called for it.")


class Signing(Details):
    """The log's own key."""

    key: str = Field(description="Its fingerprint.")


@dataclass(frozen=True, slots=True)
class Kind:
    """What entries of one `what` are."""

    group: Group
    meaning: str
    details: type[Details] = Details


KINDS: dict[str, Kind] = {
    "tf/plan": Kind("change", "a plan was made, or refused", Plan),
    "tf/approve": Kind("approval", "somebody approved a plan", Approval),
    "tf/apply": Kind("change", "an approved plan was applied, or refused", Apply),
    "seen/aws": Kind("change", "CloudTrail saw a change", Imported),
    "seen/gcp": Kind("change", "Google Cloud's audit log saw a change", Imported),
    "seen/kubernetes": Kind("change", "Kubernetes' audit log saw a change", Imported),
    "budget/gate": Kind("verdict", "the freeze gate was asked", Gate),
    "budget/exemption": Kind("exemption", "an exemption from a freeze was signed, or used", Exemption),
    "budget/objective": Kind("change", "an objective was changed"),
    "budget/exclusion": Kind("exemption", "times were left out of a budget, or taken in again"),
    "budget/correction": Kind("change", "minutes of the ledger were replaced", Correction),
    "chaos/run": Kind("chaos", "a fault was injected", Chaos),
    "access/break-glass": Kind("access", "emergency access was used", BreakGlass),
    "audit/recovered": Kind("log", "a line that was not ours was moved aside"),
    "audit/adopted": Kind("log", "somebody vouches for a log that nobody had signed", Signing),
}
DOMAINS = ("chaos", "github", "images", "incidents", "oncall", "secrets", "tf")
"""Whose other acts may be written with details of their own."""


def check_details(what: str, details: dict[str, Any]) -> None:
    """ValueError when `what` is no kind, or the details lack something of it."""
    kind = KINDS.get(what)
    if kind is None:
        if what.partition("/")[0] in DOMAINS and what.partition("/")[2]:
            return
        raise ValueError(f"{what} is no kind of audit entry: add it to ballast/audit/kinds.py")
    try:
        kind.details.model_validate(details)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"an entry of kind {what} needs {where}: {first['msg']}") from None


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a line."""
    text, digest = {"type": "string"}, {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    properties: dict[str, Any] = {
        "sequence": {"type": "integer", "minimum": 1, "description": "1, 2, 3, …"},
        "at": {"type": "string", "format": "date-time", "description": "When it was written, in UTC."},
        "who": text | {"description": "A person, workflow or service; github:login where GitHub says so."},
        "what": {"type": "string", "pattern": "^[a-z-]+/[a-z-]+$", "description": "The kind."},
        "subject": text | {"description": "What it was done to."},
        "result": text | {"description": "How it ended."},
        "why": text,
        "details": {"type": "object"},
        "previous": digest | {"description": "The hash of the line before; of the first, zeros."},
        "hash": digest | {"description": "SHA-256 of the line's RFC 8785 form without this key."},
    }
    by_kind = []
    for what, kind in sorted(KINDS.items()):
        details = kind.details.model_json_schema(by_alias=True) | {"description": kind.meaning}
        details.pop("title", None)
        for one in details.get("properties", {}).values():
            one.pop("title", None)
        by_kind.append(
            {"if": {"properties": {"what": {"const": what}}}, "then": {"properties": {"details": details}}},
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of the audit log",
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
        "allOf": by_kind,
    }
