"""Approvals: a signed statement over a bundle's hash, in a file beside it.

The statement is JSON in canonical form (RFC 8785); the signature is an SSH signature for the purpose `ballast-plan` by a key in
alerts/allowed-signers, or a GitHub token (oidc.py). `ssh-keygen -Y sign -n ballast-plan` signs a statement as well.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ballast.audit import Entry, append, signed_by, ssh_sign, ssh_verify
from ballast.release import oidc
from ballast.release.bundle import Bundle
from ballast.release.settings import read_delivery
from ballast.repo import CannotRun

PURPOSE = "ballast-plan"
FORMAT = "ballast-approval/1"


@dataclass(frozen=True, slots=True)
class Statement:
    """`person` approves the bundle with this hash, and all that it asks for. `present` says that they confirmed in person."""

    bundle: str
    root: str
    environment: str
    person: str
    reason: str
    at: str
    accepts: list[str]
    present: bool = False
    decision: str = "approve"
    format: str = FORMAT

    def text(self) -> bytes:
        """What is signed."""
        import rfc8785

        return rfc8785.dumps(asdict(self))


def needed(repo: Path, bundle: Bundle) -> int:
    """How many people must approve: the environment's number, and one when the bundle asks for anything."""
    return max(read_delivery(repo).rules(bundle.manifest.environment).approvals, 1 if bundle.manifest.asks else 0)


def approve(
    repo: Path, bundle: Bundle, person: str, reason: str, key: Path, *, present: bool = False, passphrase: bytes | None = None
) -> Path:
    """Sign with a person's SSH key; returns the approval's file, beside the bundle.

    Raises CannotRun for a bundle that cannot be applied, for an approver who may not, and for a key that is not theirs.
    """
    statement = _statement(bundle, person, reason, present)
    text = statement.text()
    armored = ssh_sign(text, PURPOSE, key, passphrase)
    _allowed(repo, bundle, statement)
    ssh_verify(repo, person, text, armored, PURPOSE)
    return _write(bundle, statement, {"kind": "ssh", "armored": armored.decode()}, signed_by(text, armored, PURPOSE))


def approve_by_github(repo: Path, bundle: Bundle) -> Path:
    """Take the approval that GitHub's environment got before it started this job."""
    settings = read_delivery(repo).github
    if settings is None:
        raise CannotRun("terraform/delivery.yaml has no `github`: name the repository whose runs may approve")
    people = [one for one in oidc.request_approvers() if one.casefold() not in _authors(bundle)]
    if not people:
        raise CannotRun("nobody but the author approved this run: a reviewer of the environment must")
    statement = _statement(bundle, people[0], "approved in GitHub", present=False)
    token = oidc.request_token(bundle.manifest.digest)
    _allowed(repo, bundle, statement)
    m = bundle.manifest
    claims = oidc.verify_token(token, m.digest, settings, m.environment, m.commit, datetime.now(UTC))
    return _write(bundle, statement, {"kind": "github", "token": token}, str(claims.get("sub", "")))


def approvals(repo: Path, bundle: Bundle, now: datetime) -> tuple[list[Statement], list[str]]:
    """The approvals that hold, one a person, and why others do not."""
    holding: dict[str, Statement] = {}
    refused = []
    for path in sorted(bundle.path.parent.glob(f"{_escaped(bundle.path.name)}.*.approval")):
        try:
            statement = _verified(repo, bundle, json.loads(path.read_text()), now)
        except CannotRun as error:
            refused.append(f"{path.name}: {error}")
        except (OSError, ValueError, TypeError, KeyError):
            refused.append(f"{path.name}: is no approval")
        else:
            holding[statement.person.casefold()] = statement
    return list(holding.values()), refused


def lacking(repo: Path, bundle: Bundle, holding: list[Statement]) -> list[str]:
    """What the approvals do not give; empty when the bundle may be applied."""
    found = []
    count = needed(repo, bundle)
    if len(holding) < count:
        found.append(f"{count} approval{'s' if count > 1 else ''} needed, {len(holding)} given")
    cost = bundle.manifest.cost
    if cost["state"] == "owner" and not any(s.present and s.person == cost["owner"] for s in holding):
        owner = cost["owner"] or "an owner that cost.tfvars names"
        found.append(f"a subscription or purchase needs {owner} in person: `ballast tf approve` on a terminal")
    return found


def _statement(bundle: Bundle, person: str, reason: str, present: bool) -> Statement:
    m = bundle.manifest
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Statement(m.digest, m.root, m.environment, person, reason, at, list(m.asks), present)


def _authors(bundle: Bundle) -> set[str]:
    return {name.casefold() for name in bundle.manifest.authors}


def _allowed(repo: Path, bundle: Bundle, statement: Statement) -> None:
    m = bundle.manifest
    if m.refusals:
        raise CannotRun(f"it cannot be approved: {'; '.join(m.refusals)}")
    if m.expired(datetime.now(UTC)):
        raise CannotRun(f"it expired at {m.expires}: plan again")
    if m.environment == "production" and statement.person.casefold() in _authors(bundle):
        raise CannotRun(f"{statement.person} planned it: somebody else must approve production")
    if len(statement.reason.strip()) < 10:
        raise CannotRun("give a reason that somebody else would understand (--reason)")


def _verified(repo: Path, bundle: Bundle, document: dict[str, Any], now: datetime) -> Statement:
    """The statement of an approval's file. Raises CannotRun, or what a malformed document raises."""
    m = bundle.manifest
    statement = Statement(**document["statement"])
    signature = document["signature"]
    if (statement.format, statement.decision) != (FORMAT, "approve"):
        raise CannotRun("approves nothing")
    if statement.bundle != m.digest or (statement.root, statement.environment) != (m.root, m.environment):
        raise CannotRun("is for another bundle")
    if statement.accepts != m.asks:
        raise CannotRun("does not accept all that the bundle asks for")
    at = datetime.fromisoformat(statement.at)
    if not datetime.fromisoformat(m.created) <= at < datetime.fromisoformat(m.expires):
        raise CannotRun(f"was given at {statement.at}, outside the bundle's time")
    _allowed(repo, bundle, statement)
    match signature["kind"]:
        case "ssh":
            ssh_verify(repo, statement.person, statement.text(), signature["armored"].encode(), PURPOSE)
        case "github":
            settings = read_delivery(repo).github
            if settings is None or statement.present:
                raise CannotRun("is GitHub's, which may not say this")
            oidc.verify_token(signature["token"], m.digest, settings, m.environment, m.commit, now)
            if statement.person not in oidc.request_approvers():
                raise CannotRun(f"{statement.person} is not among those who approved this run")
        case other:
            raise CannotRun(f"has a signature of an unknown kind ({other})")
    return statement


def _write(bundle: Bundle, statement: Statement, signature: dict[str, str], who: str) -> Path:
    """The approval's file, and its entry in the audit log; `who` is the key or subject that signed."""
    slug = re.sub(r"[^\w.-]+", "-", statement.person)
    path = bundle.path.with_name(f"{bundle.path.name}.{slug}.approval")
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps({"statement": asdict(statement), "signature": signature}, indent=1) + "\n")
    part.replace(path)
    details = {"bundle": statement.bundle, "accepts": statement.accepts, "present": statement.present}
    details |= {"by": signature["kind"], "signed_by": who}
    append(Entry(statement.person, "tf/approve", statement.root, "approved", statement.reason, details))
    return path


def _escaped(name: str) -> str:
    """A name in a glob."""
    return re.sub(r"([*?\[])", r"[\1]", name)
