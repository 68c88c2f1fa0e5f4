"""The Terraform module gives the gateway no variable that it does not read, and leaves none out without a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from ballast.gateway import SECRETS, VARIABLES, Settings

MODULE = Path("terraform/modules/gateway")
KNOWN = set(VARIABLES.values())
NOT_SET: Mapping[str, str] = {
    "BALLAST_GATEWAY_TLS_CERT": "a tunnel in front asks for certificates; the gateway listens on loopback",
    "BALLAST_GATEWAY_TLS_KEY": "the same",
    "BALLAST_GATEWAY_TLS_CLIENT_CA": "the same",
    "BALLAST_GATEWAY_SENDERS": "the tunnel knows who calls (`clients`); the gateway sees no certificate",
    "BALLAST_GATEWAY_READERS": "the same",
    "BALLAST_GATEWAY_STATUS_HOST": "the tunnel's status port asks /readyz, probes ask on loopback",
    "BALLAST_GATEWAY_STATUS_PORT": "the same",
    "BALLAST_VAULT_SECRET_ID_FILE": "for AppRole; a pod signs in by its service account",
    "BALLAST_VAULT_NAMESPACE": "for Vault Enterprise; module vault has no namespaces",
}
"""Settings that the module leaves as they are, and why."""
IN_A_FILE = {VARIABLES[name] for name in SECRETS}
"""Lines of the secret that is mounted as `.env`."""


@pytest.fixture(scope="module")
def named(root: Path) -> set[str]:
    """Variables that stand in values.tf."""
    return set(re.findall(r'"?(BALLAST_[A-Z_]*[A-Z])"?\s*=', (root / MODULE / "values.tf").read_text()))


@pytest.fixture(scope="module")
def tuned(root: Path) -> dict[str, float]:
    """`tuning.max_bytes` becomes BALLAST_GATEWAY_MAX_BYTES: names with the module's defaults."""
    text = (root / MODULE / "variables.tf").read_text()
    found = re.search(r'variable "tuning" \{.*?object\(\{(.*?)\n  \}\)', text, re.DOTALL)
    assert found is not None
    pairs = re.findall(r"^\s*(\w+)\s*= optional\(number, ([\d.]+)\)", found[1], re.MULTILINE)
    return {f"BALLAST_GATEWAY_{name.upper()}": float(value) for name, value in pairs}


def test_every_variable_that_the_module_sets_is_one_that_the_gateway_reads(named: set[str], tuned: dict[str, float]) -> None:
    assert {"BALLAST_DATABASE_URL", "BALLAST_REDIS_URL", "BALLAST_KAFKA_BOOTSTRAP"} <= named, "the pattern still finds them"
    assert tuned, "the module tunes something"
    assert named | set(tuned) <= KNOWN, f"unknown to the gateway: {sorted((named | set(tuned)) - KNOWN)}"


def test_every_setting_is_set_or_left_out_for_a_reason(named: set[str], tuned: dict[str, float]) -> None:
    given = named | set(tuned) | IN_A_FILE
    assert not given & set(NOT_SET), f"set after all: {sorted(given & set(NOT_SET))}"
    missing = sorted(KNOWN - given - set(NOT_SET))
    assert not missing, f"{missing}: set them in {MODULE}/values.tf, or say in NOT_SET why not"
    assert set(NOT_SET) <= KNOWN, "a reason for a setting that is gone"


def test_untuned_the_module_has_the_gateways_own_defaults(tuned: dict[str, float]) -> None:
    defaults = {VARIABLES[f.name]: f.default for f in fields(Settings) if f.default is not MISSING}
    assert tuned == {name: defaults[name] for name in tuned}


def test_what_the_module_says_about_secrets_is_what_the_gateway_reads(root: Path) -> None:
    for path in (root / MODULE).glob("*.tf"):
        mentioned = set(re.findall(r"`(BALLAST_[A-Z_]*[A-Z])", path.read_text()))
        assert mentioned <= KNOWN, f"{path.name}: {sorted(mentioned - KNOWN)}"


def test_keys_are_lines_of_a_file_and_in_no_value(root: Path, named: set[str]) -> None:
    text = (root / MODULE / "variables.tf").read_text()
    assert not named & IN_A_FILE
    assert [name for name in sorted(IN_A_FILE) if f"`{name}" not in text] == [], "the inputs say which lines there can be"
