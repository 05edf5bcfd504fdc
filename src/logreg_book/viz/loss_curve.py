"""Loss curves, each with its name at its end."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from numpy.typing import ArrayLike

from logreg_book.viz._check import check_curve
from logreg_book.viz._layout import spread_apart
from logreg_book.viz.style import INK, method_style

__all__ = ["plot_loss"]


def plot_loss(
    ax: Axes, x: ArrayLike, losses: ArrayLike, *, label: str | None = None, **kwargs: Any
) -> Line2D:
    """Plot a loss curve, and write its name at its end.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to plot.  The label of the y axis becomes "loss (nats)".
    x : (n,) array
        Cost so far: examples seen, or epochs.
    losses : (n,) array
        Losses in nats.  NaN and infinity leave a gap, so that a run which diverges ends where
        its last finite loss is.
    label : str, optional
        The curve's name.  A curve whose name begins with that of a method, such as "SGD, B = 1",
        has the method's line, `logreg_book.viz.style.METHODS`; further curves of the method have
        its colour and other line styles.  A curve without a name is drawn in ink, and any other
        has the next colour and line style of the axes.  Names whose curves end close together are
        moved apart whenever they are drawn, so that they stay legible if the axes are resized or
        their limits change.
    **kwargs
        For ``Axes.plot``.  If `x` counts examples, and the parameters move once
        per batch, ``drawstyle="steps-post"`` draws stairs: a loss holds until the next step.

    Returns
    -------
    matplotlib.lines.Line2D
        The curve.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> plot_loss(ax, [0, 1, 2], [0.69, 0.41, 0.35], label="GD").get_ydata()
    array([0.69, 0.41, 0.35])
    """
    x, losses = check_curve(x, losses)
    finite = np.isfinite(losses)
    own: dict[str, Any] = {"color": INK, "linestyle": "-"}
    if label is not None:
        colour = method_style(label).get("color")
        own = method_style(label, nth=sum(line.get_color() == colour for line in ax.lines))
    (line,) = ax.plot(x, np.where(finite, losses, np.nan), label=label, **{**own, **kwargs})
    ax.margins(x=0)
    ax.set_ylabel("loss (nats)")
    if label is not None and finite.any():
        last = np.flatnonzero(finite)[-1]
        ax.add_artist(_EndLabel(label, (x[last], losses[last]), color=line.get_color()))
    return line


class _EndLabel(Annotation):
    """The name of a curve at its end, which keeps clear of the other names in its axes.

    Where the ends are on the screen is known only while drawing: limits, layout and size may
    change until then.  So this label finds its place whenever it is drawn or measured.
    """

    def __init__(self, name: str, end: tuple[float, float], *, color: object) -> None:
        super().__init__(
            name,
            end,
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=color,
            clip_on=False,  # it stands in the margin
        )

    def update_positions(self, renderer: RendererBase) -> None:
        """Find this label's place above or below the end of its curve."""
        assert self.axes is not None
        labels = [text for text in self.axes.texts if isinstance(text, _EndLabel)]
        point = self.axes.figure.dpi / 72  # in pixels
        ends = self.axes.transData.transform([label.xy for label in labels])[:, 1] / point
        offsets = spread_apart(ends, 1.15 * float(self.get_fontsize())) - ends
        self.set_position((6, offsets[labels.index(self)]))
        super().update_positions(renderer)
