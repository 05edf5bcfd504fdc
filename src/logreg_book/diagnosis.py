"""What is wrong with a function: its results beside the right ones and those of ``MISTAKES``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from logreg_book._calls import (
    Form,
    Function,
    Problem,
    Run,
    fitting,
    inputs,
    is_binary,
    parameters,
    run,
)
from logreg_book._check import check_callable, check_rng
from logreg_book._differences import RIGHT, SAME, agree, close, difference
from logreg_book._types import Array
from logreg_book.losses import cross_entropy, grad_logits, one_hot
from logreg_book.mistakes import MISTAKES, Mistake
from logreg_book.model import grad_parameters, loss_and_gradients
from logreg_book.probability import softmax, softmax_jacobian

__all__ = ["Diagnosis", "diagnose"]


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
        The cause, if it is one of ``MISTAKES``.
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
    """What a function can be: what is right, how it may be called, what it returns."""

    title: str
    page: str
    right: Function
    parts: str
    forms: str  # the first is that of MISTAKES and of the right answer


def _step(gradient: Function) -> Function:
    """One step of SGD with these gradients."""

    def step(X: Array, y: Array, W: Array, b: Array, eta: float) -> tuple[Array, Array]:
        *_, dW, db = gradient(X, y, W, b)
        return W - eta * dW, b - eta * db

    return step


def _loss_and_dh(p: Array, y: Array) -> tuple[float, Array]:
    """What becomes of the loss and of its gradient if these are the probabilities."""
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    return float(loss), (p - one_hot(y, p.shape[1])) / len(y)


def _chain(X: Array, *loss_and_dh: Any) -> tuple[Any, ...]:
    """What follows of the gradient with respect to the logits, after the loss if it is given."""
    *loss, dh = loss_and_dh
    return *loss, X.T @ dh, dh.sum(axis=0)


_KINDS = {
    "step": _Kind(
        "step",
        "gradient-step",
        _step(loss_and_gradients),
        "W b",
        "X y W b eta, X Y W b eta, X y w c eta, W dW eta, W b dW db eta, w c dw dc eta",
    ),
    "softmax_jacobian": _Kind(
        "softmax Jacobian", "softmax-jacobian", softmax_jacobian, "J", "row, p_row"
    ),
    "gradient": _Kind(
        "gradient",
        "gradient",
        loss_and_gradients,
        "dW db loss",
        "X y W b, X Y W b, X y w c, X dh",
    ),
    "grad_logits": _Kind(
        "gradient with respect to the logits",
        "gradient-with-respect-to",
        grad_logits,
        "dh",
        "h y, h Y, p y, p Y, z y, s y",
    ),
    "cross_entropy": _Kind(
        "cross-entropy",
        "cross-entropy",
        cross_entropy,
        "loss",
        "h y, h Y, p y, p Y, z y, s y, X y W b, X Y W b, X y w c",
    ),
    "softmax": _Kind("softmax", "softmax", softmax, "p", "h"),
}
_WORDS = {  # in a function's name
    "step|sgd|update": ("step",),
    "jacob": ("softmax_jacobian",),
    "grad|backward": ("gradient", "grad_logits", "softmax_jacobian"),
    "entropy|loss|nll": ("cross_entropy",),
    "softmax": ("softmax",),
}
# A function may be right but for what it calls: what becomes of the mistakes of the inner one.
_INSIDE: list[tuple[str, str, Callable[[Function], Function]]] = [
    ("cross_entropy", "softmax", lambda f: lambda h, y: _loss_and_dh(f(h), y)[0]),
    ("grad_logits", "softmax", lambda f: lambda h, y: _loss_and_dh(f(h), y)[1]),
    ("gradient", "grad_logits", lambda f: lambda X, y, W, b: _chain(X, f(X @ W + b, y))),
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
]


def _known(kind: str) -> Iterator[tuple[Mistake, Function]]:
    """The mistakes that a function of this kind can have, its own first."""
    for mistake in MISTAKES:
        if mistake.kind == kind:
            yield mistake, mistake.function
            yield from ((mistake, partial(mistake.function, **o)) for o in mistake.variants)
    for outer, inner, put_inside in _INSIDE:
        if outer == kind:
            yield from ((mistake, put_inside(wrong)) for mistake, wrong in _known(inner))


def _ways(function: Function, kind: str | None, names: Form) -> list[tuple[str, Form]]:
    """Kinds and forms that a function may have, by its name if that tells something."""
    word = getattr(function, "__name__", "").lower()
    guess = next((kinds for words, kinds in _WORDS.items() if re.search(words, word)), ())
    for kinds in [(kind,)] if kind else [guess, tuple(_KINDS)]:
        for given in (names, ("?",) * len(names)):  # if no form has such names, any of that length
            if ways := [(k, form) for k in kinds for form in fitting(_KINDS[k].forms, given)]:
                return ways
    return []


def _problem(X: Array, y: Array, W: Array, b: Array, eta: float = 0.5) -> Problem:
    """All that a function can be given."""
    h = X @ W + b
    p, dh = softmax(h), grad_logits(h, y)
    dW, db = grad_parameters(X, dh)
    problem = {"X": X, "y": y, "Y": one_hot(y, len(b)), "W": W, "b": b, "eta": np.asarray(eta)}
    problem |= {"h": h, "p": p, "dh": dh, "dW": dW, "db": db, "row": h[0], "p_row": p[0]}
    binary = {"z": h, "s": p, "w": W, "c": b, "dw": dW, "dc": db}
    return problem | {name: np.asarray(a[..., 1]) for name, a in binary.items()}


def _ordinary(rng: np.random.Generator, B: int, d: int, K: int) -> Problem:
    """A random problem of this size, of the binary model if K is 2."""
    X, y = rng.standard_normal((B, d)), rng.integers(K, size=B)
    W, b = rng.standard_normal((d, K)), rng.standard_normal(K)
    if K == 2:
        W[:, 0] = b[0] = 0
    return _problem(X, y, W, b, rng.uniform(0.1, 0.9))


def _extremes(K: int) -> Iterator[Problem]:
    """Two examples whose logits are the first two rows of W, in K of 3 classes."""
    rows: list[tuple[Any, int]] = [([0, -46, -9], 1), ([0, -27, -9], 1), ([0, 800, 9], 0)]
    rows += [([0, 800, 9], 1), ([0, 46, 9], 0), ([-800, -800, -801], 0), ([1e16, 1e16, 0], 0)]
    rows += [([[0, 1, 2], [-900, -901, -902]], 1)]
    for row, label in rows[: 5 if K == 2 else None]:  # the binary model has logits (0, z)
        W = np.zeros((3, 3))
        W[:2] = row
        yield _problem(np.eye(2, 3), np.full(2, label), W[:, :K], np.zeros(K))


_PARTS = {
    "loss": "loss",
    "dW": "gradient with respect to W",
    "db": "gradient with respect to b",
    "W": "change of W",
    "b": "change of b",
}


class _Case:
    """A function, called in one way: what comes of it on each problem, and what is right."""

    def __init__(
        self, kind: str, form: Form, problems: list[Problem], call: Callable[[Problem], Run]
    ) -> None:
        self.kind, self.form, self.problems = kind, form, problems
        self.about = _KINDS[kind]
        self.runs = [call(problem) for problem in problems]
        self.rights = [self.reference(self.about.right, problem) for problem in problems]
        self.good = [
            not run.failure and agree(run.parts, right.parts, RIGHT)
            for run, right in zip(self.runs, self.rights, strict=True)
        ]
        self.ordinary = all(self.good[:2])  # what comes after the first two problems is extreme

    def reference(self, function: Function, problem: Problem) -> Run:
        """What a right answer or a mistake would return in place of the function."""
        usual = tuple(self.about.forms.split(", ")[0].split())
        found = run(function, usual, (), self.about.parts, problem, next(inputs()))
        if not is_binary(self.form):
            return found
        parts = {name: a[..., -1] if a.ndim else a for name, a in found.parts.items()}
        return Run(parts, found.changed, found.failure)

    def does(self, wrong: Function) -> bool:
        """Whether the function does what this mistake does, wherever it can be told apart."""
        for i in range(len(self.runs) if self.ordinary else 2):
            theirs, ours = self.reference(wrong, self.problems[i]), self.runs[i]
            expected = self.rights[i].parts | theirs.parts
            if ours.failure or not agree(ours.parts, expected, SAME):
                return False
            if i < 2 and not all(np.isfinite(a).all() for a in ours.parts.values()):
                return False  # many mistakes can end in nan
            if i < 2 and self.ordinary and theirs.changed.keys() != ours.changed.keys():
                return False
        return True

    def difference(self, *indices: int) -> str:
        """How the first part of a result that is wrong differs from the right one."""
        runs, rights = ([of[i].parts for i in indices] for of in (self.runs, self.rights))
        name = next(n for n, a in runs[0].items() if not close(a, rights[0][n], RIGHT))
        old = {"W": "w", "b": "c"} if is_binary(self.form) else {"W": "W", "b": "b"}
        pairs, sizes = [], []
        for i, ours, right in zip(indices, runs, rights, strict=True):
            got, wanted, problem = ours[name], right[name], self.problems[i]
            if name in old and got.shape == wanted.shape:
                got, wanted = got - problem[old[name]], wanted - problem[old[name]]
            pairs.append((got, wanted))
            shape = (*problem["X"].shape, len(problem["b"]))
            sizes.append(dict(zip("BdK", shape, strict=True)))
        return f"Your {_PARTS.get(name, self.about.title)} {difference(pairs, sizes)}."

    def observation(self) -> str:
        """What is wrong, whatever the cause."""
        if all(self.good):
            return f"Your {self.about.title} gives the right values."
        bad = self.good.index(False)
        if not self.ordinary:
            return self.difference(bad, 1 - bad)
        logits = ", ".join(f"{x:g}" for x in self.problems[bad]["h"][-1])
        failure = self.runs[bad].failure
        what = f"Your {self.about.title} {failure}." if failure else self.difference(bad)
        return f"All is right for ordinary numbers, but not for logits such as ({logits}). {what}"

    def judge(self) -> tuple[int, Diagnosis]:
        """The diagnosis, and how doubtful it is that the function is to be called in this way."""
        title, page, changed = self.about.title, self.about.page, self.runs[0].changed
        if failure := self.runs[0].failure or self.runs[1].failure:
            doubt = 5 if re.match("raises (Type|Attribute)Error", failure) else 4
            return doubt, Diagnosis(ok=False, message=f"Your {title} {failure}.", page=page)
        if all(self.good) and not changed:
            return 0, Diagnosis(ok=True, message=f"Your {title} is right.")
        said = [self.observation()]
        if self.ordinary and not all(self.good):
            page = "cross-entropy-stable" if self.kind == "cross_entropy" else "softmax-stable"
        if changed:
            said.append(f"It changes the caller's {' and '.join(changed.values())}.")
        cause = next((mistake for mistake, wrong in _known(self.kind) if self.does(wrong)), None)
        if cause:
            place = f", in its {_KINDS[cause.kind].title}" if cause.kind != self.kind else ""
            said.append(f"Here is why{place}: {cause.says} {cause.hint}")
            page = cause.page
        shapes = all(
            a.shape == self.rights[0].parts[n].shape for n, a in self.runs[0].parts.items()
        )
        said.append(f"Read the section {page!r}.")
        doubt = 1 if cause or self.ordinary else 2 if shapes else 3
        return doubt, Diagnosis(ok=False, message=" ".join(said), mistake=cause, page=page)


def diagnose(
    function: Function, kind: str | None = None, *, rng: np.random.Generator | None = None
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
    * gradient ``(h, y)`` or ``(p, y) -> dh``; ``(X, y, W, b)`` or ``(X, dh) -> (dW, db)``, with
      the loss before or after them; ``dW`` alone, one array with ``db`` last, or a dict;
    * step ``(theta, grad, eta)``, ``(W, b, dW, db, eta)`` or ``(X, y, W, b, eta)``, which returns
      the new parameters.

    Labels may be integers ``y`` or one-hot rows ``Y``.  A cause is named only if the function
    returns what that mistake returns, to 1e-6, on two random inputs of different sizes; what is
    right on both is tried with extreme logits.  A function that is still empty is told to be
    filled in, be it that it returns ``None`` or ``...``, or raises a bare ``NotImplementedError``.

    Examples
    --------
    >>> def gradient(X, y, W, b):
    ...     p = softmax(X @ W + b)
    ...     p[np.arange(len(y)), y] -= 1
    ...     return X.T @ p, p.sum(axis=0)
    >>> found = diagnose(gradient, rng=np.random.default_rng(0))
    >>> found.mistake.name, found.page
    ('gradient-of-the-sum', 'gradient-mean')
    >>> print(found.message.split(".")[0])
    Your gradient with respect to W is B = 6 times the right one
    >>> diagnose(grad_logits)
    Your gradient with respect to the logits is right.
    """
    check_callable("function", function)
    if kind is not None and kind not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(_KINDS)}, got {kind!r}")
    rng = np.random.default_rng() if rng is None else check_rng("rng", rng)
    names = parameters(function)
    ways = _ways(function, kind, names)
    if not ways:
        takes = (
            f"a {_KINDS[kind].title} takes {_KINDS[kind].forms}" if kind else "nothing here does"
        )
        return Diagnosis(ok=False, message=f"Your function takes {' '.join(names)}, but {takes}.")
    sizes = (3 + rng.permutation(6)).reshape(2, 3).tolist()  # all different
    several = [*(_ordinary(rng, B, d, K) for B, d, K in sizes), *_extremes(3)]
    binary = [*(_ordinary(rng, B, d, 2) for B, d, _ in sizes), *_extremes(2)]
    found: list[tuple[int, Diagnosis]] = []
    for give in inputs():
        for k, form in ways:
            problems = binary if is_binary(form) else several
            for role in {"p", "s", "p_row"}.intersection(form):  # which nothing can be rounded in
                most = 1 if role == "s" else 2  # the other class has probability 1 - s
                problems = [q for q in problems if ((q[role] > 0) & (q[role] < most)).all()]
            parts = "W" if k == "step" and len(form) == 3 else _KINDS[k].parts
            call = partial(run, function, form, names, parts, give=give)
            found.append(_Case(k, form, problems, call).judge())
            if not found[-1][0]:
                return found[-1][1]
        if min(doubt for doubt, _ in found) < 4:  # otherwise it may want tensors or lists
            break
    return min(found, key=lambda pair: pair[0])[1]
