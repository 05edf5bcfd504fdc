"""Update rules: one pure function each, parameters in, parameters out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from logreg_book import _validate
from logreg_book._validate import Array

__all__ = ["sgd_step"]


def sgd_step(
    W: ArrayLike, b: ArrayLike, dW: ArrayLike, db: ArrayLike, *, eta: float
) -> tuple[Array, Array]:
    r"""One step against the gradient: ``W - eta * dW`` and ``b - eta * db``.

    Gradient descent, minibatch and stochastic gradient descent take the same step.
    They differ in the examples that the gradient was computed from.

    Parameters
    ----------
    W : (d, K) array of float32 or float64
        Weights.
    b : (K,) array, dtype of `W`
        Biases.
    dW : (d, K) array, dtype of `W`
        Gradient by the weights.
    db : (K,) array, dtype of `W`
        Gradient by the biases.
    eta : float
        Learning rate, above 0; in units of parameter per unit of gradient.

    Returns
    -------
    W : (d, K) array, dtype of `W`
        New weights.
    b : (K,) array, dtype of `W`
        New biases.

    Raises
    ------
    TypeError, ValueError
        If a gradient has not its parameter's shape or dtype, a number is not finite, `eta`
        is not above 0, or the step overflows.

    Notes
    -----
    :math:`\theta \leftarrow \theta - \eta\,\partial L/\partial\theta`.  Both gradients were
    computed at the old parameters; the arguments are left as they were.

    References
    ----------
    H. Robbins, S. Monro, "A stochastic approximation method", Annals of Mathematical
    Statistics 22 (1951), doi:10.1214/aoms/1177729586.

    Examples
    --------
    >>> sgd_step([[1.0, 2.0]], [0.0, 0.0], [[-1.0, 1.0]], [-0.5, 0.5], eta=0.5)
    (array([[1.5, 1.5]]), array([ 0.25, -0.25]))
    """
    eta = _validate.positive("eta", eta)
    W, b = _validate.parameters(W, b)
    dW, db = _validate.array("dW", dW, ndim=2), _validate.array("db", db, ndim=1)
    for name, gradient, parameter in (("dW", dW, W), ("db", db, b)):
        if gradient.shape != parameter.shape:
            need = f"{name} must have shape {parameter.shape} as {name[1:]} has"
            raise ValueError(f"{need}, got {gradient.shape}")
        if gradient.dtype != parameter.dtype:
            need = f"{name} must be {parameter.dtype} as {name[1:]} is"
            raise TypeError(f"{need}, got dtype {gradient.dtype}")
    new_W, new_b = _sgd_step(W, b, dW, db, eta)
    if not (_validate.is_finite(new_W) and _validate.is_finite(new_b)):
        _validate.finite(W=W, b=b, dW=dW, db=db)
        raise ValueError(f"eta must be smaller, got {eta}: the step overflows {W.dtype}")
    return new_W, new_b


@np.errstate(over="ignore", invalid="ignore")  # the result says whether a number was too large
def _sgd_step(W: Array, b: Array, dW: Array, db: Array, eta: float) -> tuple[Array, Array]:
    """`sgd_step` of arguments that were checked before."""
    return W - eta * dW, b - eta * db
