"""What the still forms of widgets have in common; ``docs/_widgets`` has a module for each.

A widget's axes are the figure's axes, at places given in pixels, so that both cover each other.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib import style
from matplotlib.figure import Figure

from book.reader.figures import INCH
from logreg_book.viz.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

# Axes: "box" (left, top, width, height in pixels), "x", "y" (limits)
Place = dict[str, list[float]]


@dataclass(frozen=True)
class Still:
    """What a widget shows without JavaScript, and what the widget itself needs to begin."""

    figure: Figure
    ground: Figure
    """The figure without what moves."""
    alt: str
    caption: str
    still: str
    """What the caption says of the figure alone."""
    live: str
    """What it says in place of that where the widget is."""
    table: dict[str, list[str]]
    data: dict[str, Any]


@contextmanager
def drawing() -> Iterator[None]:
    """The book's style, with letters for a figure that a phone shows nearly in full size."""
    small = {"font.size": 10, "axes.labelsize": 10, "xtick.labelsize": 9, "ytick.labelsize": 9}
    places = {"figure.constrained_layout.use": False}
    with style.context([STYLE, {**small, "legend.fontsize": 9, **places}]):
        yield


def new_figure(width: int, height: int) -> Figure:
    """A figure of a size in pixels."""
    return Figure(figsize=(width / INCH, height / INCH), dpi=INCH)


def add_axes(figure: Figure, place: Place) -> Axes:
    """Axes at their place in a figure."""
    (width, height), (left, top, wide, high) = figure.get_size_inches() * INCH, place["box"]
    ax = figure.add_axes((left / width, 1 - (top + high) / height, wide / width, high / height))
    ax.set(xlim=place["x"], ylim=place["y"])
    return ax


def one_scale(box: list[float], x: list[float], middle: float) -> Place:
    """A place whose axes have one scale, so that a right angle looks like one."""
    reach = (x[1] - x[0]) * box[3] / box[2] / 2
    return {"box": box, "x": x, "y": [round(middle - reach, 4), round(middle + reach, 4)]}
