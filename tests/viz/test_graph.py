"""A graph is drawn so that each box can be read and each edge followed."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from logreg_book.pytorch.graph import Graph, Node
from logreg_book.viz import draw_graph

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

SQUARE = Graph(
    [
        Node("W", "leaf", shape=(3,)),
        Node("Mul", "operation"),
        Node("b", "leaf", shape=()),
        Node("Add", "operation"),
        Node("Mul", "output"),
    ],
    [(0, 1), (1, 3), (2, 3), (3, 4), (3, 4), (0, 4)],
)


def drawn(graph: Graph, width: float, height: float) -> tuple[Axes, list[Annotation]]:
    """Draw in the book's style."""
    with plt.style.context("logreg_book.viz.book"):
        figure = Figure(figsize=(width, height))
        boxes = draw_graph(figure.add_subplot(), graph)
        figure.draw_without_rendering()
    return figure.axes[0], boxes


def extents(boxes: list[Annotation]) -> list[Bbox]:
    """Where the boxes are, in pixels."""
    patches = [box.get_bbox_patch() for box in boxes]
    return [patch.get_window_extent() for patch in patches if patch is not None]


def test_inputs_are_at_the_bottom_and_the_output_at_the_top(ax: Axes) -> None:
    boxes = draw_graph(ax, SQUARE)
    assert [box.get_text() for box in boxes] == ["W\n(3,)", "Mul", "b\n()", "Add", "Mul"]
    assert [box.xy[1] for box in boxes] == [0, 1, 1, 2, 3]
    assert not ax.axison


def test_in_low_axes_a_graph_runs_from_left_to_right() -> None:
    _, boxes = drawn(SQUARE, 6.4, 2.5)
    assert [box.xy[0] for box in boxes] == [0, 1, 1, 2, 3]


@pytest.mark.parametrize(("width", "height"), [(4.5, 5.5), (6.4, 2.5)])
def test_boxes_do_not_overlap(width: float, height: float) -> None:
    _, boxes = drawn(SQUARE, width, height)
    places = extents(boxes)
    assert len(places) == len(SQUARE.nodes)
    assert not any(p.overlaps(q) for p, q in combinations(places, 2))


def test_kinds_of_nodes_differ_in_shape(ax: Axes) -> None:
    patches = [box.get_bbox_patch() for box in draw_graph(ax, SQUARE)]
    shapes = [type(patch.get_boxstyle()).__name__ for patch in patches if patch is not None]
    assert shapes == ["Round", "Square", "Round", "Square", "Square"]
    assert patches[4].get_linewidth() > patches[3].get_linewidth()  # type: ignore[union-attr]


def test_each_edge_has_an_arrow_and_two_edges_between_the_same_boxes_two(ax: Axes) -> None:
    draw_graph(ax, SQUARE)
    arrows = [text for text in ax.texts if text.get_text() == ""]
    assert len(arrows) == len(SQUARE.edges)
    bends = {arrow.arrowprops["connectionstyle"] for arrow in arrows}  # type: ignore[attr-defined]
    assert len(bends) == 2


def test_an_edge_passes_beside_the_boxes_of_the_levels_between() -> None:
    ax, boxes = drawn(SQUARE, 4.5, 5.5)
    paths = [np.asarray(line.get_xydata()) for line in ax.lines]
    (path,) = [path for path in paths if len(path) > 1]  # of W to the output, past two levels
    assert path[:, 1].tolist() == [0, 1, 2]
    for point in ax.transData.transform(path[1:]):
        assert not any(place.contains(*point) for place in extents(boxes))


def test_a_single_leaf_is_a_graph(ax: Axes) -> None:
    (box,) = draw_graph(ax, Graph([Node("w", "leaf", shape=())], []))
    assert box.get_text() == "w\n()"


@pytest.mark.parametrize("edge", [(1, 0), (0, 0), (0, 2), (-1, 1)])
def test_edges_that_lead_nowhere_are_rejected(ax: Axes, edge: tuple[int, int]) -> None:
    nodes = [Node("a", "leaf", shape=()), Node("Exp", "output")]
    with pytest.raises(ValueError, match=r"graph must have edges from a node to a later one of 2"):
        draw_graph(ax, Graph(nodes, [edge]))


def test_an_empty_graph_is_rejected(ax: Axes) -> None:
    with pytest.raises(ValueError, match="graph must have at least one node"):
        draw_graph(ax, Graph([], []))
