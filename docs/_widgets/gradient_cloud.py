"""The gradient cloud: gradients of batches around the full one, and the law of their distance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Circle

from book.reader.stills import Still, add_axes, new_figure, one_scale
from logreg_book import logits, one_hot, softmax
from logreg_book.datasets import make_blobs
from logreg_book.viz.style import INK, METHODS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from book.reader.stills import Place
    from logreg_book._types import Array

# More examples than the chapter has, and its model with two outputs
X, y = make_blobs(200, rng=np.random.default_rng(3))
X = X.round(3)
W, b = np.array([[1.0, -1.0], [-0.5, 0.5]]), np.zeros(2)
BATCHES = [1, 2, 4, 8, 16, 32, 64, 100, 150, 190, 200]
SEEN = [1, 3]  # which numbers of a gradient, row by row, the plane shows: W01 and W11

PYTHON = """import numpy as np

from logreg_book import logits, one_hot, softmax
from logreg_book.datasets import make_blobs

N, B = 200, ${batch}
X, y = make_blobs(N, rng=np.random.default_rng(3))
X = X.round(3)
W, b = np.array([[1.0, -1.0], [-0.5, 0.5]]), np.zeros(2)

X_tilde = np.column_stack([X, np.ones(N)])  # the bias is the last row of the weights
dh = softmax(logits(X, W, b)) - one_hot(y, 2)
g_each = X_tilde[:, :, None] * dh[:, None, :]
g = g_each.mean(axis=0)
v = ((g_each - g) ** 2).sum(axis=(1, 2)).mean()
print("batches of", B, "predicted", v / B * (N - B) / (N - 1))

rng = np.random.default_rng(1)
batches = [rng.choice(N, B, replace=False) for _ in range(${draws})]
errors = np.array([g_each[S].mean(axis=0) for S in batches]) - g
print("draws", len(batches), "measured", (errors**2).sum(axis=(1, 2)).mean())
"""


def gradients_of_examples() -> Array:
    """One gradient per example of the cloud, as a row: W row by row, then b."""
    dh = softmax(logits(X, W, b)) - one_hot(y, 2)
    X_tilde = np.column_stack([X, np.ones(len(dh))])
    each: Array = (X_tilde[:, :, None] * dh[:, None, :]).reshape(len(dh), -1)
    return each


def expected_square(variance: float, batch: int | Array) -> Any:
    """Mean squared distance of a batch's gradient from the full one, drawn without replacement.

    >>> expected_square(1.0, 1), expected_square(1.0, 100), expected_square(1.0, 200)
    (1.0, 0.005025125628140704, 0.0)
    """
    N = len(y)
    return variance / batch * (N - batch) / (N - 1)


def still(options: dict[str, Any]) -> Still:
    """Gradients of single examples and of batches, and the law of their distance from the mean."""
    each, N, batch = gradients_of_examples(), len(y), options.get("batch", 8)
    if batch > N:
        raise ValueError(f"batch must be at most {N}, the number of examples, got {batch}")
    g = each.mean(axis=0)
    squares = ((each - g) ** 2).mean(axis=0)
    v, v_seen = float(squares.sum()), float(squares[SEEN].sum())
    rng = np.random.default_rng(1)
    sizes, draws = (1, 2, 8, 32, 64, 100, 190, N), 2000
    clouds = {
        B: each[[rng.choice(N, B, replace=False) for _ in range(draws)]].mean(axis=1) for B in sizes
    }
    measured = {B: float(((cloud - g) ** 2).sum(axis=1).mean()) for B, cloud in clouds.items()}
    for B in sizes:  # said below
        assert np.isclose(measured[B], expected_square(v, B), rtol=0.15, atol=1e-12)
    far = {B: np.linalg.norm((cloud - g)[:, SEEN], axis=1) for B, cloud in clouds.items()}
    assert np.mean(far[1] < np.sqrt(expected_square(v_seen, 8))) < 0.15
    assert 0.5 < np.mean(far[8] < np.sqrt(expected_square(v_seen, 8))) < 0.7

    plane = one_scale([58, 30, 404, 326], [-4.0, 1.3], middle=0.11)
    law: Place = {"box": [58, 430, 404, 88], "x": [-0.1, 2.4], "y": [-3.5, 0.9]}

    def draw(moving: bool) -> Figure:
        figure = new_figure(480, 562)
        ax, below = add_axes(figure, plane), add_axes(figure, law)
        ax.set(xlabel=r"$\partial L/\partial W_{01}$", ylabel=r"$\partial L/\partial W_{11}$")
        ax.xaxis.labelpad = 1
        ax.set(yticks=range(-1, 3))
        dots: dict[str, Any] = {"linestyle": "none", "marker": "o", "markeredgewidth": 0}
        looks = {
            1: {"color": METHODS["SGD"]["color"], "markersize": 3.5, "alpha": 0.55},
            8: {"color": METHODS["minibatch"]["color"], "markersize": 3, "alpha": 0.7},
            64: {"color": METHODS["GD"]["color"], "markersize": 2.5},
        }
        for B, look in looks.items() if moving else [(1, looks[1])]:
            cloud = each if B == 1 else clouds[B][:150]
            ax.plot(*cloud[:, SEEN].T, label=f"B = {B}", **dots, **look)
            if moving:
                radius = np.sqrt(expected_square(v_seen, B))
                ax.add_patch(Circle(tuple(g[SEEN]), radius, fill=False, color=INK, zorder=3))
        mark: dict[str, Any] = {"marker": "+", "linestyle": "none", "zorder": 4}
        ax.plot(*g[SEEN], color="white", markersize=10, markeredgewidth=3.4, **mark)
        label = "full gradient"
        ax.plot(*g[SEEN], color=INK, markersize=9, markeredgewidth=1.8, label=label, **mark)
        figure.legend(
            loc="upper right",
            bbox_to_anchor=(1, 1.01),
            ncols=4,
            handlelength=1,
            handletextpad=0.3,
            columnspacing=0.9,
        )
        curve = np.concatenate([np.arange(1, N - 1), np.linspace(N - 1, N - 0.05, 9)])
        below.plot(np.log10(curve), np.log10(expected_square(v, curve)), color=INK, linewidth=1.2)
        below.plot([0, np.log10(N)], np.log10([v, v / N]), ":", color=INK, linewidth=1.2)
        ticks = (1, 8, 64, 200)
        below.set_xticks(np.log10(ticks), [f"{tick}" for tick in ticks])
        below.set_yticks([-3, -2, -1, 0], ["0.001", "0.01", "0.1", "1"])
        below.set_xlabel("batch size B", labelpad=1)
        below.set_title("mean squared distance", fontsize=10)
        if moving:
            shown = sizes[:-1]  # with all examples there is no logarithm
            heights = np.log10([measured[B] for B in shown])
            below.plot(np.log10(shown), heights, **dots, color=looks[8]["color"], markersize=5)
        return figure

    return Still(
        draw(True),
        draw(False),
        alt="Dots in a plane around a cross, the full gradient. Those of single examples are "
        "scattered widely, few of them near the cross; those of batches of 8 form a compact cloud "
        "around it, and those of batches of 64 a small spot on it. Around the cross three circles, "
        "each smaller than the one before. Below, on logarithmic axes, measured squared distances "
        "lie on a curve that first falls like a straight line, and then drops steeply near 200.",
        caption="Gradients of the loss on 200 examples, at fixed parameters: two of their six "
        "numbers, for single examples and for batches drawn without replacement. All six give the "
        "squared distance from the full gradient. Its mean is predicted by the solid curve below, "
        r"$v/B \cdot (N - B)/(N - 1)$; the dotted line is $v/B$ alone, as if examples could "
        "come twice. Each circle has the predicted root-mean-square distance in the two numbers "
        "that are shown as its radius, so that some gradients lie outside. ",
        still=f"Each dot below is the mean over {draws} batches: all of them are within 15 % of "
        "the curve, and a batch of all 200 examples is exactly right.",
        live="Choose a batch size and predict: how large will the cloud be, and how often will a "
        "batch lie outside the circle? Then draw one batch, or run. The disc is the last batch; "
        "each batch size that you try leaves its dot below.",
        table={
            "B": [str(B) for B in sizes],
            f"measured, {draws} batches": [f"{measured[B]:.5f}" for B in sizes],
            "predicted": [f"{expected_square(v, B):.5f}" for B in sizes],
        },
        data={
            "X": X.tolist(),
            "y": y.tolist(),
            "W": W.tolist(),
            "b": b.tolist(),
            "python": PYTHON,
            "label": "Gradients of single examples as dots, the full gradient as a cross, and the "
            "gradients of the batches drawn so far. Below, their mean squared distance by batch "
            "size.",
            "size": [480, 562],
            "plane": plane,
            "law": law,
            "seen": SEEN,
            "colour": METHODS["minibatch"]["color"],
            "ink": INK,
            "batch": batch,
            "batches": sorted({*BATCHES, batch}),
        },
    )
