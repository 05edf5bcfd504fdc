"""A diagnosis names the mistake that was made, and none that was not."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from tests.refusals import refuses
from tests.strategies import Array
from torch.nn import functional

import logreg_book
from logreg_book import MISTAKES, Diagnosis, Mistake, diagnose, one_hot, softmax
from logreg_book.diagnosis import _known

Function = Callable[..., Any]
each_mistake = pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.name)


def by_name(name: str) -> Mistake:
    """A mistake of the table."""
    return next(mistake for mistake in MISTAKES if mistake.name == name)


def rng(seed: int = 0) -> np.random.Generator:
    """Inputs that a test can rely on."""
    return np.random.default_rng(seed)


def is_named(function: Function, name: str | None, kind: str | None = None) -> Diagnosis:
    """The diagnosis, which has this cause."""
    found = diagnose(function, kind, rng=rng())
    assert not found.ok
    assert (found.mistake.name if found.mistake else None) == name, found.message
    return found


# Mistakes


@each_mistake
def test_each_mistake_is_named_whatever_the_inputs_are(mistake: Mistake) -> None:
    for seed, kind in enumerate((None, None, None, mistake.kind)):
        found = diagnose(mistake.function, kind, rng=rng(seed))
        assert (found.ok, found.mistake, found.page) == (False, mistake, mistake.page)
        assert mistake.says in found.message
        assert mistake.hint in found.message
        assert str(found) == found.message
        assert repr(mistake.page) in found.message


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if m.variants], ids=lambda m: m.name)
def test_a_mistake_is_named_for_other_constants_too(mistake: Mistake) -> None:
    for options in mistake.variants:

        def cross_entropy(h: Any, y: Any, options: Any = options) -> Any:
            return mistake.function(h, y, **options)

        is_named(cross_entropy, mistake.name)


@pytest.mark.parametrize(
    ("kind", "mistake"),
    [
        (kind, mistake)
        for kind in ("cross_entropy", "grad_logits", "gradient", "step")
        for mistake in dict.fromkeys(m for m, _ in _known(kind))
        if mistake.kind != kind
    ],
    ids=lambda x: x if isinstance(x, str) else x.name,
)
def test_a_mistake_inside_is_named_unless_it_does_no_harm_there(
    kind: str, mistake: Mistake
) -> None:
    candidates = [f for m, f in _known(kind) if m is mistake]
    found = diagnose(candidates[0], kind, rng=rng(1))
    if "raises" in found.message:
        assert "transposed" in mistake.name or "over-classes" in mistake.name  # shapes do not fit
    elif "nan" in found.message and "ordinary" not in found.message:
        assert found.mistake is None
    elif kind == "step" and mistake.kind == "cross_entropy":
        assert found.ok  # a step does not depend on the value of the loss
    elif found.mistake is not None and found.mistake is not mistake:
        assert found.mistake.kind == kind, found.message  # the outer one has a name for the result
    else:
        assert (found.ok, found.mistake) == (False, mistake) or mistake.name == "softmax-in-place"


def of_two_classes(wrong: Function) -> Function:
    """A mistake as it is made in the binary model."""

    def gradient(X: Any, y: Any, w: Any, b: Any) -> Any:
        dW, db = wrong(X, y, np.stack([0 * w, w], axis=1), np.array([0, b]))
        return dW[:, 1], db[1]

    return gradient


@pytest.mark.parametrize(
    "name",
    [
        "gradient-of-weights-divided-twice",
        "gradient-of-weights-summed",
        "gradient-of-biases-summed",
        "gradient-divided-by-features",
        "gradient-without-bias-in-the-logits",
        "gradient-of-the-sum",
        "gradient-with-wrong-sign",
        "gradient-with-sigmoid-derivative",
        "softmax-naive",
    ],
)
def test_mistakes_are_named_in_the_binary_model_too(name: str) -> None:
    wrong = next(f for m, f in _known("gradient") if m.name == name)
    for seed in range(3):
        found = diagnose(of_two_classes(wrong), rng=rng(seed))
        assert found.mistake is by_name(name)


# Right answers, in many signatures


def log_softmax(h: Any) -> Any:
    """Stable, in NumPy."""
    s = h - h.max(axis=-1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=-1, keepdims=True))


def picked(log_p: Any, y: Any) -> Any:
    """Mean loss of log-probabilities."""
    return -log_p[np.arange(len(y)), y].mean()


def binary_gradient(X: Any, y: Any, w: Any, b: Any) -> Any:
    """By the library."""
    return logreg_book.binary_loss_and_gradients(X, y, w, b)


def numpy_gradient(X: Any, y: Any, W: Any, b: Any) -> Any:
    """By hand."""
    dh = (softmax(X @ W + b) - one_hot(y, len(b))) / len(y)
    return X.T @ dh, dh.sum(axis=0)


def autograd_gradient(X: Any, y: Any, W: Any, b: Any) -> Any:
    """By torch, from leaves that the caller gave."""
    W.requires_grad_()
    b.requires_grad_()
    functional.cross_entropy(X @ W + b, y).backward()
    return [W.grad, b.grad]


def torch_loss(X: Any, y: Any, W: Any, b: Any) -> Any:
    """A loss with a graph."""
    W.requires_grad_()
    return functional.cross_entropy(X @ W + b, y)


def step_on_data(X: Any, y: Any, W: Any, b: Any, lr: float = 0.1) -> Any:
    """The learning rate has a default."""
    dW, db = numpy_gradient(X, y, W, b)
    return {"weights": W - lr * dW, "bias": b - lr * db}


def pure_softmax(h: Any) -> Any:
    """Lists in, lists out."""
    rows = []
    for row in h:
        e = [math.exp(v - max(row)) for v in [*row, *[]]]
        rows.append([v / sum(e) for v in e])
    return rows


def list_softmax(h: Any) -> Any:
    """Works with lists alone."""
    return [softmax(list.copy(row)).tolist() for row in h]


def no_loss_of_zero(p: Any, y: Any) -> Any:
    """Of probabilities, as the binary formula has it."""
    with np.errstate(all="raise"):
        return -np.mean(y * np.log(p) + (1 - y) * np.log1p(-p))


RIGHT: dict[str, Function] = {
    "softmax(h)": softmax,
    "softmax(x), axis optional": lambda x, axis=-1: np.exp(log_softmax(x)),
    "softmax in torch": lambda h: torch.softmax(h, dim=1),
    "softmax without a signature": partial(torch.softmax, dim=1),
    "softmax of lists": pure_softmax,
    "softmax of nothing but lists": list_softmax,
    "softmax, positional only": lambda h, /: softmax(h),
    "softmax of any arguments": lambda *args: softmax(*args),
    "softmax_jacobian(h)": logreg_book.softmax_jacobian,
    "jacobian(p)": lambda p: np.diag(p) - np.outer(p, p),
    "cross_entropy(h, y)": logreg_book.cross_entropy,
    "cross_entropy(y, h)": lambda y, h: picked(log_softmax(h), y),
    "cross_entropy(logits, labels)": lambda logits, labels: picked(log_softmax(logits), labels),
    "cross_entropy(h, Y)": lambda h, Y: -np.sum(Y * log_softmax(h)) / len(Y),
    "cross_entropy(h, y), one-hot": lambda h, y: -np.mean(np.sum(y * log_softmax(h), axis=1)),
    "cross_entropy(p, y)": lambda p, y: picked(np.log(p), y),
    "cross_entropy(probs, onehot)": lambda probs, onehot: (
        -np.sum(onehot * np.log(probs)) / len(probs)
    ),
    "cross_entropy(a, b)": lambda a, b: picked(log_softmax(a), b),
    "cross_entropy in torch": functional.cross_entropy,
    "binary_cross_entropy(z, y)": logreg_book.binary_cross_entropy,
    "binary_cross_entropy(p, y)": no_loss_of_zero,
    "loss(X, y, W, b)": logreg_book.batch_loss,
    "loss with a graph": torch_loss,
    "grad_logits(h, y)": logreg_book.grad_logits,
    "grad(p, y)": lambda p, y: (p - one_hot(y, p.shape[1])) / len(p),
    "grad(p, Y)": lambda p, Y: (p - Y) / len(p),
    "grad with its loss": lambda h, y: (
        logreg_book.cross_entropy(h, y),
        logreg_book.grad_logits(h, y),
    ),
    "binary grad(p, y)": lambda p, y: (p - y) / len(p),
    "gradient -> (dW, db)": numpy_gradient,
    "gradient -> (db, dW)": lambda X, y, W, b: numpy_gradient(X, y, W, b)[::-1],
    "gradient -> (loss, dW, db)": logreg_book.loss_and_gradients,
    "gradient -> (dW, db, loss)": lambda X, y, W, b: (
        *numpy_gradient(X, y, W, b),
        logreg_book.batch_loss(X, y, W, b),
    ),
    "gradient -> dict": lambda X, y, W, b: dict(
        zip(("loss", "dW", "db"), logreg_book.loss_and_gradients(X, y, W, b), strict=True)
    ),
    "gradient -> dW": lambda X, y, W, b: numpy_gradient(X, y, W, b)[0],
    "gradient -> one array": lambda X, y, W, b: np.vstack(numpy_gradient(X, y, W, b)),
    "gradient -> rows": lambda X, y, W, b: np.vstack(numpy_gradient(X, y, W, b)).tolist(),
    "gradient(W, b, X, y)": lambda W, b, X, y: numpy_gradient(X, y, W, b),
    "gradient(X, Y, W, b)": lambda X, Y, W, b: numpy_gradient(X, Y.argmax(axis=1), W, b),
    "gradient(X, dh)": logreg_book.grad_parameters,
    "gradient(X, y, w, b)": lambda X, y, w, b: binary_gradient(X, y, w, b)[1:],
    "gradient(X, y, w, b), with its loss": binary_gradient,
    "gradient(X, y, w, b), W meant": lambda X, y, w, b: numpy_gradient(X, y, w, b),
    "gradient by autograd": autograd_gradient,
    "step(theta, grad, eta)": lambda theta, grad, eta: theta - eta * grad,
    "step(w, g, lr)": lambda w, g, lr: w - lr * g,
    "step with a state": logreg_book.sgd,
    "step(W, b, dW, db, eta)": lambda W, b, dW, db, eta: (W - eta * dW, b - eta * db),
    "step(eta, W, dW, b, db)": lambda eta, W, dW, b, db: [W - eta * dW, b - eta * db],
    "step(w, b, dw, db, eta)": lambda w, b, dw, db, eta: (w - eta * dw, b - eta * db),
    "step(X, y, W, b, lr) -> dict": step_on_data,
    "step by torch": lambda theta, grad, eta: torch.sub(theta, grad, alpha=eta),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_are_called_right_in_many_signatures(name: str) -> None:
    for seed in range(3):
        found = diagnose(RIGHT[name], rng=rng(seed))
        assert (found.ok, found.mistake, found.page) == (True, None, None), found.message
        assert re.fullmatch(r"Your [a-z -]+ is right\.", found.message, re.IGNORECASE)


def test_a_binary_loss_that_rounds_one_minus_p_to_zero_is_not_called_an_overflow() -> None:
    def cross_entropy(z: Any, y: Any) -> Any:
        s = 1 / (1 + np.exp(-z))
        return -np.mean(y * np.log(s) + (1 - y) * np.log(1 - s))

    found = is_named(cross_entropy, None)
    assert "All is right for ordinary numbers" in found.message
    assert found.page == "cross-entropy-stable"


def test_mistakes_of_torch_functions_are_named() -> None:
    def gradient(X: Any, y: Any, W: Any, b: Any) -> Any:
        dh = torch.softmax(X @ W + b, 1) - functional.one_hot(y, len(b))
        return X.T @ dh, dh.sum(0)

    is_named(gradient, "gradient-of-the-sum")

    def softmax(h: Any) -> Any:
        e = h.exp()
        return e / e.sum(1, keepdim=True)

    is_named(softmax, "softmax-naive")


def test_a_softmax_in_stages_whose_denominator_is_not_summed_is_named() -> None:
    def gradient(X: Any, y: Any, W: Any, b: Any) -> Any:
        h = X @ W + b
        e = np.exp(h - h.max(axis=1, keepdims=True))
        total = e.sum(axis=1, keepdims=True)
        dp = -one_hot(y, len(b)) / (e / total) / len(y)
        de = dp / total - dp * e / total**2  # each column for itself
        return X.T @ (de * e), (de * e).sum(axis=0)

    is_named(gradient, "gradient-without-the-denominator")


def in_float32(function: Function) -> Function:
    """The same function, computed with half the digits."""

    def single(*arguments: Any) -> Any:
        given = [np.asarray(a) for a in arguments]
        return function(*(a.astype(np.float32) if a.dtype.kind == "f" else a for a in given))

    return single


@pytest.mark.parametrize("kind", ["softmax", "softmax_jacobian", "cross_entropy", "grad_logits"])
@pytest.mark.parametrize("seed", range(5))
def test_a_right_answer_may_be_computed_in_float32(kind: str, seed: int) -> None:
    assert diagnose(in_float32(getattr(logreg_book, kind)), kind, rng=rng(seed)).ok
    single = in_float32(logreg_book.loss_and_gradients)
    assert diagnose(lambda X, y, W, b: single(X, y, W, b), rng=rng(seed)).ok


def test_the_kind_is_inferred_from_the_name_or_the_arguments_or_the_result() -> None:
    def update(a: Any, b: Any, c: Any) -> Any:
        return a - c * b

    assert diagnose(update).message == "Your step is right."
    assert diagnose(lambda h, y: logreg_book.cross_entropy(h, y)).message == (
        "Your cross-entropy is right."
    )
    assert diagnose(lambda h, y: logreg_book.grad_logits(h, y)).message == (
        "Your gradient with respect to the logits is right."
    )
    wrong = is_named(lambda h, y: 3.0, None)
    assert wrong.message.startswith("Your loss differs: it is 3 instead of")


# Corruptions of right answers


def corrupted(value: Array, r: np.random.Generator) -> Array:
    """A result that is wrong by something that no mistake of the table does."""
    a = np.array(value, np.float64)
    size = np.abs(a).max()
    index = tuple(int(r.integers(n)) for n in a.shape)
    how = r.integers(6)
    if how == 0:
        a[index] = a[index] * r.uniform(2, 9) + size * r.uniform(0.1, 1)
    elif how == 1:
        a = a + size * 10 ** r.uniform(-4, 0) * r.uniform(0.5, 1, a.shape)
    elif how == 2:
        a = a * r.uniform(1.01, 1.4)
    elif how == 3:
        a = a + size * 10 ** r.uniform(-4, 0)
    elif how == 4 and a.ndim:
        a = np.roll(a, 1, axis=-1)
    elif how == 5 and a.ndim == 2:
        a[:2] = a[1::-1] + 1e-3 * size
    else:
        a[index] = -a[index] - size * r.uniform(0.1, 1)
    return a


@pytest.mark.parametrize("seed", range(200))
def test_a_corrupted_answer_is_called_wrong_and_given_no_cause(seed: int) -> None:
    kinds: dict[str, Function] = {
        "softmax": softmax,
        "softmax_jacobian": logreg_book.softmax_jacobian,
        "cross_entropy": logreg_book.cross_entropy,
        "grad_logits": logreg_book.grad_logits,
        "gradient": numpy_gradient,
        "step": lambda X, y, W, b, eta: tuple(step_on_data(X, y, W, b, eta).values()),
    }
    kind = sorted(kinds)[seed % 6]

    def wrong(*given: Any) -> Any:
        result = kinds[kind](*given)
        if not isinstance(result, tuple):
            return corrupted(result, rng(seed))
        which = seed // 6 % 2
        return tuple(corrupted(a, rng(seed)) if i == which else a for i, a in enumerate(result))

    found = diagnose(wrong, kind, rng=rng(1000 + seed))
    assert (found.ok, found.mistake) == (False, None), found.message
    assert found.page


@pytest.mark.parametrize("call", [1, 2])
def test_a_cause_must_explain_both_random_inputs(call: int) -> None:
    calls = []

    def softmax_of_two_kinds(h: Any) -> Any:
        calls.append(h)
        wrong = "softmax-in-base-two" if len(calls) == call else "sigmoid-of-each-score"
        return by_name(wrong).function(h)

    is_named(softmax_of_two_kinds, None, "softmax")


def test_a_cause_must_explain_the_result_to_six_digits() -> None:
    wrong = by_name("softmax-in-base-two").function
    is_named(lambda h: wrong(h) * (1 + 3e-7), "softmax-in-base-two", "softmax")
    is_named(lambda h: wrong(h) * (1 + 3e-6), None, "softmax")


def test_a_cause_that_only_extreme_logits_show_must_explain_all_of_them() -> None:
    naive = by_name("softmax-naive").function
    is_named(lambda h: naive(h) if h.max() < 1e9 else softmax(h), None, "softmax")


# What is said where no cause is known


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (
            lambda h: softmax(h).T,
            r"shape \((\d), (\d)\) instead of \(\2, \1\): it is the transpose",
        ),
        (lambda h: softmax(h)[:, 1:], r"has shape \(\d, \d\) instead of \(\d, \d\)\."),
        (lambda h: softmax(h) * np.nan, r"at index \(0, 0\): it is nan instead of 0\.\d+"),
        (lambda h: softmax(h) / 0.5, r"Your softmax is 2 times the right one\."),
        (lambda h: softmax(h) * 0, r"Your softmax is 0 everywhere\."),
        (lambda h: -softmax(h), r"Your softmax has the wrong sign\."),
        (lambda h: softmax(h) * h.shape[1], r"Your softmax is K = \d times the right one\."),
        (lambda h: softmax(h) / h.size, r"Your softmax is 1/\(B K\) = 0\.0\d+ times the right one"),
        (lambda h: softmax(h)[:, ::-1], r"has the right columns in the order \[\d, .*, 1, 0\]\."),
        (
            lambda h: softmax(h) + np.eye(*h.shape)[::-1],
            r"most of all at index \(\d, \d\): it is 1\.\d+ instead of 0\.\d+\.",
        ),
    ],
)
def test_what_can_be_said_without_a_cause_is_said(function: Function, words: str) -> None:
    found = is_named(function, None, "softmax")
    assert re.search(words, found.message), found.message
    assert found.page == "softmax"


@pytest.mark.parametrize(
    ("function", "beginning"),
    [
        (lambda theta, grad, eta: theta - 2 * eta * grad, "Your change of W is 2 times"),
        (lambda W, b, dW, db, eta: (W - eta * dW, b - 3 * eta * db), "Your change of b is 3 times"),
        (lambda w, b, dw, db, eta: (w - 5 * eta * dw, b - eta * db), "Your change of W is 5 times"),
        (
            lambda X, y, w, b: 2 * binary_gradient(X, y, w, b)[1],
            "Your gradient with respect to W is 2",
        ),
        (lambda X, dh: (X.T @ dh, 7 * dh.sum(0)), "Your gradient with respect to b is 7 times"),
        (lambda theta, grad, eta: theta[0], "Your change of W has shape"),
    ],
)
def test_the_part_that_is_wrong_is_named(function: Function, beginning: str) -> None:
    assert is_named(function, None).message.startswith(beginning)


def test_a_mistake_that_only_some_inputs_show_is_seen_with_them() -> None:
    calls = []

    def softmax_wrong_every_other_time(h: Any) -> Any:
        calls.append(h)
        return softmax(h) + (len(calls) == 2)

    found = is_named(softmax_wrong_every_other_time, None)
    assert "most of all at index" in found.message


def test_what_fails_for_extreme_logits_only_is_said() -> None:
    def cross_entropy(h: Any, y: Any) -> float:
        return float(np.mean([math.log(sum(map(math.exp, r))) - r[k] for r, k in zip(h, y)]))  # noqa: B905

    found = is_named(cross_entropy, None)
    assert "not for logits such as (0, 800, 9). Your cross-entropy raises Overflow" in found.message
    assert found.page == "cross-entropy-stable"

    def steep(h: Any) -> Any:
        return softmax(np.where(h > 100, 0, h))

    found = is_named(steep, None)
    assert "not for logits such as (0, 800, 9). Your softmax differs" in found.message
    assert found.page == "softmax-stable"


# Functions that do not do what functions should


def fails(error: BaseException) -> Function:
    """A function that raises this."""

    def softmax(h: Any) -> Any:
        raise error

    return softmax


def test_an_error_of_the_function_is_reported() -> None:
    message = is_named(fails(ValueError("no\n  good")), None).message
    assert message == "Your softmax raises ValueError: no good."
    assert is_named(fails(TypeError("bad")), None).message == "Your softmax raises TypeError: bad."


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_not_an_error_of_the_function(error: type[BaseException]) -> None:
    with pytest.raises(error):
        diagnose(fails(error()))


def test_an_error_of_a_torch_function_is_that_which_tensors_raise() -> None:
    def softmax(h: Any) -> Any:
        return torch.exp(h) @ torch.ones(2, dtype=torch.float64)

    assert "raises RuntimeError: size mismatch" in is_named(softmax, None).message


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda h: {}, "Your softmax returns {}: fill in its body, and return the result."),
        (lambda h: "p", "Your softmax gives a result that cannot be read, TypeError: numbers are"),
        (lambda h: [[1.0], [1.0, 2.0]], "Your softmax gives a result that cannot be read, Value"),
    ],
)
def test_what_is_no_result_is_said(function: Function, message: str) -> None:
    assert is_named(function, None, "softmax").message.startswith(message)


def raises_not_implemented(h: Any) -> Any:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("function", "does"),
    [
        (lambda h: None, "returns None"),
        (lambda h: ..., "returns Ellipsis"),
        (raises_not_implemented, "raises NotImplementedError"),
    ],
)
def test_an_empty_function_is_told_to_be_filled_in(function: Function, does: str) -> None:
    message = f"Your softmax {does}: fill in its body, and return the result."
    found = is_named(function, None, "softmax")
    assert (found.message, found.page) == (message, "softmax")


def test_an_empty_function_of_several_results_is_told_to_be_filled_in() -> None:
    def gradient(X: Any, y: Any, W: Any, b: Any) -> Any:
        return None, None

    assert "returns (None, None): fill in its body" in is_named(gradient, None).message


def test_a_function_of_other_arguments_is_told_which_are_expected() -> None:
    def f(a: Any, b: Any, c: Any, d: Any, e: Any, g: Any) -> None: ...

    message = is_named(f, None).message
    assert message == "Your function takes a b c d e g, but nothing here does."
    message = is_named(lambda h, y: h, None, "softmax").message
    assert message == "Your function takes h y, but a softmax takes h."


def test_a_parameter_may_have_a_name_that_belongs_to_something_else() -> None:
    assert diagnose(lambda W: softmax(W), "softmax").ok


def test_a_function_that_changes_its_arguments_is_caught() -> None:
    def grad(p: Any, y: Any) -> Any:
        p[np.arange(len(y)), y] -= 1
        return p / len(y)

    found = is_named(grad, None)
    assert found.message.startswith(
        "Your gradient with respect to the logits gives the right values. "
        "It changes the caller's p."
    )

    def step(theta: Any, grad: Any, eta: Any) -> None:
        theta -= eta * grad

    message = is_named(step, None).message
    assert message == "Your step returns nothing, and changes the caller's theta."

    def naive(h: Any) -> Any:
        h += 1
        return by_name("softmax-of-negative-scores").function(h)

    found = is_named(naive, "softmax-of-negative-scores")
    assert "It changes the caller's h." in found.message


def test_a_change_of_an_argument_does_not_reach_the_next_call() -> None:
    def softmax_that_spoils_its_input(h: Any) -> Any:
        p = softmax(h)
        h[:] = np.nan
        return p

    found = is_named(softmax_that_spoils_its_input, "softmax-in-place")
    assert "gives the right values" in found.message


# Inputs


def seen(generator: np.random.Generator | None) -> list[Array]:
    """The inputs that a function is given."""
    inputs: list[Array] = []

    def gradient(X: Any, y: Any, W: Any, b: Any) -> Any:
        inputs.append(X)
        inputs.append(W)
        return numpy_gradient(X, y, W, b)

    assert diagnose(gradient, rng=generator).ok
    return inputs


def test_inputs_are_fresh_in_each_call_or_come_from_the_generator() -> None:
    first, second = seen(None), seen(None)
    assert first[0].shape != second[0].shape or not np.array_equal(first[0], second[0])
    again = zip(seen(rng(7)), seen(rng(7)), strict=True)
    assert all(np.array_equal(a, b) for a, b in again)


def test_sizes_differ_within_a_problem_and_between_the_two() -> None:
    for seed in range(20):
        X, W, X2, W2 = seen(rng(seed))[:4]
        assert len({*X.shape, W.shape[1], *X2.shape, W2.shape[1]}) == 6


def test_torch_is_not_loaded_for_a_function_that_does_without() -> None:
    code = """if True:
        import sys
        from logreg_book import diagnose, softmax
        assert diagnose(softmax).ok
        assert not diagnose(lambda h: h.no_such_method()).ok
        assert "torch" not in sys.modules
    """
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_lists_are_tried_where_there_is_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert diagnose(list_softmax).ok
    assert "raises AttributeError" in diagnose(lambda h: h.softmax(1)).message


def test_wrong_arguments_are_rejected() -> None:
    refuses(diagnose, "function must be callable, got 3", 3, error=TypeError)
    message = "kind must be one of step, softmax_jacobian, gradient, grad_logits, cross_entropy, "
    refuses(diagnose, message + "softmax, got 'hessian'", softmax, "hessian")
    message = "rng must be a numpy.random.Generator, got 1"
    refuses(diagnose, message, softmax, rng=1, error=TypeError)
