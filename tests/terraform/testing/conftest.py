"""The fixtures that users get from the plugin; the ledger of these tests is their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from ballast.terraform.testing.plugin import terraform, terraform_core, terraform_server

__all__ = ["terraform", "terraform_core", "terraform_server"]


@pytest.fixture(autouse=True)
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "ledger"
    monkeypatch.setenv("BALLAST_TF_LEDGER", str(folder))
    for name in ("BALLAST_TF_SKIP", "BALLAST_TF_COVERAGE", "BALLAST_TF_MODE"):
        monkeypatch.delenv(name, raising=False)
    return folder
