"""No image by a mutable tag: each image that runs is named in values by a version or a digest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.terraform.platform import Image, chart_images, proven
from ballast.terraform.security.model import Cell, View

SECTION = "images"
VERSION = re.compile(r"^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$")


def images(view: View) -> Iterator[Cell]:
    """A cell for each image that is named, one for each chart's version, and one for a chart that chooses an image itself."""
    seen: set[str] = set()

    def cells(named: tuple[Image, ...] | list[Image]) -> Iterator[Cell]:
        for image in named:
            if image.reference not in seen:
                seen.add(image.reference)
                yield Cell(SECTION, image.reference, "is pinned", image.pinned)

    for component in view.components:
        yield from cells(component.images)
    for release in view.platform.releases:
        if not release.version:  # a chart of this repository, whose templates choose no image
            continue
        subject = f"chart {release.chart} {release.version} ({release.namespace}/{release.name})"
        pinned = proven(bool(VERSION.match(release.version)), release.where("version"), "a range of versions, or none")
        yield Cell(SECTION, subject, "is pinned", pinned)
        named, others = chart_images(release)
        yield from cells(named)
        yield Cell(SECTION, subject, "names its images", others or proven(True, release.where("image")))
