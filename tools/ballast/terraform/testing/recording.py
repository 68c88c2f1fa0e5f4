"""Writes down what a Python test exercised of a module, in the folder that BALLAST_TF_COVERAGE names, if it does.

`ballast tf coverage --records FOLDER` counts it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from ballast.terraform.workspace import repository


class Recorder:
    """Of one deployment. Writes anew after everything that it sees: a killed test has still exercised something."""

    def __init__(self, module: Path, folder: Path | None) -> None:
        self.folder = folder
        if folder is None:
            return
        from ballast.terraform.coverage import Module

        repo = repository(module).resolve()
        resolved = module.resolve()
        name = resolved.relative_to(repo).as_posix() if resolved.is_relative_to(repo) else resolved.name
        self.module = Module(resolved, name)
        self.covered: set[str] = set()
        self.file = folder / f"{name.replace('/', '-')}-{secrets.token_hex(6)}.json"

    @classmethod
    def of(cls, module: Path) -> Self:
        """As the environment says."""
        named = os.environ.get("BALLAST_TF_COVERAGE")
        return cls(module, Path(named) if named else None)

    def instrument(self, shadow: Path) -> None:
        """Beside the copy's files, outputs for the module's choices."""
        if self.folder is not None:
            from ballast.terraform.coverage.measure import instrument

            self.choices = instrument(shadow, self.module)

    def saw(self, document: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        """A plan, or the values of a state, with these variables."""
        if self.folder is None:
            return
        from ballast.terraform.coverage.items import default_of
        from ballast.terraform.coverage.measure import made, taken

        changes = document.get("output_changes", {})
        outputs = {n: c.get("after") for n, c in changes.items()} | {
            n: o.get("value") for n, o in document.get("outputs", {}).items()
        }
        defaults = default_of(self.module)
        told = {f"var.{name}" for name, value in variables.items() if json.dumps(value) != defaults.get(name)}
        self.add(made(document) | taken(self.choices, outputs) | told)

    def read(self, output: str) -> None:
        """A test read an output."""
        if self.folder is not None:
            self.add({f"output.{output}"})

    def add(self, keys: set[str]) -> None:
        """Keep and write."""
        assert self.folder is not None
        self.covered |= keys
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps({"module": self.module.name, "covered": sorted(self.covered)}))
        part.replace(self.file)
