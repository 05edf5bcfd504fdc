"""A live plot follows training in a window, in a notebook, and without a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import IPython.display
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from logreg_book import TrainingState, train
from logreg_book.datasets import make_blobs
from logreg_book.viz import LivePlot
from logreg_book.viz._geometry import decision_boundaries

if TYPE_CHECKING:
    from matplotlib.axes import Axes

X, Y = make_blobs(30, rng=np.random.default_rng(0))
W, B = np.array([[1.0, -1.0], [0.5, -0.5]]), np.array([-0.5, 0.5])


@pytest.fixture(scope="module")
def states() -> list[TrainingState]:
    """Six states: the start, and the end of each of five epochs."""
    return list(train(X, Y, W, B, eta=0.5, epochs=5))


def loss_axis(live: LivePlot) -> Axes:
    (ax,) = [ax for ax in live.figure.axes if ax.get_ylabel() == "loss (nats)"]
    return ax


def curve(live: LivePlot) -> Any:
    """The points of the loss curve."""
    (line,) = [line for line in loss_axis(live).lines if line.get_label() == "training"]
    assert line.get_drawstyle() == "steps-post"
    return line.get_xydata()


def test_without_a_screen_the_figure_is_kept_up_to_date(states: list[TrainingState]) -> None:
    live = LivePlot(X, Y, class_names=["a", "b"], feature_names=["u", "v"])
    for state in states:
        live(state)
    assert_allclose(curve(live), [[state.examples_seen, state.loss] for state in states])
    assert loss_axis(live).get_xlim() == (0, states[-1].examples_seen)
    (panel,) = [ax for ax in live.figure.axes if ax is not loss_axis(live)]
    (lines,) = [artist for artist in panel.collections if isinstance(artist, LineCollection)]
    last = states[-1]
    expected = decision_boundaries(last.W, last.b, panel.get_xlim(), panel.get_ylim())
    assert_allclose(lines.get_segments()[0], expected[0])


def test_every_third_state_is_drawn_and_draw_brings_it_up_to_date(
    states: list[TrainingState],
) -> None:
    live = LivePlot(X, Y, every=3)
    live.draw()  # nothing to draw yet
    drawn = []
    for state in states:
        live(state)
        drawn.append(len(curve(live)))
    assert drawn == [1, 1, 1, 4, 4, 4]
    live.draw()
    assert len(curve(live)) == 6


def test_a_new_run_starts_a_new_curve(states: list[TrainingState]) -> None:
    live = LivePlot(X, Y, every=2)
    for state in [*states, *states[:3]]:
        live(state)
    assert len(curve(live)) == 3


def test_a_loss_that_is_not_finite_or_zero_does_not_stop_it() -> None:
    live = LivePlot(X, Y)
    for i, loss in enumerate([np.inf, 0.0, np.nan]):
        live(TrainingState(epoch=i, examples_seen=i, W=W, b=B, loss=loss))
    assert loss_axis(live).get_ylim() == (0, 1.08)


def test_live_plot_rejects_bad_input() -> None:
    with pytest.raises(ValueError, match="X must have 2 columns"):
        LivePlot(np.zeros((30, 3)), Y)
    with pytest.raises(ValueError, match="every must be at least 1"):
        LivePlot(X, Y, every=0)


def test_in_a_notebook_one_output_is_drawn_again_in_place(
    monkeypatch: pytest.MonkeyPatch, states: list[TrainingState]
) -> None:
    calls: list[tuple[str, Figure]] = []

    class Handle:
        def update(self, figure: Figure, *, include: set[str]) -> None:
            assert "image/png" in include
            calls.append(("update", figure))

    def display(
        figure: Figure, *, display_id: bool, metadata: dict[str, str], include: set[str]
    ) -> Handle:
        assert display_id
        assert "image/png" in include
        assert metadata == {"needs_background": "light"}
        calls.append(("display", figure))
        return Handle()

    monkeypatch.setattr(IPython.display, "display", display)
    monkeypatch.setattr(mpl, "get_backend", lambda: "module://matplotlib_inline.backend_inline")
    live = LivePlot(X, Y)
    assert plt.get_fignums() == []  # or the cell would show it once more
    for state in states[:3]:
        live(state)
    assert calls == [("display", live.figure), ("update", live.figure), ("update", live.figure)]


class Window(FigureCanvasAgg):
    """A canvas that notes what it was asked to do, in place of one with a screen."""

    required_interactive_framework = "none such"

    def __init__(self, figure: Figure) -> None:
        super().__init__(figure)
        self.calls: list[str] = []

    def draw_idle(self, *args: object, **kwargs: object) -> None:
        """Note the call."""
        self.calls.append("draw")

    def flush_events(self) -> None:
        """Note the call."""
        self.calls.append("flush")


def test_in_a_window_it_draws_until_the_reader_closes_it(
    monkeypatch: pytest.MonkeyPatch, states: list[TrainingState]
) -> None:
    opened = []

    def figure(*args: Any, **kwargs: Any) -> Figure:
        made = Figure(**kwargs)
        Window(made)

        class Manager:
            def show(self) -> None:
                opened.append(mpl.rcParams["figure.raise_window"])

        made.canvas.manager = Manager()  # type: ignore[assignment]
        return made

    monkeypatch.setattr(plt, "figure", figure)
    live = LivePlot(X, Y)
    canvas: Any = live.figure.canvas
    assert opened == [False]  # it does not take the focus
    assert mpl.rcParams["figure.raise_window"]
    live(states[0])
    live(states[1])
    assert canvas.calls.count("flush") == 2
    assert "draw" in canvas.calls
    before = list(canvas.calls)
    canvas.callbacks.process("close_event", None)
    for state in states[2:]:
        live(state)
    assert canvas.calls == before
    assert len(curve(live)) == len(states)
