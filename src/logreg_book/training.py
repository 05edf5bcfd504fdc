"""Training: the loop over epochs and minibatches, with any update rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, repeat
from math import inf
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from logreg_book import _fused
from logreg_book._check import (
    as_array,
    check_batch,
    check_callable,
    check_dtype,
    check_finite,
    check_from_zero,
    check_int,
    check_positive,
    check_rng,
    check_shape,
    is_finite,
    raise_overflow,
)
from logreg_book._types import Array, Indices, Rule, Schedule
from logreg_book.optim import sgd

__all__ = ["TrainingState", "minibatches", "train"]


@dataclass(frozen=True, eq=False)
class TrainingState:
    """Where training stands; its arrays are read-only copies.

    Examples
    --------
    >>> state = TrainingState(epoch=0, examples_seen=0, W=np.eye(2), b=np.zeros(2), loss=0.69)
    >>> state.W.flags.writeable
    False
    """

    epoch: int
    """Completed passes over the data."""
    examples_seen: int
    """Examples for which a gradient was computed so far, repetitions counted."""
    W: Array
    """(d, K) weights."""
    b: Array
    """(K,) biases."""
    loss: float
    """Mean loss in nats; the function that made the state says over which examples."""

    def __post_init__(self) -> None:
        """Copy the arrays, so that training can go on in the originals."""
        for name in ("W", "b"):
            array = as_array(name, getattr(self, name)).copy()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[type[TrainingState], tuple[Any, ...]]:
        """Copy and unpickle through the constructor, so that the arrays stay read-only."""
        return type(self), tuple(vars(self).values())


def minibatches(N: int, batch_size: int, *, rng: np.random.Generator) -> Iterator[Indices]:
    """Row indices of the batches of one epoch: a random permutation, cut into pieces.

    Parameters
    ----------
    N : int
        Number of examples, at least 1.
    batch_size : int
        Examples per batch, at least 1.  The last batch is short if it does not divide N.
    rng : numpy.random.Generator
        Shuffles; it is advanced by one permutation.

    Yields
    ------
    (batch_size,) array of integers
        Each example occurs exactly once per epoch: sampling is without replacement.

    Notes
    -----
    At fixed parameters, and averaged over all permutations, the gradient of a batch is the
    gradient over all examples.  Within one epoch the parameters change and the examples that
    are left over are no longer a fair sample, so there the statement does not hold exactly.

    Examples
    --------
    >>> [len(rows) for rows in minibatches(10, 4, rng=np.random.default_rng(0))]
    [4, 4, 2]
    """
    N, batch_size = check_int("N", N), check_int("batch_size", batch_size)
    order = check_rng("rng", rng).permutation(N)
    return (order[start : start + batch_size] for start in range(0, N, batch_size))


def train(
    X: ArrayLike,
    y: ArrayLike,
    W: ArrayLike,
    b: ArrayLike,
    *,
    eta: float | Schedule,
    epochs: int,
    rule: Rule = sgd,
    weight_decay: float = 0.0,
    batch_size: int | None = None,
    rng: np.random.Generator | None = None,
    yield_every: Literal["epoch", "step"] = "epoch",
) -> Iterator[TrainingState]:
    r"""Train step by step; yield the state before the first epoch and after each one.

    Training happens while you iterate: ``list(train(...))`` runs all of it, and
    ``*_, last = train(...)`` keeps only the last state.

    ``batch_size=None`` is gradient descent.  With a batch size it is minibatch SGD, and with
    ``batch_size=1`` SGD in the narrow sense of the word, with one example per step.

    Parameters
    ----------
    X : (N, d) array of float32 or float64
        Inputs.  `X` and `y` are read while you iterate and not copied, so that they may be
        larger than memory (`numpy.memmap`): do not change them meanwhile.
    y : (N,) array of integers in 0 .. K-1
        Labels.
    W : (d, K) array, dtype of `X`
        Initial weights; they are copied.
    b : (K,) array, dtype of `X`
        Initial biases; they are copied.
    eta : float or callable
        Learning rate, above 0.  A callable is a schedule: it is called with the number of steps
        taken so far, from 0, and returns the rate of the next one; see `logreg_book.schedules`.
    epochs : int
        Passes over the data, at least 1.
    rule : callable, optional
        Update rule, called as ``rule(theta, grad, state, eta=eta)`` for `W` and for `b`; see
        `logreg_book.optim`.
    weight_decay : float, optional
        Strength of the penalty on the weights, at least 0: ``weight_decay * W`` is added to the
        gradient with respect to `W`, and not to that with respect to `b`, before the rule is
        called.
    batch_size : int, optional
        Examples per step; all of them if it is omitted.
    rng : numpy.random.Generator, optional
        Shuffles the examples in each epoch; required with `batch_size`.
    yield_every : "epoch" or "step", optional
        Yield after each epoch, or after each step.  A state costs a pass over the data for
        its loss, so "step" makes an epoch of small batches many times slower.

    Yields
    ------
    TrainingState
        With the loss over **all** examples at its parameters, without the penalty, so that runs
        with any `weight_decay` can be compared.

    Raises
    ------
    ValueError
        While training, if the parameters leave the range of their dtype because `eta` is too
        large, or a schedule returns what is not finite and above 0.

    Notes
    -----
    :math:`\theta \leftarrow \theta - \eta\,\frac1{|S|}\sum_{i\in S}g_i` for each batch
    :math:`S`, with :math:`g_i` the gradient of the loss of example i.  Both gradients of a step
    are computed before either parameter changes.  The numbers are those of
    `loss_and_gradients`, computed by a faster kernel.

    With weight decay :math:`\alpha`, what is minimised is
    :math:`L + \frac\alpha2\lVert W\rVert^2`, as with the ``weight_decay`` of `torch.optim.SGD` in a
    parameter group that holds the weights alone.

    References
    ----------
    L. Bottou, F. E. Curtis, J. Nocedal, "Optimization methods for large-scale machine
    learning", SIAM Review 60 (2018), doi:10.1137/16M1080173.

    Examples
    --------
    >>> X, y = [[-1.0], [1.0]], [0, 1]
    >>> states = train(X, y, [[0.0, 0.0]], [0.0, 0.0], eta=1.0, epochs=3)
    >>> [round(state.loss, 3) for state in states]
    [0.693, 0.313, 0.195, 0.14]
    """
    X, y, W, b = check_batch(X, y, W, b)
    check_finite(X=X)
    rates, epochs = _rates(eta), check_int("epochs", epochs)
    if batch_size is not None:
        batch_size = check_int("batch_size", batch_size)
        check_rng("rng", rng, why=" because batch_size is given")
    elif rng is not None:
        check_rng("rng", rng)
    if yield_every not in ("epoch", "step"):
        raise ValueError(f'yield_every must be "epoch" or "step", got {yield_every!r}')
    check_callable("rule", rule)
    weight_decay = check_from_zero("weight_decay", weight_decay)
    if not np.isfinite(_fused.batch_loss(X, y, W, b)):
        raise_overflow(X=X, W=W, b=b)
    each_step = yield_every == "step"
    W, b = W.copy(), b.copy()
    return _run(X, y, W, b, rates, epochs, rule, weight_decay, batch_size, rng, each_step)


def _run(
    X: Array,
    y: Indices,
    W: Array,
    b: Array,
    rates: Iterator[float],
    epochs: int,
    rule: Rule,
    weight_decay: float,
    batch_size: int | None,
    rng: np.random.Generator | None,
    each_step: bool,
) -> Iterator[TrainingState]:
    """The loop of `train`, whose arguments have been checked."""
    seen, W_state, b_state = 0, None, None
    yield _state(X, y, W, b, inf, seen)
    for _ in range(epochs):
        for X_batch, y_batch in _batches(X, y, batch_size, rng):
            eta = next(rates)
            dW, db = _gradients(X_batch, y_batch, W, b, eta, weight_decay)
            W, W_state = _update(rule, W, dW, W_state, eta)
            b, b_state = _update(rule, b, db, b_state, eta)
            seen += len(X_batch)
            if each_step:
                yield _state(X, y, W, b, eta, seen)
        if not each_step:
            yield _state(X, y, W, b, eta, seen)


def _rates(eta: float | Schedule) -> Iterator[float]:
    """The learning rate of each step; what a schedule returns is checked when it is needed."""
    if callable(eta) and not isinstance(eta, type):
        return (check_positive(f"eta({step})", eta(step)) for step in count())
    return repeat(check_positive("eta", eta))


def _batches(
    X: Array, y: Indices, batch_size: int | None, rng: np.random.Generator | None
) -> Iterator[tuple[Array, Indices]]:
    """All examples at once, or the minibatches of one epoch."""
    if batch_size is None or rng is None:
        yield X, y
    else:
        for rows in minibatches(len(X), batch_size, rng=rng):
            yield X.take(rows, axis=0), y.take(rows)  # faster than X[rows]


def _gradients(
    X: Array, y: Indices, W: Array, b: Array, eta: float, weight_decay: float = 0
) -> tuple[Array, Array]:
    """Gradients of a batch; parameters that are too large for them come from too large steps."""
    dW, db = _fused.gradients(X, y, W, b)
    if weight_decay:
        with np.errstate(over="ignore", invalid="ignore"):
            dW = dW + weight_decay * W  # the gradient of weight_decay / 2 * (W**2).sum()
    if not (is_finite(dW) and is_finite(db)):
        raise _too_large(eta, W)
    return dW, db


def _update(rule: Rule, theta: Array, grad: Array, state: Any, eta: float) -> tuple[Array, Any]:
    """One call of a rule, which must return an array like theta, and its state."""
    result = rule(theta, grad, state, eta=eta)
    if not (isinstance(result, tuple) and len(result) == 2):
        got = type(result).__name__
        raise TypeError(f"rule must return two values, new parameters and state, got {got}")
    new = as_array("rule", result[0])
    check_shape("what rule returns", new, like=("theta", theta))
    check_dtype("what rule returns", new, like=("theta", theta))
    return new, result[1]


def _state(X: Array, y: Indices, W: Array, b: Array, eta: float, seen: int) -> TrainingState:
    loss = _fused.batch_loss(X, y, W, b)
    if not np.isfinite(loss):
        raise _too_large(eta, W)
    return TrainingState(seen // len(X), seen, W, b, loss)


def _too_large(eta: float, W: Array) -> ValueError:
    return ValueError(f"eta must be smaller, got {eta}: training left the range of {W.dtype}")
