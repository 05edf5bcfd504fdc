"""One full step, forward, gradients and update: ours against torch, and against the floor.

Run it with ``nox -s bench``.  Every figure is a ratio of times that were taken in turns in one
run, on one thread each; the floor is the two matrix products alone.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import DTypeLike
from threadpoolctl import threadpool_limits

from logreg_book import loss_and_gradients, sgd_step
from logreg_book._validate import Array

SIZES = [(32, 2, 2), (256, 30, 2), (100_000, 20, 2), (60_000, 784, 10)]
SECONDS = 0.2  # a measurement of one competitor takes at least this long
ROUNDS = 7


def competitors(B: int, d: int, K: int, dtype: DTypeLike) -> dict[str, Callable[[], object]]:
    """The same step on the same data: by us, by torch, and its two products alone."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((B, d)).astype(dtype), rng.integers(K, size=B)
    W: Array = (0.01 * rng.standard_normal((d, K))).astype(dtype)
    b: Array = np.zeros(K, dtype)
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


def time_once(f: Callable[[], object], calls: int) -> float:
    """Seconds a call."""
    start = time.perf_counter()
    for _ in range(calls):
        f()
    return (time.perf_counter() - start) / calls


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    threadpool_limits(1)
    print("        B    d   K  dtype     torch / ours   ours / floor")
    for dtype in (np.float64, np.float32):
        for B, d, K in SIZES:
            steps = competitors(B, d, K, dtype)
            calls = {
                n: max(1, int(SECONDS / (time_once(f, 1) + time_once(f, 1))))
                for n, f in steps.items()
            }
            rounds = [{n: time_once(f, calls[n]) for n, f in steps.items()} for _ in range(ROUNDS)]
            faster = statistics.median(r["torch"] / r["ours"] for r in rounds)
            above = statistics.median(r["ours"] / r["floor"] for r in rounds)
            print(f"{B:9} {d:4} {K:3}  {dtype.__name__}  {faster:12.2f}   {above:12.2f}")


if __name__ == "__main__":
    main()
