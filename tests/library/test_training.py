from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import linear_model
from tests.refusals import refuses
from tests.strategies import FLOATS, Array, Problem
from torch.nn import functional

from logreg_book import (
    TrainingState,
    batch_loss,
    constant,
    inverse_time,
    loss_and_gradients,
    minibatches,
    sgd,
    softmax,
    train,
)

NAN, INF = np.nan, np.inf
each_batch_size = pytest.mark.parametrize("batch_size", [None, 1, 8, 50, 80])


def assert_same_states(ours: Iterator[TrainingState], theirs: Iterator[TrainingState]) -> None:
    for left, right in zip(ours, theirs, strict=True):
        for a, b in zip(vars(left).values(), vars(right).values(), strict=True):
            assert_array_equal(a, b)


def plain_loss_and_gradients(X: Array, y: Array, W: Array, b: Array) -> tuple[Any, Array, Array]:
    """As chapter 4 writes it, without the library."""
    e = np.exp(X @ W + b)
    p = e / e.sum(axis=1, keepdims=True)
    dh = (p - np.eye(len(b))[y]) / len(y)
    return -np.log(p[range(len(y)), y]).mean(), X.T @ dh, dh.sum(axis=0)


def batches(N: int, batch_size: int | None, rng: np.random.Generator) -> list[Array]:
    if batch_size is None:
        return [np.arange(N)]
    order = rng.permutation(N)
    return [order[i : i + batch_size] for i in range(0, N, batch_size)]


# Minibatches


@given(N=st.integers(1, 40), batch_size=st.integers(1, 50), seed=st.integers(0, 9))
def test_an_epoch_is_a_permutation_cut_into_batches(N: int, batch_size: int, seed: int) -> None:
    rng, same = np.random.default_rng(seed), np.random.default_rng(seed)
    ours = list(minibatches(N, batch_size, rng=rng))
    assert sorted(np.concatenate(ours).tolist()) == list(range(N))
    for rows, expected in zip(ours, batches(N, batch_size, same), strict=True):
        assert_array_equal(rows, expected)
    assert rng.bit_generator.state == same.bit_generator.state


def test_gradients_of_the_batches_weighted_by_size_make_the_full_gradient(
    overlapping: Problem,
) -> None:
    X, y, W, b = overlapping
    rows = list(minibatches(len(X), 8, rng=np.random.default_rng(0)))
    parts = [loss_and_gradients(X[r], y[r], W, b)[1] for r in rows]
    mean = np.average(parts, axis=0, weights=[len(r) for r in rows])
    assert_allclose(mean, loss_and_gradients(X, y, W, b)[1], rtol=1e-12, atol=1e-15)


# The trajectory


@each_batch_size
def test_training_is_the_loop_written_out(overlapping: Problem, batch_size: int | None) -> None:
    X, y, W, b = overlapping
    rng, same = np.random.default_rng(5), np.random.default_rng(5)
    states = train(X, y, W, b, eta=0.7, epochs=6, batch_size=batch_size, rng=rng)
    for epoch in range(7):
        state = next(states)
        assert (state.epoch, state.examples_seen) == (epoch, epoch * len(X))
        assert_allclose(state.W, W, rtol=1e-12, atol=1e-14)
        assert_allclose(state.b, b, rtol=1e-12, atol=1e-14)
        assert_allclose(state.loss, plain_loss_and_gradients(X, y, W, b)[0], rtol=1e-12)
        for rows in batches(len(X), batch_size, same) if epoch < 6 else []:
            _, dW, db = plain_loss_and_gradients(X[rows], y[rows], W, b)
            W, b = W - 0.7 * dW, b - 0.7 * db
    assert list(states) == []


def momentum(theta: Array, grad: Array, state: Array | None, *, eta: float) -> tuple[Array, Array]:
    velocity = grad if state is None else 0.9 * state + grad
    return theta - eta * velocity, velocity


@each_batch_size
@pytest.mark.parametrize(("rule", "options"), [(sgd, {}), (momentum, {"momentum": 0.9})])
def test_trajectory_is_that_of_torch_on_the_same_batches(
    overlapping: Problem, rule: Any, options: dict[str, Any], batch_size: int | None
) -> None:
    X, y, W, b = overlapping
    inputs, truth = torch.tensor(X), torch.tensor(y)
    leaves = [torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)]
    optimizer = torch.optim.SGD(leaves, lr=0.05, **options)
    rng, same = np.random.default_rng(5), np.random.default_rng(5)
    states = train(X, y, W, b, eta=0.05, epochs=10, rule=rule, batch_size=batch_size, rng=rng)
    next(states)
    for state in states:
        for rows in map(torch.tensor, batches(len(X), batch_size, same)):
            optimizer.zero_grad()
            functional.cross_entropy(inputs[rows] @ leaves[0] + leaves[1], truth[rows]).backward()
            optimizer.step()
        for ours, leaf in zip((state.W, state.b), leaves, strict=True):
            assert_allclose(ours, leaf.detach().numpy(), rtol=0, atol=1e-12)
    assert state.epoch == 10


@each_batch_size
def test_a_schedule_gives_the_trajectory_of_a_scheduler_of_torch(
    overlapping: Problem, batch_size: int | None
) -> None:
    X, y, W, b = overlapping
    inputs, truth = torch.tensor(X), torch.tensor(y)
    leaves = [torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)]
    optimizer = torch.optim.SGD(leaves, lr=0.5)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step / 3))
    rng, same = np.random.default_rng(5), np.random.default_rng(5)
    eta = inverse_time(0.5, steps=3)
    states = train(X, y, W, b, eta=eta, epochs=4, batch_size=batch_size, rng=rng)
    next(states)
    for state in states:
        for rows in map(torch.tensor, batches(len(X), batch_size, same)):
            optimizer.zero_grad()
            functional.cross_entropy(inputs[rows] @ leaves[0] + leaves[1], truth[rows]).backward()
            optimizer.step()
            scheduler.step()
        for ours, leaf in zip((state.W, state.b), leaves, strict=True):
            assert_allclose(ours, leaf.detach().numpy(), rtol=0, atol=1e-12)
    assert state.epoch == 4


def test_a_constant_schedule_is_a_number(overlapping: Problem) -> None:
    assert_same_states(
        train(*overlapping, eta=constant(0.3), epochs=3), train(*overlapping, eta=0.3, epochs=3)
    )


def test_a_schedule_is_asked_once_per_step_and_both_parameters_get_its_rate(
    overlapping: Problem,
) -> None:
    X, y, W, b = overlapping
    asked: list[int] = []
    used: list[float] = []

    def schedule(step: int) -> float:
        asked.append(step)
        return 1.0 / (step + 2)

    def rule(theta: Array, grad: Array, state: Any, *, eta: float) -> tuple[Array, Any]:
        used.append(eta)
        return sgd(theta, grad, state, eta=eta)

    rng = np.random.default_rng(0)
    options: dict[str, Any] = {"batch_size": 4, "rng": rng, "rule": rule, "eta": schedule}
    states = train(X[:10], y[:10], W, b, epochs=2, **options)
    next(states)
    assert asked == []
    assert len(list(states)) == 2
    assert asked == [0, 1, 2, 3, 4, 5]
    assert used == [1 / (step + 2) for step in asked for _ in range(2)]


@each_batch_size
def test_weight_decay_is_that_of_torch_on_the_weights_alone(
    overlapping: Problem, batch_size: int | None
) -> None:
    X, y, W, b = overlapping
    inputs, truth = torch.tensor(X), torch.tensor(y)
    leaves = [torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)]
    groups: list[dict[str, Any]] = [
        {"params": leaves[:1], "weight_decay": 0.1},
        {"params": leaves[1:]},
    ]
    optimizer = torch.optim.SGD(groups, lr=0.5, weight_decay=0.0)
    rng, same = np.random.default_rng(5), np.random.default_rng(5)
    options: dict[str, Any] = {"batch_size": batch_size, "rng": rng, "yield_every": "step"}
    states = train(X, y, W, b, eta=0.5, epochs=100, weight_decay=0.1, **options)
    next(states)
    steps = 0
    while steps < 100:
        for rows in map(torch.tensor, batches(len(X), batch_size, same)):
            optimizer.zero_grad()
            functional.cross_entropy(inputs[rows] @ leaves[0] + leaves[1], truth[rows]).backward()
            optimizer.step()
            state, steps = next(states), steps + 1
            for ours, leaf in zip((state.W, state.b), leaves, strict=True):
                assert_allclose(ours, leaf.detach().numpy(), rtol=0, atol=1e-10)
            assert state.loss == pytest.approx(batch_loss(X, y, state.W, state.b), rel=1e-13)


@pytest.mark.parametrize("weight_decay", [0.3, 0.01])
def test_weight_decay_ends_at_the_penalised_optimum_of_scikit_learn(
    overlapping: Problem, weight_decay: float
) -> None:
    X, y, W, b = overlapping
    peer = linear_model.LogisticRegression(
        C=1 / (len(X) * weight_decay), solver="newton-cg", tol=1e-12, max_iter=1000
    ).fit(X, y)
    *_, last = train(X, y, W, b, eta=1.0, epochs=3000, weight_decay=weight_decay)
    assert_allclose(last.W, peer.coef_.T, rtol=0, atol=1e-8)
    ours, theirs = last.b - last.b.mean(), peer.intercept_ - peer.intercept_.mean()
    assert_allclose(ours, theirs, rtol=0, atol=1e-8)


def test_weight_decay_on_two_outputs_is_half_of_it_on_one_sigmoid(overlapping: Problem) -> None:
    """With columns -u/2 and u/2, the squared length of W is half that of u."""
    X, y = overlapping.X, overlapping.y // 2
    peer = linear_model.LogisticRegression(
        C=2 / (len(X) * 0.1), solver="newton-cg", tol=1e-12, max_iter=1000
    ).fit(X, y)
    *_, last = train(X, y, np.zeros((2, 2)), np.zeros(2), eta=1.0, epochs=3000, weight_decay=0.1)
    assert_allclose(last.W[:, 1] - last.W[:, 0], peer.coef_[0], rtol=0, atol=1e-8)
    assert_allclose(last.b[1] - last.b[0], peer.intercept_[0], rtol=0, atol=1e-8)
    assert_allclose(last.W[:, 0], -last.W[:, 1], rtol=0, atol=1e-12)


def test_without_weight_decay_the_run_is_the_same_to_the_last_bit(overlapping: Problem) -> None:
    options: dict[str, Any] = {"eta": 0.3, "epochs": 5}
    assert_same_states(
        train(*overlapping, **options), train(*overlapping, weight_decay=0, **options)
    )


def test_gradient_descent_ends_at_the_optimum_of_scikit_learn(overlapping: Problem) -> None:
    X, y, W, b = overlapping
    peer = linear_model.LogisticRegression(C=1e14, solver="newton-cholesky", tol=1e-10).fit(X, y)
    *_, last = train(X, y, W, b, eta=1.0, epochs=2000)
    _, dW, db = loss_and_gradients(X, y, last.W, last.b)
    assert_allclose(dW, 0, atol=1e-10)
    assert_allclose(db, 0, atol=1e-10)
    assert_allclose(softmax(X @ last.W + last.b), peer.predict_proba(X), atol=1e-6)
    assert last.loss <= batch_loss(X, y, peer.coef_.T, peer.intercept_) + 1e-15
    coefficients = last.W - last.W.mean(axis=1, keepdims=True)  # only differences are determined
    assert_allclose(coefficients, peer.coef_.T - peer.coef_.mean(axis=0)[:, None], atol=1e-5)


def test_a_run_repeats_with_its_seed_and_differs_with_another(overlapping: Problem) -> None:
    def run(seed: int) -> Iterator[TrainingState]:
        rng = np.random.default_rng(seed)
        return train(*overlapping, eta=0.3, epochs=3, batch_size=8, rng=rng)

    assert_same_states(run(0), run(0))
    (*_, one), (*_, other) = run(0), run(1)
    assert not np.allclose(one.W, other.W)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("batch_size", [None, 8])
def test_dtype_is_kept(overlapping: Problem, dtype: Any, batch_size: int | None) -> None:
    X, W, b = (a.astype(dtype) for a in (overlapping.X, overlapping.W, overlapping.b))
    options: dict[str, Any] = {"eta": np.float64(0.5), "epochs": 10, "batch_size": batch_size}
    *_, last = train(X, overlapping.y, W, b, rng=np.random.default_rng(0), **options)
    *_, exact = train(*overlapping, rng=np.random.default_rng(0), **options)
    assert last.W.dtype == last.b.dtype == dtype
    assert type(last.loss) is float
    assert_allclose(last.W, exact.W, rtol=1e-4, atol=1e-6)


# Rules


def test_a_rule_is_called_for_each_array_with_its_own_state(overlapping: Problem) -> None:
    """Both gradients of a step are computed before either parameter changes."""
    X, y, W, b = overlapping
    calls: list[tuple[Array, Array, Any, float]] = []

    def rule(theta: Array, grad: Array, state: Any, *, eta: float) -> tuple[Array, Any]:
        calls.append((theta.copy(), grad.copy(), state, eta))
        theta -= eta * grad  # in place, which must not reach the caller
        return theta, f"{theta.ndim} {1 if state is None else int(state[2]) + 1}"

    before = W.copy(), b.copy()
    states = list(train(X, y, W, b, eta=0.5, epochs=3, rule=rule))
    assert [state for *_, state, _ in calls] == [None, None, "2 1", "1 1", "2 2", "1 2"]
    assert [eta for *_, eta in calls] == [0.5] * 6
    for i, state in enumerate(states[:3]):
        _, dW, db = loss_and_gradients(X, y, state.W, state.b)
        for call, theta, grad in zip(
            calls[2 * i : 2 * i + 2], (state.W, state.b), (dW, db), strict=True
        ):
            assert_array_equal(call[0], theta)
            assert_allclose(call[1], grad, rtol=1e-12, atol=1e-15)
    assert_array_equal(W, before[0])
    assert_array_equal(b, before[1])


def train_with(rule: Any) -> Callable[[], Any]:
    """A run in float32 of 2 inputs and 3 classes."""
    X, y = np.ones((4, 2), np.float32), [0, 1, 2, 0]
    W, b = np.zeros((2, 3), np.float32), np.zeros(3, np.float32)
    return lambda: list(train(X, y, W, b, eta=0.5, epochs=1, rule=rule))


def test_a_rule_that_returns_something_else_is_refused() -> None:
    need = "rule must return two values, new parameters and state"
    for wrong, got in ((None, "NoneType"), (np.ones((2, 3)), "ndarray"), ((1, 2, 3), "tuple")):
        returns = train_with(lambda *args, eta, wrong=wrong: wrong)
        refuses(returns, f"{need}, got {got}", error=TypeError)
    for shape in ((3,), (3, 2), ()):
        returns = train_with(lambda *args, eta, shape=shape: (np.ones(shape), None))
        refuses(returns, f"what rule returns must have shape (2, 3) as theta has, got {shape}")
    ragged = train_with(lambda *args, eta: ([[1.0], [1.0, 2.0]], None))
    refuses(ragged, "rule must be a rectangular array, got rows of different lengths")
    message = "what rule returns must be float32 as theta is, got dtype float64"
    returns = train_with(lambda theta, *args, eta: (theta.astype(float), None))
    refuses(returns, message, error=TypeError)


# What is yielded


def test_each_step_is_yielded_with_examples_seen_and_epochs_completed(
    overlapping: Problem,
) -> None:
    X, y, W, b = overlapping
    rng = np.random.default_rng(0)
    run = train(X[:10], y[:10], W, b, eta=0.1, epochs=2, batch_size=4, rng=rng, yield_every="step")
    states = list(run)
    assert [state.examples_seen for state in states] == [0, 4, 8, 10, 14, 18, 20]
    assert [state.epoch for state in states] == [0, 0, 0, 1, 1, 1, 2]


@pytest.mark.parametrize("batch_size", [None, 8])
def test_steps_at_the_end_of_an_epoch_are_the_epochs(
    overlapping: Problem, batch_size: int | None
) -> None:
    def run(yield_every: Any) -> Iterator[TrainingState]:
        rng = np.random.default_rng(2)
        options: dict[str, Any] = {"batch_size": batch_size, "yield_every": yield_every}
        return train(*overlapping, eta=0.1, epochs=4, rng=rng, **options)

    steps = [state for state in run("step") if state.examples_seen % 50 == 0]
    assert_same_states(iter(steps), run("epoch"))


@pytest.mark.parametrize("yield_every", ["epoch", "step"])
def test_loss_is_that_of_all_examples_at_the_yielded_parameters(
    overlapping: Problem, yield_every: Any
) -> None:
    X, y, W, b = overlapping
    rng = np.random.default_rng(0)
    options: dict[str, Any] = {"batch_size": 7, "rng": rng, "yield_every": yield_every}
    for state in train(X, y, W, b, eta=0.5, epochs=3, **options):
        assert state.loss == pytest.approx(batch_loss(X, y, state.W, state.b), rel=1e-13)


# What belongs to the caller


def test_parameters_are_copied_at_the_call_and_inputs_are_read_while_training() -> None:
    X, y, W, b = np.eye(2), np.array([0, 1]), np.zeros((2, 2)), np.zeros(2)
    run = train(X, y, W, b, eta=1.0, epochs=2)
    W += 1
    b += 1
    first, second = next(run), next(run)
    assert_array_equal(first.W, np.zeros((2, 2)))
    assert_array_equal(first.b, np.zeros(2))
    X[:], y[:] = 0, 1
    third = next(run)
    assert_array_equal(third.W, second.W)
    assert third.b[1] > third.b[0] == -third.b[1]
    assert_array_equal(second.b, [0, 0])


def test_a_generator_is_left_alone_if_nothing_is_shuffled(overlapping: Problem) -> None:
    rng, same = np.random.default_rng(0), np.random.default_rng(0)
    assert_same_states(
        train(*overlapping, eta=0.1, epochs=2, rng=rng), train(*overlapping, eta=0.1, epochs=2)
    )
    assert rng.bit_generator.state == same.bit_generator.state


def test_inputs_may_lie_in_a_file(overlapping: Problem, tmp_path: Path) -> None:
    X, y, W, b = overlapping
    for name, a in (("X", X), ("y", y)):
        a.tofile(tmp_path / name)
    X_file = np.memmap(tmp_path / "X", X.dtype, mode="r", shape=X.shape)
    y_file = np.memmap(tmp_path / "y", y.dtype, mode="r", shape=y.shape)
    options: dict[str, Any] = {"eta": 0.1, "epochs": 2, "batch_size": 8}
    ours = train(X_file, y_file, W, b, rng=np.random.default_rng(0), **options)
    assert_same_states(ours, train(X, y, W, b, rng=np.random.default_rng(0), **options))


# States


def test_a_state_is_read_only_and_equal_only_to_itself() -> None:
    W, b = np.eye(2), np.zeros(2)
    state, other = TrainingState(1, 2, W, b, 0.5), TrainingState(1, 2, W, b, 0.5)
    assert state == state  # that arrays do not make it ambiguous is the claim
    assert state != other
    assert len({state, other, state}) == 2
    with pytest.raises(FrozenInstanceError):
        state.loss = 0.0  # type: ignore[misc]  # that it is refused is the claim
    for parameter in (state.W, state.b):
        with pytest.raises(ValueError, match="read-only"):
            parameter += 1
    W += 1
    b += 1
    assert_array_equal(state.W, np.eye(2))
    assert_array_equal(state.b, [0, 0])


def pickled(state: TrainingState) -> Any:
    return pickle.loads(pickle.dumps(state))  # noqa: S301  # we have pickled it ourselves


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_of_a_state_is_read_only_as_well(duplicate: Any) -> None:
    state = TrainingState(1, 2, np.eye(2, dtype=np.float32), np.ones(2), 0.5)
    twin = duplicate(state)
    assert type(twin) is TrainingState
    assert_same_states(iter([twin]), iter([state]))
    assert twin.W.dtype == np.float32
    assert not twin.W.flags.writeable
    assert not twin.b.flags.writeable


def test_a_state_takes_no_tensor_with_a_graph() -> None:
    graph = torch.ones(2, requires_grad=True)
    message = "b must not require a gradient, got a tensor with a graph: pass b.detach()"
    refuses(TrainingState, message, 0, 0, np.eye(2), graph, 0.7, error=TypeError)


# Refusals, at the call and not at the first state


def arguments(**changes: Any) -> dict[str, Any]:
    valid = {"X": np.eye(2), "y": [0, 1], "W": np.zeros((2, 2)), "b": np.zeros(2)}
    return valid | {"eta": 0.1, "epochs": 1} | changes


def test_minibatches_need_a_generator() -> None:
    message = "rng must be a numpy.random.Generator because batch_size is given, got None"
    refuses(train, message, **arguments(batch_size=1), error=TypeError)
    message = "rng must be a numpy.random.Generator, got 3"
    refuses(train, message, **arguments(rng=3), error=TypeError)


@pytest.mark.parametrize("value", ["batch", "", None, 1])
def test_states_come_once_per_epoch_or_step(value: Any) -> None:
    message = f'yield_every must be "epoch" or "step", got {value!r}'
    refuses(train, message, **arguments(yield_every=value))


def test_a_rule_must_be_callable() -> None:
    refuses(train, "rule must be callable, got 'sgd'", **arguments(rule="sgd"), error=TypeError)


def test_weight_decay_is_a_finite_number_that_is_not_negative() -> None:
    need = "weight_decay must be finite and at least 0"
    for value in (-0.1, -1, NAN, INF):
        refuses(train, f"{need}, got {value!r}", **arguments(weight_decay=value))
    need = "weight_decay must be a number at least 0"
    for wrong in ("0.1", None, [0.1], True):
        refuses(train, f"{need}, got {wrong!r}", error=TypeError, **arguments(weight_decay=wrong))


def test_weight_decay_that_overflows_is_a_step_that_is_too_large() -> None:
    W = np.array([[10.0, -10.0], [0.0, 0.0]])
    run = train([[1.0, 0.0]], [0], W, [0.0, 0.0], eta=0.1, epochs=1, weight_decay=1e308)
    message = "eta must be smaller, got 0.1: training left the range of float64"
    refuses(lambda: list(run), message)


@pytest.mark.parametrize("value", [0.0, -0.1, NAN, INF])
def test_a_schedule_must_return_a_rate_that_is_finite_and_above_0(value: float) -> None:
    run = train(**arguments(eta=lambda step: 0.1 if step < 2 else value, epochs=5))
    assert [next(run).epoch for _ in range(3)] == [0, 1, 2]
    refuses(lambda: next(run), f"eta(2) must be finite and above 0, got {value!r}")


@pytest.mark.parametrize("value", [None, "0.1", [0.1]])
def test_a_schedule_must_return_a_number(value: Any) -> None:
    run = train(**arguments(eta=lambda step: value))
    next(run)
    message = f"eta(0) must be a number above 0, got {value!r}"
    refuses(lambda: next(run), message, error=TypeError)


def test_a_start_whose_loss_overflows_is_refused() -> None:
    message = "X, W and b must give results that float64 can hold, got overflow with "
    sizes = "|X| up to 1, |W| up to 1e+308, |b| up to 2"
    wrong = arguments(W=np.array([[1e308, -1e308], [0, 0]]), b=np.array([-2.0, 0]), y=[1, 0])
    refuses(train, message + sizes, **wrong)


@pytest.mark.parametrize(
    ("dtype", "eta", "options"),
    [
        (np.float64, 1e308, {}),
        (np.float64, 1e308, {"batch_size": 1, "rng": np.random.default_rng(0)}),
        (np.float32, 1e38, {"yield_every": "step"}),
    ],
)
def test_a_learning_rate_that_leads_out_of_range_is_named(
    dtype: Any, eta: float, options: dict[str, Any]
) -> None:
    X, W, b = np.array([[30], [-9]], dtype), np.zeros((1, 3), dtype), np.zeros(3, dtype)
    run = train(X, [0, 1], W, b, eta=eta, epochs=5, rule=unguarded, **options)
    assert next(run).loss == pytest.approx(np.log(3))
    message = f"eta must be smaller, got {eta}: training left the range of {np.dtype(dtype)}"
    refuses(lambda: list(run), message)


def unguarded(theta: Array, grad: Array, state: None, *, eta: float) -> tuple[Array, None]:
    """SGD that does not look whether its step overflows."""
    with np.errstate(over="ignore"):
        return theta - eta * grad, None


def test_a_step_of_sgd_that_overflows_is_named_by_the_rule() -> None:
    run = train([[30.0]], [0], [[0.0, 0.0]], [0.0, 0.0], eta=1e308, epochs=5)
    refuses(lambda: list(run), "eta must be smaller, got 1e+308: the step overflows float64")
