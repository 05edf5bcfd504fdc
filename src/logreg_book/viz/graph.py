"""A graph of operations, drawn as boxes and arrows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text

from logreg_book._types import Array
from logreg_book.viz._layout import layered_layout
from logreg_book.viz.style import EDGE, INK

if TYPE_CHECKING:  # importing it would import PyTorch
    from logreg_book.pytorch.graph import Graph

__all__ = ["draw_graph"]

_LEVEL = 0.7  # inches that a level needs above the one below it
_BOXES: dict[str, dict[str, Any]] = {
    "leaf": {"boxstyle": "round,pad=0.5,rounding_size=1.1", "facecolor": "#E3F0F8"},
    "operation": {"boxstyle": "square,pad=0.45", "facecolor": "#FFFFFF"},
    "output": {"boxstyle": "square,pad=0.45", "facecolor": "#FBE9DD", "linewidth": 3.0},
}


def draw_graph(ax: Axes, graph: Graph) -> list[Annotation]:
    r"""Draw a graph of leaves and operations: inputs at the bottom, the output at the top.

    In axes that are too low for this, inputs are at the left and the output is at the right.
    Leaves have round boxes and operations square ones; the output has a thick frame.  Arrows
    point in the direction of the forward pass, and gradients flow against them.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw; its frame is removed.
    graph : logreg_book.pytorch.graph.Graph
        Nodes, each after all of its sources, and edges (source, target).  Up to about ten
        nodes stay legible on a phone.

    Returns
    -------
    list of matplotlib.text.Annotation
        The boxes, in the order of the nodes.

    Raises
    ------
    ValueError
        If there are no nodes, or an edge does not lead from a node to a later one.

    Notes
    -----
    A node stands one level above the highest of its sources, and a leaf one level below the
    lowest operation that uses it.  A level takes 0.7 inches.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from logreg_book.pytorch.graph import Graph, Node
    >>> graph = Graph([Node("w", "leaf", shape=()), Node("Mul", "output")], [(0, 1)])
    >>> [box.get_text() for box in draw_graph(Figure().add_subplot(), graph)]
    ['w\n()', 'Mul']
    """
    places, paths = layered_layout(graph)
    n_levels = places[:, 1].max() + 1
    if ax.get_window_extent().height / ax.figure.dpi < _LEVEL * n_levels:
        places = places[:, ::-1] * [1, -1]  # the first of a level comes uppermost
    boxes = [
        ax.annotate(
            node.name if node.shape is None else f"{node.name}\n{node.shape}",
            place,
            ha="center",
            va="center",
            color=INK,
            linespacing=1.25,
            bbox={"edgecolor": INK, "linewidth": 1.3, **_BOXES[node.kind]},
            zorder=4,
        )
        for node, place in zip(graph.nodes, places[: len(graph.nodes)], strict=True)
    ]
    for i, path in enumerate(paths):
        twins = paths[:i].count(path)  # x * x has two edges between the same two boxes
        _draw_edge(ax, places[path], boxes[path[-1]], bend=0.4 * twins)
    (left, low), (right, high) = places.min(axis=0), places.max(axis=0)
    ax.set_xlim(left - 0.6, right + 0.6)
    ax.set_ylim(low - 0.5, high + 0.5)
    ax.set_axis_off()
    return boxes


def _draw_edge(ax: Axes, path: Array, target: Text, *, bend: float) -> None:
    """Draw an arrow that starts behind the first box and ends before the last."""
    ax.plot(*path[:-1].T, color=EDGE, linewidth=1.6, linestyle="-", zorder=3)
    ax.annotate(
        "",
        tuple(path[-1]),
        tuple(path[-2]),
        arrowprops={
            "arrowstyle": "-|>,head_width=0.3,head_length=0.6",
            "connectionstyle": f"arc3,rad={bend}",
            "color": EDGE,
            "linewidth": 1.6,
            "patchB": target.get_bbox_patch(),
            "shrinkA": 0,
            "shrinkB": 2,
        },
        zorder=3,
    )
