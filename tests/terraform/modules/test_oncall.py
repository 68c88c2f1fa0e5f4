"""Who is on call is one contract: the file of this repository, through PagerDuty's module and Jira Service Management's."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from ballast.terraform import hcl

from .conftest import Open
from .hcl import MODULES

ALERTS = MODULES.parents[1] / "alerts"
ACCOUNTS = {
    "oncall": {"event_orchestration": "b02e973d-9620-4e0a-9edc-00fedf7d4694"},
    "oncall-jsm": {"organization": "0b1c2d3e-0000-4000-8000-123456789abc"},
}
PROVIDERS = {
    "oncall": {"pagerduty": {"token": "not-a-token"}},
    "oncall-jsm": {
        "atlassian-operations": {
            "cloud_id": "0b1c2d3e-0000-4000-8000-000000000000",
            "domain_name": "acme.atlassian.net",
            "email_address": "terraform@acme.example",
            "token": "not-a-token",
        }
    },
}


def interface(module: str) -> dict[str, dict[str, str]]:
    """Types of variables and names of outputs, without the one that is each provider's own."""
    blocks = [block for file in hcl.read(MODULES / module, "*.tf", module) for block in file.blocks]
    return {
        "variables": {b.label: b.attributes["type"].plain for b in blocks if b.kind == "variable" and b.label != "account"},
        "outputs": {b.label: b.attributes["description"].plain for b in blocks if b.kind == "output"},
    }


def test_both_modules_have_one_contract() -> None:
    assert interface("oncall") == interface("oncall-jsm")


@pytest.fixture(scope="module")
def inputs() -> dict[str, Any]:
    oncall = yaml.safe_load((ALERTS / "oncall.yaml").read_text())
    services = [yaml.safe_load(path.read_text()) for path in sorted((ALERTS / "services").glob("*.yaml"))]
    return {
        **{key: oncall[key] for key in ("people", "schedules", "teams")},
        "services": {service["service"]: service["owner"] for service in services},
        "default_team": "team-observability",
    }


@pytest.mark.parametrize("module", ACCOUNTS)
def test_the_file_of_this_repository_is_made(module: str, inputs: dict[str, Any], opened: Open) -> None:
    """Planned, applied, found unchanged, destroyed; and both say the same of teams and services."""
    with opened(MODULES / module, {**inputs, "account": ACCOUNTS[module]}) as run:
        (run.workspace.folder / "provider.tf.json").write_text(json.dumps({"provider": PROVIDERS[module]}))
        answer = run.apply()
        run.replan()
        assert run.tf("destroy").returncode == 0
    assert {name: team["services"] for name, team in answer["teams"].items()} == {
        name: sorted(service for service, owner in inputs["services"].items() if owner == name) for name in inputs["teams"]
    }
    assert set(answer["schedules"]) == set(inputs["schedules"])
