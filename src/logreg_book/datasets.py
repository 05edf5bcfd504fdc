"""Data to learn from: seeded synthetic sets, and two real ones through scikit-learn."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from logreg_book import _validate
from logreg_book._validate import Array, Indices

__all__ = ["Dataset", "breast_cancer", "digits", "gaussian_blobs"]


class Dataset(NamedTuple):
    """Examples with names for what was measured and for the classes.

    Examples
    --------
    >>> Dataset(np.zeros((1, 1)), np.array([0]), ("radius",), ("benign",)).class_names
    ('benign',)
    """

    X: Array
    """(B, d) float64 inputs, in the units of their source."""
    y: Indices
    """(B,) labels 0 .. K-1."""
    feature_names: tuple[str, ...]
    """d names."""
    class_names: tuple[str, ...]
    """K names."""


def gaussian_blobs(
    B: int, *, K: int = 2, d: int = 2, separation: float = 2.0, rng: np.random.Generator
) -> tuple[Array, Indices]:
    r"""Classes that are round clouds of unit variance, their centres on a circle.

    Parameters
    ----------
    B : int
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
    X : (B, d) array of float64
        Inputs.
    y : (B,) array of integers
        Labels, in random order.

    Raises
    ------
    TypeError, ValueError
        If a count is too small, `separation` is not above 0, or `rng` is no generator.

    Notes
    -----
    For such clouds the true boundary is a straight line: logistic regression is the right
    model, and yet no line is without mistakes.

    Examples
    --------
    >>> X, y = gaussian_blobs(5, rng=np.random.default_rng(0))
    >>> X.shape, np.bincount(y)
    ((5, 2), array([3, 2]))
    """
    B, K = _validate.count("B", B), _validate.count("K", K, least=2)
    d = _validate.count("d", d, least=2)
    separation = _validate.positive("separation", separation)
    rng = _validate.generator("rng", rng)
    angle = 2 * np.pi * np.arange(K) / K + np.pi / 4
    radius = separation / (2 * np.sin(np.pi / K))
    centres = np.zeros((K, d))
    centres[:, 0], centres[:, 1] = -radius * np.cos(angle), -radius * np.sin(angle)
    y = rng.permutation(np.arange(B) % K)
    return centres[y] + rng.standard_normal((B, d)), y


def breast_cancer() -> Dataset:
    """Thirty measurements of cell nuclei from 569 biopsies, benign or malignant.

    Returns
    -------
    Dataset
        B = 569, d = 30, K = 2, from the files that scikit-learn installs.  Class 1 is
        malignant: what is looked for counts as positive (scikit-learn has it the other
        way round).

    Notes
    -----
    The measurements differ in size by factors of thousands: standardise them first.

    References
    ----------
    W. N. Street, W. H. Wolberg, O. L. Mangasarian, "Nuclear feature extraction for breast
    tumor diagnosis", SPIE 1905 (1993), doi:10.1117/12.148698.

    Examples
    --------
    >>> data = breast_cancer()
    >>> data.X.shape, data.class_names, np.bincount(data.y)
    ((569, 30), ('benign', 'malignant'), array([357, 212]))
    """
    from sklearn.datasets import load_breast_cancer

    bunch: Any = load_breast_cancer()
    return _dataset(bunch.data, 1 - bunch.target, bunch.feature_names, bunch.target_names[::-1])


def digits() -> Dataset:
    """Handwritten digits, 1797 images of 8 x 8 pixels.

    Returns
    -------
    Dataset
        B = 1797, d = 64, K = 10, from the files that scikit-learn installs; grey values
        0 to 16.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical recognition of handwritten digits", UCI Machine
    Learning Repository (1998), doi:10.24432/C50P49.

    Examples
    --------
    >>> data = digits()
    >>> data.X.shape, len(data.class_names)
    ((1797, 64), 10)
    """
    from sklearn.datasets import load_digits

    bunch: Any = load_digits()
    return _dataset(bunch.data, bunch.target, bunch.feature_names, bunch.target_names)


def _dataset(X: Any, y: Any, feature_names: Any, class_names: Any) -> Dataset:
    return Dataset(
        np.asarray(X, dtype=np.float64),
        np.asarray(y, dtype=np.intp),
        tuple(str(name) for name in feature_names),
        tuple(str(name) for name in class_names),
    )
