"""Inputs drawn by hypothesis, and the references and tolerances that tests compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from torch.nn import functional

Array = NDArray[Any]
FLOATS = (np.float32, np.float64)

# For results that were computed from logits of moderate size.
TOLERANCE: dict[np.dtype[Any], dict[str, Any]] = {
    np.dtype(np.float32): {"rtol": 1e-5, "atol": 5e-5},
    np.dtype(np.float64): {"rtol": 1e-11, "atol": 1e-13},
}
DIFFERENCE: dict[str, Any] = {"rtol": 1e-7, "atol": 1e-8}  # for a central difference in float64


class Problem(NamedTuple):
    """What every loss of parameters takes; in the binary model W is (d,) and b a number."""

    X: Array
    y: Array
    W: Array
    b: Array


class Scores(NamedTuple):
    """What every loss of logits takes."""

    h: Array
    y: Array


def frozen(a: Array) -> Array:
    """The array, read-only from now on, so that no function can change it."""
    a.flags.writeable = False
    return a


def floats(dtype: type, *shape: int, largest: float = 3.0) -> st.SearchStrategy[Array]:
    """Arrays of ordinary numbers."""
    elements = st.floats(-largest, largest, width=32, allow_subnormal=False)
    return arrays(dtype, shape, elements=elements).map(frozen)


def labels(B: int, K: int) -> st.SearchStrategy[Array]:
    """B labels in 0 .. K-1."""
    return arrays(np.intp, B, elements=st.integers(0, K - 1)).map(frozen)


@st.composite
def problems(draw: st.DrawFn, *dtypes: type) -> Problem:
    """X, y, W, b in float32 or float64, or in the dtypes given."""
    B, d, K = draw(st.integers(1, 8)), draw(st.integers(1, 5)), draw(st.integers(1, 6))
    t = draw(st.sampled_from(dtypes or FLOATS))
    X, W, b = (draw(floats(t, *shape)) for shape in ((B, d), (d, K), (K,)))
    return Problem(X, draw(labels(B, K)), W, b)


@st.composite
def binary_problems(draw: st.DrawFn, *dtypes: type) -> Problem:
    """The same for the binary model."""
    B, d = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    t = draw(st.sampled_from(dtypes or FLOATS))
    X, w, b = (draw(floats(t, *shape)) for shape in ((B, d), (d,), ()))
    return Problem(X, draw(labels(B, 2)), w, b)


@st.composite
def scores(draw: st.DrawFn, *dtypes: type, largest: float = 3.0) -> Scores:
    """Logits and labels, h and y."""
    B, K = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    h = draw(floats(draw(st.sampled_from(dtypes or FLOATS)), B, K, largest=largest))
    return Scores(h, draw(labels(B, K)))


@st.composite
def integer_problems(draw: st.DrawFn, K: int, dtype: type) -> Problem:
    """Problems whose logits have no rounding error, ordinary ones and with gaps beyond 10,000."""
    B, d = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    size = st.sampled_from([0, 0, 1, -1, 2, -3, 20, -40, 200, -400, 5000, -5000])
    X = draw(arrays(dtype, (B, d), elements=st.integers(-2, 2)).map(frozen))
    W = draw(arrays(dtype, (d, K), elements=size).map(frozen))
    b = draw(arrays(dtype, K, elements=size).map(frozen))
    return Problem(X, draw(labels(B, K)), W, b)


# Torch as oracle


by_torch: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "logsumexp": lambda h: torch.logsumexp(h, -1),
    "softmax": lambda h: torch.softmax(h, -1),
    "log_softmax": lambda h: torch.log_softmax(h, -1),
    "sigmoid": torch.sigmoid,
}


def loss_by_torch(X: Array, y: Array, W: Array, b: Array) -> tuple[float, Array, Array]:
    """Loss and gradients by autograd."""
    leaves = torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)
    loss = functional.cross_entropy(torch.tensor(X) @ leaves[0] + leaves[1], torch.tensor(y))
    dW, db = torch.autograd.grad(loss, leaves)
    return loss.item(), dW.numpy(), db.numpy()


def binary_loss_by_torch(X: Array, y: Array, w: Array, b: Array) -> tuple[float, Array, float]:
    """The same for the binary model."""
    leaves = torch.tensor(w, requires_grad=True), torch.tensor(b, requires_grad=True)
    z = torch.tensor(X) @ leaves[0] + leaves[1]
    loss = functional.binary_cross_entropy_with_logits(z, torch.tensor(y).to(z))
    dw, db = torch.autograd.grad(loss, leaves)
    return loss.item(), dw.numpy(), db.item()


def hessian_by_torch(loss: Callable[[torch.Tensor], torch.Tensor], theta: Array) -> Array:
    """Second derivatives of a function of one vector."""
    H = torch.autograd.functional.hessian(loss, torch.tensor(theta))
    assert isinstance(H, torch.Tensor)
    return H.numpy()


def assert_same(ours: Iterable[Any], theirs: Iterable[Any], **tolerance: Any) -> None:
    """Several results, such as loss, dW and db, one after the other."""
    for a, b in zip(ours, theirs, strict=True):
        assert np.shape(a) == np.shape(b)
        assert_allclose(a, b, **tolerance)


# Decimal arithmetic as oracle, in which 1 + exp(-800) is not 1

DIGITS = 400


def exact_softmax(row: Array) -> list[Decimal]:
    """Probabilities of one row of finite logits."""
    with localcontext(prec=DIGITS):
        h = [Decimal(float(x)) for x in row]
        e = [(x - max(h)).exp() for x in h]
        return [x / sum(e) for x in e]


def exact_logsumexp(row: Array) -> Decimal:
    """Log-sum-exp of one row of finite logits."""
    with localcontext(prec=DIGITS):
        h = [Decimal(float(x)) for x in row]
        return max(h) + Decimal(sum((x - max(h)).exp() for x in h)).ln()


def rounding(*logits: Array) -> float:
    """What the rounded difference of two logits can cost a probability, in units of the last place.

    An error of half a unit in the exponent is multiplied by the exponent.
    """
    return 16 + max(float(np.ptp(np.float64(h))) for h in logits)


def assert_exact(ours: Any, exact: Iterable[Decimal], *, ulps: float) -> None:
    """Each entry is right to a few units in the last place **of itself**, however small it is."""
    a = np.asarray(ours)
    info = np.finfo(a.dtype)
    with localcontext(prec=DIGITS):
        for value, reference in zip(a.ravel().tolist(), exact, strict=True):
            error = abs(Decimal(value) - reference)
            bound = Decimal(ulps * float(info.eps)) * abs(reference) + Decimal(float(info.tiny))
            assert error <= bound, f"got {value}, but {reference:.20g} is right"
