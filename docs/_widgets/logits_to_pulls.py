"""Logits to pulls: three logits and a label, the loss, and its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D

from book.reader.stills import Still, add_axes, new_figure
from logreg_book import cross_entropy, grad_logits, grad_probabilities, softmax
from logreg_book.viz.style import COLOURS, EDGE, INK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from book.reader.stills import Place
    from logreg_book._types import Array

LOGITS = [2.0, 1.0, -1.0]
LARGEST = 120.0  # logits: the exponential of float32 overflows above 88.7, and is 0 below -104
ARROW = 4.8  # logits that the arrow of a pull of 1 is long

PYTHON = """import numpy as np

from logreg_book import cross_entropy, grad_logits, grad_probabilities, softmax

h, y = np.array([${h}], dtype=float), [${label}]  # one example
p = softmax(h)
print("p", p[0])
print("loss", cross_entropy(h, y))
print("gradient with respect to h", grad_logits(h, y)[0])
print("gradient with respect to p", grad_probabilities(p, y)[0])

with np.errstate(all="ignore"):
    e = np.exp(h.astype(np.float32))
    naive = e / e.sum()
    print("naive float32: p", naive[0])
    print("naive float32: loss", -np.log(naive[0, y[0]]))
"""


def naive_float32(h: Sequence[float], label: int) -> tuple[Array, float]:
    """Probabilities and loss as their formulas say, without a shift."""
    with np.errstate(all="ignore"):
        e = np.exp(np.array(h, dtype=np.float32))
        p: Array = e / e.sum()
        return p, float(-np.log(p[label]))


def digits(value: float) -> str:
    """A number as the widget writes it.

    >>> [digits(number) for number in (0.25, -1e-7, np.nan)]
    ['0.250', '-1.00e-07', 'nan']
    """
    return f"{value:#.3g}"


def still(options: dict[str, Any]) -> Still:
    """Three logits and a label: probabilities, loss, and the gradient with respect to both."""
    start, label = options.get("logits", LOGITS), options.get("label", 1)
    wrt = options.get("wrt", "h")
    high = [h + 90 - max(start) for h in start]
    far = [-110.0 if k == label else 0.0 for k in range(3)]
    cases = []
    for h in (start, high, far):
        p, (naive, naive_loss) = softmax([h])[0], naive_float32(h, label)
        dh, dp = grad_logits([h], [label])[0], grad_probabilities([p], [label])[0]
        cases.append((p, cross_entropy([h], [label]), dh, dp, naive, naive_loss))
    p, loss, dh, dp, naive, naive_loss = cases[0]
    assert np.allclose(cases[1][0], p)  # said below
    assert np.allclose(naive, p)
    assert np.isnan(cases[1][4]).any()
    assert cases[2][1] < 111 < cases[2][5] == np.inf

    left, wide, across = 58, 300, [-0.05, 0.25]  # a class has a width of 0.1, an arrow key's step
    plane: Place = {"box": [left, 26, wide, 150], "x": across, "y": [-7.5, 7.5]}
    shares: Place = {"box": [left, 208, wide, 84], "x": across, "y": [0, 1.3]}
    slopes: Place = {"box": [left, 326, wide, 140], "x": across, "y": [-2.3, 1.25]}
    cost: Place = {"box": [398, 26, 50, 266], "x": [-0.05, 0.05], "y": [0, 6]}
    columns, bar, mark = np.arange(3) / 10, 0.044, 0.056

    def squash(values: Array | list[float]) -> Array:
        """Each power of ten below -1 as high as the one before."""
        return np.where(
            np.less(values, -1), -1 - np.log10(np.maximum(1, np.abs(values))) / 3, values
        )

    def say(ax: Axes, places: Array, heights: Array, values: Array) -> None:
        for place, height, value in zip(places, heights, values, strict=True):
            ax.text(place, height, digits(value), ha="center", va="center", fontsize=9)

    def draw(moving: bool) -> Figure:
        figure = new_figure(480, 490)
        top, middle, bottom, right = (add_axes(figure, at) for at in (plane, shares, slopes, cost))
        for ax in (top, middle, bottom, right):
            ax.grid(visible=False)
            ax.spines["bottom"].set_visible(False)
            ax.axhline(0, color=EDGE, linewidth=0.8)
            ax.set(xticks=[])
        top.set(yticks=[-6, 0, 6] if moving else [0])
        top.set_title("logits $h$", fontsize=10)
        middle.set(yticks=[0, 1])
        middle.set_title(r"probabilities $p = \mathrm{softmax}(h)$", fontsize=10)
        right.set(yticks=[0, 2, 4, 6], xticks=[0], xticklabels=[r"$-\log p_y$"])
        bottom.set_xticks(columns, [f"class {k}" for k in range(3)])
        bottom.set_yticks(
            squash([1, 0, -1, -10, -100, -1000]), ["1", "0", "$-1$", "", "", "$-10^3$"]
        )
        for ax in (bottom, right):
            ax.tick_params("x", length=0)
        naive_mark = Line2D([], [], color=INK, linewidth=1.8, label="naive\nfloat32")
        step = Line2D([], [], color=INK, marker=r"$\uparrow$", linestyle="", label="next step")
        figure.legend(handles=[step, naive_mark], loc="lower right", bbox_to_anchor=(1.02, 0.1))
        if not moving:
            return figure
        for ax, values in ((middle, p), (bottom, squash(dh))):
            ax.bar(columns, values, bar, color=COLOURS[:3])
        right.bar([0], [loss], bar, color=COLOURS[label])
        middle.hlines(naive, columns - mark / 2, columns + mark / 2, INK, linewidth=1.8)
        right.hlines([naive_loss], -mark / 2, mark / 2, INK, linewidth=1.8)
        top.scatter(columns, start, 280, COLOURS[:3])
        for place, h, pull in zip(columns + 0.026, start, dh, strict=True):
            end = place, h - pull * ARROW
            top.annotate(
                "",
                end,
                (place, h),
                arrowprops={"arrowstyle": "->", "color": INK, "shrinkA": 0, "shrinkB": 0},
            )
        bottom.set_title(
            r"gradient $\partial L/\partial h = p - Y$, outlined $-1/p_y$", fontsize=10
        )
        bottom.bar(
            columns[label], squash(dp)[label], mark, fill=False, edgecolor=INK, linestyle="--"
        )
        say(middle, columns, p + 0.14, p)
        say(bottom, columns, np.where(dh > 0, -0.28, 0.25), dh)
        say(right, np.zeros(1), np.array([loss + 0.25]), np.array([loss]))
        for ax in (top, middle, bottom):
            ax.axvspan(
                columns[label] - 0.05, columns[label] + 0.05, color=INK, alpha=0.07, linewidth=0
            )
        return figure

    names = [", ".join(f"{value:g}" for value in h) for h in (start, high, far)]
    lists = [
        [", ".join(map(digits, part)) for part in (p, dh, naive)] for p, _, dh, _, naive, _ in cases
    ]
    rows = [
        [p, digits(loss), dh, digits(dp[label]), naive, digits(naive_loss)]
        for (p, dh, naive), (_, loss, _, dp, _, naive_loss) in zip(lists, cases, strict=True)
    ]
    heads = ["p", "loss", "p - Y", "-1/p of the label", "naive float32: p", "naive float32: loss"]
    return Still(
        draw(True),
        draw(False),
        alt=f"Three columns, one for each class, that of class {label} shaded, in three rows. "
        f"At the top the logits {names[0]} as dots; beside the label's dot an arrow points up, "
        f"beside the others down. Below, bars of the probabilities {lists[0][0]}. At the bottom "
        f"the gradient as bars, {lists[0][1]}: the label's bar alone points down, and an outline "
        f"around it reaches to {digits(dp[label])}. At the right a bar: the loss, {digits(loss)}.",
        caption="One example with three logits; its label $y$ is shaded. The gradient of the loss "
        r"$-\log p_y$ with respect to the logits is $p - Y$, and the arrows show the next step, "
        "which goes against it: each wrong class is pushed down by its own probability, and the "
        "label is pushed up by what its probability lacks to 1. With respect to the probabilities "
        "the gradient is $-1/p_y$ at the label and 0 elsewhere. As $p_y$ approaches 0 it grows "
        "without bound, whereas $p - Y$ stays between $-1$ and 1. (Below $-1$ the axis is "
        "logarithmic.) ",
        still="The dark marks are what the formulas give in float32 as they are written: the same "
        "here. The numbers below show where they fail: logits near 90, although all that was added "
        "is one number, and a label whose probability is rounded to 0.",
        live="Move a logit with its slider, type it, drag it, or use the arrow keys; a step has "
        "the learning rate 1. The dark marks are what the formulas give in float32 as they are "
        "written. Add 30 to all logits, more than once: the probabilities stay, the marks do not.",
        table={"logits": heads, **dict(zip(names, rows, strict=True))},
        data={
            "python": PYTHON,
            "label": "Logits, probabilities and gradient. Left and right choose a logit, up and "
            "down move it.",
            "size": [480, 490],
            "plane": plane,
            "shares": shares,
            "slopes": slopes,
            "cost": cost,
            "colours": COLOURS[:3],
            "ink": INK,
            "logits": start,
            "y": label,
            "wrt": wrt,
            "limit": LARGEST,
            "words": {
                "h": "gradient ∂L/∂h = p - Y",
                "p": "gradient ∂L/∂p = -Y/p",
                "naive": "Naive float32:",
                "why": [
                    ", because an exponential overflows.",
                    ", because all exponentials underflow to 0.",
                    ", because the label's probability underflows to 0.",
                    ".",
                ],
                "wrt": "with respect to",
                "reach": "logits up to",
                "shift": "Add 30 to all",
            },
        },
    )
