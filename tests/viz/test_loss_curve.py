"""Loss curves hold what they were given, and their names stay legible."""

from __future__ import annotations

import re
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_array_equal

from logreg_book.viz import plot_loss
from logreg_book.viz.style import INK, METHODS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ENDS = {"a": 1.0, "b": 1.001, "c": 0.999, "d": 1.6}


@pytest.fixture
def labelled() -> Axes:
    """Axes in the book's style with four curves, three of which end close together."""
    with plt.style.context("logreg_book.viz.book"):
        ax = Figure().add_subplot()
        for label, end in ENDS.items():
            plot_loss(ax, [0, 1], [4.0, end], label=label)
    return ax


def assert_legible(ax: Axes) -> None:
    """Draw, and demand that names stand in the order of their ends, and none on another."""
    figure: Any = ax.figure
    figure.draw_without_rendering()
    boxes = {name.get_text(): name.get_window_extent() for name in ax.texts}
    in_order = [boxes[name] for name in sorted(ENDS, key=lambda name: ENDS[name])]
    font_size = ax.texts[0].get_fontsize() * figure.dpi / 72
    for lower, upper in pairwise(in_order):
        assert (upper.y0 + upper.y1) / 2 - (lower.y0 + lower.y1) / 2 > 1.1 * font_size


def test_a_loss_curve_holds_what_it_was_given(ax: Axes) -> None:
    line = plot_loss(ax, [0, 1, 2, 3], [3.0, 2.0, np.inf, np.nan], label="run")
    assert_array_equal(line.get_ydata(), [3, 2, np.nan, np.nan])
    assert ax.get_ylabel() == "loss (nats)"
    (name,) = ax.texts
    assert name.get_text() == "run"
    assert_array_equal(name.xy, [1, 2])  # type: ignore[attr-defined]
    assert name.get_color() == line.get_color()


@pytest.mark.parametrize("label", ["minibatch", "minibatch, B = 16"])
def test_a_method_has_its_own_line_and_what_else_is_asked_for(ax: Axes, label: str) -> None:
    line = plot_loss(ax, [0, 1], [2.0, 1.0], label=label, drawstyle="steps-post")
    assert line.get_color() == METHODS["minibatch"]["color"]
    assert line.get_linewidth() == METHODS["minibatch"]["linewidth"]
    assert line.get_drawstyle() == "steps-post"
    assert plot_loss(ax, [0, 1], [2.0, 1.0], label=label, color="red").get_color() == "red"


def test_runs_of_one_method_have_its_colour_and_differ_in_line_style(ax: Axes) -> None:
    lines = [plot_loss(ax, [0, 1], [2.0, k], label=f"GD, $\\eta$ = {k}") for k in range(3)]
    assert {line.get_color() for line in lines} == {METHODS["GD"]["color"]}
    assert len({str(line.get_linestyle()) for line in lines}) == 3


def test_a_curve_without_a_name_has_no_colour_of_a_class(ax: Axes) -> None:
    assert plot_loss(ax, [0, 1], [2.0, 1.0]).get_color() == INK


def test_label_is_optional_and_all_nan_is_allowed(ax: Axes) -> None:
    plot_loss(ax, [0, 1], [1.0, 2.0])
    plot_loss(ax, [0, 1], [np.nan, np.inf], label="diverged")
    assert list(ax.texts) == []


def test_names_of_curves_stay_apart_and_in_order(labelled: Axes) -> None:
    assert_legible(labelled)


def test_names_stay_apart_after_the_limits_have_changed(labelled: Axes) -> None:
    labelled.set_ylim(-20, 200)  # now all four ends are within a few pixels
    assert_legible(labelled)
    labelled.set_ylim(0.9, 1.7)
    assert_legible(labelled)


def test_names_stay_apart_after_a_resize(labelled: Axes) -> None:
    figure: Any = labelled.figure
    figure.set_size_inches(4, 1.5)
    assert_legible(labelled)
    figure.set_dpi(300)
    assert_legible(labelled)


def test_names_stay_apart_on_a_logarithmic_axis(labelled: Axes) -> None:
    labelled.set_yscale("log")
    assert_legible(labelled)


def test_a_name_alone_is_at_the_height_of_its_end_and_inside_the_figure() -> None:
    with plt.style.context("logreg_book.viz.book"):
        figure = Figure()
        ax = figure.add_subplot()
        plot_loss(ax, [0, 1], [4.0, 1.0], label="gradient descent")
        ax.set_ylim(0, 9)
        figure.draw_without_rendering()
    extent = ax.texts[0].get_window_extent()
    end = ax.transData.transform((1, 1))
    assert extent.x0 > end[0]
    assert (extent.y0 + extent.y1) / 2 == pytest.approx(end[1], abs=3)
    assert extent.x1 < figure.bbox.x1


def test_no_two_elements_of_an_svg_have_one_id(labelled: Axes) -> None:
    svg = StringIO()
    labelled.figure.savefig(svg, format="svg")  # type: ignore[union-attr]
    ids = re.findall(r'\bid="([^"]*)"', svg.getvalue())
    assert sorted(set(ids)) == sorted(ids)


def test_curves_in_the_book_style_differ_in_more_than_colour() -> None:
    with plt.style.context("logreg_book.viz.book"):
        ax = Figure().add_subplot()
        lines = [plot_loss(ax, [0, 1], [1.0, k], label=f"{k}") for k in range(4)]
    assert len({str(line.get_linestyle()) for line in lines}) == 4
    assert len({line.get_color() for line in lines}) == 4


@pytest.mark.parametrize(
    ("x", "losses", "error", "message"),
    [
        ([0], [1, 2], ValueError, "x and losses must have one length, got 1 and 2"),
        ([], [], ValueError, "x must not be empty"),
        ([0], [[1]], ValueError, r"losses must have 1 dimension\(s\), got shape \(1, 1\)"),
        ([0], ["high"], TypeError, "losses must be float32 or float64"),
    ],
)
def test_bad_losses_are_rejected(
    ax: Axes, x: Any, losses: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plot_loss(ax, x, losses)
    assert not ax.lines
