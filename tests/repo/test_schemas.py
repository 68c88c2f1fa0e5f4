"""The committed schemas are those of the models, and the files name them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from ballast.repo import BudgetPolicy, Exclusions, OnCall, Routing, Service, Settings, SloFile, schemas

MODELS: dict[str, type[BaseModel]] = {
    "slo": SloFile,
    "service": Service,
    "routing": Routing,
    "oncall": OnCall,
    "budget-policy": BudgetPolicy,
    "exclusions": Exclusions,
    "settings": Settings,
}


@pytest.mark.parametrize(("path", "text"), schemas().items())
def test_committed_schemas_are_current(path: str, text: str, root: Path) -> None:
    assert (root / path).read_text() == text, "run: ballast generate --only alerts/schemas"


@pytest.mark.parametrize("kind", MODELS)
def test_a_schema_says_what_its_model_says(kind: str) -> None:
    schema: dict[str, Any] = json.loads(schemas()[f"alerts/schemas/{kind}.json"])
    model = MODELS[kind]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"].keys() == model.model_fields.keys()
    assert set(schema.get("required", [])) == {name for name, field in model.model_fields.items() if field.is_required()}
    for definition in (schema, *schema.get("$defs", {}).values()):
        assert definition["additionalProperties"] is False
        assert definition["description"]


def test_what_people_write_names_its_schema(root: Path) -> None:
    files = [
        *root.glob("alerts/slos/*.yaml"),
        *root.glob("alerts/services/*.yaml"),
        root / "alerts/routing.yaml",
        root / "alerts/oncall.yaml",
        root / "alerts/settings.yaml",
        root / "alerts/budget-policy.yaml",
        *root.glob("alerts/exclusions/*.yaml"),
    ]
    for file in files:
        named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", file.read_text())
        assert named, file
        assert (file.parent / named[1]).resolve().is_file()
