"""Decision boundaries that can be moved, and that follow the view of their axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.collections import LineCollection, PolyCollection
from numpy.typing import ArrayLike

from logreg_book._types import Array
from logreg_book.viz._check import check_parameters_2d
from logreg_book.viz._geometry import Limits, decision_boundaries, decision_regions
from logreg_book.viz.style import COLOURS, INK

__all__ = ["plot_decision_boundary", "update_decision_boundary"]

_THIN = 0.4  # width of a line of equal probability, in widths of the boundary


def plot_decision_boundary(
    ax: Axes,
    W: ArrayLike,
    b: ArrayLike,
    *,
    arrow: bool = True,
    shade: bool = False,
    probabilities: Sequence[float] = (0.1, 0.9),
    **kwargs: Any,
) -> LineCollection:
    r"""Plot the boundaries between classes across the view that the axes have.

    For two classes, thin lines beside the boundary show how fast the probability of class 1
    rises: on the boundary it is one half, and on the thin lines 0.1 and 0.9.

    Plot the points first: they determine the view, which from then on stays as it is.  If you
    change the limits later, the boundaries follow.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to plot.
    W : (2, K) array
        Weights.
    b : (K,) array
        Biases.
    arrow : bool, optional
        For two classes, draw an arrow to the side of class 1.
    shade : bool, optional
        Tint the region where a class has the largest logit in the colour of the class.
    probabilities : sequence of float, optional
        For two classes, draw a thin line where class 1 has each of these probabilities, between
        0 and 1; none for ``()``.
    **kwargs
        For `matplotlib.collections.LineCollection`: ``colors``, ``linestyles``, ``label`` ...

    Returns
    -------
    matplotlib.collections.LineCollection
        What `update_decision_boundary` moves.  Its segments are the boundaries, then the arrow,
        then the thin lines, as far as they are in the view.

    Notes
    -----
    The probability of class 1 is the sigmoid of the difference of the logits, so it is p where
    this difference is :math:`\log \frac{p}{1 - p}`.  These are straight lines, parallel to the
    boundary; 0.1 and 0.9 are equally far from it, and the larger the weights, the nearer.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> lines = plot_decision_boundary(ax, [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], arrow=False)
    >>> lines.get_segments()[0].round(2)
    array([[1., 1.],
           [0., 0.]])
    """
    W, b = check_parameters_2d(W, b)
    ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())
    p = np.asarray(probabilities, dtype=np.float64)
    if not ((p > 0) & (p < 1)).all():
        raise ValueError(f"probabilities must be between 0 and 1, got {probabilities}")
    style = {"colors": INK, "linewidths": 2.4, "capstyle": "round", "zorder": 3, **kwargs}
    shifts = np.log(p / (1 - p)) if len(b) == 2 else np.zeros(0)
    lines = _Boundary(len(b), arrow=arrow, shade=shade, shifts=shifts, **style)
    for collection in (lines, *lines.regions):
        ax.add_collection(collection, autolim=False)
    update_decision_boundary(lines, W, b)
    return lines


def update_decision_boundary(lines: LineCollection, W: ArrayLike, b: ArrayLike) -> None:
    """Move boundaries, and the arrow, thin lines and tints that came with them.

    Parameters
    ----------
    lines : matplotlib.collections.LineCollection
        From `plot_decision_boundary`.
    W : (2, K) array
        Weights, for as many classes as before.
    b : (K,) array
        Biases.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> lines = plot_decision_boundary(ax, [[0.0, 2.0], [0.0, 0.0]], [0.0, -1.0], arrow=False)
    >>> update_decision_boundary(lines, [[0.0, 4.0], [0.0, 0.0]], [0.0, -1.0])
    >>> lines.get_segments()[0]
    array([[0.25, 0.  ],
           [0.25, 1.  ]])
    """
    if not isinstance(lines, _Boundary):
        raise TypeError(f"lines must come from plot_decision_boundary, got {lines!r}")
    W, b = check_parameters_2d(W, b)
    K = len(lines.parameters[1])
    if len(b) != K:
        raise ValueError(f"W must have {K} columns as before, got shape {W.shape}")
    moving: list[_Boundary | _Regions] = [lines, *lines.regions]
    for collection in moving:
        collection.parameters = W, b
        collection.place()


class _Boundary(LineCollection):
    """Boundaries, and for two classes an arrow and lines of equal probability, in the view."""

    def __init__(
        self, K: int, *, arrow: bool, shade: bool, shifts: Array, linewidths: float, **kwargs: Any
    ) -> None:
        super().__init__([], **kwargs)
        self.width, self.shifts = linewidths, shifts
        self.set_in_layout(False)
        self.parameters = np.zeros((2, K)), np.zeros(K)
        self.arrow = arrow and K == 2
        self.regions = [_Regions(K)] if shade else []

    def place(self) -> None:
        """Find the lines in the view as it is now."""
        W, b = self.parameters
        segments = self._in_view(W, b)
        if self.arrow and segments:
            segments += self._arrow(segments[0], W[:, 1] - W[:, 0])
        thin = [line for s in self.shifts for line in self._in_view(W, b - [0, s])]
        self.set_linewidth([self.width] * len(segments) + [self.width * _THIN] * len(thin))
        self.set_segments(segments + thin)

    def _in_view(self, W: Array, b: Array) -> list[Array]:
        """Return the boundaries that can be seen."""
        found = decision_boundaries(W, b, *_axes_limits(self))
        return list(found[~np.isnan(found).any(axis=(1, 2))])

    def _arrow(self, segment: Array, n: Array) -> list[Array]:
        """Return shaft and two barbs, at a right angle to the boundary as it is seen."""
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
        """Draw where the lines are now: the view may have changed since they were placed."""
        self.place()
        super().draw(renderer)


class _Regions(PolyCollection):
    """A tint per class where it has the largest logit; it follows the view."""

    def __init__(self, K: int) -> None:
        colours = [COLOURS[k % len(COLOURS)] for k in range(K)]
        super().__init__([], facecolors=colours, alpha=0.13, linewidths=0, zorder=1)
        self.set_in_layout(False)
        self.parameters = np.zeros((2, K)), np.zeros(K)

    def place(self) -> None:
        """Find the regions in the view as it is now."""
        self.set_verts(decision_regions(*self.parameters, *_axes_limits(self)))

    def draw(self, renderer: RendererBase) -> None:
        """Draw where the regions are now."""
        self.place()
        super().draw(renderer)


def _axes_limits(artist: Artist) -> tuple[Limits, Limits]:
    """Return the lowest and highest value of each axis, whichever way the axis runs."""
    assert artist.axes is not None
    (x0, x1), (y0, y1) = sorted(artist.axes.get_xlim()), sorted(artist.axes.get_ylim())
    return (x0, x1), (y0, y1)
