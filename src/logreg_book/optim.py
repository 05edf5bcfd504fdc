"""Update rules: each is a pure function of one array; and Newton's step, which needs all of them.

A rule takes a parameter array, the gradient with respect to it and the rule's own state, and
returns the new parameter and the new state, which the next call takes.  The first call has no
state.  The arguments are left as they were.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from logreg_book._check import (
    check_array,
    check_dtype,
    check_finite,
    check_from_zero,
    check_int,
    check_positive,
    check_shape,
    is_finite,
    raise_overflow,
)
from logreg_book._types import Array

__all__ = ["adagrad", "adam", "adamw", "momentum", "nesterov", "newton", "rmsprop", "sgd"]


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
    eta, theta, grad = _checked(eta, theta, grad)
    with _quiet():
        return _finite(eta, theta, grad, theta - eta * grad), state


def momentum(
    theta: ArrayLike,
    grad: ArrayLike,
    state: ArrayLike | None = None,
    *,
    eta: float,
    mu: float = 0.9,
) -> tuple[Array, Array]:
    r"""One step along a fading sum of gradients: ``v = mu * v + grad``, ``theta - eta * v``.

    Parameters
    ----------
    theta : number or array of float32 or float64
        Parameters.
    grad : array, shape and dtype of `theta`
        Gradient with respect to `theta`.
    state : array, shape and dtype of `theta`, optional
        The sum `v` from the step before; zeros at the start.
    eta : float
        Learning rate, above 0.
    mu : float, optional
        What is left of an old gradient after a step: at least 0, below 1.  0 is `sgd`.

    Returns
    -------
    theta : array, shape and dtype of `theta`
        New parameters.
    state : array, shape and dtype of `theta`
        The new sum `v`.

    Raises
    ------
    ValueError
        If the step overflows.

    Notes
    -----
    :math:`v \leftarrow \mu v + g`, then :math:`\theta \leftarrow \theta - \eta v`, the form of
    ``torch.optim.SGD``: the first sum is the gradient itself, and the learning rate stays outside.
    Along a gradient that stays the same, the steps grow to :math:`1/(1-\mu)` times those of
    `sgd`; a gradient that changes its sign in each step shrinks to :math:`1/(1+\mu)`.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR
    Computational Mathematics and Mathematical Physics 4 (1964),
    doi:10.1016/0041-5553(64)90137-5.

    Examples
    --------
    >>> theta, v = momentum(1.0, 2.0, eta=0.1, mu=0.5)
    >>> theta, v = momentum(theta, 2.0, v, eta=0.1, mu=0.5)
    >>> print(theta, v)
    0.5 3.0
    """
    eta, theta, grad = _checked(eta, theta, grad)
    mu = check_from_zero("mu", mu, below=1)
    v = _remembered(state, theta)
    with _quiet():
        v = mu * v + grad
        return _finite(eta, theta, grad, theta - eta * v, v), v


def nesterov(
    theta: ArrayLike,
    grad: ArrayLike,
    state: ArrayLike | None = None,
    *,
    eta: float,
    mu: float = 0.9,
) -> tuple[Array, Array]:
    r"""One step of momentum that looks ahead: ``theta - eta * (grad + mu * v)``.

    Parameters
    ----------
    theta, grad, state, eta, mu
        As for `momentum`.

    Returns
    -------
    theta : array, shape and dtype of `theta`
        New parameters.
    state : array, shape and dtype of `theta`
        The new sum `v`.

    Raises
    ------
    ValueError
        If the step overflows.

    Notes
    -----
    :math:`v \leftarrow \mu v + g`, then :math:`\theta \leftarrow \theta - \eta(g + \mu v)`, the
    form of ``torch.optim.SGD(nesterov=True)``. Here `theta` is the point ahead: Nesterov's own
    iterate is :math:`\theta + \eta\mu v`, and his gradient is taken where its next step without a
    gradient would lead.

    References
    ----------
    I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and
    momentum in deep learning", ICML 2013, https://proceedings.mlr.press/v28/sutskever13.html.

    Examples
    --------
    >>> theta, v = nesterov(1.0, 2.0, eta=0.1, mu=0.5)
    >>> print(theta, v)
    0.7 2.0
    """
    eta, theta, grad = _checked(eta, theta, grad)
    mu = check_from_zero("mu", mu, below=1)
    v = _remembered(state, theta)
    with _quiet():
        v = mu * v + grad
        return _finite(eta, theta, grad, theta - eta * (grad + mu * v), v), v


def adagrad(
    theta: ArrayLike,
    grad: ArrayLike,
    state: ArrayLike | None = None,
    *,
    eta: float,
    eps: float = 1e-10,
    initial: float = 0.0,
) -> tuple[Array, Array]:
    r"""One step, divided by the root of the sum of all squared gradients so far.

    Parameters
    ----------
    theta : number or array of float32 or float64
        Parameters.
    grad : array, shape and dtype of `theta`
        Gradient with respect to `theta`.
    state : array, shape and dtype of `theta`, optional
        Sum `s` of all squared gradients so far, none below 0.
    eta : float
        Learning rate, above 0; in units of the parameter.
    eps : float, optional
        Keeps a parameter without a gradient from 0 / 0: above 0.
    initial : float, optional
        What the sum begins with where no state is given: at least 0.

    Returns
    -------
    theta : array, shape and dtype of `theta`
        New parameters.
    state : array, shape and dtype of `theta`
        The new sum `s`.

    Raises
    ------
    ValueError
        If the step or a squared gradient overflows.

    Notes
    -----
    :math:`s \leftarrow s + g^2`, and then
    :math:`\theta \leftarrow \theta - \eta\,g/(\sqrt s + \varepsilon)`, entry by entry. A gradient
    that is multiplied by a constant gives the same step, up to `eps`; the sum never falls, so the
    steps become shorter and shorter.

    References
    ----------
    J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 12 (2011), https://jmlr.org/papers/v12/duchi11a.html.

    Examples
    --------
    >>> theta, s = adagrad([1.0, 1.0], [3.0, -300.0], eta=0.5)
    >>> theta, s
    (array([0.5, 1.5]), array([9.e+00, 9.e+04]))
    """
    eta, theta, grad = _checked(eta, theta, grad)
    eps, initial = check_positive("eps", eps), check_from_zero("initial", initial)
    s = _remembered(state, theta, initial, least=0)
    with _quiet():
        s = s + grad**2
        return _finite(eta, theta, grad, theta - eta * grad / (np.sqrt(s) + eps), s), s


def rmsprop(
    theta: ArrayLike,
    grad: ArrayLike,
    state: ArrayLike | None = None,
    *,
    eta: float,
    rho: float = 0.99,
    eps: float = 1e-8,
) -> tuple[Array, Array]:
    r"""One step, divided by the root of a fading mean of the squared gradients.

    Parameters
    ----------
    theta : number or array of float32 or float64
        Parameters.
    grad : array, shape and dtype of `theta`
        Gradient with respect to `theta`.
    state : array, shape and dtype of `theta`, optional
        Mean `v` of the squared gradients from the step before, none below 0; zeros at the start.
    eta : float
        Learning rate, above 0; in units of the parameter.
    rho : float, optional
        What is left of an old square after a step: at least 0, below 1.
    eps : float, optional
        Keeps a parameter without a gradient from 0 / 0: above 0.

    Returns
    -------
    theta : array, shape and dtype of `theta`
        New parameters.
    state : array, shape and dtype of `theta`
        The new mean `v`.

    Raises
    ------
    ValueError
        If the step or a squared gradient overflows.

    Notes
    -----
    :math:`v \leftarrow \rho v + (1-\rho)\,g^2`, and then
    :math:`\theta \leftarrow \theta - \eta\,g/(\sqrt v + \varepsilon)`, entry by entry. The mean
    begins at 0 and is too small at first, so the first step has the length
    :math:`\eta/\sqrt{1-\rho}`, ten times `eta` by default.

    References
    ----------
    T. Tieleman, G. Hinton, "Lecture 6.5: RMSProp", Neural Networks for Machine Learning,
    Coursera 2012.

    Examples
    --------
    >>> theta, v = rmsprop([1.0, 1.0], [3.0, -300.0], eta=0.05)
    >>> theta.round(6)
    array([0.5, 1.5])
    """
    eta, theta, grad = _checked(eta, theta, grad)
    rho, eps = check_from_zero("rho", rho, below=1), check_positive("eps", eps)
    v = _remembered(state, theta, least=0)
    with _quiet():
        v = rho * v + (1 - rho) * grad**2
        return _finite(eta, theta, grad, theta - eta * grad / (np.sqrt(v) + eps), v), v


def adam(
    theta: ArrayLike,
    grad: ArrayLike,
    state: tuple[Any, ...] | None = None,
    *,
    eta: float,
    beta: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    amsgrad: bool = False,
) -> tuple[Array, tuple[Any, ...]]:
    r"""One step along the mean gradient, divided by the root of the mean square; both unbiased.

    Parameters
    ----------
    theta : number or array of float32 or float64
        Parameters.
    grad : array, shape and dtype of `theta`
        Gradient with respect to `theta`.
    state : tuple (t, m, v, top), optional
        Number of steps so far; fading means of the gradient and of its square; and the largest
        mean square so far, which only AMSGrad uses.
    eta : float
        Learning rate, above 0; in units of the parameter.
    beta : tuple of two floats, optional
        What is left of an old gradient and of an old square after a step: at least 0, below 1.
    eps : float, optional
        Keeps a parameter without a gradient from 0 / 0: above 0.
    amsgrad : bool, optional
        Divide by the root of the *largest* mean square so far.

    Returns
    -------
    theta : array, shape and dtype of `theta`
        New parameters.
    state : tuple (t, m, v, top)
        As the next call takes it.

    Raises
    ------
    ValueError
        If the step or a squared gradient overflows.

    Notes
    -----
    :math:`m \leftarrow \beta_1 m + (1-\beta_1)\,g` and
    :math:`v \leftarrow \beta_2 v + (1-\beta_2)\,g^2`, then
    :math:`\theta \leftarrow \theta - \eta\,\hat m/(\sqrt{\hat v} + \varepsilon)`, entry by entry,
    with :math:`\hat m = m/(1-\beta_1^t)` and :math:`\hat v = v/(1-\beta_2^t)`.  The first step is
    :math:`\eta` times the sign of the gradient, whatever its size.

    References
    ----------
    D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
    doi:10.48550/arXiv.1412.6980.  S. J. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and
    beyond", ICLR 2018, doi:10.48550/arXiv.1904.09237.

    Examples
    --------
    >>> theta, (t, m, v, top) = adam([1.0, 1.0], [3.0, -300.0], eta=0.5)
    >>> theta.round(6)
    array([0.5, 1.5])
    """
    eta, theta, grad = _checked(eta, theta, grad)
    eps, (beta1, beta2) = check_positive("eps", eps), _two("beta", beta)
    t, m, v, top = _moments(state, theta)
    with _quiet():
        t, m, v = t + 1, beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
        top = np.maximum(top, v)
        m_hat, v_hat = m / (1 - beta1**t), (top if amsgrad else v) / (1 - beta2**t)
        new = theta - eta * m_hat / (np.sqrt(v_hat) + eps)
        return _finite(eta, theta, grad, new, m, v), (t, m, v, top)


def adamw(
    theta: ArrayLike,
    grad: ArrayLike,
    state: tuple[Any, ...] | None = None,
    *,
    eta: float,
    beta: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    amsgrad: bool = False,
    weight_decay: float = 0.01,
) -> tuple[Array, tuple[Any, ...]]:
    r"""One step of Adam, and one towards 0: ``adam(...) - eta * weight_decay * theta``.

    Parameters
    ----------
    theta, grad, state, eta, beta, eps, amsgrad
        As for `adam`.
    weight_decay : float, optional
        At least 0; a step shortens the parameters by the share ``eta * weight_decay``.

    Returns
    -------
    theta : array, shape and dtype of `theta`
        New parameters.
    state : tuple (t, m, v, top)
        As the next call takes it; the decay leaves no trace in it.

    Raises
    ------
    ValueError
        If the step or a squared gradient overflows.

    Notes
    -----
    A penalty :math:`\frac\alpha2\lVert\theta\rVert^2` adds :math:`\alpha\theta` to the gradient,
    which Adam then divides by the root of the mean square, so that it shrinks parameters with large
    gradients less.  Here the decay is not divided, and is the same share of each parameter.

    References
    ----------
    I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019,
    doi:10.48550/arXiv.1711.05101.

    Examples
    --------
    >>> theta, state = adamw(8.0, 3.0, eta=0.5, weight_decay=0.25)
    >>> print(theta.round(6))
    6.5
    """
    new, state = adam(theta, grad, state, eta=eta, beta=beta, eps=eps, amsgrad=amsgrad)
    weight_decay = check_from_zero("weight_decay", weight_decay)
    eta, theta, grad = _checked(eta, theta, grad)
    with _quiet():
        return _finite(eta, theta, grad, new - eta * weight_decay * theta), state


def newton(theta: ArrayLike, grad: ArrayLike, hessian: ArrayLike) -> Array:
    r"""Go to where the gradient would vanish if the loss were a quadratic bowl.

    This is no rule for one array: a parameter's step depends on the gradients of all others,
    so `theta` holds all parameters.  Nor is there a learning rate.

    Parameters
    ----------
    theta : array of float32 or float64
        All n parameters, for example the rows of `W` and then `b`.
    grad : array, shape and dtype of `theta`
        Gradient with respect to `theta`.
    hessian : (n, n) array, dtype of `theta`
        Second derivatives with respect to `theta`, symmetric.

    Returns
    -------
    array, shape and dtype of `theta`
        New parameters.

    Raises
    ------
    ValueError
        If the step overflows.

    Notes
    -----
    :math:`\theta - H^{-1} g`.  Where the loss is constant along a direction, as along the redundant
    column of a softmax, `H` has no inverse, and infinitely many steps solve
    :math:`H\,\Delta = g`.  Least squares takes the shortest, which does not move along that
    direction.  Far from the minimum a full step may lead to a higher loss: shorten it until the
    loss falls.  Where the loss curves downwards, the step may lead to a maximum.

    References
    ----------
    S. Boyd, L. Vandenberghe, "Convex optimization", Cambridge University Press 2004, chapter 9,
    doi:10.1017/CBO9780511804441.

    Examples
    --------
    >>> newton([3.0, 3.0], [6.0, 24.0], [[2.0, 0.0], [0.0, 8.0]])
    array([0., 0.])
    """
    theta, grad = _same("grad", theta, grad)
    H = check_array("hessian", hessian, ndim=2)
    if H.shape != (theta.size, theta.size):
        n = theta.size
        raise ValueError(
            f"hessian must have shape ({n}, {n}), one row per parameter, got {H.shape}"
        )
    check_dtype("hessian", H, like=("theta", theta))
    check_finite(theta=theta, grad=grad, hessian=H)
    step, *_ = np.linalg.lstsq(H, grad.ravel())
    with _quiet():
        new: Array = theta - step.reshape(theta.shape)
    if not is_finite(new):
        raise_overflow(theta=theta, grad=grad)
    return new


def _checked(eta: float, theta: ArrayLike, grad: ArrayLike) -> tuple[float, Array, Array]:
    """What every rule takes; NaN is left to `_finite`."""
    return check_positive("eta", eta), *_same("grad", theta, grad)


def _same(name: str, theta: ArrayLike, value: ArrayLike) -> tuple[Array, Array]:
    """Parameters, and an array like them."""
    theta = check_array("theta", theta, scalar_ok=True)
    a = check_array(name, value, scalar_ok=True)
    check_shape(name, a, like=("theta", theta))
    check_dtype(name, a, like=("theta", theta))
    return theta, a


def _remembered(
    state: ArrayLike | None,
    theta: Array,
    initial: float = 0.0,
    *,
    name: str = "state",
    least: float = -np.inf,
) -> Array:
    """One array of a state; at the start it is filled with a number."""
    if state is None:
        return np.full_like(theta, initial)
    _, a = _same(name, theta, state)
    check_finite(**{name: a})
    if a.min() < least:
        raise ValueError(f"{name} must hold no number below {least}, got {a.min()}")
    return a


def _moments(state: tuple[Any, ...] | None, theta: Array) -> tuple[int, Array, Array, Array]:
    """The state of Adam."""
    state = (0, None, None, None) if state is None else state
    if not (isinstance(state, tuple) and len(state) == 4):
        raise TypeError(f"state must be a tuple (t, m, v, top), got {type(state).__name__}")
    t, m, v, top = state
    v, top = (_remembered(a, theta, name=n, least=0) for n, a in (("v", v), ("top", top)))
    return check_int("t", t, least=0), _remembered(m, theta, name="m"), v, top


def _two(name: str, value: tuple[float, float]) -> list[float]:
    """Two numbers from 0 up to, but without, 1."""
    if not (isinstance(value, tuple | list) and len(value) == 2):
        raise TypeError(f"{name} must be a tuple of two numbers, got {value!r}")
    return [check_from_zero(name, number, below=1) for number in value]


def _quiet() -> np.errstate:
    """NumPy says nothing of overflow, since `_finite` does."""
    return np.errstate(over="ignore", invalid="ignore")


def _finite(eta: float, theta: Array, grad: Array, new: Array, *memory: Array) -> Array:
    """The new parameters, or an error that says why they, or what is remembered, are not finite."""
    if not all(map(is_finite, (new, *memory))):
        check_finite(theta=theta, grad=grad)
        if not all(map(is_finite, memory)):
            raise_overflow(grad=grad)
        raise ValueError(f"eta must be smaller, got {eta}: the step overflows {theta.dtype}")
    return new
