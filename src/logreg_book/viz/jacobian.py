"""A wrong Jacobian beside the right one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from logreg_book._check import check_array, check_finite, check_int, check_shape
from logreg_book.viz.style import INK

__all__ = ["plot_jacobians"]


def plot_jacobians(
    axes: Sequence[Axes],
    right: ArrayLike,
    wrong: ArrayLike,
    *,
    titles: Sequence[str] = ("right", "wrong"),
    decimals: int = 2,
) -> list[AxesImage]:
    """Plot two matrices with their numbers; where the second one differs, its cells are outlined.

    Parameters
    ----------
    axes : pair of matplotlib.axes.Axes
        Where to plot the right matrix and the wrong one.
    right, wrong : (m, n) arrays
        Finite; in a Jacobian a row belongs to an output and a column to an input.
    titles : pair of str, optional
        What is written above them.
    decimals : int, optional
        Decimals of the numbers, at least 0.

    Returns
    -------
    list of matplotlib.image.AxesImage
        The two matrices; both have one scale of colours, in which white is 0.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> axes = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)
    >>> images = plot_jacobians(axes, [[0.25, -0.25], [-0.25, 0.25]], [[0.25, 0.0], [0.0, 0.25]])
    >>> images[1].get_array()
    masked_array(
      data=[[0.25, 0.  ],
            [0.  , 0.25]],
      mask=False,
      fill_value=1e+20)
    """
    right, wrong = check_array("right", right, ndim=2), check_array("wrong", wrong, ndim=2)
    check_shape("wrong", wrong, like=("right", right))
    check_finite(right=right, wrong=wrong)
    decimals = check_int("decimals", decimals, least=0)
    largest = float(max(np.abs(right).max(), np.abs(wrong).max())) or 1.0
    differs = ~np.isclose(wrong, right, rtol=1e-6, atol=1e-9 * largest)
    scale = 2 * largest  # which leaves the colours so light that dark numbers can be read
    images = []
    for ax, matrix, title in zip(axes, (right, wrong), titles, strict=True):
        images.append(ax.imshow(matrix, cmap="PuOr", vmin=-scale, vmax=scale))
        for (i, k), value in np.ndenumerate(matrix):
            text = f"{value:.{decimals}f}"
            text = text.replace("-", "\N{MINUS SIGN}") if float(text) else text.lstrip("-")
            ax.text(k, i, text, ha="center", va="center", color=INK)
        m, n = matrix.shape
        ax.set(title=title, xticks=range(n), yticks=range(m), xlabel="input", ylabel="output")
        ax.grid(False)
    for i, k in np.argwhere(differs):
        frame = Rectangle((k - 0.44, i - 0.44), 0.88, 0.88, fill=False, edgecolor=INK, linewidth=2)
        axes[1].add_patch(frame)
    return images
