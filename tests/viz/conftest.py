"""Axes to draw in, and no figure left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes


@pytest.fixture
def ax() -> Axes:
    """Axes of a figure that pyplot does not know."""
    return Figure().add_subplot()


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    """Close what a test has opened."""
    yield
    plt.close("all")
