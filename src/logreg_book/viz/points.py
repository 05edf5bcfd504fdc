"""Examples in the plane, drawn as points."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from numpy.typing import ArrayLike

from logreg_book.viz._check import check_points_2d
from logreg_book.viz.style import COLOURS, MARKERS

__all__ = ["plot_points"]


def plot_points(
    ax: Axes,
    X: ArrayLike,
    y: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    size: float = 30,
) -> list[PathCollection]:
    """Plot examples as points; both marker and colour tell the class.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to plot.
    X : (B, 2) array
        Inputs, one row per example.
    y : (B,) array of integers in 0 .. K-1
        Labels.
    class_names : sequence of K str, optional
        Names for the legend; "class 0", "class 1" ... by default.  There may be more names than
        classes that occur in `y`.
    size : float, optional
        Area of a marker in square points.

    Returns
    -------
    list of K matplotlib.collections.PathCollection
        One per class, labelled, so that ``ax.legend()`` shows the names.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> clouds = plot_points(ax, [[0.0, 0.0], [1.0, 2.0]], [0, 1], class_names=["no", "yes"])
    >>> [cloud.get_label() for cloud in clouds]
    ['no', 'yes']
    """
    X, y, names = check_points_2d(X, y, class_names)
    return [
        ax.scatter(
            X[y == k, 0],
            X[y == k, 1],
            s=size,
            color=COLOURS[k % len(COLOURS)],
            marker=MARKERS[k % len(MARKERS)],
            alpha=0.8,
            linewidths=0,
            label=name,
            zorder=2,
        )
        for k, name in enumerate(names)
    ]
