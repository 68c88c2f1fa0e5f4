"""No image by a mutable tag: those that values name are pinned; those that a chart chooses come with its pinned version."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.terraform.platform import proven, unproven
from ballast.terraform.security.model import Cell, View

SECTION = "images"
VERSION = re.compile(r"^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$")


def images(view: View) -> Iterator[Cell]:
    """A cell for each image that is named, and two for each chart of others."""
    seen: set[str] = set()
    for component in view.components:
        for image in component.images:
            if image.reference not in seen:
                seen.add(image.reference)
                yield Cell(SECTION, image.reference, "is pinned", image.pinned)
    for release in view.platform.releases:
        if not release.version:  # a chart of this repository, whose templates choose no image
            continue
        subject = f"chart {release.chart} {release.version} ({release.namespace}/{release.name})"
        pinned = proven(bool(VERSION.match(release.version)), release.where("version"), "a range of versions, or none")
        yield Cell(SECTION, subject, "is pinned", pinned)
        why = (
            "images that values do not name are the chart's defaults, which are not rendered here; its version fixes their tags"
        )
        yield Cell(SECTION, subject, "its own images", unproven(release.where("image"), why))
