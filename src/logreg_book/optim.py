"""Update rules: each is a pure function of one array.

A rule takes a parameter array, the gradient with respect to it and the rule's own state, and
returns the new parameter and the new state.  The arguments are left as they were.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from logreg_book._check import (
    check_array,
    check_dtype,
    check_finite,
    check_positive,
    check_shape,
    is_finite,
)
from logreg_book._types import Array

__all__ = ["sgd"]


def sgd(theta: ArrayLike, grad: ArrayLike, state: Any = None, *, eta: float) -> tuple[Array, Any]:
    r"""One step against the gradient: ``theta - eta * grad``.

    Gradient descent, minibatch SGD and SGD with single examples take the same step.  They
    differ in the examples from which the gradient was computed.

    Parameters
    ----------
    theta : number or array of float32 or float64
        Parameters, for example `W` or `b`.
    grad : array, shape and dtype of `theta`
        Gradient with respect to `theta`.
    state : object, optional
        Returned as it is: this rule remembers nothing.
    eta : float
        Learning rate, above 0; in units of parameter per unit of gradient.

    Returns
    -------
    theta : array, shape and dtype of `theta`
        New parameters.
    state : object
        As given.

    Raises
    ------
    ValueError
        If the step overflows.

    Notes
    -----
    :math:`\theta \leftarrow \theta - \eta\,\partial L/\partial\theta`.  Compute the gradients
    with respect to all parameters before you update the first of them.

    References
    ----------
    H. Robbins, S. Monro, "A stochastic approximation method", Annals of Mathematical
    Statistics 22 (1951), doi:10.1214/aoms/1177729586.

    Examples
    --------
    >>> W, _ = sgd([[1.0, 2.0]], [[-1.0, 1.0]], eta=0.5)
    >>> W
    array([[1.5, 1.5]])
    """
    eta = check_positive("eta", eta)
    theta = check_array("theta", theta, scalar_ok=True)
    grad = check_array("grad", grad, scalar_ok=True)
    check_shape("grad", grad, like=("theta", theta))
    check_dtype("grad", grad, like=("theta", theta))
    with np.errstate(over="ignore", invalid="ignore"):
        new: Array = theta - eta * grad
    if not is_finite(new):
        check_finite(theta=theta, grad=grad)
        raise ValueError(f"eta must be smaller, got {eta}: the step overflows {theta.dtype}")
    return new, state
