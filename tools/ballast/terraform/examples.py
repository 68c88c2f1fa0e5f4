"""Outputs of a root as a hermetic apply makes them: what stands in for its state where there is no cloud."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from ballast.repo import CannotRun
from ballast.terraform.hermetic import Server
from ballast.terraform.workspace import Workspace, repository


def outputs(root: Path) -> dict[str, Any]:
    """The outputs by name, less sensitive ones. Raises CannotRun when the root cannot be applied."""
    schemas = repository(root) / "terraform" / "schemas"
    with (
        tempfile.TemporaryDirectory(prefix="ballast-example-") as into,
        Server(schemas, announce=False) as server,
        Workspace(root, into=Path(into), server=server, mode="hermetic", announce=False) as tf,
    ):
        tf.init()
        done = tf.run("apply", "-auto-approve", "-input=false", "-no-color", capture=True)
        if done.returncode:
            raise CannotRun(f"{root} cannot be applied:\n{done.stderr.strip()}")
        return {name: output["value"] for name, output in tf.json("output", "-json").items() if not output.get("sensitive")}
