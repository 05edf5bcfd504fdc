"""The book's colours can be read and told apart: in light and dark, and with any colour vision."""

from __future__ import annotations

import re
from importlib import resources
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from logreg_book import plotting

Array = NDArray[np.float64]

ROOT = Path(__file__).parents[1]
FILTER = re.compile(r"filter:\s*invert\(([\d.]+)\) hue-rotate\(180deg\)")
WHITE = np.ones(3)
# Hue turned by half a circle, as the W3C's "Filter Effects" defines it
HALF_TURN = [[-0.574, 1.430, 0.144], [0.426, 0.430, 0.144], [0.426, 1.430, -0.856]]
# Full deficiency: Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113
VISION = {
    "normal": np.eye(3),
    "no long cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no medium cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no short cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [[0.412456, 0.357576, 0.180438], [0.212673, 0.715152, 0.072175], [0.019334, 0.119192, 0.950304]]
)


def linear(colour: Array) -> Array:
    """Amounts of light of an sRGB colour."""
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def contrast(one: Array, other: Array) -> float:
    """Ratio of luminances as WCAG 2 counts it."""
    low, high = sorted(float(linear(c) @ TO_XYZ[1]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(light: Array) -> Array:
    """CIELAB of linear RGB: a distance of 2 or 3 is just seen when colours touch."""
    xyz = TO_XYZ @ np.clip(light, 0, 1) / (TO_XYZ @ WHITE)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def turned(colour: Array) -> Array:
    """A colour after the filter that book.css puts over pictures in the dark."""
    (amount,) = {float(a) for a in FILTER.findall((ROOT / "docs/_static/book.css").read_text())}
    inverted = amount + (1 - 2 * amount) * colour
    return np.clip(np.array(HALF_TURN) @ inverted, 0, 1)


def dark_ground() -> Array:
    """The theme's background in the dark."""
    sheet = resources.files("furo").joinpath("theme/furo/static/styles/furo.css").read_text()
    dark = sheet[sheet.index("prefers-color-scheme:dark") :]
    found = re.search(r"--color-background-primary:(#[0-9a-f]{6})", dark)
    assert found
    return np.array(to_rgb(found[1]))


@pytest.fixture(scope="module")
def style() -> dict[str, list[str]]:
    """Colours of the style by what they are for."""
    with plt.style.context(plotting.STYLE):
        parameters: dict[str, Any] = dict(plt.rcParams.items())
        cycle = parameters["axes.prop_cycle"].by_key()["color"]
        words = ["text.color", "axes.labelcolor", "axes.titlecolor", "xtick.labelcolor"]
        lines = ["axes.edgecolor", "xtick.color", "ytick.color"]
        return {
            "cycle": cycle,
            "words": cycle + [parameters[name] for name in words],
            "lines": [parameters[name] for name in lines],
        }


def rgb(colour: str) -> Array:
    """Numbers of a colour; a style file leaves out the hash."""
    return np.array(to_rgb(colour if colour.startswith("#") else f"#{colour}"))


def test_every_colour_can_be_text_in_light_and_dark(style: dict[str, list[str]]) -> None:
    for colour in map(rgb, style["words"]):
        assert contrast(colour, WHITE) >= 4.5
        assert contrast(turned(colour), dark_ground()) >= 4.5


def test_lines_and_points_stand_out_in_light_and_dark(style: dict[str, list[str]]) -> None:
    (cloud, *_) = plotting.draw_points(Figure().add_subplot(), [[0, 0], [1, 1]], [0, 1])
    alpha = float(cloud.get_alpha() or 1)
    for colour in map(rgb, [*style["lines"], *style["cycle"]]):
        assert contrast(alpha * colour + (1 - alpha) * WHITE, WHITE) >= 3
        ground = dark_ground()
        assert contrast(alpha * turned(colour) + (1 - alpha) * ground, ground) >= 3


def test_words_in_boxes_of_a_graph_can_be_read() -> None:
    for box in plotting._BOXES.values():
        ink, ground = rgb(plotting._INK), rgb(box["facecolor"])
        assert contrast(ink, ground) >= 4.5
        assert contrast(turned(ink), turned(ground)) >= 4.5


def test_white_turns_to_the_ground_of_the_dark_page() -> None:
    assert np.abs(turned(WHITE) - dark_ground()).max() < 0.03


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_colours_stay_apart(style: dict[str, list[str]], vision: str, dark: bool) -> None:
    seen = [turned(c) if dark else c for c in map(rgb, style["cycle"])]
    places = [lab(np.array(VISION[vision]) @ linear(c)) for c in seen]
    pairs = combinations(range(len(places)), 2)
    apart = {(i, j): float(np.linalg.norm(places[i] - places[j])) for i, j in pairs}
    assert apart[0, 1] > 80, "the book's main case is two classes"
    assert min(apart.values()) > 15, min(apart, key=lambda pair: apart[pair])
