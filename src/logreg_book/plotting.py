"""Pictures of data, boundaries, losses and graphs.

These functions draw what they are given and compute nothing that the book teaches.  Classes,
runs and nodes differ in shape or line style as well as in colour.  The book's figures all
have one style: ``plt.style.use("logreg_book.book")``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from numpy.typing import ArrayLike

from logreg_book import _validate
from logreg_book._validate import Array, Indices
from logreg_book.graph import Graph

__all__ = [
    "TrainingPicture",
    "boundary_segments",
    "draw_boundary",
    "draw_graph",
    "draw_loss",
    "draw_points",
    "move_boundary",
]

STYLE = "logreg_book.book"
_CYCLE = mpl.rc_params_from_file(
    Path(__file__).with_name("book.mplstyle"), use_default_template=False
)["axes.prop_cycle"].by_key()
_COLOURS: list[str] = _CYCLE["color"]
_RUN_LINES: list[dict[str, Any]] = [
    {"linestyle": "-", "linewidth": 2.6},
    {"linestyle": (0, (3, 1)), "linewidth": 2.6},
    {"linestyle": "-", "linewidth": 1.3},
    {"linestyle": (0, (4, 1, 1, 1)), "linewidth": 2.0},
]
_MARKERS = ["o", "^", "s", "D", "v", "P", "X", "<", "p", ">"]
_INK, _EDGE = "#262626", "#595959"


def draw_points(
    ax: Axes,
    X: ArrayLike,
    y: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    size: float = 30,
) -> list[PathCollection]:
    """Draw examples as points; marker and colour tell the class.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    X : (B, 2) array
        Inputs.
    y : (B,) array of integers in 0 .. K-1
        Labels.
    class_names : sequence of K str, optional
        Names for the legend; "class 0", "class 1" ... if left out.
    size : float, optional
        Area of a marker in square points.

    Returns
    -------
    list of matplotlib.collections.PathCollection
        One a class, labelled: ``ax.legend()`` shows the names.

    Raises
    ------
    TypeError, ValueError
        If `X` does not have two columns, or labels or names do not fit.

    Examples
    --------
    >>> ax = Figure().add_subplot()
    >>> clouds = draw_points(ax, [[0.0, 0.0], [1.0, 2.0]], [0, 1], class_names=["no", "yes"])
    >>> [cloud.get_label() for cloud in clouds]
    ['no', 'yes']
    """
    X, y, names = _data(X, y, class_names)
    return [
        ax.scatter(
            X[y == k, 0],
            X[y == k, 1],
            s=size,
            color=_COLOURS[k % len(_COLOURS)],
            marker=_MARKERS[k % len(_MARKERS)],
            alpha=0.8,
            linewidths=0,
            label=name,
            zorder=2,
        )
        for k, name in enumerate(names)
    ]


def boundary_segments(
    W: ArrayLike, b: ArrayLike, xlim: tuple[float, float], ylim: tuple[float, float]
) -> Array:
    r"""Where two classes share the lead: one segment of a straight line for each pair.

    Parameters
    ----------
    W : (2, K) array
        Weights.
    b : (K,) array
        Biases.
    xlim, ylim : pair of float
        The view: lowest and highest value of each input.

    Returns
    -------
    (K * (K - 1) / 2, 2, 2) array of float64
        For the pairs (0, 1), (0, 2) ... (K-2, K-1): two end points, two coordinates.  NaN
        where a pair's classes nowhere lead together inside the view, or have equal weights.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit, numbers are not finite, or a limit is not below the other.

    Notes
    -----
    Classes j and k have the same logit on :math:`(w_k - w_j)\cdot x + b_k - b_j = 0`.  Solving
    this for the second coordinate would fail for a vertical boundary: it is cut instead,
    along its own direction, by the view and by each class that overtakes both.

    Examples
    --------
    A vertical boundary, at x = 1:

    >>> boundary_segments([[0.0, 2.0], [0.0, 0.0]], [0.0, -2.0], (-3, 3), (-5, 5))
    array([[[ 1., -5.],
            [ 1.,  5.]]])
    """
    W, b = _plane(W, b)
    W, b, centre, half = _centred(W, b, xlim, ylim)
    pairs = zip(*np.triu_indices(len(b), 1), strict=True)
    segments = np.array([_segment(W, b, int(j), int(k)) for j, k in pairs])
    placed: Array = centre + half * segments
    return placed


def _centred(
    W: Array, b: Array, xlim: tuple[float, float], ylim: tuple[float, float]
) -> tuple[Array, Array, Array, Array]:
    """The same logits in coordinates in which the view reaches from -1 to 1."""
    low, high = np.array([xlim, ylim], dtype=np.float64).T
    if not (low < high).all():
        raise ValueError(f"xlim and ylim must each rise, got {tuple(xlim)} and {tuple(ylim)}")
    centre, half = (low + high) / 2, (high - low) / 2
    return half[:, np.newaxis] * W, b + centre @ W, centre, half


def _segment(W: Array, b: Array, j: int, k: int) -> Array:
    """The part of h_j = h_k in the square from -1 to 1 on which no other logit is larger."""
    n, c = W[:, k] - W[:, j], b[k] - b[j]
    length = np.hypot(*n)
    nothing = np.full((2, 2), np.nan)
    if length == 0 or abs(c) > 2 * length:
        return nothing
    n = n / length
    start, along = -c / length * n, np.array([n[1], -n[0]])
    others = [m for m in range(len(b)) if m not in (j, k)]
    # allowed are points with a . x + e >= 0 for each row
    a = np.vstack([np.eye(2), -np.eye(2), (W[:, [j]] - W[:, others]).T])
    e = np.concatenate([np.ones(4), b[j] - b[others]])
    rate, value = a @ along, a @ start + e
    tiny = 1e-12 * np.abs(a).max(axis=1)  # what rounding leaves of 0
    if (value[np.abs(rate) <= tiny] < -tiny.max()).any():
        return nothing
    enters, leaves = rate > tiny, rate < -tiny
    first = np.max(-value[enters] / rate[enters], initial=-2.0)
    last = np.min(-value[leaves] / rate[leaves], initial=2.0)
    ends = start + np.array([[last], [first]]) * along
    return ends if last - first > 1e-9 else nothing  # where three meet in a point, no line


def _regions(W: Array, b: Array, xlim: tuple[float, float], ylim: tuple[float, float]) -> list[Any]:
    """For each class, the corners of the part of the view where its logit is the largest."""
    W, b, centre, half = _centred(W, b, xlim, ylim)
    regions = []
    for k in range(len(b)):
        corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
        for j in range(len(b)):
            if j != k and len(corners):
                corners = _cut(corners, (W[:, k] - W[:, j]), b[k] - b[j])
        regions.append(centre + half * corners)
    return regions


def _cut(corners: Array, n: Array, c: float) -> Array:
    """The part of a convex polygon where n . x + c >= 0."""
    value = corners @ n + c
    kept = []
    for i in range(len(corners)):
        if value[i - 1] * value[i] < 0:
            share = value[i - 1] / (value[i - 1] - value[i])
            kept.append(corners[i - 1] + share * (corners[i] - corners[i - 1]))
        if value[i] >= 0:
            kept.append(corners[i])
    return np.array(kept).reshape(-1, 2)


def _view(artist: Artist) -> tuple[tuple[float, float], tuple[float, float]]:
    """The lowest and highest value of each axis, whichever way it runs."""
    assert artist.axes is not None
    (x0, x1), (y0, y1) = sorted(artist.axes.get_xlim()), sorted(artist.axes.get_ylim())
    return (x0, x1), (y0, y1)


class _Regions(PolyCollection):
    """A tint for each class where it leads; follows the view."""

    def __init__(self, K: int) -> None:
        colours = [_COLOURS[k % len(_COLOURS)] for k in range(K)]
        super().__init__([], facecolors=colours, alpha=0.13, linewidths=0, zorder=1)
        self.set_in_layout(False)
        self.parameters = np.zeros((2, K)), np.zeros(K)

    def place(self) -> None:
        self.set_verts(_regions(*self.parameters, *_view(self)))

    def draw(self, renderer: RendererBase) -> None:
        self.place()
        super().draw(renderer)


class _Boundary(LineCollection):
    """Boundaries, and for two classes an arrow to the side of class 1; follows the view."""

    def __init__(self, K: int, *, arrow: bool, shade: bool, **kwargs: Any) -> None:
        super().__init__([], **kwargs)
        self.set_in_layout(False)
        self.parameters = np.zeros((2, K)), np.zeros(K)
        self.arrow = arrow and K == 2
        self.regions = [_Regions(K)] if shade else []

    def place(self) -> None:
        W, b = self.parameters
        found = boundary_segments(W, b, *_view(self))
        segments = list(found[~np.isnan(found).any(axis=(1, 2))])
        if self.arrow and segments:
            segments += self._arrow(segments[0], W[:, 1] - W[:, 0])
        self.set_segments(segments)

    def _arrow(self, segment: Array, n: Array) -> list[Array]:
        """Shaft and two barbs, at a right angle to the boundary as it is seen."""
        assert self.axes is not None
        to_pixels = self.axes.transData
        ends = to_pixels.transform(segment)
        along = ends[1] - ends[0]
        foot, size = ends.mean(axis=0), self.axes.figure.dpi / 72  # a point, in pixels
        across = np.array([-along[1], along[0]]) / np.hypot(*along) * size
        if (to_pixels.inverted().transform(foot + across) - segment.mean(axis=0)) @ n < 0:
            across = -across
        along = np.array([-across[1], across[0]])
        tip = foot + 22 * across
        barbs = [tip - 8 * across + side * 5 * along for side in (-1, 1)]
        return [
            to_pixels.inverted().transform(pixels)
            for pixels in ([foot, tip], [barbs[0], tip, barbs[1]])
        ]

    def draw(self, renderer: RendererBase) -> None:
        self.place()
        super().draw(renderer)


def draw_boundary(
    ax: Axes, W: ArrayLike, b: ArrayLike, *, arrow: bool = True, shade: bool = False, **kwargs: Any
) -> LineCollection:
    """Draw the boundaries between classes across the view that the axes have.

    Draw the points first: they make the view, and from then on it stays as it is.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    W : (2, K) array
        Weights.
    b : (K,) array
        Biases.
    arrow : bool, optional
        For two classes, draw an arrow to the side of class 1.
    shade : bool, optional
        Tint the region where a class leads in the class's colour.
    **kwargs
        For `matplotlib.collections.LineCollection`: ``colors``, ``linestyles``, ``label`` ...

    Returns
    -------
    matplotlib.collections.LineCollection
        What `move_boundary` moves.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit or numbers are not finite.

    Examples
    --------
    >>> ax = Figure().add_subplot()
    >>> lines = draw_boundary(ax, [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], arrow=False)
    >>> lines.get_segments()[0].round(2)
    array([[1., 1.],
           [0., 0.]])
    """
    _plane(W, b)
    ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())
    style = {"colors": _INK, "linewidths": 2.4, "capstyle": "round", "zorder": 3, **kwargs}
    lines = _Boundary(np.shape(W)[1], arrow=arrow, shade=shade, **style)
    for collection in (lines, *lines.regions):
        ax.add_collection(collection, autolim=False)
    move_boundary(lines, W, b)
    return lines


def move_boundary(lines: LineCollection, W: ArrayLike, b: ArrayLike) -> None:
    """Move boundaries, and the arrow and tints that came with them, to new parameters.

    Parameters
    ----------
    lines : matplotlib.collections.LineCollection
        From `draw_boundary`.
    W : (2, K) array
        Weights.
    b : (K,) array
        Biases.

    Raises
    ------
    TypeError, ValueError
        If `lines` come from elsewhere, shapes do not fit, or numbers are not finite.

    Examples
    --------
    >>> ax = Figure().add_subplot()
    >>> lines = draw_boundary(ax, [[0.0, 2.0], [0.0, 0.0]], [0.0, -1.0], arrow=False)
    >>> move_boundary(lines, [[0.0, 4.0], [0.0, 0.0]], [0.0, -1.0])
    >>> lines.get_segments()[0]
    array([[0.25, 0.  ],
           [0.25, 1.  ]])
    """
    if not isinstance(lines, _Boundary):
        raise TypeError(f"lines must come from draw_boundary, got {lines!r}")
    parameters = _plane(W, b)
    K = len(lines.parameters[1])
    if len(parameters[1]) != K:
        raise ValueError(f"W must have {K} columns as before, got shape {parameters[0].shape}")
    moving: list[_Boundary | _Regions] = [lines, *lines.regions]
    for collection in moving:
        collection.parameters = parameters
        collection.place()


def draw_loss(ax: Axes, x: ArrayLike, losses: ArrayLike, *, label: str | None = None) -> Line2D:
    """Draw a loss curve, and write its name at its end.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.  The label of the y axis becomes "loss (nats)".
    x : (n,) array
        Cost so far: examples seen, or epochs.
    losses : (n,) array
        In nats.  What is not finite leaves a gap.
    label : str, optional
        The curve's name.  Names whose curves end close together are moved apart.

    Returns
    -------
    matplotlib.lines.Line2D
        The curve, in the next colour and line style.

    Raises
    ------
    ValueError
        If `x` and `losses` are not two sequences of one length, at least 1.

    Examples
    --------
    >>> ax = Figure().add_subplot()
    >>> draw_loss(ax, [0, 1, 2], [0.69, 0.41, 0.35], label="GD").get_ydata()
    array([0.69, 0.41, 0.35])
    """
    x, losses = np.asarray(x, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    if x.ndim != 1 or x.shape != losses.shape or x.size == 0:
        raise ValueError(
            "x and losses must have one shape (n,) with n at least 1, "
            f"got {x.shape} and {losses.shape}"
        )
    (line,) = ax.plot(x, np.where(np.isfinite(losses), losses, np.nan), label=label)
    ax.margins(x=0)
    ax.set_ylabel("loss (nats)")
    drawn = np.flatnonzero(np.isfinite(losses))
    if label is not None and drawn.size:
        end = x[drawn[-1]], losses[drawn[-1]]
        ax.annotate(
            label,
            end,
            xytext=(6, 0),
            textcoords="offset points",
            color=line.get_color(),
            va="center",
            gid="loss",
        )
        _part(ax)
    return line


def _part(ax: Axes) -> None:
    """Move the names of curves apart that end close together."""
    names = [a for a in ax.texts if isinstance(a, Annotation) and a.get_gid() == "loss"]
    point = ax.figure.dpi / 72
    heights = ax.transData.transform([a.xy for a in names])[:, 1] / point
    apart = _spread(heights, 1.15 * float(names[0].get_fontsize()))
    for name, offset in zip(names, apart - heights, strict=True):
        name.set_position((6, offset))


def _spread(heights: Array, gap: float, top: float = np.inf) -> Array:
    """Heights in the same order, at least a gap apart, and none above the top."""
    order = np.argsort(heights, kind="stable")
    rank = gap * np.arange(len(heights))
    spread = np.maximum.accumulate(heights[order] - rank) + rank
    limit = top - rank[::-1]
    parted: Array = np.empty_like(spread)
    parted[order] = np.minimum(spread, limit)
    return parted


_LEVEL = 0.7  # inches that a level of a graph needs above the one below it
_BOXES: dict[str, dict[str, Any]] = {
    "leaf": {"boxstyle": "round,pad=0.5,rounding_size=1.1", "facecolor": "#E3F0F8"},
    "operation": {"boxstyle": "square,pad=0.45", "facecolor": "#FFFFFF"},
    "output": {"boxstyle": "square,pad=0.45", "facecolor": "#FBE9DD", "linewidth": 3.0},
}


def draw_graph(ax: Axes, graph: Graph) -> list[Annotation]:
    r"""Draw a graph of leaves and operations: inputs below, the output on top.

    In axes that are too low for this, inputs are at the left and the output at the right.

    Leaves have round boxes, operations square ones, the output a thick frame.  Arrows go the
    way of the forward pass; gradients go against them.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw; its frame is taken away.
    graph : logreg_book.graph.Graph
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
    >>> from logreg_book.graph import Node
    >>> graph = Graph([Node("w", "leaf", "()"), Node("Mul", "output", "MulBackward0")], [(0, 1)])
    >>> [box.get_text() for box in draw_graph(Figure().add_subplot(), graph)]
    ['w\n()', 'Mul']
    """
    places, routes = _layout(graph)
    n_levels = places[:, 1].max() + 1
    if ax.get_window_extent().height / ax.figure.dpi < _LEVEL * n_levels:
        places = places[:, ::-1] * [1, -1]  # the first of a row comes uppermost
    boxes = [
        ax.annotate(
            f"{node.name}\n{node.detail}" if node.kind == "leaf" else node.name,
            place,
            ha="center",
            va="center",
            color=_INK,
            linespacing=1.25,
            bbox={"edgecolor": _INK, "linewidth": 1.3, **_BOXES[node.kind]},
            zorder=4,
        )
        for node, place in zip(graph.nodes, places[: len(graph.nodes)], strict=True)
    ]
    for i, route in enumerate(routes):
        twins = routes[:i].count(route)  # x * x has two edges between the same two boxes
        _draw_route(ax, places[route], boxes[route[-1]], bend=0.4 * twins)
    (left, low), (right, high) = places.min(axis=0), places.max(axis=0)
    ax.set_xlim(left - 0.6, right + 0.6)
    ax.set_ylim(low - 0.5, high + 0.5)
    ax.set_axis_off()
    return boxes


def _draw_route(ax: Axes, way: Array, target: Text, *, bend: float) -> None:
    """An arrow that starts behind the first box and ends before the last."""
    ax.plot(*way[:-1].T, color=_EDGE, linewidth=1.6, linestyle="-", zorder=3)
    ax.annotate(
        "",
        tuple(way[-1]),
        tuple(way[-2]),
        arrowprops={
            "arrowstyle": "-|>,head_width=0.3,head_length=0.6",
            "connectionstyle": f"arc3,rad={bend}",
            "color": _EDGE,
            "linewidth": 1.6,
            "patchB": target.get_bbox_patch(),
            "shrinkA": 0,
            "shrinkB": 2,
        },
        zorder=3,
    )


def _layout(graph: Graph) -> tuple[Array, list[list[int]]]:
    """Places of the nodes and of the bends between, and each edge's way through them."""
    n = len(graph.nodes)
    if n == 0:
        raise ValueError("graph must have at least one node")
    for source, target in graph.edges:
        if not 0 <= source < target < n:
            raise ValueError(
                f"graph must have edges from a node to a later one of {n}, got ({source}, {target})"
            )
    level = _levels(n, graph.edges)
    routes = []
    for source, target in graph.edges:
        between = range(level[source] + 1, level[target])
        routes.append([source, *range(len(level), len(level) + len(between)), target])
        level += between
    return _rows(n, level, [step for route in routes for step in pairwise(route)]), routes


def _levels(n: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """The longest path that leads to a node; a leaf stands just below its lowest user."""
    level = [0] * n
    for source, target in sorted(edges, key=lambda edge: edge[1]):
        level[target] = max(level[target], level[source] + 1)
    for leaf in set(range(n)) - {target for _, target in edges}:
        level[leaf] = min((level[t] for s, t in edges if s == leaf), default=1) - 1
    return level


def _rows(n: int, level: Sequence[int], steps: Sequence[tuple[int, int]]) -> Array:
    """Places, from the top level down: each node as near below its users as there is room.

    What comes after the first n is a bend of an edge, not a box.
    """
    x = np.zeros(len(level))
    for height in range(max(level), -1, -1):
        row = [i for i, own in enumerate(level) if own == height]
        users = {i: [x[target] for source, target in steps if source == i] for i in row}
        wish = {i: float(np.mean(users[i] or 0.0)) for i in row}
        row.sort(key=lambda i: (wish[i], i < n, i))
        room = np.cumsum([0.65 if i < n else 0.4 for i in row])
        room += np.append(0, room[:-1])
        wishes = np.array([wish[i] for i in row])
        x[row] = np.maximum.accumulate(wishes - room) + room
        x[row] -= np.mean(x[row] - wishes)
    return np.column_stack([x, np.asarray(level, dtype=np.float64)])


class TrainingPicture:
    """A panel of points and moving boundary for each run, and one axis with all losses.

    One run has its two panels side by side.  Several have their data panels in a row, and the
    loss axis below them.

    Parameters
    ----------
    runs : sequence of str
        Names of the runs, at least one.
    X : (B, 2) array
        Inputs.
    y : (B,) array of integers in 0 .. K-1
        Labels.
    x_label : str
        What the loss axis counts.
    class_names : sequence of K str, optional
        Names for the legend.
    feature_names : pair of str, optional
        Names of the two inputs; they label the axes when there is one run.
    steps : bool, optional
        Draw losses as stairs: a loss holds until the next one.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        A new pyplot figure in the book's style.
    panels : list of matplotlib.axes.Axes
        The data panels.
    loss_axis : matplotlib.axes.Axes
        The axis of all loss curves.

    Raises
    ------
    TypeError, ValueError
        If there is no run, `X` does not have two columns, or labels or names do not fit.
    """

    def __init__(
        self,
        runs: Sequence[str],
        X: ArrayLike,
        y: ArrayLike,
        *,
        x_label: str,
        class_names: Sequence[str] | None = None,
        feature_names: Sequence[str] | None = None,
        steps: bool = False,
    ) -> None:
        X, y, names = _data(X, y, class_names)
        if len(runs) == 0:
            raise ValueError("runs must name at least one run")
        if feature_names is not None and len(feature_names) != 2:
            raise ValueError(f"feature_names must be 2 names, got {len(feature_names)}")
        self._K = len(names)
        self._changing: list[Artist] = []
        with plt.style.context(STYLE):
            self._lay_out(len(runs))
            for panel in self.panels:
                self._draw_data(panel, X, y, names)
            self.figure.legend(
                *self.panels[0].get_legend_handles_labels(),
                loc="outside upper center",
                ncols=min(self._K, 5),
                handletextpad=0.2,
                columnspacing=1.2,
                markerscale=1.3,
            )
            if len(runs) == 1:
                labels = feature_names or ("$x_1$", "$x_2$")
                self.panels[0].set(xlabel=labels[0], ylabel=labels[1])
            self._draw_runs(list(runs), x_label, "steps-post" if steps else "default")

    def _lay_out(self, n_runs: int) -> None:
        self.figure: Figure
        if n_runs == 1:
            self.figure, (panel, self.loss_axis) = plt.subplots(1, 2, figsize=(6.4, 3.5))
            self.panels: list[Axes] = [panel]
            self.loss_axis.set_box_aspect(1)
        else:
            self.figure = plt.figure(figsize=(6.4, 5.2))
            engine = self.figure.get_layout_engine()
            assert isinstance(engine, ConstrainedLayoutEngine)
            engine.set(w_pad=0.08, h_pad=0.08)
            rows = self.figure.subfigures(2, 1, height_ratios=[1, 1.1])
            assert isinstance(rows, np.ndarray)
            upper, lower = rows
            self.panels = list(upper.subplots(1, n_runs))
            self.loss_axis = lower.subplots()

    def _draw_data(self, panel: Axes, X: Array, y: Indices, names: list[str]) -> None:
        middle = (X.min(axis=0) + X.max(axis=0)) / 2
        reach = np.ptp(X, axis=0) * 0.54
        reach[reach == 0] = 1.0
        if reach.max() < 1.6 * reach.min():
            reach[:] = reach.max()  # inputs of like size: a right angle looks like one
        panel.set(xlim=middle[0] + reach[0] * np.array([-1, 1]))
        panel.set(ylim=middle[1] + reach[1] * np.array([-1, 1]), box_aspect=1)
        panel.grid(False)
        panel.spines[:].set(visible=True, zorder=0.5)
        panel.locator_params(nbins=4)
        size = 26 if len(self.panels) == 1 else 15
        draw_points(panel, X, y, class_names=names, size=size)

    def _draw_runs(self, runs: list[str], x_label: str, drawstyle: Any) -> None:
        one = len(runs) == 1
        colours = [_INK] if one else [_INK, *_COLOURS[self._K :], *_COLOURS]
        self._boundaries: list[LineCollection] = []
        self._curves: list[Line2D] = []
        self._heads: list[Line2D] = []
        self._names: list[Text] = []
        loss = self.loss_axis
        loss.set(xlabel=x_label, ylabel="loss (nats)")
        loss.spines[:].set_zorder(0.5)
        loss.locator_params(nbins=5)
        for i, run in enumerate(runs):
            colour, line = colours[i % len(colours)], _RUN_LINES[i % len(_RUN_LINES)]
            nowhere = np.zeros((2, self._K)), np.zeros(self._K)
            lines = draw_boundary(
                self.panels[i], *nowhere, shade=True, colors=colour, linewidths=2.8
            )
            assert isinstance(lines, _Boundary)
            (curve,) = loss.plot([], [], color=colour, drawstyle=drawstyle, zorder=3, **line)
            (head,) = loss.plot([], [], "o", color=colour, markersize=7, clip_on=False, zorder=4)
            self._boundaries.append(lines)
            self._curves.append(curve)
            self._heads.append(head)
            self._changing += [*lines.regions, lines, curve, head]
            if not one:
                self.panels[i].set_title(run, color=colour, loc="center", fontweight="bold")
                self.panels[i].set(xticks=[], yticks=[])
                name = loss.text(
                    1.02, 0.5, run, color=colour, transform=loss.transAxes, va="center"
                )
                self._names.append(name)
                self._changing.append(name)
        self.set_view(1.0, 1.0)

    @property
    def changing(self) -> list[Artist]:
        """What `show` changes: a film draws it anew each frame."""
        return list(self._changing)

    def set_view(self, x_max: float, loss_max: float) -> None:
        """Let the loss axis reach from 0 to the given cost and a little above the given loss.

        Parameters
        ----------
        x_max : float
            Largest cost, above 0.
        loss_max : float
            Largest loss in nats, above 0.

        Raises
        ------
        TypeError, ValueError
            If a number is not above 0.
        """
        x_max = _validate.positive("x_max", x_max)
        loss_max = _validate.positive("loss_max", loss_max)
        self.loss_axis.set(xlim=(0, x_max), ylim=(0, 1.08 * loss_max))

    def show(self, run: int, W: ArrayLike, b: ArrayLike, x: ArrayLike, losses: ArrayLike) -> None:
        """Show where a run stands.

        Parameters
        ----------
        run : int
            Which run, counted from 0.
        W : (2, K) array
            Weights.
        b : (K,) array
            Biases.
        x, losses : (n,) array
            Its loss curve so far; the last point is marked.

        Raises
        ------
        TypeError, ValueError
            If shapes do not fit or parameters are not finite.
        """
        x, losses = np.asarray(x, dtype=np.float64), np.asarray(losses, dtype=np.float64)
        move_boundary(self._boundaries[run], W, b)
        self._curves[run].set_data(x, losses)
        self._heads[run].set_data(x[-1:], losses[-1:])
        if self._names:
            self._place_names()

    def _place_names(self) -> None:
        """Each name beside the margin at the height of its curve's end, none on another."""
        top = self.loss_axis.get_ylim()[1]
        ends = [np.append(np.asarray(head.get_ydata()), top)[0] for head in self._heads]
        height = self.loss_axis.get_window_extent().height / self.figure.dpi * 72
        gap = 1.1 * float(self._names[0].get_fontsize()) / height
        places = _spread(np.clip(np.array(ends) / top, 0.03, 0.98), gap, top=0.98)
        for name, place in zip(self._names, places, strict=True):
            name.set_y(float(place))


def _data(
    X: ArrayLike, y: ArrayLike, class_names: Sequence[str] | None
) -> tuple[Array, Indices, list[str]]:
    """Points in the plane, their labels, and a name for each class."""
    X = _validate.array("X", X, ndim=2)
    if X.shape[1] != 2:
        raise ValueError(f"X must have 2 columns to be drawn in the plane, got shape {X.shape}")
    _validate.finite(X=X)
    if class_names is not None:
        names = [str(name) for name in class_names]
        return X, _validate.labels("y", y, B=len(X), K=len(names)), names
    y = _validate.labels("y", y, B=len(X), K=np.iinfo(np.intp).max)
    return X, y, [f"class {k}" for k in range(max(2, int(y.max()) + 1))]


def _plane(W: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    """Parameters of at least two classes over two inputs, as float64."""
    W, b = _validate.array("W", W, ndim=2), _validate.array("b", b, ndim=1)
    if W.shape[0] != 2 or W.shape[1] < 2:
        raise ValueError(f"W must have shape (2, K) with K at least 2, got {W.shape}")
    if b.shape != W.shape[1:]:
        raise ValueError(f"b must have shape ({W.shape[1]},), one a column of W, got {b.shape}")
    _validate.finite(W=W, b=b)
    return W.astype(np.float64), b.astype(np.float64)
