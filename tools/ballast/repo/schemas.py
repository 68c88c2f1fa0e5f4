"""JSON schemas of the files that people write, so that editors complete and check them.

A file names its schema in its first line: `# yaml-language-server: $schema=../schemas/slo.json`. They are generated from the
models, and a little wider than a model where the reader is: a label's value may be a number.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from ballast.repo.budget import BudgetPolicy, Exclusions
from ballast.repo.models import Routing, Service, Settings, SloFile
from ballast.repo.oncall import OnCall
from ballast.repo.platform_alerts import PlatformAlerts

FOLDER = "alerts/schemas"
_KINDS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("slo", "SLOs of a service: Sloth's prometheus/v1, and Ballast's own keys", SloFile),
    ("service", "A service: who owns it, how important it is, its RED metrics", Service),
    ("routing", "From a service's tier and an alert's severity to P1-P4", Routing),
    ("oncall", "Who is on call: people, schedules, and the teams whose alerts they take", OnCall),
    ("budget-policy", "What happens as an error budget runs out, by tier", BudgetPolicy),
    ("exclusions", "Times that do not count against error budgets", Exclusions),
    ("platform-alerts", "What becomes of the alerts that the platform's chart brings", PlatformAlerts),
    ("settings", "What all alerts of the repository have in common", Settings),
)
_LABEL_VALUES = {"type": ["string", "number", "boolean"]}


def schemas() -> dict[str, str]:
    """Path in the repository -> text of a JSON schema (draft 2020-12)."""
    return {f"{FOLDER}/{name}.json": schema_text(title, model) for name, title, model in _KINDS}


def schema_text(title: str, model: type[BaseModel]) -> str:
    """The JSON schema of one model, as it is written."""
    schema = model.model_json_schema()
    for definition in (schema, *schema.get("$defs", {}).values()):
        _tidy(definition)
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _tidy(definition: dict[str, Any]) -> None:
    """Drops generated titles, unwraps the lines of descriptions, and widens the values of labels."""
    definition.pop("title", None)
    if "description" in definition:
        definition["description"] = " ".join(definition["description"].replace("*Ballast*", "Ballast").split())
    for property_ in definition.get("properties", {}).values():
        _tidy(property_)
        if property_.get("additionalProperties") == {"type": "string"}:
            property_["additionalProperties"] = _LABEL_VALUES
