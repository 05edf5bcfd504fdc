"""How `diagnose` calls a function of which it knows little, and reads what comes back.

A *problem* is a dict of all that a function can be given, and a *form* says which of it a
function takes.  Lower-case letters stand for the binary model, with scores ``z``, probabilities
``s`` of class 1, and parameters ``w`` and ``c``; ``row`` and ``p_row`` are one example's.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np

from logreg_book._types import Array

Form = tuple[str, ...]
Function = Callable[..., Any]
Problem = dict[str, Array]

_NAMES = {
    "X": "X x inputs input features data",
    "h row z": "h H logits logit scores x z Z s a o input row",
    "p p_row s": "p P probs prob probabilities proba y_hat y_pred q",
    "y": "y Y labels label targets target t y_true",
    "Y": "Y y T labels targets target y_true onehot one_hot y_onehot Y_onehot",
    "W w": "W w weights weight theta params parameters",
    "b c": "b bias biases",
    "dh": "dh dH dz dZ dlogits",
    "dW dw": "dW dw grad g gradient grads grad_W grad_w dtheta",
    "db dc": "db grad_b",
    "eta": "eta lr alpha learning_rate step_size rate",
}
ROLES = {role: names.split() for roles, names in _NAMES.items() for role in roles.split()}
_FILL_IN = "fill in its body, and return the result"


class Run(NamedTuple):
    """What came of one call."""

    parts: dict[str, Array]
    changed: dict[str, str]  # arguments that are no longer what they were, and their names
    failure: str = ""


def is_binary(form: Form) -> bool:
    """Whether a form belongs to the binary model."""
    return not {"z", "s", "w"}.isdisjoint(form)


def parameters(function: Function) -> Form:
    """Names of what must be given; "" for a positional one, () if Python cannot tell."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(
        "" if p.kind is p.POSITIONAL_ONLY else p.name
        for p in found
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        and (p.default is p.empty or p.name in ROLES["eta"])
    )


def fitting(forms: str, names: Form) -> Iterator[Form]:
    """Those of the forms, in any order, that agree with the names of a function's parameters.

    Names that tell nothing leave the usual order.
    """
    known = [name for name in names if any(name in meant for meant in ROLES.values())]
    for form in (tuple(form.split()) for form in forms.split(", ")):
        if not names:
            yield form
        elif len(form) == len(names):
            for roles in permutations(form) if len(known) == len(names) else [form]:
                if all(n not in known or n in ROLES[r] for n, r in zip(names, roles, strict=True)):
                    yield roles


def inputs() -> Iterator[Callable[[Array], Any]]:
    """Ways to copy an array for a function: as array, as tensor if torch is loaded, as list."""
    yield lambda a: a.copy() if a.ndim else a.item()
    if torch := sys.modules.get("torch"):
        yield lambda a: torch.tensor(a) if a.ndim else a.item()
    yield lambda a: a.tolist()


def run(
    function: Function, form: Form, names: Form, parts: str, problem: Problem, give: Function
) -> Run:
    """Call a function with copies, and read the parts of its result."""
    given = [give(problem[role]) for role in form]
    named = list(zip(names or [""] * len(form), given, strict=True))
    doing = "raises"
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = function(*(a for n, a in named if not n), **{n: a for n, a in named if n})
        doing = "gives a result that cannot be read,"
        found = _read(value, parts.split(), problem["w" if is_binary(form) else "W"])
        same = [np.array_equal(_array(a), problem[r]) for r, a in zip(form, given, strict=True)]
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        if isinstance(error, NotImplementedError):
            said = said or _FILL_IN
        return Run({}, {}, f"{doing} {type(error).__name__}: {said}")
    called = zip(form, names or form, same, strict=True)
    changed = {role: name or role for role, name, unchanged in called if not unchanged}
    if found:
        return Run(found, changed)
    if changed:
        failure = f"returns nothing, and changes the caller's {' and '.join(changed.values())}"
    else:
        failure = f"returns {value}: {_FILL_IN}"
    return Run({}, changed, failure)


def _read(value: Any, parts: list[str], W: Array) -> dict[str, Array]:
    """The parts of a result, whichever way it holds them."""
    if value is None or value is ...:
        return {}
    if isinstance(value, Mapping):
        keys = {str(key).lower(): _array(item) for key, item in value.items()}
        found = {"loss" if "loss" in n else parts["w" not in n]: a for n, a in keys.items()}
        return {n: a for n, a in found.items() if n in parts}
    if isinstance(value, tuple) or (isinstance(value, list) and len(value) <= 3 and len(parts) > 1):
        arrays = [_array(item) for item in value if item is not None]
        if len(parts) == 1:  # a state comes after it, a loss before it
            return {parts[0]: arrays[-1 if parts == ["dh"] else 0]}
        loss = [arrays.pop(0 if arrays[0].ndim == 0 else 2)] if len(arrays) == 3 else []
        arrays.sort(key=lambda a: -a.ndim)  # dW has more axes than db
        return dict(zip(parts, arrays + loss, strict=False))
    a = _array(value)
    if len(parts) > 1 and a.shape == (len(W) + 1, *W.shape[1:]):  # b is the last row
        return {parts[0]: a[:-1], parts[1]: a[-1]}
    return {parts[0]: a}


def _array(value: Any) -> Array:
    """Numbers as float64, be they in tensors with a graph or in lists of them."""
    if isinstance(value, list | tuple):
        value = [_array(item) for item in value]
    a = np.asarray(value.detach() if hasattr(value, "detach") else value)
    if a.dtype.kind not in "biuf":
        raise TypeError(f"numbers are expected, got {type(value).__name__}")
    return a.astype(np.float64)
