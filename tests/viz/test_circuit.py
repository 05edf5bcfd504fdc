"""A circuit shows each number where it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from logreg_book.viz import draw_circuit
from logreg_book.viz.circuit import GRADIENT
from logreg_book.viz.style import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GATES = {"w": (0.0, 1.0), "x": (0.0, 0.0), "times": (1.5, 0.5), "L": (3.0, 0.5)}
WIRES = [("w", "times", 2.0, 3.0), ("x", "times", 3.0, 2.0), ("times", "L", 6.0, 1.0)]


def test_each_wire_has_its_value_above_and_its_gradient_below() -> None:
    with plt.style.context("logreg_book.viz.book"):
        figure = Figure(figsize=(4, 2))
        numbers = draw_circuit(figure.add_subplot(), GATES, WIRES, digits=1)
        figure.draw_without_rendering()
    assert [number.get_text() for number in numbers] == ["2.0", "3.0", "3.0", "2.0", "6.0", "1.0"]
    for value, gradient in zip(numbers[::2], numbers[1::2], strict=True):
        assert value.xy == gradient.xy
        assert value.get_window_extent().y0 > gradient.get_window_extent().y1
        assert (value.get_color(), gradient.get_color()) == (INK, GRADIENT)


def test_all_gates_are_in_view_and_the_frame_is_not(ax: Axes) -> None:
    draw_circuit(ax, GATES, WIRES)
    assert [text.get_text() for text in ax.texts if text.get_text() in GATES] == list(GATES)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert all(left < x < right and low < y < high for x, y in GATES.values())
    assert not ax.axison


def test_a_wire_that_leads_nowhere_is_rejected(ax: Axes) -> None:
    with pytest.raises(ValueError, match=r"wires must join gates, got 'y' beside \['w'"):
        draw_circuit(ax, GATES, [("w", "y", 1.0, 1.0)])
    assert not ax.texts
