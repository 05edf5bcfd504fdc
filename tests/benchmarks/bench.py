"""Ratios of times and memory: ours against PyTorch, scikit-learn and the bare matrix products.

Run it with ``nox -s bench``; an argument is the file that gets the figures as JSON.  The
competitors of a row take turns, on one thread each, and a figure is the median of the ratios of
its rounds: machines are noisy, and most of the noise hits both sides of a ratio.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import DTypeLike
from sklearn.linear_model import SGDClassifier
from threadpoolctl import threadpool_limits
from torch.utils.data import DataLoader, TensorDataset

from logreg_book import fit, loss_and_gradients, sgd_step
from logreg_book._validate import Array

Competitors = dict[str, Callable[[], object]]

STEPS = [
    (32, 2, 2),
    (256, 30, 2),
    (100_000, 20, 2),
    (1_000_000, 20, 2),
    (60_000, 784, 10),
]
EPOCHS = [(100_000, 20, 2), (10_000, 64, 10)]
SECONDS = 0.2  # a measurement of one competitor takes at least this long
ROUNDS = 7


def problem(B: int, d: int, K: int, dtype: DTypeLike) -> tuple[Array, Array, Array, Array]:
    """Random inputs and labels, small weights."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((B, d)).astype(dtype)
    W = (0.01 * rng.standard_normal((d, K))).astype(dtype)
    return X, rng.integers(K, size=B), W, np.zeros(K, dtype)


def step(B: int, d: int, K: int, dtype: DTypeLike) -> Competitors:
    """One full step, forward, gradients and update; the floor is its two products alone."""
    X, y, W, b = problem(B, d, K, dtype)
    X_t, y_t = torch.tensor(X), torch.tensor(y)
    W_t, b_t = torch.nn.Parameter(torch.tensor(W)), torch.nn.Parameter(torch.tensor(b))
    optimizer = torch.optim.SGD([W_t, b_t], lr=0.1)

    def ours() -> object:
        _, dW, db = loss_and_gradients(X, y, W, b)
        return sgd_step(W, b, dW, db, eta=0.1)

    def autograd() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(X_t @ W_t + b_t, y_t).backward()
        optimizer.step()

    def floor() -> object:
        return (W.T @ X.T) @ X

    return {"ours": ours, "torch": autograd, "floor": floor}


def epoch(B: int, d: int, K: int, dtype: DTypeLike) -> Competitors:
    """One epoch of shuffled batches of 256; scikit-learn's own is of single examples."""
    X, y, W, b = problem(B, d, K, dtype)
    data = TensorDataset(torch.tensor(X), torch.tensor(y))
    model = torch.nn.Linear(d, K, dtype=data.tensors[0].dtype)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    rng = np.random.default_rng(0)

    def ours() -> object:
        return list(fit(X, y, W, b, eta=0.1, epochs=1, batch_size=256, rng=rng))

    def learn(X_batch: torch.Tensor, y_batch: torch.Tensor) -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(X_batch), y_batch).backward()
        optimizer.step()

    def sliced() -> None:
        order = torch.randperm(B)
        for rows in order.split(256):
            learn(data.tensors[0][rows], data.tensors[1][rows])

    def loader() -> None:
        for X_batch, y_batch in DataLoader(data, batch_size=256, shuffle=True):
            learn(X_batch, y_batch)

    def sklearn() -> object:
        return SGDClassifier(loss="log_loss", max_iter=1, tol=None, random_state=0).fit(X, y)

    return {"ours": ours, "torch": sliced, "DataLoader": loader, "SGDClassifier": sklearn}


def seconds(f: Callable[[], object], calls: int = 1) -> float:
    """Time of a call, as the mean of several."""
    start = time.perf_counter()
    for _ in range(calls):
        f()
    return (time.perf_counter() - start) / calls


def ratios(competitors: Competitors) -> dict[str, float]:
    """Time of each other competitor over ours: above 1, we are faster."""
    for f in competitors.values():
        f()  # the first call is slow
    calls = {name: max(1, int(SECONDS / seconds(f))) for name, f in competitors.items()}
    rounds = [{n: seconds(f, calls[n]) for n, f in competitors.items()} for _ in range(ROUNDS)]
    others = [name for name in competitors if name != "ours"]
    return {name: statistics.median(r[name] / r["ours"] for r in rounds) for name in others}


def memory(B: int, d: int, K: int, dtype: DTypeLike) -> float:
    """Largest memory of a step beyond its input, in MB."""
    ours = step(B, d, K, dtype)["ours"]
    tracemalloc.start()
    ours()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    """Print the tables; write the figures to the file that was named."""
    torch.set_num_threads(1)
    figures = []
    with threadpool_limits(1):
        for kind, sizes in ((step, STEPS), (epoch, EPOCHS)):
            print(f"\none {kind.__name__}: time of each over ours")
            for dtype in (np.float64, np.float32):
                for B, d, K in sizes:
                    found = ratios(kind(B, d, K, dtype))
                    row = {"what": kind.__name__, "dtype": dtype.__name__, "B": B, "d": d, "K": K}
                    figures.append(row | {"over ours": found})
                    times = "   ".join(f"{name} {ratio:6.2f}" for name, ratio in found.items())
                    print(f"{dtype.__name__} {B:9} x {d:3} x {K:2}   {times}", flush=True)
    print("\nmemory of a step beyond its input, in MB")
    for B, d, K in STEPS:
        peak = memory(B, d, K, np.float64)
        figures.append({"what": "memory", "dtype": "float64", "B": B, "d": d, "K": K, "MB": peak})
        print(f"float64 {B:9} x {d:3} x {K:2}   {peak:8.3f}")
    for path in sys.argv[1:2]:
        Path(path).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
