from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from logreg_book import complex_step, finite_difference, relative_error

WITNESSES = [finite_difference, complex_step]
entries = st.floats(-3, 3, allow_subnormal=False)
points = arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 3)), elements=entries)


# Both witnesses of a derivative


@pytest.mark.parametrize("witness", WITNESSES)
@given(x=points)
def test_derivative_of_an_elementwise_function_is_diagonal(witness: Any, x: NDArray[Any]) -> None:
    jacobian = witness(lambda v: np.sin(v) * np.exp(v), x)
    assert jacobian.shape == x.shape + x.shape
    assert jacobian.dtype == np.float64
    expected = np.diag(((np.sin(x) + np.cos(x)) * np.exp(x)).ravel())
    assert_allclose(jacobian.reshape(x.size, x.size), expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("witness", WITNESSES)
@given(x=points)
def test_derivative_of_a_number_has_the_shape_of_the_input(witness: Any, x: NDArray[Any]) -> None:
    gradient = witness(lambda v: (v**3).sum(), x)
    assert gradient.shape == x.shape
    assert_allclose(gradient, 3 * x**2, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("witness", WITNESSES)
def test_output_axes_come_first_and_input_axes_last(witness: Any) -> None:
    A = np.arange(6.0).reshape(2, 3)
    assert_allclose(witness(lambda v: A @ v, np.ones(3)), A, rtol=1e-9, atol=1e-9)
    of_matrix = witness(lambda v: A @ v, np.ones((3, 2)))
    assert of_matrix.shape == (2, 2, 3, 2)
    assert_allclose(of_matrix[1, 0, 2, 0], A[1, 2], rtol=1e-9)
    assert_allclose(of_matrix[1, 0, 2, 1], 0, atol=1e-9)


@pytest.mark.parametrize("witness", WITNESSES)
def test_integers_become_float64(witness: Any) -> None:
    gradient = witness(lambda v: (v**2).sum(), [1, 3])
    assert gradient.dtype == np.float64
    assert_allclose(gradient, [2, 6], rtol=1e-9)


@pytest.mark.parametrize("witness", WITNESSES)
def test_function_may_do_with_its_argument_what_it_likes(witness: Any) -> None:
    """It is handed a copy: a function that overwrites it leaves x alone and the answer right."""

    def careless(v: NDArray[Any]) -> NDArray[Any]:
        v *= v
        return v

    x = np.array([1.0, 3.0])
    assert_allclose(witness(careless, x), [[2, 0], [0, 6]], rtol=1e-9, atol=1e-9)
    assert_array_equal(x, [1, 3])


@pytest.mark.parametrize("witness", WITNESSES)
def test_function_may_return_the_same_buffer_each_time(witness: Any) -> None:
    buffers: dict[Any, NDArray[Any]] = {}

    def thrifty(v: NDArray[Any]) -> NDArray[Any]:
        buffer = buffers.setdefault(v.dtype, np.zeros_like(v))
        np.multiply(v, v, out=buffer)
        return buffer

    assert_allclose(witness(thrifty, [1.0, 3.0]), [[2, 0], [0, 6]], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("witness", WITNESSES)
def test_a_wrong_gradient_is_found_out(witness: Any) -> None:
    x = np.array([0.3, -0.7])
    wrong = 1.001 * 2 * x
    assert relative_error(wrong, witness(lambda v: (v**2).sum(), x)) > 5e-4


# Finite differences


def test_difference_is_centred() -> None:
    """A one-sided difference of a square is off by its step, a centred one by rounding only."""
    gradient = finite_difference(lambda v: (v**2).sum(), [0.5], step=1e-2)
    assert_allclose(gradient, [1.0], rtol=1e-13)


def test_error_falls_with_the_square_of_the_step() -> None:
    errors = [
        abs(finite_difference(lambda v: np.exp(v).sum(), [0.0], step=s)[0] - 1)
        for s in (1e-1, 1e-2, 1e-3)
    ]
    assert_allclose(errors, [1e-2 / 6, 1e-4 / 6, 1e-6 / 6], rtol=1e-2)


def test_default_step_is_right_to_nine_digits_at_any_scale() -> None:
    for x in (1e-3, 1.0, 1e3, 1e9, -1e9):
        assert_allclose(
            finite_difference(lambda v: (v**3).sum(), [x]), [3 * x**2], rtol=1e-9, atol=1e-9
        )


def test_step_scales_with_an_entry_larger_than_one_only() -> None:
    seen: list[float] = []

    def watched(v: NDArray[Any]) -> float:
        seen.append(float(v[0]))
        return 0.0

    for x in (100.0, 0.01):
        finite_difference(watched, [x], step=1e-3)
    assert_allclose(sorted(seen), [0.009, 0.011, 99.9, 100.1], rtol=1e-12)


def test_step_too_small_to_move_an_entry_is_refused() -> None:
    with pytest.raises(ValueError, match="step must"):
        finite_difference(lambda v: (v**2).sum(), [1.0], step=1e-20)


# Complex step


@given(x=points)
def test_complex_step_is_exact_to_rounding(x: NDArray[Any]) -> None:
    gradient = complex_step(lambda v: (np.exp(v) * np.cos(v)).sum(), x)
    expected = np.exp(x) * (np.cos(x) - np.sin(x))
    assert_allclose(gradient, expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("real", [np.abs, np.real, lambda _: 1.0])
def test_function_that_loses_the_imaginary_part_is_refused(real: Any) -> None:
    with pytest.raises(TypeError, match=r"f must return complex numbers .*got float64"):
        complex_step(real, [1.0, 2.0])


# Relative error

vectors = arrays(np.float64, 4, elements=st.floats(-1e6, 1e6))


@given(a=vectors, b=vectors)
def test_relative_error_is_symmetric_and_between_zero_and_two(
    a: NDArray[Any], b: NDArray[Any]
) -> None:
    error = relative_error(a, b)
    assert type(error) is float
    assert error == relative_error(b, a)
    assert 0 <= error <= 2
    assert (error == 0) == np.array_equal(a, b)


@given(a=vectors, b=vectors)
def test_relative_error_has_no_unit(a: NDArray[Any], b: NDArray[Any]) -> None:
    assert relative_error(1024 * a, 1024 * b) == pytest.approx(relative_error(a, b), rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [
        ([1.0, 2.0], [1.0, 1.0], 0.5),
        ([1.0, 2.0], [-1.0, -2.0], 2.0),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([0.0], [1e-300], 1.0),
        ([[1e6, 0.0]], [[1e6, 1e-3]], 1e-9),
        (4.0, 5.0, 0.2),
        ([4, 4], [4, 5], 0.2),
    ],
)
def test_relative_error_is_the_largest_difference_over_the_largest_entry(
    a: Any, b: Any, error: float
) -> None:
    assert relative_error(a, b) == pytest.approx(error, rel=1e-15)


def test_relative_error_broadcasts_nothing() -> None:
    with pytest.raises(ValueError, match=r"b must have the shape of a, \(2, 1\), got \(2,\)"):
        relative_error([[1.0], [1.0]], [1.0, 1.0])
