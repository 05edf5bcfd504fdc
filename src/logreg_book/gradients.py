"""The gradients of the mean cross-entropy, one factor of the chain rule at a time.

``p`` comes from ``h`` and ``h`` from ``W`` and ``b``.  Each function says by what it
differentiates: the gradient by the logits is ``(p - Y) / B``, the gradient by the
probabilities is ``-Y / (p * B)``, and the softmax Jacobian lies between.
"""

from __future__ import annotations

from math import isfinite

import numpy as np
from numpy.typing import ArrayLike

from logreg_book import _validate
from logreg_book._validate import Array, Indices
from logreg_book.activations import logits, softmax, softmax_jacobian
from logreg_book.losses import _loss_and_errors, _rows, one_hot

__all__ = [
    "grad_logits",
    "grad_parameters",
    "grad_probabilities",
    "hessian",
    "loss_and_gradients",
]


def grad_probabilities(p: ArrayLike, y: ArrayLike) -> Array:
    r"""Gradient of the mean loss by the **probabilities**: ``-Y / (p * B)``.

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
    TypeError, ValueError
        If shapes, dtypes or label range do not fit, the batch is empty, a number is not
        finite, or a label has a probability that is not above 0.

    Notes
    -----
    :math:`\partial L/\partial p_{ik} = -Y_{ik}/(p_{ik}B)`.  Only the label's probability
    enters the loss, so only its derivative differs from 0.

    Examples
    --------
    >>> grad_probabilities([[0.25, 0.75]], [0])
    array([[-4., -0.]])
    """
    p = _validate.array("p", p, ndim=2)
    _validate.finite(p=p)
    y = _validate.labels("y", y, B=len(p), K=p.shape[1])
    p_y = p[np.arange(len(y)), y]
    if not (p_y > 0).all():
        i = int(np.argmin(p_y > 0))
        raise ValueError(f"p must be above 0 at every label, got {p_y[i]} in row {i}")
    dp = np.zeros_like(p)
    dp[np.arange(len(y)), y] = 1 / (p_y * len(p))
    return -dp


def grad_logits(h: ArrayLike, y: ArrayLike) -> Array:
    r"""Gradient of the mean loss by the **logits**: ``(softmax(h) - Y) / B``.

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
    TypeError, ValueError
        If shapes, dtypes or label range do not fit, the batch is empty, or the
        largest logit of a row is not finite.

    Notes
    -----
    :math:`\partial L/\partial h = (p - Y)/B`.  What was predicted less what was true: it
    adds up to 0 along each row and vanishes where the prediction is certain and right.

    Examples
    --------
    >>> grad_logits([[0.0, 0.0], [0.0, 0.0]], [0, 1])
    array([[-0.25,  0.25],
           [ 0.25, -0.25]])
    """
    h = _validate.array("h", h, ndim=2)
    Y = one_hot(_validate.labels("y", y, B=len(h), K=h.shape[1]), h.shape[1], dtype=h.dtype)
    dh: Array = (softmax(h) - Y) / len(h)
    return dh


def grad_parameters(X: ArrayLike, dh: ArrayLike) -> tuple[Array, Array]:
    r"""Gradients by the parameters, from that by the logits: ``X.T @ dh`` and ``dh.sum(axis=0)``.

    Parameters
    ----------
    X : (B, d) array of float32 or float64
        Inputs.
    dh : (B, K) array, dtype of `X`
        Gradient by the logits, as `grad_logits` gives it.

    Returns
    -------
    dW : (d, K) array, dtype of `X`
        Gradient by the weights.
    db : (K,) array, dtype of `X`
        Gradient by the biases.

    Raises
    ------
    TypeError, ValueError
        If shapes or dtypes do not fit, the batch is empty, or a number is not finite.

    Notes
    -----
    :math:`\partial L/\partial W = X^\top \partial L/\partial h` and
    :math:`\partial L/\partial b = \sum_i \partial L/\partial h_i`.  The bias is the weight of
    an input that is always 1.  The sum runs over examples only: over classes it is always 0.

    Examples
    --------
    >>> dW, db = grad_parameters([[1.0], [2.0]], [[-0.25, 0.25], [0.25, -0.25]])
    >>> dW, db
    (array([[ 0.25, -0.25]]), array([0., 0.]))
    """
    X, dh = _validate.array("X", X, ndim=2), _validate.array("dh", dh, ndim=2)
    _validate.finite(X=X, dh=dh)
    if len(X) != len(dh):
        raise ValueError(f"dh must have {len(X)} row(s) as X has, got shape {dh.shape}")
    if X.dtype != dh.dtype:
        raise TypeError(f"dh must be {X.dtype} as X is, got dtype {dh.dtype}")
    return X.T @ dh, dh.sum(axis=0)


def loss_and_gradients(
    X: ArrayLike, y: ArrayLike, W: ArrayLike, b: ArrayLike
) -> tuple[float, Array, Array]:
    r"""Mean loss and its gradients by the parameters, in one pass over the data.

    The definition as code, which the function computes block by block so that its
    memory beyond the input does not grow with B::

        h = logits(X, W, b)
        loss = cross_entropy(h, y)
        dW, db = grad_parameters(X, grad_logits(h, y))

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
    loss : float
        Mean cross-entropy in nats.
    dW : (d, K) array, dtype of `X`
        Gradient by the weights.
    db : (K,) array, dtype of `X`
        Gradient by the biases.

    Raises
    ------
    TypeError, ValueError
        If shapes, dtypes or label range do not fit, the batch is empty, or a
        number is not finite.

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
    X, y, W, b = _validate.problem(X, y, W, b)
    loss, dW, db = _loss_and_gradients(X, y, W, b)
    if not (isfinite(loss) and _validate.is_finite(dW)):
        _validate.overflow(X, W, b)
    return loss, dW, db


@np.errstate(over="ignore", invalid="ignore")  # the result says whether a number was too large
def _loss_and_gradients(X: Array, y: Indices, W: Array, b: Array) -> tuple[float, Array, Array]:
    """`loss_and_gradients` of arguments that were checked before."""
    loss, dW, db = _sums(X, y, W, b)
    return loss / len(X), *_means(dW, db, len(X))


def _gradients(X: Array, y: Indices, W: Array, b: Array) -> tuple[Array, Array]:
    """The same without the loss, for a step that nobody watches."""
    _, dW, db = _sums(X, y, W, b, loss=False)
    return _means(dW, db, len(X))


def _sums(
    X: Array, y: Indices, W: Array, b: Array, *, loss: bool = True
) -> tuple[float, Array, Array]:
    """Loss and gradients, added up over examples; of two classes the second one's alone."""
    rows = _rows(*W.shape)
    total, errors = _loss_and_errors(X[:rows], y[:rows], W, b, loss=loss)
    dW, db = X[:rows].T.dot(errors.T), errors.sum(axis=-1)
    for start in range(rows, len(X), rows):
        block = slice(start, start + rows)
        more = _sums(X[block], y[block], W, b, loss=loss)
        total, dW, db = total + more[0], dW + more[1], db + more[2]
    return total, dW, db


def _means(dW: Array, db: Array, B: int) -> tuple[Array, Array]:
    """The sums over the batch's size; what one of two classes gains, the other loses."""
    if dW.ndim == 2:
        return dW / B, db / B
    sides = np.array([[-1 / B, 1 / B]], dW.dtype)
    return dW[:, np.newaxis].dot(sides), db * sides[0]


def hessian(X: ArrayLike, W: ArrayLike, b: ArrayLike) -> Array:
    r"""Second derivatives of the mean loss by all parameters.

    The parameters are ordered as in ``np.vstack([W, b]).ravel()``: the bias is the
    weight of an input that is always 1.  With one row ``x`` of ``np.c_[X, ones]`` and its
    softmax Jacobian ``J``, an example contributes ``kron(outer(x, x), J) / B``.

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
    ((d + 1) * K, (d + 1) * K) array, dtype of `X`
        Symmetric; no eigenvalue is below 0 but for rounding.

    Raises
    ------
    TypeError, ValueError
        If shapes or dtypes do not fit, the batch is empty, or a number is not finite.

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
    X = _validate.array("X", X, ndim=2)
    W, b = _validate.parameters(W, b, X=X)
    _validate.finite(W=W, b=b)
    n, K = X.shape[1] + 1, len(b)
    H = np.zeros((n, K, n, K), dtype=X.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        rows = _rows(n, K * K + n)
        for start in range(0, len(X), rows):
            block = X[start : start + rows]
            x = np.column_stack([block, np.ones(len(block), dtype=X.dtype)])
            J = softmax_jacobian(logits(block, W, b))
            for j, k in np.ndindex(K, K):
                H[:, j, :, k] += x.T @ (J[:, j, k, np.newaxis] * x)
    if not np.isfinite(H).all():
        _validate.overflow(X, W, b)
    H /= len(X)
    return H.reshape(n * K, n * K)
