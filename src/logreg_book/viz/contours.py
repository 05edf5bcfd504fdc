"""The loss as a landscape over two parameters, and the paths of training runs on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from logreg_book._check import check_array, check_finite, check_int
from logreg_book.viz.style import EDGE, method_style

__all__ = ["plot_contours", "plot_path"]

Limits = tuple[float, float]


def plot_contours(
    ax: Axes,
    loss: Callable[[float, float], float],
    xlim: Limits,
    ylim: Limits,
    *,
    levels: int = 12,
    n: int = 60,
) -> QuadContourSet:
    """Plot lines of equal loss, denser where it is low.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to plot; its limits become `xlim` and `ylim`.
    loss : callable
        Takes the two parameters as numbers; returns the loss, a finite number.
    xlim, ylim : pair of float
        Lowest and highest value of the first and of the second parameter.
    levels : int, optional
        Number of lines, at least 1.  Their losses grow by equal factors above the lowest one.
    n : int, optional
        Points per axis at which the loss is evaluated, at least 2.

    Returns
    -------
    matplotlib.contour.QuadContourSet
        The lines, with their losses as ``levels``.

    Notes
    -----
    The gradient is at right angles to these lines where both axes have the same scale
    (``ax.set_aspect("equal")``).

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> lines = plot_contours(ax, lambda u, v: u**2 + v**2, (-1, 1), (-1, 1), levels=3)
    >>> len(lines.levels), bool((lines.levels > 0).all())
    (3, True)
    """
    levels, n = check_int("levels", levels), check_int("n", n, least=2)
    for name, (low, high) in (("xlim", xlim), ("ylim", ylim)):
        if not low < high:
            raise ValueError(f"{name} must be (low, high) with low below high, got {(low, high)}")
    u, v = np.linspace(*xlim, n), np.linspace(*ylim, n)
    values = np.array([[loss(float(a), float(b)) for a in u] for b in v], dtype=np.float64)
    check_finite(loss=values)
    lowest, highest = values.min(), values.max()
    if lowest == highest:
        raise ValueError(f"loss must vary between xlim and ylim, got {lowest} everywhere")
    heights = lowest + (highest - lowest) * np.geomspace(1e-3, 0.9, levels)
    lines = ax.contour(
        u, v, values, heights, colors=EDGE, linewidths=0.8, linestyles="-", alpha=0.55, zorder=1
    )
    ax.set(xlim=xlim, ylim=ylim)
    ax.grid(False)
    return lines


def plot_path(ax: Axes, points: ArrayLike, *, label: str | None = None, **kwargs: Any) -> Line2D:
    """Plot the path of a run: a dot for each step, a ring at the start, a square at the end.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to plot; its limits stay as they are.
    points : (n, 2) array
        The two parameters after each step, the start first.
    label : str, optional
        The run's name.  If it begins with the name of a method, the path has the method's
        colour, `logreg_book.viz.style.METHODS`; otherwise that of gradient descent.
    **kwargs
        For `matplotlib.axes.Axes.plot`.

    Returns
    -------
    matplotlib.lines.Line2D
        The path.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> plot_path(ax, [[0.0, 0.0], [1.0, 0.5]], label="eta = 1").get_xdata()
    array([0., 1.])
    """
    points = check_array("points", points, ndim=2)
    if points.shape[1] != 2:
        raise ValueError(f"points must have shape (n, 2), got {points.shape}")
    check_finite(points=points)
    colour = (method_style(label or "") or method_style("GD"))["color"]
    style = {
        "color": colour,
        "label": label,
        "marker": ".",
        "markersize": 7,
        "linewidth": 1.4,
        "zorder": 3,
        **kwargs,
    }
    view = ax.get_xlim(), ax.get_ylim()
    (line,) = ax.plot(*points.T, **style)
    for point, marker in ((points[0], "o"), (points[-1], "s")):
        ax.plot(
            *point,
            marker,
            markerfacecolor="white" if marker == "o" else line.get_color(),
            markeredgecolor=line.get_color(),
            markersize=8,
            zorder=4,
        )
    ax.set(xlim=view[0], ylim=view[1])
    return line
