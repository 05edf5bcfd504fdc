"""Cross-entropy: how wrong the probabilities are, in nats, as a mean over the batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from logreg_book import _validate
from logreg_book._validate import Array, Indices
from logreg_book.activations import _shifted

__all__ = ["batch_loss", "cross_entropy", "one_hot"]

_BLOCK = 2**16  # logits at a time: they stay in the processor's cache, whatever B is
_INPUTS = 2**19  # at a time: they are there still when the gradient needs them again


def one_hot(y: ArrayLike, K: int, *, dtype: DTypeLike = np.float64) -> Array:
    """Labels as rows of the unit matrix: ``eye(K)[y]``.

    Parameters
    ----------
    y : (B,) array of integers in 0 .. K-1
        Labels.
    K : int
        Number of classes.
    dtype : dtype, optional
        Of the result.

    Returns
    -------
    (B, K) array
        1 in the column of each row's label, 0 elsewhere.

    Raises
    ------
    TypeError, ValueError
        If labels are no integers, lie outside 0 .. K-1, or there are none.

    Notes
    -----
    A one-hot row is a probability distribution that is certain.

    Examples
    --------
    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    K = _validate.count("K", K)
    y = _validate.asarray("y", y)
    if y.ndim != 1 or y.size == 0:
        raise ValueError(f"y must have shape (B,) with B at least 1, got {y.shape}")
    Y = np.zeros((len(y), K), dtype=dtype)
    Y[np.arange(len(y)), _validate.labels("y", y, B=len(y), K=K)] = 1
    return Y


def cross_entropy(h: ArrayLike, y: ArrayLike) -> float:
    r"""Mean cross-entropy of labels under the softmax of logits: ``-mean(log(p[i, y[i]]))``.

    Parameters
    ----------
    h : (B, K) array of float32 or float64
        **Logits**, not probabilities; ``-inf`` is allowed.
    y : (B,) array of integers in 0 .. K-1
        Labels.

    Returns
    -------
    float
        The mean loss in nats, at least 0; ``inf`` if a label's logit is ``-inf``.  Complex
        logits give a complex loss, for `complex_step`.

    Raises
    ------
    TypeError, ValueError
        If shapes, dtypes or label range do not fit, the batch is empty, or the
        largest logit of a row is not finite.

    Notes
    -----
    :math:`L = \frac1B\sum_i \bigl(\log\sum_k e^{h_{ik}} - h_{i,y_i}\bigr)`.  Taking the
    logarithm before the division is what keeps it finite: a wrong answer with
    logit gap 800 costs 800 nats, not ``inf``.

    References
    ----------
    I. J. Good, "Rational decisions", Journal of the Royal Statistical Society B 14
    (1952), doi:10.1111/j.2517-6161.1952.tb00104.x.

    Examples
    --------
    >>> cross_entropy([[0.0, 800.0]], [0])
    800.0
    """
    s = _shifted(_validate.array("h", h, ndim=2, complex_=True))
    y = _validate.labels("y", y, B=len(s), K=s.shape[1])
    loss: float = np.mean(np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(y)), y]).item()
    return loss


def batch_loss(X: ArrayLike, y: ArrayLike, W: ArrayLike, b: ArrayLike) -> float:
    r"""Mean loss of parameters on data: ``cross_entropy(logits(X, W, b), y)``.

    It works through the examples block by block: however many there are, the
    memory it needs beyond its input stays the same.

    Parameters
    ----------
    X : (B, d) array of float32 or float64
        Inputs.
    y : (B,) array of integers in 0 .. K-1
        Labels.
    W : (d, K) array, dtype of `X`
        Weights.
    b : (K,) array, dtype of `X`
        Biases.

    Returns
    -------
    float
        The mean loss in nats.

    Raises
    ------
    TypeError, ValueError
        If shapes, dtypes or label range do not fit, the batch is empty, or a
        number is not finite.

    Notes
    -----
    :math:`L = -\frac1B\sum_i \log p_{i,y_i}`.  Parameters that are all 0 know nothing:
    they give every class the same probability and cost :math:`\log K` nats.

    Examples
    --------
    >>> round(batch_loss([[1.0], [2.0]], [0, 1], [[0.0, 0.0]], [0.0, 0.0]), 4)
    0.6931
    """
    X, y, W, b = _validate.problem(X, y, W, b)
    loss = _batch_loss(X, y, W, b)
    if not np.isfinite(loss):
        _validate.overflow(X, W, b)
    return loss


def _rows(inputs: int, numbers: int) -> int:
    """How many examples make a block that fits the cache, by what each has and makes."""
    return max(1, min(_BLOCK // numbers, max(256, _INPUTS // inputs)))


def _loss_and_errors(
    X: Array, y: Indices, W: Array, b: Array, *, loss: bool = True
) -> tuple[float, Array]:
    """Summed loss, 0 if it is not asked for, and ``p - Y``: a row a class, or of two the second."""
    return _of_two(X, y, W, b, loss) if len(b) == 2 else _of_many(X, y, W, b, loss)


def _of_many(X: Array, y: Indices, W: Array, b: Array, loss: bool) -> tuple[float, Array]:
    """With logits (K, B): each reduction over classes runs along rows."""
    h = np.add(X.dot(W).T, b[:, np.newaxis], order="C")
    of_label = y * len(y) + np.arange(len(y))  # where it is if the rows are put end to end
    h -= h.max(axis=0)
    h_y = h.take(of_label) if loss else 0.0
    np.exp(h, out=h)
    z = h.sum(axis=0)
    h /= z
    h.reshape(-1)[of_label] -= 1
    return float((np.log(z) - h_y).sum()) if loss else 0.0, h


def _of_two(X: Array, y: Indices, W: Array, b: Array, loss: bool) -> tuple[float, Array]:
    """With the difference of the logits alone: softmax ignores a shift of both."""
    sides = np.array([1, -1], W.dtype)
    sign = sides.take(y)
    lead = X.dot(W.dot(sides))
    lead += b.dot(sides)
    lead *= sign  # of the label over the other class
    total = 0.0
    if loss:
        total = float((np.log(1 + np.exp(-np.abs(lead))) - np.minimum(lead, 0)).sum())
    np.exp(lead, out=lead)
    lead += 1
    return total, np.divide(sign, lead, out=lead)


@np.errstate(over="ignore", invalid="ignore")  # the result says whether a number was too large
def _batch_loss(X: Array, y: Indices, W: Array, b: Array) -> float:
    """`batch_loss` of arguments that were checked before."""
    rows = _rows(*W.shape)
    blocks = (slice(start, start + rows) for start in range(0, len(X), rows))
    return sum(_loss_and_errors(X[block], y[block], W, b)[0] for block in blocks) / len(X)
