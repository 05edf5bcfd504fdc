"""What every function accepts and rejects: one table of calls, and one wrong argument at a time."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from tests.refusals import refuses

import logreg_book
from logreg_book import (
    accuracy,
    adagrad,
    adam,
    adamw,
    batch_loss,
    binary_cross_entropy,
    binary_hessian,
    binary_loss_and_gradients,
    check_gradient,
    complex_step,
    constant,
    cosine,
    cross_entropy,
    finite_difference,
    grad_logits,
    grad_parameters,
    grad_probabilities,
    hessian,
    init_parameters,
    inverse_time,
    log_softmax,
    logits,
    logsumexp,
    loss_and_gradients,
    minibatches,
    momentum,
    nesterov,
    newton,
    one_hot,
    predict,
    relative_error,
    rmsprop,
    sgd,
    sigmoid,
    softmax,
    softmax_jacobian,
    train,
    warmup,
)
from logreg_book._check import (
    as_array,
    check_array,
    check_finite,
    check_from_zero,
    check_int,
    check_labels,
    check_parameters,
    check_positive,
    raise_overflow,
)

Function = Callable[..., Any]
NAN, INF, HUGE = np.nan, np.inf, 10**5000

# The sizes differ: B = 3 examples, d = 2 inputs, K = 4 classes.
X, W, b = np.arange(6.0).reshape(3, 2), np.linspace(-1.0, 1.0, 8).reshape(2, 4), np.arange(4.0)
y, h, binary = np.array([0, 3, 1]), np.linspace(-1.0, 1.0, 12).reshape(3, 4), np.array([0, 1, 1])


RULES = [sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw]


def calls() -> dict[Function, dict[str, Any]]:
    """Arguments that each function accepts."""
    rng = np.random.default_rng(0)
    model = {"X": X, "W": W, "b": b}
    binary_model = {"X": X, "w": W[:, 0], "b": 0.5}
    return {
        logsumexp: {"h": h},
        softmax: {"h": h},
        log_softmax: {"h": h},
        sigmoid: {"z": h},
        softmax_jacobian: {"h": h},
        one_hot: {"y": y, "K": 4},
        cross_entropy: {"h": h, "y": y},
        grad_probabilities: {"p": np.full((3, 4), 0.25), "y": y},
        grad_logits: {"h": h, "y": y},
        init_parameters: {"d": 2, "K": 4, "rng": rng},
        logits: model,
        predict: model,
        accuracy: model | {"y": y},
        batch_loss: model | {"y": y},
        grad_parameters: {"X": X, "dh": h},
        loss_and_gradients: model | {"y": y},
        hessian: model,
        binary_cross_entropy: {"z": h[:, 0], "y": binary},
        binary_loss_and_gradients: binary_model | {"y": binary},
        binary_hessian: binary_model,
        **{rule: {"theta": W, "grad": 2 * W, "eta": 0.1} for rule in RULES},
        newton: {"theta": b, "grad": 2 * b, "hessian": 4 * np.eye(4)},
        constant: {"eta": 0.1},
        inverse_time: {"eta": 0.1, "steps": 5.0},
        cosine: {"eta": 0.1, "steps": 5},
        warmup: {"eta": 0.1, "steps": 5},
        minibatches: {"N": 7, "batch_size": 3, "rng": rng},
        train: model | {"y": y, "eta": 0.1, "epochs": 2, "batch_size": 2, "rng": rng},
        finite_difference: {"f": np.sum, "x": X, "step": 1e-5},
        complex_step: {"f": np.sum, "x": X},
        relative_error: {"a": X, "b": X + 1},
        check_gradient: {"f": np.sum, "grad": 0 * X + 1, "x": X, "tolerance": 1e-6},
    }


# Which arguments are arrays, and of how many dimensions; None is any number, "number" 0 as well.
NDIM: dict[Function, dict[str, Any]] = {
    logsumexp: {"h": None},
    softmax: {"h": None},
    log_softmax: {"h": None},
    sigmoid: {"z": "number"},
    softmax_jacobian: {"h": None},
    cross_entropy: {"h": 2},
    grad_probabilities: {"p": 2},
    grad_logits: {"h": 2},
    logits: {"X": 2, "W": 2, "b": 1},
    predict: {"X": 2, "W": 2, "b": 1},
    accuracy: {"X": 2, "W": 2, "b": 1},
    batch_loss: {"X": 2, "W": 2, "b": 1},
    grad_parameters: {"X": 2, "dh": 2},
    loss_and_gradients: {"X": 2, "W": 2, "b": 1},
    hessian: {"X": 2, "W": 2, "b": 1},
    binary_cross_entropy: {"z": 1},
    binary_loss_and_gradients: {"X": 2, "w": 1, "b": 0},
    binary_hessian: {"X": 2, "w": 1, "b": 0},
    **{rule: {"theta": "number", "grad": "number"} for rule in RULES},
    newton: {"theta": "number", "grad": "number", "hessian": 2},
    train: {"X": 2, "W": 2, "b": 1},
    finite_difference: {"x": "number"},
    complex_step: {"x": "number"},
    relative_error: {"a": "number", "b": "number"},
    check_gradient: {"grad": "number", "x": "number"},
}
COMPLEX = {logsumexp, softmax, log_softmax, sigmoid, softmax_jacobian, cross_entropy}
ONLY_FLOAT64 = {finite_difference, complex_step, check_gradient}
WITH_LABELS = [function for function, arguments in calls().items() if "y" in arguments]

each_function_of_labels = pytest.mark.parametrize("function", WITH_LABELS, ids=lambda f: f.__name__)
each_array = pytest.mark.parametrize(
    ("function", "name"),
    [
        pytest.param(function, name, id=f"{function.__name__}-{name}")
        for function, names in NDIM.items()
        for name in names
    ],
)


def run(function: Function, **changes: Any) -> list[Any]:
    """Results of the function, all of them arrays or numbers."""
    result = function(**calls()[function] | changes)
    if function is train:
        return [value for state in result for value in vars(state).values()]
    if callable(result):  # a schedule
        return [result(step) for step in range(4)]
    results = list(result) if isinstance(result, Iterator | tuple) else [result]
    if function in (adam, adamw):
        results[1:] = result[1]
    return [value for value in results if value is not None]


def rejects(function: Function, message: str, error: type[Exception], **changes: Any) -> None:
    refuses(function, message, error=error, **calls()[function] | changes)


def test_the_table_holds_every_public_function() -> None:
    functions = {getattr(logreg_book, name) for name in logreg_book.__all__}
    functions -= {logreg_book.diagnose}  # it takes a function, and reports what is wrong with it
    assert set(calls()) == {function for function in functions if inspect.isfunction(function)}
    arrays = {f: [n for n, v in a.items() if np.ndim(v)] for f, a in calls().items()}
    assert {f: sorted({*names, "y"}) for f, names in arrays.items() if {*names} - {"y"}} == {
        f: sorted({*(n for n, ndim in names.items() if ndim != 0), "y"})
        for f, names in NDIM.items()
    }


# What is accepted


def layouts(a: Any, folder: Path) -> Iterator[Any]:
    """The same numbers, held in other ways; the last two are read-only."""
    a = np.array(a)  # a copy
    yield a.tolist()
    yield torch.tensor(a)
    yield np.array(a, order="F")
    yield a.astype(a.dtype.newbyteorder(">"))
    if a.ndim:
        yield tuple(a)
        yield np.repeat(a, 2, axis=0)[::2]
        yield a[::-1].copy()[::-1]
        a.tofile(folder / "array")
        yield np.memmap(folder / "array", a.dtype, mode="r", shape=a.shape)
    a.flags.writeable = False
    yield a


@each_array
def test_an_array_may_lie_in_memory_in_any_way(
    function: Function, name: str, tmp_path: Path
) -> None:
    expected = run(function)
    for value in layouts(calls()[function][name], tmp_path):
        for ours, theirs in zip(run(function, **{name: value}), expected, strict=True):
            assert np.asarray(ours).dtype == np.asarray(theirs).dtype
            assert_allclose(ours, theirs, rtol=1e-14)


@each_function_of_labels
def test_labels_may_be_of_any_integer_dtype_and_lie_in_memory_in_any_way(
    function: Function, tmp_path: Path
) -> None:
    labels = calls()[function]["y"]
    others = [labels.astype(dtype) for dtype in ("i1", "u1", "<i4", ">i4", ">i8", "u8", ">u8")]
    for value in (*others, *layouts(labels, tmp_path)):
        for ours, theirs in zip(run(function, y=value), run(function), strict=True):
            assert_array_equal(ours, theirs)


@each_array
def test_integers_become_float64(function: Function, name: str) -> None:
    whole = np.round(np.asarray(calls()[function][name]) * 2 + 1)
    if function is check_gradient:
        whole = np.ones_like(whole)
    expected = run(function, **{name: whole})
    for dtype in (np.int8, np.int64, ">i8"):
        for ours, theirs in zip(
            run(function, **{name: whole.astype(dtype)}), expected, strict=True
        ):
            assert np.asarray(ours).dtype == np.asarray(theirs).dtype
            assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "function", [f for f in NDIM if f not in ONLY_FLOAT64], ids=lambda f: f.__name__
)
def test_float32_stays_float32(function: Function) -> None:
    single = {name: np.float32(calls()[function][name]) for name in NDIM[function]}
    for ours, theirs in zip(run(function, **single), run(function), strict=True):
        if isinstance(theirs, np.ndarray) and theirs.dtype == np.float64:
            assert ours.dtype == np.float32
        assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_an_array_that_fits_is_not_copied() -> None:
    for a in (X, X.astype(np.float32), np.asfortranarray(X)):
        assert check_array("X", a) is a
    assert check_labels("y", y, B=3, K=4) is y


# What is rejected: arrays


@each_array
def test_what_is_no_array_of_floats_is_rejected(function: Function, name: str) -> None:
    right = np.asarray(calls()[function][name])
    need = f"{name} must be float32 or float64"
    for dtype in ("float16", "bool", "U1", "M8[s]", "longdouble", "complex64", "complex128"):
        if not (dtype.startswith("complex") and function in COMPLEX):
            wrong = right.astype(int).astype(dtype)
            rejects(function, f"{need}, got dtype {wrong.dtype}", TypeError, **{name: wrong})
    objects: list[tuple[Any, str]] = [
        (None, "None"),
        ({1: 2}, "{1: 2}"),
        (2**64, "18446744073709551616"),
        ([2**64], "objects such as 18446744073709551616"),
        ([[None]], "objects such as None"),
        (HUGE, "a number of type int with too many digits to print"),
        ("number", "dtype <U6"),
    ]
    for value, got in objects:
        rejects(function, f"{need}, got {got}", TypeError, **{name: value})


@each_array
def test_what_numpy_cannot_read_is_rejected(function: Function, name: str) -> None:
    message = f"{name} must be a rectangular array, got rows of different lengths"
    rejects(function, message, ValueError, **{name: [[1.0, 2.0], [3.0]]})
    half = torch.ones(2, 2, dtype=torch.bfloat16)
    message = f"{name} must be an array of numbers, got Tensor: Got unsupported ScalarType BFloat16"
    rejects(function, message, TypeError, **{name: half})


@each_array
def test_a_tensor_with_a_graph_and_a_masked_array_are_rejected(
    function: Function, name: str
) -> None:
    graph = torch.ones(2, dtype=torch.float64, requires_grad=True)
    message = f"{name} must not require a gradient, got a tensor with a graph: pass {name}.detach()"
    wrong: Any
    for wrong in (graph, graph * 2, [graph, graph], [[1.0, graph[0]]], ([0.0], (graph[0],))):
        rejects(function, message, TypeError, **{name: wrong})
    message = f"{name} must not be a masked array: fill it or drop the masked rows"
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    for wrong in (masked, [masked, masked], [[1.0, np.ma.masked]]):
        rejects(function, message, TypeError, **{name: wrong})


@each_array
def test_a_shape_without_numbers_or_of_other_dimensions_is_rejected(
    function: Function, name: str
) -> None:
    right, ndim = np.asarray(calls()[function][name]), NDIM[function][name]
    if isinstance(ndim, int):
        for wrong in (right[np.newaxis], right[np.newaxis, np.newaxis], right.ravel()[0], [1.0]):
            if np.ndim(wrong) != ndim:
                message = f"{name} must have {ndim} dimension(s), got shape {np.shape(wrong)}"
                rejects(function, message, ValueError, **{name: wrong})
    if ndim is None:
        message = f"{name} must have at least one dimension, got the number 1.5"
        rejects(function, message, ValueError, **{name: 1.5})
    for empty in (right[:0], right[..., :0]) if right.ndim else ():
        message = f"{name} must not be empty, got shape {empty.shape}"
        rejects(function, message, ValueError, **{name: empty})


MODEL = [logits, predict, accuracy, batch_loss, loss_and_gradients, hessian, train]
each_model = pytest.mark.parametrize("function", MODEL, ids=lambda f: f.__name__)


@each_model
def test_parameters_must_fit_the_inputs_and_each_other(function: Function) -> None:
    need = "W must have shape (2, K), one row per column of X"
    for wrong in (np.ones((3, 4)), W.T, np.ones((1, 4))):
        message = f"{need}, got {(len(wrong), wrong.shape[1])}"
        rejects(function, message, ValueError, W=wrong)
    for length in (1, 3, 5):
        message = f"b must have shape (4,), one per column of W, got ({length},)"
        rejects(function, message, ValueError, b=np.ones(length))
    message = "W must be float64 as X is, got dtype float32"
    rejects(function, message, TypeError, W=np.float32(W))
    message = "b must be float64 as W is, got dtype float32"
    rejects(function, message, TypeError, b=np.float32(b))
    message = "W must be float32 as X is, got dtype float64"
    rejects(function, message, TypeError, X=np.float32(X))


@each_model
@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_inputs_and_parameters_must_be_finite(function: Function, value: float) -> None:
    for name, index in (("X", (2, 1)), ("W", (1, 0)), ("b", (3,))):
        wrong = calls()[function][name].copy()
        wrong[index] = value
        message = f"{name} must be finite, got {value} at index {index}"
        rejects(function, message, ValueError, **{name: wrong})


def test_gradients_with_respect_to_logits_must_fit_the_inputs() -> None:
    message = "dh must have shape (3, K), one row per example, got (1, 4)"
    rejects(grad_parameters, message, ValueError, dh=h[:1])
    message = "dh must be float64 as X is, got dtype float32"
    rejects(grad_parameters, message, TypeError, dh=np.float32(h))
    wrong = h.copy()
    wrong[2, 0] = NAN
    message = "dh must be finite, got nan at index (2, 0)"
    rejects(grad_parameters, message, ValueError, dh=wrong)


def test_probabilities_must_be_finite() -> None:
    wrong = np.full((3, 4), 0.25)
    wrong[1, 3] = INF
    message = "p must be finite, got inf at index (1, 3)"
    rejects(grad_probabilities, message, ValueError, p=wrong)


# What is rejected: labels


@each_function_of_labels
def test_what_are_no_integer_labels_is_rejected(function: Function) -> None:
    right = calls()[function]["y"]
    need = "y must hold integer class labels"
    for dtype in ("float64", "float16", "U1", "complex128", "M8[s]"):
        wrong = right.astype(dtype)
        rejects(function, f"{need}, got dtype {wrong.dtype}", TypeError, y=wrong)
    message = f"{need}, got dtype bool: use y.astype(int)"
    rejects(function, message, TypeError, y=right.astype(bool))
    objects: list[tuple[Any, str]] = [
        (None, "None"),
        ([2**64, 0, 1], "objects such as 18446744073709551616"),
        ([HUGE], "objects such as a number of type int with too many digits to print"),
        ([], "dtype float64"),
    ]
    for value, got in objects:
        rejects(function, f"{need}, got {got}", TypeError, y=value)
    message = "y must be a rectangular array, got rows of different lengths"
    rejects(function, message, ValueError, y=[[0], [0, 1]])
    message = "y must not require a gradient, got a tensor with a graph: pass y.detach()"
    rejects(function, message, TypeError, y=torch.zeros(3, requires_grad=True))
    message = "y must not be a masked array: fill it or drop the masked rows"
    rejects(function, message, TypeError, y=np.ma.array(right))


@each_function_of_labels
def test_labels_must_be_one_per_example_in_range(function: Function) -> None:
    right = calls()[function]["y"]
    need = "y must have shape (3,), one label per example"
    if function is one_hot:
        need = "y must have shape (B,) with B at least 1"
    for wrong in (right[:, np.newaxis], right[:0], right[0], np.eye(4, dtype=int)[y]):
        rejects(function, f"{need}, got {np.shape(wrong)}", ValueError, y=wrong)
    if function is not one_hot:
        rejects(function, f"{need}, got (2,)", ValueError, y=right[:2])
    K = 2 if "binary" in function.__name__ else 4
    for dtype, low, high in ((np.intp, -1, 1), (np.int8, -7, K), (np.intp, 0, K), (">i8", -1, 0)):
        message = f"y must lie in 0 .. {K - 1}, got labels from {low} to {high}"
        rejects(function, message, ValueError, y=np.array([0, low, high], dtype))
    message = f"y must lie in 0 .. {K - 1}, got labels from 0 to {2**63}"
    rejects(function, message, ValueError, y=np.array([0, 1, 2**63], np.uint64))


# What is rejected: numbers and generators

COUNTS: list[tuple[Function, str]] = [
    (one_hot, "K"),
    (init_parameters, "d"),
    (init_parameters, "K"),
    (cosine, "steps"),
    (warmup, "steps"),
    (minibatches, "N"),
    (minibatches, "batch_size"),
    (train, "epochs"),
    (train, "batch_size"),
]
SIZES: list[tuple[Function, str]] = [
    *((rule, "eta") for rule in RULES),
    *((adagrad, "eps"), (rmsprop, "eps"), (adam, "eps")),
    (constant, "eta"),
    (inverse_time, "eta"),
    (inverse_time, "steps"),
    (cosine, "eta"),
    (warmup, "eta"),
    (train, "eta"),
    (finite_difference, "step"),
    (check_gradient, "tolerance"),
]


@pytest.mark.parametrize(("function", "name"), COUNTS)
def test_a_count_is_an_integer_from_1(function: Function, name: str) -> None:
    value: Any
    right = calls()[function][name]
    for value in (np.int64(right), np.uint8(right), np.array(right), torch.tensor(right)):
        assert len(run(function, **{name: value})) == len(run(function))
    for value in (0, -1, np.int64(0), -(10**30)):
        message = f"{name} must be at least 1, got {value!r}"
        rejects(function, message, ValueError, **{name: value})
    message = f"{name} must be at most 9223372036854775807, got 9223372036854775808"
    rejects(function, message, ValueError, **{name: 2**63})
    message = f"{name} must be at most 9223372036854775807, got a number of type int with too many"
    rejects(function, f"{message} digits to print", ValueError, **{name: HUGE})
    need = f"{name} must be an integer"
    for value in (2.0, True, np.True_, torch.tensor(True), "3", [3], NAN, np.array([3])):
        rejects(function, f"{need}, got {value!r}", TypeError, **{name: value})
    message = f"{name} must not be a masked array: fill it or drop the masked rows"
    rejects(function, message, TypeError, **{name: np.ma.array(3, mask=True)})


def test_bounds_of_an_integer_are_inclusive() -> None:
    assert check_int("n", 2**63 - 1) == 2**63 - 1
    assert check_int("n", 1) == 1
    assert check_int("n", 0, least=0) == 0
    refuses(check_int, "n must be at least 2, got 1", "n", 1, least=2)
    refuses(check_int, "n must be at least 0, got -1", "n", -1, least=0)


@pytest.mark.parametrize(("function", "name"), SIZES)
def test_a_size_is_a_finite_number_above_0(function: Function, name: str) -> None:
    value: Any
    need = f"{name} must be finite and above 0"
    for value in (0, 0.0, -0.1, NAN, INF, -INF, np.float32(0), np.array(-1.0), Decimal(-1)):
        rejects(function, f"{need}, got {value!r}", ValueError, **{name: value})
    huge = "a number of type int with too many digits to print"
    for value, got in ((10**400, f"1{'0' * 76}..."), (HUGE, huge), (Fraction(HUGE), huge)):
        got = got.replace("type int", f"type {type(value).__name__}")
        rejects(function, f"{need}, got {got}", ValueError, **{name: value})
    need = f"{name} must be a number above 0"
    for value in (True, "0.1", None, 1j, [0.1], np.True_, np.ones(1), b"1", object):
        rejects(function, f"{need}, got {value!r}", TypeError, **{name: value})
    message = f"{name} must not require a gradient, got a tensor with a graph: pass {name}.detach()"
    rejects(function, message, TypeError, **{name: torch.tensor(0.1, requires_grad=True)})


def test_the_smallest_number_is_above_0() -> None:
    assert check_positive("eta", 5e-324) == 5e-324
    assert type(check_positive("eta", np.float32(0.5))) is float
    assert check_positive("eta", 10**300) == 1e300


SHARES: list[tuple[Function, str]] = [(momentum, "mu"), (nesterov, "mu"), (rmsprop, "rho")]
AMOUNTS: list[tuple[Function, str]] = [(adagrad, "initial"), (adamw, "weight_decay")]


@pytest.mark.parametrize(("function", "name"), SHARES + AMOUNTS)
def test_a_share_lies_below_1_and_an_amount_is_finite(function: Function, name: str) -> None:
    value: Any
    share = (function, name) in SHARES
    need = f"{name} must be {'at least 0 and below 1' if share else 'finite and at least 0'}"
    for value in (-0.1, np.float32(-1), NAN, INF, -INF, 10**400, *((1, 1.0) if share else ())):
        got = f"1{'0' * 76}..." if isinstance(value, int) and value > 1 else repr(value)
        rejects(function, f"{need}, got {got}", ValueError, **{name: value})
    for value in (True, "0.1", None, [0.1]):
        need = f"{name} must be a number at least 0"
        rejects(function, f"{need}, got {value!r}", TypeError, **{name: value})
    for value in (0, np.float32(0.5), Fraction(1, 2)):
        assert len(run(function, **{name: value})) == len(run(function))
    assert check_from_zero(name, 10**300) == 1e300


@pytest.mark.parametrize("function", [init_parameters, minibatches, train])
def test_a_generator_is_one_of_numpy(function: Function) -> None:
    why = " because batch_size is given" if function is train else ""
    for value in (0, np.random.default_rng, np.random.RandomState(0)):
        message = f"rng must be a numpy.random.Generator{why}, got {value!r}"
        rejects(function, message, TypeError, rng=value)


# Messages


def test_a_long_value_is_shown_by_its_beginning() -> None:
    need = "n must be an integer, got "
    refuses(check_int, f"{need}'{'a' * 78}'", "n", "a" * 78, error=TypeError)
    refuses(check_int, f"{need}'{'a' * 76}...", "n", "a" * 79, error=TypeError)


def test_the_first_number_that_is_not_finite_is_named() -> None:
    check_finite(a=X, b=np.array(1.0))
    refuses(check_finite, "b must be finite, got inf", a=X, b=np.array(INF))
    wrong = np.array([[0, 1], [-INF, NAN]])
    refuses(check_finite, "c must be finite, got -inf at index (1, 0)", a=X, c=wrong)


def test_overflow_is_reported_with_what_made_it() -> None:
    need = "must give results that float64 can hold, got overflow with"
    refuses(raise_overflow, f"a {need} |a| up to 5", a=X)
    refuses(raise_overflow, f"a and c {need} |a| up to 5, |c| up to 1.23", a=X, c=np.array(-1.2345))
    message = f"a, c and d {need} |a| up to 5, |c| up to 1, |d| up to 1e+300"
    refuses(raise_overflow, message, a=X, c=np.array(1), d=np.array([0, 1e300]))


def test_an_array_of_any_dtype_is_given_back_as_it_is() -> None:
    a = np.array(["x"])
    assert as_array("a", a) is a
    assert as_array("a", "x").dtype == "<U1"


def test_parameters_may_be_checked_without_inputs() -> None:
    ours = check_parameters(W.tolist(), b)
    assert_array_equal(ours[0], W)
    assert ours[1] is b
    message = "b must have shape (4,), one per column of W, got (3,)"
    refuses(check_parameters, message, W, b[:3])
