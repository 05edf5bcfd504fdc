from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from tests.refusals import refuses
from tests.strategies import Array, floats

from logreg_book import check_gradient, complex_step, finite_difference, relative_error

NAN, INF = np.nan, np.inf
each_reference = pytest.mark.parametrize("reference", [finite_difference, complex_step])
matrices = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda shape: floats(np.float64, *shape)
)
vectors = floats(np.float64, 4, largest=1e6)


# Both references of a derivative


@each_reference
@given(x=matrices)
def test_derivative_of_an_elementwise_function_is_diagonal(reference: Any, x: Array) -> None:
    jacobian = reference(lambda v: np.sin(v) * np.exp(v), x)
    assert (jacobian.shape, jacobian.dtype) == (x.shape + x.shape, np.dtype(np.float64))
    expected = np.diag(((np.sin(x) + np.cos(x)) * np.exp(x)).ravel())
    assert_allclose(jacobian.reshape(x.size, x.size), expected, rtol=1e-8, atol=1e-8)


@each_reference
def test_output_axes_come_first_and_input_axes_last(reference: Any) -> None:
    A = np.arange(6.0).reshape(2, 3)
    assert_allclose(reference(lambda v: A @ v, np.ones(3)), A, rtol=1e-9, atol=1e-9)
    of_matrix = reference(lambda v: A @ v, np.ones((3, 2)))
    assert_allclose(of_matrix, np.einsum("ij,kl->ikjl", A, np.eye(2)), rtol=1e-9, atol=1e-9)


@each_reference
def test_derivative_of_a_function_of_a_number_is_a_number(reference: Any) -> None:
    for x in (3.0, 3, np.float64(3), np.array(3.0)):
        derivative = reference(lambda v: v**2, x)
        assert (derivative.shape, derivative.dtype) == ((), np.dtype(np.float64))
        assert_allclose(derivative, 6, rtol=1e-9)


@each_reference
def test_f_may_modify_its_argument(reference: Any) -> None:
    def careless(v: Array) -> Array:
        v *= v
        return v

    x = np.array([1.0, 3.0])
    assert_allclose(reference(careless, x), [[2, 0], [0, 6]], rtol=1e-9, atol=1e-9)
    assert_array_equal(x, [1, 3])


@each_reference
def test_f_may_return_the_same_array_each_time(reference: Any) -> None:
    buffers: dict[Any, Array] = {}

    def thrifty(v: Array) -> Array:
        return np.multiply(v, v, out=buffers.setdefault(v.dtype, np.zeros_like(v)))

    assert_allclose(reference(thrifty, [1.0, 3.0]), [[2, 0], [0, 6]], rtol=1e-9, atol=1e-9)


@each_reference
def test_x_must_be_finite_float64_and_f_callable(reference: Callable[..., Any]) -> None:
    message = "x must be float64, got dtype float32"
    refuses(reference, message, np.sum, np.ones(2, np.float32), error=TypeError)
    refuses(reference, "x must be finite, got nan at index (1,)", np.sum, np.array([0, NAN]))
    refuses(reference, "f must be callable, got 3", 3, [1.0], error=TypeError)


@each_reference
def test_f_must_return_numbers_of_one_shape(reference: Callable[..., Any]) -> None:
    need = {
        finite_difference: "f must return real numbers",
        complex_step: "f must return complex numbers for complex x",
    }[reference]
    for value, got in (("a", "<U1"), (None, "object")):
        message = f"{need}, got dtype {got}"
        refuses(reference, message, lambda v, value=value: value, [1.0], error=TypeError)
    message = "f must return one shape each time, got (1,) and (2,)"
    calls: list[Array] = []

    def growing(v: Array) -> Array:
        calls.append(v)
        return v[: 1 + (len(calls) > 2)] if reference is finite_difference else v[: len(calls)]

    refuses(reference, message, growing, [1.0, 2.0])
    message = "f must be a rectangular array, got rows of different lengths"
    refuses(reference, message, lambda v: [[1.0], [1.0, 2.0]], [1.0])


# Finite differences


def test_difference_is_central() -> None:
    """A one-sided difference of a square is off by its step, a central one by rounding only."""
    derivative = finite_difference(lambda v: v**2, 0.5, step=1e-2)
    assert_allclose(derivative, 1, rtol=1e-13)


def test_error_falls_with_the_square_of_the_step() -> None:
    errors = [float(finite_difference(np.exp, 0.0, step=s)) - 1 for s in (1e-1, 1e-2, 1e-3)]
    assert_allclose(errors, [1e-2 / 6, 1e-4 / 6, 1e-6 / 6], rtol=1e-2)


@pytest.mark.parametrize("x", [1e-3, 1.0, 1e3, 1e9, -1e9])
def test_default_step_gives_nine_digits_at_any_scale(x: float) -> None:
    derivative = finite_difference(lambda v: v**3, x)
    assert_allclose(derivative, 3 * x**2, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("x", "step"), [(100.0, 0.1), (-100.0, 0.1), (1.0, 1e-3), (0.01, 1e-3)])
def test_step_is_relative_for_entries_larger_than_1(x: float, step: float) -> None:
    seen: list[float] = []
    finite_difference(lambda v: seen.append(float(v)) or 0.0, x, step=1e-3)  # type: ignore[func-returns-value]
    assert_allclose(sorted(seen), [x - step, x + step], rtol=1e-12)


def test_default_step_is_near_the_cube_root_of_the_precision() -> None:
    seen: list[float] = []
    finite_difference(lambda v: seen.append(float(v)) or 0.0, 0.0)  # type: ignore[func-returns-value]
    assert seen == [1e-5, -1e-5]


def test_a_step_that_does_not_move_an_entry_or_leaves_the_range_is_refused() -> None:
    message = "step must be larger, got 1e-20 at x[(1,)] = 1.0"
    refuses(finite_difference, message, np.sum, np.array([0.0, 1.0]), step=1e-20)
    largest = np.finfo(np.float64).max
    message = f"step must be smaller, got 1e-05 at x[(0,)] = {largest}"
    refuses(finite_difference, message, np.sum, np.array([largest]))


@pytest.mark.parametrize(
    ("f", "expected"),
    [(lambda v: np.uint8(3) - (v > 1), [[-5e4]]), (lambda v: v > 1, [[5e4]]), (np.sign, [[0]])],
)
def test_f_may_return_integers_and_truth_values(f: Any, expected: Any) -> None:
    """Counts and comparisons jump; their differences must not wrap around."""
    assert_allclose(finite_difference(f, [1.0]), expected, rtol=1e-9)


@pytest.mark.parametrize("value", [NAN, INF])
def test_f_must_be_finite_beside_x(value: float) -> None:
    message = f"f must return finite numbers beside x, got {value}"
    refuses(finite_difference, message, lambda v: value, 1.0)
    refuses(finite_difference, message, lambda v: value if v < 1 else 0.0, 1.0)


def test_f_must_be_real() -> None:
    message = "f must return real numbers, got dtype complex128"
    refuses(finite_difference, message, lambda v: 1j * v, 1.0, error=TypeError)


# Complex step


@given(x=matrices)
def test_complex_step_is_exact_up_to_rounding(x: Array) -> None:
    derivative = complex_step(lambda v: (np.exp(v) * np.cos(v)).sum(), x)
    assert_allclose(derivative, np.exp(x) * (np.cos(x) - np.sin(x)), rtol=1e-14, atol=1e-14)


def test_complex_step_is_so_small_that_its_square_vanishes() -> None:
    assert_allclose(complex_step(lambda v: v**3, 1e-30), 3e-60, rtol=1e-14)


@pytest.mark.parametrize("f", [np.abs, np.real, lambda _: 1.0])
def test_a_function_that_loses_the_imaginary_part_is_refused(f: Any) -> None:
    message = "f must return complex numbers for complex x, got dtype float64"
    refuses(complex_step, message, f, [1.0, 2.0], error=TypeError)


def test_complex_step_needs_finite_values() -> None:
    message = "f must return finite numbers beside x, got (nan+0j)"
    refuses(complex_step, message, lambda v: NAN + 0 * v.real + 0j, 1.0)


# Relative error


@given(a=vectors, b=vectors)
def test_relative_error_is_symmetric_between_0_and_2_and_has_no_unit(a: Array, b: Array) -> None:
    error = relative_error(a, b)
    assert type(error) is float
    assert error == relative_error(b, a)
    assert 0 <= error <= 2
    assert (error == 0) == np.array_equal(a, b)
    assert relative_error(1024 * a, 1024 * b) == pytest.approx(error, rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [
        ([1.0, 2.0], [1.0, 1.0], 0.5),
        ([1.0, -2.0], [1.0, 2.0], 2.0),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([0.0], [1e-300], 1.0),
        ([5e-324], [-5e-324], 2.0),
        ([1.5e308], [-1.5e308], 2.0),
        ([[1e6, 0.0]], [[1e6, 1e-3]], 1e-9),
        (4.0, 5.0, 0.2),
        ([4, 4], [4, 5], 0.2),
        (np.array([1, 2], np.float32), [1.0, 1.0], 0.5),
    ],
)
def test_relative_error_is_the_largest_difference_over_the_largest_entry(
    a: Any, b: Any, error: float
) -> None:
    assert relative_error(a, b) == pytest.approx(error, rel=1e-15)


def test_relative_error_broadcasts_nothing_and_compares_finite_numbers() -> None:
    message = "b must have shape (2, 1) as a has, got (2,)"
    refuses(relative_error, message, [[1.0], [1.0]], [1.0, 1.0])
    refuses(relative_error, "a must be finite, got nan at index (1,)", [1.0, NAN], [1.0, 1.0])
    refuses(relative_error, "b must be finite, got inf", 1.0, INF)


# Checking a gradient


@given(x=matrices)
def test_a_right_gradient_passes_and_the_error_is_returned(x: Array) -> None:
    error = check_gradient(lambda v: np.exp(v).sum(), np.exp(x), x)
    assert type(error) is float
    difference = finite_difference(lambda v: np.exp(v).sum(), x)
    assert error == relative_error(np.exp(x), difference) <= 1e-6


def test_a_wrong_gradient_fails_where_it_is_most_wrong() -> None:
    message = "at index (1, 0) grad is 5, but the central difference is 6"
    x, wrong = [[1.0, 2.0], [3.0, 0.0]], [[2.0, 4.1], [5.0, 0.0]]
    refuses(check_gradient, message, lambda v: (v**2).sum(), wrong, x, error=AssertionError)
    message = "at index (1,) grad is -2, but the central difference is 2"
    far = [20.0, -2.0]
    refuses(check_gradient, message, lambda v: (v**2).sum(), far, [10, 1], error=AssertionError)
    message = "at index () grad is -6, but the central difference is 6"
    refuses(check_gradient, message, lambda v: v**2, -6.0, 3.0, error=AssertionError)


def test_the_two_numbers_of_the_message_differ_even_if_the_error_is_small() -> None:
    message = "at index (0,) grad is 1.000002, but the central difference is 1"
    refuses(check_gradient, message, np.sum, [1.000002], [1.0], error=AssertionError)


def test_tolerance_is_the_largest_error_that_passes() -> None:
    assert check_gradient(np.sum, 1.0000005, 1.0) == pytest.approx(5e-7, rel=1e-3)
    assert check_gradient(np.sum, 1.25, 1.0, tolerance=0.21) == pytest.approx(0.2)
    message = "at index () grad is 1.25, but the central difference is 1"
    refuses(check_gradient, message, np.sum, 1.25, 1.0, tolerance=0.19, error=AssertionError)
    message = "tolerance must be finite and above 0, got 0"
    refuses(check_gradient, message, np.sum, 1.0, 1.0, tolerance=0)


def test_gradient_must_be_finite_and_have_the_shape_of_the_derivative() -> None:
    message = "grad must have shape (2,) as the derivative of f has, got (1, 2)"
    refuses(check_gradient, message, np.sum, [[1.0, 1.0]], [1.0, 2.0])
    message = "grad must be finite, got nan at index (1,)"
    refuses(check_gradient, message, np.sum, [1.0, NAN], [1.0, 2.0])
