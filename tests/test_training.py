from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import DTypeLike

from logreg_book import State, batch_loss, fit, loss_and_gradients, minibatches, sgd_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Problem


def assert_same_states(ours: Iterator[State], theirs: Iterator[State]) -> None:
    for left, right in zip(ours, theirs, strict=True):
        for a, b in zip(left, right, strict=True):
            assert_array_equal(a, b)


# Minibatches


@given(B=st.integers(1, 40), batch_size=st.integers(1, 50), seed=st.integers(0, 9))
def test_an_epoch_holds_each_example_once(B: int, batch_size: int, seed: int) -> None:
    batches = list(minibatches(B, batch_size, rng=np.random.default_rng(seed)))
    assert sorted(np.concatenate(batches).tolist()) == list(range(B))


@given(B=st.integers(1, 40), batch_size=st.integers(1, 50))
def test_only_the_last_batch_may_be_short(B: int, batch_size: int) -> None:
    sizes = [len(rows) for rows in minibatches(B, batch_size, rng=np.random.default_rng(0))]
    assert sizes[:-1] == [batch_size] * (len(sizes) - 1)
    assert sizes[-1] == B - batch_size * (len(sizes) - 1)
    assert 1 <= sizes[-1] <= batch_size


def test_epochs_differ_and_seeds_repeat() -> None:
    def epochs(seed: int) -> list[list[int]]:
        rng = np.random.default_rng(seed)
        return [np.concatenate(list(minibatches(20, 6, rng=rng))).tolist() for _ in range(2)]

    first, second = epochs(0)
    assert first != second
    assert first != list(range(20))
    assert epochs(0) == [first, second]
    assert epochs(1) != [first, second]


def test_rng_is_advanced_by_one_permutation() -> None:
    ours, reference = np.random.default_rng(3), np.random.default_rng(3)
    order = np.concatenate(list(minibatches(10, 3, rng=ours)))
    assert_array_equal(order, reference.permutation(10))
    assert ours.bit_generator.state == reference.bit_generator.state


def test_batch_gradients_weighted_by_size_add_up_to_the_full_gradient(
    overlapping: Problem,
) -> None:
    X, y, W, b = overlapping
    batches = list(minibatches(len(X), 8, rng=np.random.default_rng(0)))
    assert len(batches[-1]) == 2
    parts = [loss_and_gradients(X[rows], y[rows], W, b) for rows in batches]
    weights = [len(rows) / len(X) for rows in batches]
    loss, dW, db = loss_and_gradients(X, y, W, b)
    assert_allclose(np.average([p[0] for p in parts], weights=weights), loss, rtol=1e-12)
    mean_dW = np.average([p[1] for p in parts], axis=0, weights=weights)
    mean_db = np.average([p[2] for p in parts], axis=0, weights=weights)
    assert_allclose(mean_dW, dW, rtol=1e-12, atol=1e-15)
    assert_allclose(mean_db, db, rtol=1e-12, atol=1e-15)
    unweighted = np.mean([part[1] for part in parts], axis=0)
    assert not np.allclose(unweighted, dW, rtol=1e-3)


@pytest.mark.parametrize("position", [0, -1])
def test_a_batch_gradient_is_unbiased(overlapping: Problem, position: int) -> None:
    """Over 2000 shuffles its mean is within five standard errors, the short last batch's too."""
    X, y, W, b = (a[:7] if len(a) == 50 else a for a in overlapping)
    rng = np.random.default_rng(0)
    samples = []
    for _ in range(2000):
        rows = list(minibatches(len(X), 3, rng=rng))[position]
        samples.append(loss_and_gradients(X[rows], y[rows], W, b)[1])
    error = np.mean(samples, axis=0) - loss_and_gradients(X, y, W, b)[1]
    standard_error = np.std(samples, axis=0) / np.sqrt(len(samples))
    assert (np.abs(error) < 5 * standard_error).all()
    assert (standard_error > 1e-3).all()


# Gradient descent


def test_gradient_descent_is_the_loop_written_out(overlapping: Problem) -> None:
    X, y, W, b = overlapping
    states = list(fit(X, y, W, b, eta=0.7, epochs=25))
    assert len(states) == 26
    for epoch, state in enumerate(states):
        loss, dW, db = loss_and_gradients(X, y, W, b)
        assert (state.epoch, state.seen, state.loss) == (epoch, epoch * len(X), loss)
        assert_array_equal(state.W, W)
        assert_array_equal(state.b, b)
        W, b = sgd_step(W, b, dW, db, eta=0.7)


def test_gradient_descent_falls_all_the_way_up_to_one_over_the_curvature(
    overlapping: Problem,
) -> None:
    """No softmax Jacobian bends by more than 1/2, so L = max(eigvalsh(X1.T @ X1)) / (2 B)."""
    X, y, W, b = overlapping
    ones = np.c_[X, np.ones(len(X))]
    L = np.linalg.eigvalsh(ones.T @ ones).max() / (2 * len(X))
    losses = [s.loss for s in fit(X, y, W, b, eta=1 / L, epochs=100)]
    assert (np.diff(losses) < 0).all()
    assert losses[-1] < 0.8 * losses[0]
    too_large = [s.loss for s in fit(X, y, W, b, eta=20 / L, epochs=100)]
    assert (np.diff(too_large) > 0).any()


def test_gradient_descent_ends_where_the_gradient_vanishes(overlapping: Problem) -> None:
    X, y, W, b = overlapping
    *_, last = fit(X, y, W, b, eta=1.0, epochs=2000)
    _, dW, db = loss_and_gradients(X, y, last.W, last.b)
    assert_allclose(dW, 0, atol=1e-10)
    assert_allclose(db, 0, atol=1e-10)


def test_two_examples_on_a_line_are_learnt() -> None:
    *_, last = fit([[-1.0], [1.0]], [0, 1], [[0.0, 0.0]], [0.0, 0.0], eta=1.0, epochs=50)
    assert last.loss < 0.02
    assert last.W[0, 1] > 0 > last.W[0, 0]


# Minibatch and stochastic gradient descent


@pytest.mark.parametrize("batch_size", [1, 8, 50, 80])
def test_same_seed_gives_same_trajectory_and_another_seed_another(
    overlapping: Problem, batch_size: int
) -> None:
    def run(seed: int) -> Iterator[State]:
        rng = np.random.default_rng(seed)
        return fit(*overlapping, eta=0.3, epochs=3, batch_size=batch_size, rng=rng)

    assert_same_states(run(0), run(0))
    (*_, one), (*_, other) = run(0), run(1)
    if batch_size < len(overlapping.X):
        assert not np.allclose(one.W, other.W)
    else:
        assert_allclose(one.W, other.W, rtol=1e-12)


@pytest.mark.parametrize("batch_size", [None, 1, 8, 50])
def test_trajectory_is_that_of_torch_on_the_same_batches(
    overlapping: Problem, batch_size: int | None
) -> None:
    X, y, W, b = overlapping
    inputs, truth = torch.tensor(X), torch.tensor(y)
    leaves = [torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)]
    optimizer = torch.optim.SGD(leaves, lr=0.1)
    rng, same = np.random.default_rng(5), np.random.default_rng(5)
    states = fit(X, y, W, b, eta=0.1, epochs=50, batch_size=batch_size, rng=rng)
    for epoch, state in enumerate(states):
        assert state.epoch == epoch
        for ours, leaf in zip((state.W, state.b), leaves, strict=True):
            assert_allclose(ours, leaf.detach().numpy(), rtol=0, atol=1e-12)
        batches = (
            [range(len(X))] if batch_size is None else minibatches(len(X), batch_size, rng=same)
        )
        for rows in batches:
            rows_ = torch.tensor(np.asarray(rows))
            optimizer.zero_grad()
            scores = inputs[rows_] @ leaves[0] + leaves[1]
            torch.nn.functional.cross_entropy(scores, truth[rows_]).backward()
            optimizer.step()
    assert epoch == 50


def test_a_batch_of_all_examples_is_gradient_descent(overlapping: Problem) -> None:
    rng = np.random.default_rng(0)
    (*_, whole) = fit(*overlapping, eta=0.5, epochs=20)
    (*_, batch) = fit(*overlapping, eta=0.5, epochs=20, batch_size=50, rng=rng)
    assert_allclose(batch.W, whole.W, rtol=1e-12)
    assert (batch.epoch, batch.seen) == (whole.epoch, whole.seen)


# What is recorded


def test_each_step_is_recorded_with_the_examples_seen_and_the_epochs_completed(
    overlapping: Problem,
) -> None:
    X, y, W, b = (a[:10] if len(a) == 50 else a for a in overlapping)
    rng = np.random.default_rng(0)
    states = list(fit(X, y, W, b, eta=0.1, epochs=2, batch_size=4, rng=rng, record="step"))
    assert [s.seen for s in states] == [0, 4, 8, 10, 14, 18, 20]
    assert [s.epoch for s in states] == [0, 0, 0, 1, 1, 1, 2]


def test_each_step_of_gradient_descent_is_an_epoch(overlapping: Problem) -> None:
    steps = fit(*overlapping, eta=0.1, epochs=3, record="step")
    assert_same_states(steps, fit(*overlapping, eta=0.1, epochs=3, record="epoch"))


def test_steps_at_the_end_of_an_epoch_are_the_epochs(overlapping: Problem) -> None:
    def run(record: Any) -> Iterator[State]:
        rng = np.random.default_rng(2)
        return fit(*overlapping, eta=0.1, epochs=4, batch_size=8, rng=rng, record=record)

    steps = (s for s in run("step") if s.seen % 50 == 0)
    assert_same_states(steps, run("epoch"))


@pytest.mark.parametrize("record", ["epoch", "step"])
def test_loss_is_that_of_all_examples_at_the_recorded_parameters(
    overlapping: Problem, record: Any
) -> None:
    X, y, W, b = overlapping
    rng = np.random.default_rng(0)
    states = fit(X, y, W, b, eta=0.5, epochs=3, batch_size=7, rng=rng, record=record)
    for state in states:
        assert state.loss == batch_loss(X, y, state.W, state.b)


def test_state_cannot_be_changed(overlapping: Problem) -> None:
    for state in fit(*overlapping, eta=0.1, epochs=1):
        with pytest.raises(AttributeError):
            state.loss = 0.0  # type: ignore[misc]  # that it is refused is the claim
        for parameter in (state.W, state.b):
            assert not parameter.flags.writeable
            with pytest.raises(ValueError, match="read-only"):
                parameter += 1


def test_states_do_not_change_while_training_goes_on(overlapping: Problem) -> None:
    run = fit(*overlapping, eta=0.5, epochs=3)
    first = next(run)
    second = next(run)
    then = second.W.copy(), second.b.copy()
    list(run)
    assert_array_equal(first.W, overlapping.W)
    assert_array_equal(second.W, then[0])
    assert_array_equal(second.b, then[1])


def test_callers_parameters_are_neither_changed_nor_shared(overlapping: Problem) -> None:
    X, y = overlapping.X, overlapping.y
    W, b = overlapping.W.copy(), overlapping.b.copy()
    run = fit(X, y, W, b, eta=0.5, epochs=2)
    first, *_ = run
    assert_array_equal(W, overlapping.W)
    assert_array_equal(b, overlapping.b)
    assert W.flags.writeable
    assert b.flags.writeable
    W += 1
    assert_array_equal(first.W, overlapping.W)


def test_parameters_are_taken_at_the_call(overlapping: Problem) -> None:
    X, y = overlapping.X, overlapping.y
    W, b = overlapping.W.copy(), overlapping.b.copy()
    run = fit(X, y, W, b, eta=0.5, epochs=1)
    W += 1
    assert_array_equal(next(run).W, overlapping.W)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch_size", [None, 8])
def test_dtype_is_kept(overlapping: Problem, dtype: DTypeLike, batch_size: int | None) -> None:
    X, W, b = (a.astype(dtype) for a in (overlapping.X, overlapping.W, overlapping.b))
    rng = np.random.default_rng(0)
    (*_, last) = fit(X, overlapping.y, W, b, eta=0.5, epochs=10, batch_size=batch_size, rng=rng)
    assert last.W.dtype == last.b.dtype == dtype
    assert type(last.loss) is float
    rng = np.random.default_rng(0)
    (*_, exact) = fit(*overlapping, eta=0.5, epochs=10, batch_size=batch_size, rng=rng)
    assert_allclose(last.W, exact.W, rtol=1e-4, atol=1e-6)


def test_integers_train_as_float64() -> None:
    *_, last = fit([[-1], [1]], [0, 1], [[0, 0]], [0, 0], eta=1, epochs=3)
    assert last.W.dtype == last.b.dtype == np.float64
    w = 0.0
    for _ in range(3):  # by symmetry W stays (-w, w) and b stays 0
        w += 1 / (1 + np.exp(2 * w))
    assert_allclose(last.W, [[-w, w]], rtol=1e-14)
    assert last.loss == pytest.approx(np.log1p(np.exp(-2 * w)), rel=1e-14)


def test_arguments_are_checked_at_the_call_and_not_at_the_first_state(
    overlapping: Problem,
) -> None:
    with pytest.raises(ValueError, match="eta must"):
        fit(*overlapping, eta=0.0, epochs=1)
    with pytest.raises(ValueError, match="batch_size must"):
        minibatches(3, 0, rng=np.random.default_rng(0))


# Divergence


def diverging(eta: float) -> Iterator[State]:
    """Two examples at one place with two labels: gradients never vanish."""
    X, y = [[100.0], [100.0], [-100.0]], [0, 1, 1]
    return fit(X, y, np.zeros((1, 2)), np.zeros(2), eta=eta, epochs=20)


@pytest.mark.parametrize("eta", [1e306, 1e307, 1e308])
def test_divergence_is_refused_and_the_learning_rate_blamed(eta: float) -> None:
    """At 1e306 the logits overflow, at 1e308 the step itself does."""
    with pytest.raises(ValueError, match="eta"):
        list(diverging(eta))


def test_states_before_a_divergence_are_finite() -> None:
    run = diverging(1e306)
    first = next(run)
    assert first.loss == pytest.approx(np.log(2))
    with pytest.raises(ValueError, match=r"must .*got"):
        list(run)
