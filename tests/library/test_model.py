from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from tests.refusals import refuses
from tests.strategies import (
    DIFFERENCE,
    FLOATS,
    TOLERANCE,
    Array,
    Problem,
    assert_same,
    hessian_by_torch,
    loss_by_torch,
    problems,
)
from torch.nn import functional

from logreg_book import (
    accuracy,
    batch_loss,
    cross_entropy,
    finite_difference,
    grad_logits,
    grad_parameters,
    hessian,
    init_parameters,
    logits,
    loss_and_gradients,
    predict,
)

each_dtype = pytest.mark.parametrize("dtype", FLOATS)


# Initial parameters


@each_dtype
def test_parameters_start_at_0_without_a_generator(dtype: Any) -> None:
    W, b = init_parameters(2, 3, dtype=dtype)
    assert (W.dtype, b.dtype) == (dtype, dtype)
    assert_array_equal(W, np.zeros((2, 3)))
    assert_array_equal(b, np.zeros(3))


@each_dtype
def test_a_generator_draws_standard_normal_weights_and_no_biases(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    W, b = init_parameters(200, 3, rng=rng, dtype=dtype)
    assert (W.dtype, b.dtype) == (dtype, dtype)
    assert_array_equal(W, np.random.default_rng(0).standard_normal((200, 3)).astype(dtype))
    assert_array_equal(b, np.zeros(3))


def test_parameters_are_float64_unless_float32_is_asked_for() -> None:
    W, b = init_parameters(1, 2)
    assert W.dtype == b.dtype == np.float64
    for dtype, got in ((np.float16, "float16"), (int, "int64"), (">f8", ">f8")):
        message = f"dtype must be float32 or float64, got {got}"
        refuses(init_parameters, message, 1, 2, dtype=dtype, error=TypeError)
    message = "dtype must be a dtype, got 'decimal'"
    refuses(init_parameters, message, 1, 2, dtype="decimal", error=TypeError)


# Logits and predictions


@given(problem=problems())
def test_logits_are_those_of_a_linear_layer(problem: Problem) -> None:
    X, _, W, b = problem
    h = logits(X, W, b)
    expected = functional.linear(torch.tensor(X), torch.tensor(W.T), torch.tensor(b)).numpy()
    assert (h.shape, h.dtype) == (expected.shape, X.dtype)
    assert_allclose(h, expected, **TOLERANCE[X.dtype])


@pytest.mark.parametrize("order", ["C", "F"])
@each_dtype
def test_logits_lie_class_by_class_in_memory(order: Any, dtype: Any) -> None:
    X = np.ones((5, 2), dtype, order=order)
    h = logits(X, np.ones((2, 3), dtype, order=order), np.zeros(3, dtype))
    assert h.flags.f_contiguous
    assert not h.flags.c_contiguous


@given(problem=problems())
def test_prediction_is_the_largest_logit_and_accuracy_the_share_of_correct_ones(
    problem: Problem,
) -> None:
    X, y, W, b = problem
    predicted = [int(np.argmax(x @ W + b)) for x in X]
    assert_array_equal(predict(X, W, b), predicted)
    share = accuracy(X, y, W, b)
    assert type(share) is float
    assert share == pytest.approx(np.sum(predicted == y) / len(y), rel=1e-15)


def test_of_equal_logits_the_lower_class_is_predicted() -> None:
    labels = predict([[0.0], [1.0]], [[0.0, 1.0, 1.0]], [0.0, 0.0, 0.0])
    assert labels.dtype == np.intp
    assert_array_equal(labels, [0, 1])
    assert accuracy([[0.0], [1.0]], [0, 2], [[0.0, 1.0, 1.0]], [0.0, 0.0, 0.0]) == 0.5


# Loss and gradients


@given(problem=problems())
def test_loss_and_gradients_are_those_of_autograd(problem: Problem) -> None:
    dtype = problem.X.dtype
    loss, dW, db = loss_and_gradients(*problem)
    assert type(loss) is type(batch_loss(*problem)) is float
    assert (dW.dtype, db.dtype) == (dtype, dtype)
    assert_same((loss, dW, db), loss_by_torch(*problem), **TOLERANCE[dtype])


@given(problem=problems(np.float64))
def test_gradients_are_central_differences_of_the_loss(problem: Problem) -> None:
    X, y, W, b = problem
    _, dW, db = loss_and_gradients(X, y, W, b)
    assert_allclose(dW, finite_difference(lambda w: batch_loss(X, y, w, b), W), **DIFFERENCE)
    assert_allclose(db, finite_difference(lambda c: batch_loss(X, y, W, c), b), **DIFFERENCE)


@given(problem=problems())
def test_loss_and_gradients_are_their_definition(problem: Problem) -> None:
    X, y, W, b = problem
    h = logits(X, W, b)
    loss, dW, db = loss_and_gradients(X, y, W, b)
    assert loss == batch_loss(X, y, W, b) == cross_entropy(h, y)
    expected = grad_parameters(X, grad_logits(h, y))
    assert_array_equal(dW, expected[0])
    assert_array_equal(db, expected[1])


@given(problem=problems(np.float64), seed=st.integers(0, 9))
def test_gradients_of_any_function_of_the_logits_lead_to_those_of_the_parameters(
    problem: Problem, seed: int
) -> None:
    X, _, W, b = problem
    v = np.random.default_rng(seed).normal(size=(len(X), len(b)))
    dW, db = grad_parameters(X, v)
    by_W = finite_difference(lambda w: (v * logits(X, w, b)).sum(), W)
    by_b = finite_difference(lambda c: (v * logits(X, W, c)).sum(), b)
    assert_allclose(dW, by_W, rtol=1e-7, atol=1e-7)
    assert_allclose(db, by_b, rtol=1e-7, atol=1e-7)


@each_dtype
@pytest.mark.parametrize("K", [2, 3, 10])
@pytest.mark.parametrize("size", [800, 1e4, 1e9])
def test_extreme_weights_give_0_if_correct_and_the_inputs_if_wrong(
    size: float, K: int, dtype: Any
) -> None:
    X, W, b = np.array([[1], [-1]], dtype), np.zeros((1, K), dtype), np.zeros(K, dtype)
    W[0, :2] = -size, size
    loss, dW, db = loss_and_gradients(X, [1, 0], W, b)
    assert loss == batch_loss(X, [1, 0], W, b) == 0
    assert_array_equal(dW, np.zeros((1, K)))
    assert_array_equal(db, np.zeros(K))
    loss, dW, db = loss_and_gradients(X, [0, 1], W, b)
    assert loss == batch_loss(X, [0, 1], W, b) == 2 * size
    assert_array_equal(dW, [[-1, 1] + [0] * (K - 2)])
    assert_array_equal(db, np.zeros(K))


def test_bias_moves_where_one_class_is_more_frequent() -> None:
    """Summed over the classes as well, its gradient would be 0 for any data."""
    _, _, db = loss_and_gradients(np.zeros((4, 1)), [0, 0, 0, 1], np.zeros((1, 2)), np.zeros(2))
    assert_array_equal(db, [-0.25, 0.25])


# Hessian


@given(problem=problems(np.float64))
def test_hessian_is_the_central_difference_of_the_gradient(problem: Problem) -> None:
    X, y, W, b = problem

    def gradient(theta: Array) -> Array:
        Wb = theta.reshape(len(W) + 1, len(b))
        _, dW, db = loss_and_gradients(X, y, Wb[:-1], Wb[-1])
        return np.vstack([dW, db]).ravel()

    difference = finite_difference(gradient, np.vstack([W, b]).ravel())
    assert_allclose(hessian(X, W, b), difference, rtol=1e-7, atol=1e-7)


@given(problem=problems())
def test_hessian_is_that_of_autograd(problem: Problem) -> None:
    X, y, W, b = problem

    def loss(theta: torch.Tensor) -> torch.Tensor:
        Wb = theta.reshape(len(W) + 1, len(b))
        return functional.cross_entropy(torch.tensor(X) @ Wb[:-1] + Wb[-1], torch.tensor(y))

    H = hessian(X, W, b)
    assert H.dtype == X.dtype
    expected = hessian_by_torch(loss, np.vstack([W, b]).ravel())
    assert_allclose(H, expected, **TOLERANCE[X.dtype])


@given(problem=problems())
def test_hessian_is_symmetric_and_positive_semidefinite(problem: Problem) -> None:
    X, _, W, b = problem
    H = hessian(X, W, b)
    rounding = 50 * np.finfo(X.dtype).eps * max(1, np.abs(H).max())
    assert_allclose(H, H.T, rtol=0, atol=rounding)
    assert np.linalg.eigvalsh(H.astype(np.float64)).min() >= -rounding


@pytest.mark.parametrize("size", [1e4, 1e9])
def test_hessian_vanishes_where_the_prediction_is_certain(size: float) -> None:
    assert_array_equal(hessian([[1.0], [-1.0]], [[-size, size]], [0.0, 0.0]), np.zeros((4, 4)))


# What overflows is named, with its size

OVERFLOW = "must give results that float64 can hold, got overflow with"
each_function_of_a_batch = pytest.mark.parametrize("function", [batch_loss, loss_and_gradients])


@pytest.mark.parametrize("function", [logits, predict, hessian])
def test_logits_that_overflow_are_refused(function: Callable[..., Any]) -> None:
    message = f"X, W and b {OVERFLOW} |X| up to 2e+200, |W| up to 3e+200, |b| up to 4"
    refuses(function, message, [[-2e200, 1.0]], [[3e200, 1.0], [0.0, 0.0]], [0.0, -4.0])


@each_function_of_a_batch
def test_a_loss_that_overflows_is_refused(function: Callable[..., Any]) -> None:
    """The logits are finite here, their difference is not."""
    message = f"X, W and b {OVERFLOW} |X| up to 1, |W| up to 0, |b| up to 1.5e+308"
    refuses(function, message, [[1.0]], [0], [[0.0, 0.0]], [-1.5e308, 1.5e308])
    message = f"X, W and b {OVERFLOW} |X| up to 1, |W| up to 1e+308, |b| up to 0"
    refuses(function, message, [[1.0]], [0], [[-1e308, 1e308]], [0.0, 0.0])


@each_function_of_a_batch
def test_an_input_that_is_not_finite_is_named_and_not_called_overflow(
    function: Callable[..., Any],
) -> None:
    message = "X must be finite, got nan at index (1, 0)"
    refuses(function, message, [[1.0], [np.nan]], [0, 1], [[0.0, 0.0]], [0.0, 0.0])


def test_gradients_that_overflow_are_refused() -> None:
    message = f"X and dh {OVERFLOW} |X| up to 1e+308, |dh| up to 5"
    refuses(grad_parameters, message, [[1e308], [0.0]], [[5.0], [1.0]])
    message = f"X and dh {OVERFLOW} |X| up to 0, |dh| up to 1.5e+308"
    refuses(grad_parameters, message, [[0.0], [0.0]], [[1.5e308], [1.5e308]])


def test_a_hessian_that_overflows_is_refused() -> None:
    message = f"X {OVERFLOW} |X| up to 1e+200"
    refuses(hessian, message, [[1e200]], [[0.0, 0.0]], [0.0, 0.0])
