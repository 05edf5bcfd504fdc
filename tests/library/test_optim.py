from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from tests.refusals import refuses
from tests.strategies import FLOATS, Problem, problems

from logreg_book import batch_loss, loss_and_gradients, sgd


@given(problem=problems(), eta=st.floats(1e-3, 10))
def test_step_is_that_of_torch(problem: Problem, eta: float) -> None:
    _, dW, db = loss_and_gradients(*problem)
    for theta, grad in ((problem.W, dW), (problem.b, db)):
        leaf = torch.tensor(theta, requires_grad=True)
        leaf.grad = torch.tensor(grad)
        torch.optim.SGD([leaf], lr=eta).step()
        new, _ = sgd(theta, grad, eta=eta)
        assert new.dtype == theta.dtype
        tolerance = 8 * np.finfo(theta.dtype).eps
        assert_allclose(new, leaf.detach().numpy(), rtol=tolerance, atol=10 * tolerance)


def test_step_at_a_minimum_stays_there() -> None:
    W = np.array([[1.0, -1.0]])
    assert_array_equal(sgd(W, np.zeros((1, 2)), eta=1e3)[0], W)


def test_small_step_goes_downhill_by_eta_times_the_squared_gradient(overlapping: Problem) -> None:
    X, y, W, b = overlapping
    loss, dW, db = loss_and_gradients(X, y, W, b)
    eta = 1e-6
    fall = loss - batch_loss(X, y, sgd(W, dW, eta=eta)[0], sgd(b, db, eta=eta)[0])
    assert fall == pytest.approx(eta * ((dW**2).sum() + (db**2).sum()), rel=1e-4)


def test_step_returns_a_new_array_and_the_state_as_it_is() -> None:
    theta, grad, state = np.ones(2), np.ones(2), object()
    new, same = sgd(theta, grad, state, eta=0.5)
    new += 1
    assert same is state
    assert_array_equal(theta, [1, 1])
    assert_array_equal(grad, [1, 1])
    assert sgd(theta, grad, eta=0.5)[1] is None


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "eta",
    [
        0.5,
        np.float16(0.5),
        np.float32(0.5),
        np.float64(0.5),
        np.array(0.5),
        Fraction(1, 2),
        Decimal("0.5"),
        torch.tensor(0.5, dtype=torch.float64),
    ],
)
def test_eta_may_be_any_real_number_and_leaves_the_dtype_as_it_is(eta: Any, dtype: Any) -> None:
    new, _ = sgd(np.ones((1, 2), dtype), np.array([[1, -2]], dtype), eta=eta)
    assert new.dtype == dtype
    assert_array_equal(new, [[0.5, 2]])


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_parameter_may_be_a_number(dtype: Any) -> None:
    new, _ = sgd(dtype(3), dtype(1), eta=2)
    assert new == 1
    assert (new.dtype, new.shape) == (dtype, ())


def test_gradient_must_have_the_shape_and_dtype_of_the_parameter() -> None:
    theta = np.ones((2, 3))
    for wrong in (np.ones((1, 3)), np.ones((3, 2)), np.ones(3), np.ones(())):
        message = f"grad must have shape (2, 3) as theta has, got {wrong.shape}"
        refuses(sgd, message, theta, wrong, eta=0.1)
    message = "grad must be float64 as theta is, got dtype float32"
    refuses(sgd, message, theta, np.float32(theta), eta=0.1, error=TypeError)


@pytest.mark.parametrize(("dtype", "eta"), [(np.float64, 1e308), (np.float32, 1e38)])
def test_a_step_that_overflows_says_that_eta_is_too_large(dtype: Any, eta: float) -> None:
    theta, grad = np.array([1, 1], dtype), np.array([10, 0], dtype)
    message = f"eta must be smaller, got {eta}: the step overflows {np.dtype(dtype)}"
    refuses(sgd, message, theta, grad, eta=eta)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_named_and_eta_is_not_blamed(value: float) -> None:
    wrong = np.array([1.0, value])
    refuses(sgd, f"theta must be finite, got {value} at index (1,)", wrong, np.ones(2), eta=0.1)
    refuses(sgd, f"grad must be finite, got {value} at index (1,)", np.ones(2), wrong, eta=0.1)
    refuses(sgd, f"grad must be finite, got {value}", 1.0, value, eta=0.1)
    refuses(sgd, f"theta must be finite, got {value}", value, value, eta=0.1)
