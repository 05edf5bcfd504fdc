"""The figure of films and live plots shows each run where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal

from logreg_book.viz import plot_loss
from logreg_book.viz._geometry import decision_boundaries
from logreg_book.viz._training_figure import TrainingFigure
from logreg_book.viz.style import COLOURS, METHODS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

X = np.array([[0.0, 0.0], [1.0, 0.5], [2.0, -1.0], [0.5, 2.0]])
Y = np.array([0, 1, 1, 0])
W = np.array([[1.0, -1.0], [0.5, 2.0]])
B = np.array([0.2, -0.3])


def curve(picture: TrainingFigure, run: str) -> Any:
    """The loss curve of a run."""
    (line,) = [line for line in picture.loss_axis.lines if line.get_label() == run]
    return line


def boundary(panel: Axes) -> Any:
    """The first segment of the boundary in a panel."""
    (lines,) = [artist for artist in panel.collections if isinstance(artist, LineCollection)]
    return lines.get_segments()[0]


def test_one_run_has_two_panels_side_by_side() -> None:
    picture = TrainingFigure(["GD"], X, Y, x_label="epoch", feature_names=["radius", "texture"])
    (panel,) = picture.panels
    picture.figure.draw_without_rendering()
    left, right = panel.get_position(), picture.loss_axis.get_position()
    assert left.x1 < right.x0
    assert left.y0 == pytest.approx(right.y0, abs=0.02)
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("radius", "texture")
    assert picture.loss_axis.get_xlabel() == "epoch"


def test_three_runs_have_panels_above_the_loss() -> None:
    runs = ["GD", "minibatch", "SGD"]
    picture = TrainingFigure(runs, X, Y, x_label="examples seen")
    picture.figure.draw_without_rendering()
    below = picture.loss_axis.get_window_extent()
    assert [panel.get_title() for panel in picture.panels] == runs
    assert all(panel.get_window_extent().y0 > below.y1 for panel in picture.panels)
    assert {panel.get_xlabel() for panel in picture.panels} == {"$x_1$"}
    assert picture.panels[0].get_ylabel() == "$x_2$"
    assert picture.loss_axis.get_xlabel() == "examples seen"


def test_a_method_has_one_colour_in_films_and_figures_and_a_class_has_another() -> None:
    runs = ["SGD, B = 1", "GD", "minibatch", "rivals", "others"]
    picture = TrainingFigure(runs, X, Y, x_label="examples seen")
    ax = Figure().add_subplot()
    for run, panel in zip(runs[:3], picture.panels, strict=False):
        expected = to_rgba(plot_loss(ax, [0, 1], [1.0, 0.5], label=run).get_color())
        picture.show(runs.index(run), W, B, [0, 1], [1.0, 0.5])
        (lines,) = [artist for artist in panel.collections if isinstance(artist, LineCollection)]
        drawn = [curve(picture, run).get_color(), panel.title.get_color(), lines.get_colors()[0]]
        assert [to_rgba(colour) for colour in drawn] == [expected] * 3
    colours = [to_rgba(curve(picture, run).get_color()) for run in runs]
    assert len(set(colours)) == len(runs)
    assert not set(colours) & {to_rgba(colour) for colour in COLOURS[:2]}


def test_runs_of_one_method_have_its_colour_and_differ_in_line_style() -> None:
    runs = ["GD, slow", "GD, fast", "GD, too fast"]
    picture = TrainingFigure(runs, X, Y, x_label="step")
    curves = [curve(picture, run) for run in runs]
    assert {line.get_color() for line in curves} == {METHODS["GD"]["color"]}
    assert len({str(line.get_linestyle()) for line in curves}) == 3


def test_the_legend_names_classes_and_thin_lines() -> None:
    (legend,) = TrainingFigure(["GD"], X, Y, x_label="epoch").figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        *("class 0", "class 1"),
        "p = 0.1 and 0.9",
    ]
    three = TrainingFigure(["GD"], X, [0, 1, 2, 0], x_label="epoch").figure.legends[0]
    assert len(three.get_texts()) == 3  # no single probability, so no such lines


def test_the_loss_axis_is_marked_at_the_end_of_each_of_a_few_passes() -> None:
    picture = TrainingFigure(["GD"], X, Y, x_label="examples seen", pass_length=40)
    picture.set_view(120, 1.0)
    assert_array_equal(picture.loss_axis.get_xticks(), [0, 40, 80, 120])
    many = TrainingFigure(["GD"], X, Y, x_label="examples seen", pass_length=40)
    many.set_view(4000, 1.0)
    assert len(many.loss_axis.get_xticks()) < 9


def test_a_run_is_shown_where_it_stands() -> None:
    picture = TrainingFigure(["a", "b"], X, Y, x_label="epoch")
    picture.set_view(10, 2.0)
    picture.show(1, W, B, [0, 1, 2], [2.0, 1.5, 1.2])
    assert_array_equal(curve(picture, "b").get_xydata(), [[0, 2], [1, 1.5], [2, 1.2]])
    (head,) = [line for line in picture.loss_axis.lines if len(line.get_xydata()) == 1]
    assert_array_equal(head.get_xydata(), [[2, 1.2]])
    panel = picture.panels[1]
    expected = decision_boundaries(W, B, panel.get_xlim(), panel.get_ylim())
    assert_allclose(boundary(panel), expected[0])


def test_what_changes_is_animated() -> None:
    picture = TrainingFigure(["a", "b"], X, Y, x_label="epoch")
    animated = set(picture.animated_artists)
    assert {*picture.loss_axis.lines, *picture.loss_axis.texts} <= animated
    for panel in picture.panels:
        points = set(panel.get_legend_handles_labels()[0])
        assert set(panel.collections) - points <= animated
        assert not points & animated


def test_losses_are_joined_by_lines_or_by_stairs() -> None:
    picture = TrainingFigure(["a"], X, Y, x_label="epoch")
    assert curve(picture, "a").get_drawstyle() == "default"
    picture = TrainingFigure(["a"], X, Y, x_label="epoch", drawstyle="steps-post")
    assert curve(picture, "a").get_drawstyle() == "steps-post"


def test_names_follow_their_curves_and_stay_apart() -> None:
    picture = TrainingFigure(["a", "b", "c"], X, Y, x_label="epoch")
    picture.set_view(1, 1.0)
    for run, loss in enumerate([0.1, 1.08, 0.1001]):
        picture.show(run, W, B, [0, 1], [1.0, loss])
    heights = {name.get_text(): name.get_position()[1] for name in picture.loss_axis.texts}
    assert heights["a"] < heights["c"] < heights["b"] <= 1
    assert heights["c"] - heights["a"] > 0.05


def test_inputs_of_similar_scale_share_it_and_others_have_their_own() -> None:
    similar = TrainingFigure(["a"], X, Y, x_label="epoch").panels[0]
    assert np.ptp(similar.get_xlim()) == pytest.approx(np.ptp(similar.get_ylim()))
    different = TrainingFigure(["a"], X * [1, 100], Y, x_label="epoch").panels[0]
    assert np.ptp(different.get_ylim()) > 50 * np.ptp(different.get_xlim())
    flat = TrainingFigure(["a"], X * [1, 0], Y, x_label="epoch").panels[0]
    assert flat.get_ylim()[0] < 0 < flat.get_ylim()[1]


def test_rcparams_are_restored() -> None:
    before = dict(mpl.rcParams)
    figure = TrainingFigure(["a"], X, Y, x_label="epoch").figure
    assert to_rgba(figure.get_facecolor())[3] == 0  # the style was used
    assert {key for key in before if before[key] != mpl.rcParams[key]} <= {"backend"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"runs": []}, "runs must name at least one run"),
        ({"X": np.zeros((4, 3))}, "X must have 2 columns"),
        ({"feature_names": ["one"]}, "feature_names must be 2 names, got 1"),
        ({"class_names": ["a"]}, "class_names must name each of the 2 classes, got 1 name"),
        (
            {"y": [0, 0, 0, 0], "class_names": ["a"]},
            r"class_names must name at least 2 classes, got \['a'\]",
        ),
    ],
)
def test_the_figure_rejects_bad_input(changes: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"runs": ["a"], "X": X, "y": Y, "x_label": "epoch"}
    with pytest.raises(ValueError, match=message):
        TrainingFigure(**arguments | changes)


@pytest.mark.parametrize("n", [1, 3])
def test_x_and_losses_of_unequal_length_are_rejected_before_anything_moves(n: int) -> None:
    picture = TrainingFigure(["a"], X, Y, x_label="epoch")
    picture.show(0, W, B, [0, 1], [1.0, 0.5])
    before = boundary(picture.panels[0])
    with pytest.raises(ValueError, match=f"x and losses must have one length, got {n} and 2"):
        picture.show(0, -2 * W, B, range(n), [1.0, 0.5])
    assert_array_equal(boundary(picture.panels[0]), before)
    assert_array_equal(curve(picture, "a").get_xydata(), [[0, 1], [1, 0.5]])


def test_the_view_must_have_an_extent() -> None:
    picture = TrainingFigure(["a"], X, Y, x_label="epoch")
    with pytest.raises(ValueError, match="x_max must be finite and above 0"):
        picture.set_view(0, 1)
    with pytest.raises(ValueError, match="loss_max must be finite and above 0"):
        picture.set_view(1, np.inf)
