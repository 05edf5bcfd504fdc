"""The book's colours are legible and distinct: in light and dark, and with any colour vision."""

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

from logreg_book.pytorch.graph import Graph, Node
from logreg_book.viz import draw_graph, plot_points, style
from logreg_book.viz.style import STYLE

Array = NDArray[np.float64]

ROOT = Path(__file__).parents[2]
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
    """Ratio of luminances as WCAG 2 defines it."""
    low, high = sorted(float(linear(c) @ TO_XYZ[1]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(light: Array) -> Array:
    """CIELAB of linear RGB: a distance of 2 or 3 is just seen when colours touch."""
    xyz = TO_XYZ @ np.clip(light, 0, 1) / (TO_XYZ @ WHITE)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def inverted(colour: Array) -> Array:
    """A colour after the filter that book.css applies to pictures in dark mode."""
    (amount,) = {float(a) for a in FILTER.findall((ROOT / "docs/_static/book.css").read_text())}
    negative = amount + (1 - 2 * amount) * colour
    return np.clip(np.array(HALF_TURN) @ negative, 0, 1)


def dark_background() -> Array:
    """The theme's background in dark mode."""
    sheet = resources.files("furo").joinpath("theme/furo/static/styles/furo.css").read_text()
    dark = sheet[sheet.index("prefers-color-scheme:dark") :]
    found = re.search(r"--color-background-primary:(#[0-9a-f]{6})", dark)
    assert found
    return np.array(to_rgb(found[1]))


@pytest.fixture(scope="module")
def colours() -> dict[str, list[str]]:
    """Colours of the style by their use."""
    with plt.style.context(STYLE):
        parameters: dict[str, Any] = dict(plt.rcParams.items())
        cycle = parameters["axes.prop_cycle"].by_key()["color"]
        methods = [line["color"] for line in style.METHODS.values()]
        words = ["text.color", "axes.labelcolor", "axes.titlecolor", "xtick.labelcolor"]
        lines = ["axes.edgecolor", "xtick.color", "ytick.color"]
        return {
            "cycle": cycle,
            "methods": methods,
            "words": cycle + methods + [parameters[name] for name in words],
            "lines": [parameters[name] for name in lines],
        }


def rgb(colour: str) -> Array:
    """Red, green and blue of a colour, from 0 to 1."""
    return np.array(to_rgb(colour))


def test_constants_are_those_of_the_style_sheet(colours: dict[str, list[str]]) -> None:
    assert colours["cycle"] == style.COLOURS
    assert len(style.LINE_STYLES) == len(style.COLOURS)
    assert style.INK in colours["words"]
    assert {style.EDGE} == set(colours["lines"])
    assert len(set(style.MARKERS)) == len(style.MARKERS) >= 10  # digits have ten classes


def test_every_colour_can_be_text_in_light_and_dark(colours: dict[str, list[str]]) -> None:
    for colour in map(rgb, colours["words"]):
        assert contrast(colour, WHITE) >= 4.5
        assert contrast(inverted(colour), dark_background()) >= 4.5


def test_lines_and_points_stand_out_in_light_and_dark(colours: dict[str, list[str]]) -> None:
    (cloud, *_) = plot_points(Figure().add_subplot(), [[0, 0], [1, 1]], [0, 1])
    alpha = float(cloud.get_alpha() or 1)
    for colour in map(rgb, [*colours["lines"], *colours["cycle"], *colours["methods"]]):
        assert contrast(alpha * colour + (1 - alpha) * WHITE, WHITE) >= 3
        ground = dark_background()
        assert contrast(alpha * inverted(colour) + (1 - alpha) * ground, ground) >= 3


def test_words_in_boxes_of_a_graph_can_be_read() -> None:
    nodes = [Node("w", "leaf", shape=()), Node("Mul", "operation"), Node("Exp", "output")]
    boxes = draw_graph(Figure().add_subplot(), Graph(nodes, [(0, 1), (1, 2)]))
    assert len(boxes) == 3
    for box in boxes:
        patch = box.get_bbox_patch()
        assert patch is not None
        ink, ground = np.array(to_rgb(box.get_color())), np.array(patch.get_facecolor()[:3])
        assert contrast(ink, ground) >= 4.5
        assert contrast(inverted(ink), inverted(ground)) >= 4.5


def test_white_becomes_the_background_of_the_dark_page() -> None:
    assert np.abs(inverted(WHITE) - dark_background()).max() < 0.03


def distances(names: list[str], vision: str, dark: bool) -> dict[tuple[int, int], float]:
    """How far each two of the colours are from each other for the eye."""
    seen = [inverted(c) if dark else c for c in map(rgb, names)]
    places = [lab(np.array(VISION[vision]) @ linear(c)) for c in seen]
    pairs = combinations(range(len(places)), 2)
    return {(i, j): float(np.linalg.norm(places[i] - places[j])) for i, j in pairs}


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_methods_stay_apart_from_each_other_from_classes_and_from_ink(
    colours: dict[str, list[str]], vision: str, dark: bool
) -> None:
    all_of_them = [style.INK, *colours["cycle"][:2], *colours["methods"]]
    assert min(distances(all_of_them, vision, dark).values()) > 12


def test_methods_that_are_compared_differ_in_more_than_colour() -> None:
    for group in (("GD", "minibatch", "SGD"), ("GD", "Newton"), ("SGD", "momentum", "Nesterov")):
        lines = [(str(style.METHODS[m]["linestyle"]), style.METHODS[m]["linewidth"]) for m in group]
        assert len(set(lines)) == len(group)


def test_a_label_that_begins_with_a_method_has_its_line() -> None:
    for method, line in style.METHODS.items():
        for label in (method, f"{method}, B = 16", f"{method}'s path"):
            assert style.method_style(label) == line
    for label in ("", "$\\eta$ = 2", "sgd", "AdamX", "training"):
        assert style.method_style(label) == {}


SOURCES = [*ROOT.glob("gallery/*.py"), *ROOT.glob("docs/*/*.md")]
A_COLOUR = re.compile(
    r"""colou?rs?=["'\[]|set_prop_cycle|["'][-+.o:]*[bgrcmykwC]\d?[-+.o:]*["'][,)]"""
)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_page_and_no_script_names_a_colour_of_its_own(source: Path) -> None:
    text = source.read_text("utf-8")
    cells = re.findall(r"```{code-cell} python\n(.*?)```", text, re.DOTALL) or [text]
    drawing = [line for cell in cells for line in cell.splitlines() if "(" in line]
    assert [
        line for line in drawing if ("plot" in line or "col" in line) and A_COLOUR.search(line)
    ] == []


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_colours_stay_apart(colours: dict[str, list[str]], vision: str, dark: bool) -> None:
    apart = distances(colours["cycle"], vision, dark)
    assert apart[0, 1] > 80, "the book's main case is two classes"
    assert min(apart.values()) > 15, min(apart, key=lambda pair: apart[pair])
