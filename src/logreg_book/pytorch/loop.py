"""What is general about training with a `DataLoader`: the loop over epochs, and reading results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from logreg_book._check import check_callable, check_int
from logreg_book._types import Array

__all__ = ["EpochMean", "parameters_as_numpy", "run_epochs"]


class EpochMean(NamedTuple):
    """What an epoch of training reports.

    Examples
    --------
    >>> EpochMean(epoch=1, examples_seen=150, loss=0.6).loss
    0.6
    """

    epoch: int
    """Completed epochs, from 1."""
    examples_seen: int
    """Examples for which a gradient was computed so far, repetitions counted."""
    loss: float
    """Mean over the examples of the epoch, each with the parameters that its batch met."""


def run_epochs(
    step: Callable[[Tensor, Tensor], float],
    train_loader: Iterable[tuple[Tensor, Tensor]],
    epochs: int,
) -> Iterator[EpochMean]:
    """Take a step for each batch of each epoch, and yield the mean loss of each epoch.

    Parameters
    ----------
    step : callable
        Takes a batch, X and y; updates the model; returns the mean loss over the batch before
        the update, in nats.
    train_loader : iterable of (X, y)
        Gives the batches of an epoch each time it is iterated, as a `DataLoader` does.
    epochs : int
        Passes over the data, at least 1.

    Yields
    ------
    EpochMean
        One per epoch.  A short last batch weighs less, as it has fewer examples.

    Raises
    ------
    ValueError
        If an epoch has no batch.

    Notes
    -----
    The loss is an average over parameters that change within the epoch.  It costs nothing
    extra, but it is not the loss over all examples at the end of the epoch.

    Examples
    --------
    >>> batches = [(torch.zeros(2, 1), torch.zeros(2)), (torch.zeros(1, 1), torch.zeros(1))]
    >>> [epoch.loss for epoch in run_epochs(lambda X, y: float(len(X)), batches, 2)]
    [1.6666666666666667, 1.6666666666666667]
    """
    check_callable("step", step)
    epochs = check_int("epochs", epochs)
    return _run(step, train_loader, epochs)


def _run(
    step: Callable[[Tensor, Tensor], float],
    train_loader: Iterable[tuple[Tensor, Tensor]],
    epochs: int,
) -> Iterator[EpochMean]:
    seen = 0
    for epoch in range(1, epochs + 1):
        total, n_examples = 0.0, 0
        for X, y in train_loader:
            total += step(X, y) * len(X)
            n_examples += len(X)
        if n_examples == 0:
            raise ValueError(f"train_loader must give a batch, got none in epoch {epoch}")
        seen += n_examples
        yield EpochMean(epoch, seen, total / n_examples)


def parameters_as_numpy(model: torch.nn.Module) -> list[Array]:
    """Copies of a model's parameters, without their graph: ``W, b = parameters_as_numpy(model)``.

    Parameters
    ----------
    model : torch.nn.Module
        Any module, on any device.

    Returns
    -------
    list of arrays
        In the order of ``model.named_parameters()``.

    Notes
    -----
    ``parameter.detach().numpy()`` alone would share the parameter's memory: a later step would
    change it.

    Examples
    --------
    >>> weight, bias = parameters_as_numpy(torch.nn.Linear(2, 3))
    >>> weight.shape, bias.shape
    ((3, 2), (3,))
    """
    return [parameter.detach().cpu().numpy().copy() for parameter in model.parameters()]
