from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from tests.strategies import (
    FLOATS,
    TOLERANCE,
    Array,
    Problem,
    assert_same,
    integer_problems,
    loss_by_torch,
    problems,
)

from logreg_book import (
    _fused,
    batch_loss,
    grad_logits,
    grad_parameters,
    logits,
    loss_and_gradients,
)

each_dtype = pytest.mark.parametrize("dtype", FLOATS)


def assert_close(ours: Array | float, theirs: Array | float, size: Array | float) -> None:
    """The error is a few roundings of the numbers that were added."""
    info = np.finfo(np.asarray(theirs).dtype)
    bound = 64 * info.eps * np.asarray(size) + info.tiny
    assert (np.abs(np.subtract(ours, theirs)) <= bound).all()


@each_dtype
@pytest.mark.parametrize("K", [1, 2, 3, 10])
@given(data=st.data())
def test_kernel_equals_the_definition_for_any_logits_and_blocks_of_any_size(
    K: int, dtype: Any, data: st.DataObject
) -> None:
    """Relative to the result, where that is tiny; gradients relative to what is summed."""
    X, y, W, b = data.draw(integer_problems(K, dtype))
    dh = np.abs(grad_logits(logits(X, W, b), y))
    sizes = grad_parameters(np.abs(X), dh)
    loss, dW, db = loss_and_gradients(X, y, W, b)
    for size in (None, *range(1, len(X) + 2)):
        fused = _fused.loss_and_gradients(X, y, W, b, size=size)
        assert type(fused[0]) is type(_fused.batch_loss(X, y, W, b, size=size)) is float
        assert (fused[1].dtype, fused[2].dtype) == (dtype, dtype)
        assert (fused[1].shape, fused[2].shape) == (W.shape, b.shape)
        assert_close(dtype(fused[0]), dtype(loss), dtype(loss))
        assert_close(fused[1], dW, sizes[0])
        assert_close(fused[2], db, sizes[1])
        assert _fused.batch_loss(X, y, W, b, size=size) == fused[0]
        for ours, theirs in zip(_fused.gradients(X, y, W, b, size=size), fused[1:], strict=True):
            assert_array_equal(ours, theirs)


@given(problem=problems())
def test_kernel_gives_what_autograd_gives(problem: Problem) -> None:
    ours = _fused.loss_and_gradients(*problem)
    assert_same(ours, loss_by_torch(*problem), **TOLERANCE[problem.X.dtype])


@pytest.mark.parametrize("K", [2, 3, 10])
@pytest.mark.parametrize(
    ("dtype", "largest", "rtol"), [(np.float32, 80, 1e-5), (np.float64, 700, 1e-13)]
)
@given(share=st.floats(0, 1))
def test_loss_and_gradient_of_a_correct_prediction_vanish_together(
    share: float, K: int, dtype: Any, largest: float, rtol: float
) -> None:
    margin = dtype(share * largest)
    W, b = np.zeros((1, K), dtype), np.zeros(K, dtype)
    W[0, -1] = margin
    loss, dW, db = _fused.loss_and_gradients(np.ones((1, 1), dtype), np.array([K - 1]), W, b)
    rest = (K - 1) * np.exp(-np.float64(margin))
    assert_allclose(loss, np.log1p(rest), rtol=rtol)
    assert_allclose(dW[0, -1], -rest / (1 + rest), rtol=rtol)
    assert_allclose(db, dW[0], rtol=rtol)
    assert_allclose(db[:-1], rest / (1 + rest) / (K - 1), rtol=rtol)


def test_forty_nats_cost_4e_minus_18() -> None:
    W, b = np.array([[40.0, 0.0, 0.0]]), np.zeros(3)
    loss, dW, _ = _fused.loss_and_gradients(np.ones((1, 1)), np.array([0]), W, b)
    assert_allclose(loss, 2 * 4.248354255291589e-18, rtol=1e-14)
    assert_allclose(dW, 4.248354255291589e-18 * np.array([[-2, 1, 1]]), rtol=1e-14)


@pytest.mark.parametrize("K", [2, 3])
def test_gradients_alone_take_no_logarithm(K: int, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y, W, b = np.ones((2, 1)), np.array([0, 1]), np.ones((1, K)), np.zeros(K)
    _, dW, _ = _fused.loss_and_gradients(X, y, W, b)
    monkeypatch.delattr(np, "log1p")
    assert_array_equal(_fused.gradients(X, y, W, b)[0], dW)
    with pytest.raises(AttributeError, match="log1p"):
        _fused.loss_and_gradients(X, y, W, b)


@pytest.mark.parametrize("K", [2, 3])
def test_overflow_is_left_to_the_caller_who_looks_at_the_result(K: int) -> None:
    X, y, b = np.array([[10.0]]), np.array([0]), np.zeros(K)
    W = np.array([[-1e308, 1e308, 0.0]])[:, :K]
    assert not np.isfinite(_fused.batch_loss(X, y, W, b))
    loss, dW, _ = _fused.loss_and_gradients(X, y, W, b)
    assert not np.isfinite(loss)
    assert dW.shape == W.shape


def test_examples_may_fill_several_blocks() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20_001, 3)), rng.integers(0, 5, size=20_001)
    problem = Problem(X, y, rng.normal(size=(3, 5)), rng.normal(size=5))
    assert_same(
        _fused.loss_and_gradients(*problem), loss_by_torch(*problem), rtol=1e-10, atol=1e-13
    )
    assert_allclose(_fused.batch_loss(*problem), batch_loss(*problem), rtol=1e-12)


@pytest.mark.parametrize(
    ("d", "K", "n"), [(2, 3, 21_845), (1000, 2, 524), (5000, 3, 256), (1, 70_000, 1)]
)
def test_a_block_holds_at_most_2_to_the_16_logits_and_2_to_the_19_inputs(
    d: int, K: int, n: int
) -> None:
    """But at least 256 examples if there are many inputs, and one if there are many classes."""
    X, y = np.zeros((n + 1, d)), np.zeros(n + 1, np.intp)
    blocks = _fused._blocks(X, y, np.zeros((d, K)), np.zeros(K), None)
    assert [len(x) for x, _, _ in blocks] == [n, 1]


def test_memory_beyond_the_input_does_not_grow_with_the_number_of_examples() -> None:
    X, y = np.ones((200_000, 2)), np.zeros(200_000, dtype=np.intp)
    tracemalloc.start()
    try:
        _fused.loss_and_gradients(X, y, np.zeros((2, 3)), np.zeros(3))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4e6
