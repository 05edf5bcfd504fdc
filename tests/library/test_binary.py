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
    binary_loss_by_torch,
    binary_problems,
    hessian_by_torch,
    problems,
)
from torch.nn import functional

from logreg_book import (
    binary_cross_entropy,
    binary_hessian,
    binary_loss_and_gradients,
    finite_difference,
    hessian,
    loss_and_gradients,
    sgd,
)

NAN = np.nan
MODELS = [binary_loss_and_gradients, binary_hessian]


def arguments(function: Callable[..., Any], X: Any, w: Any, b: Any, y: Any = None) -> list[Any]:
    """Of one of the two functions, of which the Hessian takes no labels."""
    return [X, w, b] if function is binary_hessian else [X, y or [0] * len(X), w, b]


# Torch and differences


@given(problem=binary_problems())
def test_loss_and_gradients_are_those_of_autograd(problem: Problem) -> None:
    X, y, w, b = problem
    loss, dw, db = binary_loss_and_gradients(X, y, w, float(b))
    assert (type(loss), type(db), dw.dtype) == (float, float, X.dtype)
    assert loss == binary_cross_entropy(X @ w + b, y)
    assert_same((loss, dw, db), binary_loss_by_torch(*problem), **TOLERANCE[X.dtype])


@given(problem=binary_problems(np.float64))
def test_gradients_are_central_differences_of_the_loss(problem: Problem) -> None:
    X, y, w, b = problem
    _, dw, db = binary_loss_and_gradients(X, y, w, float(b))
    by_w = finite_difference(lambda v: binary_cross_entropy(X @ v + b, y), w)
    by_b = finite_difference(lambda c: binary_cross_entropy(X @ w + c, y), b)
    assert_allclose(dw, by_w, **DIFFERENCE)
    assert_allclose(db, by_b, **DIFFERENCE)


@given(problem=binary_problems())
def test_hessian_is_that_of_autograd(problem: Problem) -> None:
    X, y, w, b = problem

    def loss(theta: torch.Tensor) -> torch.Tensor:
        z = torch.tensor(X) @ theta[:-1] + theta[-1]
        return functional.binary_cross_entropy_with_logits(z, torch.tensor(y).to(z))

    H = binary_hessian(X, w, float(b))
    assert H.dtype == X.dtype
    assert_allclose(H, hessian_by_torch(loss, np.append(w, b)), **TOLERANCE[X.dtype])


@given(problem=binary_problems(np.float64))
def test_hessian_is_the_central_difference_of_the_gradient(problem: Problem) -> None:
    X, y, w, b = problem

    def gradient(theta: Array) -> Array:
        _, dw, db = binary_loss_and_gradients(X, y, theta[:-1], float(theta[-1]))
        return np.append(dw, db)

    difference = finite_difference(gradient, np.append(w, b))
    assert_allclose(binary_hessian(X, w, float(b)), difference, rtol=1e-7, atol=1e-7)


# One output and two


@given(problem=binary_problems())
def test_one_output_is_two_of_which_the_first_is_0(problem: Problem) -> None:
    X, y, w, b = problem
    W, c = np.stack([0 * w, w], axis=1), np.stack([0 * b, b])
    loss, dW, db = loss_and_gradients(X, y, W, c)
    ours = binary_loss_and_gradients(X, y, w, float(b))
    assert_same(ours, (loss, dW[:, 1], db[1]), **TOLERANCE[X.dtype])


@given(problem=problems(np.float64))
def test_hessian_of_two_outputs_is_that_of_one_in_the_coordinates_of_their_difference(
    problem: Problem,
) -> None:
    X, _, W, b = problem
    W, b = W[:, [0, -1]], b[[0, -1]]
    H = binary_hessian(X, W[:, 1] - W[:, 0], float(b[1] - b[0]))
    expected = np.kron(H, [[1, -1], [-1, 1]])
    assert_allclose(hessian(X, W, b), expected, **TOLERANCE[X.dtype])


@given(problem=problems(np.float64), eta=st.floats(0.01, 2))
def test_two_outputs_move_like_one_at_twice_the_learning_rate(problem: Problem, eta: float) -> None:
    X, y, W, b = problem
    y, W, b = y % 2, W[:, [0, -1]], b[[0, -1]]
    w, c = W[:, 1] - W[:, 0], b[1] - b[0]
    for _ in range(5):
        _, dW, db = loss_and_gradients(X, y, W, b)
        _, dw, dc = binary_loss_and_gradients(X, y, w, c)
        W, b = sgd(W, dW, eta=eta)[0], sgd(b, db, eta=eta)[0]
        w, c = sgd(w, dw, eta=2 * eta)[0], sgd(c, dc, eta=2 * eta)[0]
    assert_allclose(W[:, 1] - W[:, 0], w, rtol=1e-8, atol=1e-9)
    assert_allclose(b[1] - b[0], c, rtol=1e-8, atol=1e-9)


# Small and large


@pytest.mark.parametrize(
    ("dtype", "largest", "rtol"), [(np.float32, 80, 1e-5), (np.float64, 700, 1e-13)]
)
@pytest.mark.parametrize("label", [0, 1])
@given(share=st.floats(0, 1))
def test_loss_gradient_and_curvature_of_a_correct_prediction_vanish_together(
    share: float, label: int, dtype: Any, largest: float, rtol: float
) -> None:
    margin = dtype(share * largest)
    sign = 2 * label - 1
    X, w = np.ones((1, 1), dtype), np.array([sign * margin])
    e = np.exp(-np.float64(margin))
    loss, dw, db = binary_loss_and_gradients(X, [label], w, 0)
    assert_allclose(loss, np.log1p(e), rtol=rtol)
    assert_allclose(dw, [-sign * e / (1 + e)], rtol=rtol)
    assert_allclose(db, -sign * e / (1 + e), rtol=rtol)
    assert_allclose(binary_hessian(X, w, 0), np.full((2, 2), e / (1 + e) ** 2), rtol=rtol)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("size", [800, 1e9])
def test_extreme_weights_give_0_if_correct_and_the_inputs_if_wrong(size: float, dtype: Any) -> None:
    X, w = np.array([[1], [-1]], dtype), np.array([size], dtype)
    loss, dw, db = binary_loss_and_gradients(X, [1, 0], w, 0)
    assert (loss, dw.tolist(), db) == (0, [0], 0)
    loss, dw, db = binary_loss_and_gradients(X, [0, 1], w, 0)
    assert (loss, dw.tolist(), db) == (size, [1], 0)
    assert_array_equal(binary_hessian(X, w, 0), np.zeros((2, 2)))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("b", [1, 1.0, np.float32(1), np.float64(1), np.array(1), torch.tensor(1)])
def test_bias_may_be_any_number_and_leaves_the_dtype_as_it_is(b: Any, dtype: Any) -> None:
    X, w = np.ones((2, 1), dtype), np.array([2], dtype)
    loss, dw, _ = binary_loss_and_gradients(X, [0, 1], w, b)
    assert dw.dtype == binary_hessian(X, w, b).dtype == dtype
    assert loss == pytest.approx(np.log(np.exp([3, -3]) + 1).mean(), rel=1e-6)


# Refusals


@pytest.mark.parametrize("function", MODELS)
def test_parameters_that_do_not_fit_are_refused(function: Callable[..., Any]) -> None:
    X, w = np.ones((2, 3)), np.ones(3)
    for wrong in (np.ones(2), np.ones(4), np.ones(1)):
        message = f"w must have shape (3,), one per column of X, got {wrong.shape}"
        refuses(function, message, *arguments(function, X, wrong, 0.0))
    for got in ((1,), (3,)):
        message = f"b must have 0 dimension(s), got shape {got}"
        refuses(function, message, *arguments(function, X, w, np.ones(got)))
    message = "w must be float64 as X is, got dtype float32"
    refuses(function, message, *arguments(function, X, np.float32(w), 0.0), error=TypeError)
    refuses(
        function, "w must be finite, got nan at index (1,)", *arguments(function, X, [0, NAN, 0], 0)
    )
    refuses(function, "b must be finite, got nan", *arguments(function, X, w, NAN))
    X[1, 2] = NAN
    refuses(function, "X must be finite, got nan at index (1, 2)", *arguments(function, X, w, 0.0))


@pytest.mark.parametrize("function", MODELS)
def test_scores_that_overflow_are_refused(function: Callable[..., Any]) -> None:
    message = "X, w and b must give results that float64 can hold, got overflow with "
    sizes = "|X| up to 2e+200, |w| up to 3e+200, |b| up to 4"
    refuses(function, message + sizes, *arguments(function, [[-2e200]], [3e200], -4.0))
    X, w = np.ones((1, 1), np.float32), np.zeros(1, np.float32)
    message = "X, w and b must give results that float32 can hold, got overflow with "
    sizes = "|X| up to 1, |w| up to 0, |b| up to 1e+300"
    refuses(function, message + sizes, *arguments(function, X, w, 1e300))


def test_a_loss_that_overflows_is_refused() -> None:
    message = "X, w and b must give results that float64 can hold, got overflow with "
    sizes = "|X| up to 1.6e+308, |w| up to 1, |b| up to 0"
    problem = [[1.6e308], [1.6e308]], [0, 0], [1.0], 0.0
    refuses(binary_loss_and_gradients, message + sizes, *problem)


def test_a_gradient_that_overflows_by_rounding_is_refused() -> None:
    """Exactly, no entry of dw is larger than the largest input."""
    X = np.full((60, 1), np.finfo(np.float64).max)
    results = []
    for B in range(1, 60):
        try:
            results.append(str(binary_loss_and_gradients(X[:B], [1] * B, [-1e-300], 0)[1]))
        except ValueError as error:
            results.append(str(error))
    message = "X must give results that float64 can hold, got overflow with |X| up to 1.8e+308"
    assert set(results) == {"[-1.79769313e+308]", message}


def test_a_hessian_that_overflows_is_refused() -> None:
    message = "X must give results that float64 can hold, got overflow with |X| up to 1e+200"
    refuses(binary_hessian, message, [[1e200]], [0.0], 0.0)
