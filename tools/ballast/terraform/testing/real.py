"""Helpers for tests against a real cloud; what they need is imported only when they are called."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

from ballast.repo import CannotRun


def kubectl(*arguments: str, kubeconfig: Path | None = None, timeout: float = 120.0) -> Any:
    """What `kubectl … -o json` prints, parsed. Raises CannotRun without kubectl, AssertionError when it fails."""
    program = shutil.which("kubectl")
    if program is None:
        raise CannotRun("kubectl is not on PATH: install it to test against a real cluster")
    env = os.environ | ({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {})
    try:
        done = subprocess.run(
            [program, *arguments, "-o", "json"], capture_output=True, text=True, env=env, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise AssertionError(f"kubectl {' '.join(arguments)} did not end within {timeout:g} s") from None
    assert done.returncode == 0, f"kubectl {' '.join(arguments)} failed: {done.stderr.strip()}"
    return json.loads(done.stdout or "null")


def aws(service: str, region: str) -> Any:
    """A boto3 client. Raises CannotRun where boto3 is not installed."""
    try:
        boto3 = import_module("boto3")
    except ImportError:
        raise CannotRun("boto3 is not installed: pip install boto3, to look at what was made on AWS") from None
    return boto3.client(service, region_name=region)
