"""The module: torch as oracle, our NumPy derivation as second witness."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from logreg_book import batch_loss, fit, loss_and_gradients, minibatches
from logreg_book.datasets import gaussian_blobs
from logreg_book.nn import LogisticRegression
from logreg_book.training import State

B, BATCH = 100, 32
X, y = gaussian_blobs(B, K=3, rng=np.random.default_rng(0))
X_t, y_t = torch.tensor(X), torch.tensor(y)


class Batches:
    """A batch sampler that shuffles as `minibatches` does, anew each epoch."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def __iter__(self) -> Iterator[list[int]]:
        return (rows.tolist() for rows in minibatches(B, BATCH, rng=self.rng))


def loader(seed: int = 0) -> DataLoader[tuple[torch.Tensor, ...]]:
    return DataLoader(TensorDataset(X_t, y_t), batch_sampler=Batches(seed))


def model(seed: int | None = 1, **options: torch.dtype) -> LogisticRegression:
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    return LogisticRegression(2, 3, generator=generator, **options)


def test_parameters_are_two_leaves_in_float64_that_start_at_zero() -> None:
    fresh = model(seed=None)
    assert {name: tuple(p.shape) for name, p in fresh.named_parameters()} == {
        "W": (2, 3),
        "b": (3,),
    }
    for parameter in fresh.parameters():
        assert parameter.is_leaf
        assert parameter.requires_grad
        assert parameter.dtype == torch.float64
        assert not parameter.any()


def test_a_generator_draws_the_weights_and_leaves_the_biases_at_zero() -> None:
    first, again, other = model(1), model(1), model(2)
    assert torch.equal(first.W, again.W)
    assert not torch.equal(first.W, other.W)
    assert not first.b.any()


def test_loss_and_gradients_equal_ours() -> None:
    module = model()
    loss = module.compute_loss(module(X_t), y_t)
    loss.backward()
    W, b = module.W.detach().numpy(), module.b.detach().numpy()
    ours, dW, db = loss_and_gradients(X, y, W, b)
    assert module.W.grad is not None
    assert module.b.grad is not None
    np.testing.assert_allclose(loss.item(), ours, rtol=1e-13)
    np.testing.assert_allclose(module.W.grad, dW, rtol=1e-11)
    np.testing.assert_allclose(module.b.grad, db, rtol=1e-11, atol=1e-15)


def test_sgd_step_equals_torch_optim_and_clears_the_gradients() -> None:
    ours, theirs = model(), model()
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.3)
    for module in (ours, theirs):
        module.compute_loss(module(X_t), y_t).backward()
    ours.sgd_step(0.3)
    optimizer.step()
    assert torch.equal(ours.W, theirs.W)
    assert torch.equal(ours.b, theirs.b)
    assert ours.W.grad is None
    assert ours.b.grad is None


def test_numpy_by_hand_and_the_module_agree_after_each_of_50_epochs() -> None:
    module = model()
    W, b = module.W.detach().numpy().copy(), module.b.detach().numpy().copy()
    by_hand = fit(X, y, W, b, eta=0.5, epochs=50, batch_size=BATCH, rng=np.random.default_rng(7))
    next(by_hand)  # the start, which the module does not report
    by_module = module.fit(loader(7), epochs=50, eta=0.5)
    assert len(by_module) == 50
    for hand, torch_ in zip(by_hand, by_module, strict=True):
        assert (hand.epoch, hand.seen) == (torch_.epoch, torch_.seen)
        np.testing.assert_allclose(torch_.W, hand.W, rtol=0, atol=1e-12)
        np.testing.assert_allclose(torch_.b, hand.b, rtol=0, atol=1e-12)


def test_on_epoch_receives_each_state_once() -> None:
    heard: list[State] = []
    states = model().fit(loader(), epochs=3, eta=0.1, on_epoch=heard.append)
    assert [state.epoch for state in heard] == [1, 2, 3]
    assert [state.seen for state in heard] == [B, 2 * B, 3 * B]
    assert all(a is b for a, b in zip(heard, states, strict=True))


def test_a_state_is_a_copy_that_cannot_be_written_to() -> None:
    module = model()
    first, second = module.fit(loader(), epochs=2, eta=0.1)
    assert not np.array_equal(first.W, second.W)
    np.testing.assert_array_equal(second.W, module.W.detach().numpy())
    with pytest.raises(ValueError, match="read-only"):
        second.W[0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        second.b[0] = 1.0


def test_epoch_loss_weighs_a_short_last_batch_by_its_size() -> None:
    module = model()
    W, b = module.W.detach().numpy().copy(), module.b.detach().numpy().copy()
    (state,) = module.fit(loader(), epochs=1, eta=1e-12)  # parameters stay put, nearly
    assert state.loss == pytest.approx(batch_loss(X, y, W, b), rel=1e-9)


def test_float32_stays_float32() -> None:
    module = LogisticRegression(2, 3, dtype=torch.float32)
    (state,) = module.fit([(X_t.float(), y_t)], epochs=1, eta=0.1)
    assert module.W.dtype == torch.float32
    assert state.W.dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"d": 0}, ValueError, "d must be at least 1, got 0"),
        ({"d": 2, "K": 1}, ValueError, "K must be at least 2, got 1"),
        ({"d": 2.5}, TypeError, "d must be a whole number, got 2.5"),
        ({"d": 2, "dtype": torch.float16}, TypeError, "dtype must be torch.float32 or .*float16"),
    ],
)
def test_the_constructor_refuses(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        LogisticRegression(**arguments)


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        (X_t[0], ValueError, r"X must have shape \(B, 2\) .* got \(2,\)"),
        (X_t[:, :1], ValueError, r"X must have shape \(B, 2\) .* got \(100, 1\)"),
        (X_t[:0], ValueError, r"X must have shape \(B, 2\) with B at least 1, got \(0, 2\)"),
        (X_t.float(), TypeError, r"X must be torch.float64 as W is, got torch.float32"),
    ],
)
def test_forward_refuses(inputs: torch.Tensor, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        model()(inputs)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (y_t.double(), TypeError, "y must be torch.int64 class labels, got torch.float64"),
        (y_t[:, None], ValueError, r"y must have shape \(100,\), .* got \(100, 1\)"),
        (y_t[:5], ValueError, r"y must have shape \(100,\), .* got \(5,\)"),
        (y_t + 1, ValueError, r"y must lie in 0 .. 2, got labels from 1 to 3"),
        (y_t - 1, ValueError, r"y must lie in 0 .. 2, got labels from -1 to 1"),
    ],
)
def test_compute_loss_refuses(labels: torch.Tensor, error: type[Exception], message: str) -> None:
    module = model()
    with pytest.raises(error, match=message):
        module.compute_loss(module(X_t), labels)


@pytest.mark.parametrize("eta", [0, -1.0, float("nan"), float("inf")])
def test_a_learning_rate_that_is_not_above_zero_is_refused(eta: float) -> None:
    module = model()
    before = module.W.detach().clone()
    module.compute_loss(module(X_t), y_t).backward()
    with pytest.raises(ValueError, match="eta must be finite and above 0, got"):
        module.sgd_step(eta)
    with pytest.raises(ValueError, match="eta must be finite and above 0, got"):
        module.fit(loader(), epochs=1, eta=eta)
    assert torch.equal(module.W, before)


def test_a_step_without_both_gradients_is_refused_and_moves_nothing() -> None:
    module = model()
    module.W.grad = torch.ones_like(module.W)
    before = module.W.detach().clone()
    with pytest.raises(ValueError, match=r"got None: call backward\(\) first"):
        module.sgd_step(0.1)
    assert torch.equal(module.W, before)


def test_fit_refuses_an_empty_loader_and_zero_epochs() -> None:
    with pytest.raises(ValueError, match="train_loader must give a batch, got none in epoch 1"):
        model().fit([], epochs=1, eta=0.1)
    with pytest.raises(ValueError, match="epochs must be at least 1, got 0"):
        model().fit(loader(), epochs=0, eta=0.1)


def test_fit_says_when_the_loss_is_not_finite_and_takes_no_such_step() -> None:
    module = model()
    before = module.W.detach().clone()
    with pytest.raises(ValueError, match=r"loss must be finite, got nan in epoch 1: eta = 0.1"):
        module.fit([(X_t * float("nan"), y_t)], epochs=1, eta=0.1)
    assert torch.equal(module.W, before)


def test_fit_forgets_gradients_that_were_there_before() -> None:
    clean, dirty = model(), model()
    dirty.W.grad = torch.full_like(dirty.W, 1e6)
    states = [module.fit(loader(), epochs=1, eta=0.1)[0] for module in (clean, dirty)]
    np.testing.assert_array_equal(states[0].W, states[1].W)
