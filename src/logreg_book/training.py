"""Training by gradient descent, on all examples at once or on a few at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from logreg_book import _validate
from logreg_book._validate import Array, Indices
from logreg_book.gradients import _gradients
from logreg_book.losses import _batch_loss

__all__ = ["State", "fit", "minibatches"]


class State(NamedTuple):
    """Where training stands.  It cannot be changed: its arrays are read-only.

    Examples
    --------
    >>> State(epoch=0, seen=0, W=np.zeros((2, 2)), b=np.zeros(2), loss=0.69).epoch
    0
    """

    epoch: int
    """Completed passes over the data."""
    seen: int
    """Examples that a gradient was computed for so far, repeats counted."""
    W: Array
    """(d, K) weights."""
    b: Array
    """(K,) biases."""
    loss: float
    """Mean training loss in nats."""


def minibatches(B: int, batch_size: int, *, rng: np.random.Generator) -> Iterator[Indices]:
    """Row indices of one epoch's batches: a fresh permutation, cut into pieces.

    Parameters
    ----------
    B : int
        Number of examples, at least 1.
    batch_size : int
        Examples a batch, at least 1.  The last batch is short if it does not divide B.
    rng : numpy.random.Generator
        Shuffles; it is advanced by one permutation.

    Yields
    ------
    (batch_size,) array of integers
        Each example comes exactly once an epoch: sampling is without replacement.

    Raises
    ------
    TypeError, ValueError
        If a count is below 1 or `rng` is no generator.

    Notes
    -----
    Averaged over all permutations, a batch's gradient is the gradient of all examples.

    Examples
    --------
    >>> [len(rows) for rows in minibatches(10, 4, rng=np.random.default_rng(0))]
    [4, 4, 2]
    """
    B, batch_size = _validate.count("B", B), _validate.count("batch_size", batch_size)
    order = _validate.generator("rng", rng).permutation(B)
    return (order[start : start + batch_size] for start in range(0, B, batch_size))


def fit(
    X: ArrayLike,
    y: ArrayLike,
    W: ArrayLike,
    b: ArrayLike,
    *,
    eta: float,
    epochs: int,
    batch_size: int | None = None,
    rng: np.random.Generator | None = None,
    record: Literal["epoch", "step"] = "epoch",
) -> Iterator[State]:
    r"""Train by gradient descent; yield where it stands before the first and after each epoch.

    ``batch_size=None`` is gradient descent, 1 is stochastic gradient descent, anything
    between is minibatch descent.  A run of more than a second shows its progress on a
    terminal.

    Parameters
    ----------
    X : (B, d) array of float32 or float64
        Inputs.
    y : (B,) array of integers in 0 .. K-1
        Labels.
    W : (d, K) array, dtype of `X`
        Weights to start from.
    b : (K,) array, dtype of `X`
        Biases to start from.
    eta : float
        Learning rate, above 0.
    epochs : int
        Passes over the data, at least 1.
    batch_size : int, optional
        Examples a step; all of them if it is left out.
    rng : numpy.random.Generator, optional
        Shuffles the examples anew each epoch; needed with `batch_size`.
    record : "epoch" or "step", optional
        Yield after each epoch, or after each step.

    Yields
    ------
    State
        With the loss of its parameters on **all** examples.

    Raises
    ------
    TypeError, ValueError
        At the call, if arguments do not fit or numbers are not finite; while training, if
        the parameters leave the range of their dtype because `eta` is too large.

    Notes
    -----
    :math:`\theta \leftarrow \theta - \eta\,\frac1{|S|}\sum_{i\in S}g_i` for each batch
    :math:`S`, with :math:`g_i` the gradient of example i's own loss.  All gradients of a step
    are computed before any parameter moves.

    References
    ----------
    L. Bottou, F. E. Curtis, J. Nocedal, "Optimization methods for large-scale machine
    learning", SIAM Review 60 (2018), doi:10.1137/16M1080173.

    Examples
    --------
    >>> X, y = [[-1.0], [1.0]], [0, 1]
    >>> losses = [s.loss for s in fit(X, y, [[0.0, 0.0]], [0.0, 0.0], eta=1.0, epochs=3)]
    >>> [round(loss, 3) for loss in losses]
    [0.693, 0.313, 0.195, 0.14]
    """
    X, y, W, b = _validate.problem(X, y, W, b)
    _validate.finite(X=X)
    eta, epochs = _validate.positive("eta", eta), _validate.count("epochs", epochs)
    if batch_size is not None:
        batch_size = _validate.count("batch_size", batch_size)
    if batch_size is not None or rng is not None:
        rng = _validate.generator("rng", rng)
    if record not in ("epoch", "step"):
        raise ValueError(f'record must be "epoch" or "step", got {record!r}')
    return _fit(X, y, W.copy(), b.copy(), eta, epochs, batch_size, rng, record == "step")


def _fit(
    X: Array,
    y: Indices,
    W: Array,
    b: Array,
    eta: float,
    epochs: int,
    batch_size: int | None,
    rng: np.random.Generator | None,
    each_step: bool,
) -> Iterator[State]:
    seen = 0
    yield _state(X, y, W, b, eta, seen)
    for _ in tqdm(range(epochs), desc="training", unit="epoch", disable=None, delay=1):
        if batch_size is None or rng is None:
            batches = iter([(X, y)])
        else:
            order = minibatches(len(X), batch_size, rng=rng)
            batches = ((X.take(rows, axis=0), y.take(rows)) for rows in order)  # fast X[rows]
        for watched in ([batch] for batch in batches) if each_step else [batches]:
            seen += _steps(watched, W, b, eta)
            yield _state(X, y, W, b, eta, seen)


@np.errstate(over="ignore", invalid="ignore")  # the loss says whether a number was too large
def _steps(batches: Iterable[tuple[Array, Indices]], W: Array, b: Array, eta: float) -> int:
    """A step a batch, in place; how many examples there were."""
    seen = 0
    for X, y in batches:
        _step(X, y, W, b, eta)
        seen += len(X)
    return seen


def _step(X: Array, y: Indices, W: Array, b: Array, eta: float) -> None:
    """One step in place: all gradients first, then all parameters."""
    dW, db = _gradients(X, y, W, b)
    W -= eta * dW
    b -= eta * db


def _state(X: Array, y: Indices, W: Array, b: Array, eta: float, seen: int) -> State:
    loss = _batch_loss(X, y, W, b)
    if not np.isfinite(loss):
        if seen == 0:
            _validate.overflow(X, W, b)
        raise ValueError(f"eta must be smaller, got {eta}: training left the range of {W.dtype}")
    W, b = W.copy(), b.copy()
    W.flags.writeable = b.flags.writeable = False
    return State(seen // len(X), seen, W, b, loss)
