"""Logits, and what turns them into probabilities.

All functions keep float32 and float64 as they are.  Those of logits work along the last
axis and pass complex numbers through, so that a complex step can differentiate them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from logreg_book import _validate
from logreg_book._validate import Array

__all__ = ["log_softmax", "logits", "logsumexp", "sigmoid", "softmax", "softmax_jacobian"]


def logits(X: ArrayLike, W: ArrayLike, b: ArrayLike) -> Array:
    r"""Scores of each class for each example: ``X @ W + b``.

    Parameters
    ----------
    X : (B, d) array of float32 or float64
        Inputs, one row an example.
    W : (d, K) array, dtype of `X`
        Weights.
    b : (K,) array, dtype of `X`
        Biases.

    Returns
    -------
    (B, K) array, dtype of `X`
        Logits, dimensionless.  They are stored class after class, so that sums
        and maxima over the classes of all examples run along contiguous memory.

    Raises
    ------
    TypeError, ValueError
        If shapes or dtypes do not fit, a batch is empty, or a number is not finite.

    Notes
    -----
    :math:`h = XW + b`.  The bias has one number a class: it moves a class's
    score for all examples alike.

    Examples
    --------
    >>> logits([[1.0, 2.0]], [[1.0, 0.0], [0.0, 3.0]], [10.0, 20.0])
    array([[11., 26.]])
    """
    X = _validate.array("X", X, ndim=2)
    W, b = _validate.parameters(W, b, X=X)
    _validate.finite(W=W, b=b)
    with np.errstate(over="ignore", invalid="ignore"):
        h: Array = W.T @ X.T + b[:, np.newaxis]
    if not np.isfinite(h).all():
        _validate.overflow(X, W, b)
    return h.T


def logsumexp(h: ArrayLike) -> Array:
    r"""Logarithm of the sum of exponentials: ``log(sum(exp(h)))``, without overflow.

    Parameters
    ----------
    h : (..., K) array of float32 or float64
        Logits; ``-inf`` and ``inf`` are allowed.

    Returns
    -------
    (...) array, dtype of `h`
        In nats.

    Raises
    ------
    TypeError, ValueError
        If `h` is empty, not of a floating dtype, or holds NaN.

    Notes
    -----
    :math:`\log\sum_k e^{h_k} = m + \log\sum_k e^{h_k - m}` for every :math:`m`;
    with the largest logit as :math:`m` no exponential exceeds 1.  Its gradient
    is the softmax.  It follows a shift of the logits; the softmax ignores it.

    References
    ----------
    P. Blanchard, D. J. Higham, N. J. Higham, "Accurately computing the log-sum-exp
    and softmax functions", IMA Journal of Numerical Analysis 41 (2021),
    doi:10.1093/imanum/draa038.

    Examples
    --------
    >>> float(logsumexp([0.0, 1000.0]))
    1000.0
    """
    h = _validate.array("h", h, complex_=True)
    _validate.not_nan("h", h)
    m = h.real.max(axis=-1, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)  # the limits: all -inf gives -inf, any inf gives inf
    with np.errstate(divide="ignore", over="ignore"):
        total: Array = m[..., 0] + np.log(np.exp(h - m).sum(axis=-1))
    return total


def _shifted(h: ArrayLike) -> Array:
    """Logits less the largest of their row: softmax ignores a shift."""
    h = _validate.array("h", h, complex_=True)
    m = h.real.max(axis=-1, keepdims=True)
    if not np.isfinite(m).all():
        row = tuple(int(i) for i in np.argwhere(~np.isfinite(m[..., 0]))[0])
        raise ValueError(
            "h must have a finite largest logit in every row "
            f"(no NaN, no inf, not all -inf), got {h[row]} in row {row}"
        )
    with np.errstate(over="ignore"):  # a gap that overflows is a probability of 0
        shifted: Array = h - m
    return shifted


def softmax(h: ArrayLike) -> Array:
    r"""Probabilities from logits: ``exp(h) / sum(exp(h))``, without overflow.

    Parameters
    ----------
    h : (..., K) array of float32 or float64
        Logits; a class may have ``-inf``, which gives it probability 0.

    Returns
    -------
    (..., K) array, dtype of `h`
        Probabilities; they are at least 0 and add up to 1 along the last axis.

    Raises
    ------
    TypeError, ValueError
        If `h` is empty, not of a floating dtype, or the largest logit of a row
        is NaN, ``inf`` or ``-inf``: then no probabilities are defined.

    Notes
    -----
    :math:`p_k = e^{h_k} / \sum_j e^{h_j}`.  Adding one number to all logits of a
    row changes nothing; that freedom is what makes it safe to subtract the maximum.

    References
    ----------
    J. S. Bridle, "Probabilistic interpretation of feedforward classification network
    outputs", Neurocomputing, NATO ASI F68 (1990), doi:10.1007/978-3-642-76153-9_28.

    Examples
    --------
    >>> softmax([0.0, np.log(3.0)]).round(2)
    array([0.25, 0.75])
    """
    e = np.exp(_shifted(h))
    p: Array = e / e.sum(axis=-1, keepdims=True)
    return p


def log_softmax(h: ArrayLike) -> Array:
    r"""Logarithm of the softmax: ``h - logsumexp(h)``, accurate where a probability underflows.

    Parameters
    ----------
    h : (..., K) array of float32 or float64
        Logits; a class may have ``-inf``.

    Returns
    -------
    (..., K) array, dtype of `h`
        Log-probabilities in nats, at most 0.

    Raises
    ------
    TypeError, ValueError
        As for `softmax`.

    Notes
    -----
    :math:`\log p_k = h_k - \log\sum_j e^{h_j}`.  ``log(softmax(h))`` is ``-inf`` as soon
    as a probability underflows; this form stays linear in the logit.

    Examples
    --------
    >>> log_softmax([0.0, 1000.0])
    array([-1000.,     0.])
    """
    s = _shifted(h)
    log_p: Array = s - np.log(np.exp(s).sum(axis=-1, keepdims=True))
    return log_p


def sigmoid(z: ArrayLike) -> Array:
    r"""Probability from one score: ``1 / (1 + exp(-z))``, without overflow.

    Parameters
    ----------
    z : array of float32 or float64, any shape with at least one dimension
        Scores; ``-inf`` and ``inf`` are allowed.

    Returns
    -------
    array, shape and dtype of `z`
        Probabilities in [0, 1].

    Raises
    ------
    TypeError, ValueError
        If `z` is empty, not of a floating dtype, or holds NaN.

    Notes
    -----
    :math:`\sigma(z) = 1/(1+e^{-z})`.  It is the softmax with two outputs, seen from
    the second one: :math:`\mathrm{softmax}(h)_1 = \sigma(h_1 - h_0)`.

    References
    ----------
    D. R. Cox, "The regression analysis of binary sequences", Journal of the Royal
    Statistical Society B 20 (1958), doi:10.1111/j.2517-6161.1958.tb00292.x.

    Examples
    --------
    >>> sigmoid([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """
    z = _validate.array("z", z, complex_=True)
    _validate.not_nan("z", z)
    right = z.real >= 0
    e = np.exp(np.where(right, -z, z))  # never above 1
    p: Array = np.where(right, 1, e) / (1 + e)
    return p


def softmax_jacobian(h: ArrayLike) -> Array:
    r"""Derivative of each probability by each logit: ``diag(p) - outer(p, p)``.

    Parameters
    ----------
    h : (..., K) array of float32 or float64
        Logits.

    Returns
    -------
    (..., K, K) array, dtype of `h`
        Entry ``[..., j, k]`` is the derivative of ``p[..., j]`` by ``h[..., k]``.

    Raises
    ------
    TypeError, ValueError
        As for `softmax`.

    Notes
    -----
    :math:`\partial p_j/\partial h_k = p_j(\delta_{jk} - p_k)`.  Rows and columns add
    up to 0: a shift of all logits changes no probability, and the probabilities
    always add up to 1.

    Examples
    --------
    >>> softmax_jacobian([0.0, 0.0])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    p = softmax(h)
    K = p.shape[-1]
    jacobian: Array = p[..., :, np.newaxis] * (np.eye(K, dtype=p.dtype) - p[..., np.newaxis, :])
    return jacobian
