"""Encrypted files: a line of JSON that says what is inside, then AES-256-GCM (NIST SP 800-38D) over a ZIP of members.

The line is authenticated with the rest: no byte of the file can be changed unseen. The key is 32 bytes in base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

from ballast.repo import CannotRun
from ballast.secrets import from_environment

FORMAT = "ballast-bundle/1"
KEY, KEY_FILE, KEY_VAULT = "BALLAST_BUNDLE_KEY", "BALLAST_BUNDLE_KEY_FILE", "BALLAST_BUNDLE_KEY_VAULT"
LOCAL_KEY = ".ballast/bundle.key"
_HEAD = 4096
_STAMP = (1980, 1, 1, 0, 0, 0)


def bundle_key(root: Path, *, create: bool = False) -> bytes:
    """`BALLAST_BUNDLE_KEY`, the file that `BALLAST_BUNDLE_KEY_FILE` names, the value `key` of the secret in Vault that
    `BALLAST_BUNDLE_KEY_VAULT` names (`secret/ballast/bundle`), else this machine's own `.ballast/bundle.key`.

    `create` makes the machine's key when there is none. Raises CannotRun without a key, or with a bad one.
    """
    if given := os.environ.get(KEY):
        return _decoded(given, KEY)
    named = os.environ.get(KEY_FILE)
    if not named and (secret := os.environ.get(KEY_VAULT)):
        return _from_vault(secret)
    path = Path(named) if named else root / LOCAL_KEY
    if not named and not path.exists():
        if not create:
            raise CannotRun(f"there is no key for bundles: set {KEY} (or {KEY_FILE}) to the one it was made with")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass  # another command was quicker
        else:
            with os.fdopen(handle, "wb") as stream:
                stream.write(base64.b64encode(os.urandom(32)) + b"\n")
    try:
        return _decoded(path.read_text(), str(path))
    except OSError as error:
        raise CannotRun(f"the key for bundles {path} cannot be read: {error.strerror}") from error


def _from_vault(secret: str) -> bytes:
    vault = from_environment()
    if vault is None:
        raise CannotRun(f"{KEY_VAULT} is set and VAULT_ADDR is not: say where Vault is")
    with vault:
        return _decoded(vault.read(secret).get("key", ""), f"{secret} (value `key`) in Vault")


def _decoded(text: str, name: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise CannotRun(f"{name} is no key: 32 random bytes in base64 (openssl rand -base64 32)")
    return key


def _fingerprint(key: bytes) -> str:
    return hashlib.sha256(b"ballast bundle key\0" + key).hexdigest()[:16]


def seal(path: Path, key: bytes, head: dict[str, Any], members: dict[str, bytes]) -> None:
    """Write a file that only `key` opens; `head` can be read by everybody. It appears whole or not at all."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)
    line = json.dumps(
        head | {"format": FORMAT, "key": _fingerprint(key), "nonce": nonce.hex()}, sort_keys=True, separators=(",", ":")
    ).encode()
    body = AESGCM(key).encrypt(nonce, _packed(members), line)
    part = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(line + b"\n" + body)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def head_of(path: Path) -> dict[str, Any]:
    """What the first line says, unproven: `unseal` proves it. Raises CannotRun when it is none of ours."""
    return _read(path)[0]


def unseal(path: Path, key: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The proven head and the members. Raises CannotRun when anything was changed, or the key is another."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    head, line, body = _read(path)
    try:
        nonce = bytes.fromhex(str(head["nonce"]))
        plain = AESGCM(key).decrypt(nonce, body, line)
    except (InvalidTag, KeyError, ValueError):
        other = head.get("key") != _fingerprint(key)
        why = "was sealed with another key, or changed" if other else "was changed after it was made"
        raise CannotRun(f"{path} {why}: plan again") from None
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        return head, {name: archive.read(name) for name in archive.namelist()}


def bundle_members(root: Path, path: Path) -> dict[str, bytes] | None:
    """What is in a bundle, its key found as `bundle_key` does; None for another file. Raises CannotRun as `unseal` does."""
    try:
        with path.open("rb") as stream:
            ours = FORMAT.encode() in stream.readline(_HEAD)
    except OSError:
        ours = False
    return unseal(path, bundle_key(root))[1] if ours else None


def _read(path: Path) -> tuple[dict[str, Any], bytes, bytes]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CannotRun(f"{path} cannot be read: {error.strerror}") from error
    line, newline, body = data.partition(b"\n")
    try:
        head = json.loads(line) if newline and len(line) <= _HEAD else None
    except ValueError:
        head = None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise CannotRun(f"{path} is no bundle, or was changed: make one with `ballast tf plan ROOT --bundle FILE`")
    return head, line, body


def _packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            archive.writestr(zipfile.ZipInfo(name, _STAMP), members[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()
