"""Bills of materials of our images, from their locks: SPDX 2.3 and CycloneDX 1.6, as JSON.

The same lock, revision and base give the same bytes: the time is the commit's, the identifiers are hashes of the content.
Formats: https://spdx.github.io/spdx-spec/v2.3, https://cyclonedx.org/docs/1.6/json.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ballast.repo import CannotRun
from ballast.secrets.supply.lock import Package, python_packages

IMAGES = ("gateway", "cli")
_SPACE = uuid.UUID("6f1c7f2e-0b6c-5d0e-9c39-0a5f3b7a4d11")
_BASE = re.compile(r"(?P<name>[^@\s]+)@sha256:(?P<digest>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Image:
    """One of ours: `revision` is the commit, `made` its time, `base` what it is built on (`name@sha256:…`), or ""."""

    name: str
    revision: str
    made: datetime
    packages: tuple[Package, ...]
    lock: str
    base: str = ""


def image(root: Path, name: str, revision: str, made: datetime, base: str = "") -> Image:
    """Read the lock of `images/<name>`. Raises CannotRun for a name that is none of ours, or a base without a digest."""
    if name not in IMAGES:
        raise CannotRun(f"{name} is no image of this repository: there are {', '.join(IMAGES)}")
    if base and not _BASE.fullmatch(base):
        raise CannotRun(f"{base} has no digest: write it as name@sha256:…")
    path = f"images/{name}/requirements.lock"
    packages = python_packages(root, path)
    return Image(name, revision, made, tuple(packages), hashlib.sha256((root / path).read_bytes()).hexdigest(), base)


def spdx(of: Image) -> dict[str, Any]:
    """The SPDX document."""
    root = f"SPDXRef-ballast-{of.name}"
    packages = [
        _spdx_package(root, f"ballast-{of.name}", of.revision, f"pkg:oci/ballast-{of.name}", "CONTAINER")
        | {"comment": f"images/{of.name}/requirements.lock has the SHA-256 {of.lock}; pip installed by its hashes only"}
    ]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", root)]
    for package in of.packages:
        reference = f"SPDXRef-pypi-{package.name}"
        packages.append(_spdx_package(reference, package.name, package.version, package.purl, "LIBRARY"))
        relations.append((root, "DEPENDS_ON", reference))
    if match := _BASE.fullmatch(of.base):
        base = _spdx_package("SPDXRef-base", match["name"], f"sha256:{match['digest']}", _oci(of.base), "CONTAINER")
        packages.append(base | {"checksums": [{"algorithm": "SHA256", "checksumValue": match["digest"]}]})
        relations.append((root, "DESCENDANT_OF", "SPDXRef-base"))
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"ballast-{of.name}",
        "creationInfo": {"created": _time(of), "creators": ["Tool: ballast"]},
        "packages": packages,
        "relationships": [{"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b} for a, kind, b in relations],
    }
    return document | {"documentNamespace": f"https://spdx.org/spdxdocs/ballast-{of.name}-{_identity(document)}"}


def _spdx_package(reference: str, name: str, version: str, purl: str, purpose: str) -> dict[str, Any]:
    return {
        "SPDXID": reference,
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": purpose,
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}],
    }


def cyclonedx(of: Image) -> dict[str, Any]:
    """The CycloneDX document."""
    root = f"ballast-{of.name}"
    components: list[dict[str, Any]] = [
        {"type": "library", "bom-ref": package.purl, "name": package.name, "version": package.version, "purl": package.purl}
        for package in of.packages
    ]
    if match := _BASE.fullmatch(of.base):
        hashes = [{"alg": "SHA-256", "content": match["digest"]}]
        components.append(
            {"type": "container", "bom-ref": "base", "name": match["name"], "version": f"sha256:{match['digest']}"}
            | {"purl": _oci(of.base), "hashes": hashes}
        )
    references = [component["bom-ref"] for component in components]
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": _time(of),
            "tools": {"components": [{"type": "application", "name": "ballast"}]},
            "component": {
                "type": "container",
                "bom-ref": root,
                "name": root,
                "version": of.revision,
                "properties": [{"name": "ballast:lock:sha256", "value": of.lock}],
            },
        },
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": references}, *({"ref": reference} for reference in references)],
        # What the base image holds besides is not listed here: an image scanner reads that from the image itself.
        "compositions": [{"aggregate": "incomplete", "assemblies": [root]}],
    }
    return document | {"serialNumber": f"urn:uuid:{_identity(document)}"}


FORMATS: dict[str, Callable[[Image], dict[str, Any]]] = {"spdx": spdx, "cyclonedx": cyclonedx}


def _oci(base: str) -> str:
    from urllib.parse import quote

    match = _BASE.fullmatch(base)
    assert match is not None
    repository = match["name"].partition(":")[0] if "/" not in match["name"].rpartition(":")[2] else match["name"]
    name = repository.rpartition("/")[2]
    return f"pkg:oci/{name}@sha256%3A{match['digest']}?repository_url={quote(repository, safe='/')}"


def _time(of: Image) -> str:
    return of.made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _identity(document: dict[str, Any]) -> str:
    return str(uuid.uuid5(_SPACE, json.dumps(document, sort_keys=True)))
