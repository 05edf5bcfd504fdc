"""Data to learn from: a seeded synthetic set, and two real ones from scikit-learn.

The functions are called as in scikit-learn: those that make data return ``X, y``, those that
load data return an object with names for features and classes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from logreg_book._check import check_int, check_positive, check_rng
from logreg_book._types import Array, Indices

__all__ = ["Dataset", "load_breast_cancer", "load_digits", "make_blobs"]


class Dataset(NamedTuple):
    """Examples, with the names of features and classes.

    Examples
    --------
    >>> Dataset(np.zeros((1, 1)), np.array([0]), ("radius",), ("benign",)).class_names
    ('benign',)
    """

    X: Array
    """(N, d) float64 inputs, in the units of their source."""
    y: Indices
    """(N,) labels 0 .. K-1."""
    feature_names: tuple[str, ...]
    """d names."""
    class_names: tuple[str, ...]
    """K names."""


def make_blobs(
    N: int, *, K: int = 2, d: int = 2, separation: float = 2.0, rng: np.random.Generator
) -> tuple[Array, Indices]:
    r"""Classes that are round clouds of unit variance, with their centres on a circle.

    Parameters
    ----------
    N : int
        Examples in all, at least 1.  Class sizes differ by at most one.
    K : int, optional
        Classes, at least 2.
    d : int, optional
        Inputs, at least 2; the centres lie in the plane of the first two.
    separation : float, optional
        Distance of neighbouring centres, above 0, in standard deviations of a cloud.
    rng : numpy.random.Generator
        Draws the examples.

    Returns
    -------
    X : (N, d) array of float64
        Inputs.
    y : (N,) array of integers
        Labels, in random order.

    Notes
    -----
    For such clouds logistic regression is the right model: the log-odds of two classes are
    linear in the inputs.  Since the densities overlap, even the best boundary is wrong for a
    share of new examples.  A small sample can happen to be separable all the same.

    Examples
    --------
    >>> X, y = make_blobs(5, rng=np.random.default_rng(0))
    >>> X.shape, np.bincount(y)
    ((5, 2), array([3, 2]))
    """
    N, K, d = check_int("N", N), check_int("K", K, least=2), check_int("d", d, least=2)
    separation, rng = check_positive("separation", separation), check_rng("rng", rng)
    angle = 2 * np.pi * np.arange(K) / K + np.pi / 4
    with np.errstate(over="ignore"):
        radius = np.float64(separation) / (2 * np.sin(np.pi / K))
    if not np.isfinite(radius):
        raise ValueError(f"separation must be smaller, got {separation}: the centres overflow")
    centres = np.zeros((K, d))
    centres[:, 0], centres[:, 1] = -radius * np.cos(angle), -radius * np.sin(angle)
    y = rng.permutation(np.arange(N) % K)
    return centres[y] + rng.standard_normal((N, d)), y


def load_breast_cancer() -> Dataset:
    """Thirty measurements of cell nuclei from 569 biopsies, benign or malignant.

    Returns
    -------
    Dataset
        N = 569, d = 30, K = 2, from the files that scikit-learn installs.  Class 1 is
        malignant, because the class that one looks for counts as positive (scikit-learn
        numbers them the other way).

    Notes
    -----
    The measurements differ in size by factors of thousands, so standardise them first.

    References
    ----------
    W. N. Street, W. H. Wolberg, O. L. Mangasarian, "Nuclear feature extraction for breast
    tumor diagnosis", SPIE 1905 (1993), doi:10.1117/12.148698.

    Examples
    --------
    >>> data = load_breast_cancer()
    >>> data.X.shape, data.class_names, np.bincount(data.y)
    ((569, 30), ('benign', 'malignant'), array([357, 212]))
    """
    from sklearn import datasets

    bunch: Any = datasets.load_breast_cancer()
    return _dataset(bunch.data, 1 - bunch.target, bunch.feature_names, bunch.target_names[::-1])


def load_digits() -> Dataset:
    """Handwritten digits, 1797 images of 8 x 8 pixels.

    Returns
    -------
    Dataset
        N = 1797, d = 64, K = 10, from the files that scikit-learn installs; grey values
        0 to 16.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical recognition of handwritten digits", UCI Machine
    Learning Repository (1998), doi:10.24432/C50P49.

    Examples
    --------
    >>> data = load_digits()
    >>> data.X.shape, len(data.class_names)
    ((1797, 64), 10)
    """
    from sklearn import datasets

    bunch: Any = datasets.load_digits()
    return _dataset(bunch.data, bunch.target, bunch.feature_names, bunch.target_names)


def _dataset(X: Any, y: Any, feature_names: Any, class_names: Any) -> Dataset:
    return Dataset(
        np.asarray(X, dtype=np.float64),
        np.asarray(y, dtype=np.intp),
        tuple(str(name) for name in feature_names),
        tuple(str(name) for name in class_names),
    )
