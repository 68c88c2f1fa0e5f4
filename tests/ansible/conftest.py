"""A host to play on, and the Vault that holds its secrets."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ballast.stack import Vault
from tests.ansible.host import Host, missing, unpack


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """The receiver that stands for Vault, with the one secret that roles read."""
    server = Vault(tmp_path_factory.mktemp("vault"))
    server.start()
    server.state(ttl=3600, max_ttl=3600)
    server.put("secret/hosts/postgres-exporter", {"password": "correct horse"})
    yield server
    server.stop()


@pytest.fixture(scope="session")
def vault_env(vault: Vault) -> dict[str, str]:
    """How a playbook signs in: a token, as CI has it after its own sign-in."""
    body = {"role_id": "gateway", "secret_id": "swordfish"}
    answer = httpx.post(f"{vault.url}/v1/auth/approle/login", json=body, trust_env=False).json()
    token = answer["auth"]["client_token"]
    return {
        "ANSIBLE_HASHI_VAULT_ADDR": vault.url,
        "ANSIBLE_HASHI_VAULT_TOKEN": token,
        "ANSIBLE_HASHI_VAULT_TOKEN_VALIDATE": "false",
        "no_proxy": "127.0.0.1",
    }


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory, vault_env: dict[str, str]) -> Host:
    """A Debian root. Tests that share it run in the order of their module."""
    if why := missing():
        pytest.skip(f"no host to play on: {why}")
    try:
        return Host(unpack(Path(tmp_path_factory.mktemp("host"))), vault_env)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no Debian root could be made: {error.stderr.decode(errors='replace').strip()[-300:]}")
