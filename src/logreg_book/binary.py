"""The binary model: one score per example, one sigmoid, parameters ``w`` and ``b``.

It is the model with two outputs in other coordinates: ``w`` is the difference of the two
columns of ``W``, and ``b`` that of the two biases.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from logreg_book._check import (
    check_array,
    check_dtype,
    check_finite,
    check_labels,
    is_finite,
    overflow_names,
    raise_overflow,
)
from logreg_book._types import Array
from logreg_book.probability import sigmoid

__all__ = ["binary_cross_entropy", "binary_hessian", "binary_loss_and_gradients"]


def binary_cross_entropy(z: ArrayLike, y: ArrayLike) -> float:
    r"""Mean binary cross-entropy, given scores: ``mean(log(1 + exp(z)) - y * z)``.

    Parameters
    ----------
    z : (B,) array of float32 or float64
        **Scores**, the log-odds of class 1; not probabilities.
    y : (B,) array of integers 0 or 1
        Labels.

    Returns
    -------
    float
        The mean loss in nats, at least 0.

    Notes
    -----
    The loss of an example is :math:`-\log\sigma(z)` for class 1 and
    :math:`-\log(1-\sigma(z))` for class 0.  Since :math:`1-\sigma(z) = \sigma(-z)`, both are
    :math:`\log(1 + e^{-a})`, where the margin :math:`a` is :math:`z` for class 1 and
    :math:`-z` for class 0.

    Examples
    --------
    >>> binary_cross_entropy([40.0, -800.0], [1, 1])
    400.0
    """
    z = check_array("z", z, ndim=1)
    y = check_labels("y", y, B=len(z), K=2)
    check_finite(z=z)
    margin = np.where(y == 1, z, -z)
    with np.errstate(over="ignore"):
        loss = float(np.logaddexp(0, -margin).mean())
    if not np.isfinite(loss):
        raise_overflow(z=z)
    return loss


def binary_loss_and_gradients(
    X: ArrayLike, y: ArrayLike, w: ArrayLike, b: float
) -> tuple[float, Array, float]:
    r"""Mean loss and its gradients with respect to ``w`` and ``b``.

    Parameters
    ----------
    X : (B, d) array of float32 or float64
        Inputs.
    y : (B,) array of integers 0 or 1
        Labels.
    w : (d,) array, dtype of `X`
        Weights.
    b : float
        Bias.

    Returns
    -------
    loss : float
        Mean binary cross-entropy in nats.
    dw : (d,) array, dtype of `X`
        Gradient with respect to the weights.
    db : float
        Gradient with respect to the bias.

    Raises
    ------
    ValueError
        If a score, the loss or a gradient overflows.

    Notes
    -----
    :math:`\partial L/\partial w = \frac1B X^\top(\sigma(z) - y)`.  For class 1 the residual
    :math:`\sigma(z) - 1` is computed as :math:`-\sigma(-z)`, which keeps its digits.

    Examples
    --------
    >>> loss, dw, db = binary_loss_and_gradients([[2.0]], [1], [0.0], 0.0)
    >>> round(loss, 4), dw, db
    (0.6931, array([-1.]), -0.5)
    """
    X, w, c, z = _scores(X, w, b)
    y = check_labels("y", y, B=len(z), K=2)
    with overflow_names(X=X, w=w, b=c):
        loss = binary_cross_entropy(z, y)
    sign = np.where(y == 1, -1, 1).astype(X.dtype)
    dz = sign * sigmoid(sign * z) / len(z)  # (sigmoid(z) - y) / B
    with np.errstate(over="ignore", invalid="ignore"):
        dw = X.T @ dz
    if not is_finite(dw):
        raise_overflow(X=X)
    return loss, dw, float(dz.sum())


def binary_hessian(X: ArrayLike, w: ArrayLike, b: float) -> Array:
    r"""Second derivatives of the mean loss with respect to ``(w, b)``, ``b`` last.

    Parameters
    ----------
    X, w, b
        Inputs and parameters, as for `binary_loss_and_gradients`.

    Returns
    -------
    (d + 1, d + 1) array, dtype of `X`
        Symmetric, and positive semidefinite up to rounding.

    Raises
    ------
    ValueError
        If a score or an entry overflows.

    Notes
    -----
    :math:`\nabla^2 L = \frac1B \tilde X^\top S \tilde X` with :math:`S` the diagonal matrix of
    :math:`\sigma(z_i)(1-\sigma(z_i))`, and :math:`\tilde X` the inputs with a column of ones.

    Examples
    --------
    >>> binary_hessian([[2.0]], [0.0], 0.0)
    array([[1.  , 0.5 ],
           [0.5 , 0.25]])
    """
    X, _, _, z = _scores(X, w, b)
    x = np.column_stack([X, np.ones(len(X), X.dtype)])
    s = sigmoid(z) * sigmoid(-z)
    with np.errstate(over="ignore", invalid="ignore"):
        H: Array = x.T @ (s[:, np.newaxis] * x) / len(x)
    if not is_finite(H):
        raise_overflow(X=X)
    return H


def _scores(X: ArrayLike, w: ArrayLike, b: float) -> tuple[Array, Array, Array, Array]:
    """Inputs and parameters as arrays, and the scores ``X @ w + b``."""
    X, w = check_array("X", X, ndim=2), check_array("w", w, ndim=1)
    c = check_array("b", b, ndim=0, scalar_ok=True)
    if len(w) != X.shape[1]:
        raise ValueError(f"w must have shape ({X.shape[1]},), one per column of X, got {w.shape}")
    check_dtype("w", w, like=("X", X))
    check_finite(w=w, b=c)
    with np.errstate(over="ignore", invalid="ignore"):
        z: Array = X @ w + c.astype(X.dtype)
    if not is_finite(z):
        raise_overflow(X=X, w=w, b=c)
    return X, w, c, z
