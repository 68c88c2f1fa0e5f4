"""`ballast generate` writes the JSON schemas of what people write in `alerts/`."""

from __future__ import annotations

import json

from ballast.alerts.lint_config import LintConfig
from ballast.findings import generator
from ballast.repo import Repository, schemas
from ballast.repo.schemas import FOLDER


@generator("alerts/schemas")
def schema_files(_: Repository) -> dict[str, str]:
    """`alerts/schemas/<kind>.json`."""
    lint = {"$schema": "https://json-schema.org/draft/2020-12/schema", **LintConfig.model_json_schema()}
    return {**schemas(), f"{FOLDER}/lint.json": json.dumps(lint, indent=2, ensure_ascii=False) + "\n"}
