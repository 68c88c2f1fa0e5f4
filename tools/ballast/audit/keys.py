"""The key that signs the log's head, and whose signatures count.

The key is never in the store that it protects: `BALLAST_AUDIT_KEY` (an Ed25519 private key in OpenSSH's format), the file
that `BALLAST_AUDIT_KEY_FILE` names, or `BALLAST_AUDIT_KEY_VAULT=MOUNT/PATH#FIELD`, a secret of Vault's KV version 2 that is
read with `VAULT_ADDR` and `VAULT_TOKEN` (or `~/.vault-token`). Whose keys count: lines of `alerts/allowed-signers` that have
`namespaces="ballast-audit"`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ballast.audit.sshsig import SIGNERS, private_key, signers_for
from ballast.repo import CannotRun, find_root

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PURPOSE = "ballast-audit"
TEXT, FILE, VAULT = "BALLAST_AUDIT_KEY", "BALLAST_AUDIT_KEY_FILE", "BALLAST_AUDIT_KEY_VAULT"


def signing_key() -> Ed25519PrivateKey | None:
    """The key, or None when none is configured. Raises CannotRun when one is and cannot be used: nobody signs by halves."""
    if text := os.environ.get(TEXT):
        return private_key(text.strip().encode() + b"\n", TEXT)
    if file := os.environ.get(FILE):
        try:
            return private_key(Path(file).read_bytes(), file)
        except OSError as error:
            raise CannotRun(f"{FILE}: {file} cannot be read: {error.strerror}") from error
    if secret := os.environ.get(VAULT):
        return private_key(_from_vault(secret).strip().encode() + b"\n", VAULT)
    return None


def trusted(path: Path | None = None) -> dict[bytes, str]:
    """Public keys whose heads count, and whose they are; `path` instead of the repository's file of allowed signers.

    Raises CannotRun when a file that was asked for is not there.
    """
    if path is not None:
        if not path.is_file():
            raise CannotRun(f"{path}: no such file of allowed signers")
        return signers_for(path, PURPOSE)
    try:
        return signers_for(find_root() / SIGNERS, PURPOSE)
    except CannotRun:  # outside a repository
        return {}


def _from_vault(name: str) -> str:
    """GET /v1/MOUNT/data/PATH (Vault's KV version 2)."""
    import httpx

    place, _, field = name.partition("#")
    mount, _, path = place.partition("/")
    address = os.environ.get("VAULT_ADDR", "").rstrip("/")
    if not (mount and path and field and address):
        raise CannotRun(f"{VAULT}={name}: write MOUNT/PATH#FIELD, and set VAULT_ADDR")
    try:
        answer = httpx.get(f"{address}/v1/{mount}/data/{path}", headers={"X-Vault-Token": _token()}, timeout=10)
        answer.raise_for_status()
        return str(answer.json()["data"]["data"][field])
    except httpx.HTTPStatusError as error:
        raise CannotRun(f"{VAULT}: Vault does not give {place}: it answers {error.response.status_code}") from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise CannotRun(f"{VAULT}: Vault does not give {place}: {type(error).__name__}") from error
    except (KeyError, TypeError):
        raise CannotRun(f"{VAULT}: {place} has no field {field}") from None


def _token() -> str:
    if token := os.environ.get("VAULT_TOKEN"):
        return token
    try:
        return (Path.home() / ".vault-token").read_text().strip()
    except (OSError, RuntimeError):
        raise CannotRun(f"{VAULT}: set VAULT_TOKEN, or sign in with `vault login`") from None
