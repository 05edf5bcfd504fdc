from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.refusals import refuses

from logreg_book.datasets import Dataset, load_breast_cancer, load_digits, make_blobs


def test_blobs_are_balanced_and_repeat_with_their_seed() -> None:
    X, y = make_blobs(11, K=3, d=4, rng=np.random.default_rng(0))
    again, labels = make_blobs(11, K=3, d=4, rng=np.random.default_rng(0))
    other, _ = make_blobs(11, K=3, d=4, rng=np.random.default_rng(1))
    assert (X.shape, X.dtype, y.dtype) == ((11, 4), np.dtype(np.float64), np.dtype(np.intp))
    assert np.bincount(y).tolist() == [4, 4, 3]
    assert y.tolist() != sorted(y.tolist())
    assert_array_equal(X, again)
    assert_array_equal(y, labels)
    assert not np.array_equal(X, other)


def test_blobs_are_the_first_numbers_of_their_generator() -> None:
    """The same data in every version of this book: labels first, then the clouds."""
    rng = np.random.default_rng(3)
    X, y = make_blobs(6, rng=np.random.default_rng(3))
    assert_array_equal(y, rng.permutation([0, 1, 0, 1, 0, 1]))
    centres = np.array([[-1, -1], [1, 1]]) / np.sqrt(2)
    assert_allclose(X, centres[y] + rng.standard_normal((6, 2)), rtol=1e-12)


@pytest.mark.parametrize("K", [2, 3, 5])
def test_neighbouring_centres_have_the_separation_asked_for(K: int) -> None:
    """So far apart that the clouds are points; one after the other, anticlockwise on a circle."""
    X, y = make_blobs(K, K=K, d=3, separation=1e12, rng=np.random.default_rng(0))
    centres = X[np.argsort(y)]
    neighbours = np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1)
    assert_allclose(neighbours, 1e12, rtol=1e-9)
    assert_allclose(np.linalg.norm(centres, axis=1), 1e12 / (2 * np.sin(np.pi / K)), rtol=1e-9)
    turns = np.arctan2(centres[:, 1], centres[:, 0])
    assert_allclose(np.diff(turns) % (2 * np.pi), 2 * np.pi / K, rtol=1e-9)
    assert_allclose(turns[0], -3 * np.pi / 4, rtol=1e-9)
    assert np.abs(X[:, 2]).max() < 10


def test_clouds_have_unit_variance_and_further_inputs_carry_no_signal() -> None:
    X, y = make_blobs(40_000, d=3, rng=np.random.default_rng(2))
    assert_allclose([X[y == k].var(axis=0) for k in (0, 1)], 1, atol=0.05)
    means = np.array([X[y == k].mean(axis=0) for k in (0, 1)])
    assert_allclose(means[1] - means[0], [np.sqrt(2), np.sqrt(2), 0], atol=0.05)


def test_arguments_of_blobs_are_checked() -> None:
    rng = np.random.default_rng(0)
    refuses(make_blobs, "N must be at least 1, got 0", 0, rng=rng)
    refuses(make_blobs, "K must be at least 2, got 1", 3, K=1, rng=rng)
    refuses(make_blobs, "d must be at least 2, got 1", 3, d=1, rng=rng)
    message = "separation must be finite and above 0, got 0.0"
    refuses(make_blobs, message, 3, separation=0.0, rng=rng)
    message = "rng must be a numpy.random.Generator, got 3"
    refuses(make_blobs, message, 3, rng=3, error=TypeError)
    separation: Any = Fraction(1, 2)
    assert make_blobs(1, K=2, d=2, separation=separation, rng=rng)[0].shape == (1, 2)


def test_a_separation_whose_centres_overflow_is_refused() -> None:
    rng = np.random.default_rng(0)
    message = "separation must be smaller, got 1.7e+308: the centres overflow"
    refuses(make_blobs, message, 3, K=7, separation=1.7e308, rng=rng)
    X, _ = make_blobs(3, K=2, separation=1.7e308, rng=rng)
    assert np.isfinite(X).all()


def test_malignant_is_class_1_of_the_biopsies() -> None:
    data = load_breast_cancer()
    assert_is_a_data_set(data, N=569, d=30)
    assert data.class_names == ("benign", "malignant")
    assert np.bincount(data.y).tolist() == [357, 212]
    radius = data.X[:, data.feature_names.index("mean radius")]
    assert radius[data.y == 1].mean() > radius[data.y == 0].mean()


def test_digits_have_ten_classes_of_64_pixels() -> None:
    data = load_digits()
    assert_is_a_data_set(data, N=1797, d=64)
    assert data.class_names == tuple("0123456789")
    assert data.feature_names[0] == "pixel_0_0"
    assert (data.X.min(), data.X.max()) == (0, 16)
    assert data.X[data.y == 0].mean(axis=0).reshape(8, 8)[3:5, 3:5].max() < 3  # a hole


def assert_is_a_data_set(data: Dataset, N: int, d: int) -> None:
    assert (data.X.shape, data.X.dtype) == ((N, d), np.dtype(np.float64))
    assert (data.y.shape, data.y.dtype) == ((N,), np.dtype(np.intp))
    assert np.unique(data.y).tolist() == list(range(len(data.class_names)))
    assert len(data.feature_names) == d
    assert {type(name) for name in data.feature_names + data.class_names} == {str}
