from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.testing import assert_array_equal
from tests.refusals import refuses
from torch import Tensor
from torch.nn import functional

from logreg_book.pytorch import parameters_as_numpy, run_epochs

Batches = list[tuple[Tensor, Tensor]]


def batches(*sizes: int) -> Batches:
    return [(torch.full((n, 1), float(i)), torch.zeros(n)) for i, n in enumerate(sizes)]


def test_another_module_and_another_optimizer_can_be_trained() -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(1, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)

    def step(X: Tensor, y: Tensor) -> float:
        optimizer.zero_grad()
        loss = functional.mse_loss(model(X), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    X = torch.linspace(-1, 1, 32)[:, None]
    losses = [epoch.loss for epoch in run_epochs(step, [(X, X**2)], 100)]
    assert losses[-1] < 0.1 * losses[0]


def test_epochs_and_examples_are_counted_and_each_example_weighs_the_same() -> None:
    given: Batches = []

    def step(X: Tensor, y: Tensor) -> float:
        given.append((X, y))
        return float(len(given))

    loader = batches(4, 4, 1)
    epochs = list(run_epochs(step, loader, 2))
    assert [(epoch.epoch, epoch.examples_seen) for epoch in epochs] == [(1, 9), (2, 18)]
    assert [epoch.loss for epoch in epochs] == [(4 + 8 + 3) / 9, (16 + 20 + 6) / 9]
    for ours, theirs in zip(given, loader + loader, strict=True):
        assert ours[0] is theirs[0]
        assert ours[1] is theirs[1]


def test_epochs_are_run_one_by_one_while_the_caller_iterates() -> None:
    sizes: list[int] = []

    def step(X: Tensor, y: Tensor) -> float:
        sizes.append(len(X))
        return 0.0

    run = run_epochs(step, batches(2, 1), 2)
    assert sizes == []
    next(run)
    assert sizes == [2, 1]
    assert len(list(run)) == 1


def test_an_epoch_without_a_batch_is_refused() -> None:
    refuses(
        lambda: list(run_epochs(lambda X, y: 0.0, [], 1)),
        "train_loader must give a batch, got none in epoch 1",
    )
    once: Iterator[tuple[Tensor, Tensor]] = iter(batches(2))  # empty when it is iterated again
    run = run_epochs(lambda X, y: 0.0, once, 2)
    assert next(run).examples_seen == 2
    refuses(lambda: next(run), "train_loader must give a batch, got none in epoch 2")


def test_arguments_are_checked_at_the_call() -> None:
    message = "epochs must be at least 1, got 0"
    refuses(run_epochs, message, lambda X, y: 0.0, batches(1), 0)
    message = "step must be callable, got None"
    refuses(run_epochs, message, None, batches(1), 1, error=TypeError)


def test_parameters_are_copied_in_the_order_of_their_names() -> None:
    model = torch.nn.Linear(2, 3)
    weight, bias = parameters_as_numpy(model)
    assert_array_equal(weight, model.weight.detach().numpy())
    assert_array_equal(bias, model.bias.detach().numpy())
    assert weight.dtype == np.float32
    with torch.no_grad():
        model.weight += 1
    assert not np.array_equal(weight, model.weight.detach().numpy())
