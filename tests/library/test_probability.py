from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from numpy.testing import assert_allclose, assert_array_equal
from tests.refusals import refuses
from tests.strategies import (
    DIFFERENCE,
    DIGITS,
    FLOATS,
    TOLERANCE,
    Array,
    Scores,
    assert_exact,
    by_torch,
    exact_logsumexp,
    exact_softmax,
    rounding,
    scores,
)

from logreg_book import (
    complex_step,
    finite_difference,
    log_softmax,
    logsumexp,
    sigmoid,
    softmax,
    softmax_jacobian,
)

INF, NAN = np.inf, np.nan
FUNCTIONS = [logsumexp, softmax, log_softmax, sigmoid, softmax_jacobian]
each_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
each_function_of_torch = pytest.mark.parametrize(
    "function", FUNCTIONS[:-1], ids=lambda f: f.__name__
)


def jacobian_by_torch(name: str, h: Array) -> Array:
    jacobian = torch.autograd.functional.jacobian(by_torch[name], torch.tensor(h))
    assert isinstance(jacobian, torch.Tensor)
    return jacobian.numpy()


# Ordinary logits


@each_function_of_torch
@given(problem=scores())
def test_value_is_that_of_torch(function: Callable[..., Array], problem: Scores) -> None:
    h = problem.h
    value, expected = function(h), by_torch[function.__name__](torch.tensor(h)).numpy()
    assert (value.shape, value.dtype) == (expected.shape, h.dtype)
    assert_allclose(value, expected, **TOLERANCE[h.dtype])


@each_function_of_torch
@given(problem=scores(np.float64))
def test_derivative_is_the_same_by_autograd_complex_step_and_differences(
    function: Callable[..., Array], problem: Scores
) -> None:
    h = problem.h
    by_complex_step = complex_step(function, h)
    by_autograd = jacobian_by_torch(function.__name__, h)
    assert_allclose(by_complex_step, by_autograd, rtol=1e-12, atol=1e-14)
    assert_allclose(by_complex_step, finite_difference(function, h), **DIFFERENCE)


@given(problem=scores(np.float64))
def test_softmax_jacobian_is_the_derivative_of_the_softmax(problem: Scores) -> None:
    for row, jacobian in zip(problem.h, softmax_jacobian(problem.h), strict=True):
        assert_allclose(jacobian, jacobian_by_torch("softmax", row), rtol=1e-12, atol=1e-15)
        assert_allclose(jacobian, finite_difference(softmax, row), **DIFFERENCE)
        assert_array_equal(jacobian, jacobian.T)


@each_function
@given(problem=scores())
def test_any_axes_may_come_before_the_classes(
    function: Callable[..., Array], problem: Scores
) -> None:
    h = problem.h
    rows = np.stack([function(row) for row in h])
    assert_allclose(function(h), rows, **TOLERANCE[h.dtype])
    assert_allclose(function(h[:, np.newaxis]), rows[:, np.newaxis], **TOLERANCE[h.dtype])


# Any logits, in exact arithmetic: each entry is right relative to itself


@given(problem=scores(largest=400))
def test_no_probability_loses_its_digits(problem: Scores) -> None:
    for row in problem.h:
        p, lse = exact_softmax(row), exact_logsumexp(row)
        assert_exact(softmax(row), p, ulps=rounding(row))
        with localcontext(prec=DIGITS):
            assert_exact(
                log_softmax(row), [Decimal(float(h)) - lse for h in row], ulps=rounding(row)
            )
            products = [
                a * (sum(p[:j]) + sum(p[j + 1 :])) if j == k else -a * b
                for j, a in enumerate(p)
                for k, b in enumerate(p)
            ]
            assert_exact(softmax_jacobian(row), products, ulps=2 * rounding(row))


@given(problem=scores(largest=400))
def test_logsumexp_keeps_the_digits_of_the_small_terms(problem: Scores) -> None:
    h = problem.h - problem.h.max(axis=-1, keepdims=True)
    assert_exact(logsumexp(h), [exact_logsumexp(row) for row in h], ulps=rounding(h))


@given(problem=scores(largest=800))
def test_sigmoid_keeps_its_digits_on_both_sides(problem: Scores) -> None:
    for row in problem.h:
        exact = [exact_softmax(np.array([0, z]))[1] for z in row]
        assert_exact(sigmoid(row), exact, ulps=16)


@pytest.mark.parametrize("dtype", FLOATS)
def test_forty_nats_are_worth_4e_minus_18(dtype: Any) -> None:
    h, tiny = np.array([0, -40], dtype), np.exp(-40.0)
    assert_allclose(logsumexp(h), tiny, rtol=1e-6)
    assert_allclose(log_softmax(h)[0], -tiny, rtol=1e-6)
    assert_allclose(softmax_jacobian(h), tiny * np.array([[1, -1], [-1, 1]]), rtol=1e-6)
    assert_allclose(sigmoid(h)[1], tiny, rtol=1e-6)


@pytest.mark.parametrize("size", [1e9, 1e16])
def test_a_shift_of_any_size_does_not_change_probabilities(size: float) -> None:
    h = [size, size, size - 2]
    assert_array_equal(softmax(h), softmax([0, 0, -2]))
    assert_array_equal(log_softmax(h), log_softmax([0, 0, -2]))
    assert logsumexp(h) == size + logsumexp([0, 0, -2])


# Extremes


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("size", [1e4, 1e9])
@each_function_of_torch
def test_extreme_logits_give_what_torch_gives(
    function: Callable[..., Array], size: float, dtype: Any
) -> None:
    h = np.array([[size, -size, 0], [-size, -size, -size], [size, size, -size]], dtype)
    expected = by_torch[function.__name__](torch.tensor(h)).numpy()
    assert np.isfinite(expected).all()
    assert_allclose(function(h), expected, rtol=2 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_gap_that_overflows_is_a_term_of_0(dtype: Any) -> None:
    largest = np.finfo(dtype).max
    h = np.array([largest, -largest], dtype)
    assert logsumexp(h) == largest
    assert_array_equal(softmax(h), [1, 0])
    assert_array_equal(softmax_jacobian(h), np.zeros((2, 2)))


@pytest.mark.parametrize(("dtype", "largest"), [(np.float32, "3.4e+38"), (np.float64, "1.8e+308")])
def test_log_softmax_refuses_a_gap_that_overflows(dtype: Any, largest: str) -> None:
    h = np.array([[0, -INF], [np.finfo(dtype).max, -np.finfo(dtype).max]], dtype)
    need = f"h must give results that {np.dtype(dtype)} can hold"
    refuses(log_softmax, f"{need}, got overflow with |h| up to {largest}", h)
    assert_array_equal(log_softmax(h / 2), [[0, -INF], [0, -np.finfo(dtype).max]])


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_class_with_logit_minus_infinity_is_as_if_it_were_absent(dtype: Any) -> None:
    h, rest = np.array([[1, -INF, 2]], dtype), np.array([[1, 2]], dtype)
    assert_array_equal(logsumexp(h), logsumexp(rest))
    assert_array_equal(np.delete(softmax(h), 1, axis=1), softmax(rest))
    assert_array_equal(softmax(h)[:, 1], [0])
    assert_array_equal(np.delete(log_softmax(h), 1, axis=1), log_softmax(rest))
    assert_array_equal(log_softmax(h)[:, 1], [-INF])
    assert_array_equal(softmax_jacobian(h)[:, 1], np.zeros((1, 3)))


@pytest.mark.parametrize("row", [[-INF, -INF], [INF, 0.0], [-INF, INF], [INF, INF], [INF, 1e4]])
def test_logsumexp_of_infinities_is_the_limit(row: list[float]) -> None:
    assert_array_equal(logsumexp([row, [0.0, -INF]]), [max(row), 0])


def test_sigmoid_of_infinity_is_the_limit() -> None:
    assert_array_equal(sigmoid([-INF, INF, 0.0]), [0, 1, 0.5])


@pytest.mark.parametrize("dtype", FLOATS)
def test_sigmoid_of_a_number_is_a_number(dtype: Any) -> None:
    p = sigmoid(dtype(0))
    assert isinstance(p, dtype)
    assert p == 0.5
    assert isinstance(sigmoid(0), np.float64)


def test_zeros_of_the_jacobian_have_no_minus_sign() -> None:
    jacobian = softmax_jacobian([1e4, -1e4, -INF])
    assert_array_equal(jacobian, np.zeros((3, 3)))
    assert not np.signbit(jacobian).any()


# Input without an answer


@pytest.mark.parametrize("function", [softmax, log_softmax, softmax_jacobian])
@pytest.mark.parametrize("row", [[NAN, 0.0], [INF, 0.0], [-INF, -INF], [NAN, NAN], [0.0, INF]])
def test_a_row_without_a_finite_maximum_is_named(
    function: Callable[..., Any], row: list[float]
) -> None:
    need = "h must have a finite largest logit in every row (no NaN, no inf, not all -inf)"
    got = np.array(row)
    refuses(function, f"{need}, got {got} in row ()", got)
    refuses(function, f"{need}, got {got} in row (1,)", np.array([[0.0, 1.0], row, row]))
    refuses(function, f"{need}, got {got} in row (0, 1)", np.array([[[0.0, 1.0], row]]))


@pytest.mark.parametrize(("function", "name"), [(logsumexp, "h"), (sigmoid, "z")])
def test_nan_is_named_where_infinity_is_allowed(function: Callable[..., Any], name: str) -> None:
    value = np.array([[INF, 0.0, -INF], [0.0, 1.0, NAN], [NAN, NAN, NAN]])
    refuses(function, f"{name} must not hold NaN, got nan at index (1, 2)", value)
    refuses(function, f"{name} must not hold NaN, got nan at index (0,)", np.array([NAN]))


@each_function
def test_float32_of_another_byte_order_stays_float32(function: Callable[..., Array]) -> None:
    for order in "<>":
        assert function(np.ones(2, f"{order}f4")).dtype == np.float32
