"""Contours are where the loss is what they say, and paths are what they were given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.refusals import refuses

from logreg_book.viz import plot_contours, plot_path
from logreg_book.viz.style import METHODS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def bowl(u: float, v: float) -> float:
    """A loss with its lowest value, 2, at (1, -1), and four times as curved along v."""
    return 2 + (u - 1) ** 2 + 4 * (v + 1) ** 2


def test_on_each_contour_the_loss_is_what_it_says(ax: Axes) -> None:
    lines = plot_contours(ax, bowl, (-1, 4), (-3, 1), levels=5)
    assert len(list(lines.levels)) == 5
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        losses = np.array([bowl(u, v) for u, v in np.asarray(path.vertices)])
        assert len(losses) > 10
        assert_allclose(losses, level, atol=0.02)


def test_contours_grow_by_equal_factors_above_the_lowest_loss_in_view(ax: Axes) -> None:
    lines = plot_contours(ax, bowl, (0, 2), (-2, 0), levels=4, n=51)  # (1, -1) is on the grid
    levels = np.asarray(lines.levels)
    assert_allclose(np.diff(np.log(levels - 2), n=2), 0, atol=1e-9)
    assert 2 < levels[0] < levels[-1] < 7


def test_the_view_is_the_one_asked_for(ax: Axes) -> None:
    plot_contours(ax, bowl, (-1, 4), (-3, 1))
    assert ax.get_xlim() == (-1, 4)
    assert ax.get_ylim() == (-3, 1)


def test_a_path_has_every_point_a_ring_at_its_start_and_a_square_at_its_end(ax: Axes) -> None:
    ax.set(xlim=(-1, 1), ylim=(-1, 1))
    points = [[0.0, 0.0], [0.5, 0.25], [9.0, 0.0]]
    line = plot_path(ax, points, color="C1", label="eta = 1")
    assert_array_equal(line.get_xydata(), points)
    assert (line.get_color(), line.get_label()) == ("C1", "eta = 1")
    ring, square = ax.lines[1:]
    assert_array_equal(ring.get_xydata(), [[0, 0]])
    assert_array_equal(square.get_xydata(), [[9, 0]])
    assert (ring.get_marker(), square.get_marker()) == ("o", "s")
    assert (ring.get_markerfacecolor(), square.get_markerfacecolor()) == ("white", "C1")
    assert ax.get_xlim() == ax.get_ylim() == (-1, 1)  # the last point lies outside, and may


def test_a_path_has_the_colour_of_its_method(ax: Axes) -> None:
    points = [[0.0, 0.0], [0.5, 0.25]]
    colours = [
        plot_path(ax, points, label=name).get_color() for name in ("SGD, B = 1", "run", None)
    ]
    assert colours == [METHODS[name]["color"] for name in ("SGD", "GD", "GD")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"xlim": (1, 1)}, "xlim must be (low, high) with low below high, got (1, 1)"),
        ({"ylim": (2, 1)}, "ylim must be (low, high) with low below high, got (2, 1)"),
        ({"levels": 0}, "levels must be at least 1, got 0"),
        ({"n": 1}, "n must be at least 2, got 1"),
        (
            {"loss": lambda u, v: 3.0},
            "loss must vary between xlim and ylim, got 3.0 everywhere",
        ),
    ],
)
def test_what_has_no_contours_is_rejected(ax: Axes, change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"loss": bowl, "xlim": (0, 1), "ylim": (0, 1)} | change
    refuses(plot_contours, message, ax, **arguments)
    assert not ax.collections


def test_an_infinite_loss_is_rejected(ax: Axes) -> None:
    with pytest.raises(ValueError, match="loss must be finite"):
        plot_contours(ax, lambda u, v: np.inf if u > 0.5 else u, (0, 1), (0, 1))


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([[0.0, 1.0, 2.0]], "points must have shape (n, 2), got (1, 3)"),
        ([0.0, 1.0], "points must have 2 dimension(s), got shape (2,)"),
        (np.zeros((0, 2)), "points must not be empty, got shape (0, 2)"),
    ],
)
def test_what_is_no_path_is_rejected(ax: Axes, points: Any, message: str) -> None:
    refuses(plot_path, message, ax, points=points)
    assert not ax.lines
