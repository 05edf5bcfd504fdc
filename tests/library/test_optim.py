from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal, assert_equal
from sklearn.linear_model import LogisticRegression
from tests.refusals import refuses
from tests.strategies import FLOATS, Problem, floats, problems

from logreg_book import (
    adagrad,
    adam,
    adamw,
    batch_loss,
    binary_hessian,
    binary_loss_and_gradients,
    finite_difference,
    hessian,
    loss_and_gradients,
    momentum,
    nesterov,
    newton,
    rmsprop,
    sgd,
    train,
)
from logreg_book.datasets import load_breast_cancer, make_blobs

Rule = Callable[..., tuple[Any, Any]]
RULES = [sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw]
WITH_STATE = [momentum, nesterov, adagrad, rmsprop, adam, adamw]
SQUARES = [adagrad, rmsprop, adam, adamw]
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
each_with_state = pytest.mark.parametrize("rule", WITH_STATE, ids=lambda rule: rule.__name__)

# Plain gradient descent


@given(problem=problems(), eta=st.floats(1e-3, 10))
def test_step_is_that_of_torch(problem: Problem, eta: float) -> None:
    _, dW, db = loss_and_gradients(*problem)
    for theta, grad in ((problem.W, dW), (problem.b, db)):
        leaf = torch.tensor(theta, requires_grad=True)
        leaf.grad = torch.tensor(grad)
        torch.optim.SGD([leaf], lr=eta).step()
        new, _ = sgd(theta, grad, eta=eta)
        assert new.dtype == theta.dtype
        tolerance = 8 * np.finfo(theta.dtype).eps
        assert_allclose(new, leaf.detach().numpy(), rtol=tolerance, atol=10 * tolerance)


def test_step_at_a_minimum_stays_there() -> None:
    W = np.array([[1.0, -1.0]])
    assert_array_equal(sgd(W, np.zeros((1, 2)), eta=1e3)[0], W)


def test_small_step_goes_downhill_by_eta_times_the_squared_gradient(overlapping: Problem) -> None:
    X, y, W, b = overlapping
    loss, dW, db = loss_and_gradients(X, y, W, b)
    eta = 1e-6
    fall = loss - batch_loss(X, y, sgd(W, dW, eta=eta)[0], sgd(b, db, eta=eta)[0])
    assert fall == pytest.approx(eta * ((dW**2).sum() + (db**2).sum()), rel=1e-4)


def test_step_returns_a_new_array_and_the_state_as_it_is() -> None:
    theta, grad, state = np.ones(2), np.ones(2), object()
    new, same = sgd(theta, grad, state, eta=0.5)
    new += 1
    assert same is state
    assert_array_equal(theta, [1, 1])
    assert_array_equal(grad, [1, 1])
    assert sgd(theta, grad, eta=0.5)[1] is None


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "eta",
    [
        0.5,
        np.float16(0.5),
        np.float32(0.5),
        np.float64(0.5),
        np.array(0.5),
        Fraction(1, 2),
        Decimal("0.5"),
        torch.tensor(0.5, dtype=torch.float64),
    ],
)
def test_eta_may_be_any_real_number_and_leaves_the_dtype_as_it_is(eta: Any, dtype: Any) -> None:
    new, _ = sgd(np.ones((1, 2), dtype), np.array([[1, -2]], dtype), eta=eta)
    assert new.dtype == dtype
    assert_array_equal(new, [[0.5, 2]])


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_parameter_may_be_a_number(dtype: Any) -> None:
    new, _ = sgd(dtype(3), dtype(1), eta=2)
    assert new == 1
    assert (new.dtype, new.shape) == (dtype, ())


def test_gradient_must_have_the_shape_and_dtype_of_the_parameter() -> None:
    theta = np.ones((2, 3))
    for wrong in (np.ones((1, 3)), np.ones((3, 2)), np.ones(3), np.ones(())):
        message = f"grad must have shape (2, 3) as theta has, got {wrong.shape}"
        refuses(sgd, message, theta, wrong, eta=0.1)
    message = "grad must be float64 as theta is, got dtype float32"
    refuses(sgd, message, theta, np.float32(theta), eta=0.1, error=TypeError)


@pytest.mark.parametrize(("dtype", "eta"), [(np.float64, 1e308), (np.float32, 1e38)])
def test_a_step_that_overflows_says_that_eta_is_too_large(dtype: Any, eta: float) -> None:
    theta, grad = np.array([1, 1], dtype), np.array([10, 0], dtype)
    message = f"eta must be smaller, got {eta}: the step overflows {np.dtype(dtype)}"
    refuses(sgd, message, theta, grad, eta=eta)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_named_and_eta_is_not_blamed(value: float) -> None:
    wrong = np.array([1.0, value])
    refuses(sgd, f"theta must be finite, got {value} at index (1,)", wrong, np.ones(2), eta=0.1)
    refuses(sgd, f"grad must be finite, got {value} at index (1,)", np.ones(2), wrong, eta=0.1)
    refuses(sgd, f"grad must be finite, got {value}", 1.0, value, eta=0.1)
    refuses(sgd, f"theta must be finite, got {value}", value, value, eta=0.1)


# Every rule, against PyTorch and Keras


def smaller(x: float) -> st.SearchStrategy[float]:
    """Numbers from 0 up to x."""
    return st.floats(0, x)


SETTINGS: dict[str, tuple[st.SearchStrategy[Any], Callable[..., torch.optim.Optimizer], Rule]] = {
    "momentum": (
        st.fixed_dictionaries({"mu": smaller(0.95)}),
        lambda leaves, eta, s: torch.optim.SGD(leaves, lr=eta, momentum=s["mu"]),
        momentum,
    ),
    "nesterov": (
        st.fixed_dictionaries({"mu": st.floats(0.1, 0.95)}),
        lambda leaves, eta, s: torch.optim.SGD(leaves, lr=eta, momentum=s["mu"], nesterov=True),
        nesterov,
    ),
    "adagrad": (
        st.fixed_dictionaries({"eps": st.floats(1e-10, 1e-2), "initial": smaller(1)}),
        lambda leaves, eta, s: torch.optim.Adagrad(
            leaves, lr=eta, eps=s["eps"], initial_accumulator_value=s["initial"]
        ),
        adagrad,
    ),
    "rmsprop": (
        st.fixed_dictionaries({"rho": smaller(0.999), "eps": st.floats(1e-8, 1e-2)}),
        lambda leaves, eta, s: torch.optim.RMSprop(leaves, lr=eta, alpha=s["rho"], eps=s["eps"]),
        rmsprop,
    ),
    "adam": (
        st.fixed_dictionaries(
            {
                "beta": st.tuples(smaller(0.99), smaller(0.999)),
                "eps": st.floats(1e-8, 1e-2),
                "amsgrad": st.booleans(),
            }
        ),
        lambda leaves, eta, s: torch.optim.Adam(
            leaves, lr=eta, betas=s["beta"], eps=s["eps"], amsgrad=s["amsgrad"]
        ),
        adam,
    ),
    "adamw": (
        st.fixed_dictionaries({"weight_decay": smaller(1), "amsgrad": st.booleans()}),
        lambda leaves, eta, s: torch.optim.AdamW(leaves, lr=eta, **s),
        adamw,
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_a_hundred_steps_are_those_of_torch(name: str, data: st.DataObject) -> None:
    strategy, make, rule = SETTINGS[name]
    options, eta = data.draw(strategy), data.draw(st.floats(1e-3, 0.5))
    theta = data.draw(floats(np.float64, 2, 3))
    seed = data.draw(st.integers(0, 2**32 - 1))
    scale = data.draw(st.sampled_from([1e-3, 1.0, 1e3]))
    grads = scale * np.random.default_rng(seed).normal(size=(100, 2, 3))
    grads[::7, 0] = 0
    leaf = torch.tensor(theta, requires_grad=True)
    optimizer = make([leaf], eta, options)
    state = None
    for grad in grads:
        leaf.grad = torch.tensor(grad)
        optimizer.step()
        theta, state = rule(theta, grad, state, eta=eta, **options)
        assert_allclose(theta, leaf.detach().numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (sgd, [0.5, -1, -0.5, 3]),
        (adam, [0.5, 1.5, 2.5, 3.5]),
        (partial(rmsprop, rho=0.9), [-0.5811, 0.4189, 1.4189, 2.4189]),
        (partial(adagrad, initial=0.1), [0.5233, 1.5007, 2.5005, 3.5061]),
    ],
)
def test_one_step_is_that_of_kerass_own_tests(rule: Rule, expected: list[float]) -> None:
    new, _ = rule([1.0, 2, 3, 4], [1.0, 6, 7, 2], eta=0.5)
    assert_allclose(new, expected, atol=5e-5)


@each_with_state
@pytest.mark.parametrize("dtype", FLOATS)
def test_a_rule_changes_none_of_its_arguments_and_keeps_the_dtype(rule: Rule, dtype: Any) -> None:
    theta, grad = np.array([1, -2], dtype), np.array([3, 0], dtype)
    first, state = rule(theta, grad, eta=0.1)
    before = deepcopy(state)
    second, after = rule(first, grad, state, eta=0.1)
    grad[:] = 7  # no state may be the gradient's own array
    assert_equal(state, before)
    assert_array_equal(theta, [1, -2])
    remembered = after[1:] if isinstance(after, tuple) else [after]
    assert {a.dtype for a in (first, second, *remembered)} == {np.dtype(dtype)}


@each_rule
@pytest.mark.parametrize("dtype", FLOATS)
def test_a_rule_takes_a_number(rule: Rule, dtype: Any) -> None:
    theta, state = rule(dtype(3), dtype(1), eta=0.5)
    theta, state = rule(theta, dtype(1), state, eta=0.5)
    assert theta < 3
    assert (theta.dtype, np.shape(theta)) == (dtype, ())


@each_rule
def test_training_takes_any_rule(rule: Rule) -> None:
    X, y = make_blobs(60, rng=np.random.default_rng(1))
    first, *_, last = train(X, y, np.zeros((2, 2)), np.zeros(2), eta=0.1, epochs=30, rule=rule)
    assert last.loss < 0.9 * first.loss


@pytest.mark.parametrize("rule", [adagrad, rmsprop, adam], ids=lambda rule: rule.__name__)
@given(c=st.floats(1e-3, 1e3), seed=st.integers(0, 1000))
def test_a_rate_per_parameter_ignores_the_scale_of_gradients(
    rule: Rule, c: float, seed: int
) -> None:
    grads = np.random.default_rng(seed).normal(size=(10, 3))
    one, other, states = np.ones(3), np.ones(3), [None, None]
    for grad in grads:
        one, states[0] = rule(one, grad, states[0], eta=0.1, eps=1e-30)
        other, states[1] = rule(other, c * grad, states[1], eta=0.1, eps=1e-30)
        assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@given(problem=problems(np.float64))
def test_the_first_step_of_adam_goes_by_eta_in_each_parameter(problem: Problem) -> None:
    _, dW, _ = loss_and_gradients(*problem)
    new, _ = adam(problem.W, dW, eta=0.25, eps=1e-300)
    moved = np.abs(dW) > 1e-150
    assert_allclose((new - problem.W)[moved], -0.25 * np.sign(dW)[moved])


def test_without_decay_adamw_is_adam() -> None:
    one, other = None, None
    for grad in np.random.default_rng(0).normal(size=(5, 2)):
        a, one = adam(np.ones(2), grad, one, eta=0.1)
        b, other = adamw(np.ones(2), grad, other, eta=0.1, weight_decay=0)
        assert_array_equal(a, b)


def test_the_largest_mean_square_is_remembered_by_amsgrad_only() -> None:
    state: Any = None
    plain: Any = None
    for grad in ([10.0], [0.0], [0.0]):
        new, state = adam([0.0], grad, state, eta=0.1, beta=(0.0, 0.5), amsgrad=True)
        _, plain = adam([0.0], grad, plain, eta=0.1, beta=(0.0, 0.5))
    assert state[3] == plain[3] == 50
    assert state[2] == 12.5
    new, _ = adam([0.0], [1.0], state, eta=0.1, beta=(0.0, 0.5), amsgrad=True)
    assert new[0] == pytest.approx(-0.1 / np.sqrt(50 / (1 - 0.5**4)))


# What a rule refuses


@pytest.mark.parametrize("rule", [momentum, nesterov, adagrad, rmsprop])
def test_a_state_is_like_the_parameter(rule: Rule) -> None:
    theta, grad = np.ones((2, 3)), np.ones((2, 3))
    need = "state must have shape (2, 3) as theta has"
    for wrong in (np.ones((3, 2)), np.ones(3), 1.0):
        refuses(rule, f"{need}, got {np.shape(wrong)}", theta, grad, wrong, eta=0.1)
    message = "state must be float64 as theta is, got dtype float32"
    refuses(rule, message, theta, grad, np.ones((2, 3), np.float32), eta=0.1, error=TypeError)
    wrong = np.full((2, 3), np.nan)
    refuses(rule, "state must be finite, got nan at index (0, 0)", theta, grad, wrong, eta=0.1)
    if rule in SQUARES:
        message = "state must hold no number below 0, got -1.0"
        refuses(rule, message, theta, grad, -theta, eta=0.1)


@pytest.mark.parametrize("rule", [adam, adamw])
def test_the_state_of_adam_is_a_tuple_of_four(rule: Rule) -> None:
    theta, grad = np.ones(2), np.ones(2)
    _, (t, m, v, top) = rule(theta, grad, eta=0.1)
    need = "state must be a tuple (t, m, v, top), got"
    wrong: Any
    for wrong in ([t, m, v, top], (t, m, v), m):
        got = type(wrong).__name__
        refuses(rule, f"{need} {got}", theta, grad, wrong, eta=0.1, error=TypeError)
    message = "t must be an integer, got 1.5"
    refuses(rule, message, theta, grad, (1.5, m, v, top), eta=0.1, error=TypeError)
    message = "t must be at least 0, got -1"
    refuses(rule, message, theta, grad, (-1, m, v, top), eta=0.1)
    for name, place in (("m", 1), ("v", 2), ("top", 3)):
        state = [t, m, v, top]
        state[place] = np.ones(3)
        message = f"{name} must have shape (2,) as theta has, got (3,)"
        refuses(rule, message, theta, grad, tuple(state), eta=0.1)
    for name, wrong in (("v", (t, m, -v, top)), ("top", (t, m, v, -v))):
        message = f"{name} must hold no number below 0, got {-v.max()}"
        refuses(rule, message, theta, grad, wrong, eta=0.1)
    _, again = rule(theta, grad, (t, -m, v, top), eta=0.1)
    assert again[0] == 2


@pytest.mark.parametrize("rule", [adam, adamw])
def test_beta_are_two_shares(rule: Rule) -> None:
    wrong: Any
    for wrong in (0.9, (0.9,), np.array([0.9, 0.99])):
        message = f"beta must be a tuple of two numbers, got {wrong!r}"
        refuses(rule, message, [1.0], [1.0], eta=0.1, beta=wrong, error=TypeError)
    for wrong in ((1.0, 0.9), (0.9, 1.0)):
        message = "beta must be at least 0 and below 1, got 1.0"
        refuses(rule, message, [1.0], [1.0], eta=0.1, beta=wrong)
    assert rule([1.0], [1.0], eta=0.1, beta=[0.9, 0.99])[1][0] == 1


@each_rule
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_no_rule_blames_eta_for_what_is_not_finite(rule: Rule, value: float) -> None:
    wrong, right = np.array([1.0, value]), np.ones(2)
    refuses(rule, f"theta must be finite, got {value} at index (1,)", wrong, right, eta=0.1)
    refuses(rule, f"grad must be finite, got {value} at index (1,)", right, wrong, eta=0.1)


@each_rule
def test_every_rule_says_that_a_rate_is_too_large(rule: Rule) -> None:
    theta, grad = np.full(2, 1.7e308), np.array([-10.0, 0])
    message = "eta must be smaller, got 1.7e+308: the step overflows float64"
    refuses(rule, message, theta, grad, eta=1.7e308)


@pytest.mark.parametrize("rule", SQUARES, ids=lambda rule: rule.__name__)
def test_a_square_that_overflows_is_the_gradients_fault(rule: Rule) -> None:
    message = "grad must give results that float64 can hold, got overflow with |grad| up to 1e+200"
    refuses(rule, message, [1.0, 1.0], [1e200, 0.0], eta=0.1)


@pytest.mark.parametrize("rule", [momentum, nesterov])
def test_a_sum_that_overflows_is_the_gradients_fault(rule: Rule) -> None:
    message = "grad must give results that float64 can hold, got overflow with |grad| up to 1e+308"
    refuses(rule, message, [1.0], [1e308], [1.7e308], eta=1e-300)


def test_decay_that_overflows_is_too_large_a_step() -> None:
    message = "eta must be smaller, got 1e+200: the step overflows float64"
    refuses(adamw, message, [1.0], [1.0], eta=1e200, weight_decay=1e200)


# Newton's step


@given(seed=st.integers(0, 10_000))
def test_one_step_on_a_bowl_reaches_the_minimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    root, minimum, theta = rng.normal(size=(5, 4)), rng.normal(size=4), rng.normal(size=4)
    H = root.T @ root + 0.1 * np.eye(4)
    assert_allclose(newton(theta, H @ (theta - minimum), H), minimum, atol=1e-10)


def newton_run(X: Any, y: Any, theta: Any, steps: int) -> Any:
    """Newton's method for one sigmoid; a step is halved until the loss falls enough."""

    def loss_and_gradient(theta: Any) -> tuple[float, Any]:
        loss, dw, db = binary_loss_and_gradients(X, y, theta[:-1], theta[-1])
        return loss, np.append(dw, db)

    for _ in range(steps):
        loss, g = loss_and_gradient(theta)
        move = newton(theta, g, binary_hessian(X, theta[:-1], theta[-1])) - theta
        share = 1.0
        while (
            share > 1e-3
            and loss_and_gradient(theta + share * move)[0] > loss + share * (g @ move) / 4
        ):
            share /= 2
        theta = theta + share * move
    return theta


def test_newton_finds_the_optimum_of_scikit_learn() -> None:
    data = load_breast_cancer()
    X = data.X[:, :3]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    theirs = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(X, data.y)
    ours = newton_run(X, data.y, np.zeros(4), 12)
    _, dw, db = binary_loss_and_gradients(X, data.y, ours[:-1], ours[-1])
    assert np.abs(np.append(dw, db)).max() < 1e-14
    assert_allclose(ours, np.append(theirs.coef_[0], theirs.intercept_), rtol=1e-8)
    lowest = binary_loss_and_gradients(X, data.y, theirs.coef_[0], theirs.intercept_[0])[0]
    assert binary_loss_and_gradients(X, data.y, ours[:-1], ours[-1])[0] <= lowest + 1e-15


def test_newton_does_not_move_along_flat_directions() -> None:
    X, y = make_blobs(60, K=3, rng=np.random.default_rng(0))
    W, b = np.zeros((2, 3)), np.zeros(3)
    for _ in range(8):
        _, dW, db = loss_and_gradients(X, y, W, b)
        theta = np.append(W, b)
        new = newton(theta, np.append(dW, db), hessian(X, W, b))
        moved = (new - theta).reshape(3, 3)
        assert_allclose(moved.sum(axis=1), 0, atol=1e-9)
        W, b = new[:6].reshape(2, 3), new[6:]
    _, dW, db = loss_and_gradients(X, y, W, b)
    assert max(np.abs(dW).max(), np.abs(db).max()) < 1e-13


def test_newton_keeps_shape_and_dtype_and_takes_a_number() -> None:
    for dtype in FLOATS:
        theta = np.ones((2, 2), dtype)
        new = newton(theta, theta, 2 * np.eye(4, dtype=dtype))
        assert new.dtype == dtype
        assert new.shape == (2, 2)
        assert_array_equal(new, theta / 2)
        assert newton(dtype(3), dtype(6), np.array([[2]], dtype)) == 0


def test_newton_refuses_a_hessian_that_does_not_fit() -> None:
    theta = np.ones((2, 2))
    for wrong in (np.ones((2, 2)), np.ones((4, 2)), np.ones((5, 5))):
        message = f"hessian must have shape (4, 4), one row per parameter, got {wrong.shape}"
        refuses(newton, message, theta, theta, wrong)
    message = "hessian must be float64 as theta is, got dtype float32"
    refuses(newton, message, theta, theta, np.eye(4, dtype=np.float32), error=TypeError)
    message = "grad must have shape (2, 2) as theta has, got (4,)"
    refuses(newton, message, theta, np.ones(4), np.eye(4))
    for name in ("theta", "grad", "hessian"):
        arguments: dict[str, Any] = {"theta": np.ones(4), "grad": np.ones(4), "hessian": np.eye(4)}
        arguments[name] = arguments[name] * np.nan
        index = (0, 0) if name == "hessian" else (0,)
        refuses(newton, f"{name} must be finite, got nan at index {index}", **arguments)
    message = (
        "theta and grad must give results that float64 can hold, got overflow with |theta| up to "
        "1.7e+308, |grad| up to 1.7e+308"
    )
    refuses(newton, message, [1.7e308], [-1.7e308], [[1.0]])


def test_newton_divides_by_the_curvature_that_differences_find(overlapping: Problem) -> None:
    X, y, W, b = overlapping

    def gradient(theta: Any) -> Any:
        _, dW, db = loss_and_gradients(X, y, theta[: W.size].reshape(W.shape), theta[W.size :])
        return np.append(dW, db)

    theta = np.append(W, b)
    rows = []
    for j in range(theta.size):

        def entry(theta: Any, j: int = j) -> Any:
            return gradient(theta)[j]

        rows.append(finite_difference(entry, theta))
    expected = theta - np.linalg.pinv(np.array(rows), rcond=1e-7) @ gradient(theta)
    assert_allclose(newton(theta, gradient(theta), hessian(X, W, b)), expected, rtol=1e-5)
