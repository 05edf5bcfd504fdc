"""A computation as a circuit: values above its wires, gradients below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.text import Annotation

from logreg_book.viz.style import COLOURS, EDGE, INK

__all__ = ["GRADIENT", "draw_circuit"]

GRADIENT = COLOURS[3]
"""Colour of the gradients on the wires."""

Wire = tuple[str, str, float, float]


def draw_circuit(
    ax: Axes, gates: Mapping[str, tuple[float, float]], wires: Sequence[Wire], *, digits: int = 2
) -> list[Annotation]:
    """Draw gates and the wires between them, with the numbers of one forward and backward pass.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw; its frame is removed.
    gates : mapping of str to pair of float
        The name of each gate, input or output, and where it stands: x to the right, y upwards,
        in units of about an inch.
    wires : sequence of (str, str, float, float)
        From which gate, to which gate, the value that flows forward, and the gradient of the
        last output with respect to that value, which flows back.
    digits : int, optional
        Decimals of the numbers.

    Returns
    -------
    list of matplotlib.text.Annotation
        Two per wire: the value above it and the gradient below it.

    Raises
    ------
    ValueError
        If a wire leads from or to a gate that is not there.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> gates = {"x": (0, 0), "square": (1, 0), "L": (2, 0)}
    >>> wires = [("x", "square", 3.0, 6.0), ("square", "L", 9.0, 1.0)]
    >>> numbers = draw_circuit(Figure().add_subplot(), gates, wires, digits=0)
    >>> [number.get_text() for number in numbers]
    ['3', '6', '9', '1']
    """
    unknown = [name for wire in wires for name in wire[:2] if name not in gates]
    if unknown:
        raise ValueError(f"wires must join gates, got {unknown[0]!r} beside {list(gates)}")
    boxes = {
        name: ax.annotate(
            name,
            place,
            ha="center",
            va="center",
            color=INK,
            bbox={"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": EDGE},
            zorder=4,
        )
        for name, place in gates.items()
    }
    numbers = []
    for source, target, value, gradient in wires:
        ax.annotate(
            "",
            gates[target],
            gates[source],
            arrowprops={
                "arrowstyle": "-|>",
                "color": EDGE,
                "patchA": boxes[source].get_bbox_patch(),
                "patchB": boxes[target].get_bbox_patch(),
            },
            zorder=3,
        )
        (x0, y0), (x1, y1) = gates[source], gates[target]
        place = 0.55 * x0 + 0.45 * x1, 0.55 * y0 + 0.45 * y1
        for number, side, va, colour in (
            (value, 3, "bottom", INK),
            (gradient, -3, "top", GRADIENT),
        ):
            numbers.append(
                ax.annotate(
                    f"{number:.{digits}f}",
                    place,
                    (0, side),
                    textcoords="offset points",
                    ha="center",
                    va=va,
                    color=colour,
                    bbox={"pad": 0.5, "facecolor": "white", "edgecolor": "none"},
                    zorder=5,
                )
            )
    xs, ys = zip(*gates.values(), strict=True)
    ax.set(xlim=(min(xs) - 0.5, max(xs) + 0.5), ylim=(min(ys) - 0.5, max(ys) + 0.5))
    ax.set_axis_off()
    return numbers
