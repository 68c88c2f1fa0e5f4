"""`alerts/schemas/audit/entry.v1.json`: what a line of the log holds, by kind."""

from __future__ import annotations

import json

from ballast.audit.kinds import schema
from ballast.findings import generator
from ballast.repo import Repository


@generator("alerts/schemas/audit")
def entry_schema(_: Repository) -> dict[str, str]:
    """One file; what the repository holds does not matter."""
    return {"alerts/schemas/audit/entry.v1.json": json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"}
