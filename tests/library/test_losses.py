from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import DTypeLike
from tests.refusals import refuses
from tests.strategies import (
    DIFFERENCE,
    DIGITS,
    FLOATS,
    TOLERANCE,
    Array,
    Scores,
    assert_exact,
    exact_logsumexp,
    exact_softmax,
    rounding,
    scores,
)
from torch.nn import functional

from logreg_book import (
    binary_cross_entropy,
    complex_step,
    cross_entropy,
    finite_difference,
    grad_logits,
    grad_probabilities,
    one_hot,
    sigmoid,
    softmax,
    softmax_jacobian,
)

INF, NAN = np.inf, np.nan


# One-hot labels


@given(problem=scores())
def test_one_hot_is_that_of_torch(problem: Scores) -> None:
    h, y = problem
    Y = one_hot(y, h.shape[1])
    assert Y.dtype == np.float64
    assert_array_equal(Y, functional.one_hot(torch.tensor(y), h.shape[1]).numpy())


@pytest.mark.parametrize("dtype", [np.float32, "float64", np.int8, bool])
def test_one_hot_has_the_dtype_asked_for(dtype: DTypeLike) -> None:
    Y = one_hot([1, 0], 2, dtype=dtype)
    assert Y.dtype == dtype
    assert_array_equal(Y, [[0, 1], [1, 0]])


def test_one_hot_needs_no_more_memory_than_its_result() -> None:
    """The identity matrix of 2000 classes is 32 MB, one row of it 16 kB."""
    tracemalloc.start()
    try:
        one_hot([7], 2000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1e6


def test_one_hot_refuses_a_dtype_that_holds_no_real_numbers() -> None:
    for dtype, got in ((str, "<U0"), (complex, "complex128"), (object, "object"), ("M8", None)):
        message = f"dtype must be a dtype of real numbers, got {got or 'datetime64'}"
        refuses(one_hot, message, [0], 2, dtype=dtype, error=TypeError)
    for wrong in ("foo", 3, torch.float64):
        message = f"dtype must be a dtype, got {wrong!r}"
        refuses(one_hot, message, [0], 2, dtype=wrong, error=TypeError)


# Six checks of each loss


class Loss(NamedTuple):
    """A loss of logits, and how to ask it questions that both losses understand."""

    function: Callable[..., float]
    arguments: Callable[[Scores], tuple[Array, Array]]
    of_gap: Callable[[Any, bool, Any], tuple[Array, list[int]]]
    by_torch: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    plain: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], Array]
    exact: Callable[[Array, int], Decimal]


MULTICLASS = Loss(
    cross_entropy,
    lambda problem: (problem.h, problem.y),
    lambda gap, right, dtype: (np.array([[gap, 0]], dtype), [0 if right else 1]),
    functional.cross_entropy,
    lambda h, y: -np.log((np.exp(h) / np.exp(h).sum(axis=1, keepdims=True))[range(len(y)), y]),
    lambda h, y: np.exp(h) / np.exp(h).sum(axis=1, keepdims=True) - np.eye(h.shape[1])[y],
    lambda row, label: exact_logsumexp(row) - Decimal(float(row[label])),
)
BINARY = Loss(
    binary_cross_entropy,
    lambda problem: (problem.h[:, 0], problem.y % 2),
    lambda gap, right, dtype: (np.array([gap], dtype), [1 if right else 0]),
    lambda z, y: functional.binary_cross_entropy_with_logits(z, y.to(z)),
    lambda z, y: np.log(1 + np.exp(z)) - y * z,
    lambda z, y: 1 / (1 + np.exp(-z)) - y,
    lambda z, label: exact_logsumexp(np.array([0, z if label == 0 else -z])),
)
each_loss = pytest.mark.parametrize("loss", [MULTICLASS, BINARY], ids=["K outputs", "one output"])
each_dtype = pytest.mark.parametrize("dtype", FLOATS)


@each_loss
@each_dtype
@pytest.mark.parametrize("gap", [1e4, 1e9])
def test_loss_of_a_certain_and_correct_prediction_is_0(loss: Loss, gap: float, dtype: Any) -> None:
    value = loss.function(*loss.of_gap(gap, True, dtype))
    assert value == 0
    assert not np.signbit(value)


@each_loss
@given(problem=scores(np.float64))
def test_gradient_of_the_mean_is_prediction_minus_truth_over_b(loss: Loss, problem: Scores) -> None:
    h, y = loss.arguments(problem)
    difference = finite_difference(lambda x: loss.function(x, y), h)
    assert_allclose(difference, loss.gradient(h, y) / len(y), **DIFFERENCE)


@each_loss
@given(problem=scores())
def test_loss_of_a_batch_is_the_mean_over_its_examples(loss: Loss, problem: Scores) -> None:
    h, y = loss.arguments(problem)
    singles = [loss.function(h[i : i + 1], y[i : i + 1]) for i in range(len(y))]
    assert_allclose(loss.function(h, y), np.mean(singles), rtol=8 * np.finfo(h.dtype).eps)


@each_loss
@given(problem=scores())
def test_loss_is_that_of_torch_and_of_the_plain_formula(loss: Loss, problem: Scores) -> None:
    h, y = loss.arguments(problem)
    value = loss.function(h, y)
    assert type(value) is float
    expected = loss.by_torch(torch.tensor(h), torch.tensor(y)).item()
    assert_allclose(value, expected, **TOLERANCE[h.dtype])
    assert_allclose(value, loss.plain(h, y).mean(), **TOLERANCE[h.dtype])


@each_loss
@given(problem=scores(np.float64, largest=400))
def test_loss_of_an_example_keeps_its_digits_at_any_gap(loss: Loss, problem: Scores) -> None:
    h, y = loss.arguments(problem)
    with localcontext(prec=DIGITS):
        for i in range(len(y)):
            value = loss.function(h[i : i + 1], y[i : i + 1])
            assert_exact(value, [loss.exact(h[i], y[i])], ulps=rounding(h[i]))


@each_loss
@each_dtype
@pytest.mark.parametrize("gap", [1e4, 1e9])
def test_loss_of_a_certain_and_wrong_prediction_is_the_gap(
    loss: Loss, gap: float, dtype: Any
) -> None:
    assert loss.function(*loss.of_gap(gap, False, dtype)) == gap
    (right, label), (wrong, other) = loss.of_gap(gap, True, dtype), loss.of_gap(gap, False, dtype)
    assert loss.function(np.concatenate([right, wrong]), label + other) == gap / 2


@each_loss
def test_a_sum_that_overflows_is_refused(loss: Loss) -> None:
    h, y = loss.of_gap(1.5e308, False, np.float64)
    name = "h" if loss is MULTICLASS else "z"
    message = f"{name} must give results that float64 can hold, got overflow with |{name}| up to "
    assert loss.function(h, y) == 1.5e308
    refuses(loss.function, f"{message}1.5e+308", np.concatenate([h, h]), y + y)


def test_a_class_with_logit_minus_infinity_is_as_if_it_were_absent() -> None:
    assert cross_entropy([[1.0, -INF, 2.0]], [2]) == cross_entropy([[1.0, 2.0]], [1])


def test_a_label_with_logit_minus_infinity_costs_infinity() -> None:
    assert cross_entropy([[0.0, -INF], [0.0, 0.0]], [1, 0]) == INF
    assert cross_entropy([[0.0, -INF], [0.0, 0.0]], [0, 0]) == np.log(2) / 2


@pytest.mark.parametrize("value", [INF, -INF, NAN])
def test_binary_cross_entropy_refuses_an_infinite_score(value: float) -> None:
    message = f"z must be finite, got {value} at index (1,)"
    refuses(binary_cross_entropy, message, np.array([0.0, value, NAN]), [0, 1, 1])


# Small losses and equal logits


@pytest.mark.parametrize("K", [2, 3, 10])
@pytest.mark.parametrize(
    ("dtype", "largest", "rtol"), [(np.float32, 80, 1e-5), (np.float64, 700, 1e-13)]
)
@given(share=st.floats(0, 1))
def test_loss_and_gradient_of_a_correct_prediction_vanish_together(
    share: float, K: int, dtype: Any, largest: float, rtol: float
) -> None:
    margin = dtype(share * largest)
    h = np.zeros((1, K), dtype)
    h[0, 0] = margin
    rest = (K - 1) * np.exp(-np.float64(margin))
    assert_allclose(cross_entropy(h, [0]), np.log1p(rest), rtol=rtol)
    assert_allclose(grad_logits(h, [0])[0, 0], -rest / (1 + rest), rtol=rtol)
    if K == 2:
        assert_allclose(binary_cross_entropy([margin], [1]), np.log1p(rest), rtol=rtol)
        assert_allclose(binary_cross_entropy([-margin], [0]), np.log1p(rest), rtol=rtol)


@pytest.mark.parametrize("size", [1e4, 1e16, -1e4, -1e16])
def test_equal_logits_of_any_size_cost_log_k(size: float) -> None:
    assert_allclose(cross_entropy([[size, size]], [1]), np.log(2), rtol=1e-15)
    assert_allclose(cross_entropy(np.full((2, 3), size), [0, 2]), np.log(3), rtol=1e-15)


def test_with_one_class_nothing_can_be_wrong() -> None:
    assert cross_entropy([[3.0], [-4.0]], [0, 0]) == 0
    assert_array_equal(grad_logits([[3.0], [-4.0]], [0, 0]), [[0], [0]])


def test_cross_entropy_takes_logits_not_probabilities() -> None:
    h = np.array([[2.0, -1.0]])
    assert cross_entropy(softmax(h), [0]) > 4 * cross_entropy(h, [0])


# Gradient with respect to the probabilities


def mean_log_loss(p: Array, y: Array) -> Any:
    return -np.log(p[np.arange(len(y)), y]).mean()


@given(problem=scores())
def test_gradient_with_respect_to_probabilities_is_that_of_autograd(problem: Scores) -> None:
    p, y = softmax(problem.h), problem.y
    leaf = torch.tensor(p, requires_grad=True)
    (expected,) = torch.autograd.grad(functional.nll_loss(leaf.log(), torch.tensor(y)), leaf)
    dp = grad_probabilities(p, y)
    assert dp.dtype == p.dtype
    assert_allclose(dp, expected.numpy(), rtol=4 * np.finfo(p.dtype).eps)
    assert not np.signbit(dp[dp == 0]).any()


@given(problem=scores(np.float64))
def test_gradient_with_respect_to_probabilities_is_the_complex_step(problem: Scores) -> None:
    p, y = softmax(problem.h), problem.y
    by_complex_step = complex_step(lambda q: mean_log_loss(q, y), p)
    assert_allclose(grad_probabilities(p, y), by_complex_step, rtol=1e-12)


@given(problem=scores())
def test_the_jacobian_leads_from_one_gradient_to_the_other(problem: Scores) -> None:
    h, y = problem
    by_chain_rule = np.einsum("ij,ijk->ik", grad_probabilities(softmax(h), y), softmax_jacobian(h))
    assert_allclose(grad_logits(h, y), by_chain_rule, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("value", [0.0, -0.0, -0.5])
def test_a_label_without_probability_is_named(value: float) -> None:
    p = np.array([[0.5, 0.5], [1.0, value], [0.0, 1.0]])
    message = f"p must be above 0 at every label, got {value} in row 1"
    refuses(grad_probabilities, message, p, [0, 1, 0])
    assert_array_equal(grad_probabilities(p, [0, 0, 1]), [[-2 / 3, 0], [-1 / 3, 0], [0, -1 / 3]])


def test_a_probability_whose_inverse_overflows_is_named() -> None:
    p = np.array([[0.5, 0.5], [1.0, 1e-320], [1e-310, 1.0]])
    need = "p must be so large at every label that 1/p does not overflow"
    refuses(grad_probabilities, f"{need}, got 1e-320 in row 1", p, [0, 1, 0])
    assert grad_probabilities([[1e-308, 1.0]], [0])[0, 0] == pytest.approx(-1e308)


# Gradient with respect to the logits


@given(problem=scores())
def test_gradient_with_respect_to_logits_is_that_of_autograd(problem: Scores) -> None:
    h, y = problem
    leaf = torch.tensor(h, requires_grad=True)
    (expected,) = torch.autograd.grad(functional.cross_entropy(leaf, torch.tensor(y)), leaf)
    dh = grad_logits(h, y)
    assert dh.dtype == h.dtype
    assert_allclose(dh, expected.numpy(), **TOLERANCE[h.dtype])


@given(problem=scores(np.float64))
def test_gradient_with_respect_to_logits_is_the_complex_step(problem: Scores) -> None:
    h, y = problem
    by_complex_step = complex_step(lambda x: cross_entropy(x, y), h)
    assert_allclose(grad_logits(h, y), by_complex_step, **TOLERANCE[h.dtype])


@given(problem=scores(largest=400))
def test_gradient_with_respect_to_logits_keeps_its_digits_at_any_gap(problem: Scores) -> None:
    h, y = problem
    with localcontext(prec=DIGITS):
        for row, label in zip(h, y, strict=True):
            p = exact_softmax(row)
            p[label] = -sum(p[:label] + p[label + 1 :], Decimal(0))
            assert_exact(grad_logits(row[np.newaxis], [label]), p, ulps=rounding(row))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("size", [1e4, 1e9])
def test_gradient_is_0_if_certain_and_correct_and_bounded_if_wrong(size: float, dtype: Any) -> None:
    h = np.array([[size, -size], [-size, size]], dtype)
    assert_array_equal(grad_logits(h, [0, 1]), np.zeros((2, 2)))
    assert not np.signbit(grad_logits(h, [0, 1])).any()
    assert_array_equal(grad_logits(h, [1, 0]), [[0.5, -0.5], [-0.5, 0.5]])


def test_gradient_of_a_class_with_logit_minus_infinity_is_0() -> None:
    dh = grad_logits([[1.0, -INF, 2.0]], [2])
    assert_array_equal(np.delete(dh, 1, axis=1), grad_logits([[1.0, 2.0]], [1]))
    assert dh[0, 1] == 0


def test_one_output_has_the_gradient_of_two() -> None:
    z = np.array([0.5, -2.0])
    dh = grad_logits(np.column_stack([np.zeros(2), z]), [0, 1])
    assert_allclose(dh[:, 1], (sigmoid(z) - [0, 1]) / 2, rtol=1e-15)
