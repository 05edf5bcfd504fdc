from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from logreg_book import batch_loss, loss_and_gradients, sgd_step

if TYPE_CHECKING:
    from tests.conftest import Problem

    Problems = st.SearchStrategy[Problem]


@given(data=st.data(), eta=st.floats(1e-3, 10))
def test_step_is_that_of_torch(problems: Problems, data: st.DataObject, eta: float) -> None:
    X, y, W, b = data.draw(problems)
    _, dW, db = loss_and_gradients(X, y, W, b)
    new_W, new_b = sgd_step(W, b, dW, db, eta=eta)
    leaves = [torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)]
    for leaf, gradient in zip(leaves, (dW, db), strict=True):
        leaf.grad = torch.tensor(gradient)
    torch.optim.SGD(leaves, lr=eta).step()
    rtol = 1e-6 if X.dtype == np.float32 else 1e-14
    atol = 1e-5 if X.dtype == np.float32 else 1e-13
    for ours, leaf in zip((new_W, new_b), leaves, strict=True):
        assert ours.dtype == X.dtype
        assert_allclose(ours, leaf.detach().numpy(), rtol=rtol, atol=atol)


@given(data=st.data(), eta=st.floats(1e-3, 10))
def test_step_is_minus_eta_times_the_gradient(
    problems: Problems, data: st.DataObject, eta: float
) -> None:
    _, _, W, b = data.draw(problems)
    rows = [[w - eta * 2 * w for w in row] for row in W.tolist()]
    new_W, new_b = sgd_step(W, b, 2 * W, 2 * b, eta=eta)
    assert_allclose(new_W, rows, rtol=1e-5, atol=1e-5)
    assert_allclose(new_b, b - eta * 2 * b, rtol=1e-5, atol=1e-5)


def test_step_at_a_minimum_stays_there() -> None:
    W, b = np.array([[1.0, -1.0]]), np.array([2.0, 3.0])
    new_W, new_b = sgd_step(W, b, np.zeros((1, 2)), np.zeros(2), eta=1e3)
    assert_array_equal(new_W, W)
    assert_array_equal(new_b, b)


def test_step_returns_new_arrays() -> None:
    W, b = np.ones((2, 3)), np.ones(3)
    new_W, new_b = sgd_step(W, b, W, b, eta=0.5)
    new_W += 1
    new_b += 1
    assert_array_equal(W, np.ones((2, 3)))
    assert_array_equal(b, np.ones(3))


def test_small_step_goes_downhill_by_eta_times_the_squared_gradient(overlapping: Problem) -> None:
    X, y, W, b = overlapping
    loss, dW, db = loss_and_gradients(X, y, W, b)
    eta = 1e-6
    fall = loss - batch_loss(X, y, *sgd_step(W, b, dW, db, eta=eta))
    assert fall == pytest.approx(eta * ((dW**2).sum() + (db**2).sum()), rel=1e-4)


@pytest.mark.parametrize("eta", [1, np.float32(1.0), np.int64(1)])
def test_eta_of_any_real_type_leaves_float32_as_it_is(eta: float) -> None:
    W, b = np.ones((1, 2), np.float32), np.ones(2, np.float32)
    new_W, new_b = sgd_step(W, b, W, b, eta=eta)
    assert new_W.dtype == new_b.dtype == np.float32
    assert_array_equal(new_W, np.zeros((1, 2)))


def test_integers_become_float64() -> None:
    new_W, new_b = sgd_step([[1, 2]], [3, 4], [[1, 1]], [2, 2], eta=0.25)
    assert new_W.dtype == new_b.dtype == np.float64
    assert_array_equal(new_W, [[0.75, 1.75]])
    assert_array_equal(new_b, [2.5, 3.5])
