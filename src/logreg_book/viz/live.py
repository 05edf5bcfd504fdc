"""A plot that follows training while it runs, in a window or in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from logreg_book._check import check_int
from logreg_book.training import TrainingState
from logreg_book.viz._training_figure import TrainingFigure

__all__ = ["LivePlot"]


class LivePlot:
    """Draw the boundary and the loss while training runs: call it with each state.

    In a desktop window the picture moves, and training goes on when the window is closed.  In
    a notebook it is redrawn in place, and the last picture stays.  Without a screen only
    `figure` is kept up to date.

    Parameters
    ----------
    X : (B, 2) array
        Inputs.
    y : (B,) array of integers in 0 .. K-1
        Labels.
    class_names : sequence of K str, optional
        Names for the legend.
    feature_names : pair of str, optional
        Names of the two inputs.
    every : int, optional
        Draw only each `every`-th state, because drawing takes longer than a step.  `draw` brings
        the picture up to date.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        The picture.

    Examples
    --------
    >>> from logreg_book import train
    >>> X, y = [[-1.0, 0.0], [1.0, 0.0]], [0, 1]
    >>> live = LivePlot(X, y)
    >>> for state in train(X, y, np.zeros((2, 2)), np.zeros(2), eta=1.0, epochs=3):
    ...     live(state)
    >>> plt.close(live.figure)
    """

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        class_names: Sequence[str] | None = None,
        feature_names: Sequence[str] | None = None,
        every: int = 1,
    ) -> None:
        self._every = check_int("every", every)
        self._picture = TrainingFigure(
            ["training"],
            X,
            y,
            x_label="examples seen",
            class_names=class_names,
            feature_names=feature_names,
            drawstyle="steps-post",
        )
        self.figure = self._picture.figure
        self._n_calls = 0
        self._examples_seen: list[int] = []
        self._losses: list[float] = []
        self._last: TrainingState | None = None
        self._display = _display_for(self.figure)

    def __call__(self, state: TrainingState) -> None:
        """Take a state, and draw it if its turn has come.

        Parameters
        ----------
        state : TrainingState
            From `logreg_book.train` or from a training loop's hook.  A state that has seen no
            more examples than the one before starts a new curve.
        """
        if self._examples_seen and state.examples_seen <= self._examples_seen[-1]:
            self._examples_seen, self._losses, self._n_calls = [], [], 0
        self._examples_seen.append(state.examples_seen)
        self._losses.append(state.loss)
        self._last = state
        if self._n_calls % self._every == 0:
            self.draw()
        self._n_calls += 1

    def draw(self) -> None:
        """Draw the last state that was taken."""
        if self._last is None:
            return
        finite = [loss for loss in self._losses if np.isfinite(loss) and loss > 0]
        self._picture.set_view(max(self._examples_seen[-1], 1), max(finite, default=1.0))
        self._picture.show(0, self._last.W, self._last.b, self._examples_seen, self._losses)
        self._display()


def _display_for(figure: Figure) -> Callable[[], None]:
    """Return what brings a change of the figure before the reader's eyes."""
    if "inline" in mpl.get_backend():
        return _NotebookDisplay(figure)
    if getattr(figure.canvas, "required_interactive_framework", None):
        return _WindowDisplay(figure)
    return lambda: None


_PNG = {"image/png", "text/plain"}  # where SVG is shown as well, it would take twice the time


class _NotebookDisplay:
    """An output cell that is written again in place."""

    def __init__(self, figure: Figure) -> None:
        plt.close(figure)  # or the notebook shows it once more at the end of the cell
        self._figure = figure
        self._handle: Any = None

    def __call__(self) -> None:
        if self._handle is None:
            from IPython.display import display

            # transparent background with dark ink: a dark notebook puts white behind it
            light = {"needs_background": "light"}
            self._handle = display(  # type: ignore[no-untyped-call]
                self._figure, display_id=True, metadata=light, include=_PNG
            )
        else:
            self._handle.update(self._figure, include=_PNG)


class _WindowDisplay:
    """A window that redraws while Python is busy, until the reader closes it."""

    def __init__(self, figure: Figure) -> None:
        self._canvas: Any = figure.canvas
        self._open = True
        self._canvas.mpl_connect("close_event", self._close)
        figure.set_facecolor("white")
        manager: Any = figure.canvas.manager
        with mpl.rc_context({"figure.raise_window": False}):  # the reader may be typing elsewhere
            manager.show()

    def _close(self, event: object) -> None:
        self._open = False

    def __call__(self) -> None:
        if self._open:
            self._canvas.draw_idle()
            self._canvas.flush_events()
