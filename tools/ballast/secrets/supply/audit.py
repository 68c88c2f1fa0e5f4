"""Known vulnerabilities of what is pinned, from OSV (https://google.github.io/osv.dev/api).

Packages of every requirements lock and modules of every go.mod of the toolchain are asked about; HIGH and CRITICAL ones are
errors unless `images/exceptions.yaml` says why not, and until when. A severity that nobody states counts as HIGH. What cannot
be asked is unproven, never fine.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ballast.findings import Finding
from ballast.repo import CannotRun, Position, Severity
from ballast.secrets.exceptions import entries
from ballast.secrets.supply.cvss import rating
from ballast.secrets.supply.lock import GO_LOCKS, Package, go_packages, python_packages

FILE = "images/exceptions.yaml"
OSV = "https://api.osv.dev"
PYTHON_LOCKS = ("requirements.lock", "images/*/requirements.lock", "scripts/*.lock", "tools/ansible/*.lock")
GRAVE = ("HIGH", "CRITICAL")
_BATCH = 500
_ID = re.compile(r"[A-Za-z]+-[\w.-]+")


@dataclass(frozen=True, slots=True)
class Advisory:
    """One vulnerability: `severity` LOW, MODERATE, HIGH or CRITICAL (`stated` False: nobody says, so HIGH)."""

    id: str
    aliases: tuple[str, ...]
    severity: str
    stated: bool
    summary: str
    fixed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """An exception: this advisory, in this package (or any), until a day."""

    position: Position
    advisory: str
    reason: str
    owner: str
    expires: date
    package: str = ""


@dataclass(slots=True)
class Audit:
    """What an audit came to."""

    findings: list[Finding] = field(default_factory=list)
    packages: int = 0


def pinned(root: Path) -> list[Package]:
    """Everything that is pinned, each where it stands."""
    found: list[Package] = []
    for glob in PYTHON_LOCKS:
        for path in sorted(root.glob(glob)):
            found += python_packages(root, path.relative_to(root).as_posix())
    for path in sorted(root.glob(GO_LOCKS)):
        found += go_packages(root, path.relative_to(root).as_posix())
    if not found:
        raise CannotRun("nothing is pinned here: no requirements lock, no go.mod of the toolchain")
    return found


def audit(root: Path, today: date, url: str = OSV) -> Audit:
    """Ask about everything that is pinned."""
    packages = pinned(root)
    path = root / FILE
    found, problems = entries(path.read_text() if path.exists() else "", FILE, ("advisory", "package"), about)
    accepted = [Accepted(where, **data) for where, data in found]
    out = Audit([Finding("", where, said, f"the head of {FILE} shows an entry") for where, said in problems], len(packages))
    places: dict[tuple[str, str, str], list[Package]] = defaultdict(list)
    for package in packages:
        places[package.ecosystem, package.name, package.version].append(package)
    used: set[Position] = set()
    try:
        for key, advisories in _ask(url, list(places)):
            for advisory in advisories:
                covering = [e for e in accepted if _covers(e, advisory, key[1]) and today <= e.expires]
                used.update(e.position for e in covering)
                if not covering:
                    out.findings += _tell(advisory, places[key])
    except CannotRun as error:
        mend = f"run it where {url} can be reached; it is unproven until then"
        out.findings.append(Finding("", Position(""), str(error), mend, unproven=True))
        return out
    for entry in accepted:
        if entry.expires < today:
            out.findings.append(
                Finding("", entry.position, f"this exception ended on {entry.expires}", "upgrade, or look again")
            )
        elif entry.position not in used:
            said = f"nothing needs the exception for {entry.advisory} any more"
            out.findings.append(Finding("", entry.position, said, "remove it", Severity.WARNING))
    return out


def about(texts: dict[str, str]) -> str:
    """Why an entry of the exceptions is about nothing; "" for a sound one."""
    return "" if _ID.fullmatch(texts.get("advisory", "")) else "it has no advisory (GHSA-…, CVE-…, GO-…, PYSEC-…)"


def _covers(entry: Accepted, advisory: Advisory, package: str) -> bool:
    return entry.advisory in (advisory.id, *advisory.aliases) and entry.package in ("", package)


def _tell(advisory: Advisory, places: Sequence[Package]) -> Iterator[Finding]:
    """A finding in each file that pins it."""
    severity = Severity.ERROR if advisory.severity in GRAVE else Severity.NOTE
    said = advisory.severity if advisory.stated else "severity unknown, so HIGH"
    names = ", ".join([advisory.id, *(alias for alias in advisory.aliases if alias.startswith("CVE-"))])
    mend = f"take {' or '.join(advisory.fixed)}" if advisory.fixed else "there is no fixed version"
    mend += f"; where that cannot be, {FILE} takes the advisory with a reason, an owner and a last day"
    for package in places:
        message = f"{package.name} {package.version}: {names} ({said}): {advisory.summary or 'no summary'}"
        yield Finding("", Position(package.path, package.line), message, mend, severity)


def _ask(url: str, keys: Sequence[tuple[str, str, str]]) -> Iterator[tuple[tuple[str, str, str], list[Advisory]]]:
    """Advisories of each package, page by page. Raises CannotRun when OSV cannot be asked, or answers something else."""
    import httpx

    known: dict[str, Advisory | None] = {}
    with httpx.Client(base_url=url, timeout=30, trust_env="127.0.0.1" not in url) as client:
        try:
            for start in range(0, len(keys), _BATCH):
                part = keys[start : start + _BATCH]
                for key, ids in zip(part, _batch(client, part), strict=True):
                    found = [_advisory(client, name, known, key) for name in ids]
                    yield key, _once(advisory for advisory in found if advisory is not None)
        except httpx.HTTPError as error:
            raise CannotRun(f"{url} cannot be asked: {type(error).__name__}") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotRun(f"{url} answered what it does not document: {type(error).__name__}: {error}") from None


def _batch(client: Any, keys: Sequence[tuple[str, str, str]]) -> list[list[str]]:
    """`POST /v1/querybatch`: ids by package; a package with many has further pages."""
    found: list[list[str]] = [[] for _ in keys]
    todo = [(number, "") for number in range(len(keys))]
    while todo:
        queries = []
        for number, page in todo:
            ecosystem, name, version = keys[number]
            query = {
                "package": {"ecosystem": ecosystem, "name": name},
                "version": version.removeprefix("v" if ecosystem == "Go" else ""),
            }
            queries.append(query | ({"page_token": page} if page else {}))
        answer = client.post("/v1/querybatch", json={"queries": queries}).raise_for_status().json()
        results = answer["results"]
        if len(results) != len(todo):
            raise ValueError(f"{len(results)} answers to {len(todo)} questions")
        again = []
        for (number, _), result in zip(todo, results, strict=True):
            found[number] += [vulnerability["id"] for vulnerability in result.get("vulns") or []]
            if token := result.get("next_page_token"):
                again.append((number, token))
        todo = again
    return found


def _advisory(client: Any, name: str, known: dict[str, Advisory | None], key: tuple[str, str, str]) -> Advisory | None:
    """`GET /v1/vulns/<id>`; None for one that was withdrawn."""
    if name not in known:
        record = client.get(f"/v1/vulns/{name}").raise_for_status().json()
        known[name] = None if record.get("withdrawn") else _read(record, key)
    return known[name]


def _read(record: dict[str, Any], key: tuple[str, str, str]) -> Advisory:
    stated = rating(record)
    fixed = {
        event["fixed"]
        for affected in record.get("affected") or []
        if affected.get("package", {}).get("name", "").lower() == key[1].lower()
        for each in affected.get("ranges") or []
        if each.get("type") in ("ECOSYSTEM", "SEMVER")
        for event in each.get("events") or []
        if "fixed" in event
    }
    summary = str(record.get("summary") or record.get("details") or "").strip().splitlines()
    aliases = tuple(sorted(record.get("aliases") or []))
    return Advisory(
        record["id"], aliases, stated or "HIGH", bool(stated), summary[0][:160] if summary else "", tuple(sorted(fixed))
    )


def _once(advisories: Iterable[Advisory]) -> list[Advisory]:
    """One of those that are the same under several names (GHSA, PYSEC): the gravest, a stated one before a guessed one."""
    order = {"CRITICAL": 0, "HIGH": 1, "MODERATE": 2, "LOW": 3}
    kept: list[Advisory] = []
    for advisory in sorted(advisories, key=lambda a: (not a.stated, order[a.severity], a.id)):
        names = {advisory.id, *advisory.aliases}
        if not any(names & {other.id, *other.aliases} for other in kept):
            kept.append(advisory)
    return kept
