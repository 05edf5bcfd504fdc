"""The hypothesis profile, and fixtures: the same in every run, and read-only."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import settings
from tests.strategies import Problem, frozen

# Workers, one a core, inherit this: threads of one would wait for those of the others, even for
# small products.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
# Torch's first call is slow, so no deadline; derandomized, so that CI sees what we see.
settings.register_profile("book", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("book")


@pytest.fixture
def overlapping() -> Problem:
    """Three classes in the plane that no line separates, and parameters to start from."""
    rng = np.random.default_rng(0)
    y = np.arange(50) % 3
    X = rng.normal(size=(50, 2)) + 0.5 * np.array([[0.0, 1.0], [1.0, -1.0], [-1.0, -0.5]])[y]
    W, b = 0.1 * rng.normal(size=(2, 3)), np.zeros(3)
    return Problem(*(frozen(a) for a in (X, y, W, b)))


def pytest_addoption(parser: pytest.Parser) -> None:
    """How often a build is killed."""
    parser.addoption("--kills", type=int, default=1, help="builds to kill at random moments")


@pytest.fixture(scope="session")
def kills(pytestconfig: pytest.Config) -> int:
    """How often a build is killed."""
    number: int = pytestconfig.getoption("--kills")
    return number
