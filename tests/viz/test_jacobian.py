"""Two matrices are drawn on one scale of colours, and the cells that differ are outlined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.testing import assert_allclose, assert_array_equal
from tests.refusals import refuses

from logreg_book import MISTAKES, softmax_jacobian
from logreg_book.viz import plot_jacobians

if TYPE_CHECKING:
    from matplotlib.axes import Axes

H = np.array([2.0, 0.5, -1.0])
RIGHT = softmax_jacobian(H)
WRONG = next(m for m in MISTAKES if m.name == "jacobian-diagonal-only").function(H)


@pytest.fixture
def axes() -> list[Axes]:
    """Two axes side by side."""
    return list(Figure().subplots(1, 2))


def frames(ax: Axes) -> set[tuple[int, int]]:
    """Row and column of the outlined cells."""
    found = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert not any(frame.get_fill() for frame in found)
    centres = [np.add(frame.get_xy(), 0.44) for frame in found]
    return {(round(float(y)), round(float(x))) for x, y in centres}


def test_both_matrices_are_drawn_on_one_scale_around_zero(axes: list[Axes]) -> None:
    images = plot_jacobians(axes, RIGHT, WRONG)
    for image, matrix in zip(images, (RIGHT, WRONG), strict=True):
        assert_allclose(np.asarray(image.get_array()), matrix)
        low, high = image.get_clim()
        assert low == -high < -np.abs([RIGHT, WRONG]).max()
        assert images[0].get_clim() == (low, high)
        assert_allclose(image.to_rgba(np.zeros(1))[0, :3], 1, atol=0.05)  # 0 is white
    assert [ax.get_title() for ax in axes] == ["right", "wrong"]


def test_cells_that_differ_are_outlined_in_the_wrong_one(axes: list[Axes]) -> None:
    plot_jacobians(axes, RIGHT, WRONG)
    assert frames(axes[0]) == set()
    assert frames(axes[1]) == {(i, k) for i in range(3) for k in range(3) if i != k}


def test_equal_matrices_have_no_outlines(axes: list[Axes]) -> None:
    plot_jacobians(axes, RIGHT, RIGHT * (1 + 1e-12))
    plot_jacobians(axes, np.zeros((2, 2)), np.zeros((2, 2)))
    assert frames(axes[1]) == set()


def test_each_cell_holds_its_number(axes: list[Axes]) -> None:
    matrix = [[-0.25, 1.0, -0.004], [0.0, 0.126, -1.0]]
    plot_jacobians(axes, matrix, matrix, titles=("a", "b"))
    texts = {text.get_position(): text.get_text() for text in axes[1].texts}
    assert [texts[k, 0] for k in range(3)] == ["−0.25", "1.00", "0.00"]  # noqa: RUF001
    assert [texts[k, 1] for k in range(3)] == ["0.00", "0.13", "−1.00"]  # noqa: RUF001
    assert axes[0].get_title() == "a"
    plot_jacobians(axes, matrix, matrix, decimals=1)
    assert axes[0].texts[-1].get_text() == "−1.0"  # noqa: RUF001


def luminance(colour: Any) -> float:
    """Relative luminance, as the Web Content Accessibility Guidelines define it."""
    c = np.asarray(to_rgb(colour))
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_numbers_are_readable_on_every_colour(axes: list[Axes]) -> None:
    matrix = np.linspace(-1, 1, 41)[np.newaxis]
    image, _ = plot_jacobians(axes, matrix, matrix)
    for value, text in zip(matrix[0], axes[0].texts, strict=True):
        both = luminance(image.to_rgba(np.array([value]))[0, :3]), luminance(text.get_color())
        assert (max(both) + 0.05) / (min(both) + 0.05) >= 4.5, value


def test_arguments_are_left_as_they_were_and_may_be_float32(axes: list[Axes]) -> None:
    right, wrong = np.float32(RIGHT), np.float32(WRONG)
    plot_jacobians(axes, right, wrong)
    assert_array_equal(right, np.float32(RIGHT))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wrong": [[1.0]]}, "wrong must have shape (3, 3) as right has, got (1, 1)"),
        ({"right": H}, "right must have 2 dimension(s), got shape (3,)"),
        ({"wrong": WRONG * np.nan}, "wrong must be finite, got nan at index (0, 0)"),
        ({"decimals": -1}, "decimals must be at least 0, got -1"),
    ],
)
def test_what_cannot_be_drawn_is_rejected(
    axes: list[Axes], change: dict[str, Any], message: str
) -> None:
    refuses(plot_jacobians, message, axes, **({"right": RIGHT, "wrong": WRONG} | change))
    assert not axes[0].images
