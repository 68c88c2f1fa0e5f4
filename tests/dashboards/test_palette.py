from __future__ import annotations

from itertools import combinations

import pytest

from ballast.dashboards import palette


@pytest.mark.parametrize("colour", {*palette.STATES, *palette.SERIES, palette.NEUTRAL})
def test_our_colours_can_be_seen_in_both_themes(colour: str) -> None:
    for background in (palette.LIGHT, palette.DARK):
        assert palette.contrast(colour, background) >= palette.GRAPHIC


def test_our_colours_differ_for_everybody() -> None:
    states, series = palette.closest(palette.STATES), palette.closest(palette.SERIES)
    assert states is not None
    assert series is not None
    assert states.distance > 20
    assert series.distance > 11.9 > palette.MERGE


def test_the_closest_pair_is_the_closest() -> None:
    every = [
        palette.distance(one, other, vision) for one, other in combinations(palette.STATES, 2) for vision in palette.VISIONS
    ]
    found = palette.closest(palette.STATES)
    assert found is not None
    assert found.distance == min(every)


def test_grafanas_green_and_red_merge_under_deuteranopia() -> None:
    """FACTS: about 8; the figure depends on the simulation, its smallness does not."""
    green, red = palette.NAMED["dark"]["green"], palette.NAMED["dark"]["red"]
    assert palette.distance(green, red) > 60
    assert palette.distance(green, red, "deuteranopia") < palette.MERGE
    assert palette.contrast("#73bf69", palette.LIGHT) == pytest.approx(2.24, abs=0.01)


@pytest.mark.parametrize(
    ("one", "other", "expected"),  # pairs of the CIEDE2000 test data: Sharma, Wu and Dalal (2005), tables 1 and 2
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_distances_are_ciede2000(one: tuple[float, ...], other: tuple[float, ...], expected: float) -> None:
    from coloraide import Color

    found = Color("lab-d65", one).delta_e(Color("lab-d65", other), method="2000")
    assert found == pytest.approx(expected, abs=1e-4)


def test_names_and_forms_of_colours() -> None:
    assert palette.resolve("green", "light") == "#56a64b"
    assert palette.resolve("green", "dark") == "#73bf69"
    assert palette.resolve("rgba(255, 255, 255, 0)", "dark") == palette.DARK
    assert palette.resolve("#fff") == "#ffffff"
    for none in ("text", "transparent", "nope", "", "#12345"):
        assert palette.resolve(none) is None
