from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import DTypeLike

from logreg_book import batch_loss, cross_entropy, logits, one_hot, softmax

if TYPE_CHECKING:
    from tests.conftest import Problem, Scores

    Problems = st.SearchStrategy[Problem]
    ScoresStrategy = st.SearchStrategy[Scores]

TOLERANCE: dict[np.dtype[Any], dict[str, Any]] = {
    np.dtype(np.float32): {"rtol": 1e-5, "atol": 2e-5},
    np.dtype(np.float64): {"rtol": 1e-12, "atol": 1e-13},
}


# One-hot labels


@given(data=st.data())
def test_one_hot_is_that_of_torch(scores: ScoresStrategy, data: st.DataObject) -> None:
    h, y = data.draw(scores)
    Y = one_hot(y, h.shape[1])
    assert Y.dtype == np.float64
    assert_array_equal(Y, torch.nn.functional.one_hot(torch.tensor(y), h.shape[1]).numpy())


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, bool])
def test_one_hot_has_the_dtype_asked_for(dtype: DTypeLike) -> None:
    Y = one_hot([1, 0], 2, dtype=dtype)
    assert Y.dtype == dtype
    assert_array_equal(Y, [[0, 1], [1, 0]])


def test_one_hot_needs_no_more_memory_than_its_result() -> None:
    """The unit matrix of 2000 classes is 32 MB, one row of it 16 kB."""
    tracemalloc.start()
    try:
        one_hot([7], 2000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1e6


# Cross-entropy of logits


@given(data=st.data())
def test_cross_entropy_is_that_of_torch_and_of_the_definition(
    scores: ScoresStrategy, data: st.DataObject
) -> None:
    h, y = data.draw(scores)
    loss = cross_entropy(h, y)
    assert type(loss) is float
    expected = torch.nn.functional.cross_entropy(torch.tensor(h), torch.tensor(y)).item()
    assert_allclose(loss, expected, **TOLERANCE[h.dtype])
    p = np.exp(h) / np.exp(h).sum(axis=1, keepdims=True)
    naive = -np.mean([np.log(p[i, y[i]]) for i in range(len(y))])
    assert_allclose(loss, naive, **TOLERANCE[h.dtype])


@given(data=st.data())
def test_cross_entropy_is_the_mean_over_single_examples(
    scores: ScoresStrategy, data: st.DataObject
) -> None:
    h, y = data.draw(scores)
    singles = [cross_entropy(h[i : i + 1], y[i : i + 1]) for i in range(len(y))]
    assert_allclose(cross_entropy(h, y), np.mean(singles), **TOLERANCE[h.dtype])


@given(data=st.data())
def test_cross_entropy_is_never_negative(scores: ScoresStrategy, data: st.DataObject) -> None:
    assert cross_entropy(*data.draw(scores)) >= 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e4, 1e9])
def test_cross_entropy_of_extreme_logits_is_the_gap(size: float, dtype: DTypeLike) -> None:
    h = np.array([[size, -size]], dtype)
    assert cross_entropy(h, [0]) == 0
    assert cross_entropy(h, [1]) == 2 * size
    assert cross_entropy(np.vstack([h, h]), [0, 1]) == size


@pytest.mark.parametrize("size", [1e4, 1e9, -1e4, -1e9])
def test_cross_entropy_of_equal_extreme_logits_is_log_k(size: float) -> None:
    assert_allclose(cross_entropy(np.full((2, 3), size), [0, 2]), np.log(3), rtol=1e-15)


def test_cross_entropy_with_logit_minus_infinity_is_that_without_the_class() -> None:
    assert cross_entropy([[1.0, -np.inf, 2.0]], [2]) == cross_entropy([[1.0, 2.0]], [1])


def test_cross_entropy_of_a_label_with_logit_minus_infinity_is_infinite() -> None:
    assert cross_entropy([[0.0, -np.inf], [0.0, 0.0]], [1, 0]) == np.inf


def test_cross_entropy_takes_logits_not_probabilities() -> None:
    h = np.array([[2.0, -1.0]])
    assert cross_entropy(softmax(h), [0]) > 4 * cross_entropy(h, [0])


def test_integer_logits_count_as_float64() -> None:
    assert cross_entropy([[0, 3]], [0]) == cross_entropy([[0.0, 3.0]], [0])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.uint64])
def test_labels_may_have_any_integer_dtype(dtype: DTypeLike) -> None:
    h = np.random.default_rng(0).normal(size=(3, 200))
    labels = np.array([0, 127, 3], dtype)
    assert cross_entropy(h, labels) == cross_entropy(h, [0, 127, 3])
    assert_array_equal(one_hot(labels, 200), one_hot([0, 127, 3], 200))


# Loss of parameters


@given(data=st.data())
def test_batch_loss_is_the_cross_entropy_of_the_logits(
    problems: Problems, data: st.DataObject
) -> None:
    X, y, W, b = data.draw(problems)
    loss = batch_loss(X, y, W, b)
    assert type(loss) is float
    assert_allclose(loss, cross_entropy(logits(X, W, b), y), **TOLERANCE[X.dtype])
    scores = torch.tensor(X) @ torch.tensor(W) + torch.tensor(b)
    expected = torch.nn.functional.cross_entropy(scores, torch.tensor(y)).item()
    assert_allclose(loss, expected, **TOLERANCE[X.dtype])


@given(data=st.data())
def test_batch_loss_is_the_mean_over_single_examples(
    problems: Problems, data: st.DataObject
) -> None:
    X, y, W, b = data.draw(problems)
    singles = [batch_loss(X[i : i + 1], y[i : i + 1], W, b) for i in range(len(y))]
    assert_allclose(batch_loss(X, y, W, b), np.mean(singles), **TOLERANCE[X.dtype])


@pytest.mark.parametrize("block", [1, 2, 5, 7, 12, 100])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the patch stays the same
@given(data=st.data())
def test_batch_loss_does_not_depend_on_the_block_size(
    problems: Problems, data: st.DataObject, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y, W, b = data.draw(problems)
    in_one = cross_entropy(logits(X, W, b), y)
    monkeypatch.setattr("logreg_book.losses._BLOCK", block)
    assert_allclose(batch_loss(X, y, W, b), in_one, **TOLERANCE[X.dtype])


@pytest.mark.parametrize("K", [1, 2, 3, 10])
def test_parameters_that_are_zero_cost_log_k(K: int) -> None:
    X, y = np.random.default_rng(0).normal(size=(20, 4)), np.arange(20) % K
    assert_allclose(batch_loss(X, y, np.zeros((4, K)), np.zeros(K)), np.log(K), rtol=1e-14)


@pytest.mark.parametrize("size", [1e4, 1e9])
def test_batch_loss_of_extreme_weights_is_zero_if_right_and_the_gap_if_wrong(size: float) -> None:
    X, W, b = [[1.0], [-1.0]], [[-size, size]], [0.0, 0.0]
    assert batch_loss(X, [1, 0], W, b) == 0
    assert batch_loss(X, [0, 1], W, b) == 2 * size


def test_batch_loss_uses_the_same_memory_for_any_number_of_examples() -> None:
    def peak(B: int) -> int:
        X, y = np.ones((B, 2)), np.zeros(B, dtype=np.intp)
        tracemalloc.start()
        try:
            batch_loss(X, y, np.zeros((2, 2)), np.zeros(2))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = peak(50_000), peak(200_000)
    assert many < 2e6
    assert many < 1.1 * few
