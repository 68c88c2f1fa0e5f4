"""Exemptions from a freeze: a person signs that a release goes ahead, why, and until when.

An exemption is `alerts/exemptions/<name>.json`, beside it its SSH signature `<name>.json.sig`, in the format of `ssh-keygen -Y
sign -n ballast-exemption` (OpenSSH's PROTOCOL.sshsig). Whose keys count is in `alerts/allowed-signers` (ssh-keygen(1), ALLOWED
SIGNERS). Ed25519 keys only.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import json
import re
import struct
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ballast.repo import CannotRun

NAMESPACE = "ballast-exemption"
FOLDER, SIGNERS = "alerts/exemptions", "alerts/allowed-signers"
LONGEST = timedelta(days=14)
_MAGIC = b"SSHSIG"
_ARMOR = re.compile(rb"-----BEGIN SSH SIGNATURE-----\s+(.+?)\s+-----END SSH SIGNATURE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Exemption:
    """Who lets feature releases of a service pass a freeze, why, from when and until when (RFC 3339)."""

    service: str
    person: str
    reason: str
    start: str
    until: str

    def text(self) -> str:
        """What is signed: the file's text."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @property
    def span(self) -> tuple[datetime, datetime]:
        """When it begins and when it ends."""
        start, until = datetime.fromisoformat(self.start), datetime.fromisoformat(self.until)
        if start.tzinfo is None or until.tzinfo is None:
            raise ValueError("a time without its offset from UTC")
        return start, until


def sign(root: Path, exemption: Exemption, key: Path, passphrase: bytes | None = None) -> Path:
    """Write and sign an exemption with an Ed25519 private key (OpenSSH's format); returns its file.

    Raises CannotRun when the key is none, or is not among the person's in `alerts/allowed-signers`.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

    try:
        private = load_ssh_private_key(key.read_bytes(), passphrase)
    except (OSError, ValueError, TypeError) as error:
        raise CannotRun(f"{key} cannot be used to sign: {error}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise CannotRun(f"{key} is no Ed25519 key: make one with ssh-keygen -t ed25519")
    public = base64.b64decode(private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])
    text = exemption.text().encode()
    raw = private.sign(_signed(text, "sha512"))
    signature = _string(b"ssh-ed25519") + _string(raw)
    blob = _MAGIC + struct.pack(">I", 1) + _string(public) + _string(NAMESPACE.encode()) + _string(b"")
    blob += _string(b"sha512") + _string(signature)
    body = base64.encodebytes(blob).replace(b"\n", b"")
    lines = [body[at : at + 70] for at in range(0, len(body), 70)]
    armored = b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""])
    _check(exemption, text, armored, _signers(root))
    start = exemption.span[0].astimezone(UTC)
    path = root / FOLDER / f"{exemption.service}-{start:%Y%m%dT%H%M%SZ}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    for file, data in ((path.with_name(path.name + ".sig"), armored), (path, text)):
        part = file.with_name(file.name + ".part")
        part.write_bytes(data)
        part.replace(file)
    return path


def exemptions(root: Path, service: str, now: datetime) -> tuple[list[tuple[str, Exemption]], list[str]]:
    """The exemptions of a service that hold now, by file name, and why others that would hold do not."""
    holding, refused = [], []
    for path in sorted((root / FOLDER).glob("*.json")):
        try:
            data = path.read_bytes()
            exemption = Exemption(**json.loads(data))
            if exemption.service != service:
                continue
            start, until = exemption.span
            if not start <= now < until:
                continue
            signature = path.with_name(path.name + ".sig")
            if not signature.is_file():
                raise ValueError(f"has no signature: ssh-keygen -Y sign -n {NAMESPACE} -f KEY {path.name}")
            _check(exemption, data, signature.read_bytes(), _signers(root))
        except CannotRun as error:
            refused.append(f"{FOLDER}/{path.name} {error}")
        except (OSError, ValueError, TypeError) as error:
            refused.append(f"{FOLDER}/{path.name} {error if str(error) else 'is no exemption'}")
        else:
            holding.append((path.name, exemption))
    return holding, refused


def _check(exemption: Exemption, text: bytes, armored: bytes, signers: list[tuple[str, str, bytes]]) -> None:
    """Raises CannotRun unless it is signed by a key of its person, and holds for no more than two weeks."""
    start, until = exemption.span
    if not timedelta(0) < until - start <= LONGEST:
        raise CannotRun(f"holds from {exemption.start} until {exemption.until}: at most {LONGEST.days} days, and not backwards")
    if len(exemption.reason.strip()) < 10:
        raise CannotRun("gives no reason that somebody else would understand")
    public = verify_signature(text, armored)
    for principals, namespaces, key in signers:
        if key == public and _listed(exemption.person, principals) and (not namespaces or _listed(NAMESPACE, namespaces)):
            return
    raise CannotRun(f"is not signed by a key of {exemption.person} in {SIGNERS}")


def _listed(name: str, patterns: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns.split(","))


def verify_signature(text: bytes, armored: bytes) -> bytes:
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
        if namespace != NAMESPACE.encode():
            raise CannotRun(f"is signed for another purpose ({namespace.decode(errors='replace')})")
        if kind != b"ssh-ed25519" or key_kind != kind or algorithm not in (b"sha256", b"sha512"):
            raise CannotRun("is not signed with an Ed25519 key")
        Ed25519PublicKey.from_public_bytes(key).verify(raw, _signed(text, algorithm.decode()))
    except (ValueError, struct.error):
        raise CannotRun("has a signature that is none") from None
    except InvalidSignature:
        raise CannotRun("was changed after it was signed") from None
    return public


def _signed(text: bytes, algorithm: str) -> bytes:
    digest = hashlib.new(algorithm, text).digest()
    return _MAGIC + _string(NAMESPACE.encode()) + _string(b"") + _string(algorithm.encode()) + _string(digest)


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


def _signers(root: Path) -> list[tuple[str, str, bytes]]:
    """Principals, namespaces (empty: all) and Ed25519 keys of `alerts/allowed-signers`, without expired lines."""
    path = root / SIGNERS
    found = []
    for line in path.read_text().splitlines() if path.is_file() else []:
        match = re.match(
            r'(?P<who>\S+)\s+(?P<options>(?:\S+="[^"]*"\s*,?\s*|\S+\s+)*?)ssh-ed25519\s+(?P<key>[A-Za-z0-9+/=]+)', line
        )
        if line.startswith("#") or match is None:
            continue
        options = match["options"]
        namespaces = re.search(r'namespaces="([^"]*)"', options)
        before = re.search(r'valid-before="(\d{8})', options)
        if before and datetime.now(UTC).strftime("%Y%m%d") >= before[1]:
            continue
        found.append((match["who"], namespaces[1] if namespaces else "", base64.b64decode(match["key"])))
    return found
