"""Pictures hold what they were given, and tell it by shape as well as by colour."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from logreg_book import logits
from logreg_book.graph import Graph, Node
from logreg_book.plotting import (
    TrainingPicture,
    boundary_segments,
    draw_boundary,
    draw_graph,
    draw_loss,
    draw_points,
    move_boundary,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.axes import Axes

VIEW = (-2.0, 3.0), (-1.0, 2.0)
X = np.array([[0.0, 0.0], [1.0, 0.5], [2.0, -1.0], [0.5, 2.0]])
Y = np.array([0, 1, 1, 0])
W = np.array([[1.0, -1.0], [0.5, 2.0]])
B = np.array([0.2, -0.3])


@pytest.fixture
def ax() -> Axes:
    return Figure().add_subplot()


@pytest.fixture(autouse=True)
def no_figure_left() -> Iterator[None]:
    yield
    plt.close("all")


@st.composite
def planes(draw: st.DrawFn) -> tuple[NDArray[Any], NDArray[Any]]:
    """Parameters of 2 to 5 classes whose boundaries are no hair's breadth apart."""
    K = draw(st.integers(2, 5))
    quarters = st.integers(-12, 12).map(lambda n: n / 4)
    return draw(arrays(float, (2, K), elements=quarters)), draw(arrays(float, K, elements=quarters))


# Segments


@given(plane=planes())
def test_both_classes_lead_with_the_same_logit_along_a_segment(plane: Any) -> None:
    W, b = plane
    segments = boundary_segments(W, b, *VIEW)
    pairs = list(combinations(range(len(b)), 2))
    assert segments.shape == (len(pairs), 2, 2)
    for (j, k), ends in zip(pairs, segments, strict=True):
        if not np.isnan(ends).any():
            points = ends[0] + np.linspace(0, 1, 11)[:, np.newaxis] * (ends[1] - ends[0])
            h = logits(points, W, b)
            assert_allclose(h[:, j], h[:, k], atol=1e-9)
            assert_allclose(h.max(axis=1), h[:, j], atol=1e-9)
            for values, (low, high) in zip(ends.T, VIEW, strict=True):
                assert low - 1e-9 <= values.min()
                assert values.max() <= high + 1e-9


@given(plane=planes())
def test_a_segment_lies_wherever_the_leading_class_changes(plane: Any) -> None:
    """Brute force: between neighbours of a fine grid with different leaders there is a segment."""
    W, b = plane
    x, y = (np.linspace(*limits, 60) + 1e-4 * np.pi for limits in VIEW)
    grid = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    h = logits(grid.reshape(-1, 2), W, b)
    two = np.sort(h, axis=1)[:, -2:]
    clear = (two[:, 1] - two[:, 0] > 1e-9).reshape(60, 60)
    leader = h.argmax(axis=1).reshape(60, 60)
    change = (leader[1:] != leader[:-1]) & clear[1:] & clear[:-1]
    middles = ((grid[1:] + grid[:-1]) / 2)[change]
    segments = boundary_segments(W, b, *VIEW)
    segments = segments[~np.isnan(segments).any(axis=(1, 2))]
    for middle in middles[::5]:
        assert len(segments) > 0
        assert min(distance(middle, ends) for ends in segments) < 0.06


def distance(point: NDArray[Any], ends: NDArray[Any]) -> float:
    along = ends[1] - ends[0]
    share = np.clip((point - ends[0]) @ along / (along @ along), 0, 1)
    return float(np.hypot(*(ends[0] + share * along - point)))


def test_a_boundary_may_be_vertical() -> None:
    segments = boundary_segments([[0.0, 1.0], [0.0, 0.0]], [0.0, -1.0], *VIEW)
    assert_allclose(np.sort(segments[0], axis=0), [[1, -1], [1, 2]])


def test_a_boundary_may_be_horizontal() -> None:
    segments = boundary_segments([[0.0, 0.0], [1.0, 0.0]], [0.0, 0.5], *VIEW)
    assert_allclose(np.sort(segments[0], axis=0), [[-2, 0.5], [3, 0.5]])


def test_three_boundaries_meet_in_a_point() -> None:
    angle = 2 * np.pi * np.arange(3) / 3
    segments = boundary_segments([np.cos(angle), np.sin(angle)], np.zeros(3), (-1, 1), (-1, 1))
    assert segments.shape == (3, 2, 2)
    assert_allclose(np.abs(segments).sum(axis=2).min(axis=1), 0, atol=1e-12)


def test_equal_weights_have_no_boundary() -> None:
    assert np.isnan(boundary_segments([[1.0, 1.0], [2.0, 2.0]], [0.0, 1.0], *VIEW)).all()


def test_a_boundary_out_of_view_is_nan() -> None:
    assert np.isnan(boundary_segments([[0.0, 1.0], [0.0, 0.0]], [0.0, -3.5], *VIEW)).all()
    # farther than the corners' circle, too
    assert np.isnan(boundary_segments([[0.0, 1.0], [0.0, 0.0]], [0.0, -99.0], *VIEW)).all()
    # within that circle and yet past the corner
    assert np.isnan(
        boundary_segments([[0.0, 1.0], [0.0, 1.0]], [0.0, -2.7], (-1, 1), (-1, 1))
    ).all()


def test_a_class_that_leads_everywhere_hides_the_others() -> None:
    segments = boundary_segments([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]], [0.0, 0.0, 99.0], *VIEW)
    assert np.isnan(segments).all()


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"W": np.zeros((3, 2))}, ValueError, r"W must have shape \(2, K\) .* got \(3, 2\)"),
        ({"W": np.zeros((2, 1))}, ValueError, "with K at least 2"),
        ({"b": np.zeros(3)}, ValueError, r"b must have shape \(2,\).*got \(3,\)"),
        ({"b": np.array([0.0, np.nan])}, ValueError, "b must be finite, got nan"),
        ({"W": np.array([["a", "b"]] * 2)}, TypeError, "W must be float32 or float64"),
        ({"xlim": (1.0, 1.0)}, ValueError, "xlim and ylim must each rise"),
    ],
)
def test_segments_refuse_bad_input(
    changes: dict[str, Any], error: type[Exception], says: str
) -> None:
    arguments: dict[str, Any] = {"W": W, "b": B, "xlim": VIEW[0], "ylim": VIEW[1]}
    with pytest.raises(error, match=says):
        boundary_segments(**arguments | changes)


# Points


def test_classes_differ_in_marker_and_in_colour(ax: Axes) -> None:
    clouds = draw_points(ax, X, Y)
    assert_array_equal(clouds[0].get_offsets(), X[Y == 0])
    assert_array_equal(clouds[1].get_offsets(), X[Y == 1])
    shapes = [cloud.get_paths()[0].vertices.tolist() for cloud in clouds]  # type: ignore[union-attr]
    colours = [to_hex(np.asarray(cloud.get_facecolor())[0]) for cloud in clouds]
    assert shapes[0] != shapes[1]
    assert colours[0] != colours[1]
    assert [cloud.get_label() for cloud in clouds] == ["class 0", "class 1"]


def test_a_class_without_points_keeps_its_place_in_the_legend(ax: Axes) -> None:
    draw_points(ax, X, Y, class_names=["no", "yes", "perhaps"], size=9)
    handles, names = ax.get_legend_handles_labels()
    assert names == ["no", "yes", "perhaps"]
    assert len(handles) == 3


@pytest.mark.parametrize(
    ("X", "y", "names", "says"),
    [
        (np.zeros((2, 3)), [0, 1], None, r"X must have 2 columns .* got shape \(2, 3\)"),
        (np.array([[np.inf, 0]]), [0], None, "X must be finite"),
        (X, [0, 1], None, r"y must have shape \(4,\)"),
        (X, [0, -1, 0, 1], None, "y must lie in 0"),
        (X, [0, 1, 2, 0], ["a", "b"], r"y must lie in 0 \.\. 1, got labels from 0 to 2"),
    ],
)
def test_points_refuse_bad_input(ax: Axes, X: Any, y: Any, names: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        draw_points(ax, X, y, class_names=names)


# Boundaries


def test_a_boundary_runs_across_the_view_and_does_not_change_it(ax: Axes) -> None:
    draw_points(ax, X, Y)
    expected = ax.get_xlim(), ax.get_ylim()
    lines = draw_boundary(ax, W, B, arrow=False, colors="green")
    assert (ax.get_xlim(), ax.get_ylim()) == expected
    assert_allclose(lines.get_segments(), boundary_segments(W, B, *expected))
    assert to_hex(np.asarray(lines.get_color())[0]) == to_hex("green")
    ax.plot([-99, 99], [0, 0])
    assert (ax.get_xlim(), ax.get_ylim()) == expected


@given(angle=st.floats(0, 6.28), stretch=st.floats(0.1, 10), way=st.sampled_from([-1, 1]))
def test_the_arrow_points_to_class_1_at_a_right_angle(
    angle: float, stretch: float, way: int
) -> None:
    ax = Figure().add_subplot(xlim=(-1, 1), ylim=(-way * stretch, way * stretch))
    n = np.array([np.cos(angle), np.sin(angle) / stretch])
    lines = draw_boundary(ax, np.column_stack([-n, n]), [0.0, 0.0])
    line, shaft, barbs = lines.get_segments()
    h = logits(shaft, np.column_stack([-n, n]), [0.0, 0.0])
    assert h[1, 1] > h[1, 0]
    assert_allclose(barbs[1], shaft[1])
    seen_line, seen_shaft = (np.diff(ax.transData.transform(a), axis=0)[0] for a in (line, shaft))
    assert abs(seen_line @ seen_shaft) < 1e-6 * np.hypot(*seen_line) * np.hypot(*seen_shaft)


def test_no_arrow_for_three_classes_or_out_of_view(ax: Axes) -> None:
    ax.set(xlim=(-1, 1), ylim=(-1, 1))
    three = draw_boundary(ax, np.eye(2, 3), np.zeros(3))
    assert len(three.get_segments()) == 3
    away = draw_boundary(ax, W, B + np.array([0, 99]))
    assert away.get_segments() == []


def test_a_boundary_moves(ax: Axes) -> None:
    lines = draw_boundary(ax, W, B, arrow=False)
    move_boundary(lines, -2 * W, B)
    expected = boundary_segments(-2 * W, B, ax.get_xlim(), ax.get_ylim())
    assert_allclose(lines.get_segments(), expected)


def test_boundary_and_tints_follow_the_view(ax: Axes) -> None:
    ax.set(xlim=(-1, 1), ylim=(-1, 1))
    lines = draw_boundary(ax, [[-1.0, 1.0], [0.0, 0.0]], [0.0, 0.0], shade=True, arrow=False)
    (tints,) = set(ax.collections) - {lines}
    ax.set(ylim=(-5, 5))
    ax.get_figure(root=True).draw_without_rendering()  # type: ignore[union-attr]
    assert_allclose(np.abs(lines.get_segments()[0][:, 1]), 5)
    left, right = (np.asarray(path.vertices) for path in tints.get_paths())
    assert left[:, 0].max() == pytest.approx(0)
    assert right[:, 0].min() == pytest.approx(0)
    assert np.abs(left[:, 1]).max() == pytest.approx(5)


@given(plane=planes())
def test_tints_cover_where_a_class_leads(plane: Any) -> None:
    W, b = plane
    ax = Figure().add_subplot(xlim=VIEW[0], ylim=VIEW[1])
    lines = draw_boundary(ax, W, b, shade=True)
    (tints,) = set(ax.collections) - {lines}
    points = np.random.default_rng(0).uniform([-2, -1], [3, 2], size=(50, 2))
    h = logits(points, W, b)
    two = np.sort(h, axis=1)[:, -2:]
    for point, k in zip(points, h.argmax(axis=1), strict=True):
        inside = [path.contains_point(point) for path in tints.get_paths()]
        if np.ptp(two[(points == point).all(axis=1)]) > 1e-6:
            assert inside == [k == j for j in range(len(b))]


def test_only_drawn_boundaries_can_be_moved() -> None:
    with pytest.raises(TypeError, match="lines must come from draw_boundary"):
        move_boundary(LineCollection([]), W, B)


def test_the_number_of_classes_stays(ax: Axes) -> None:
    lines = draw_boundary(ax, W, B)
    with pytest.raises(ValueError, match=r"W must have 2 columns as before, got shape \(2, 3\)"):
        move_boundary(lines, np.eye(2, 3), np.zeros(3))


# Losses


def test_a_loss_curve_holds_what_it_was_given(ax: Axes) -> None:
    line = draw_loss(ax, [0, 1, 2, 3], [3.0, 2.0, np.inf, np.nan], label="run")
    assert_array_equal(line.get_ydata(), [3, 2, np.nan, np.nan])
    assert ax.get_ylabel() == "loss (nats)"
    (name,) = ax.texts
    assert name.get_text() == "run"
    assert_array_equal(name.xy, [1, 2])  # type: ignore[attr-defined]
    assert name.get_color() == line.get_color()


def test_a_curve_may_go_without_name_or_numbers(ax: Axes) -> None:
    draw_loss(ax, [0, 1], [1.0, 2.0])
    draw_loss(ax, [0, 1], [np.nan, np.inf], label="diverged")
    assert list(ax.texts) == []


def test_names_of_curves_stay_apart_and_in_order(ax: Axes) -> None:
    ends = {"a": 1.0, "b": 1.001, "c": 0.999, "d": 3.0}
    for label, end in ends.items():
        draw_loss(ax, [0, 1], [4.0, end], label=label)
    ax.get_figure(root=True).draw_without_rendering()  # type: ignore[union-attr]
    box = {name.get_text(): name.get_window_extent() for name in ax.texts}
    middle = {label: (extent.y0 + extent.y1) / 2 for label, extent in box.items()}
    assert middle["c"] < middle["a"] < middle["b"] < middle["d"]
    gap = 10 * ax.figure.dpi / 72
    assert all(abs(middle[p] - middle[q]) > gap for p, q in combinations("abcd", 2))


def test_curves_in_the_book_style_differ_in_more_than_colour() -> None:
    with plt.style.context("logreg_book.book"):
        ax = Figure().add_subplot()
        lines = [draw_loss(ax, [0, 1], [1.0, k]) for k in range(4)]
    assert len({str(line.get_linestyle()) for line in lines}) == 4
    assert len({line.get_color() for line in lines}) == 4


@pytest.mark.parametrize(("x", "losses"), [([0], [1, 2]), ([], []), ([[0]], [[1]])])
def test_losses_of_the_wrong_shape_are_refused(ax: Axes, x: Any, losses: Any) -> None:
    with pytest.raises(ValueError, match="x and losses must have one shape"):
        draw_loss(ax, x, losses)


# Graphs

SQUARE = Graph(
    [
        Node("W", "leaf", "(3,)"),
        Node("Mul", "operation", "MulBackward0"),
        Node("b", "leaf", "()"),
        Node("Add", "operation", "AddBackward0"),
        Node("Mul", "output", "MulBackward0"),
    ],
    [(0, 1), (1, 3), (2, 3), (3, 4), (3, 4), (0, 4)],
)


def test_a_graph_stands_on_its_leaves(ax: Axes) -> None:
    boxes = draw_graph(ax, SQUARE)
    assert [box.get_text() for box in boxes] == ["W\n(3,)", "Mul", "b\n()", "Add", "Mul"]
    assert [box.xy[1] for box in boxes] == [0, 1, 1, 2, 3]
    assert not ax.axison


def test_in_low_axes_a_graph_runs_from_left_to_right() -> None:
    with plt.style.context("logreg_book.book"):
        figure = Figure(figsize=(6.4, 2.5))
        boxes = draw_graph(figure.add_subplot(), SQUARE)
        figure.draw_without_rendering()
    assert [box.xy[0] for box in boxes] == [0, 1, 1, 2, 3]
    patches = [box.get_bbox_patch() for box in boxes]
    extents = [patch.get_window_extent() for patch in patches if patch is not None]
    assert not any(p.overlaps(q) for p, q in combinations(extents, 2))


def test_kinds_of_nodes_differ_in_shape(ax: Axes) -> None:
    patches = [box.get_bbox_patch() for box in draw_graph(ax, SQUARE)]
    shapes = [type(patch.get_boxstyle()).__name__ for patch in patches if patch is not None]
    assert shapes == ["Round", "Square", "Round", "Square", "Square"]
    assert patches[4].get_linewidth() > patches[3].get_linewidth()  # type: ignore[union-attr]


def test_each_edge_has_an_arrow_and_passes_no_box(ax: Axes) -> None:
    boxes = draw_graph(ax, SQUARE)
    arrows = [text for text in ax.texts if text.get_text() == ""]
    assert len(arrows) == len(SQUARE.edges)
    assert len({arrow.arrowprops["connectionstyle"] for arrow in arrows}) == 2  # type: ignore[attr-defined]
    way = ax.lines[-1].get_xydata()  # of W to the output, past two levels
    assert_allclose(np.asarray(way)[:, 1], [0, 1, 2])
    for point in np.asarray(way)[1:]:
        assert all(np.abs(point - box.xy).max() > 0.5 for box in boxes)


def test_boxes_do_not_overlap() -> None:
    with plt.style.context("logreg_book.book"):
        figure = Figure(figsize=(4.5, 5.5))
        boxes = draw_graph(figure.add_subplot(), SQUARE)
        figure.draw_without_rendering()
    patches = [box.get_bbox_patch() for box in boxes]
    extents = [patch.get_window_extent() for patch in patches if patch is not None]
    assert not any(p.overlaps(q) for p, q in combinations(extents, 2))


def test_a_lone_leaf_is_a_graph(ax: Axes) -> None:
    (box,) = draw_graph(ax, Graph([Node("w", "leaf", "()")], []))
    assert box.get_text() == "w\n()"


@pytest.mark.parametrize("edge", [(1, 0), (0, 0), (0, 2), (-1, 1)])
def test_edges_that_lead_nowhere_are_refused(ax: Axes, edge: tuple[int, int]) -> None:
    nodes = [Node("a", "leaf", "()"), Node("Exp", "output", "ExpBackward0")]
    with pytest.raises(ValueError, match=r"graph must have edges from a node to a later one of 2"):
        draw_graph(ax, Graph(nodes, [edge]))


def test_an_empty_graph_is_refused(ax: Axes) -> None:
    with pytest.raises(ValueError, match="at least one node"):
        draw_graph(ax, Graph([], []))


# The picture of training


def test_one_run_has_two_panels_side_by_side() -> None:
    picture = TrainingPicture(["GD"], X, Y, x_label="epoch", feature_names=["radius", "texture"])
    (panel,) = picture.panels
    picture.figure.draw_without_rendering()
    left, right = panel.get_position(), picture.loss_axis.get_position()
    assert left.x1 < right.x0
    assert left.y0 == pytest.approx(right.y0, abs=0.02)
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("radius", "texture")
    assert picture.loss_axis.get_xlabel() == "epoch"


def test_three_runs_have_panels_above_the_loss() -> None:
    picture = TrainingPicture(["GD", "minibatch", "SGD"], X, Y, x_label="examples seen")
    picture.figure.draw_without_rendering()
    below = picture.loss_axis.get_window_extent()
    assert [panel.get_title() for panel in picture.panels] == ["GD", "minibatch", "SGD"]
    assert all(panel.get_window_extent().y0 > below.y1 for panel in picture.panels)
    curves = [line for line in picture.loss_axis.lines if line.get_marker() == "None"]
    assert len({line.get_color() for line in curves}) == 3
    assert len({(str(line.get_linestyle()), line.get_linewidth()) for line in curves}) == 3


def test_a_run_is_shown_where_it_stands() -> None:
    picture = TrainingPicture(["a", "b"], X, Y, x_label="epoch")
    picture.set_view(10, 2.0)
    picture.show(1, W, B, [0, 1, 2], [2.0, 1.5, 1.2])
    _, _, curve, head = picture.loss_axis.lines
    assert_array_equal(curve.get_xydata(), [[0, 2], [1, 1.5], [2, 1.2]])
    assert_array_equal(head.get_xydata(), [[2, 1.2]])
    assert set(picture.loss_axis.lines) <= set(picture.changing)
    lines = [a for a in picture.panels[1].collections if isinstance(a, LineCollection)]
    view = picture.panels[1].get_xlim(), picture.panels[1].get_ylim()
    assert_allclose(lines[0].get_segments()[0], boundary_segments(W, B, *view)[0])


def test_names_follow_their_curves_and_stay_apart() -> None:
    picture = TrainingPicture(["a", "b", "c"], X, Y, x_label="epoch")
    picture.set_view(1, 1.0)
    for run, loss in enumerate([0.1, 1.08, 0.1001]):
        picture.show(run, W, B, [0, 1], [1.0, loss])
    heights = {name.get_text(): name.get_position()[1] for name in picture.loss_axis.texts}
    assert heights["a"] < heights["c"] < heights["b"] <= 1
    assert heights["c"] - heights["a"] > 0.05


def test_inputs_of_like_size_have_the_same_scale_and_others_their_own() -> None:
    alike = TrainingPicture(["a"], X, Y, x_label="epoch").panels[0]
    assert np.ptp(alike.get_xlim()) == pytest.approx(np.ptp(alike.get_ylim()))
    unlike = TrainingPicture(["a"], X * [1, 100], Y, x_label="epoch").panels[0]
    assert np.ptp(unlike.get_ylim()) > 50 * np.ptp(unlike.get_xlim())
    flat = TrainingPicture(["a"], X * [1, 0], Y, x_label="epoch").panels[0]
    assert flat.get_ylim()[0] < 0 < flat.get_ylim()[1]


def test_the_style_is_the_picture_s_own() -> None:
    before = dict(mpl.rcParams)
    figure = TrainingPicture(["a"], X, Y, x_label="epoch").figure
    assert to_rgba(figure.get_facecolor())[3] == 0
    assert {key for key in before if before[key] != mpl.rcParams[key]} <= {"backend"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"runs": []}, "runs must name at least one run"),
        ({"X": np.zeros((4, 3))}, "X must have 2 columns"),
        ({"feature_names": ["one"]}, "feature_names must be 2 names, got 1"),
    ],
)
def test_the_picture_refuses_bad_input(changes: dict[str, Any], says: str) -> None:
    arguments: dict[str, Any] = {"runs": ["a"], "X": X, "y": Y, "x_label": "epoch"}
    with pytest.raises(ValueError, match=says):
        TrainingPicture(**arguments | changes)


def test_the_view_must_have_an_extent() -> None:
    picture = TrainingPicture(["a"], X, Y, x_label="epoch")
    with pytest.raises(ValueError, match="x_max must be finite and above 0"):
        picture.set_view(0, 1)
    with pytest.raises(ValueError, match="loss_max must be finite and above 0"):
        picture.set_view(1, np.inf)


# The style


def test_an_svg_of_the_same_figure_has_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        with plt.style.context("logreg_book.book"):
            ax = Figure().add_subplot()
            draw_points(ax, X, Y)
            draw_boundary(ax, W, B, shade=True)
            ax.figure.savefig(tmp_path / name, metadata={"Date": None})  # type: ignore[union-attr]
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
