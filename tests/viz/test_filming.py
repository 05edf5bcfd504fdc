"""A film of training shows each run where it stood at each moment of one clock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from numpy.testing import assert_allclose, assert_array_equal

from logreg_book import TrainingState, train
from logreg_book.datasets import make_blobs
from logreg_book.viz import Film, training_film
from logreg_book.viz._geometry import decision_boundaries

if TYPE_CHECKING:
    from matplotlib.axes import Axes

X, Y = make_blobs(30, rng=np.random.default_rng(0))
W, B = np.array([[1.0, -1.0], [0.5, -0.5]]), np.array([-0.5, 0.5])


def states(epochs: int = 5, batch_size: int | None = None, **kwargs: Any) -> list[TrainingState]:
    rng = np.random.default_rng(1)
    return list(train(X, Y, W, B, eta=0.5, epochs=epochs, batch_size=batch_size, rng=rng, **kwargs))


def loss_axis(film: Film) -> Axes:
    (ax,) = [ax for ax in film.figure.axes if ax.get_ylabel() == "loss (nats)"]
    return ax


def curve(film: Film, run: str) -> Any:
    """The points of a run's loss curve."""
    (line,) = [line for line in loss_axis(film).lines if line.get_label() == run]
    return line.get_xydata()


def assert_boundary(film: Film, run: int, state: TrainingState) -> None:
    """Demand that the panel of a run shows the boundary of a state."""
    panel = [ax for ax in film.figure.axes if ax is not loss_axis(film)][run]
    (lines,) = [artist for artist in panel.collections if isinstance(artist, LineCollection)]
    expected = decision_boundaries(state.W, state.b, panel.get_xlim(), panel.get_ylim())
    assert_allclose(lines.get_segments()[0], expected[0])


@pytest.mark.parametrize("names", [["GD"], ["GD", "SGD"]])
def test_a_frame_is_the_whole_figure(names: list[str]) -> None:
    film = training_film(X, Y, {name: states() for name in names}, alt="It falls.")
    for i, frame in enumerate(list(film.frames())):
        assert_array_equal(frame, film.draw_frame(i))


def test_a_film_has_one_frame_per_epoch() -> None:
    run = states(epochs=7)
    film = training_film(X, Y, {"GD": run}, x_axis="epoch", alt="It falls.")
    assert film.n_frames == 8 + 11  # and the last one for a second
    assert film.fps == 12
    assert loss_axis(film).get_xlabel() == "epoch"
    film.show_frame(3)
    assert_allclose(curve(film, "GD")[:4], [[s.epoch, s.loss] for s in run[:4]])
    assert_boundary(film, 0, run[3])


def test_runs_share_the_clock_of_examples_seen() -> None:
    runs = {"GD": states(), "SGD": states(batch_size=1, yield_every="step")}
    film = training_film(X, Y, runs, alt="They fall.")
    assert film.n_frames == 120 + 11
    assert curve(film, "SGD").shape[0] > 150
    assert loss_axis(film).get_xlabel() == "examples seen"
    clock = np.linspace(0, 150, 120)
    for i in (0, 20, 55, 119):
        film.show_frame(i)
        for index, (name, run) in enumerate(runs.items()):
            last = [state for state in run if state.examples_seen <= clock[i]][-1]
            assert_allclose(curve(film, name)[-1], [clock[i], last.loss])
            assert_allclose(curve(film, name)[-2], [last.examples_seen, last.loss])
            assert_boundary(film, index, last)


def test_the_table_has_the_losses_at_the_key_frames() -> None:
    runs = {"GD": states(epochs=10), "SGD": states(epochs=10, batch_size=1, yield_every="step")}
    table = training_film(X, Y, runs, alt="They fall.").table
    assert list(table) == ["examples seen", "loss of GD (nats)", "loss of SGD (nats)"]
    clock, *losses = table.values()
    assert (len(clock), clock[0], clock[-1]) == (6, "0", "300")
    for run, column in zip(runs.values(), losses, strict=True):
        for count, loss in zip(map(int, clock), map(float, column), strict=True):
            last = [state for state in run if state.examples_seen <= count][-1]
            assert_allclose(loss, last.loss, rtol=1e-3)
    short = training_film(X, Y, {"GD": states(epochs=2)}, x_axis="epoch", alt="It falls.")
    assert short.table["epoch"] == ["0", "2", "2", "2", "2", "2"]


def test_the_clock_says_where_time_is_spent() -> None:
    runs = {"GD": states(), "SGD": states(batch_size=1, yield_every="step")}
    clock = [*range(10), *range(10, 151, 20), 150, 150]
    film = training_film(
        X, Y, runs, alt="They fall.", caption="Look.", clock=clock, key_frames=[0, 9, 40, 150]
    )
    assert (film.n_frames, film.caption) == (len(clock), "Look.")
    for i in (0, 7, 12, len(clock) - 1):
        film.show_frame(i)
        assert curve(film, "SGD")[-1, 0] == clock[i]
    assert film.key_frames == [0, 9, 12, 17]  # the first frame at which the count is reached
    assert film.table["examples seen"] == ["0", "9", "50", "150"]


def test_losses_against_examples_are_stairs_and_marked_at_each_pass() -> None:
    film = training_film(X, Y, {"GD": states()}, alt="It falls.")
    (line,) = [line for line in loss_axis(film).lines if line.get_label() == "GD"]
    assert line.get_drawstyle() == "steps-post"
    assert_array_equal(loss_axis(film).get_xticks(), [0, 30, 60, 90, 120, 150])


def test_runs_of_different_length_wait_at_their_ends() -> None:
    late = [replace(state, examples_seen=state.examples_seen + 60) for state in states(epochs=2)]
    film = training_film(X, Y, {"long": states(), "late": late, "short": late[:1]}, alt="They.")
    film.show_frame(0)
    assert_allclose(curve(film, "late")[-1], [0, late[0].loss])  # its first state, before its time
    film.show_frame(film.n_frames - 1)
    assert [curve(film, run)[-1, 0] for run in ("long", "late", "short")] == [150, 120, 60]


def test_states_without_a_finite_loss_have_an_axis() -> None:
    run = [replace(state, loss=np.inf) for state in states()]
    film = training_film(X, Y, {"diverged": run}, alt="Nothing.")
    assert loss_axis(film).get_ylim() == (0, 1.08)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_axis": "time"}, 'x_axis must be "examples_seen" or "epoch", got \'time\''),
        ({"runs": {}}, "runs must name at least one run"),
        ({"runs": {"GD": []}}, "runs must have at least one state each, 'GD' has none"),
        ({"X": np.zeros((30, 3))}, "X must have 2 columns"),
        ({"clock": [0, 60, 30]}, "clock must not run backwards, got"),
        ({"clock": []}, "clock must not be empty"),
        ({"key_frames": [999]}, "key_frames must be on the clock, got"),
    ],
)
def test_training_film_rejects_bad_input(changes: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"X": X, "y": Y, "runs": {"GD": states()}, "alt": "It."}
    with pytest.raises(ValueError, match=message):
        training_film(**arguments | changes)
