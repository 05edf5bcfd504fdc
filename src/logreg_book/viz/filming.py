"""Films of training runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from matplotlib.artist import Artist
from numpy.typing import ArrayLike

from logreg_book.training import TrainingState
from logreg_book.viz._encode import key_frame_indices
from logreg_book.viz._training_figure import TrainingFigure
from logreg_book.viz.film import Film

__all__ = ["training_film"]

_LABELS = {"examples_seen": "examples seen", "epoch": "epoch"}
_MOST_FRAMES = 90


def training_film(
    X: ArrayLike,
    y: ArrayLike,
    runs: Mapping[str, Sequence[TrainingState]],
    *,
    alt: str,
    x_axis: Literal["examples_seen", "epoch"] = "examples_seen",
    class_names: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
    fps: int = 20,
) -> Film:
    """Film training runs: moving boundaries, and the losses on one clock.

    Parameters
    ----------
    X : (B, 2) array
        Inputs.
    y : (B,) array of integers in 0 .. K-1
        Labels.
    runs : mapping of str to sequence of TrainingState
        Name of each run, and its states in the order of training.
    alt : str
        What happens in the film, in words.
    x_axis : {"examples_seen", "epoch"}, optional
        The axis of the losses, and the clock that all runs share.
    class_names : sequence of K str, optional
        Names for the legend.
    feature_names : pair of str, optional
        Names of the two inputs.
    fps : int, optional
        Frames per second.

    Returns
    -------
    Film
        One frame per value of the clock if there are at most 90, otherwise 90 frames at equal
        steps of the clock.  A run shows the last state that it had reached by then.  The
        film's table has the loss of each run at the key frames.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from logreg_book import train
    >>> X, y = [[-1.0, 0.0], [1.0, 0.0]], [0, 1]
    >>> states = list(train(X, y, np.zeros((2, 2)), np.zeros(2), eta=1.0, epochs=3))
    >>> film = training_film(X, y, {"GD": states}, alt="The loss falls.")
    >>> film.n_frames
    4
    >>> plt.close(film.figure)
    """
    if x_axis not in _LABELS:
        raise ValueError(f'x_axis must be "examples_seen" or "epoch", got {x_axis!r}')
    for name, states in runs.items():
        if len(states) == 0:
            raise ValueError(f"runs must have at least one state each, {name!r} has none")
    picture = TrainingFigure(
        list(runs),
        X,
        y,
        x_label=_LABELS[x_axis],
        class_names=class_names,
        feature_names=feature_names,
        drawstyle="steps-post" if x_axis == "examples_seen" else "default",
    )
    counts = [np.array([getattr(state, x_axis) for state in states]) for states in runs.values()]
    losses = [np.array([state.loss for state in states]) for states in runs.values()]
    clock = np.unique(np.concatenate(counts))
    if len(clock) > _MOST_FRAMES:
        clock = np.linspace(clock[0], clock[-1], _MOST_FRAMES)
    loss_max = max(float(np.max(own, where=np.isfinite(own), initial=0)) for own in losses)
    picture.set_view(max(clock[-1], 1), loss_max or 1.0)

    def n_reached(run: int, frame: int) -> int:
        return max(int(np.searchsorted(counts[run], clock[frame], side="right")), 1)

    def update(frame: int) -> list[Artist]:
        for run, states in enumerate(runs.values()):
            n = n_reached(run, frame)
            state = states[n - 1]
            # until its next step a run keeps its loss, while the clock goes on
            x = np.append(counts[run][:n], min(clock[frame], counts[run][-1]))
            picture.show(run, state.W, state.b, x, np.append(losses[run][:n], state.loss))
        return picture.animated_artists

    keys = key_frame_indices(len(clock))
    table: dict[str, list[float]] = {_LABELS[x_axis]: [int(clock[frame]) for frame in keys]}
    for run, name in enumerate(runs):
        at_keys = [float(losses[run][n_reached(run, frame) - 1]) for frame in keys]
        table[f"loss of {name} (nats)"] = at_keys
    return Film(picture.figure, update, n_frames=len(clock), alt=alt, fps=fps, table=table)
