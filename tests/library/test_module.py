from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from tests.refusals import refuses
from torch.utils.data import DataLoader, TensorDataset

from logreg_book import TrainingState, loss_and_gradients, minibatches, train
from logreg_book.datasets import make_blobs
from logreg_book.pytorch import LogisticRegression, parameters_as_numpy

N, BATCH_SIZE = 100, 32  # so the last batch has 4 examples
X, y = make_blobs(N, K=3, rng=np.random.default_rng(0))
X_t, y_t = torch.tensor(X), torch.tensor(y)
NAN, INF = float("nan"), float("inf")


class Batches:
    """A batch sampler that shuffles as `minibatches` does."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def __iter__(self) -> Iterator[list[int]]:
        return (rows.tolist() for rows in minibatches(N, BATCH_SIZE, rng=self.rng))


def loader(seed: int = 0) -> DataLoader[tuple[torch.Tensor, ...]]:
    return DataLoader(TensorDataset(X_t, y_t), batch_sampler=Batches(seed))


def model(seed: int | None = 1, **options: Any) -> LogisticRegression:
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    return LogisticRegression(2, 3, generator=generator, **options)


# Parameters


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_parameters_are_two_leaves_that_start_at_0(dtype: torch.dtype) -> None:
    fresh = model(seed=None, dtype=dtype)
    shapes = [(name, tuple(p.shape)) for name, p in fresh.named_parameters()]
    assert shapes == [("W", (2, 3)), ("b", (3,))]
    for parameter in fresh.parameters():
        assert parameter.is_leaf
        assert parameter.requires_grad
        assert parameter.dtype == dtype
        assert not parameter.any()


def test_parameters_are_those_of_two_classes_in_float64_unless_said_otherwise() -> None:
    assert LogisticRegression(1).W.shape == (1, 2)
    assert LogisticRegression(1).b.dtype == torch.float64


def test_a_generator_draws_standard_normal_weights_and_no_biases() -> None:
    expected = torch.zeros(2, 3, dtype=torch.float64).normal_(
        generator=torch.Generator().manual_seed(1)
    )
    assert torch.equal(model(1).W, expected)
    assert not model(1).b.any()


def test_arguments_of_the_constructor_are_checked() -> None:
    refuses(LogisticRegression, "d must be at least 1, got 0", 0)
    refuses(LogisticRegression, "K must be at least 2, got 1", 2, 1)
    refuses(LogisticRegression, "d must be an integer, got 2.5", 2.5, error=TypeError)
    message = "dtype must be torch.float32 or torch.float64, got torch.float16"
    refuses(LogisticRegression, message, 2, dtype=torch.float16, error=TypeError)


# Loss and step


def test_forward_gives_the_logits_of_a_linear_layer() -> None:
    module = model()
    torch.nn.init.normal_(module.b)
    expected = torch.nn.functional.linear(X_t, module.W.T, module.b)
    assert_allclose(module(X_t).detach(), expected.detach(), rtol=1e-13, atol=1e-15)


def test_loss_and_gradients_are_those_of_the_derivation() -> None:
    module = model()
    loss = module.compute_loss(X_t, y_t)
    loss.backward()
    assert module.W.grad is not None
    assert module.b.grad is not None
    expected, dW, db = loss_and_gradients(X, y, *parameters_as_numpy(module))
    assert_allclose(loss.item(), expected, rtol=1e-13)
    assert_allclose(module.W.grad, dW, rtol=1e-11)
    assert_allclose(module.b.grad, db, rtol=1e-11, atol=1e-15)


def test_a_step_is_that_of_torch_and_returns_the_loss_before_it() -> None:
    ours, theirs = model(), model()
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.3)
    for _ in range(3):
        optimizer.zero_grad()
        expected = theirs.compute_loss(X_t, y_t)
        expected.backward()
        optimizer.step()
        loss = ours.sgd_step(X_t, y_t, 0.3)
        assert type(loss) is float
        assert loss == pytest.approx(expected.item(), rel=1e-13)
    for a, b in zip(parameters_as_numpy(ours), parameters_as_numpy(theirs), strict=True):
        assert_allclose(a, b, rtol=1e-12, atol=1e-15)
    assert ours.W.is_leaf


def test_gradients_that_were_there_before_do_not_count() -> None:
    clean, dirty = model(), model()
    dirty.W.grad = torch.full_like(dirty.W, 1e6)
    for module in (clean, dirty):
        module.sgd_step(X_t, y_t, 0.1)
    assert torch.equal(clean.W, dirty.W)


def test_a_frozen_parameter_stays_as_it_is() -> None:
    module = model()
    module.b.requires_grad_(False)
    before = parameters_as_numpy(module)
    module.sgd_step(X_t, y_t, 0.1)
    W, b = parameters_as_numpy(module)
    assert (before[0] != W).all()
    assert_array_equal(b, before[1])


@pytest.mark.parametrize("value", [NAN, INF])
def test_a_loss_that_is_not_finite_is_refused_and_nothing_changes(value: float) -> None:
    module = model()
    module.W.grad = torch.ones_like(module.W)
    before = parameters_as_numpy(module)
    message = (
        "loss must be finite, got nan: the learning rate of the steps so far "
        "may be too large, or X holds NaN or infinity"
    )
    refuses(module.sgd_step, message, X_t * value, y_t, 0.1)
    refuses(module.fit, message, [(X_t * value, y_t)], epochs=1, eta=0.1)
    for ours, old in zip(parameters_as_numpy(module), before, strict=True):
        assert_array_equal(ours, old)
    assert torch.equal(module.W.grad, torch.ones_like(module.W))


@pytest.mark.parametrize("value", [0, -1.0, NAN, INF])
def test_a_learning_rate_must_be_finite_and_above_0(value: float) -> None:
    module = model()
    before = module.W.detach().clone()
    message = f"eta must be finite and above 0, got {value!r}"
    refuses(module.sgd_step, message, X_t, y_t, value)
    refuses(module.fit, message, loader(), 1, value)
    assert torch.equal(module.W, before)


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        (X, TypeError, "X must be a torch.Tensor, got ndarray"),
        (X_t[0], ValueError, "X must have shape (B, 2) with B at least 1, got (2,)"),
        (X_t[:, :1], ValueError, "X must have shape (B, 2) with B at least 1, got (100, 1)"),
        (X_t[None], ValueError, "X must have shape (B, 2) with B at least 1, got (1, 100, 2)"),
        (X_t[:0], ValueError, "X must have shape (B, 2) with B at least 1, got (0, 2)"),
        (X_t.float(), TypeError, "X must be torch.float64 as W is, got torch.float32"),
        (X_t.long(), TypeError, "X must be torch.float64 as W is, got torch.int64"),
    ],
)
def test_inputs_are_checked(inputs: Any, error: type[Exception], message: str) -> None:
    module = model()
    refuses(module.forward, message, inputs, error=error)
    refuses(module.compute_loss, message, inputs, y_t, error=error)
    refuses(module.sgd_step, message, inputs, y_t, 0.1, error=error)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (y, TypeError, "y must be a torch.Tensor, got ndarray"),
        (y_t.double(), TypeError, "y must be torch.int64 class labels, got torch.float64"),
        (y_t.int(), TypeError, "y must be torch.int64 class labels, got torch.int32"),
        (y_t[0], ValueError, "y must have shape (100,), one label per example, got ()"),
        (y_t[:, None], ValueError, "y must have shape (100,), one label per example, got (100, 1)"),
        (y_t[:5], ValueError, "y must have shape (100,), one label per example, got (5,)"),
        (y_t + 1, ValueError, "y must lie in 0 .. 2, got labels from 1 to 3"),
        (y_t - 1, ValueError, "y must lie in 0 .. 2, got labels from -1 to 1"),
    ],
)
def test_labels_are_checked(labels: Any, error: type[Exception], message: str) -> None:
    module = model()
    refuses(module.compute_loss, message, X_t, labels, error=error)
    refuses(module.sgd_step, message, X_t, labels, 0.1, error=error)


# Training


def test_the_module_and_the_derivation_agree_after_each_epoch() -> None:
    """50 epochs whose last batch is short, with the same batches."""
    module = model()
    rng = np.random.default_rng(7)
    W, b = parameters_as_numpy(module)
    by_hand = train(X, y, W, b, eta=0.5, epochs=50, batch_size=BATCH_SIZE, rng=rng)
    next(by_hand)  # the start, which the module does not report
    for hand, ours in zip(by_hand, module.fit(loader(7), epochs=50, eta=0.5), strict=True):
        assert (hand.epoch, hand.examples_seen) == (ours.epoch, ours.examples_seen)
        assert_allclose(ours.W, hand.W, rtol=0, atol=1e-12)
        assert_allclose(ours.b, hand.b, rtol=0, atol=1e-12)


def test_epoch_loss_is_the_mean_over_examples_at_the_parameters_that_their_batch_met() -> None:
    module = model()
    W, b = parameters_as_numpy(module)
    expected, rng = [], np.random.default_rng(0)
    for _ in range(2):
        total = 0.0
        for rows in minibatches(N, BATCH_SIZE, rng=rng):
            loss, dW, db = loss_and_gradients(X[rows], y[rows], W, b)
            W, b = W - 0.5 * dW, b - 0.5 * db
            total += loss * len(rows)
        expected.append(total / N)
    losses = [state.loss for state in module.fit(loader(), epochs=2, eta=0.5)]
    assert_allclose(losses, expected, rtol=1e-12)


def test_on_epoch_receives_each_state_once() -> None:
    heard: list[TrainingState] = []
    states = model().fit(loader(), epochs=3, eta=0.1, on_epoch=heard.append)
    assert [(s.epoch, s.examples_seen) for s in states] == [(1, N), (2, 2 * N), (3, 3 * N)]
    assert all(a is b for a, b in zip(heard, states, strict=True))
    message = "on_epoch must be callable, got 3"
    refuses(model().fit, message, loader(), 1, 0.1, 3, error=TypeError)


def test_a_state_is_a_copy_that_later_steps_do_not_change() -> None:
    module = model()
    first, second = module.fit(loader(), epochs=2, eta=0.1)
    assert not np.array_equal(first.W, second.W)
    assert_array_equal(second.W, module.W.detach().numpy())
    module.sgd_step(X_t, y_t, 0.1)
    assert not np.array_equal(second.W, module.W.detach().numpy())


def test_float32_stays_float32() -> None:
    module = model(dtype=torch.float32)
    (state,) = module.fit([(X_t.float(), y_t)], epochs=1, eta=0.1)
    assert module.W.dtype == torch.float32
    assert state.W.dtype == state.b.dtype == np.float32


def test_an_empty_loader_and_zero_epochs_are_refused() -> None:
    message = "train_loader must give a batch, got none in epoch 1"
    refuses(model().fit, message, [], 1, 0.1)
    refuses(model().fit, "epochs must be at least 1, got 0", loader(), 0, 0.1)
