"""The picture of a platform: all of it is there, nothing runs through a card, and the one in the docs is the plan's."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from ballast.terraform.beside import read_roots
from ballast.terraform.platform import Platform, components
from ballast.terraform.topology import Scene, draw, scene
from ballast.terraform.topology.layout import place

ROOT = Path(__file__).parents[3]
DRAWN = "terraform/environments/production/aws/platform"
COMMAND = f"ballast tf topology {DRAWN} --out docs/platform.svg"


@pytest.fixture(scope="module")
def platform() -> Platform:
    return read_roots(ROOT, ROOT / DRAWN, content=True).platform


@pytest.fixture(scope="module")
def found(platform: Platform) -> Scene:
    return scene(platform)


def test_every_component_is_on_a_card(platform: Platform, found: Scene) -> None:
    assert {c.namespace for c in components(platform)} <= {card.key for card in found.cards}
    said = "\n".join(line for card in found.cards for line in card.lines)
    for component in components(platform):
        for workload in component.workloads:
            assert any(
                part in said for part in (component.name, component.name.removeprefix(f"{component.namespace}-"), workload.name)
            )


@pytest.mark.parametrize(
    ("source", "target", "kind"),
    [
        ("agents", "collectors", "data"),
        ("collectors", "loki", "data"),
        ("prometheus", "thanos", "data"),
        ("prometheus", "alertmanager", "page"),
        ("alertmanager", "external:pagerduty", "page"),
        ("alertmanager", "gateway", "page"),
        ("gateway", "postgresql", "state"),
        ("grafana", "thanos", "query"),
        ("thanos", "prometheus", "query"),
        ("tempo", "kafka", "data"),
        ("vault", "external:awskms", "state"),
        ("vault", "postgresql", "state"),
    ],
)
def test_what_flows_is_drawn(found: Scene, source: str, target: str, kind: str) -> None:
    assert [arrow.kind for arrow in found.arrows if (arrow.source, arrow.target) == (source, target)] == [kind]


def test_the_page_path_is_framed(found: Scene) -> None:
    framed = {card.key for card in found.cards if card.page_path}
    assert framed == {"prometheus", "alertmanager", "gateway", "postgresql", "external:pagerduty"}


def test_a_flow_that_goes_leaves_the_picture(platform: Platform) -> None:
    releases = tuple(r for r in platform.releases if r.chart != "vault")
    other = scene(replace(platform, releases=releases))
    assert "vault" not in {card.key for card in other.cards}
    assert not any("vault" in (arrow.source, arrow.target) for arrow in other.arrows)


def test_no_arrow_runs_through_a_card_and_no_card_covers_another(found: Scene) -> None:
    placed = place(found)
    boxes = list(placed.boxes.values())
    for number, (x, y, width, height) in enumerate(boxes):
        assert x >= 0
        assert x + width <= placed.width
        assert y + height <= placed.height
        for a, b, c, d in boxes[number + 1 :]:
            assert x + width <= a or a + c <= x or y + height <= b or b + d <= y
    for arrow, points in placed.paths.items():
        for (x1, y1), (x2, y2) in pairwise(points):
            assert x1 == x2 or y1 == y2, arrow
            for x, y, width, height in boxes:
                inside = min(x1, x2) < x + width and max(x1, x2) > x and min(y1, y2) < y + height and max(y1, y2) > y
                assert not inside, (arrow, (x1, y1), (x2, y2))


def test_no_two_arrows_lie_on_one_line(found: Scene) -> None:
    """Vertical pieces of different arrows at the same place would be one line to the eye."""
    seen: dict[float, list[tuple[float, float]]] = {}
    for points in place(found).paths.values():
        for (x1, y1), (x2, y2) in pairwise(points):
            if x1 == x2 and y1 != y2:
                low, high = sorted((y1, y2))
                assert all(high <= a or b <= low for a, b in seen.get(x1, ())), x1
                seen.setdefault(x1, []).append((low, high))


def test_the_drawing_is_xml_with_words(found: Scene) -> None:
    root = ET.fromstring(draw(found))
    [described] = [e for e in root if e.tag.endswith("desc")]
    assert described.text is not None
    assert "alertmanager to external:pagerduty on 443: pages, directly." in described.text
    assert len(root.findall("{*}g")) >= len(found.cards) + len(found.arrows)


def test_the_docs_picture_is_the_plans(found: Scene) -> None:
    kept = (ROOT / "docs/platform.svg").read_text()
    assert re.sub(r"\s+", " ", kept) == re.sub(r"\s+", " ", draw(found)), COMMAND
