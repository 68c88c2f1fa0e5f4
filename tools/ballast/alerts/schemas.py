"""`ballast generate` writes the JSON schemas of what people write in `alerts/`."""

from __future__ import annotations

from ballast.findings import generator
from ballast.repo import Repository, schemas


@generator("alerts/schemas")
def schema_files(_: Repository) -> dict[str, str]:
    """`alerts/schemas/<kind>.json`."""
    return schemas()
