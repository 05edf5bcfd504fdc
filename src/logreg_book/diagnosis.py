"""What is wrong with a function: its results beside the right ones and those of `MISTAKES`."""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np

from logreg_book._check import check_callable, check_rng
from logreg_book._types import Array
from logreg_book.losses import cross_entropy, grad_logits, one_hot
from logreg_book.mistakes import MISTAKES, Mistake
from logreg_book.model import grad_parameters, loss_and_gradients
from logreg_book.probability import softmax, softmax_jacobian

__all__ = ["Diagnosis", "diagnose"]

_Function = Callable[..., Any]
_Problem = dict[str, Any]
_Form = tuple[str, ...]

_SAME = 1e-6  # how far a result may be from a mistake's, relative to the largest entry
_RIGHT = 1e-5  # how far it may be from the right one: float32 is accurate enough


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What `diagnose` found.  Printed, it is its message.

    Parameters
    ----------
    ok : bool
        Whether the function is right.
    message : str
        What is wrong, where that shows, and which page to read.
    mistake : Mistake or None
        The cause, if it is one of `MISTAKES`.
    page : str or None
        Label of the section to read, if the function is wrong.

    Examples
    --------
    >>> Diagnosis(ok=True, message="Your softmax is right.")
    Your softmax is right.
    """

    ok: bool
    message: str
    mistake: Mistake | None = None
    page: str | None = None

    def __repr__(self) -> str:
        return self.message


class _Kind(NamedTuple):
    """What a function can be, how it may be called, and what is right."""

    title: str
    parts: str  # of the result
    page: str
    right: _Function
    forms: str  # arguments; the first form is that of MISTAKES and of the right answer


class _Run(NamedTuple):
    """What came of one call."""

    parts: dict[str, Array]
    changed: _Form = ()  # arguments that are no longer what they were
    failure: str = ""


def _step(gradient: _Function) -> _Function:
    """One step of SGD with these gradients."""

    def step(X: Array, y: Array, W: Array, b: Array, eta: float) -> tuple[Array, Array]:
        *_, dW, db = gradient(X, y, W, b)
        return W - eta * dW, b - eta * db

    return step


def _loss_and_dh(p: Array, y: Array) -> tuple[float, Array]:
    """What a loss and its gradient become if these are the probabilities."""
    log_p = np.log(p[np.arange(len(y)), y])
    return -np.mean(log_p), (p - one_hot(y, p.shape[1])) / len(y)


_KINDS = {
    "step": _Kind(
        "step",
        "W b",
        "gradient-step",
        _step(loss_and_gradients),
        "X y W b eta, X Y W b eta, X y w c eta, W dW eta, W b dW db eta, w c dw dc eta",
    ),
    "softmax_jacobian": _Kind(
        "softmax Jacobian", "J", "softmax-jacobian", softmax_jacobian, "row, p_row"
    ),
    "gradient": _Kind(
        "gradient", "dW db", "gradient", loss_and_gradients, "X y W b, X Y W b, X y w c"
    ),
    "grad_logits": _Kind(
        "gradient with respect to the logits",
        "dh",
        "gradient-with-respect-to",
        grad_logits,
        "h y, h Y, p y, p Y, z y, s y",
    ),
    "cross_entropy": _Kind(
        "cross-entropy",
        "loss",
        "cross-entropy",
        cross_entropy,
        "h y, h Y, p y, p Y, z y, s y, X y W b, X Y W b, X y w c",
    ),
    "softmax": _Kind("softmax", "p", "softmax", softmax, "h"),
}
_WORDS = {
    "step|sgd|update": ("step",),
    "jacob": ("softmax_jacobian",),
    "grad|backward": ("gradient", "grad_logits", "softmax_jacobian"),
    "entropy|loss|nll": ("cross_entropy",),
    "softmax": ("softmax",),
}
# The arguments of a form are keys of a problem; lower-case letters stand for the binary model,
# with scores z, probabilities s of class 1, and parameters w and c.
_NAMES = {
    "X": "X x inputs input features data",
    "h row z": "h H logits logit scores x z Z s a o input row",
    "p p_row s": "p P probs prob probabilities proba y_hat y_pred q",
    "y": "y Y labels label targets target t y_true",
    "Y": "Y y T labels targets target y_true onehot one_hot y_onehot Y_onehot",
    "W w": "W w weights weight theta params parameters",
    "b c": "b bias biases",
    "dW dw": "dW dw grad g gradient grads grad_W grad_w dtheta",
    "db dc": "db grad_b",
    "eta": "eta lr alpha learning_rate step_size rate",
}
_ROLES = {role: names.split() for roles, names in _NAMES.items() for role in roles.split()}
# A function may be right but for what it calls: what becomes of the inner function's mistakes.
_INSIDE: tuple[tuple[str, str, Callable[[_Function], _Function]], ...] = (
    ("cross_entropy", "softmax", lambda f: lambda h, y: _loss_and_dh(f(h), y)[0]),
    ("grad_logits", "softmax", lambda f: lambda h, y: _loss_and_dh(f(h), y)[1]),
    (
        "gradient",
        "grad_logits",
        lambda f: lambda X, y, W, b: _chain(X, None, f(X @ W + b, y)),
    ),
    (
        "gradient",
        "cross_entropy",
        lambda f: lambda X, y, W, b: (f(X @ W + b, y), *loss_and_gradients(X, y, W, b)[1:]),
    ),
    (
        "gradient",
        "softmax",
        lambda f: lambda X, y, W, b: _chain(X, *_loss_and_dh(f(X @ W + b), y)),
    ),
    ("step", "gradient", _step),
)


def _chain(X: Array, loss: float | None, dh: Array) -> tuple[Any, ...]:
    """Gradients with respect to the parameters, after the loss if there is one."""
    gradients = X.T @ dh, dh.sum(axis=0)
    return gradients if loss is None else (loss, *gradients)


def _known(kind: str) -> Iterator[tuple[Mistake, _Function]]:
    """The mistakes that a function of this kind can have, its own first."""
    yield from ((mistake, mistake.function) for mistake in MISTAKES if mistake.kind == kind)
    for outer, inner, lift in _INSIDE:
        if outer == kind:
            yield from ((mistake, lift(function)) for mistake, function in _known(inner))


# Problems


def _problem(X: Array, y: Array, W: Array, b: Array, eta: float = 0.5) -> _Problem:
    """All that a function can be given."""
    h = X @ W + b
    p, dh = softmax(h), grad_logits(h, y)
    dW, db = grad_parameters(X, dh)
    of_all = {"X": X, "y": y, "Y": one_hot(y, len(b)), "W": W, "b": b, "eta": np.float64(eta)}
    of_logits = {"h": h, "p": p, "dW": dW, "db": db, "row": h[0], "p_row": p[0]}
    binary = {"z": h, "s": p, "w": W, "c": b, "dw": dW, "dc": db}
    return of_all | of_logits | {name: a[..., 1] for name, a in binary.items()}


def _ordinary(rng: np.random.Generator, B: int, d: int, K: int, *, binary: bool) -> _Problem:
    """A random problem of this size."""
    K = 2 if binary else K
    W, b = rng.standard_normal((d, K)), rng.standard_normal(K)
    if binary:
        W[:, 0] = b[0] = 0
    X, y = rng.standard_normal((B, d)), rng.integers(K, size=B)
    return _problem(X, y, W, b, rng.uniform(0.1, 0.9))


def _extremes(*, binary: bool) -> Iterator[_Problem]:
    """Two examples whose logits are the first two rows of W."""
    rows = [([0, -46], 1), ([0, -27], 1), ([0, 800], 0), ([0, 800], 1), ([0, -800], 1)]
    if not binary:
        rows = [
            ([0, 46, 1], 0),
            ([0, 27, 1], 0),
            ([0, 800, 1], 0),
            ([0, 800, 1], 1),
            ([-800, -800, -801], 0),
            ([1e16, 1e16, 0], 0),
            ([[0, 1, 2], [-900, -901, -902]], 1),
        ]
    for row, label in rows:
        W = np.zeros((3, len(rows[0][0])))
        W[:2] = row
        yield _problem(np.eye(2, 3), np.full(2, label), W, np.zeros(len(W[0])))


# Calls


def _parameters(function: _Function) -> _Form:
    """Names of what must be given; "" for a positional one, () if Python cannot tell."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(
        "" if p.kind is p.POSITIONAL_ONLY else p.name
        for p in parameters
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        and (p.default is p.empty or p.name in _ROLES["eta"])
    )


def _forms(kind: str, names: _Form) -> Iterator[_Form]:
    """Ways to call a function of this kind that agree with the names of its parameters."""
    known = [name for name in names if any(name in role for role in _ROLES.values())]
    for form in (tuple(form.split()) for form in _KINDS[kind].forms.split(", ")):
        # Names that tell nothing leave the usual order.
        for roles in permutations(form) if len(known) == len(form) else [form]:
            if not names or (
                len(names) == len(roles)
                and all(n not in known or n in _ROLES[r] for n, r in zip(names, roles, strict=True))
            ):
                yield roles


def _inputs() -> Iterator[Callable[[Any], Any]]:
    """Ways to hand over a copy of an array: as array, as tensor if torch is loaded, as list."""
    yield lambda a: a.copy() if a.ndim else a.item()
    if torch := sys.modules.get("torch"):
        yield lambda a: torch.tensor(a) if a.ndim else a.item()
    yield lambda a: a.tolist()


def _array(value: Any) -> Array:
    """A result as float64; tensors with a graph, and lists of them, may be results."""
    if isinstance(value, list | tuple):
        value = [_array(item) for item in value]
    a = np.asarray(value.detach() if hasattr(value, "detach") else value)
    if a.dtype.kind not in "biuf":
        raise TypeError(f"the result must hold numbers, got {type(value).__name__}")
    return a.astype(np.float64)


def _read(value: Any, kind: str, form: _Form, problem: _Problem) -> dict[str, Array]:
    """The parts of a result, in whatever way it holds them."""
    names = ["W"] if kind == "step" and len(form) == 3 else _KINDS[kind].parts.split()
    if value is None:
        raise TypeError("a result is missing")
    if isinstance(value, Mapping):
        keys = {str(key).lower(): _array(item) for key, item in value.items()}
        parts = {"loss" if "loss" in n else names["w" not in n]: a for n, a in keys.items()}
        return {n: a for n, a in parts.items() if n in names or kind == "gradient"}
    if isinstance(value, tuple) or (isinstance(value, list) and len(value) <= len(names) + 1 == 3):
        arrays = [_array(item) for item in value if item is not None]
        if len(names) == 1:  # with a loss before it or a state after it
            return {names[0]: arrays[-1 if kind == "grad_logits" else 0]}
        loss = [arrays.pop(0 if arrays[0].ndim == 0 else 2)] if len(arrays) == 3 else []
        arrays.sort(key=lambda a: -a.ndim)  # whichever comes first, dW has more axes than db
        return dict(zip([*names, "loss"], arrays + loss, strict=False))
    a, W = _array(value), problem["w" if _is_binary(form) else "W"]
    if len(names) == 2 and a.shape == (len(W) + 1, *W.shape[1:]):  # b is the last row
        return {names[0]: a[:-1], names[1]: a[-1]}
    return {names[0]: a}


def _ways(function: _Function, kind: str | None, names: _Form) -> list[tuple[str, _Form]]:
    """Kinds and forms that the function may have, by its name if that tells something."""
    word = getattr(function, "__name__", "").lower()
    guess = next((kinds for words, kinds in _WORDS.items() if re.search(words, word)), ())
    for kinds in [(kind,)] if kind else [guess, tuple(_KINDS)]:
        if ways := [(k, form) for k in kinds for form in _forms(k, names)]:
            return ways
    return []


def _is_binary(form: _Form) -> bool:
    return not {"z", "s", "w"}.isdisjoint(form)


def _run(
    function: _Function, kind: str, form: _Form, names: _Form, problem: _Problem, give: _Function
) -> _Run:
    """Call a function with copies, and read its result."""
    given = [give(np.asarray(problem[role])) for role in form]
    named = list(zip(names or [""] * len(form), given, strict=True))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = function(*(a for n, a in named if not n), **{n: a for n, a in named if n})
    except Exception as error:
        return _Run({}, failure=f"raises {type(error).__name__}: {_short(error)}")
    try:
        parts = _read(value, kind, form, problem)
        changed = [
            not np.array_equal(_array(a), problem[r]) for r, a in zip(form, given, strict=True)
        ]
    except Exception as error:
        return _Run({}, failure=f"returns what cannot be compared: {_short(error)}")
    labels = names or form
    return _Run(parts, tuple(n for n, c in zip(labels, changed, strict=True) if c))


def _short(error: Exception) -> str:
    """A message in one line that is not too long."""
    return " ".join(str(error).split())[:200]


def _reference(function: _Function, kind: str, form: _Form, problem: _Problem) -> _Run:
    """What a right answer or a mistake gives where the function is called in this form."""
    usual = tuple(_KINDS[kind].forms.split(", ")[0].split())
    run = _run(function, kind, usual, (), problem, next(_inputs()))
    if not _is_binary(form):
        return run
    return run._replace(parts={n: a[..., -1] if a.ndim else a for n, a in run.parts.items()})


# Comparisons


def _close(a: Array, b: Array, tolerance: float) -> bool:
    """Whether a equals b, relative to the largest entry of b; nan equals nan."""
    if a.shape != b.shape:
        return False
    finite = np.isfinite(b)
    scale = max(np.abs(b[finite]).max(initial=0), 1e-6)
    near = np.abs(a[finite] - b[finite]) <= tolerance * scale
    return bool(near.all()) and np.array_equal(a[~finite], b[~finite], equal_nan=True)


def _agree(run: _Run, other: dict[str, Array], tolerance: float) -> bool:
    """Whether all parts of a result are these."""
    parts = run.parts.items()
    return bool(parts) and all(n in other and _close(a, other[n], tolerance) for n, a in parts)


def _factor(got: Array, right: Array) -> float:
    """The number by which the right answer has to be multiplied, or nan."""
    square = np.vdot(right, right) if got.shape == right.shape else 0
    factor = float(np.vdot(got, right) / square) if square else np.nan
    return factor if _close(got, factor * right, _SAME) else np.nan


def _in_words(factors: list[float], problems: list[_Problem]) -> str:
    """What a factor means that both problems share, as a number or as a size."""
    terms = []
    for problem in problems:
        size = dict(zip("BdK", (*problem["X"].shape, len(problem["b"])), strict=True))
        pairs = list(permutations(size, 2))
        products = {f"{m} * {n}": size[m] * size[n] for m, n in pairs}
        terms.append(size | products | {f"{m}/{n}": size[m] / size[n] for m, n in pairs})
    for term, value in terms[0].items():
        for power, word in ((1, "large"), (-1, "small")):
            sizes = [term_of[term] ** power for term_of in terms]
            if sizes[0] != sizes[1] and np.allclose(factors, sizes, rtol=_RIGHT, atol=0):
                return f"is {term} = {value:.4g} times too {word}"
    if np.allclose(factors, factors[0], rtol=_RIGHT, atol=_SAME):
        if abs(factors[0]) < _SAME:
            return "is 0 everywhere"
        times = f"is {factors[0]:.4g} times the right one"
        return "has the wrong sign" if np.isclose(factors[0], -1) else times
    return ""


def _order(got: Array, right: Array) -> list[int]:
    """Which column of the right answer each column is, if all of them are there."""
    if got.shape != right.shape or not right.ndim:
        return []
    gaps = np.abs(got[..., :, np.newaxis] - right[..., np.newaxis, :])
    order = gaps.max(axis=tuple(range(right.ndim - 1))).argmin(axis=-1)
    return order.tolist() if _close(got, right[..., order], _SAME) else []


def _difference(pairs: list[tuple[Array, Array]], problems: list[_Problem]) -> str:
    """How a result differs from the right one, in both problems."""
    got, right = pairs[0]
    if got.shape != right.shape:
        turned = all(_close(a.T, b, _RIGHT) for a, b in pairs)
        more = ": it is the transpose of the right one" if turned else ""
        return f"has shape {got.shape} instead of {right.shape}{more}"
    if not np.isfinite(got).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(got))[0])
        return f"is {got[where]}" + (f" at index {where}" if where else "")
    if len(pairs) == 2:
        if words := _in_words([_factor(a, b) for a, b in pairs], problems):
            return words
        if all(order := [_order(a, b) for a, b in pairs]):
            return f"has the right columns in the wrong order, {order[0]}"
    where = tuple(int(i) for i in np.unravel_index(np.abs(got - right).argmax(), right.shape))
    at = f" most at index {where}, where it" if where else ": it"
    return f"differs{at} is {got[where]:.6g} instead of {right[where]:.6g}"


_SUBJECTS = {
    "p": "softmax",
    "J": "softmax Jacobian",
    "loss": "cross-entropy",
    "dh": "gradient with respect to the logits",
    "dW": "gradient with respect to W",
    "db": "gradient with respect to b",
    "W": "change of W",
    "b": "change of b",
}


_SUBJECTS = {
    "dW": "gradient with respect to W",
    "db": "gradient with respect to b",
    "W": "change of W",
    "b": "change of b",
}


class _Case(NamedTuple):
    """One way to call the function, what comes of it on each problem, and what is right."""

    kind: str
    form: _Form
    problems: list[_Problem]
    runs: list[_Run]
    rights: list[_Run]

    def good(self, i: int) -> bool:
        """Whether the function is right on this problem."""
        return _agree(self.runs[i], self.rights[i].parts, _RIGHT)

    def does(self, wrong: _Function) -> bool:
        """Whether the function does what this mistake does, wherever that can be seen."""
        ordinary = self.good(0) and self.good(1)
        for i in range(len(self.runs) if ordinary else 2):
            theirs = _reference(wrong, self.kind, self.form, self.problems[i])
            if not _agree(self.runs[i], self.rights[i].parts | theirs.parts, _SAME):
                return False
            if ordinary and bool(theirs.changed) != bool(self.runs[i].changed):
                return False
        return True

    def difference(self, i: int, *more: int) -> str:
        """How the first part of a result that is wrong differs from the right one."""
        old = ("w", "c") if _is_binary(self.form) else ("W", "b")
        of = {"W": old[0], "b": old[1]}
        parts = self.runs[i].parts
        name = next(n for n, a in parts.items() if not _close(a, self.rights[i].parts[n], _RIGHT))
        pairs = []
        for k in (i, *more):
            got, right = self.runs[k].parts[name], self.rights[k].parts[name]
            if name in of and got.shape == right.shape:
                got, right = got - self.problems[k][of[name]], right - self.problems[k][of[name]]
            pairs.append((got, right))
        subject = _SUBJECTS.get(name, _KINDS[self.kind].title)
        return f"Your {subject} {_difference(pairs, [self.problems[k] for k in (i, *more)])}."

    def observation(self) -> str:
        """What is wrong, whatever its cause."""
        title = _KINDS[self.kind].title
        bad = next((i for i in range(len(self.runs)) if not self.good(i)), None)
        if bad is None:
            return f"Your {title} gives the right values."
        if bad < 2:
            return self.difference(bad, 1 - bad)
        logits = ", ".join(f"{x:g}" for x in self.problems[bad]["h"][-1])
        failure = self.runs[bad].failure
        what = f"Your {title} {failure}." if failure else self.difference(bad)
        return (
            f"Ordinary numbers give the right answer, but logits such as ({logits}) do not: {what}"
        )


def _judge(case: _Case) -> tuple[int, Diagnosis]:
    """A diagnosis on the assumption that the function is to be called in this way.

    The number says how doubtful the assumption is, from 0 if the function is right, to 5.
    """
    title, page, runs = _KINDS[case.kind].title, _KINDS[case.kind].page, case.runs
    if failure := runs[0].failure or runs[1].failure:
        doubt = 5 if re.match("raises (Type|Attribute)Error", failure) else 4
        return doubt, Diagnosis(ok=False, message=f"Your {title} {failure}", page=page)
    all_good = all(case.good(i) for i in range(len(runs)))
    if all_good and not runs[0].changed:
        return 0, Diagnosis(ok=True, message=f"Your {title} is right.")
    message = case.observation()
    if runs[0].changed:
        message += f" It changes its argument {runs[0].changed[0]}, which belongs to the caller."
    for mistake, wrong in _known(case.kind):
        if case.does(wrong):
            where = "" if mistake.kind == case.kind else f" in its {_KINDS[mistake.kind].title}"
            message += f" Here is why{where}: {mistake.says} {mistake.hint}"
            message += f" Read the section {mistake.page!r}."
            return 1, Diagnosis(ok=False, message=message, mistake=mistake, page=mistake.page)
    if not all_good:
        message += " This is no mistake that we know."
    shapes = all(a.shape == case.rights[0].parts[n].shape for n, a in runs[0].parts.items())
    doubt = 1 if case.good(0) else 2 if shapes else 3
    return doubt, Diagnosis(ok=False, message=f"{message} Read the section {page!r}.", page=page)


def diagnose(
    function: _Function, kind: str | None = None, *, rng: np.random.Generator | None = None
) -> Diagnosis:
    """Say what is wrong with a softmax, a cross-entropy, a gradient or a step, or that it is right.

    Parameters
    ----------
    function : callable
        Takes and returns arrays, numbers, lists, or, if PyTorch is loaded, tensors.
    kind : str, optional
        "softmax", "softmax_jacobian", "cross_entropy", "grad_logits", "gradient" or "step";
        by default it is inferred from the names of the function and of its parameters, their
        number, and the result.
    rng : numpy.random.Generator, optional
        Draws the inputs; without it they are fresh in every call.

    Returns
    -------
    Diagnosis
        Printed, it is a message.

    Notes
    -----
    These signatures are understood, in any order if the parameters have such names, and in the
    binary model with ``z`` (scores) or ``p`` of shape (B,), ``w`` (d,) and a number ``b``:

    * softmax ``(h) -> p``, and its Jacobian ``(h) -> J`` or ``(p) -> J`` for one row;
    * cross-entropy ``(h, y)``, ``(p, y)`` or ``(X, y, W, b) -> loss``;
    * gradient ``(h, y)`` or ``(p, y) -> dh``; ``(X, y, W, b) -> (dW, db)``, before or after which
      the loss may come; ``dW`` alone, one array with ``db`` as its last row, or a dict;
    * step ``(theta, grad, eta)``, ``(W, b, dW, db, eta)`` or ``(X, y, W, b, eta)``, which returns
      the new parameters.

    Labels may be integers ``y`` or one-hot rows ``Y``.  A cause is named only if the function
    returns what that mistake returns, to 1e-6, on two random inputs of different sizes; what is
    right on both is tried with extreme logits.

    Examples
    --------
    >>> def gradient(X, y, W, b):
    ...     p = softmax(X @ W + b)
    ...     p[np.arange(len(y)), y] -= 1
    ...     return X.T @ p, p.sum(axis=0)
    >>> found = diagnose(gradient, rng=np.random.default_rng(0))
    >>> found.mistake.name
    'gradient-of-the-sum'
    >>> print(found.message[:71])
    """
    check_callable("function", function)
    if kind is not None and kind not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(_KINDS)}, got {kind!r}")
    rng = np.random.default_rng() if rng is None else check_rng("rng", rng)
    names = _parameters(function)
    ways = _ways(function, kind, names)
    if not ways:
        first = _KINDS[kind or "softmax"].forms.split(", ")[0] if kind else "other arguments"
        message = f"Your function takes ({', '.join(names)}), but it should take ({first})."
        return Diagnosis(ok=False, message=message)
    sizes = 3 + rng.permutation(6)
    models = {
        binary: [
            _ordinary(rng, *sizes[:3], binary=binary),
            _ordinary(rng, *sizes[3:], binary=binary),
            *_extremes(binary=binary),
        ]
        for binary in (False, True)
    }
    found = []
    for give in _inputs():
        for kind, form in ways:
            problems = models[_is_binary(form)]
            if not {"p", "s", "p_row"}.isdisjoint(form):  # p = 0 has no finite loss
                problems = [problem for problem in problems if (problem["p"] > 0).all()]
            runs = [_run(function, kind, form, names, problem, give) for problem in problems]
            rights = [_reference(_KINDS[kind].right, kind, form, problem) for problem in problems]
            found.append(_judge(_Case(kind, form, problems, runs, rights)))
            if not found[-1][0]:
                break
        if min(doubt for doubt, _ in found) < 4:  # otherwise it may want tensors or lists
            break
    return min(found, key=lambda pair: pair[0])[1]
