"""Step the line: train by gradient descent or SGD, and see what each example pulls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from book.reader.figures import INCH
from book.reader.stills import Still, add_axes, new_figure, one_scale
from logreg_book import logits, softmax, train
from logreg_book.datasets import make_blobs
from logreg_book.viz import plot_decision_boundary, plot_loss, plot_points
from logreg_book.viz.style import COLOURS, INK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from book.reader.stills import Place

X, y = make_blobs(160, rng=np.random.default_rng(1))
X = X.round(3)  # all digits would be most of what a page with a widget weighs
W, b = np.array([[1.5, -1.5], [-0.5, 0.5]]), np.array([-1.0, 1.0])  # a line that is plainly wrong
BATCHES = [1, 8, 20, len(X)]
PASSES = 20
# Where p is 0.1, 0.5 and 0.9: log-odds, width and dashes in pixels, label
LINES = [
    (-float(np.log(9)), 2.0, [2, 5], "$p_1 = 0.1$"),
    (0.0, 3.5, [], "0.5"),
    (float(np.log(9)), 2.0, [9, 5], "0.9"),
]
PULL = 24  # pixels for a pull of 1
CIRCLE = "M-4.4 0a4.4 4.4 0 1 0 8.8 0a4.4 4.4 0 1 0 -8.8 0"  # viz.style.MARKERS in SVG
TRIANGLE = "M0 -4.4L4.4 4.4H-4.4Z"

PYTHON = """import numpy as np

from logreg_book import batch_loss, train
from logreg_book.datasets import make_blobs

X, y = make_blobs(160, rng=np.random.default_rng(1))
X = X.round(3)
${moved}\
W, b = np.array(${W}), np.array(${b})
print("loss", batch_loss(X, y, W, b))

rng = np.random.default_rng(1)
for state in train(X, y, W, b, eta=${eta}, epochs=5, batch_size=${batch}, rng=rng):
    print("epoch", state.epoch, "loss", state.loss)
"""


def still(options: dict[str, Any]) -> Still:
    """Points of two classes, the line between them, each example's pull, and the loss."""
    eta, batch = options.get("eta", 1.0), options.get("batch", len(X))
    rng = np.random.default_rng(1)
    states = list(train(X, y, W, b, eta=eta, epochs=PASSES, batch_size=batch, rng=rng))
    pulls = softmax(logits(X, W, b))[:, 1] - y
    losses = [s.examples_seen for s in states], [s.loss for s in states]
    plane = one_scale([58, 30, 404, 308], [-4.0, 5.2], middle=-0.2)
    loss: Place = {"box": [58, 386, 404, 84], "x": [0, PASSES * len(X)], "y": [0, 2.4]}

    def draw(moving: bool) -> Figure:
        figure = new_figure(480, 500)
        ax, below = add_axes(figure, plane), add_axes(figure, loss)
        ax.set(xlabel="$x_1$", ylabel="$x_2$")
        clouds = plot_points(ax, X, y, size=28)
        lines = [
            plot_decision_boundary(
                ax,
                *(W, b - [0, log_odds]),
                arrow=False,
                linewidths=width * 72 / INCH,
                linestyles=(0, [length / width for length in dashes]) if dashes else "-",
                label=label,
            )
            for log_odds, width, dashes, label in LINES
        ]
        figure.legend(
            handles=[*clouds, *lines],
            loc="upper right",
            bbox_to_anchor=(1, 1.01),
            ncols=5,
            handlelength=1.5,
            handletextpad=0.4,
            columnspacing=1.1,
        )
        below.set(xticks=[0, loss["x"][1]] if moving else [0], yticks=[0, 1, 2])
        below.set_xlabel("examples seen", labelpad=-12)
        below.set_ylabel("loss (nats)", fontsize=9)
        if moving:
            below.get_xticklabels()[-1].set(horizontalalignment="right")
            ends = X[:, 1] + pulls * PULL / plane["box"][3] * np.ptp(plane["y"])
            ax.vlines(X[:, 0], X[:, 1], ends, INK, linewidth=0.9, alpha=0.6, zorder=1.5)
            plot_decision_boundary(ax, states[-1].W, states[-1].b, colors=COLOURS[2])
            plot_loss(below, *losses).set(color=INK)
        else:
            for part in (*clouds, *lines):
                part.remove()
        return figure

    first, last = states[0], states[-1]
    rows = [states[epoch] for epoch in (0, 1, 2, 5, 10, PASSES)]
    method = "gradient descent" if batch == len(X) else f"SGD with batches of {batch}"
    return Still(
        draw(True),
        draw(False),
        alt="Two overlapping clouds of points and, through both of them, a line that separates "
        "nothing, with two parallel lines beside it. Most points have a bar: points of class 0 "
        "upwards, points of class 1 downwards. A coloured line, the last one, runs between the "
        f"clouds. Below, the loss falls from {first.loss:.2f} to {last.loss:.2f}.",
        caption="Logistic regression with two outputs on 160 examples. On the solid line "
        "$p_1 = 0.5$, and beside it $p_1$ is 0.1 and 0.9. The bar on each example is its pull "
        "$p_1 - Y_1$, upwards if $p_1$ is too high and downwards if it is too low, so that long "
        "bars show which examples the next step listens to. ",
        still=f"The coloured line is where {PASSES} passes of {method} end with $\\eta$ = {eta:g}.",
        live="Choose a point with the slider or by a click; then drag it, click where it should "
        "go, or use the arrow keys.",
        table={
            "passes": [f"{s.epoch}" for s in rows],
            "examples seen": [f"{s.examples_seen}" for s in rows],
            "loss": [f"{s.loss:.4f}" for s in rows],
        },
        data={
            "X": X.tolist(),
            "y": y.tolist(),
            "ink": INK,
            "python": PYTHON,
            "label": "Points and line. Arrow keys move the chosen point.",
            "size": [480, 500],
            "plane": plane,
            "loss": loss,
            "colours": COLOURS[:2],
            "markers": [CIRCLE, TRIANGLE],
            "lines": [line[:3] for line in LINES],
            "bar": PULL,
            "chosen": int(abs(pulls).argmax()),
            "W": W.tolist(),
            "b": b.tolist(),
            "eta": eta,
            "batch": batch,
            "batches": sorted({*BATCHES, batch}),
        },
    )
