"""Inputs for all tests: the same in every run, and read-only, so that nothing can change them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

# Torch's first call is slow, so no deadline; derandomized, so that CI sees what we see.
settings.register_profile("book", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("book")

FLOATS = (np.float32, np.float64)


class Problem(NamedTuple):
    """What every loss of parameters takes."""

    X: NDArray[Any]
    y: NDArray[Any]
    W: NDArray[Any]
    b: NDArray[Any]


class Scores(NamedTuple):
    """What every loss of logits takes."""

    h: NDArray[Any]
    y: NDArray[Any]


def _moderate(dtype: type, *shape: int) -> st.SearchStrategy[NDArray[Any]]:
    elements = st.floats(-3, 3, width=32, allow_subnormal=False)
    return arrays(dtype, shape, elements=elements).map(_frozen)


def _labels(B: int, K: int) -> st.SearchStrategy[NDArray[Any]]:
    return arrays(np.intp, B, elements=st.integers(0, K - 1)).map(_frozen)


def _frozen(a: NDArray[Any]) -> NDArray[Any]:
    a.flags.writeable = False
    return a


@st.composite
def _problems(draw: st.DrawFn, dtypes: tuple[type, ...]) -> Problem:
    B, d, K = draw(st.integers(1, 8)), draw(st.integers(1, 5)), draw(st.integers(1, 6))
    t = draw(st.sampled_from(dtypes))
    X, W, b = (draw(_moderate(t, *shape)) for shape in ((B, d), (d, K), (K,)))
    return Problem(X, draw(_labels(B, K)), W, b)


@st.composite
def _scores(draw: st.DrawFn, dtypes: tuple[type, ...]) -> Scores:
    B, K = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    return Scores(draw(_moderate(draw(st.sampled_from(dtypes)), B, K)), draw(_labels(B, K)))


@pytest.fixture(scope="session")
def problems() -> st.SearchStrategy[Problem]:
    """X, y, W, b in float32 or float64."""
    return _problems(FLOATS)


@pytest.fixture(scope="session")
def problems64() -> st.SearchStrategy[Problem]:
    """X, y, W, b in float64, which a finite difference needs."""
    return _problems((np.float64,))


@pytest.fixture(scope="session")
def scores() -> st.SearchStrategy[Scores]:
    """Logits and labels, h and y, in float32 or float64."""
    return _scores(FLOATS)


@pytest.fixture(scope="session")
def scores64() -> st.SearchStrategy[Scores]:
    """H and y in float64, which a finite difference needs."""
    return _scores((np.float64,))


@pytest.fixture
def overlapping() -> Problem:
    """Three classes in the plane that no line separates, and parameters to start from."""
    rng = np.random.default_rng(0)
    y = np.arange(50) % 3
    X = rng.normal(size=(50, 2)) + 0.5 * np.array([[0.0, 1.0], [1.0, -1.0], [-1.0, -0.5]])[y]
    W, b = 0.1 * rng.normal(size=(2, 3)), np.zeros(3)
    return Problem(*(_frozen(a) for a in (X, y, W, b)))


def pytest_addoption(parser: pytest.Parser) -> None:
    """How often a build is killed."""
    parser.addoption("--kills", type=int, default=2, help="builds to kill at random moments")


@pytest.fixture(scope="session")
def kills(pytestconfig: pytest.Config) -> int:
    """How often a build is killed."""
    number: int = pytestconfig.getoption("--kills")
    return number
