"""Exemptions from a freeze: a person signs that a release goes ahead, why, and until when.

An exemption is `alerts/exemptions/<name>.json`, beside it its SSH signature `<name>.json.sig`, in the format of `ssh-keygen -Y
sign -n ballast-exemption`. Whose keys count is in `alerts/allowed-signers`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ballast.audit import ssh_sign, ssh_verify
from ballast.repo import CannotRun

NAMESPACE = "ballast-exemption"
FOLDER = "alerts/exemptions"
LONGEST = timedelta(days=14)


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
    text = exemption.text().encode()
    armored = ssh_sign(text, NAMESPACE, key, passphrase)
    _check(root, exemption, text, armored)
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
            _check(root, exemption, data, signature.read_bytes())
        except CannotRun as error:
            refused.append(f"{FOLDER}/{path.name} {error}")
        except (OSError, ValueError, TypeError) as error:
            refused.append(f"{FOLDER}/{path.name} {error if str(error) else 'is no exemption'}")
        else:
            holding.append((path.name, exemption))
    return holding, refused


def _check(root: Path, exemption: Exemption, text: bytes, armored: bytes) -> None:
    """Raises CannotRun unless it is signed by a key of its person, and holds for no more than two weeks."""
    start, until = exemption.span
    if not timedelta(0) < until - start <= LONGEST:
        raise CannotRun(f"holds from {exemption.start} until {exemption.until}: at most {LONGEST.days} days, and not backwards")
    if len(exemption.reason.strip()) < 10:
        raise CannotRun("gives no reason that somebody else would understand")
    ssh_verify(root, exemption.person, text, armored, NAMESPACE)
