"""What the bots are told to keep up to date is all that is pinned."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml


def test_every_chart_is_found_by_renovate(root: Path) -> None:
    charts = root / "terraform/modules/charts.json"
    settings = json.loads((root / ".github/renovate.json").read_text())
    text, found = charts.read_text(), {}
    for manager in settings["customManagers"]:
        assert re.search(manager["managerFilePatterns"][0].strip("/"), "terraform/modules/charts.json")
        for pattern in manager["matchStrings"]:
            for match in re.finditer(pattern.replace("(?<", "(?P<"), text):
                found[match["depName"].rpartition("/")[2]] = match["currentValue"]
    assert found == {name: chart["version"] for name, chart in json.loads(text).items()}


def test_dependabot_knows_each_place_where_something_is_pinned(root: Path) -> None:
    updates = yaml.safe_load((root / ".github/dependabot.yml").read_text())["updates"]
    places = {(one["package-ecosystem"], place) for one in updates for place in one.get("directories", [one.get("directory")])}

    def covered(ecosystem: str, folder: Path) -> bool:
        relative = "/" + folder.relative_to(root).as_posix()
        return any(kind == ecosystem and Path(relative).match(place) for kind, place in places)

    for ecosystem, glob in (
        ("gomod", "tools/toolchain/*/go.mod"),
        ("docker", "images/*/Dockerfile"),
        ("terraform", "terraform/environments/*/*/*/versions.tf"),
        ("github-actions", ".github/actions/*/action.yml"),
    ):
        files = list(root.glob(glob))
        assert files
        assert [path for path in files if not covered(ecosystem, path.parent)] == []
    assert {("pip", "/"), ("github-actions", "/")} <= places
