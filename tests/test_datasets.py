"""Data sets: shapes, balance, and the geometry that was promised."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from logreg_book.datasets import breast_cancer, digits, gaussian_blobs


def test_blobs_are_balanced_and_repeat_with_their_seed() -> None:
    X, y = gaussian_blobs(11, K=3, d=4, rng=np.random.default_rng(0))
    again, _ = gaussian_blobs(11, K=3, d=4, rng=np.random.default_rng(0))
    assert X.shape == (11, 4)
    assert X.dtype == np.float64
    assert sorted(np.bincount(y)) == [3, 4, 4]
    np.testing.assert_array_equal(X, again)


@pytest.mark.parametrize("K", [2, 3, 5])
def test_blobs_have_unit_variance_and_neighbours_at_the_separation(K: int) -> None:
    X, y = gaussian_blobs(20_000 * K, K=K, separation=3.0, rng=np.random.default_rng(1))
    centres = np.array([X[y == k].mean(axis=0) for k in range(K)])
    np.testing.assert_allclose(np.linalg.norm(centres[0] - centres[1]), 3.0, atol=0.05)
    np.testing.assert_allclose(X[y == 0].var(axis=0), 1.0, atol=0.05)


def test_further_inputs_carry_no_signal() -> None:
    X, y = gaussian_blobs(40_000, d=3, rng=np.random.default_rng(2))
    assert abs(X[y == 0, 2].mean() - X[y == 1, 2].mean()) < 0.05


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"B": 0}, ValueError, "B must be at least 1, got 0"),
        ({"K": 1}, ValueError, "K must be at least 2, got 1"),
        ({"d": 1}, ValueError, "d must be at least 2, got 1"),
        ({"separation": 0.0}, ValueError, "separation must be finite and above 0, got 0.0"),
        ({"rng": 3}, TypeError, "rng must be a numpy.random.Generator, got 3"),
    ],
)
def test_blobs_refuse(options: dict[str, Any], error: type[Exception], message: str) -> None:
    arguments: dict[str, Any] = {"B": 10, "rng": np.random.default_rng(0)} | options
    with pytest.raises(error, match=message):
        gaussian_blobs(**arguments)


def test_malignant_is_class_one() -> None:
    data = breast_cancer()
    assert data.class_names == ("benign", "malignant")
    radius = data.X[:, data.feature_names.index("mean radius")]
    assert radius[data.y == 1].mean() > radius[data.y == 0].mean()
    assert (data.y == 1).sum() == 212


def test_digits_have_ten_classes_of_64_pixels() -> None:
    data = digits()
    assert data.X.shape == (1797, 64)
    assert data.class_names == tuple("0123456789")
    assert (data.X.min(), data.X.max()) == (0, 16)
