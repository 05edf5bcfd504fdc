"""The benchmark compares like with like, the right way round, and its figures are complete."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from benchmarks import tables
from numpy.testing import assert_allclose

from logreg_book import loss_and_gradients, sgd

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bench() -> Any:
    """The benchmark, imported as it is run: from the project's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)
        return importlib.import_module("benchmarks.bench")


def test_a_ratio_is_the_time_of_the_other_one_over_ours(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]

    def takes(seconds: float) -> Any:
        return lambda: clock.__setitem__(0, clock[0] + seconds)

    monkeypatch.setattr(bench.time, "perf_counter", lambda: clock[0])
    found = bench.ratios({"ours": takes(0.25), "slow": takes(0.75), "fast": takes(0.125)}, 10)
    assert found == {"slow": [3.0] * 3, "fast": [0.5] * 3}


def test_of_noisy_attempts_the_calmest_is_kept(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    noisy, calmer, calm = {"a": [1.0, 2.0, 3.0]}, {"a": [1.9, 2.0, 2.5]}, {"a": [4.0, 4.1, 4.2]}
    for left, best in (([noisy, calmer, noisy, noisy, calm], calmer), ([noisy, calm], calm)):
        monkeypatch.setattr(bench, "ratios", lambda *_, left=left: left.pop(0))
        assert bench.calmest({}, 1, 0) == best


@pytest.mark.parametrize("K", [2, 3])
def test_steps_of_all_peers_are_the_same_step(bench: Any, K: int) -> None:
    size = bench.Size(20, 4, K)
    X, y, W, b = bench.peers.problem(size)
    _, dW, db = loss_and_gradients(X, y, W, b)
    eta = bench.peers.ETA
    new = sgd(W, dW, eta=eta)[0], sgd(b, db, eta=eta)[0]
    peer = bench.peers.Torch(size)
    pure = bench.peers.whole_step(*peer.pure, peer.X, peer.y)
    peer.eager(peer.X, peer.y)
    for ours, eager, other in zip(new, (peer.W, peer.b), pure, strict=True):
        assert_allclose(eager.detach().numpy(), ours, rtol=1e-12, atol=1e-15)
        assert_allclose(other.numpy(), ours, rtol=1e-12, atol=1e-15)


def test_problem_keeps_the_dtype_and_has_all_classes(bench: Any) -> None:
    X, y, W, b = bench.peers.problem(bench.Size(200, 4, 3, "float32"))
    assert X.dtype == W.dtype == b.dtype == np.float32
    assert sorted(set(y.tolist())) == [0, 1, 2]


def test_an_epoch_of_torch_takes_each_example_once(bench: Any) -> None:
    peer = bench.peers.Torch(bench.Size(600, 2, 2))
    seen: list[torch.Tensor] = []
    peer.epoch(lambda X, y: seen.append(X))
    assert [len(X) for X in seen] == [256, 256, 88]
    assert_allclose(np.sort(torch.cat(seen).numpy(), axis=0), np.sort(peer.X.numpy(), axis=0))


@pytest.mark.parametrize("K", [2, 3])
def test_all_train_to_the_target(bench: Any, K: int) -> None:
    """A competitor that does not get there raises an error."""
    competitors = bench.peers.training(bench.Size(2000, 3, K))
    assert ("SGDClassifier" in competitors) == (K == 2)
    for train in competitors.values():
        train()


def test_memory_of_a_large_step_is_found(bench: Any) -> None:
    small, large = bench.memory(bench.Size(100, 2, 2)), bench.memory(bench.Size(40_000, 2, 2))
    assert 0.001 < small < large < 4


# The figures that the site shows


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    """As kept."""
    kept: dict[str, Any] = json.loads(tables.FIGURES.read_text())
    return kept


def test_figures_hold_a_row_for_each_size_and_number_of_threads(
    bench: Any, figures: dict[str, Any]
) -> None:
    for make, sizes in bench.TABLES.items():
        for threads in (1, 2):
            found = [
                [row["B"], row["d"], row["K"], row["dtype"]]
                for row in figures["rows"]
                if (row["table"], row.get("threads")) == (make.__name__, threads)
            ]
            assert found == [list(size) for size in sizes]
    assert sum(row["table"] == "memory" for row in figures["rows"]) == len(bench.SIZES)


def test_the_tables_show_these_figures() -> None:
    assert tables.TABLES.read_text("utf-8") == tables.sections()


def test_quartiles_are_in_order(figures: dict[str, Any]) -> None:
    for row in figures["rows"]:
        for quartiles in row.get("over ours", {}).values():
            assert 0 < quartiles[0] <= quartiles[1] <= quartiles[2]


def test_a_bar_is_judged_by_its_worst_figure(figures: dict[str, Any]) -> None:
    rows = [dict(row) for row in figures["rows"]]
    slow = {"table": "step", "threads": 2, "B": 32, "d": 2, "K": 2, "dtype": "float32"}
    rows.append(slow | {"over ours": {"torch": [0.2, 0.25, 0.3]}})
    _, never_slower, eightfold, *_ = tables.bars(rows)
    for bar in (never_slower, eightfold):
        assert bar[1:] == ["0.25: torch at 32 x 2 x 2, float32, threads: 2", "**no**"]
    fast = [row | {"over ours": dict.fromkeys(row.get("over ours", {}), [9.0] * 3)} for row in rows]
    (_, _, reached), *_ = tables.bars(fast)
    assert reached == "yes"
