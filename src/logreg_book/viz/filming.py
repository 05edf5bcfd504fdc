"""Films of training runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from matplotlib.artist import Artist
from numpy.typing import ArrayLike

from logreg_book._check import check_array
from logreg_book._types import Array
from logreg_book.training import TrainingState
from logreg_book.viz._encode import key_frame_indices
from logreg_book.viz._training_figure import TrainingFigure
from logreg_book.viz.film import Film

__all__ = ["training_film"]

_LABELS = {"examples_seen": "examples seen", "epoch": "epoch"}
_MOST_COUNTS = 120  # with a second at the end, eleven seconds at 12 frames per second


def training_film(
    X: ArrayLike,
    y: ArrayLike,
    runs: Mapping[str, Sequence[TrainingState]],
    *,
    alt: str,
    caption: str = "",
    x_axis: Literal["examples_seen", "epoch"] = "examples_seen",
    class_names: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
    clock: ArrayLike | None = None,
    key_frames: ArrayLike | None = None,
    fps: int = 12,
) -> Film:
    """Film training runs: moving boundaries, and the losses on one clock.

    Parameters
    ----------
    X : (B, 2) array
        Inputs.
    y : (B,) array of integers in 0 .. K-1
        Labels.
    runs : mapping of str to sequence of TrainingState
        Name of each run, and its states in the order of training.  A run whose name begins with
        that of a method has the method's line, `logreg_book.viz.style.METHODS`.
    alt : str
        What happens in the film, in words, for those who cannot see it.
    caption : str, optional
        What to look for, in a sentence, for all.
    x_axis : {"examples_seen", "epoch"}, optional
        The axis of the losses, and the clock that all runs share.
    class_names : sequence of K str, optional
        Names for the legend.
    feature_names : pair of str, optional
        Names of the two inputs.
    clock : array_like of int, optional
        The count that each frame shows, in order, so that the film spends its time where
        something happens.  By default each count at which a run has a state, if there are at
        most 120, or else 120 counts at equal steps; and the last one for a second.
    key_frames : array_like of int, optional
        Counts to choose for the key frames and the table; six at equal steps by default.
    fps : int, optional
        Frames per second.

    Returns
    -------
    Film
        One frame per count of the clock.  A run shows the last state that it had reached by
        then.  The film's table has the loss of each run at the key frames.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from logreg_book import train
    >>> X, y = [[-1.0, 0.0], [1.0, 0.0]], [0, 1]
    >>> states = list(train(X, y, np.zeros((2, 2)), np.zeros(2), eta=1.0, epochs=3))
    >>> film = training_film(X, y, {"GD": states}, alt="The loss falls.")
    >>> film.n_frames  # one for each state, the last one for a second
    15
    >>> plt.close(film.figure)
    """
    if x_axis not in _LABELS:
        raise ValueError(f'x_axis must be "examples_seen" or "epoch", got {x_axis!r}')
    for name, states in runs.items():
        if len(states) == 0:
            raise ValueError(f"runs must have at least one state each, {name!r} has none")
    by_examples = x_axis == "examples_seen"
    picture = TrainingFigure(
        list(runs),
        X,
        y,
        x_label=_LABELS[x_axis],
        class_names=class_names,
        feature_names=feature_names,
        drawstyle="steps-post" if by_examples else "default",
        pass_length=np.size(y) if by_examples else None,
    )
    counts = [np.array([getattr(state, x_axis) for state in states]) for states in runs.values()]
    losses = [np.array([state.loss for state in states]) for states in runs.values()]
    ticks = _default_clock(counts, fps) if clock is None else _check_clock(clock)
    loss_max = max(float(np.max(own, where=np.isfinite(own), initial=0)) for own in losses)
    picture.set_view(max(ticks[-1], 1), loss_max or 1.0)

    def n_reached(run: int, frame: int) -> int:
        return max(int(np.searchsorted(counts[run], ticks[frame], side="right")), 1)

    def update(frame: int) -> list[Artist]:
        for run, states in enumerate(runs.values()):
            n = n_reached(run, frame)
            state = states[n - 1]
            # until its next step a run keeps its loss, while the clock goes on
            x = np.append(counts[run][:n], min(ticks[frame], counts[run][-1]))
            picture.show(run, state.W, state.b, x, np.append(losses[run][:n], state.loss))
        return picture.animated_artists

    keys = key_frame_indices(len(ticks))
    if key_frames is not None:
        keys = np.unique(np.searchsorted(ticks, np.asarray(key_frames))).tolist()
        if keys[-1] == len(ticks):
            raise ValueError(f"key_frames must be on the clock, got {key_frames}")
    table: dict[str, list[float]] = {_LABELS[x_axis]: [int(ticks[frame]) for frame in keys]}
    for run, name in enumerate(runs):
        at_keys = [float(losses[run][n_reached(run, frame) - 1]) for frame in keys]
        table[f"loss of {name} (nats)"] = at_keys
    return Film(
        picture.figure,
        update,
        n_frames=len(ticks),
        alt=alt,
        caption=caption,
        fps=fps,
        table=table,
        key_frames=keys,
    )


def _default_clock(counts: list[Array], fps: int) -> Array:
    """Return each count, or many at equal steps, and the last one for a second."""
    ticks = np.unique(np.concatenate(counts))
    if len(ticks) > _MOST_COUNTS:
        ticks = np.linspace(ticks[0], ticks[-1], _MOST_COUNTS)
    return np.append(ticks, np.full(fps - 1, ticks[-1]))


def _check_clock(clock: ArrayLike) -> Array:
    """Return the count of each frame, which must not run backwards."""
    ticks = check_array("clock", clock, ndim=1)
    if (np.diff(ticks) < 0).any():
        raise ValueError(f"clock must not run backwards, got {ticks}")
    return ticks
