"""Bills of materials: everything of the lock is in them, twice the same bytes, in forms that the published schemas describe."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.repo import CannotRun
from ballast.secrets import FORMATS, IMAGES, image

MADE = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BASE = "docker.io/library/python:3.13-slim@sha256:" + "ab" * 32


def purls(form: str, document: dict[str, Any]) -> set[str]:
    if form == "cyclonedx":
        return {component["purl"] for component in document["components"]}
    return {package["externalRefs"][0]["referenceLocator"] for package in document["packages"]}


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize("name", IMAGES)
def test_all_of_the_lock_is_in_it(root: Path, name: str, form: str) -> None:
    lock = (root / f"images/{name}/requirements.lock").read_text()
    wanted = {
        f"pkg:pypi/{package}@{version}" for package, version in re.findall(r"^([a-z0-9._-]+)==([^ \\]+)", lock, re.MULTILINE)
    }
    document = FORMATS[form](image(root, name, "abc", MADE, BASE))
    assert len(wanted) > 30
    assert wanted <= purls(form, document)
    base = "pkg:oci/python@sha256%3A" + "ab" * 32 + "?repository_url=docker.io/library/python"
    assert base in purls(form, document)
    assert json.dumps(document) == json.dumps(FORMATS[form](image(root, name, "abc", MADE, BASE)))
    assert json.dumps(document) != json.dumps(FORMATS[form](image(root, name, "abd", MADE, BASE)))


def test_every_reference_leads_somewhere(root: Path) -> None:
    """What SPDX 2.3 and CycloneDX 1.6 demand of identifiers (both were once put through the standards' own validators)."""
    spdx = FORMATS["spdx"](image(root, "gateway", "abc", MADE, BASE))
    names = {package["SPDXID"] for package in spdx["packages"]} | {spdx["SPDXID"]}
    assert len(names) == len(spdx["packages"]) + 1
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name) for name in names)
    assert {end for r in spdx["relationships"] for end in (r["spdxElementId"], r["relatedSpdxElement"])} <= names
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", spdx["creationInfo"]["created"])
    cyclonedx = FORMATS["cyclonedx"](image(root, "gateway", "abc", MADE, BASE))
    references = [c["bom-ref"] for c in cyclonedx["components"]] + [cyclonedx["metadata"]["component"]["bom-ref"]]
    assert len(references) == len(set(references))
    assert {d["ref"] for d in cyclonedx["dependencies"]} == set(references)
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", cyclonedx["serialNumber"]
    )


def test_the_commands(root: Path, tmp_path: Path) -> None:
    app, runner = build_app("images"), CliRunner()
    out = tmp_path / "deep" / "cli.json"
    done = runner.invoke(app, ["images", "sbom", "cli", "--format", "cyclonedx", "--out", str(out), "--root", str(root)])
    assert done.exit_code == 0, done.output
    assert json.loads(out.read_text())["bomFormat"] == "CycloneDX"
    listed = runner.invoke(app, ["images", "list", "--root", str(root)]).output.splitlines()
    assert "quay.io/prometheus/prometheus:v3.16.0" in listed or any("prometheus/prometheus:" in line for line in listed)
    assert all(re.fullmatch(r"[\w./-]+(?::[\w.-]+|@sha256:[0-9a-f]{64})", line) for line in listed)
    for words in (["sbom", "none"], ["sbom", "cli", "--format", "x"], ["sbom", "cli", "--base", "python:3"]):
        with pytest.raises(CannotRun):
            runner.invoke(app, ["images", *words, "--root", str(root)], catch_exceptions=False)
