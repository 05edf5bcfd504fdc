"""What is refused: the message names the argument, what it needs and what it got."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

import logreg_book
from logreg_book import (
    batch_loss,
    complex_step,
    cross_entropy,
    finite_difference,
    fit,
    grad_logits,
    grad_parameters,
    grad_probabilities,
    hessian,
    log_softmax,
    logits,
    logsumexp,
    loss_and_gradients,
    minibatches,
    one_hot,
    relative_error,
    sgd_step,
    sigmoid,
    softmax,
    softmax_jacobian,
)

Function = Callable[..., Any]

NAN, INF = float("nan"), float("inf")

X, W, b = np.array([[1.0, -2.0], [3.0, 4.0], [-5.0, 6.0]]), np.ones((2, 4)), np.zeros(4)
y, h = np.array([0, 3, 1]), np.linspace(-1.0, 1.0, 12).reshape(3, 4)


def valid() -> dict[Function, dict[str, Any]]:
    """Arguments that each function accepts, fresh ones at each call."""
    problem = {"X": X, "y": y, "W": W, "b": b}
    rng = np.random.default_rng(0)
    arguments: dict[Function, dict[str, Any]] = {
        logits: {"X": X, "W": W, "b": b},
        logsumexp: {"h": h},
        softmax: {"h": h},
        log_softmax: {"h": h},
        sigmoid: {"z": h},
        softmax_jacobian: {"h": h},
        one_hot: {"y": y, "K": 4},
        cross_entropy: {"h": h, "y": y},
        batch_loss: problem,
        grad_probabilities: {"p": np.full((3, 4), 0.25), "y": y},
        grad_logits: {"h": h, "y": y},
        grad_parameters: {"X": X, "dh": h},
        loss_and_gradients: problem,
        hessian: {"X": X, "W": W, "b": b},
        sgd_step: {"W": W, "b": b, "dW": 2 * W, "db": 2 * b, "eta": 0.1},
        minibatches: {"B": 7, "batch_size": 3, "rng": rng},
        fit: problem | {"eta": 0.1, "epochs": 2, "batch_size": 2, "rng": rng, "record": "step"},
        finite_difference: {"f": np.sum, "x": np.ones(3), "step": 1e-5},
        complex_step: {"f": np.sum, "x": np.ones(3)},
        relative_error: {"a": np.ones(3), "b": np.ones(3)},
    }
    return copy.deepcopy(arguments)


class Refusal(NamedTuple):
    """One wrong argument and what is to be said about it."""

    function: Function
    name: str
    value: Any
    error: type[Exception]
    need: str
    got: str
    named: str = ""  # if not `name`: of two that do not fit together, the later is named


# Which arguments are arrays, with how many dimensions, and where complex numbers pass.
DIMENSIONS: dict[Function, dict[str, int | None]] = {
    logits: {"X": 2, "W": 2, "b": 1},
    logsumexp: {"h": None},
    softmax: {"h": None},
    log_softmax: {"h": None},
    sigmoid: {"z": None},
    softmax_jacobian: {"h": None},
    cross_entropy: {"h": 2},
    batch_loss: {"X": 2, "W": 2, "b": 1},
    grad_probabilities: {"p": 2},
    grad_logits: {"h": 2},
    grad_parameters: {"X": 2, "dh": 2},
    loss_and_gradients: {"X": 2, "W": 2, "b": 1},
    hessian: {"X": 2, "W": 2, "b": 1},
    sgd_step: {"W": 2, "b": 1, "dW": 2, "db": 1},
    fit: {"X": 2, "W": 2, "b": 1},
    finite_difference: {"x": None},
    complex_step: {"x": None},
    relative_error: {"a": None, "b": None},
}
COMPLEX = {logsumexp, softmax, log_softmax, sigmoid, softmax_jacobian, cross_entropy}


def wrong_arrays() -> Iterator[Refusal]:
    floats = "must be float32 or float64"
    for function, names in DIMENSIONS.items():
        for name, ndim in names.items():
            right = np.asarray(valid()[function][name])
            for dtype in ("float16", "bool", "object", "complex64", "complex128", "str", "M8[s]"):
                if not (dtype.startswith("complex") and function in COMPLEX):
                    wrong = right.astype(int).astype(dtype)
                    yield Refusal(function, name, wrong, TypeError, floats, f"dtype {wrong.dtype}")
            yield Refusal(function, name, None, TypeError, floats, "dtype object")
            none = right[:0]
            yield Refusal(function, name, none, ValueError, "at least one", f"shape {none.shape}")
            none = right[..., :0]
            yield Refusal(function, name, none, ValueError, "at least one", f"shape {none.shape}")
            if ndim is not None:
                for wrong in (right[np.newaxis], right[0], right.sum()):
                    need, got = f"must have {ndim} dimension(s)", f"shape {wrong.shape}"
                    yield Refusal(function, name, wrong, ValueError, need, got)


def wrong_fits() -> Iterator[Refusal]:
    f: Function
    for f in (logits, batch_loss, loss_and_gradients, hessian, fit):
        yield Refusal(f, "W", np.ones((3, 4)), ValueError, "2 row(s)", "shape (3, 4)")
        yield Refusal(f, "W", W.T, ValueError, "2 row(s)", "shape (4, 2)")
        yield Refusal(f, "b", np.zeros(3), ValueError, "shape (4,)", "got (3,)")
        yield Refusal(f, "b", np.zeros(1), ValueError, "shape (4,)", "got (1,)")
        yield Refusal(f, "W", np.float32(W), TypeError, "float64 as X is", "dtype float32")
        yield Refusal(f, "b", np.float32(b), TypeError, "float64 as W is", "dtype float32")
        need, got = "float32 as X is", "dtype float64"
        yield Refusal(f, "X", np.float32(X), TypeError, need, got, named="W")
    yield Refusal(grad_parameters, "dh", h[:1], ValueError, "3 row(s)", "shape (1, 4)")
    yield Refusal(grad_parameters, "dh", np.float32(h), TypeError, "float64", "dtype float32")
    yield Refusal(sgd_step, "dW", W[:1], ValueError, "shape (2, 4) as W has", "got (1, 4)")
    yield Refusal(sgd_step, "db", b[:1], ValueError, "shape (4,) as b has", "got (1,)")
    yield Refusal(sgd_step, "dW", np.float32(W), TypeError, "float64 as W is", "dtype float32")
    yield Refusal(sgd_step, "db", np.float32(b), TypeError, "float64 as b is", "dtype float32")
    yield Refusal(relative_error, "b", np.ones((1, 3)), ValueError, "(3,)", "got (1, 3)")
    yield Refusal(relative_error, "b", np.ones(1), ValueError, "(3,)", "got (1,)")
    for f in (finite_difference, complex_step):
        yield Refusal(f, "x", np.ones(3, np.float32), TypeError, "must be float64", "float32")


def wrong_labels() -> Iterator[Refusal]:
    for f in (cross_entropy, batch_loss, grad_probabilities, grad_logits, loss_and_gradients, fit):
        for wrong in (y[:2], y[:, np.newaxis], y[:0], y[0], np.eye(4, dtype=int)[y]):
            yield Refusal(f, "y", wrong, ValueError, "shape (3,), one label", f"got {wrong.shape}")
    for wrong in (y[:, np.newaxis], y[:0], y[0], []):
        got = f"got {np.shape(wrong)}"
        yield Refusal(one_hot, "y", wrong, ValueError, "shape (B,) with B at least 1", got)
    for f, arguments in valid().items():
        if "y" in arguments:
            for dtype in ("float64", "float32", "bool", "object", "str"):
                wrong = y.astype(dtype)
                got = f"dtype {wrong.dtype}"
                yield Refusal(f, "y", wrong, TypeError, "integer class labels", got)
            for low, high in ((-1, 3), (0, 4), (-7, 9)):
                got = f"labels from {low} to {high}"
                yield Refusal(f, "y", [low, 1, high], ValueError, "lie in 0 .. 3", got)


def not_finite() -> Iterator[Refusal]:
    f: Function
    names: dict[Function, str] = {
        batch_loss: "XWb",
        loss_and_gradients: "XWb",
        hessian: "XWb",
        fit: "XWb",
    }
    everywhere = {f: list(letters) for f, letters in names.items()} | {
        sgd_step: ["dW", "db"],
        finite_difference: ["x"],
        complex_step: ["x"],
        relative_error: ["a", "b"],
    }
    for f, arguments in everywhere.items():
        for name in arguments:
            for value in (NAN, INF, -INF):
                wrong = valid()[f][name]
                wrong[-1] = value
                at = (wrong.shape[0] - 1,) + (0,) * (wrong.ndim - 1)
                yield Refusal(f, name, wrong, ValueError, "finite", f"{value} at index {at}")
    for f in (softmax, log_softmax, softmax_jacobian, cross_entropy, grad_logits):
        for row in ([NAN, 0.0, 0.0, 0.0], [INF, 0.0, 0.0, 0.0], [-INF] * 4, [NAN] * 4):
            wrong = np.vstack([h[:2], row])
            got = f"got {np.array(row)} in row (2,)"
            yield Refusal(f, "h", wrong, ValueError, "finite largest logit in every row", got)
    for f, name in ((logsumexp, "h"), (sigmoid, "z")):
        wrong = h.copy()
        wrong[1, 2] = NAN
        yield Refusal(f, name, wrong, ValueError, "", "nan at index (1, 2)")
        # Infinity is allowed here: it is not what is wrong.
        wrong = wrong.copy()
        wrong[0, 0] = INF
        yield Refusal(f, name, wrong, ValueError, "", "nan at index (1, 2)")
    for value in (NAN, INF):
        wrong = np.full((3, 4), 0.25)
        wrong[1, 3] = value
        got = f"{value} at index (1, 3)"
        yield Refusal(grad_probabilities, "p", wrong, ValueError, "finite", got)
    for value in (0.0, -0.5):
        wrong = np.full((3, 4), 0.25)
        wrong[1, 3] = value
        need, got = "above 0 at every label", f"{value} in row 1"
        yield Refusal(grad_probabilities, "p", wrong, ValueError, need, got)


def minus_infinite_parameters() -> Iterator[Refusal]:
    """A class that no example has and that gets probability 0 all the same hides nothing."""
    for f in (batch_loss, loss_and_gradients, hessian, fit):
        bias = np.array([0.0, 0.0, -INF, 0.0])
        yield Refusal(f, "b", bias, ValueError, "finite", "-inf at index (2,)")


def wrong_numbers() -> Iterator[Refusal]:
    value: Any
    steps: list[tuple[Function, str]] = [
        (fit, "eta"),
        (sgd_step, "eta"),
        (finite_difference, "step"),
    ]
    for f, name in steps:
        for value in (0, 0.0, -0.1, NAN, INF, -INF, np.float32(0), 10**400):
            got = f"got {value!r}"
            yield Refusal(f, name, value, ValueError, "finite and above 0", got)
        for value in (True, "0.1", None, 1j, [0.1], np.True_, np.ones(1)):
            yield Refusal(f, name, value, TypeError, "a number above 0", f"got {value!r}")
    counts: list[tuple[Function, str]] = [
        (fit, "epochs"),
        (fit, "batch_size"),
        (minibatches, "B"),
        (minibatches, "batch_size"),
        (one_hot, "K"),
    ]
    for f, name in counts:
        for value in (0, -1, np.int64(0)):
            yield Refusal(f, name, value, ValueError, "at least 1", f"got {value!r}")
        for value in (2.0, True, "3", [3], NAN):
            yield Refusal(f, name, value, TypeError, "a whole number", f"got {value!r}")
    yield Refusal(fit, "epochs", None, TypeError, "a whole number", "got None")
    rngs: list[tuple[Function, str]] = [(fit, "rng"), (minibatches, "rng")]
    for f, name in rngs:
        for value in (None, 0, np.random.default_rng):
            need, got = "a numpy.random.Generator", f"got {value!r}"
            yield Refusal(f, name, value, TypeError, need, got)
    for value in ("batch", "", None, 1):
        need, got = '"epoch" or "step"', f"got {value!r}"
        yield Refusal(fit, "record", value, ValueError, need, got)


def name_of(value: object) -> str | None:
    return value.__name__ if inspect.isfunction(value) else None


def everything() -> Iterator[Any]:
    makers = (
        wrong_arrays,
        wrong_fits,
        wrong_labels,
        not_finite,
        minus_infinite_parameters,
        wrong_numbers,
    )
    for maker in makers:
        for i, refusal in enumerate(maker()):
            label = f"{maker.__name__}-{refusal.function.__name__}-{refusal.name}-{i}"
            yield pytest.param(refusal, id=label)


def state(value: object) -> Any:
    """What can be seen to have changed, or not."""
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    return value


@pytest.mark.parametrize("function", valid(), ids=name_of)
def test_right_arguments_are_accepted_and_left_as_they_are(function: Function) -> None:
    """Otherwise the refusals below would say nothing.  Arrays are read-only here."""
    arguments = valid()[function]
    for value in arguments.values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    result = function(**arguments)
    if inspect.isgenerator(result):
        assert len(list(result)) > 1


def test_every_public_function_is_tried() -> None:
    functions = {getattr(logreg_book, name) for name in logreg_book.__all__}
    assert set(valid()) == {f for f in functions if inspect.isfunction(f)}


@pytest.mark.parametrize("refusal", list(everything()))
def test_wrong_argument_is_refused_by_name_and_nothing_is_changed(refusal: Refusal) -> None:
    arguments = valid()[refusal.function] | {refusal.name: refusal.value}
    before = copy.deepcopy(arguments)
    with pytest.raises(refusal.error) as caught:
        refusal.function(**arguments)
    message = str(caught.value)
    assert message.startswith(f"{refusal.named or refusal.name} must ")
    assert refusal.need in message
    assert refusal.got in message
    for name, value in arguments.items():
        np.testing.assert_equal(state(value), state(before[name]))


@pytest.mark.parametrize("function", DIMENSIONS, ids=name_of)
def test_ragged_lists_are_refused_by_name(function: Function) -> None:
    for name in DIMENSIONS[function]:
        with pytest.raises(ValueError, match=rf"^{name} must"):
            function(**valid()[function] | {name: [[1.0, 2.0], [3.0]]})


@pytest.mark.parametrize(
    ("function", "name"),
    [(softmax, "h"), (logsumexp, "h"), (sigmoid, "z"), (complex_step, "x")],
)
def test_a_single_number_is_refused_for_its_lack_of_a_dimension(
    function: Function, name: str
) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must .*dimension.*got"):
        function(**valid()[function] | {name: 1.0})


# Numbers that are finite, and results that are not


@pytest.mark.parametrize("function", [batch_loss, loss_and_gradients, hessian, fit])
def test_logits_that_overflow_are_refused_with_what_made_them(function: Function) -> None:
    huge = {"X": 1e200 * X, "W": 1e200 * np.arange(8.0).reshape(2, 4)}
    with pytest.raises(ValueError, match=r"X, W and b must .*float64.*got.*6e\+200.*7e\+200"):
        list(function(**valid()[function] | huge))


@pytest.mark.parametrize("function", [batch_loss, loss_and_gradients, fit])
def test_difference_of_two_classes_that_overflows_is_refused(function: Function) -> None:
    opposite = {"X": 0 * X, "y": y % 2, "W": np.array([[1e308, -1e308]] * 2), "b": np.zeros(2)}
    with pytest.raises(ValueError, match=r"X, W and b must .*float64.*got.*1e\+308"):
        list(function(**valid()[function] | opposite))


@pytest.mark.parametrize("function", [batch_loss, loss_and_gradients])
def test_bias_that_makes_the_loss_overflow_is_named(function: Function) -> None:
    opposite = {"W": 0 * W, "b": np.array([-1.5e308, 1.5e308, 0.0, 0.0])}
    with pytest.raises(ValueError, match=r"\bb\b.* must .*1\.5e\+308"):
        function(**valid()[function] | opposite)


def test_hessian_that_overflows_where_logits_do_not_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"X, W and b must .*got overflow with \|X\| up to 1e\+200"
    ):
        hessian([[1e200]], [[0.0, 0.0]], [0.0, 0.0])


def test_step_that_overflows_says_that_eta_is_too_large() -> None:
    with pytest.raises(ValueError, match=r"eta must be smaller, got 1e\+308"):
        sgd_step([[1.0]], [0.0], [[10.0]], [0.0], eta=1e308)


def test_step_whose_bias_does_not_fit_its_weights_is_refused() -> None:
    with pytest.raises(ValueError, match=r"b must have shape \(4,\).* got"):
        sgd_step(W, np.zeros(5), W, np.zeros(5), eta=0.1)
    with pytest.raises(TypeError, match=r"b must be float64.* got dtype float32"):
        sgd_step(W, np.float32(b), W, np.float32(b), eta=0.1)
