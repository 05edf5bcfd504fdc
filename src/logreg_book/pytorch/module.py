"""Logistic regression as a `torch.nn.Module` that is trained through autograd."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from logreg_book._check import check_callable, check_int, check_positive
from logreg_book.pytorch.loop import parameters_as_numpy, run_epochs
from logreg_book.training import TrainingState

__all__ = ["LogisticRegression"]


class LogisticRegression(torch.nn.Module):
    r"""Logits ``X @ W + b``, with parameters that autograd knows.

    Parameters
    ----------
    d : int
        Inputs, at least 1.
    K : int, optional
        Classes, at least 2.
    dtype : torch.dtype, optional
        `torch.float64` or `torch.float32`.
    generator : torch.Generator, optional
        Draws the initial weights from the standard normal distribution.  Without it all
        parameters start at 0, which is a good start because the loss is convex.

    Attributes
    ----------
    W : (d, K) Parameter
        Weights.
    b : (K,) Parameter
        Biases.

    Notes
    -----
    ``forward`` returns logits, not probabilities: the loss takes logits, and the largest
    logit already belongs to the most probable class.

    Examples
    --------
    >>> model = LogisticRegression(2)
    >>> X, y = torch.tensor([[-1.0, 0.0], [1.0, 0.0]], dtype=torch.float64), torch.tensor([0, 1])
    >>> [round(model.sgd_step(X, y, eta=1.0), 3) for _ in range(3)]
    [0.693, 0.313, 0.195]
    """

    def __init__(
        self,
        d: int,
        K: int = 2,
        *,
        dtype: torch.dtype = torch.float64,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        shape = check_int("d", d), check_int("K", K, least=2)
        if dtype not in (torch.float32, torch.float64):
            raise TypeError(f"dtype must be torch.float32 or torch.float64, got {dtype}")
        W = torch.zeros(shape, dtype=dtype)
        if generator is not None:
            W.normal_(generator=generator)
        self.W = torch.nn.Parameter(W)
        self.b = torch.nn.Parameter(torch.zeros(shape[1], dtype=dtype))

    def forward(self, X: Tensor) -> Tensor:
        """Logits of a batch.

        Parameters
        ----------
        X : (B, d) Tensor, dtype of `W`
            Inputs.

        Returns
        -------
        (B, K) Tensor
            ``X @ W + b``.
        """
        _check_inputs(X, self.W)
        return X @ self.W + self.b

    def compute_loss(self, X: Tensor, y: Tensor) -> Tensor:
        """Mean cross-entropy of labels, given inputs.

        Parameters
        ----------
        X : (B, d) Tensor, dtype of `W`
            Inputs; their logits are ``self(X)``.
        y : (B,) Tensor of torch.int64 in 0 .. K-1
            Labels.

        Returns
        -------
        scalar Tensor
            In nats, with the graph that leads back to `W` and `b`.
        """
        _check_inputs(X, self.W)
        _check_labels(y, len(X), len(self.b))
        return cross_entropy(self(X), y)

    def sgd_step(self, X: Tensor, y: Tensor, eta: float) -> float:
        """One step of SGD on a batch: forward, backward, update.

        The update is no part of what is differentiated, so it runs under ``no_grad``.  It is
        made in place, so that each parameter stays the leaf that autograd fills.

        Parameters
        ----------
        X : (B, d) Tensor, dtype of `W`
            Inputs.
        y : (B,) Tensor of torch.int64 in 0 .. K-1
            Labels.
        eta : float
            Learning rate, above 0.

        Returns
        -------
        float
            The loss over the batch before the update, in nats.

        Raises
        ------
        ValueError
            If the loss is not finite, because earlier steps were too long or `X` holds NaN or
            infinity.  Then no parameter has changed.
        """
        eta = check_positive("eta", eta)
        loss = self.compute_loss(X, y)
        if not torch.isfinite(loss):
            raise ValueError(
                f"loss must be finite, got {loss.item()}: the learning rate of the steps so far "
                "may be too large, or X holds NaN or infinity"
            )
        for parameter in self.parameters():
            parameter.grad = None
        loss.backward()
        with torch.no_grad():
            for parameter in self.parameters():
                if parameter.grad is not None:  # a frozen parameter has none
                    parameter.sub_(eta * parameter.grad)
        return loss.item()

    def fit(
        self,
        train_loader: Iterable[tuple[Tensor, Tensor]],
        epochs: int,
        eta: float,
        on_epoch: Callable[[TrainingState], object] | None = None,
    ) -> list[TrainingState]:
        """Train by minibatch SGD, one `sgd_step` per batch.

        Parameters
        ----------
        train_loader : iterable of (X, y)
            Gives the batches of an epoch each time it is iterated, as a `DataLoader` does.
        epochs : int
            Passes over the data, at least 1.
        eta : float
            Learning rate, above 0.
        on_epoch : callable, optional
            Called with the `TrainingState` after each epoch, for example to draw it.

        Returns
        -------
        list of TrainingState
            One per epoch.  Its loss is the mean over the examples of that epoch, each with the
            parameters that its batch met.

        Raises
        ------
        ValueError
            If an epoch has no batch, or as for `sgd_step`.
        """
        eta = check_positive("eta", eta)
        if on_epoch is not None:
            check_callable("on_epoch", on_epoch)
        states: list[TrainingState] = []
        for mean in run_epochs(lambda X, y: self.sgd_step(X, y, eta), train_loader, epochs):
            W, b = parameters_as_numpy(self)
            states.append(TrainingState(mean.epoch, mean.examples_seen, W, b, mean.loss))
            if on_epoch is not None:
                on_epoch(states[-1])
        return states


def _check_inputs(X: Tensor, W: Tensor) -> None:
    """Require a non-empty batch that fits the weights."""
    if not isinstance(X, Tensor):
        raise TypeError(f"X must be a torch.Tensor, got {type(X).__name__}")
    if X.ndim != 2 or X.shape[1] != len(W) or len(X) == 0:
        need = f"X must have shape (B, {len(W)}) with B at least 1"
        raise ValueError(f"{need}, got {tuple(X.shape)}")
    if X.dtype != W.dtype:
        raise TypeError(f"X must be {W.dtype} as W is, got {X.dtype}")


def _check_labels(y: Tensor, B: int, K: int) -> None:
    """Require one label in 0 .. K-1 per example."""
    if not isinstance(y, Tensor):
        raise TypeError(f"y must be a torch.Tensor, got {type(y).__name__}")
    if y.dtype != torch.int64:
        raise TypeError(f"y must be torch.int64 class labels, got {y.dtype}")
    if y.shape != (B,):
        raise ValueError(f"y must have shape ({B},), one label per example, got {tuple(y.shape)}")
    low, high = int(y.min()), int(y.max())
    if low < 0 or high >= K:
        raise ValueError(f"y must lie in 0 .. {K - 1}, got labels from {low} to {high}")
