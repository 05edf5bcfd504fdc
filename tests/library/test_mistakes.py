"""Each mistake is one: an independent reference rejects it, and accepts the right answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from tests.strategies import Array, loss_by_torch
from torch.nn import functional

import logreg_book
from logreg_book import MISTAKES, Mistake, check_gradient, finite_difference, mistakes

Answer = Callable[..., Any]

KINDS = {"softmax", "softmax_jacobian", "cross_entropy", "grad_logits", "gradient", "step"}
DOCS = Path(logreg_book.__file__).parents[2] / "docs"
PAGES = {  # labels of sections
    label
    for page in DOCS.glob("*/*.md")
    for label in re.findall(r"^\(([\w-]+)\)=$", page.read_text("utf-8"), re.MULTILINE)
}
# Right for ordinary numbers: logits and label at which the mistake shows.
EXTREME: dict[str, tuple[Any, int]] = {
    "softmax-naive": ([0, 800, 1], 0),
    "softmax-shifted-by-one-maximum": ([[0, 1, 2], [-900, -901, -902]], 0),
    "cross-entropy-log-of-zero": ([0, 800, 1], 0),
    "cross-entropy-eps-inside": ([46, 0, 1], 1),
    "cross-entropy-of-clipped-probabilities": ([46, 0, 1], 1),
    "cross-entropy-of-clipped-scores": ([0, 800, 1], 0),
    "cross-entropy-naive": ([0, 800, 1], 0),
    "cross-entropy-shift-added-back": ([1e16, 1e16, 0], 0),
}
IN_PLACE = "softmax-in-place"  # shows in the argument, not in the result
TOLERANCE = {np.float32: 1e-4, np.float64: 1e-9}  # relative to the largest entry

each_mistake = pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.name)
each_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def arguments(kind: str, seed: int, dtype: Any = np.float64) -> tuple[Any, ...]:
    """Random arguments of a function of this kind, with B, d and K all different."""
    rng = np.random.default_rng(seed)
    B, d, K = rng.permutation(np.arange(3, 9))[:3]
    X, W, b = (rng.standard_normal(s).astype(dtype) for s in ((B, d), (d, K), K))
    y = rng.integers(K, size=B)
    h = X @ W + b
    return {
        "softmax": (h,),
        "softmax_jacobian": (h[0],),
        "cross_entropy": (h, y),
        "grad_logits": (h, y),
        "gradient": (X, y, W, b),
        "step": (X, y, W, b, dtype(0.3)),
    }[kind]


def reference(kind: str, *given: Any) -> tuple[Array, ...]:
    """The right answer: torch for values, autograd for derivatives."""
    first, *rest = (torch.tensor(np.asarray(a)) for a in given)
    if kind == "softmax":
        return (torch.softmax(first, -1).numpy(),)
    if kind == "softmax_jacobian":
        J = torch.autograd.functional.jacobian(lambda h: torch.softmax(h, -1), first)
        return (np.asarray(J),)
    if kind == "cross_entropy":
        return (functional.cross_entropy(first, rest[0]).numpy(),)
    if kind == "grad_logits":
        first.requires_grad_()
        (dh,) = torch.autograd.grad(functional.cross_entropy(first, rest[0]), first)
        return (dh.numpy(),)
    _, dW, db = loss_by_torch(*given[:4])
    if kind == "gradient":
        return dW, db
    return given[2] - given[4] * dW, given[3] - given[4] * db


def parts(result: Any) -> list[Array]:
    """A result as a list of arrays."""
    return [np.array(a) for a in (result if isinstance(result, tuple) else (result,))]


def accepts(kind: str, answer: Answer, given: tuple[Any, ...], tolerance: float) -> bool:
    """Whether an answer agrees with the reference, computed in float64."""
    exact = [np.array(a, np.float64 if np.asarray(a).dtype.kind == "f" else None) for a in given]
    with np.errstate(all="ignore"):
        found = parts(answer(*given))
    for a, right in zip(found, reference(kind, *exact), strict=True):
        near = a.shape == right.shape and np.abs(a - right) <= tolerance * np.abs(right).max()
        if not np.all(near):
            return False
    return True


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    names = [mistake.name for mistake in MISTAKES]
    assert len(set(names)) == len(names) >= 28
    assert [repr(mistake) for mistake in MISTAKES] == [f"<mistake {name}>" for name in names]
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", name) for name in names)
    assert {mistake.kind for mistake in MISTAKES} == KINDS
    assert {mistake.page for mistake in MISTAKES} <= PAGES


def test_the_museum_shows_each_kind_once() -> None:
    page = (DOCS / "by_hand/gradient_checking.md").read_text("utf-8")
    shown = re.findall(r"^```\{museum\} (.+)$", page, re.MULTILINE)
    assert sorted(" ".join(shown).split()) == sorted(KINDS)


@each_mistake
def test_it_says_in_a_sentence_each_what_it_is_how_it_shows_and_what_to_think_about(
    mistake: Mistake,
) -> None:
    assert re.fullmatch(r"[A-Z][^.?]*\.", re.sub(r"\d\.\d| \.\. ", "", mistake.says))
    assert re.fullmatch(r"([A-Z]|d[Wb]).*\.", mistake.symptom)
    assert re.fullmatch(r"\S.*[.?]", mistake.hint)
    assert "\n" not in mistake.says + mistake.symptom + mistake.hint


@each_mistake
def test_the_code_shown_is_the_code_that_runs(mistake: Mistake) -> None:
    assert mistake.code.startswith(f"def {mistake.function.__name__}(")
    shown: dict[str, Any] = dict(vars(mistakes))
    exec(mistake.code, shown)  # noqa: S102
    for seed in (1, 2):
        given = arguments(mistake.kind, seed)
        again = arguments(mistake.kind, seed)
        ours, theirs = mistake.function(*given), shown[mistake.function.__name__](*again)
        for a, b in zip(parts(ours), parts(theirs), strict=True):
            np.testing.assert_array_equal(a, b)


@each_mistake
def test_the_body_is_short(mistake: Mistake) -> None:
    assert len(mistake.code.splitlines()) <= 10


@each_mistake
@each_dtype
def test_each_is_rejected_where_it_shows(mistake: Mistake, dtype: Any) -> None:
    tolerance = TOLERANCE[dtype]
    for seed in range(5):
        given = arguments(mistake.kind, seed, dtype)
        ordinary = accepts(mistake.kind, mistake.function, given, tolerance)
        assert ordinary == (mistake.name in {*EXTREME, IN_PLACE})
    if mistake.name in EXTREME:
        logits, label = EXTREME[mistake.name]
        h = np.zeros((2, 3), dtype)
        h[:] = logits
        given = (h, np.full(2, label)) if mistake.kind == "cross_entropy" else (h,)
        assert not accepts(mistake.kind, mistake.function, given, tolerance)


def test_the_one_that_works_in_place_gives_the_right_answer_and_changes_its_argument() -> None:
    (mistake,) = (m for m in MISTAKES if m.name == IN_PLACE)
    (h,) = arguments("softmax", 0)
    before = h.copy()
    assert_allclose(mistake.function(h), logreg_book.softmax(before))
    assert not np.array_equal(h, before)


@each_mistake
def test_no_other_one_changes_its_arguments(mistake: Mistake) -> None:
    given = arguments(mistake.kind, 3)
    before = [np.array(a) for a in given]
    mistake.function(*given)
    unchanged = all(np.array_equal(a, b) for a, b in zip(given, before, strict=True))
    assert unchanged == (mistake.name != IN_PLACE)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_two_are_the_same(kind: str) -> None:
    those = [m for m in MISTAKES if m.kind == kind]
    problems = [arguments(kind, seed) for seed in (0, 1)]
    if kind in ("softmax", "cross_entropy"):
        for logits, label in [*EXTREME.values(), ([27, 0, 1], 1), ([0, 800, 1], 1)]:
            h = np.zeros((2, 3))
            h[:] = logits
            problems.append((h, np.full(2, label))[: 1 + (kind == "cross_entropy")])

    def results(mistake: Mistake) -> list[Array]:
        found: list[Array] = []
        for given in problems:
            copies = tuple(np.array(a) for a in given)
            with np.errstate(all="ignore"):
                found += parts(mistake.function(*copies))
            found += copies  # a mistake may be to change them
        return found

    outcomes = {mistake.name: results(mistake) for mistake in those}
    for one, other in combinations(outcomes, 2):
        pairs = zip(outcomes[one], outcomes[other], strict=True)
        same = [a.shape == b.shape and np.allclose(a, b, 1e-6, 0, equal_nan=True) for a, b in pairs]
        assert not all(same), (one, other)


# The right answers


def torch_gradient(X: Any, y: Any, W: Any, b: Any) -> tuple[Any, Any]:
    """By hand, in torch."""
    dh = torch.softmax(torch.as_tensor(X) @ W + b, 1)
    dh[torch.arange(len(y)), y] -= 1
    return (torch.as_tensor(X).T @ dh / len(y)).numpy(), dh.mean(0).numpy()


RIGHT: list[tuple[str, Answer]] = [
    ("softmax", logreg_book.softmax),
    ("softmax", lambda h: torch.softmax(torch.tensor(h), 1).numpy()),
    ("softmax_jacobian", logreg_book.softmax_jacobian),
    ("cross_entropy", logreg_book.cross_entropy),
    (
        "cross_entropy",
        lambda h, y: functional.cross_entropy(torch.tensor(h), torch.tensor(y)).item(),
    ),
    ("grad_logits", logreg_book.grad_logits),
    ("gradient", lambda *given: logreg_book.loss_and_gradients(*given)[1:]),
    ("gradient", lambda X, y, W, b: torch_gradient(X, *map(torch.tensor, (y, W, b)))),
    (
        "step",
        lambda X, y, W, b, eta: tuple(
            theta - eta * grad
            for theta, grad in zip(
                (W, b), logreg_book.loss_and_gradients(X, y, W, b)[1:], strict=True
            )
        ),
    ),
]


@each_dtype
@pytest.mark.parametrize(("kind", "answer"), RIGHT)
def test_right_answers_are_accepted(kind: str, answer: Answer, dtype: Any) -> None:
    for seed in range(5):
        assert accepts(kind, answer, arguments(kind, seed, dtype), TOLERANCE[dtype])


# Finite differences as a second reference


@pytest.mark.parametrize(
    "mistake",
    [m for m in MISTAKES if m.kind in ("softmax_jacobian", "grad_logits", "gradient")],
    ids=lambda m: m.name,
)
def test_a_gradient_check_rejects_what_is_wrong_with_a_derivative(mistake: Mistake) -> None:
    given = arguments(mistake.kind, 4)
    checks: list[tuple[Answer, Any, Any]]
    if mistake.kind == "softmax_jacobian":
        checks = [(logreg_book.softmax, mistake.function(*given), given[0])]
    elif mistake.kind == "grad_logits":
        h, y = given
        checks = [(lambda x: logreg_book.cross_entropy(x, y), mistake.function(h, y), h)]
    else:
        X, y, W, b = given
        dW, db = mistake.function(X, y, W, b)
        checks = [
            (lambda x: logreg_book.batch_loss(X, y, x, b), dW, W),
            (lambda x: logreg_book.batch_loss(X, y, W, x), db, b),
        ]
    rejected = 0
    for f, grad, x in checks:
        try:
            check_gradient(f, grad, x)
        except (AssertionError, ValueError):  # a ValueError speaks of the shape
            rejected += 1
    assert rejected


# What the symptoms claim in numbers


def by_name(name: str) -> Answer:
    """A mistake's function."""
    return next(mistake.function for mistake in MISTAKES if mistake.name == name)


def test_losses_at_zero_weights_are_those_that_the_symptoms_tell() -> None:
    for B, K in ((5, 3), (4, 10)):
        h, y = np.zeros((B, K)), np.arange(B) % K
        assert_allclose(by_name("cross-entropy-is-a-sum")(h, y), B * np.log(K))
        averaged = by_name("cross-entropy-averaged-over-classes")(h, y)
        assert_allclose(averaged, np.log(K) / K)
    assert_allclose(by_name("cross-entropy-in-bits")(np.zeros((3, 2)), [0, 1, 1]), 1)
    each = by_name("cross-entropy-of-each-class")(np.zeros((2, 3)), np.array([0, 1]))
    assert round(each, 2) == 1.91


def test_losses_at_extreme_logits_are_those_that_the_symptoms_tell() -> None:
    h, y = np.array([[0.0, 800.0]]), np.array([0])
    assert round(by_name("cross-entropy-eps-inside")(h, y), 1) == 27.6
    assert round(by_name("cross-entropy-of-clipped-probabilities")(h, y), 1) == 27.6
    assert by_name("cross-entropy-of-clipped-scores")(h, y) == 500
    with np.errstate(divide="ignore"):
        assert by_name("cross-entropy-log-of-zero")(h, y) == np.inf
    assert by_name("squared-error-of-probabilities")(h, y) == 2
    flat = finite_difference(lambda x: by_name("cross-entropy-eps-inside")(x, y), h)
    assert_allclose(flat, 0, atol=1e-9)
    equal = np.full((1, 2), 1e16)
    assert by_name("cross-entropy-shift-added-back")(equal, y) == 0


def test_the_exponentials_overflow_at_the_score_that_the_symptoms_tell() -> None:
    below, above, y = np.array([[709.0, 0.0]]), np.array([[710.0, 0.0]]), np.array([1])
    assert_allclose(by_name("softmax-naive")(below), logreg_book.softmax(below))
    assert_allclose(by_name("cross-entropy-naive")(below, y), 709)
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan(by_name("softmax-naive")(above)).any()
        assert by_name("cross-entropy-naive")(above, y) == np.inf


def test_labels_as_numbers_show_as_the_symptom_tells() -> None:
    wrong = by_name("gradient-with-labels-as-numbers")
    three = wrong(np.zeros((2, 3)), np.array([0, 2]))
    assert three.min() < -1 / 2
    two = wrong(np.zeros((2, 2)), np.array([0, 1]))
    assert two.min() >= -1 / 2
    assert (abs(two.sum(axis=1)) > 0.1).all()


def test_without_a_step_of_the_biases_the_boundary_stays_at_the_origin() -> None:
    X, y, W, b, eta = arguments("step", 6)
    W, b = by_name("step-of-weights-only")(X, y, W, np.zeros_like(b), eta)
    assert (b == 0).all()


def test_row_sums_are_those_that_the_symptoms_tell() -> None:
    h, y = arguments("grad_logits", 5)
    B = len(y)
    assert_allclose(by_name("softmax-over-the-whole-array")(h).sum(), 1)
    assert_allclose(by_name("softmax-over-examples")(h).sum(axis=0), 1)
    assert (by_name("softmax-over-examples")(h[:1]) == 1).all()
    assert_allclose(by_name("gradient-of-the-maximum-counted-once")(h, y).sum(axis=1), 1 / B)
    p_minus_Y = by_name("gradient-without-the-denominator")(h, y)
    assert (np.count_nonzero(p_minus_Y, axis=1) == 1).all()
    J = by_name("jacobian-with-constant-sum")(h[0])
    assert_allclose(J.sum(axis=1), logreg_book.softmax(h[0]))
    assert (by_name("jacobian-of-one-case")(h[0]) > 0).all()


def test_a_bias_gradient_summed_over_the_classes_is_zero() -> None:
    given = arguments("gradient", 6)
    assert_allclose(by_name("gradient-of-biases-over-all")(*given)[1], 0, atol=1e-15)
    assert_allclose(by_name("gradient-of-biases-over-classes")(*given)[1], 0, atol=1e-15)


@pytest.mark.parametrize("seed", range(50))
def test_symptoms_show_in_any_batch_of_which_they_speak(seed: int) -> None:
    h, y = arguments("grad_logits", seed)
    B = len(y)
    assert (by_name("softmax-over-the-whole-array")(h).sum(axis=1) < 1).all()
    shares = by_name("softmax-without-exponential")(h)
    assert_allclose(shares.sum(axis=1), 1)
    mixed = h.min(axis=1) * h.max(axis=1) < 0
    assert (shares[mixed].min(axis=1) < 0).all()
    J = by_name("jacobian-of-one-case")(h[0])
    assert not np.allclose(J, J.T)
    equal = by_name("jacobian-of-one-case")(np.zeros(3))
    assert_allclose(equal, equal.T)
    numbers = by_name("gradient-with-labels-as-numbers")(h, y)
    assert (abs(numbers.sum(axis=1)) > 0.9 / B).all()
    assert (numbers[y >= 2] < -1 / B).all()
    columns = by_name("gradient-subtracts-whole-columns")(h, y)
    assert (columns.sum(axis=1) < -1e-9).all() == (len({*y.tolist()}) > 1)
