"""What can be drawn in the plane: further input checks, beside those of all modules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from logreg_book._check import (
    as_array,
    check_array,
    check_finite,
    check_labels,
    check_parameters,
)
from logreg_book._types import Array, Indices

__all__ = ["check_curve", "check_parameters_2d", "check_points_2d"]


def check_points_2d(
    X: ArrayLike, y: ArrayLike, class_names: Sequence[str] | None
) -> tuple[Array, Indices, list[str]]:
    """Return points in the plane, their labels, and a name for each class."""
    X = check_array("X", X, ndim=2)
    if X.shape[1] != 2:
        raise ValueError(f"X must have 2 columns to be drawn in the plane, got shape {X.shape}")
    check_finite(X=X)
    y = as_array("y", y)
    if y.dtype.kind == "i" and y.size and y.min() < 0:
        raise ValueError(f"y must hold labels 0, 1, 2 ..., got {y.min()}")
    y = check_labels("y", y, B=len(X), K=np.iinfo(np.intp).max)
    n_classes = int(y.max()) + 1
    if class_names is None:
        return X, y, [f"class {k}" for k in range(max(2, n_classes))]
    names = [str(name) for name in class_names]
    if len(names) < n_classes:
        got = "1 name" if len(names) == 1 else f"{len(names)} names"
        raise ValueError(f"class_names must name each of the {n_classes} classes, got {got}")
    return X, y, names


def check_parameters_2d(W: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    """Return parameters of at least two classes over two inputs, as float64."""
    W = check_array("W", W, ndim=2).astype(np.float64)
    b = check_array("b", b, ndim=1).astype(np.float64)
    if W.shape[0] != 2 or W.shape[1] < 2:
        raise ValueError(f"W must have shape (2, K) with K at least 2, got {W.shape}")
    return check_parameters(W, b)


def check_curve(x: ArrayLike, losses: ArrayLike) -> tuple[Array, Array]:
    """Return x and losses as float64, of equal length."""
    x = check_array("x", x, ndim=1).astype(np.float64)
    losses = check_array("losses", losses, ndim=1).astype(np.float64)
    if len(x) != len(losses):
        raise ValueError(f"x and losses must have one length, got {len(x)} and {len(losses)}")
    return x, losses
