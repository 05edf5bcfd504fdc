from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import DTypeLike, NDArray

from logreg_book import (
    batch_loss,
    complex_step,
    cross_entropy,
    finite_difference,
    grad_logits,
    grad_parameters,
    grad_probabilities,
    hessian,
    logits,
    loss_and_gradients,
    one_hot,
    softmax,
    softmax_jacobian,
)

if TYPE_CHECKING:
    from tests.conftest import Problem, Scores

    Problems = st.SearchStrategy[Problem]
    ScoresStrategy = st.SearchStrategy[Scores]

TOLERANCE: dict[np.dtype[Any], dict[str, Any]] = {
    np.dtype(np.float32): {"rtol": 1e-5, "atol": 5e-5},
    np.dtype(np.float64): {"rtol": 1e-11, "atol": 1e-13},
}
DIFFERENCE: dict[str, Any] = {"rtol": 1e-7, "atol": 1e-8}


def by_torch(
    X: NDArray[Any], y: NDArray[Any], W: NDArray[Any], b: NDArray[Any]
) -> tuple[float, NDArray[Any], NDArray[Any]]:
    """Loss and gradients by autograd."""
    leaves = torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)
    scores = torch.tensor(X) @ leaves[0] + leaves[1]
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
    dW, db = torch.autograd.grad(loss, leaves)
    return loss.item(), dW.numpy(), db.numpy()


def assert_same(
    ours: tuple[Any, ...], theirs: tuple[Any, ...], *, rtol: float, atol: float
) -> None:
    """Loss, dW and db, one after the other."""
    for a, b in zip(ours, theirs, strict=True):
        assert_allclose(a, b, rtol=rtol, atol=atol)


def mean_log_loss(p: NDArray[Any], y: NDArray[Any]) -> Any:
    return -np.log(p[np.arange(len(y)), y]).mean()


# By the probabilities


@given(data=st.data())
def test_gradient_by_probabilities_is_that_of_all_three_witnesses(
    scores64: ScoresStrategy, data: st.DataObject
) -> None:
    h, y = data.draw(scores64)
    p = softmax(h)
    dp = grad_probabilities(p, y)
    leaf = torch.tensor(p, requires_grad=True)
    (by_autograd,) = torch.autograd.grad(
        torch.nn.functional.nll_loss(leaf.log(), torch.tensor(y)), leaf
    )
    assert_allclose(dp, by_autograd.numpy(), rtol=1e-12)
    assert_allclose(dp, complex_step(lambda q: mean_log_loss(q, y), p), rtol=1e-12)
    step = 1e-5 * p.min()
    difference = finite_difference(lambda q: mean_log_loss(q, y), p, step=step)
    assert_allclose(dp, difference, rtol=1e-6, atol=1e-5 / step * 1e-9)


@given(data=st.data())
def test_gradient_by_probabilities_is_minus_labels_over_probabilities(
    scores: ScoresStrategy, data: st.DataObject
) -> None:
    h, y = data.draw(scores)
    p = softmax(h)
    dp = grad_probabilities(p, y)
    assert (dp.shape, dp.dtype) == (h.shape, h.dtype)
    assert_allclose(dp, -one_hot(y, h.shape[1], dtype=h.dtype) / (p * len(y)), rtol=1e-6)


def test_gradient_by_probabilities_at_the_right_answer_is_minus_one_a_label() -> None:
    """It is the Jacobian that then makes the gradient by the logits vanish."""
    assert_array_equal(grad_probabilities([[1.0, 0.0], [0.0, 1.0]], [0, 1]), -np.eye(2) / 2)


# By the logits


@given(data=st.data())
def test_gradient_by_logits_is_that_of_all_three_witnesses(
    scores64: ScoresStrategy, data: st.DataObject
) -> None:
    h, y = data.draw(scores64)
    dh = grad_logits(h, y)
    leaf = torch.tensor(h, requires_grad=True)
    (by_autograd,) = torch.autograd.grad(
        torch.nn.functional.cross_entropy(leaf, torch.tensor(y)), leaf
    )
    assert_allclose(dh, by_autograd.numpy(), **TOLERANCE[h.dtype])
    assert_allclose(dh, complex_step(lambda x: cross_entropy(x, y), h), **TOLERANCE[h.dtype])
    assert_allclose(dh, finite_difference(lambda x: cross_entropy(x, y), h), **DIFFERENCE)


@given(data=st.data())
def test_jacobian_turns_the_gradient_by_probabilities_into_that_by_logits(
    scores: ScoresStrategy, data: st.DataObject
) -> None:
    h, y = data.draw(scores)
    dp, jacobian = grad_probabilities(softmax(h), y), softmax_jacobian(h)
    by_chain_rule = np.einsum("ij,ijk->ik", dp, jacobian)
    assert_allclose(grad_logits(h, y), by_chain_rule, rtol=1e-5, atol=1e-6)


@given(data=st.data())
def test_gradient_by_logits_is_prediction_less_truth_and_its_rows_add_up_to_zero(
    scores: ScoresStrategy, data: st.DataObject
) -> None:
    h, y = data.draw(scores)
    dh = grad_logits(h, y)
    assert (dh.shape, dh.dtype) == (h.shape, h.dtype)
    naive = np.exp(h) / np.exp(h).sum(axis=1, keepdims=True)
    naive[np.arange(len(y)), y] -= 1
    assert_allclose(dh, naive / len(y), **TOLERANCE[h.dtype])
    assert_allclose(dh.sum(axis=1), 0, atol=8 * np.finfo(h.dtype).eps)


@given(data=st.data())
def test_gradient_by_logits_of_a_batch_is_that_of_its_examples_over_b(
    scores: ScoresStrategy, data: st.DataObject
) -> None:
    h, y = data.draw(scores)
    singles = [grad_logits(h[i : i + 1], y[i : i + 1])[0] for i in range(len(y))]
    assert_allclose(grad_logits(h, y), np.array(singles) / len(y), **TOLERANCE[h.dtype])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e4, 1e9])
def test_gradient_by_logits_is_zero_if_certain_and_right_and_bounded_if_wrong(
    size: float, dtype: DTypeLike
) -> None:
    h = np.array([[size, -size], [-size, size]], dtype)
    assert_array_equal(grad_logits(h, [0, 1]), np.zeros((2, 2)))
    assert_array_equal(grad_logits(h, [1, 0]), [[0.5, -0.5], [-0.5, 0.5]])


def test_gradient_by_logits_ignores_a_class_with_logit_minus_infinity() -> None:
    dh = grad_logits([[1.0, -np.inf, 2.0]], [2])
    assert_array_equal(dh[:, [0, 2]], grad_logits([[1.0, 2.0]], [1]))
    assert dh[0, 1] == 0


# By the parameters


@given(data=st.data())
def test_gradients_by_parameters_sum_over_examples(problems: Problems, data: st.DataObject) -> None:
    X, y, W, b = data.draw(problems)
    dh = grad_logits(logits(X, W, b), y)
    dW, db = grad_parameters(X, dh)
    assert (dW.shape, db.shape, dW.dtype, db.dtype) == (W.shape, b.shape, X.dtype, X.dtype)
    assert_allclose(dW, sum(map(np.outer, X, dh)), **TOLERANCE[X.dtype])
    assert_allclose(db, sum(dh), **TOLERANCE[X.dtype])


@given(data=st.data())
def test_gradients_by_parameters_are_those_of_any_function_of_the_logits(
    problems64: Problems, data: st.DataObject
) -> None:
    X, _, W, b = data.draw(problems64)
    v = np.sin(np.arange(1.0, 1.0 + len(X) * len(b))).reshape(len(X), len(b))
    dW, db = grad_parameters(X, v)
    assert_allclose(
        dW, finite_difference(lambda w: (v * logits(X, w, b)).sum(), W), rtol=1e-7, atol=1e-7
    )
    assert_allclose(
        db, finite_difference(lambda c: (v * logits(X, W, c)).sum(), b), rtol=1e-7, atol=1e-7
    )


# Loss and gradients at once


@given(data=st.data())
def test_loss_and_gradients_are_those_of_autograd(problems: Problems, data: st.DataObject) -> None:
    X, y, W, b = data.draw(problems)
    loss, dW, db = loss_and_gradients(X, y, W, b)
    assert type(loss) is float
    assert (dW.shape, db.shape, dW.dtype, db.dtype) == (W.shape, b.shape, X.dtype, X.dtype)
    assert_same((loss, dW, db), by_torch(X, y, W, b), **TOLERANCE[X.dtype])


@given(data=st.data())
def test_gradients_are_centred_differences_of_the_loss(
    problems64: Problems, data: st.DataObject
) -> None:
    X, y, W, b = data.draw(problems64)
    _, dW, db = loss_and_gradients(X, y, W, b)
    by_W = finite_difference(lambda w: batch_loss(X, y, w, b), W)
    by_b = finite_difference(lambda c: batch_loss(X, y, W, c), b)
    assert_allclose(dW, by_W, **DIFFERENCE)
    assert_allclose(db, by_b, **DIFFERENCE)


@given(data=st.data())
def test_loss_and_gradients_are_their_definition_as_code(
    problems: Problems, data: st.DataObject
) -> None:
    X, y, W, b = data.draw(problems)
    loss, dW, db = loss_and_gradients(X, y, W, b)
    h = logits(X, W, b)
    expected_dW, expected_db = grad_parameters(X, grad_logits(h, y))
    assert_allclose(loss, cross_entropy(h, y), **TOLERANCE[X.dtype])
    assert_allclose(dW, expected_dW, **TOLERANCE[X.dtype])
    assert_allclose(db, expected_db, **TOLERANCE[X.dtype])


@given(data=st.data())
def test_loss_and_gradients_are_the_means_over_single_examples(
    problems: Problems, data: st.DataObject
) -> None:
    X, y, W, b = data.draw(problems)
    singles = [loss_and_gradients(X[i : i + 1], y[i : i + 1], W, b) for i in range(len(y))]
    means = tuple(np.mean(column, axis=0) for column in zip(*singles, strict=True))
    assert_same(loss_and_gradients(X, y, W, b), means, **TOLERANCE[X.dtype])


@pytest.mark.parametrize("block", [1, 2, 5, 7, 12, 100])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the patch stays the same
@given(data=st.data())
def test_loss_and_gradients_do_not_depend_on_the_block_size(
    problems: Problems, data: st.DataObject, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y, W, b = data.draw(problems)
    monkeypatch.setattr("logreg_book.losses._BLOCK", 10**6)
    in_one = loss_and_gradients(X, y, W, b)
    monkeypatch.setattr("logreg_book.losses._BLOCK", block)
    assert_same(loss_and_gradients(X, y, W, b), in_one, **TOLERANCE[X.dtype])


def test_loss_and_gradients_of_several_blocks_are_those_of_autograd() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20_001, 3)), rng.integers(0, 5, size=20_001)
    W, b = rng.normal(size=(3, 5)), rng.normal(size=5)
    ours, theirs = loss_and_gradients(X, y, W, b), by_torch(X, y, W, b)
    assert_same(ours, theirs, rtol=1e-10, atol=1e-13)


def test_loss_and_gradients_need_little_memory_beyond_their_input() -> None:
    X, y = np.ones((200_000, 2)), np.zeros(200_000, dtype=np.intp)
    tracemalloc.start()
    try:
        loss_and_gradients(X, y, np.zeros((2, 2)), np.zeros(2))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2e6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e4, 1e9])
def test_extreme_weights_give_zero_if_right_and_the_inputs_if_wrong(
    size: float, dtype: DTypeLike
) -> None:
    X, b = np.array([[1], [-1]], dtype), np.zeros(2, dtype)
    W = np.array([[-size, size]], dtype)
    loss, dW, db = loss_and_gradients(X, [1, 0], W, b)
    assert loss == 0
    assert_array_equal(dW, np.zeros((1, 2)))
    assert_array_equal(db, np.zeros(2))
    loss, dW, db = loss_and_gradients(X, [0, 1], W, b)
    assert loss == 2 * size
    assert_array_equal(dW, [[-1, 1]])
    assert_array_equal(db, np.zeros(2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_of_two_classes_the_gradient_keeps_all_digits_of_an_error_far_below_rounding(
    dtype: DTypeLike,
) -> None:
    """Near 1, ``p - 1`` has no digits left; the sigmoid of the other class has them all."""
    X, W, b = np.ones((1, 1), dtype), np.array([[25, -25]], dtype), np.zeros(2, dtype)
    _, dW, db = loss_and_gradients(X, [0], W, b)
    assert_allclose(
        dW, [[-np.exp(-50.0), np.exp(-50.0)]], rtol=1e-5 if dtype == np.float32 else 1e-14
    )
    assert_array_equal(db, dW[0])


@given(data=st.data())
def test_two_classes_are_three_of_which_one_is_hopeless(
    problems: Problems, data: st.DataObject
) -> None:
    """So the short way of two classes and the way of many agree."""
    X, y, W, b = data.draw(problems)
    two = y % 2, W[:, [0, -1]], b[[0, -1]]
    hopeless = np.zeros((len(W), 1), W.dtype), np.array([-1e4], W.dtype)
    three = two[0], np.hstack([two[1], hopeless[0]]), np.hstack([two[2], hopeless[1]])
    loss, dW, db = loss_and_gradients(X, *three)
    assert_same(loss_and_gradients(X, *two), (loss, dW[:, :2], db[:2]), **TOLERANCE[X.dtype])
    assert_allclose(batch_loss(X, *two), batch_loss(X, *three), **TOLERANCE[X.dtype])


def test_bias_moves_where_one_class_is_more_frequent() -> None:
    """Summed over classes as well, the gradient by the bias would be 0 for any data."""
    _, _, db = loss_and_gradients(np.zeros((4, 1)), [0, 0, 0, 1], np.zeros((1, 2)), np.zeros(2))
    assert_array_equal(db, [-0.25, 0.25])


def test_with_one_class_nothing_is_to_be_learnt() -> None:
    loss, dW, db = loss_and_gradients([[1.0, 2.0]], [0], [[3.0], [4.0]], [5.0])
    assert loss == 0
    assert_array_equal(dW, np.zeros((2, 1)))
    assert_array_equal(db, [0])


def test_integers_count_as_float64() -> None:
    ours = loss_and_gradients([[1, 2]], [0], [[1, 0], [0, 1]], [0, 3])
    floats = loss_and_gradients([[1.0, 2.0]], [0], [[1.0, 0.0], [0.0, 1.0]], [0.0, 3.0])
    for by_int, by_float in zip(ours, floats, strict=True):
        assert np.asarray(by_int).dtype == np.float64
        assert_array_equal(by_int, by_float)


# Hessian


@given(data=st.data())
def test_hessian_is_the_centred_difference_of_the_gradient(
    problems64: Problems, data: st.DataObject
) -> None:
    X, y, W, b = data.draw(problems64)

    def gradient(theta: NDArray[Any]) -> NDArray[Any]:
        Wb = theta.reshape(W.shape[0] + 1, W.shape[1])
        _, dW, db = loss_and_gradients(X, y, Wb[:-1], Wb[-1])
        return np.vstack([dW, db]).ravel()

    H = hessian(X, W, b)
    assert_allclose(H, finite_difference(gradient, np.vstack([W, b]).ravel()), **DIFFERENCE)


@given(data=st.data())
def test_hessian_is_that_of_autograd(problems: Problems, data: st.DataObject) -> None:
    X, y, W, b = data.draw(problems)
    inputs, truth = torch.tensor(X), torch.tensor(y)

    def loss(theta: torch.Tensor) -> torch.Tensor:
        Wb = theta.reshape(W.shape[0] + 1, W.shape[1])
        return torch.nn.functional.cross_entropy(inputs @ Wb[:-1] + Wb[-1], truth)

    H = hessian(X, W, b)
    assert H.dtype == X.dtype
    theta = torch.tensor(np.vstack([W, b]).ravel())
    expected = torch.autograd.functional.hessian(loss, theta)
    assert isinstance(expected, torch.Tensor)
    assert_allclose(H, expected.numpy(), **TOLERANCE[X.dtype])


@given(data=st.data())
def test_hessian_is_the_sum_of_kronecker_products(problems: Problems, data: st.DataObject) -> None:
    X, _, W, b = data.draw(problems)
    S, ones = softmax_jacobian(logits(X, W, b)), np.c_[X, np.ones(len(X), X.dtype)]
    expected = sum(np.kron(np.outer(x, x), s) for x, s in zip(ones, S, strict=True)) / len(X)
    assert_allclose(hessian(X, W, b), expected, **TOLERANCE[X.dtype])


@given(data=st.data())
def test_hessian_is_symmetric_and_bends_nowhere_down(
    problems: Problems, data: st.DataObject
) -> None:
    X, _, W, b = data.draw(problems)
    H = hessian(X, W, b)
    rounding = 50 * np.finfo(X.dtype).eps * max(1, np.abs(H).max())
    assert_allclose(H, H.T, rtol=0, atol=rounding)
    assert np.linalg.eigvalsh(H.astype(np.float64)).min() >= -rounding


@pytest.mark.parametrize("block", [1, 4, 9, 20])
def test_hessian_does_not_depend_on_the_block_size(
    overlapping: Problem, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, _, W, b = overlapping
    in_one = hessian(X, W, b)
    monkeypatch.setattr("logreg_book.losses._BLOCK", block)
    assert_allclose(hessian(X, W, b), in_one, rtol=1e-12, atol=1e-15)


def test_hessian_vanishes_along_a_shift_of_all_logits() -> None:
    rng = np.random.default_rng(0)
    X, W, b = rng.normal(size=(6, 2)), rng.normal(size=(2, 3)), rng.normal(size=3)
    shift = np.kron(rng.normal(size=3), np.ones(3))
    assert_allclose(hessian(X, W, b) @ shift, 0, atol=1e-14)


@pytest.mark.parametrize("size", [1e4, 1e9])
def test_hessian_vanishes_where_the_prediction_is_certain(size: float) -> None:
    assert_array_equal(hessian([[1.0], [-1.0]], [[-size, size]], [0.0, 0.0]), np.zeros((4, 4)))
