"""Schedules: the learning rate as a function of the number of steps taken so far.

A schedule is called with 0 before the first step, with 1 before the second, and so on, and returns
the learning rate of that step.  `logreg_book.train` takes one as `eta`.  Any function that does
the same is a schedule, too; the product of a warm-up and another one, for example::

    ramp, fall = warmup(1.0, steps=10), cosine(0.5, steps=100)
    train(X, y, W, b, eta=lambda step: ramp(step) * fall(step), epochs=100)
"""

from __future__ import annotations

from math import cos, pi

from logreg_book._check import check_int, check_positive
from logreg_book._types import Schedule

__all__ = ["constant", "cosine", "inverse_time", "warmup"]


def constant(eta: float) -> Schedule:
    r"""The same learning rate in every step: ``eta``.

    Parameters
    ----------
    eta : float
        Learning rate, above 0.

    Returns
    -------
    callable
        From the number of steps taken so far to the learning rate of the next one.

    Notes
    -----
    :math:`\eta_t = \eta`.  With noisy gradients it gets near the minimum quickly and then keeps
    a distance from it, whose square is about proportional to `eta`.

    Examples
    --------
    >>> schedule = constant(0.3)
    >>> [schedule(step) for step in range(3)]
    [0.3, 0.3, 0.3]
    """
    eta = check_positive("eta", eta)
    return lambda step: eta


def inverse_time(eta: float, *, steps: float) -> Schedule:
    r"""Fall like one over the time: ``eta / (1 + step / steps)``.

    Parameters
    ----------
    eta : float
        Learning rate of the first step, above 0.
    steps : float
        After how many steps the rate has halved, above 0.

    Returns
    -------
    callable
        From the number of steps taken so far to the learning rate of the next one.

    Notes
    -----
    :math:`\eta_t = \eta / (1 + t/T)`, with `steps` as T.  The rates sum to infinity and their
    squares do not, as Robbins and Monro ask.  How fast a run gets on depends on
    :math:`\eta T` times the smallest curvature of the loss.

    References
    ----------
    H. Robbins, S. Monro, "A stochastic approximation method", Annals of Mathematical
    Statistics 22 (1951), doi:10.1214/aoms/1177729586.

    Examples
    --------
    >>> schedule = inverse_time(0.6, steps=10)
    >>> [round(schedule(step), 3) for step in (0, 10, 20, 50)]
    [0.6, 0.3, 0.2, 0.1]
    """
    eta, steps = check_positive("eta", eta), check_positive("steps", steps)
    return lambda step: eta / (1 + step / steps)


def cosine(eta: float, *, steps: int) -> Schedule:
    r"""Fall along half a cosine: ``eta * (1 + cos(pi * step / steps)) / 2``.

    Parameters
    ----------
    eta : float
        Learning rate of the first step, above 0.
    steps : int
        Length of the run in steps.  After it the rate is 0, which `train` rejects.

    Returns
    -------
    callable
        From the number of steps taken so far to the learning rate of the next one.

    Notes
    -----
    :math:`\eta_t = \frac{\eta}{2}\,(1 + \cos(\pi t/T))`, with `steps` as T: slow at first, fastest
    in the middle, and slow at the end.  The length of the run must be known in advance.

    References
    ----------
    I. Loshchilov, F. Hutter, "SGDR: Stochastic gradient descent with warm restarts", 2017,
    doi:10.48550/arXiv.1608.03983.

    Examples
    --------
    >>> schedule = cosine(0.4, steps=90)
    >>> [round(schedule(step), 3) for step in (0, 30, 45, 60, 90)]
    [0.4, 0.3, 0.2, 0.1, 0.0]
    """
    eta, steps = check_positive("eta", eta), check_int("steps", steps)
    return lambda step: eta * (1 + cos(pi * min(step, steps) / steps)) / 2


def warmup(eta: float, *, steps: int) -> Schedule:
    r"""Rise in equal steps, then stay: ``eta * min(1, (step + 1) / steps)``.

    Parameters
    ----------
    eta : float
        Learning rate from step number `steps` on, above 0.
    steps : int
        In how many steps the rate rises, at least 1; the first one has ``eta / steps``.

    Returns
    -------
    callable
        From the number of steps taken so far to the learning rate of the next one.

    Notes
    -----
    :math:`\eta_t = \eta\,\min(1, (t + 1)/T)`, with `steps` as T.  It helps where the curvature at
    the start is larger than later, so that the rate that is right later would be too large.

    References
    ----------
    P. Goyal and others, "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017,
    doi:10.48550/arXiv.1706.02677.

    Examples
    --------
    >>> schedule = warmup(0.8, steps=4)
    >>> [round(schedule(step), 3) for step in range(6)]
    [0.2, 0.4, 0.6, 0.8, 0.8, 0.8]
    """
    eta, steps = check_positive("eta", eta), check_int("steps", steps)
    return lambda step: eta * min(1.0, (step + 1) / steps)
