"""The figure that films and live plots change: points, boundaries and losses."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import ArrayLike

from logreg_book._check import check_positive
from logreg_book._types import Array, Indices
from logreg_book.viz._check import check_curve, check_points_2d
from logreg_book.viz._layout import spread_apart
from logreg_book.viz.boundary import plot_decision_boundary, update_decision_boundary
from logreg_book.viz.points import plot_points
from logreg_book.viz.style import COLOURS, INK, LINE_STYLES, STYLE, method_style

__all__ = ["TrainingFigure"]

_MOST_PASSES = 8  # marks on the loss axis that have room for their numbers


class TrainingFigure:
    """A panel with points and a moving boundary per run, and one axis with all losses.

    One run has its two panels side by side.  Several have their data panels in a row, and the
    loss axis below them.

    Parameters
    ----------
    runs : sequence of str
        Names of the runs, at least one.  A run whose name begins with that of a method has the
        method's line.
    X : (B, 2) array
        Inputs.
    y : (B,) array of integers in 0 .. K-1
        Labels.
    x_label : str
        What the loss axis counts.
    class_names : sequence of K str, optional
        Names for the legend, at least two.
    feature_names : pair of str, optional
        Names of the two inputs, which label the axes.
    drawstyle : {"default", "steps-post"}, optional
        How losses are joined: by straight lines, or by stairs on which a loss holds until the
        next one.
    pass_length : int, optional
        Counts of the loss axis in one pass over the data.  If given, the axis is marked at each
        of a few passes.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        A new pyplot figure in the book's style.
    panels : list of matplotlib.axes.Axes
        The data panels, one per run.
    loss_axis : matplotlib.axes.Axes
        The axis of all loss curves; a curve has the run's name as its label.
    animated_artists : list of matplotlib.artist.Artist
        What `show` changes; a film draws it again in each frame.
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
        drawstyle: Literal["default", "steps-post"] = "default",
        pass_length: int | None = None,
    ) -> None:
        X, y, names = check_points_2d(X, y, class_names)
        if len(runs) == 0:
            raise ValueError("runs must name at least one run")
        if len(names) < 2:
            raise ValueError(f"class_names must name at least 2 classes, got {names}")
        if feature_names is not None and len(feature_names) != 2:
            raise ValueError(f"feature_names must be 2 names, got {len(feature_names)}")
        self._K, self._pass_length = len(names), pass_length
        self.animated_artists: list[Artist] = []
        with plt.style.context(STYLE):
            self._lay_out(len(runs))
            for panel in self.panels:
                self._plot_data(panel, X, y, names)
            self._plot_legend()
            x_name, y_name = feature_names or ("$x_1$", "$x_2$")
            for panel in self.panels:
                panel.set_xlabel(x_name)
            self.panels[0].set_ylabel(y_name)
            self._plot_runs(list(runs), x_label, drawstyle)

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

    def _plot_legend(self) -> None:
        handles, names = self.panels[0].get_legend_handles_labels()
        if self._K == 2:
            handles.append(Line2D([], [], color=INK, linewidth=1.2))
            names.append("p = 0.1 and 0.9")
        self.figure.legend(
            handles,
            names,
            loc="outside upper center",
            ncols=min(len(names), 5),
            handlelength=1.2,
            handletextpad=0.4,
            columnspacing=1.2,
            markerscale=1.3,
        )

    def _plot_data(self, panel: Axes, X: Array, y: Indices, names: list[str]) -> None:
        middle = (X.min(axis=0) + X.max(axis=0)) / 2
        reach = np.ptp(X, axis=0) * 0.54
        reach[reach == 0] = 1.0
        if reach.max() < 1.6 * reach.min():
            reach[:] = reach.max()  # one scale for both inputs: a right angle looks like one
        panel.set(xlim=middle[0] + reach[0] * np.array([-1, 1]))
        panel.set(ylim=middle[1] + reach[1] * np.array([-1, 1]), box_aspect=1)
        panel.grid(False)
        panel.spines[:].set(visible=True, zorder=0.5)
        panel.locator_params(nbins=4)
        size = 26 if len(self.panels) == 1 else 15
        plot_points(panel, X, y, class_names=names, size=size)

    def _plot_runs(
        self, runs: list[str], x_label: str, drawstyle: Literal["default", "steps-post"]
    ) -> None:
        one = len(runs) == 1
        styles = self._styles(runs)
        self._boundaries: list[LineCollection] = []
        self._curves: list[Line2D] = []
        self._heads: list[Line2D] = []
        self._labels: list[Text] = []
        loss = self.loss_axis
        loss.set(xlabel=x_label, ylabel="loss (nats)")
        loss.spines[:].set_zorder(0.5)
        loss.locator_params(nbins=5)
        for i, run in enumerate(runs):
            panel, colour = self.panels[i], styles[i]["color"]
            self._plot_boundary(panel, colour)
            (curve,) = loss.plot([], [], **styles[i], drawstyle=drawstyle, label=run, zorder=3)
            (head,) = loss.plot([], [], "o", color=colour, markersize=7, clip_on=False, zorder=4)
            self._curves.append(curve)
            self._heads.append(head)
            self.animated_artists += [curve, head]
            if not one:
                panel.set_title(run, color=colour, loc="center", fontweight="bold")
                panel.set(xticks=[], yticks=[])
                label = loss.text(
                    1.02, 0.5, run, color=colour, transform=loss.transAxes, va="center"
                )
                self._labels.append(label)
                self.animated_artists.append(label)
        self.set_view(1.0, 1.0)

    def _styles(self, runs: list[str]) -> list[dict[str, Any]]:
        """Return each run's line: its method's, or one in a colour that is not yet taken."""
        found: list[dict[str, Any]] = []
        for run in runs:
            colour = method_style(run).get("color")
            nth = sum(style.get("color") == colour for style in found)
            found.append(method_style(run, nth=nth))
        taken = {style.get("color") for style in found} | set(COLOURS[: self._K])
        free = [colour for colour in [INK, *COLOURS] if colour not in taken] or [INK]
        lines = zip(cycle(free), cycle(LINE_STYLES), strict=False)
        others = ({"color": colour, "linestyle": style} for colour, style in lines)
        return [style or next(others) for style in found]

    def _plot_boundary(self, panel: Axes, colour: str) -> None:
        """Plot a boundary that is nowhere yet: with all weights zero, no class is ahead."""
        before = set(panel.collections)
        lines = plot_decision_boundary(
            panel,
            np.zeros((2, self._K)),
            np.zeros(self._K),
            shade=True,
            colors=colour,
            linewidths=2.8,
        )
        self._boundaries.append(lines)
        self.animated_artists += [c for c in panel.collections if c not in before]

    def set_view(self, x_max: float, loss_max: float) -> None:
        """Let the loss axis reach from 0 to `x_max` and a little above `loss_max`.

        Where passes have a length, and the axis shows only a few, its marks are their ends.

        Parameters
        ----------
        x_max : float
            Largest count, above 0.
        loss_max : float
            Largest loss in nats, above 0.
        """
        x_max = check_positive("x_max", x_max)
        loss_max = check_positive("loss_max", loss_max)
        self.loss_axis.set(xlim=(0, x_max), ylim=(0, 1.08 * loss_max))
        if self._pass_length and 1 <= x_max / self._pass_length <= _MOST_PASSES:
            self.loss_axis.set_xticks(np.arange(0, x_max + 1, self._pass_length))

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
        x : (n,) array
            Counts of the loss axis so far, at least one.
        losses : (n,) array
            Losses in nats, as many; the last one is marked.
        """
        x, losses = check_curve(x, losses)
        update_decision_boundary(self._boundaries[run], W, b)
        self._curves[run].set_data(x, losses)
        self._heads[run].set_data(x[-1:], losses[-1:])
        if self._labels:
            self._place_labels()

    def _place_labels(self) -> None:
        """Place each name in the margin at the height of its curve's end, none on another."""
        top = self.loss_axis.get_ylim()[1]
        ends = [np.append(np.asarray(head.get_ydata()), top)[0] for head in self._heads]
        height = self.loss_axis.get_window_extent().height / self.figure.dpi * 72
        gap = 1.1 * float(self._labels[0].get_fontsize()) / height
        places = spread_apart(np.clip(np.array(ends) / top, 0.03, 0.98), gap, top=0.98)
        for label, place in zip(self._labels, places, strict=True):
            label.set_y(float(place))
