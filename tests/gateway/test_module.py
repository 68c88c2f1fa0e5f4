"""The Terraform module gives the gateway no variable that it does not read, and what the image runs is this program."""

from __future__ import annotations

import re
from pathlib import Path

from ballast.gateway import VARIABLES

MODULE = Path("terraform/modules/gateway")
KNOWN = set(VARIABLES.values())


def test_every_variable_that_the_module_sets_is_one_that_the_gateway_reads(root: Path) -> None:
    values = (root / MODULE / "values.tf").read_text()
    named = set(re.findall(r'"?(BALLAST_[A-Z_]*[A-Z])"?\s*=', values))
    assert {"BALLAST_DATABASE_URL", "BALLAST_REDIS_URL", "BALLAST_KAFKA_BOOTSTRAP"} <= named, "the pattern still finds them"
    assert named <= KNOWN, f"unknown to the gateway: {sorted(named - KNOWN)}"


def test_every_tuning_of_the_module_is_a_setting(root: Path) -> None:
    """`tuning.max_bytes` becomes BALLAST_GATEWAY_MAX_BYTES."""
    text = (root / MODULE / "variables.tf").read_text()
    found = re.search(r'variable "tuning" \{.*?object\(\{(.*?)\}\)', text, re.DOTALL)
    assert found is not None
    names = {f"BALLAST_GATEWAY_{name.upper()}" for name in re.findall(r"^\s*(\w+)\s*=", found[1], re.MULTILINE)}
    assert names, "the module tunes something"
    assert names <= KNOWN, f"unknown to the gateway: {sorted(names - KNOWN)}"


def test_what_the_module_says_about_secrets_is_what_the_gateway_reads(root: Path) -> None:
    for path in (root / MODULE).glob("*.tf"):
        mentioned = set(re.findall(r"`(BALLAST_[A-Z_]*[A-Z])", path.read_text()))
        assert mentioned <= KNOWN, f"{path.name}: {sorted(mentioned - KNOWN)}"
