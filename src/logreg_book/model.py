"""The model with K outputs: linear logits, what they predict, the loss and its gradients."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from logreg_book._check import (
    as_dtype,
    check_array,
    check_batch,
    check_dtype,
    check_int,
    check_parameters,
    check_rng,
    is_finite,
    overflow_names,
    raise_overflow,
)
from logreg_book._types import Array, Indices
from logreg_book.losses import cross_entropy, grad_logits
from logreg_book.probability import softmax_jacobian

__all__ = [
    "accuracy",
    "batch_loss",
    "grad_parameters",
    "hessian",
    "init_parameters",
    "logits",
    "loss_and_gradients",
    "predict",
]


def init_parameters(
    d: int, K: int, *, rng: np.random.Generator | None = None, dtype: DTypeLike = np.float64
) -> tuple[Array, Array]:
    """Initial parameters: ``zeros((d, K)), zeros(K)``, or random weights.

    Parameters
    ----------
    d, K : int
        Inputs and classes, at least 1.
    rng : numpy.random.Generator, optional
        Draws the weights from the standard normal distribution; without it they are 0.
    dtype : dtype, optional
        `numpy.float64` or `numpy.float32`.

    Returns
    -------
    W : (d, K) array
        Weights.
    b : (K,) array
        Biases, all 0.

    Notes
    -----
    Zero is a good start here, because the loss is convex.  In a network with a hidden layer it
    would not be: all hidden units would stay equal for ever.

    Examples
    --------
    >>> init_parameters(2, 3)
    (array([[0., 0., 0.],
           [0., 0., 0.]]), array([0., 0., 0.]))
    """
    shape, dtype = (check_int("d", d), check_int("K", K)), as_dtype("dtype", dtype)
    if dtype not in (np.float32, np.float64):
        raise TypeError(f"dtype must be float32 or float64, got {dtype}")
    W = np.zeros(shape) if rng is None else check_rng("rng", rng).standard_normal(shape)
    return W.astype(dtype), np.zeros(K, dtype)


def logits(X: ArrayLike, W: ArrayLike, b: ArrayLike) -> Array:
    r"""Score of each class for each example: ``X @ W + b``.

    Parameters
    ----------
    X : (B, d) array of float32 or float64
        Inputs.
    W : (d, K) array, dtype of `X`
        Weights.
    b : (K,) array, dtype of `X`
        Biases.

    Returns
    -------
    (B, K) array, dtype of `X`
        Logits, dimensionless.  In memory they lie class by class, which makes sums and maxima
        over the classes fast.

    Raises
    ------
    ValueError
        If a logit overflows.

    Notes
    -----
    :math:`h = XW + b`.  The bias has one number per class, which it adds to the score of that
    class for all examples alike.

    Examples
    --------
    >>> logits([[1.0, 2.0]], [[1.0, 0.0], [0.0, 3.0]], [10.0, 20.0])
    array([[11., 26.]])
    """
    X = check_array("X", X, ndim=2)
    W, b = check_parameters(W, b, X=X)
    with np.errstate(over="ignore", invalid="ignore"):
        h: Array = np.add(X @ W, b, order="F")
    if not is_finite(h):
        raise_overflow(X=X, W=W, b=b)
    return h


def predict(X: ArrayLike, W: ArrayLike, b: ArrayLike) -> Indices:
    """Most probable class of each example: ``argmax(X @ W + b)`` along each row.

    Parameters
    ----------
    X, W, b : arrays
        Inputs and parameters, as for `logits`.

    Returns
    -------
    (B,) array of integers
        Predicted labels, 0 .. K-1; the lower one if two classes are equally probable.

    Notes
    -----
    The softmax is not needed: it increases with each logit's lead, so the largest logit and
    the largest probability belong to the same class.

    Examples
    --------
    >>> predict([[-1.0], [2.0]], [[0.0, 1.0]], [0.0, 0.0])
    array([0, 1])
    """
    labels: Indices = logits(X, W, b).argmax(axis=1)
    return labels


def accuracy(X: ArrayLike, y: ArrayLike, W: ArrayLike, b: ArrayLike) -> float:
    """Share of correct predictions: ``mean(predict(X, W, b) == y)``.

    Parameters
    ----------
    X, W, b : arrays
        Inputs and parameters, as for `logits`.
    y : (B,) array of integers in 0 .. K-1
        Labels.

    Returns
    -------
    float
        From 0 to 1.

    Notes
    -----
    Compare it with the share of the most frequent class, which a model reaches that ignores
    its input.

    Examples
    --------
    >>> accuracy([[-1.0], [2.0]], [1, 1], [[0.0, 1.0]], [0.0, 0.0])
    0.5
    """
    X, y, W, b = check_batch(X, y, W, b)
    return float(np.mean(predict(X, W, b) == y))


def batch_loss(X: ArrayLike, y: ArrayLike, W: ArrayLike, b: ArrayLike) -> float:
    r"""Mean loss of parameters on data: ``cross_entropy(logits(X, W, b), y)``.

    Parameters
    ----------
    X, W, b : arrays
        Inputs and parameters, as for `logits`.
    y : (B,) array of integers in 0 .. K-1
        Labels.

    Returns
    -------
    float
        The mean loss in nats.

    Notes
    -----
    :math:`L = -\frac1B\sum_i \log p_{i,y_i}`.  Parameters that are all 0 give every class the
    same probability, which costs :math:`\log K` nats.

    Examples
    --------
    >>> round(batch_loss([[1.0], [2.0]], [0, 1], [[0.0, 0.0]], [0.0, 0.0]), 4)
    0.6931
    """
    X, y, W, b = check_batch(X, y, W, b)
    with overflow_names(X=X, W=W, b=b):
        return cross_entropy(logits(X, W, b), y)


def grad_parameters(X: ArrayLike, dh: ArrayLike) -> tuple[Array, Array]:
    r"""Gradients with respect to the parameters: ``X.T @ dh`` and ``dh.sum(axis=0)``.

    Parameters
    ----------
    X : (B, d) array of float32 or float64
        Inputs.
    dh : (B, K) array, dtype of `X`
        Gradient with respect to the logits, from `grad_logits`.

    Returns
    -------
    dW : (d, K) array, dtype of `X`
        Gradient with respect to the weights.
    db : (K,) array, dtype of `X`
        Gradient with respect to the biases.

    Raises
    ------
    ValueError
        If a gradient overflows.

    Notes
    -----
    :math:`\partial L/\partial W = X^\top \partial L/\partial h` and
    :math:`\partial L/\partial b = \sum_i \partial L/\partial h_i`.  The bias is the weight of
    an input that is always 1.  The sum runs over examples only: over the classes as well it
    would always be 0.

    Examples
    --------
    >>> grad_parameters([[1.0], [2.0]], [[-0.25, 0.25], [0.25, -0.25]])
    (array([[ 0.25, -0.25]]), array([0., 0.]))
    """
    X, dh = check_array("X", X, ndim=2), check_array("dh", dh, ndim=2)
    if len(X) != len(dh):
        raise ValueError(f"dh must have shape ({len(X)}, K), one row per example, got {dh.shape}")
    check_dtype("dh", dh, like=("X", X))
    with np.errstate(over="ignore", invalid="ignore"):
        dW, db = X.T @ dh, dh.sum(axis=0)
    if not (is_finite(dW) and is_finite(db)):
        raise_overflow(X=X, dh=dh)
    return dW, db


def loss_and_gradients(
    X: ArrayLike, y: ArrayLike, W: ArrayLike, b: ArrayLike
) -> tuple[float, Array, Array]:
    r"""Mean loss and its gradients with respect to the parameters.

    Parameters
    ----------
    X, W, b : arrays
        Inputs and parameters, as for `logits`.
    y : (B,) array of integers in 0 .. K-1
        Labels.

    Returns
    -------
    loss : float
        Mean cross-entropy in nats.
    dW : (d, K) array, dtype of `X`
        Gradient with respect to the weights.
    db : (K,) array, dtype of `X`
        Gradient with respect to the biases.

    Notes
    -----
    :math:`\partial L/\partial W = \frac1B X^\top(p - Y)`.  The factor 1/B belongs to the loss,
    and so to each gradient, exactly once.

    References
    ----------
    D. Böhning, "Multinomial logistic regression algorithm", Annals of the Institute of
    Statistical Mathematics 44 (1992), doi:10.1007/BF00048682.

    Examples
    --------
    >>> loss, dW, db = loss_and_gradients([[2.0]], [0], [[0.0, 0.0]], [0.0, 0.0])
    >>> round(loss, 4), dW, db
    (0.6931, array([[-1.,  1.]]), array([-0.5,  0.5]))
    """
    X, y, W, b = check_batch(X, y, W, b)
    with overflow_names(X=X, W=W, b=b):
        h = logits(X, W, b)
        loss = cross_entropy(h, y)
        dW, db = grad_parameters(X, grad_logits(h, y))
    return loss, dW, db


def hessian(X: ArrayLike, W: ArrayLike, b: ArrayLike) -> Array:
    r"""Second derivatives of the mean loss with respect to all parameters.

    The parameters are ordered as in ``np.vstack([W, b]).ravel()``: the bias is the weight of an
    input that is always 1.  With ``x`` one row of ``np.column_stack([X, ones])`` and ``J`` the
    softmax Jacobian there, an example contributes ``kron(outer(x, x), J) / B``.

    Parameters
    ----------
    X, W, b : arrays
        Inputs and parameters, as for `logits`.

    Returns
    -------
    ((d + 1) * K, (d + 1) * K) array, dtype of `X`
        Symmetric, and positive semidefinite up to rounding.

    Raises
    ------
    ValueError
        If an entry overflows.

    Notes
    -----
    :math:`\nabla^2 L = \frac1B\sum_i \tilde x_i \tilde x_i^\top \otimes
    (\mathrm{diag}(p_i) - p_i p_i^\top)`.  Both factors are positive semidefinite, so the
    loss is convex.  The labels do not appear in it.

    References
    ----------
    D. Böhning, "Multinomial logistic regression algorithm", Annals of the Institute of
    Statistical Mathematics 44 (1992), doi:10.1007/BF00048682.

    Examples
    --------
    >>> hessian([[2.0]], [[0.0, 0.0]], [0.0, 0.0])[:2, :2]
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    X = check_array("X", X, ndim=2)
    J = softmax_jacobian(logits(X, W, b))
    x = np.column_stack([X, np.ones(len(X), X.dtype)])
    n, K = x.shape[1], J.shape[1]
    H = np.empty((n, K, n, K), X.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        for j, k in np.ndindex(K, K):
            H[:, j, :, k] = x.T @ (J[:, j, k, np.newaxis] * x) / len(x)
    if not is_finite(H):
        raise_overflow(X=X)
    return H.reshape(n * K, n * K)
