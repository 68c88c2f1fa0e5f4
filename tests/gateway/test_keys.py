"""Keys from Vault: signing in, renewing, reading anew, and what happens while it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ballast.gateway.keys import Keys
from ballast.gateway.keys import Vault as Client
from ballast.secrets import VaultSettings
from ballast.stack import ROUTING_KEY, Stack, Vault, wait_until
from tests.gateway.conftest import Room, webhook

NAME = "BALLAST_PAGERDUTY_ROUTING_KEY"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A Vault of this module's."""
    with Stack(tmp_path_factory.mktemp("vault")) as stack:
        yield stack.start(Vault(stack.directory / "vault"))


@pytest.fixture
def vault(server: Vault) -> Vault:
    """The same, unsealed, with one secret."""
    server.state(sealed=False, ttl=60, max_ttl=600, revoke=True)
    server.put("secret/gateway", {NAME: "one"})
    return server


def client(vault: Vault, folder: Path, auth: str = "approle", *, secret: str = "swordfish", refresh: float = 60.0) -> Client:
    file = folder / "secret"
    file.write_text(("a-pods-token" if auth == "kubernetes" else secret) + "\n")
    return Client(
        VaultSettings(vault.url, "gateway", auth=auth, jwt_file=str(file), secret_id_file=str(file)),
        "secret/gateway",
        refresh,
    )


def paths(vault: Vault, since: int) -> list[str]:
    return [call["path"].removeprefix("/v1/") for call in vault.calls()[since:]]


@pytest.mark.parametrize("auth", ["approle", "kubernetes"])
def test_it_signs_in_reads_and_sees_a_new_version(vault: Vault, tmp_path: Path, auth: str) -> None:
    mine, since = client(vault, tmp_path, auth), len(vault.calls())
    keys = Keys({NAME: "given", "OTHER": "other"}, mine)
    key = keys.key(NAME)
    assert key() == "given"
    asyncio.run(mine.refresh())
    assert (mine.up, key(), keys.get("OTHER"), keys.get("NONE")) == (True, "one", "other", "")
    vault.put("secret/gateway", {NAME: "two"})
    asyncio.run(mine.refresh())
    assert key() == "two", "a provider asks at every call"
    assert paths(vault, since) == [f"auth/{auth}/login", "secret/data/gateway", "secret/data/gateway"]
    assert "two" not in repr(keys)


def test_a_sealed_or_dead_vault_leaves_the_last_keys(vault: Vault, tmp_path: Path) -> None:
    mine = client(vault, tmp_path)
    asyncio.run(mine.refresh())
    vault.state(sealed=True)
    asyncio.run(mine.refresh())
    assert (mine.up, mine.values) == (False, {NAME: "one"})
    vault.stop()
    try:
        asyncio.run(mine.refresh())
        assert (mine.up, mine.values) == (False, {NAME: "one"})
    finally:
        vault.start()
    vault.put("secret/gateway", {NAME: "three"})  # what it had is gone, the token too
    asyncio.run(mine.refresh())
    asyncio.run(mine.refresh())
    assert (mine.up, mine.values) == (True, {NAME: "three"})


def test_tokens_are_renewed_and_replaced_at_their_end(vault: Vault, tmp_path: Path) -> None:
    vault.state(ttl=1, max_ttl=2)
    mine, since = client(vault, tmp_path), len(vault.calls())

    async def for_a_while() -> None:
        for _ in range(16):
            await mine.refresh()
            await asyncio.sleep(0.2)

    asyncio.run(for_a_while())
    asked = paths(vault, since)
    assert asked.count("auth/token/renew-self") >= 1
    assert asked.count("auth/approle/login") >= 2, "a token that has reached its longest life is replaced"
    assert mine.up


def test_a_wrong_secret_id_is_said_and_not_shown(vault: Vault, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mine = client(vault, tmp_path, secret="catfish")
    asyncio.run(mine.refresh())
    assert not mine.up
    assert "invalid role or secret ID" in str(caplog.records[-1].__dict__["reason"])
    assert "catfish" not in str([record.__dict__ for record in caplog.records])


def test_a_gateway_without_a_key_stores_and_sends_once_vault_is_there(room: Room, vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "id").write_text("swordfish")
    vault.state(sealed=True)
    gateway = room.another(
        routing_key="",
        vault_address=vault.url,
        vault_auth="approle",
        vault_secret_id_file=tmp_path / "id",
        vault_refresh_seconds=0.3,
    )
    gateway.start()
    assert room.post(webhook("Keyless"), gateway).status_code == 200
    wait_until(lambda: "there is no key" in str(room.deliveries("Keyless", gateway)[0]["reason"]), 10, "a row that waits")
    assert room.calls("Keyless") == []
    vault.put("secret/gateway", {NAME: ROUTING_KEY})
    vault.state(sealed=False)
    room.wait_for("Keyless", ["opened"])
    vault.state(sealed=True)
    assert room.post(webhook("Keyless", "resolved"), gateway).status_code == 200
    room.wait_for("Keyless", ["opened", "resolved"])
    import httpx

    wait_until(
        lambda: "\ngateway_vault_up 0.0\n" in httpx.get(f"{gateway.url}/metrics", trust_env=False).text, 10, "the metric"
    )
    gateway.stop()
