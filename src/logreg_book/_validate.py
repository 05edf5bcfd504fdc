"""Bad input is refused here, with the argument's name, what it got and what it needs."""

from __future__ import annotations

from math import inf
from numbers import Integral, Real
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
Indices = NDArray[np.intp]

_DTYPES = {np.dtype(t) for t in (np.float32, np.float64, np.complex64, np.complex128)}


def array(name: str, value: ArrayLike, *, ndim: int | None = None, complex_: bool = False) -> Array:
    """The value as an array of float32 or float64; integers become float64.

    Complex numbers pass only where a complex step may look through them.
    """
    a = asarray(name, value)
    if a.dtype.kind in "iu":
        a = a.astype(np.float64)
    if a.dtype not in _DTYPES or (a.dtype.kind == "c" and not complex_):
        raise TypeError(f"{name} must be float32 or float64, got dtype {a.dtype}")
    if ndim is not None and a.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), got shape {a.shape}")
    if a.ndim == 0:
        raise ValueError(f"{name} must have at least one dimension, got the number {a}")
    if a.size == 0:
        raise ValueError(f"{name} must hold at least one number, got shape {a.shape}")
    return a


def asarray(name: str, value: ArrayLike) -> Array:
    """The value as an array, whatever it holds; rows must be alike."""
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be an array of numbers, got rows unlike: {error}") from error


def labels(name: str, value: ArrayLike, *, B: int, K: int) -> Indices:
    """The value as B integer class labels in 0 .. K-1."""
    y = asarray(name, value)
    if y.dtype.kind not in "iu":
        raise TypeError(f"{name} must hold integer class labels, got dtype {y.dtype}")
    if y.shape != (B,):
        raise ValueError(f"{name} must have shape ({B},), one label an example, got {y.shape}")
    if y.dtype == np.intp and y.view(np.uintp).max() < K:  # a sign makes it huge
        return y
    low, high = int(y.min()), int(y.max())
    if low < 0 or high >= K:
        raise ValueError(f"{name} must lie in 0 .. {K - 1}, got labels from {low} to {high}")
    return y.astype(np.intp)


def parameters(W: ArrayLike, b: ArrayLike, *, X: Array | None = None) -> tuple[Array, Array]:
    """W of shape (d, K) and b of shape (K,), of one dtype; they fit X if it is given."""
    W, b = array("W", W, ndim=2), array("b", b, ndim=1)
    if X is not None and W.shape[0] != X.shape[1]:
        raise ValueError(f"W must have {X.shape[1]} row(s), one a column of X, got shape {W.shape}")
    if b.shape != W.shape[1:]:
        raise ValueError(f"b must have shape ({W.shape[1]},), one a column of W, got {b.shape}")
    if X is not None and W.dtype != X.dtype:
        raise TypeError(f"W must be {X.dtype} as X is, got dtype {W.dtype}")
    if b.dtype != W.dtype:
        raise TypeError(f"b must be {W.dtype} as W is, got dtype {b.dtype}")
    return W, b


def problem(
    X: ArrayLike, y: ArrayLike, W: ArrayLike, b: ArrayLike
) -> tuple[Array, Indices, Array, Array]:
    """Inputs, labels and parameters that fit together.

    That X is finite is not looked at here, since X may be large: whoever computes with it
    sees it in the result, and calls `overflow`.
    """
    X = array("X", X, ndim=2)
    W, b = parameters(W, b, X=X)
    finite(W=W, b=b)
    return X, labels("y", y, B=len(X), K=len(b)), W, b


def is_finite(a: Array) -> bool:
    """Whether no number is NaN or infinite."""
    return 0 not in np.isfinite(a).tobytes()  # of a few numbers three times as fast as all()


def finite(**arrays: Array) -> None:
    """Refuse NaN and infinity, and say in which argument and where the first one is."""
    for name, a in arrays.items():
        if not is_finite(a):
            good = np.isfinite(a)
            where = tuple(int(i) for i in np.argwhere(~good)[0])
            raise ValueError(f"{name} must be finite, got {a[where]} at index {where}")


def not_nan(name: str, a: Array) -> None:
    """Refuse NaN where infinity has a meaning."""
    bad = np.isnan(a)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name} must not hold NaN, got nan at index {where}")


def overflow(X: Array, W: Array, b: Array) -> NoReturn:
    """Say why a result is not finite: a number of X is not, or all are and it is too large."""
    finite(X=X)
    sizes = (f"|{name}| up to {np.abs(a).max():.3g}" for name, a in (("X", X), ("W", W), ("b", b)))
    raise ValueError(
        f"X, W and b must give results that {X.dtype} can hold, got overflow with "
        + ", ".join(sizes)
    )


def positive(name: str, value: float) -> float:
    """A finite number above zero."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number above 0, got {value!r}")
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if not 0 < number < inf:
        raise ValueError(f"{name} must be finite and above 0, got {value!r}")
    return number


def count(name: str, value: int, *, least: int = 1) -> int:
    """A whole number, at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return int(value)


def generator(name: str, value: object) -> np.random.Generator:
    """A NumPy generator: `np.random.default_rng(seed)`."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"{name} must be a numpy.random.Generator, got {value!r}")
    return value
