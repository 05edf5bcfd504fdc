"""Cross-entropy, a mean over the batch in nats, and its derivatives.

With respect to the probabilities the gradient is ``-Y / (p * B)``, with respect to the logits
``(p - Y) / B``.  The softmax Jacobian lies between the two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from logreg_book._check import (
    as_dtype,
    check_array,
    check_finite,
    check_int,
    check_labels,
    is_finite,
    raise_overflow,
)
from logreg_book._types import Array
from logreg_book.probability import log_softmax, softmax

__all__ = ["cross_entropy", "grad_logits", "grad_probabilities", "one_hot"]


def one_hot(y: ArrayLike, K: int, *, dtype: DTypeLike = np.float64) -> Array:
    """Labels as rows of the identity matrix: ``eye(K)[y]``.

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

    Notes
    -----
    A one-hot row is a probability distribution that is certain.

    Examples
    --------
    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    K, dtype = check_int("K", K), as_dtype("dtype", dtype)
    y = check_labels("y", y, B=None, K=K)
    Y = np.zeros((len(y), K), dtype=dtype)
    Y[np.arange(len(y)), y] = 1
    return Y


def cross_entropy(h: ArrayLike, y: ArrayLike) -> float:
    r"""Mean cross-entropy of labels, given logits: ``-mean(log_softmax(h)[i, y[i]])``.

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
    ValueError
        If the largest logit of a row is not finite, or the loss overflows.

    Notes
    -----
    :math:`L = \frac1B\sum_i \bigl(\log\sum_k e^{h_{ik}} - h_{i,y_i}\bigr)`.  The logarithm is
    taken before any division, which keeps the loss finite: a prediction that is wrong by a gap
    of 800 between the logits costs 800 nats, not ``inf``.

    References
    ----------
    I. J. Good, "Rational decisions", Journal of the Royal Statistical Society B 14
    (1952), doi:10.1111/j.2517-6161.1952.tb00104.x.

    Examples
    --------
    >>> cross_entropy([[0.0, 800.0]], [0])
    800.0
    """
    h = check_array("h", h, ndim=2, complex_ok=True)
    y = check_labels("y", y, B=len(h), K=h.shape[1])
    rows = np.arange(len(y))
    with np.errstate(over="ignore"):
        loss: float = 0.0 - np.mean(log_softmax(h)[rows, y]).item()  # 0 - 0 is 0, not -0
    if not np.isfinite(loss) and is_finite(h[rows, y]):
        raise_overflow(h=np.where(np.isfinite(h), h, 0))
    return loss


def grad_probabilities(p: ArrayLike, y: ArrayLike) -> Array:
    r"""Gradient of the mean loss with respect to the **probabilities**: ``-Y / (p * B)``.

    Parameters
    ----------
    p : (B, K) array of float32 or float64
        Probabilities; those of the labels must be above 0.
    y : (B,) array of integers in 0 .. K-1
        Labels.

    Returns
    -------
    (B, K) array, dtype of `p`
        ``dp``, in nats.

    Raises
    ------
    ValueError
        If a label has a probability that is not above 0, or so small that 1/p overflows.

    Notes
    -----
    :math:`\partial L/\partial p_{ik} = -Y_{ik}/(p_{ik}B)`.  Only the label's probability
    enters the loss, so only its derivative differs from 0.  The K probabilities of a row are
    treated as free variables here; that they sum to 1 is taken care of by the softmax Jacobian.

    Examples
    --------
    >>> grad_probabilities([[0.25, 0.75]], [0])
    array([[-4.,  0.]])
    """
    p = check_array("p", p, ndim=2)
    check_finite(p=p)
    y = check_labels("y", y, B=len(p), K=p.shape[1])
    rows = np.arange(len(y))
    p_y = p[rows, y]
    if not (p_y > 0).all():
        i = int(np.argmin(p_y > 0))
        raise ValueError(f"p must be above 0 at every label, got {p_y[i]} in row {i}")
    dp = np.zeros_like(p)
    with np.errstate(over="ignore"):
        dp[rows, y] = -1 / p_y / len(p)
    if not is_finite(dp):
        i = int(np.argmin(p_y))
        raise ValueError(
            f"p must be so large at every label that 1/p does not overflow, got {p_y[i]} in row {i}"
        )
    return dp


def grad_logits(h: ArrayLike, y: ArrayLike) -> Array:
    r"""Gradient of the mean loss with respect to the **logits**: ``(softmax(h) - Y) / B``.

    Parameters
    ----------
    h : (B, K) array of float32 or float64
        Logits.
    y : (B,) array of integers in 0 .. K-1
        Labels.

    Returns
    -------
    (B, K) array, dtype of `h`
        ``dh``, in nats.

    Raises
    ------
    ValueError
        If the largest logit of a row is not finite.

    Notes
    -----
    :math:`\partial L/\partial h = (p - Y)/B`, predicted minus true.  Each row sums to 0, which
    the code uses: the label's entry :math:`p_y - 1` is computed as minus the sum of the other
    probabilities, so that it keeps its digits where :math:`p_y` is close to 1.

    Examples
    --------
    >>> grad_logits([[0.0, 0.0], [0.0, 40.0]], [0, 1])
    array([[-2.50000000e-01,  2.50000000e-01],
           [ 2.12417713e-18, -2.12417713e-18]])
    """
    h = check_array("h", h, ndim=2)
    y = check_labels("y", y, B=len(h), K=h.shape[1])
    rows = np.arange(len(y))
    dh = softmax(h)
    dh[rows, y] = 0
    dh[rows, y] = 0 - dh.sum(axis=1)  # p_y - 1
    dh /= len(h)
    return dh
