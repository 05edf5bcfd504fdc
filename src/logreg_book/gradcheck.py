"""Independent references for a gradient: differences, the complex step, and a comparison."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from logreg_book._check import (
    as_array,
    check_array,
    check_callable,
    check_finite,
    check_positive,
    check_shape,
    is_finite,
)
from logreg_book._types import Array

__all__ = ["check_gradient", "complex_step", "finite_difference", "relative_error"]


def finite_difference(
    f: Callable[[Array], ArrayLike], x: ArrayLike, *, step: float = 1e-5
) -> Array:
    r"""Derivative of a function by central differences: ``(f(x + s) - f(x - s)) / (2 * s)``.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of `x`; returns a real number or a real array.
    x : number or array of float64
        Where to differentiate.  float32 is rejected: it has too few digits for a difference.
    step : float, optional
        Above 0, in units of `x`; multiplied by the size of an entry larger than 1.

    Returns
    -------
    array of float64, shape of ``f(x)`` followed by that of `x`
        Derivative of each output with respect to each input.

    Raises
    ------
    ValueError
        If `step` is too small to change `x`, `x` so large that the step overflows, or `f` is
        not finite beside `x`.

    Notes
    -----
    :math:`f'(x) = \frac{f(x+s) - f(x-s)}{2s} + O(s^2)`.  Cancellation adds an error of about
    :math:`\varepsilon/s`, so the sum of both is smallest near :math:`s = \varepsilon^{1/3}`,
    hence the default.  A one-sided difference has only about half of these digits.

    Examples
    --------
    >>> finite_difference(lambda x: np.sum(x**2), [1.0, 3.0]).round(6)
    array([2., 6.])
    """
    check_callable("f", f)
    x, step = _check_float64(x), check_positive("step", step)
    columns = []
    for index in np.ndindex(x.shape):
        s = step * max(1.0, abs(float(x[index])))
        left, right = x.copy(), x.copy()
        with np.errstate(over="ignore"):
            left[index] -= s
            right[index] += s
            width = right[index] - left[index]  # what the rounded numbers really moved by
        if not 0 < width < np.inf:
            need = "larger" if width == 0 else "smaller"
            raise ValueError(f"step must be {need}, got {step} at x[{index}] = {x[index]}")
        # Copies, because f may return the same array each time.
        after = _check_value(f(right), "biuf", "real numbers").astype(np.float64)
        before = _check_value(f(left), "biuf", "real numbers").astype(np.float64)
        _check_one_shape([after, before])
        columns.append((after - before) / width)
    return _stack(columns, x)


def complex_step(f: Callable[[Array], ArrayLike], x: ArrayLike) -> Array:
    r"""Derivative of an analytic function by a complex step: ``imag(f(x + 1j * s)) / s``.

    Parameters
    ----------
    f : callable
        Takes a complex array of the shape of `x`, and uses nothing that is not analytic
        (no absolute value, no comparison of imaginary parts).
    x : number or array of float64
        Where to differentiate.

    Returns
    -------
    array of float64, shape of ``f(x)`` followed by that of `x`
        Derivative of each output with respect to each input, to about full precision.

    Raises
    ------
    TypeError
        If `f` loses the imaginary part.

    Notes
    -----
    :math:`f'(x) = \mathrm{Im}\,f(x+is)/s + O(s^2)`.  Nothing is subtracted, so nothing
    cancels, and the step can be as small as :math:`10^{-100}`.

    References
    ----------
    W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions",
    SIAM Review 40 (1998), doi:10.1137/S003614459631241X.

    Examples
    --------
    >>> complex_step(lambda x: np.sum(x**2), [1.0, 3.0])
    array([2., 6.])
    """
    check_callable("f", f)
    x, s = _check_float64(x), 1e-100
    columns = []
    for index in np.ndindex(x.shape):
        z = x.astype(np.complex128)
        z[index] += 1j * s
        value = _check_value(f(z), "c", "complex numbers for complex x")
        columns.append(value.imag / s)
    return _stack(columns, x)


def relative_error(a: ArrayLike, b: ArrayLike) -> float:
    r"""How far two arrays differ, relative to the larger: ``max|a - b| / max(|a|, |b|)``.

    Parameters
    ----------
    a, b : numbers or arrays of the same shape
        Two answers to one question.

    Returns
    -------
    float
        Dimensionless, from 0 (equal) to 2 (opposite).  It is 0 if all entries of both are 0.

    Raises
    ------
    ValueError
        If the shapes differ: nothing is broadcast.

    Notes
    -----
    :math:`\max_i|a_i - b_i| / \max_i\max(|a_i|, |b_i|)`.  The scale is that of the whole array,
    because an entry whose true value is 0 would otherwise always be wrong by 100 %.

    Examples
    --------
    >>> relative_error([1.0, 2.0], [1.0, 1.0])
    0.5
    """
    a, b = check_array("a", a, scalar_ok=True), check_array("b", b, scalar_ok=True)
    check_shape("b", b, like=("a", a))
    check_finite(a=a, b=b)
    scale = max(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a / scale - b / scale).max()) if scale > 0 else 0.0


def check_gradient(
    f: Callable[[Array], ArrayLike], grad: ArrayLike, x: ArrayLike, *, tolerance: float = 1e-6
) -> float:
    """Compare a gradient with central differences: `relative_error`, or an `AssertionError`.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of `x`; returns a number or an array.
    grad : array of float32 or float64, shape of ``f(x)`` followed by that of `x`
        The derivative of `f` at `x` to be checked.
    x : number or array of float64
        Where to differentiate.
    tolerance : float, optional
        Largest relative error that counts as rounding.

    Returns
    -------
    float
        The relative error.

    Raises
    ------
    AssertionError
        If the error is above `tolerance`; the message shows both numbers where they differ most.

    Examples
    --------
    >>> check_gradient(lambda x: np.sum(x**2), [2.0, 6.0], [1.0, 3.0]) < 1e-9
    True
    >>> try:
    ...     check_gradient(lambda x: np.sum(x**2), [2.0, 3.0], [1.0, 3.0])
    ... except AssertionError as error:
    ...     print(error)
    at index (1,) grad is 3, but the central difference is 6
    """
    tolerance = check_positive("tolerance", tolerance)
    grad = check_array("grad", grad, scalar_ok=True)
    check_finite(grad=grad)
    difference = finite_difference(f, x)
    check_shape("grad", grad, like=("the derivative of f", difference))
    error = relative_error(grad, difference)
    if error > tolerance:
        worst = np.unravel_index(np.abs(grad - difference).argmax(), grad.shape)
        index = tuple(int(i) for i in worst)
        raise AssertionError(
            f"at index {index} grad is {grad[index]:.9g}, "
            f"but the central difference is {difference[index]:.9g}"
        )
    return error


def _check_float64(x: ArrayLike) -> Array:
    x = check_array("x", x, scalar_ok=True)
    if x.dtype != np.float64:
        raise TypeError(f"x must be float64, got dtype {x.dtype}")
    check_finite(x=x)
    return x


def _check_value(value: ArrayLike, kinds: str, need: str) -> Array:
    """What f returned, as an array of finite numbers."""
    a = as_array("f", value)
    if a.dtype.kind not in kinds:
        raise TypeError(f"f must return {need}, got dtype {a.dtype}")
    if not is_finite(a):
        raise ValueError(f"f must return finite numbers beside x, got {a}")
    return a


def _check_one_shape(values: list[Array]) -> None:
    shapes = sorted({a.shape for a in values})
    if len(shapes) > 1:
        raise ValueError(f"f must return one shape each time, got {shapes[0]} and {shapes[1]}")


def _stack(columns: list[Array], x: Array) -> Array:
    """One derivative per entry of x, as an array with the axes of x last."""
    _check_one_shape(columns)
    stacked = np.stack(columns, axis=-1)
    return stacked.reshape(stacked.shape[:-1] + x.shape)
