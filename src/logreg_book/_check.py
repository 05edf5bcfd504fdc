"""Input checks: an error names the argument, what it must be, and what it got instead.

Functions of this package call these before they compute or change anything.  Numbers, lists,
arrays of any memory layout and byte order, and torch tensors without a graph are accepted.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from logreg_book._types import Array, Indices

_REAL = {np.dtype(np.float32), np.dtype(np.float64)}
_COMPLEX = {np.dtype(np.complex64), np.dtype(np.complex128)}
_INT64_MAX = 2**63 - 1


def check_array(
    name: str,
    value: ArrayLike,
    *,
    ndim: int | None = None,
    scalar_ok: bool = False,
    complex_ok: bool = False,
) -> Array:
    """Return the value as a float32 or float64 array; integers become float64.

    Complex dtypes pass only where a complex step may differentiate through the function.
    """
    a = as_array(name, value)
    if a.dtype.kind in "iu":
        a = a.astype(np.float64)
    if not a.dtype.isnative:
        a = a.astype(a.dtype.newbyteorder("="))
    if a.dtype not in _REAL and not (complex_ok and a.dtype in _COMPLEX):
        raise TypeError(f"{name} must be float32 or float64, got {_what(a)}")
    if ndim is not None and a.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), got shape {a.shape}")
    if a.ndim == 0 and not scalar_ok:
        raise ValueError(f"{name} must have at least one dimension, got the number {a}")
    if a.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {a.shape}")
    return a


def as_array(name: str, value: ArrayLike) -> Array:
    """Return the value as an array of any dtype."""
    if type(value) is np.ndarray:
        return value
    for part in _parts(value):
        if isinstance(part, np.ma.MaskedArray):
            raise TypeError(f"{name} must not be a masked array: fill it or drop the masked rows")
        if getattr(part, "requires_grad", False):
            got = f"got a tensor with a graph: pass {name}.detach()"
            raise TypeError(f"{name} must not require a gradient, {got}")
    try:
        return np.asarray(value)
    except Exception as error:
        if "inhomogeneous" in str(error):
            raise ValueError(
                f"{name} must be a rectangular array, got rows of different lengths"
            ) from error
        got = f"{type(value).__name__}: {error}"
        raise TypeError(f"{name} must be an array of numbers, got {got}") from error


def _parts(value: object) -> Iterator[object]:
    """What nested lists hold, or the value itself."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _parts(item)
    else:
        yield value


def _what(a: Array) -> str:
    """Describe an array of the wrong dtype."""
    if a.dtype == object and a.size:
        return _show(a.flat[0]) if a.ndim == 0 else f"objects such as {_show(a.flat[0])}"
    return f"dtype {a.dtype}"


def _show(value: object) -> str:
    """How a value is written in a message, of which a long one gets only the beginning."""
    try:
        text = repr(value)
    except ValueError:  # Python does not write integers of more than 4300 digits
        text = f"a number of type {type(value).__name__} with too many digits to print"
    return text if len(text) <= 80 else f"{text[:77]}..."


def check_labels(name: str, value: ArrayLike, *, B: int | None, K: int) -> Indices:
    """Return B integer class labels in 0 .. K-1 (any number of labels if B is None)."""
    y = as_array(name, value)
    if y.dtype.kind not in "iu":
        hint = ": use y.astype(int)" if y.dtype.kind == "b" else ""
        raise TypeError(f"{name} must hold integer class labels, got {_what(y)}{hint}")
    if B is None and (y.ndim != 1 or y.size == 0):
        raise ValueError(f"{name} must have shape (B,) with B at least 1, got {y.shape}")
    if B is not None and y.shape != (B,):
        raise ValueError(f"{name} must have shape ({B},), one label per example, got {y.shape}")
    if y.dtype == np.intp and y.view(np.uintp).max() < K:  # a negative label becomes huge
        return y
    low, high = int(y.min()), int(y.max())
    if low < 0 or high >= K:
        raise ValueError(f"{name} must lie in 0 .. {K - 1}, got labels from {low} to {high}")
    return y.astype(np.intp)


def check_parameters(W: ArrayLike, b: ArrayLike, *, X: Array | None = None) -> tuple[Array, Array]:
    """Return finite W of shape (d, K) and b of shape (K,), of the dtype of X if it is given."""
    W, b = check_array("W", W, ndim=2), check_array("b", b, ndim=1)
    if X is not None and W.shape[0] != X.shape[1]:
        d, K = X.shape[1], W.shape[1]
        raise ValueError(
            f"W must have shape ({d}, K), one row per column of X, got ({len(W)}, {K})"
        )
    if b.shape != W.shape[1:]:
        raise ValueError(f"b must have shape ({W.shape[1]},), one per column of W, got {b.shape}")
    if X is not None:
        check_dtype("W", W, like=("X", X))
    check_dtype("b", b, like=("W", W))
    check_finite(W=W, b=b)
    return W, b


def check_batch(
    X: ArrayLike, y: ArrayLike, W: ArrayLike, b: ArrayLike
) -> tuple[Array, Indices, Array, Array]:
    """Return inputs, labels and parameters whose shapes and dtypes agree.

    X may be large, so it is not searched for NaN here: a caller that finds its result not
    finite calls `raise_overflow`, which says why.
    """
    X = check_array("X", X, ndim=2)
    W, b = check_parameters(W, b, X=X)
    return X, check_labels("y", y, B=len(X), K=len(b)), W, b


def check_shape(name: str, a: Array, *, like: tuple[str, Array]) -> None:
    """Require the shape of another argument."""
    if a.shape != like[1].shape:
        raise ValueError(f"{name} must have shape {like[1].shape} as {like[0]} has, got {a.shape}")


def check_dtype(name: str, a: Array, *, like: tuple[str, Array]) -> None:
    """Require the dtype of another argument."""
    if a.dtype != like[1].dtype:
        raise TypeError(f"{name} must be {like[1].dtype} as {like[0]} is, got dtype {a.dtype}")


def is_finite(a: Array) -> bool:
    """Whether no entry is NaN or infinite."""
    return 0 not in np.isfinite(a).tobytes("A")  # for small arrays three times as fast as all()


def check_finite(**arrays: Array) -> None:
    """Reject NaN and infinity, and say in which argument and where the first one is."""
    for name, a in arrays.items():
        if not is_finite(a):
            where = tuple(int(i) for i in np.argwhere(~np.isfinite(a))[0])
            at = f" at index {where}" if where else ""
            raise ValueError(f"{name} must be finite, got {a[where]}{at}") from None


def check_not_nan(name: str, a: Array) -> None:
    """Reject NaN where infinity has a meaning."""
    bad = np.isnan(a)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name} must not hold NaN, got nan at index {where}")


def raise_overflow(**arrays: Array) -> NoReturn:
    """Say why a result is not finite: an argument is not, or all are and the result overflows."""
    check_finite(**arrays)
    names, dtype = list(arrays), next(iter(arrays.values())).dtype
    sizes = ", ".join(f"|{name}| up to {np.abs(a).max():.3g}" for name, a in arrays.items())
    subject = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    raise ValueError(
        f"{subject} must give results that {dtype} can hold, got overflow with {sizes}"
    ) from None


@contextmanager
def overflow_names(**arrays: Array) -> Iterator[None]:
    """Name these arguments if what is computed from them overflows; all else has been checked."""
    try:
        yield
    except ValueError:
        raise_overflow(**arrays)


def as_dtype(name: str, value: DTypeLike) -> np.dtype[Any]:
    """Return a dtype of real numbers."""
    try:
        dtype = np.dtype(value)
    except Exception:
        raise TypeError(f"{name} must be a dtype, got {_show(value)}") from None
    if dtype.kind not in "biuf":
        raise TypeError(f"{name} must be a dtype of real numbers, got {dtype}")
    return dtype


def check_callable(name: str, value: object) -> None:
    """Require something that can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be callable, got {_show(value)}")


def check_positive(name: str, value: Any) -> float:
    """Return a finite number above zero."""
    number = _number(name, value, "above 0")
    if not 0 < number < inf:
        raise ValueError(f"{name} must be finite and above 0, got {_show(value)}")
    return number


def check_from_zero(name: str, value: Any, *, below: float = inf) -> float:
    """Return a finite number that is at least zero, and below another one."""
    number = _number(name, value, "at least 0")
    if not 0 <= number < below:
        need = "finite and at least 0" if below == inf else f"at least 0 and below {below:g}"
        raise ValueError(f"{name} must be {need}, got {_show(value)}")
    return number


def _number(name: str, value: Any, need: str) -> float:
    """Return a real number, or infinity if it is too large."""
    if type(value) is not float:
        a = as_array(name, value)
        if a.ndim or a.dtype.kind not in "iufO" or (a.dtype == object and not _is_real(value)):
            raise TypeError(f"{name} must be a number {need}, got {_show(value)}")
    try:
        return float(value)
    except OverflowError:
        return inf


def _is_real(value: object) -> bool:
    """Whether an object that NumPy does not know, as a fraction or a huge integer, is a number."""
    return hasattr(value, "__float__") and hasattr(value, "__floor__")


def check_int(name: str, value: Any, *, least: int = 1) -> int:
    """Return an integer that is at least `least` and fits in 64 bits."""
    try:
        if isinstance(value, np.bool_):
            raise TypeError  # before older versions of NumPy warn that it is no index
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {_show(value)}") from None
    if as_array(name, value).dtype.kind == "b":  # Python counts True as 1
        raise TypeError(f"{name} must be an integer, got {_show(value)}")
    if not least <= number <= _INT64_MAX:
        need = f"at least {least}" if number < least else f"at most {_INT64_MAX}"
        raise ValueError(f"{name} must be {need}, got {_show(value)}")
    return number


def check_rng(name: str, value: object, *, why: str = "") -> np.random.Generator:
    """Return a NumPy generator, as `np.random.default_rng(seed)` makes it."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"{name} must be a numpy.random.Generator{why}, got {_show(value)}")
    return value
