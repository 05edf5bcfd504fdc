"""What is compared: each function gives the competitors of one row of a table, by name.

Each competitor is a function without arguments that may be called again and again.  What it
computes with is made beforehand.  PyTorch has the same numbers, the same dtype and as many
threads; two ways of compiling it compete, since neither is the faster one at all sizes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier

from logreg_book import batch_loss, init_parameters, loss_and_gradients, sgd, train
from logreg_book._types import Array
from logreg_book.training import _gradients

Competitors = dict[str, Callable[[], object]]

ETA, BATCH, SEED = 0.1, 256, 0
TARGET = 1.01  # train until the loss is at most this times the best one


class Size(NamedTuple):
    """How much data there is, and in how many digits."""

    B: int
    d: int
    K: int
    dtype: str = "float64"

    def __str__(self) -> str:
        """For a table."""
        return f"{self.B:,} x {self.d} x {self.K}"


class Problem(NamedTuple):
    """Inputs, labels that a softmax of them has drawn, and parameters to start from."""

    X: Array
    y: NDArray[np.intp]
    W: Array
    b: Array


def problem(size: Size) -> Problem:
    """The same one at each call."""
    rng = np.random.default_rng(SEED)
    X = rng.standard_normal((size.B, size.d), dtype=np.dtype(size.dtype).type)
    truth = rng.normal(scale=1.5 / np.sqrt(size.d), size=(size.d, size.K)).astype(X.dtype)
    noisy = X @ truth + rng.gumbel(size=(size.B, size.K))  # whose largest a softmax draws
    return Problem(X, noisy.argmax(axis=1), *init_parameters(size.d, size.K, dtype=X.dtype))


class Torch:
    """The same problem for PyTorch: autograd and `optim.SGD`, compiled or not."""

    def __init__(self, size: Size) -> None:
        X, y, W, b = problem(size)
        self.X, self.y = torch.from_numpy(X), torch.from_numpy(y)
        self.W, self.b = (torch.nn.Parameter(torch.tensor(a)) for a in (W, b))
        self.optimizer = torch.optim.SGD([self.W, self.b], lr=ETA)
        self.pure = self.W.detach().clone(), self.b.detach().clone()

    @cached_property
    def compiled_loss(self) -> Callable[..., torch.Tensor]:
        """Compiled when it is first called."""
        return torch.compile(cross_entropy)

    @cached_property
    def compiled_step(self) -> Callable[..., tuple[torch.Tensor, torch.Tensor]]:
        """Compiled when it is first called."""
        return torch.compile(whole_step)

    def eager(self, X: torch.Tensor, y: torch.Tensor) -> None:
        """One step as everybody writes it."""
        self.optimizer.zero_grad()
        cross_entropy(self.W, self.b, X, y).backward()
        self.optimizer.step()

    def compiled(self, X: torch.Tensor, y: torch.Tensor) -> None:
        """The same with a compiled loss, and so a compiled gradient."""
        self.optimizer.zero_grad()
        self.compiled_loss(self.W, self.b, X, y).backward()
        self.optimizer.step()

    def one_graph(self, X: torch.Tensor, y: torch.Tensor) -> None:
        """Loss, gradients and update in one compiled function, without an optimizer."""
        self.pure = self.compiled_step(*self.pure, X, y)

    def epoch(self, step: Callable[[torch.Tensor, torch.Tensor], None]) -> None:
        """Shuffled batches of slices."""
        for rows in torch.randperm(len(self.X)).split(BATCH):
            step(self.X[rows], self.y[rows])


def cross_entropy(
    W: torch.Tensor, b: torch.Tensor, X: torch.Tensor, y: torch.Tensor
) -> torch.Tensor:
    """Mean loss of parameters on data."""
    return torch.nn.functional.cross_entropy(X @ W + b, y)


def whole_step(
    W: torch.Tensor, b: torch.Tensor, X: torch.Tensor, y: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """One step as a pure function."""
    dW, db = torch.func.grad(cross_entropy, argnums=(0, 1))(W, b, X, y)
    return W - ETA * dW, b - ETA * db


def definition(size: Size) -> Competitors:
    """One full step as the chapters derive it, with every argument checked by every function."""
    X, y, W, b = problem(size)
    peer = Torch(size)

    def ours() -> object:
        _, dW, db = loss_and_gradients(X, y, W, b)
        return sgd(W, dW, eta=ETA), sgd(b, db, eta=ETA)

    return {"ours": ours, "torch": lambda: peer.eager(peer.X, peer.y)}


def step(size: Size) -> Competitors:
    """One full step: forward, gradients, update.

    Ours is the step inside `train`, "definition" the one that the chapters derive.  The floor
    is the two matrix products alone.
    """
    X, y, W, b = problem(size)
    peer = Torch(size)

    def ours() -> object:
        dW, db = _gradients(X, y, W, b, ETA)
        return sgd(W, dW, eta=ETA), sgd(b, db, eta=ETA)

    return {
        "ours": ours,
        "definition": definition(size)["ours"],
        "torch": lambda: peer.eager(peer.X, peer.y),
        "compiled": lambda: peer.compiled(peer.X, peer.y),
        "one graph": lambda: peer.one_graph(peer.X, peer.y),
        "floor": lambda: (W.T @ X.T) @ X,
    }


def epoch(size: Size) -> Competitors:
    """One epoch of shuffled batches of 256; `SGDClassifier` takes single examples.

    Ours is an epoch in the middle of a run, and ends as there with the loss of all examples.
    """
    X, y, W, b = problem(size)
    peer, rng = Torch(size), np.random.default_rng(SEED)
    run = train(X, y, W, b, eta=ETA, epochs=10**6, batch_size=BATCH, rng=rng)
    next(run)  # where it stands before the first epoch
    data = torch.utils.data.TensorDataset(peer.X, peer.y)

    def loader() -> None:
        for X_batch, y_batch in torch.utils.data.DataLoader(data, BATCH, shuffle=True):
            peer.eager(X_batch, y_batch)

    def sklearn() -> object:
        return SGDClassifier(loss="log_loss", max_iter=1, tol=None, random_state=SEED).fit(X, y)

    return {
        "ours": lambda: next(run),
        "torch": lambda: peer.epoch(peer.eager),
        "compiled": lambda: peer.epoch(peer.compiled),
        "one graph": lambda: peer.epoch(peer.one_graph),
        "DataLoader": loader,
        "SGDClassifier": sklearn,
    }


def training(size: Size) -> Competitors:
    """Training to a loss 1 % above the best one.

    Ours and PyTorch take shuffled batches of 256 and look at the loss of all examples after each
    epoch.  `SGDClassifier` has the schedule that served it best of those tried; it minimizes
    the same loss only for two classes.  `LogisticRegression` is told beforehand how many
    iterations it needs.
    """
    X, y, W, b = problem(size)
    enough = TARGET * loss_of(logistic_regression(X, y), X, y)
    iterations = next(
        i for i in range(1, 100) if loss_of(logistic_regression(X, y, i), X, y) <= enough
    )

    def ours() -> None:
        rng = np.random.default_rng(SEED)
        for state in train(X, y, W, b, eta=ETA, epochs=100, batch_size=BATCH, rng=rng):
            if state.loss <= enough:
                return
        raise RuntimeError(f"not trained: {size}")

    def eager() -> None:
        peer = Torch(size)
        for _ in range(100):
            peer.epoch(peer.eager)
            with torch.no_grad():
                if cross_entropy(peer.W, peer.b, peer.X, peer.y) <= enough:
                    return
        raise RuntimeError(f"PyTorch not trained: {size}")

    def classifier() -> None:
        model = SGDClassifier(
            loss="log_loss", learning_rate="invscaling", eta0=ETA, random_state=SEED
        )
        for _ in range(100):
            model.partial_fit(X, y, classes=range(size.K))
            if loss_of(model, X, y) <= enough:
                return
        raise RuntimeError(f"SGDClassifier not trained: {size}")

    peers: Competitors = {"ours": ours, "torch": eager}
    if size.K == 2:
        peers["SGDClassifier"] = classifier
    return peers | {"LogisticRegression": lambda: logistic_regression(X, y, iterations)}


def logistic_regression(X: Array, y: Array, iterations: int = 1000) -> LogisticRegression:
    """Scikit-learn's, without a penalty."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # to stop early is what is asked for
        return LogisticRegression(C=np.inf, tol=1e-8, max_iter=iterations).fit(X, y)


def loss_of(model: SGDClassifier | LogisticRegression, X: Array, y: Array) -> float:
    """Loss of a model of scikit-learn's, which keeps one row for two classes."""
    W, b = model.coef_.T.astype(X.dtype), model.intercept_.astype(X.dtype)
    if len(b) == 1:
        W, b = np.hstack([0 * W, W]), np.append(0 * b, b)
    return batch_loss(X, y, W, b)


def growth(sizes: list[Size]) -> Competitors:
    """The gradients inside `train` at several sizes, to compare with the first one."""
    first, *others = ((size, problem(size)) for size in sizes)

    def ours(given: Problem) -> Callable[[], object]:
        return lambda: _gradients(*given, ETA)

    return {"ours": ours(first[1])} | {str(size): ours(given) for size, given in others}
