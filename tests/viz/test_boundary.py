"""Boundaries lie where two classes share the largest logit, whatever the view."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from logreg_book import logits, softmax
from logreg_book.viz import (
    plot_decision_boundary,
    plot_points,
    update_decision_boundary,
)
from logreg_book.viz._geometry import decision_boundaries

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

VIEW = (-2.0, 3.0), (-1.0, 2.0)
X = np.array([[0.0, 0.0], [1.0, 0.5], [2.0, -1.0], [0.5, 2.0]])
Y = np.array([0, 1, 1, 0])
W = np.array([[1.0, -1.0], [0.5, 2.0]])
B = np.array([0.2, -0.3])


@st.composite
def planes(draw: st.DrawFn) -> tuple[NDArray[Any], NDArray[Any]]:
    """Parameters of 2 to 5 classes whose boundaries are not extremely close to each other."""
    K = draw(st.integers(2, 5))
    quarters = st.integers(-12, 12).map(lambda n: n / 4)
    return draw(arrays(float, (2, K), elements=quarters)), draw(arrays(float, K, elements=quarters))


# Segments


@given(plane=planes())
def test_both_classes_share_the_largest_logit_along_a_segment(plane: Any) -> None:
    W, b = plane
    segments = decision_boundaries(W, b, *VIEW)
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
def test_a_segment_lies_wherever_the_predicted_class_changes(plane: Any) -> None:
    """Brute force: between neighbours of a fine grid with different classes there is a segment."""
    W, b = plane
    x, y = (np.linspace(*limits, 60) + 1e-4 * np.pi for limits in VIEW)
    grid = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    h = logits(grid.reshape(-1, 2), W, b)
    two = np.sort(h, axis=1)[:, -2:]
    clear = (two[:, 1] - two[:, 0] > 1e-9).reshape(60, 60)
    predicted = h.argmax(axis=1).reshape(60, 60)
    change = (predicted[1:] != predicted[:-1]) & clear[1:] & clear[:-1]
    middles = ((grid[1:] + grid[:-1]) / 2)[change]
    segments = decision_boundaries(W, b, *VIEW)
    segments = segments[~np.isnan(segments).any(axis=(1, 2))]
    for middle in middles[::5]:
        assert len(segments) > 0
        assert min(distance(middle, ends) for ends in segments) < 0.06


def distance(point: NDArray[Any], ends: NDArray[Any]) -> float:
    along = ends[1] - ends[0]
    share = np.clip((point - ends[0]) @ along / (along @ along), 0, 1)
    return float(np.hypot(*(ends[0] + share * along - point)))


def test_a_boundary_may_be_vertical() -> None:
    segments = decision_boundaries([[0.0, 1.0], [0.0, 0.0]], [0.0, -1.0], *VIEW)
    assert_allclose(np.sort(segments[0], axis=0), [[1, -1], [1, 2]])


def test_a_boundary_may_be_horizontal() -> None:
    segments = decision_boundaries([[0.0, 0.0], [1.0, 0.0]], [0.0, 0.5], *VIEW)
    assert_allclose(np.sort(segments[0], axis=0), [[-2, 0.5], [3, 0.5]])


def test_three_boundaries_meet_in_a_point() -> None:
    angle = 2 * np.pi * np.arange(3) / 3
    segments = decision_boundaries([np.cos(angle), np.sin(angle)], np.zeros(3), (-1, 1), (-1, 1))
    assert segments.shape == (3, 2, 2)
    assert_allclose(np.abs(segments).sum(axis=2).min(axis=1), 0, atol=1e-12)


def test_equal_weights_have_no_boundary() -> None:
    assert np.isnan(decision_boundaries([[1.0, 1.0], [2.0, 2.0]], [0.0, 1.0], *VIEW)).all()


@pytest.mark.parametrize(
    ("W", "bias", "view"),
    [
        ([[0.0, 1.0], [0.0, 0.0]], -3.5, VIEW),
        ([[0.0, 1.0], [0.0, 0.0]], -99.0, VIEW),  # outside the circle through the corners
        ([[0.0, 1.0], [0.0, 1.0]], -2.7, ((-1, 1), (-1, 1))),  # inside it, and past the corner
    ],
)
def test_a_boundary_out_of_view_is_nan(W: Any, bias: float, view: Any) -> None:
    assert np.isnan(decision_boundaries(W, [0.0, bias], *view)).all()


def test_a_class_with_the_largest_logit_everywhere_hides_the_others() -> None:
    segments = decision_boundaries([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]], [0.0, 0.0, 99.0], *VIEW)
    assert np.isnan(segments).all()


def test_weights_and_biases_may_differ_in_dtype() -> None:
    expected = decision_boundaries(W, [0, 1], *VIEW)
    assert_allclose(decision_boundaries(W.astype(np.float32), [0.0, 1.0], *VIEW), expected)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"W": np.zeros((3, 2))}, ValueError, r"W must have shape \(2, K\) .* got \(3, 2\)"),
        ({"W": np.zeros((2, 1))}, ValueError, "W must have shape .* with K at least 2"),
        ({"b": np.zeros(3)}, ValueError, r"b must have shape \(2,\).*got \(3,\)"),
        ({"b": np.array([0.0, np.nan])}, ValueError, "b must be finite, got nan"),
        ({"W": np.array([["a", "b"]] * 2)}, TypeError, "W must be float32 or float64"),
        ({"xlim": (1.0, 1.0)}, ValueError, "xlim and ylim must be .* with low below high, got"),
    ],
)
def test_boundaries_reject_bad_input(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    arguments: dict[str, Any] = {"W": W, "b": B, "xlim": VIEW[0], "ylim": VIEW[1]}
    with pytest.raises(error, match=message):
        decision_boundaries(**arguments | changes)


# Lines in axes


def test_a_boundary_runs_across_the_view_and_does_not_change_it(ax: Axes) -> None:
    plot_points(ax, X, Y)
    expected = ax.get_xlim(), ax.get_ylim()
    lines = plot_decision_boundary(ax, W, B, arrow=False, colors="green")
    assert (ax.get_xlim(), ax.get_ylim()) == expected
    assert_allclose(lines.get_segments()[:1], decision_boundaries(W, B, *expected))
    assert to_hex(np.asarray(lines.get_color())[0]) == to_hex("green")
    ax.plot([-99, 99], [0, 0])
    assert (ax.get_xlim(), ax.get_ylim()) == expected


@given(angle=st.floats(0, 6.28), stretch=st.floats(0.1, 10), sign=st.sampled_from([-1, 1]))
def test_the_arrow_points_to_class_1_at_a_right_angle(
    angle: float, stretch: float, sign: int
) -> None:
    ax = Figure().add_subplot(xlim=(-1, 1), ylim=(-sign * stretch, sign * stretch))
    n = np.array([np.cos(angle), np.sin(angle) / stretch])
    lines = plot_decision_boundary(ax, np.column_stack([-n, n]), [0.0, 0.0])
    line, shaft, barbs = lines.get_segments()[:3]
    h = logits(shaft, np.column_stack([-n, n]), [0.0, 0.0])
    assert h[1, 1] > h[1, 0]
    assert_allclose(barbs[1], shaft[1])
    seen_line, seen_shaft = (np.diff(ax.transData.transform(a), axis=0)[0] for a in (line, shaft))
    assert abs(seen_line @ seen_shaft) < 1e-6 * np.hypot(*seen_line) * np.hypot(*seen_shaft)


def test_three_classes_and_boundaries_out_of_view_have_no_arrow(ax: Axes) -> None:
    ax.set(xlim=(-1, 1), ylim=(-1, 1))
    three = plot_decision_boundary(ax, np.eye(2, 3), np.zeros(3))
    assert len(three.get_segments()) == 3
    away = plot_decision_boundary(ax, W, B + np.array([0, 99]))
    assert away.get_segments() == []


def test_a_boundary_moves(ax: Axes) -> None:
    lines = plot_decision_boundary(ax, W, B, arrow=False, probabilities=())
    update_decision_boundary(lines, -2 * W, B)
    expected = decision_boundaries(-2 * W, B, ax.get_xlim(), ax.get_ylim())
    assert_allclose(lines.get_segments(), expected)


@given(
    W=arrays(float, (2, 2), elements=st.integers(-12, 12).map(lambda n: n / 4)),
    b=arrays(float, 2, elements=st.floats(-2, 2)),
    p=st.floats(0.01, 0.99),
    moves=st.booleans(),
)
def test_on_a_thin_line_class_1_has_the_probability(W: Any, b: Any, p: float, moves: bool) -> None:
    ax = Figure().add_subplot(xlim=VIEW[0], ylim=VIEW[1])
    options: dict[str, Any] = {"arrow": False, "probabilities": [p], "linewidths": 2.0}
    lines = plot_decision_boundary(ax, *((-W, b + 1) if moves else (W, b)), **options)
    if moves:
        update_decision_boundary(lines, W, b)
    thick, thin = np.array([2.0, 0.8])
    widths: Any = lines.get_linewidth()
    found = dict(zip(widths, lines.get_segments(), strict=True))
    reached = softmax(logits(np.array([(x, y) for x in VIEW[0] for y in VIEW[1]]), W, b))[:, 1]
    for width, probability in ((thick, 0.5), (thin, p)):
        if width in found:
            assert_allclose(softmax(logits(found[width], W, b))[:, 1], probability, atol=1e-9)
        else:  # no corner of the view is on its other side
            assert reached.max() < probability + 1e-6 or reached.min() > probability - 1e-6


def test_thin_lines_are_there_where_the_boundary_is_out_of_view(ax: Axes) -> None:
    ax.set(xlim=(0, 1), ylim=(0, 1))
    lines = plot_decision_boundary(ax, [[0.0, 1.0], [0.0, 0.0]], [0.0, -9.0])
    assert lines.get_segments() == []
    update_decision_boundary(lines, [[0.0, 1.0], [0.0, 0.0]], [0.0, np.log(9) - 0.5])
    (segment,) = lines.get_segments()  # where x - 0.5 = 0
    assert_allclose(segment[:, 0], 0.5)
    assert lines.get_linewidth() == [2.4 * 0.4]


def test_three_classes_have_no_thin_lines(ax: Axes) -> None:
    ax.set(xlim=(-1, 1), ylim=(-1, 1))
    lines = plot_decision_boundary(ax, np.eye(2, 3), np.zeros(3), probabilities=[0.1])
    assert len(lines.get_segments()) == 3


@pytest.mark.parametrize("p", [0.0, 1.0, np.nan])
def test_a_probability_without_a_line_is_rejected(ax: Axes, p: float) -> None:
    with pytest.raises(ValueError, match="probabilities must be between 0 and 1, got"):
        plot_decision_boundary(ax, W, B, probabilities=[p])


def test_boundary_and_tints_follow_the_view(ax: Axes) -> None:
    ax.set(xlim=(-1, 1), ylim=(-1, 1))
    lines = plot_decision_boundary(
        ax, [[-1.0, 1.0], [0.0, 0.0]], [0.0, 0.0], shade=True, arrow=False
    )
    (tints,) = set(ax.collections) - {lines}
    ax.set(ylim=(-5, 5))
    ax.get_figure(root=True).draw_without_rendering()  # type: ignore[union-attr]
    assert_allclose(np.abs(lines.get_segments()[0][:, 1]), 5)
    left, right = (np.asarray(path.vertices) for path in tints.get_paths())
    assert left[:, 0].max() == pytest.approx(0)
    assert right[:, 0].min() == pytest.approx(0)
    assert np.abs(left[:, 1]).max() == pytest.approx(5)


@given(plane=planes())
def test_tints_cover_where_a_class_has_the_largest_logit(plane: Any) -> None:
    W, b = plane
    ax = Figure().add_subplot(xlim=VIEW[0], ylim=VIEW[1])
    lines = plot_decision_boundary(ax, W, b, shade=True)
    (tints,) = set(ax.collections) - {lines}
    points = np.random.default_rng(0).uniform([-2, -1], [3, 2], size=(50, 2))
    h = logits(points, W, b)
    second, first = np.sort(h, axis=1)[:, -2:].T
    for point, k, margin in zip(points, h.argmax(axis=1), first - second, strict=True):
        inside = [path.contains_point(point) for path in tints.get_paths()]
        if margin > 1e-6:
            assert inside == [k == j for j in range(len(b))]


def test_only_lines_of_this_kind_can_be_moved() -> None:
    with pytest.raises(TypeError, match="lines must come from plot_decision_boundary, got <"):
        update_decision_boundary(LineCollection([]), W, B)


def test_the_number_of_classes_stays(ax: Axes) -> None:
    lines = plot_decision_boundary(ax, W, B)
    with pytest.raises(ValueError, match=r"W must have 2 columns as before, got shape \(2, 3\)"):
        update_decision_boundary(lines, np.eye(2, 3), np.zeros(3))


def test_an_svg_of_the_same_figure_has_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        with plt.style.context("logreg_book.viz.book"):
            figure = Figure()
            plot_points(figure.add_subplot(), X, Y)
            plot_decision_boundary(figure.axes[0], W, B, shade=True)
            figure.savefig(tmp_path / name, metadata={"Date": None})
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
