"""SSH signatures: who signed which text, for which purpose.

The format is that of `ssh-keygen -Y sign -n PURPOSE` (OpenSSH's PROTOCOL.sshsig). Whose keys count is in
`alerts/allowed-signers` (ssh-keygen(1), ALLOWED SIGNERS). Ed25519 keys only.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import re
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ballast.repo import CannotRun

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNERS = "alerts/allowed-signers"
_MAGIC = b"SSHSIG"
_ARMOR = re.compile(rb"-----BEGIN SSH SIGNATURE-----\s+(.+?)\s+-----END SSH SIGNATURE-----", re.DOTALL)
_SIGNER = re.compile(r'(?P<who>\S+)\s+(?P<options>(?:\S+="[^"]*"\s*,?\s*|\S+\s+)*?)ssh-ed25519\s+(?P<key>[A-Za-z0-9+/=]+)')


def ssh_sign(text: bytes, purpose: str, key: Path, passphrase: bytes | None = None) -> bytes:
    """The armored signature of `text` by an Ed25519 private key file in OpenSSH's format. Raises CannotRun when it is none."""
    try:
        data = key.read_bytes()
    except OSError as error:
        raise CannotRun(f"{key} cannot be used to sign: {error}") from error
    return sign_with(private_key(data, str(key), passphrase), text, purpose)


def private_key(data: bytes, name: str, passphrase: bytes | None = None) -> Ed25519PrivateKey:
    """An Ed25519 key in OpenSSH's format. Raises CannotRun, which says `name`, when it is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    try:
        private = load_ssh_private_key(data, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CannotRun(f"{name} cannot be used to sign: {error}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise CannotRun(f"{name} is no Ed25519 key: make one with ssh-keygen -t ed25519")
    return private


def public_key(private: Ed25519PrivateKey) -> bytes:
    """Its public key in SSH's wire format."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return base64.b64decode(private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])


def fingerprint(public: bytes) -> str:
    """As `ssh-keygen -l` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public).digest()).decode().rstrip("=")


def sign_with(private: Ed25519PrivateKey, text: bytes, purpose: str) -> bytes:
    """The armored signature."""
    raw = private.sign(_signed(text, purpose, "sha512"))
    signature = _string(b"ssh-ed25519") + _string(raw)
    blob = _MAGIC + struct.pack(">I", 1) + _string(public_key(private)) + _string(purpose.encode()) + _string(b"")
    blob += _string(b"sha512") + _string(signature)
    body = base64.b64encode(blob)
    lines = [body[at : at + 70] for at in range(0, len(body), 70)]
    return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""])


def ssh_verify(root: Path, person: str, text: bytes, armored: bytes, purpose: str) -> None:
    """Raises CannotRun unless a key that `alerts/allowed-signers` gives to `person` for this purpose signed `text`."""
    public = signer_of(text, armored, purpose)
    for principals, namespaces, key in _signers(root / SIGNERS):
        if key == public and _listed(person, principals) and (not namespaces or _listed(purpose, namespaces)):
            return
    raise CannotRun(f"is not signed by a key of {person} in {SIGNERS}")


def signed_by(text: bytes, armored: bytes, purpose: str) -> str:
    """The fingerprint of the key that signed `text`. Raises CannotRun when none did."""
    return fingerprint(signer_of(text, armored, purpose))


def signers_for(path: Path, purpose: str) -> dict[bytes, str]:
    """Public keys (SSH's wire format) that a file of allowed signers gives to this very purpose, and whose they are."""
    return {key: who for who, namespaces, key in _signers(path) if namespaces and _listed(purpose, namespaces)}


def _listed(name: str, patterns: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns.split(","))


def signer_of(text: bytes, armored: bytes, purpose: str) -> bytes:
    """The public key (SSH wire format) that signed `text`. Raises CannotRun when none did."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    found = _ARMOR.search(armored)
    try:
        if found is None:
            raise ValueError
        blob = base64.b64decode(re.sub(rb"\s", b"", found[1]), validate=True)
        if blob[:6] != _MAGIC or blob[6:10] != struct.pack(">I", 1):
            raise ValueError
        public, namespace, _, algorithm, signature = _strings(blob[10:], 5)
        kind, raw = _strings(signature, 2)
        key_kind, key = _strings(public, 2)
        if namespace != purpose.encode():
            raise CannotRun(f"is signed for another purpose ({namespace.decode(errors='replace')})")
        if kind != b"ssh-ed25519" or key_kind != kind or algorithm not in (b"sha256", b"sha512"):
            raise CannotRun("is not signed with an Ed25519 key")
        Ed25519PublicKey.from_public_bytes(key).verify(raw, _signed(text, purpose, algorithm.decode()))
    except (ValueError, struct.error):
        raise CannotRun("has a signature that is none") from None
    except InvalidSignature:
        raise CannotRun("was changed after it was signed") from None
    return public


def _signed(text: bytes, purpose: str, algorithm: str) -> bytes:
    digest = hashlib.new(algorithm, text).digest()
    return _MAGIC + _string(purpose.encode()) + _string(b"") + _string(algorithm.encode()) + _string(digest)


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _strings(data: bytes, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        (length,) = struct.unpack_from(">I", data)
        if len(data) < 4 + length:
            raise ValueError
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    return found


def _signers(path: Path) -> list[tuple[str, str, bytes]]:
    """Principals, namespaces (empty: all) and Ed25519 keys of a file of allowed signers, without expired lines."""
    found = []
    for line in path.read_text().splitlines() if path.is_file() else []:
        match = _SIGNER.match(line)
        if line.startswith("#") or match is None:
            continue
        options = match["options"]
        namespaces = re.search(r'namespaces="([^"]*)"', options)
        before = re.search(r'valid-before="(\d{8})', options)
        if before and datetime.now(UTC).strftime("%Y%m%d") >= before[1]:
            continue
        found.append((match["who"], namespaces[1] if namespaces else "", base64.b64decode(match["key"])))
    return found
