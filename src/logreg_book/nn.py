"""Logistic regression as a `torch.nn.Module` that is trained through AutoGrad."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from logreg_book import _validate
from logreg_book.training import State

__all__ = ["LogisticRegression"]


class LogisticRegression(torch.nn.Module):
    r"""Logits ``X @ W + b``, with parameters that AutoGrad knows.

    Parameters
    ----------
    d : int
        Inputs, at least 1.
    K : int, optional
        Classes, at least 2.
    dtype : torch.dtype, optional
        `torch.float64` or `torch.float32`.
    generator : torch.Generator, optional
        Draws the first weights from the standard normal distribution.  Without it all
        parameters start at 0, which serves: the loss is convex.

    Attributes
    ----------
    W : (d, K) Parameter
        Weights.
    b : (K,) Parameter
        Biases.

    Raises
    ------
    TypeError, ValueError
        If a count is too small or the dtype is not a floating one of 32 or 64 bits.

    Notes
    -----
    ``forward`` returns logits, not probabilities: the loss takes logits, and the largest
    logit is the most probable class already.

    Examples
    --------
    >>> model = LogisticRegression(2)
    >>> model(torch.zeros(3, 2, dtype=torch.float64)).shape
    torch.Size([3, 2])
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
        shape = _validate.count("d", d), _validate.count("K", K, least=2)
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

        Raises
        ------
        TypeError, ValueError
            If `X` is empty, or has not d columns or the dtype of `W`.
        """
        d = self.W.shape[0]
        if X.ndim != 2 or X.shape[1] != d or len(X) == 0:
            raise ValueError(f"X must have shape (B, {d}) with B at least 1, got {tuple(X.shape)}")
        if X.dtype != self.W.dtype:
            raise TypeError(f"X must be {self.W.dtype} as W is, got {X.dtype}")
        return X @ self.W + self.b

    def compute_loss(self, h: Tensor, y: Tensor) -> Tensor:
        """Mean cross-entropy of labels, from logits.

        Parameters
        ----------
        h : (B, K) Tensor
            **Logits**, as `forward` returns them.
        y : (B,) Tensor of torch.int64 in 0 .. K-1
            Labels.

        Returns
        -------
        scalar Tensor
            In nats, with the graph that leads back to `W` and `b`.

        Raises
        ------
        TypeError, ValueError
            If labels are not int64, not one an example, or out of range.
        """
        B, K = h.shape
        if y.dtype != torch.int64:
            raise TypeError(f"y must be torch.int64 class labels, got {y.dtype}")
        if y.shape != (B,):
            raise ValueError(
                f"y must have shape ({B},), one label an example, got {tuple(y.shape)}"
            )
        low, high = int(y.min()), int(y.max())
        if low < 0 or high >= K:
            raise ValueError(f"y must lie in 0 .. {K - 1}, got labels from {low} to {high}")
        return cross_entropy(h, y)

    @torch.no_grad()
    def sgd_step(self, eta: float) -> None:
        """Move each parameter against its gradient, and forget the gradient.

        The update is no part of what is differentiated, so it runs under ``no_grad``.
        It is in place: the parameter stays the leaf that AutoGrad fills.

        Parameters
        ----------
        eta : float
            Learning rate, above 0.

        Raises
        ------
        TypeError, ValueError
            If `eta` is not above 0, or `backward` has not been called since the last step.
            No parameter has moved then.
        """
        eta = _validate.positive("eta", eta)
        if self.W.grad is None or self.b.grad is None:
            raise ValueError("W.grad and b.grad must be tensors, got None: call backward() first")
        pairs: list[tuple[Tensor, Tensor]] = [(self.W, self.W.grad), (self.b, self.b.grad)]
        for parameter, gradient in pairs:
            parameter -= eta * gradient
            parameter.grad = None

    def fit(
        self,
        train_loader: Iterable[tuple[Tensor, Tensor]],
        epochs: int,
        eta: float,
        on_epoch: Callable[[State], object] | None = None,
    ) -> list[State]:
        """Train by minibatch descent; a run of more than a second shows its progress.

        Parameters
        ----------
        train_loader : iterable of (X, y)
            Gives an epoch's batches each time it is iterated; a `DataLoader` does.
        epochs : int
            Passes over the data, at least 1.
        eta : float
            Learning rate, above 0.
        on_epoch : callable, optional
            Called with the `State` after each epoch, say to draw it.

        Returns
        -------
        list of State
            One an epoch.  Its loss is the mean over the epoch's examples, each met with the
            parameters of its moment; a short last batch weighs less.

        Raises
        ------
        TypeError, ValueError
            If arguments or batches do not fit, an epoch has no batch, or the loss is not
            finite any more because `eta` is too large or the data are not.
        """
        epochs, eta = _validate.count("epochs", epochs), _validate.positive("eta", eta)
        states: list[State] = []
        seen = 0
        for epoch in tqdm(range(1, epochs + 1), desc="training", disable=None, delay=1):
            total, before = 0.0, seen
            for X, y in train_loader:
                loss = self.compute_loss(self(X), y)
                if not torch.isfinite(loss):
                    raise ValueError(
                        f"loss must be finite, got {loss.item()} in epoch {epoch}: "
                        f"eta = {eta} may be too large, or X holds NaN or infinity"
                    )
                self.W.grad = self.b.grad = None
                loss.backward()
                self.sgd_step(eta)
                total += loss.item() * len(X)
                seen += len(X)
            if seen == before:
                raise ValueError(f"train_loader must give a batch, got none in epoch {epoch}")
            states.append(self._state(epoch, seen, total / (seen - before)))
            if on_epoch is not None:
                on_epoch(states[-1])
        return states

    def _state(self, epoch: int, seen: int, loss: float) -> State:
        W, b = (parameter.detach().cpu().numpy().copy() for parameter in (self.W, self.b))
        W.flags.writeable = b.flags.writeable = False
        return State(epoch, seen, W, b, loss)
