"""Points tell their class by marker and colour, and a wrong argument is blamed by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from numpy.testing import assert_array_equal

from logreg_book.viz import plot_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

X = np.array([[0.0, 0.0], [1.0, 0.5], [2.0, -1.0], [0.5, 2.0]])
Y = np.array([0, 1, 1, 0])


def test_classes_differ_in_marker_and_in_colour(ax: Axes) -> None:
    clouds = plot_points(ax, X, Y)
    assert_array_equal(clouds[0].get_offsets(), X[Y == 0])
    assert_array_equal(clouds[1].get_offsets(), X[Y == 1])
    shapes = [cloud.get_paths()[0].vertices.tolist() for cloud in clouds]  # type: ignore[union-attr]
    colours = [to_hex(np.asarray(cloud.get_facecolor())[0]) for cloud in clouds]
    assert shapes[0] != shapes[1]
    assert colours[0] != colours[1]
    assert [cloud.get_label() for cloud in clouds] == ["class 0", "class 1"]


def test_a_class_without_points_keeps_its_place_in_the_legend(ax: Axes) -> None:
    plot_points(ax, X, Y, class_names=["no", "yes", "perhaps"], size=9)
    handles, names = ax.get_legend_handles_labels()
    assert names == ["no", "yes", "perhaps"]
    assert len(handles) == 3


@pytest.mark.parametrize(
    ("X", "y", "names", "message"),
    [
        (np.zeros((2, 3)), [0, 1], None, r"X must have 2 columns .* got shape \(2, 3\)"),
        (np.array([[np.inf, 0]]), [0], None, "X must be finite"),
        (X, [0, 1], None, r"y must have shape \(4,\), one label per example"),
        (X, [0.5, 1, 0, 1], None, "y must hold integer class labels, got dtype float64"),
        (X, [0, -1, 0, 1], None, r"y must hold labels 0, 1, 2 \.\.\., got -1$"),
        (X, [0, -1, 0, 1], ["a"], r"y must hold labels 0, 1, 2 \.\.\., got -1$"),
        (X, Y, ["a"], "class_names must name each of the 2 classes, got 1 name$"),
        (X, [0, 1, 2, 0], ["a", "b"], "class_names must name each of the 3 classes, got 2 names$"),
        (X, Y, [], "class_names must name each of the 2 classes, got 0 names$"),
    ],
)
def test_the_argument_at_fault_is_named(ax: Axes, X: Any, y: Any, names: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        plot_points(ax, X, y, class_names=names)
    assert not ax.collections
