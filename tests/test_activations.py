from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import DTypeLike, NDArray

from logreg_book import (
    complex_step,
    finite_difference,
    log_softmax,
    logits,
    logsumexp,
    sigmoid,
    softmax,
    softmax_jacobian,
)

if TYPE_CHECKING:
    from tests.conftest import Problem, Scores

    Problems = st.SearchStrategy[Problem]
    ScoresStrategy = st.SearchStrategy[Scores]

Function = Callable[..., NDArray[Any]]

TOLERANCE: dict[np.dtype[Any], dict[str, Any]] = {
    np.dtype(np.float32): {"rtol": 1e-5, "atol": 1e-6},
    np.dtype(np.float64): {"rtol": 1e-13, "atol": 1e-14},
}
DIFFERENCE: dict[str, Any] = {"rtol": 1e-7, "atol": 1e-9}
ALONG_LAST_AXIS = [logsumexp, softmax, log_softmax, sigmoid, softmax_jacobian]

by_torch: dict[Function, Callable[[torch.Tensor], torch.Tensor]] = {
    logsumexp: lambda h: torch.logsumexp(h, -1),
    softmax: lambda h: torch.softmax(h, -1),
    log_softmax: lambda h: torch.log_softmax(h, -1),
    sigmoid: torch.sigmoid,
}
naive: dict[Function, Callable[[NDArray[Any]], NDArray[Any]]] = {
    logsumexp: lambda h: np.log(np.exp(h).sum(axis=-1)),
    softmax: lambda h: np.exp(h) / np.exp(h).sum(axis=-1, keepdims=True),
    log_softmax: lambda h: np.log(np.exp(h) / np.exp(h).sum(axis=-1, keepdims=True)),
    sigmoid: lambda z: 1 / (1 + np.exp(-z)),
}


def jacobian_by_torch(function: Function, h: NDArray[Any]) -> NDArray[Any]:
    jacobian = torch.autograd.functional.jacobian(by_torch[function], torch.tensor(h))
    assert isinstance(jacobian, torch.Tensor)
    return jacobian.numpy()


# Logits


@given(data=st.data())
def test_logits_are_those_of_a_linear_layer(problems: Problems, data: st.DataObject) -> None:
    X, _, W, b = data.draw(problems)
    h = logits(X, W, b)
    assert (h.shape, h.dtype) == ((len(X), len(b)), X.dtype)
    expected = torch.nn.functional.linear(torch.tensor(X), torch.tensor(W.T), torch.tensor(b))
    assert_allclose(h, expected.numpy(), rtol=1e-5 if X.dtype == np.float32 else 1e-12, atol=1e-5)


@given(data=st.data())
def test_logits_of_a_batch_are_those_of_its_examples(
    problems: Problems, data: st.DataObject
) -> None:
    X, _, W, b = data.draw(problems)
    rows = [logits(X[i : i + 1], W, b)[0] for i in range(len(X))]
    assert_allclose(logits(X, W, b), rows, rtol=1e-5, atol=1e-5)


@given(data=st.data())
def test_logits_change_with_a_weight_by_its_input(
    problems64: Problems, data: st.DataObject
) -> None:
    X, _, W, b = data.draw(problems64)
    dh_dW = np.einsum("ij,kl->ikjl", X, np.eye(len(b)))
    assert_allclose(finite_difference(lambda w: logits(X, w, b), W), dh_dW, **DIFFERENCE)
    dh_db = np.broadcast_to(np.eye(len(b)), (len(X), len(b), len(b)))
    assert_allclose(finite_difference(lambda c: logits(X, W, c), b), dh_db, **DIFFERENCE)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_are_stored_class_after_class(order: Any, dtype: DTypeLike) -> None:
    X = np.ones((5, 2), dtype, order=order)
    h = logits(X, np.ones((2, 3), dtype, order=order), np.zeros(3, dtype))
    assert h.shape == (5, 3)
    assert h.flags.f_contiguous
    assert not h.flags.c_contiguous


# Everything along the last axis


@pytest.mark.parametrize("function", by_torch, ids=lambda f: f.__name__)
@given(data=st.data())
def test_value_is_that_of_torch_and_of_the_definition(
    function: Function, scores: ScoresStrategy, data: st.DataObject
) -> None:
    h, _ = data.draw(scores)
    value = function(h)
    assert value.dtype == h.dtype
    expected = by_torch[function](torch.tensor(h)).numpy()
    assert value.shape == expected.shape
    assert_allclose(value, expected, **TOLERANCE[h.dtype])
    assert_allclose(value, naive[function](h), **TOLERANCE[h.dtype])


@pytest.mark.parametrize("function", by_torch, ids=lambda f: f.__name__)
@given(data=st.data())
def test_derivative_is_that_of_all_three_witnesses(
    function: Function, scores64: ScoresStrategy, data: st.DataObject
) -> None:
    h, _ = data.draw(scores64)
    by_complex_step = complex_step(function, h)
    assert_allclose(by_complex_step, jacobian_by_torch(function, h), rtol=1e-12, atol=1e-14)
    assert_allclose(by_complex_step, finite_difference(function, h), **DIFFERENCE)


@pytest.mark.parametrize("function", ALONG_LAST_AXIS, ids=lambda f: f.__name__)
@given(data=st.data())
def test_a_batch_is_its_rows_one_by_one(
    function: Function, scores: ScoresStrategy, data: st.DataObject
) -> None:
    h, _ = data.draw(scores)
    rows = np.stack([function(row) for row in h])
    assert_allclose(function(h), rows, **TOLERANCE[h.dtype])
    assert_allclose(function(h[np.newaxis]), rows[np.newaxis], **TOLERANCE[h.dtype])


@pytest.mark.parametrize("function", ALONG_LAST_AXIS, ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("given_dtype", "result_dtype"),
    [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.int8, np.float64),
        (np.int64, np.float64),
        (np.uint16, np.float64),
    ],
)
def test_floats_keep_their_dtype_and_integers_become_float64(
    function: Function, given_dtype: DTypeLike, result_dtype: DTypeLike
) -> None:
    result = function(np.array([[0, 1, 2]], given_dtype))
    assert result.dtype == result_dtype
    assert_allclose(result, function([[0.0, 1.0, 2.0]]), rtol=1e-6)


# The softmax and its relatives


@given(data=st.data())
def test_softmax_rows_are_distributions(scores: ScoresStrategy, data: st.DataObject) -> None:
    h, _ = data.draw(scores)
    p = softmax(h)
    assert (p > 0).all()
    assert_allclose(p.sum(axis=-1), 1, rtol=4 * np.finfo(h.dtype).eps)


@given(data=st.data(), shift=st.floats(-1e3, 1e3))
def test_softmax_ignores_a_shift_and_logsumexp_follows_it(
    scores64: ScoresStrategy, data: st.DataObject, shift: float
) -> None:
    h, _ = data.draw(scores64)
    assert_allclose(softmax(h + shift), softmax(h), rtol=1e-11)
    assert_allclose(log_softmax(h + shift), log_softmax(h), rtol=1e-11, atol=1e-11)
    assert_allclose(logsumexp(h + shift), logsumexp(h) + shift, rtol=1e-12, atol=1e-12)


@given(data=st.data())
def test_softmax_is_the_gradient_of_logsumexp(
    scores64: ScoresStrategy, data: st.DataObject
) -> None:
    h, _ = data.draw(scores64)
    for row in h:
        assert_allclose(complex_step(logsumexp, row), softmax(row), rtol=1e-13)


@given(data=st.data())
def test_jacobian_is_that_of_all_three_witnesses(
    scores64: ScoresStrategy, data: st.DataObject
) -> None:
    h, _ = data.draw(scores64)
    for row, jacobian in zip(h, softmax_jacobian(h), strict=True):
        assert_allclose(jacobian, complex_step(softmax, row), rtol=1e-12, atol=1e-15)
        assert_allclose(jacobian, jacobian_by_torch(softmax, row), rtol=1e-12, atol=1e-15)
        assert_allclose(jacobian, finite_difference(softmax, row), **DIFFERENCE)


@given(data=st.data())
def test_jacobian_is_symmetric_and_its_rows_add_up_to_zero(
    scores: ScoresStrategy, data: st.DataObject
) -> None:
    h, _ = data.draw(scores)
    jacobian = softmax_jacobian(h)
    assert_array_equal(jacobian, np.swapaxes(jacobian, -1, -2))
    assert_allclose(jacobian.sum(axis=-1), 0, atol=4 * np.finfo(h.dtype).eps)


def test_jacobian_has_off_diagonal_terms() -> None:
    assert_allclose(
        softmax_jacobian(np.log([1.0, 2.0, 1.0])),
        [[0.1875, -0.125, -0.0625], [-0.125, 0.25, -0.125], [-0.0625, -0.125, 0.1875]],
        rtol=1e-14,
    )


def test_jacobian_vanishes_where_the_prediction_is_certain() -> None:
    assert_array_equal(softmax_jacobian([1e4, -1e4, -np.inf]), np.zeros((3, 3)))


@given(data=st.data())
def test_sigmoid_is_the_softmax_of_two_outputs(
    scores64: ScoresStrategy, data: st.DataObject
) -> None:
    z, _ = data.draw(scores64)
    two = np.stack([np.zeros_like(z), z], axis=-1)
    assert_allclose(sigmoid(z), softmax(two)[..., 1], rtol=1e-14)
    assert_allclose(sigmoid(-z), 1 - sigmoid(z), rtol=1e-13)


# Extremes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e4, 1e9])
@pytest.mark.parametrize("function", by_torch, ids=lambda f: f.__name__)
def test_extreme_logits_give_what_torch_gives(
    function: Function, size: float, dtype: DTypeLike
) -> None:
    h = np.array([[size, -size, 0], [-size, -size, -size], [size, size, -size]], dtype)
    value = function(h)
    assert np.isfinite(value).all()
    assert_array_equal(value, by_torch[function](torch.tensor(h)).numpy())


@pytest.mark.parametrize("size", [1e4, 1e9])
def test_extreme_logits_have_the_values_worked_out_by_hand(size: float) -> None:
    assert logsumexp([size, -size, 0.0]) == size
    assert logsumexp([-size, -size]) == pytest.approx(-size + np.log(2), rel=1e-15)
    assert_array_equal(softmax([size, -size, 0.0]), [1, 0, 0])
    assert_array_equal(log_softmax([size, -size, 0.0]), [0, -2 * size, -size])
    assert_array_equal(sigmoid([size, -size]), [1, 0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_keeps_its_digits_far_to_the_left(dtype: DTypeLike) -> None:
    z = np.array([-20, -40, -80], dtype)
    assert_allclose(sigmoid(z), np.exp(z), rtol=1e-6)
    assert (sigmoid(z) > 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_class_with_logit_minus_infinity_is_as_if_it_were_not_there(dtype: DTypeLike) -> None:
    h, rest = np.array([[1, -np.inf, 2]], dtype), np.array([[1, 2]], dtype)
    assert_array_equal(logsumexp(h), logsumexp(rest))
    assert_array_equal(softmax(h)[:, [0, 2]], softmax(rest))
    assert_array_equal(softmax(h)[:, 1], [0])
    assert_array_equal(log_softmax(h)[:, [0, 2]], log_softmax(rest))
    assert_array_equal(log_softmax(h)[:, 1], [-np.inf])
    assert_array_equal(softmax_jacobian(h)[:, 1], np.zeros((1, 3)))


@pytest.mark.parametrize(
    "row", [[-np.inf, -np.inf], [np.inf, 0.0], [np.inf, -np.inf], [np.inf, np.inf], [np.inf, 1e4]]
)
def test_logsumexp_of_infinities_is_the_limit(row: list[float]) -> None:
    assert_array_equal(logsumexp([row, [0.0, -np.inf]]), [max(row), 0])


def test_sigmoid_of_infinity_is_the_limit() -> None:
    assert_array_equal(sigmoid([-np.inf, np.inf]), [0, 1])
