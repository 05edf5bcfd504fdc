"""Witnesses for a gradient: differences, the complex step, and how far two answers differ."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from logreg_book import _validate
from logreg_book._validate import Array

__all__ = ["complex_step", "finite_difference", "relative_error"]


def finite_difference(
    f: Callable[[Array], ArrayLike], x: ArrayLike, *, step: float = 1e-5
) -> Array:
    r"""Derivative of a function by centred differences: ``(f(x + e) - f(x - e)) / (2 * step)``.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of `x`; returns a number or an array.
    x : array of float64
        Where to differentiate.  Integers become float64; float32 is refused: it has too
        few digits for a difference.
    step : float, optional
        Above 0, in units of `x`; multiplied by the size of an entry larger than 1.

    Returns
    -------
    array of float64, shape of ``f(x)`` followed by that of `x`
        Derivative of each output by each input.

    Raises
    ------
    TypeError, ValueError
        If `x` is not float64, is empty or not finite, or `step` is not above 0 or too small
        to move `x`.

    Notes
    -----
    :math:`f'(x) = \frac{f(x+s) - f(x-s)}{2s} + O(s^2)`.  Cancellation adds an error of about
    :math:`\varepsilon/s`; the sum of both is least near :math:`s = \varepsilon^{1/3}`, hence the
    default.  At this step a
    one-sided difference has only half of these digits.

    Examples
    --------
    >>> finite_difference(lambda x: np.sum(x**2), [1.0, 3.0]).round(6)
    array([2., 6.])
    """
    x = _float64(x)
    step = _validate.positive("step", step)
    columns = []
    for index in np.ndindex(x.shape):
        s = step * max(1.0, abs(float(x[index])))
        left, right = x.copy(), x.copy()
        left[index] -= s
        right[index] += s
        width = right[index] - left[index]  # what the floating-point numbers really moved by
        if width == 0:
            raise ValueError(f"step must move x[{index}] = {x[index]}, got {step}, too small")
        value = np.array(f(right))  # a copy: f may use the same array again
        columns.append((value - np.asarray(f(left))) / width)
    return _by_input(columns, x)


def complex_step(f: Callable[[Array], ArrayLike], x: ArrayLike) -> Array:
    r"""Derivative of an analytic function by a complex step: ``imag(f(x + 1j * s)) / s``.

    Parameters
    ----------
    f : callable
        Takes a complex array of the shape of `x`, and uses nothing that is not analytic
        (no absolute value, no comparison of imaginary parts).
    x : array of float64
        Where to differentiate.  Integers become float64.

    Returns
    -------
    array of float64, shape of ``f(x)`` followed by that of `x`
        Derivative of each output by each input, to about full precision.

    Raises
    ------
    TypeError, ValueError
        If `x` is not float64, is empty or not finite, or `f` loses the imaginary part.

    Notes
    -----
    :math:`f'(x) = \mathrm{Im}\,f(x+is)/s + O(s^2)`.  Nothing is subtracted, so nothing
    cancels: the step can be :math:`10^{-100}`.

    References
    ----------
    W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions",
    SIAM Review 40 (1998), doi:10.1137/S003614459631241X.

    Examples
    --------
    >>> complex_step(lambda x: np.sum(x**2), [1.0, 3.0])
    array([2., 6.])
    """
    x = _float64(x)
    s = 1e-100
    columns = []
    for index in np.ndindex(x.shape):
        z = x.astype(np.complex128)
        z[index] += 1j * s
        value = np.array(f(z))  # a copy: f may use the same array again
        if not np.iscomplexobj(value):
            raise TypeError(f"f must return complex numbers for complex x, got {value.dtype}")
        columns.append(value.imag / s)
    return _by_input(columns, x)


def relative_error(a: ArrayLike, b: ArrayLike) -> float:
    r"""How far two arrays differ, relative to the larger: ``max|a - b| / max(|a|, |b|)``.

    Parameters
    ----------
    a, b : arrays of one shape
        Two answers to one question.

    Returns
    -------
    float
        Dimensionless, from 0 (equal) to 2 (opposite).  Both all 0 gives 0.

    Raises
    ------
    TypeError, ValueError
        If the shapes differ (nothing is broadcast), or an array is empty or not finite.

    Notes
    -----
    :math:`\max_i|a_i - b_i| / \max_i\max(|a_i|, |b_i|)`.  The scale is the array's, not the
    entry's: an entry that ought to be 0 would always be wrong by 100 %.

    Examples
    --------
    >>> relative_error([1.0, 2.0], [1.0, 1.0])
    0.5
    """
    a = _validate.array("a", np.atleast_1d(_validate.asarray("a", a)))
    b = _validate.array("b", np.atleast_1d(_validate.asarray("b", b)))
    if a.shape != b.shape:
        raise ValueError(f"b must have the shape of a, {a.shape}, got {b.shape}")
    _validate.finite(a=a, b=b)
    scale = max(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a / scale - b / scale).max()) if scale > 0 else 0.0


def _float64(x: ArrayLike) -> Array:
    x = _validate.array("x", x)
    if x.dtype != np.float64:
        raise TypeError(f"x must be float64, got dtype {x.dtype}")
    _validate.finite(x=x)
    return x


def _by_input(columns: list[Array], x: Array) -> Array:
    """One derivative an entry of x, as an array with x's axes last."""
    stacked = np.stack(columns, axis=-1)
    return stacked.reshape(stacked.shape[:-1] + x.shape)
