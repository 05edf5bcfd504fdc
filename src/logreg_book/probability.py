"""Probabilities from logits, and the derivative of that step.

All functions work along the last axis, and keep float32 and float64 as they are.  Complex
logits pass through, so that `complex_step` can differentiate them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from logreg_book._check import check_array, check_not_nan, is_finite, raise_overflow
from logreg_book._types import Array

__all__ = ["log_softmax", "logsumexp", "sigmoid", "softmax", "softmax_jacobian"]


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

    Notes
    -----
    :math:`\log\sum_k e^{h_k} = m + \log\sum_k e^{h_k - m}` for every :math:`m`; with the
    largest logit as :math:`m`, no exponential exceeds 1.  One term of the sum is then exactly
    1, which is why ``log1p`` of the *other* terms keeps their digits even when they are tiny.
    The gradient of log-sum-exp is the softmax.  Shifting all logits by a number shifts
    log-sum-exp by that number (it is *equivariant*), whereas the softmax is *invariant*.

    References
    ----------
    P. Blanchard, D. J. Higham, N. J. Higham, "Accurately computing the log-sum-exp
    and softmax functions", IMA Journal of Numerical Analysis 41 (2021),
    doi:10.1093/imanum/draa038.

    Examples
    --------
    >>> logsumexp([[0.0, 1000.0], [0.0, -40.0]])
    array([1.00000000e+03, 4.24835426e-18])
    """
    h = check_array("h", h, complex_ok=True)
    check_not_nan("h", h)
    m = h.max(axis=-1, keepdims=True)
    limit = np.isinf(m)  # all -inf gives -inf, any inf gives inf
    with np.errstate(over="ignore"):  # a gap that overflows is a term of 0
        s = np.where(limit, 0, h) - np.where(limit, 0, m)
        total: Array = m[..., 0] + np.log1p(_sum_of_others(s))
    return total


def softmax(h: ArrayLike) -> Array:
    r"""Probabilities from logits: ``exp(h) / sum(exp(h))``, without overflow.

    Parameters
    ----------
    h : (..., K) array of float32 or float64
        Logits; a class may have ``-inf``, which gives it probability 0.

    Returns
    -------
    (..., K) array, dtype of `h`
        Probabilities: at least 0, and up to rounding they sum to 1 along the last axis.

    Raises
    ------
    ValueError
        If the largest logit of a row is ``inf`` or ``-inf``: then no probabilities are defined.

    Notes
    -----
    :math:`p_k = e^{h_k} / \sum_j e^{h_j}`.  Adding one number to all logits of a row changes
    nothing, which is what makes it safe to subtract the largest one first.

    References
    ----------
    J. S. Bridle, "Probabilistic interpretation of feedforward classification network
    outputs", Neurocomputing, NATO ASI F68 (1990), doi:10.1007/978-3-642-76153-9_28.

    Examples
    --------
    >>> softmax([0.0, np.log(3.0)]).round(2)
    array([0.25, 0.75])
    """
    h = check_array("h", h, complex_ok=True)
    e = np.exp(_subtract_largest(h))
    p: Array = e / e.sum(axis=-1, keepdims=True)
    return p


def log_softmax(h: ArrayLike) -> Array:
    r"""Logarithm of the softmax: ``h - logsumexp(h)``, accurate where a probability is 0 or 1.

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
    ValueError
        If the largest logit of a row is ``inf`` or ``-inf``, or the distance of two logits
        overflows.

    Notes
    -----
    :math:`\log p_k = (h_k - m) - \log\sum_j e^{h_j - m}`, where :math:`m` is the largest logit.
    It is subtracted from *both* terms and never added back, because adding a large number and
    subtracting it again would lose the digits in between.

    Examples
    --------
    >>> log_softmax([[0.0, 1000.0], [1e16, 1e16]])
    array([[-1.00000000e+03,  0.00000000e+00],
           [-6.93147181e-01, -6.93147181e-01]])
    """
    h = check_array("h", h, complex_ok=True)
    s = _subtract_largest(h)
    if not is_finite(s) and (np.isinf(s) & np.isfinite(h)).any():
        raise_overflow(h=np.where(np.isfinite(h), h, 0))
    log_p: Array = s - np.log1p(_sum_of_others(s))[..., np.newaxis]
    return log_p


def _subtract_largest(h: Array) -> Array:
    """Each row minus its largest logit, which must be finite.

    The largest complex logit is the one with the largest real part, so that a complex step
    passes.
    """
    m = h.max(axis=-1, keepdims=True)
    if not is_finite(m):
        row = tuple(int(i) for i in np.argwhere(~np.isfinite(m[..., 0]))[0])
        raise ValueError(
            "h must have a finite largest logit in every row "
            f"(no NaN, no inf, not all -inf), got {h[row]} in row {row}"
        )
    with np.errstate(over="ignore"):
        s: Array = h - m
    return s


def _sum_of_others(s: Array) -> Array:
    """Sum of ``exp(s)`` along each row without its largest term, which is ``exp(0) = 1``."""
    largest = s == 0  # several, if there is a tie
    n_largest = largest.sum(axis=-1, dtype=s.dtype)
    total: Array = np.where(largest, 0, np.exp(s)).sum(axis=-1) + (n_largest - 1)
    return total


def sigmoid(z: ArrayLike) -> Array:
    r"""Probability from one score: ``1 / (1 + exp(-z))``, without overflow.

    Parameters
    ----------
    z : number or array of float32 or float64
        Scores, the log-odds of class 1; ``-inf`` and ``inf`` are allowed.

    Returns
    -------
    array, shape and dtype of `z`
        Probabilities of class 1.

    Notes
    -----
    :math:`\sigma(z) = 1/(1+e^{-z})`, and :math:`\sigma' = \sigma(1-\sigma)`.  It is the softmax
    with two outputs: :math:`\mathrm{softmax}(h)_1 = \sigma(h_1 - h_0)`.

    References
    ----------
    D. R. Cox, "The regression analysis of binary sequences", Journal of the Royal
    Statistical Society B 20 (1958), doi:10.1111/j.2517-6161.1958.tb00292.x.

    Examples
    --------
    >>> sigmoid([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """
    z = check_array("z", z, scalar_ok=True, complex_ok=True)
    check_not_nan("z", z)
    positive = z.real >= 0
    e = np.exp(np.where(positive, -z, z))  # at most 1
    p: Array = np.where(positive, 1, e) / (1 + e)
    return p[()]  # a number for a number


def softmax_jacobian(h: ArrayLike) -> Array:
    r"""Derivative of each probability with respect to each logit: ``diag(p) - outer(p, p)``.

    Parameters
    ----------
    h : (..., K) array of float32 or float64
        Logits, as for `softmax`.

    Returns
    -------
    (..., K, K) array, dtype of `h`
        Entry ``[..., j, k]`` is the derivative of ``p[..., j]`` with respect to ``h[..., k]``.

    Notes
    -----
    :math:`\partial p_j/\partial h_k = p_j(\delta_{jk} - p_k)`.  Each row sums to 0, because a
    shift of all logits changes no probability, and so does each column, because the
    probabilities always sum to 1.

    Examples
    --------
    >>> softmax_jacobian([0.0, 0.0])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    p = softmax(h)
    J: Array = 0 - p[..., :, np.newaxis] * p[..., np.newaxis, :]  # 0 - 0 is 0, whereas -0 is -0
    k = np.arange(p.shape[-1])
    J[..., k, k] = 0
    J[..., k, k] = 0 - J.sum(axis=-1)  # p_k (1 - p_k) without cancellation, since rows sum to 0
    return J
