"""Runs checkov, in the environment that scripts/checkov.sh makes, over plans: all of them in one process."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ballast.findings import execute
from ballast.repo import CannotRun
from ballast.terraform.policy.prepare import GOING, prepare

RULES = Path(__file__).parent / "rules"
LOCK = Path("scripts/checkov.lock")
_CRASH = re.compile(r"Failed to run check (\S+) on /?(\S+?\.json):(\S+)")
OURS = "BALLAST_"
ABOUT_DESTROYING = {"destroyed-data"}


@dataclass(frozen=True, slots=True)
class Violation:
    """A resource of a plan that breaks a policy. `policy` is ours (`public-endpoint`) or checkov's id (`CKV_AWS_144`).

    `crashed`: the policy itself failed on the resource, so nobody knows.
    """

    plan: str
    address: str
    policy: str
    message: str
    crashed: bool = False

    @property
    def ours(self) -> bool:
        """Whether it is one of Ballast's own policies."""
        return not self.policy.startswith("CKV")


def checkov() -> Path:
    """The program, in the environment beside Ballast's own. Raises CannotRun when it is not installed."""
    path = Path(sys.prefix).parent / "checkov-venv" / "bin" / "checkov"
    if not path.is_file():
        raise CannotRun("checkov is not installed: scripts/checkov.sh installs it (once, about 30 s, 270 MB)")
    return path


def judge(repo: Path, plans: Mapping[str, Mapping[str, Any]]) -> list[Violation]:
    """What each plan (`terraform show -json`) breaks, by plan and address; exceptions are not looked at.

    A plan's name tells whether it is of production where its resources carry no label `environment`.
    Raises CannotRun when checkov is missing or fails.
    """
    if not plans:
        return []
    program = checkov()
    with tempfile.TemporaryDirectory(prefix="ballast-policy-") as folder:
        names = {}
        for number, (name, plan) in enumerate(sorted(plans.items())):
            file = f"{number:03}-{re.sub(r'[^a-z0-9]+', '-', name.lower())}.json"
            names[file] = name
            (Path(folder) / file).write_bytes(orjson.dumps(prepare(plan)))
        done = execute(
            [program, "--directory", folder, "--framework", "terraform_plan", "--external-checks-dir", RULES,
             "--output", "json", "--quiet", "--compact", "--skip-download"],
            repo,
            PYTHONDONTWRITEBYTECODE="1",
            PYTHONWARNINGS="ignore",
            LOG_LEVEL="ERROR",
        )  # fmt: skip
    return sorted(_failed(done.stdout, names) + _crashes(done.stderr, names), key=lambda v: (v.plan, v.address, v.policy))


def _failed(said: str, names: Mapping[str, str]) -> list[Violation]:
    try:
        reports = orjson.loads(said)
    except ValueError:
        raise CannotRun(f"checkov printed no JSON: {said.strip()[-300:] or 'nothing'}") from None
    found = []
    for report in reports if isinstance(reports, list) else [reports]:
        for failed in report.get("results", {}).get("failed_checks", []):
            policy, address = failed["check_id"], failed.get("resource_address") or failed["resource"]
            details = failed.get("details") or []
            if policy.startswith(OURS):
                policy = policy.removeprefix(OURS).lower().replace("_", "-")
            if address.startswith(GOING) and policy not in ABOUT_DESTROYING:
                continue
            message = "; ".join(details) or failed["check_name"]
            found.append(Violation(names[Path(failed["file_path"]).name], address.removeprefix(GOING), policy, message))
    return found


def _crashes(said: str, names: Mapping[str, str]) -> list[Violation]:
    crashes = {(names[Path(file).name], resource, policy) for policy, file, resource in _CRASH.findall(said)}
    message = "this policy of checkov's failed on it, so it is not known whether it holds"
    return [Violation(plan, resource, policy, message, crashed=True) for plan, resource, policy in crashes]
