"""The still form of each widget, and what the widget begins with: computed, never typed.

A widget's axes are the figure's axes, at places given in pixels, so that both cover each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure

from book.reader.figures import INCH
from logreg_book import batch_loss, hessian, logits, loss_and_gradients, softmax, train
from logreg_book.datasets import make_blobs
from logreg_book.viz import plot_decision_boundary, plot_loss, plot_points
from logreg_book.viz.style import COLOURS, EDGE, INK, METHODS, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from logreg_book._types import Array

Place = dict[
    str, list[float]
]  # axes: "box" (left, top, width, height in pixels), "x", "y" (limits)

X, y = make_blobs(160, rng=np.random.default_rng(1))
X = X.round(3)  # all digits would be most of what a page with a widget weighs
DATA = {"X": X.tolist(), "y": y.tolist(), "ink": INK}
# What *Copy as Python* copies, with the widget's state in the places of names
STEP_THE_LINE = """import numpy as np

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
CONTOURS = """import numpy as np

from logreg_book import loss_and_gradients
from logreg_book.datasets import make_blobs

X, y = make_blobs(160, rng=np.random.default_rng(1))
X = X.round(3)
u, eta = np.array(${start}), ${eta}
W, b = np.column_stack([-u, u]) / 2, np.zeros(2)  # b stays 0
for step in range(${steps}):
    loss, dW, _ = loss_and_gradients(X, y, W, b)
    print("step", step, "u", W[:, 1] - W[:, 0], "loss", loss)
    W = W - eta * dW
"""
W, b = np.array([[1.5, -1.5], [-0.5, 0.5]]), np.array([-1.0, 1.0])  # a line that is plainly wrong
BATCHES = [1, 8, 20, len(X)]
PASSES = 20
START = [0.0, 4.0]
# Where p is 0.1, 0.5 and 0.9: log-odds, width and dashes in pixels, label
LINES = [
    (-float(np.log(9)), 2.0, [2, 5], "$p_1 = 0.1$"),
    (0.0, 3.5, [], "0.5"),
    (float(np.log(9)), 2.0, [9, 5], "0.9"),
]
PULL = 24  # pixels for a pull of 1
CIRCLE = "M-4.4 0a4.4 4.4 0 1 0 8.8 0a4.4 4.4 0 1 0 -8.8 0"  # viz.style.MARKERS in SVG
TRIANGLE = "M0 -4.4L4.4 4.4H-4.4Z"


@dataclass(frozen=True)
class Still:
    """What a widget shows without JavaScript, and what the widget itself needs to begin."""

    figure: Figure
    ground: Figure
    """The figure without what moves."""
    alt: str
    caption: str
    still: str
    """What the caption says of the figure alone."""
    live: str
    """What it says in place of that where the widget is."""
    table: dict[str, list[str]]
    data: dict[str, Any]


@contextmanager
def drawing() -> Iterator[None]:
    """The book's style, with letters for a figure that a phone shows nearly in full size."""
    small = {"font.size": 10, "axes.labelsize": 10, "xtick.labelsize": 9, "ytick.labelsize": 9}
    places = {"figure.constrained_layout.use": False}
    with style.context([STYLE, {**small, "legend.fontsize": 9, **places}]):
        yield


def new_figure(width: int, height: int) -> Figure:
    """A figure of a size in pixels."""
    return Figure(figsize=(width / INCH, height / INCH), dpi=INCH)


def add_axes(figure: Figure, place: Place) -> Axes:
    """Axes at their place in a figure."""
    (width, height), (left, top, wide, high) = figure.get_size_inches() * INCH, place["box"]
    ax = figure.add_axes((left / width, 1 - (top + high) / height, wide / width, high / height))
    ax.set(xlim=place["x"], ylim=place["y"])
    return ax


def one_scale(box: list[float], x: list[float], middle: float) -> Place:
    """A place whose axes have one scale, so that a right angle looks like one."""
    reach = (x[1] - x[0]) * box[3] / box[2] / 2
    return {"box": box, "x": x, "y": [round(middle - reach, 4), round(middle + reach, 4)]}


def step_the_line(options: dict[str, Any]) -> Still:
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
            **DATA,
            "python": STEP_THE_LINE,
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
            "batches": BATCHES,
        },
    )


def descend(start: Sequence[float], eta: float, steps: int) -> tuple[Array, Array]:
    """Path of gradient descent in the plane of u, with the losses on it; b stays 0."""
    u, path, losses = np.array(start, dtype=float), [], []
    weights, biases = np.column_stack([-u, u]) / 2, np.zeros(2)
    for _ in range(steps + 1):
        loss, dW, _ = loss_and_gradients(X, y, weights, biases)
        path.append(weights[:, 1] - weights[:, 0])
        losses.append(loss)
        weights = weights - eta * dW
    return np.array(path), np.array(losses)


def largest_curvature(u: Array) -> float:
    """Largest eigenvalue of the Hessian with respect to W, without bias."""
    both = hessian(X, np.column_stack([-u, u]) / 2, np.zeros(2))
    return float(np.linalg.eigvalsh(both[:4, :4])[-1])


def contours(options: dict[str, Any]) -> Still:
    """The loss over two parameters, and the path of gradient descent on it."""
    eta, start = options.get("eta", 1.0), options.get("start", START)
    path, losses = descend([0, 0], 4.0, 400)
    minimum, lowest = path[-1], float(losses[-1])
    curvature = largest_curvature(minimum)
    etas = [float(f"{share / curvature:.2g}") for share in (0.05, 1, 2.3)]
    runs = [descend(START, rate, 60) for rate in etas]
    plane = one_scale([58, 30, 404, 360], [-1.4, 5.8], middle=2.0)
    (left, right), (low, high) = plane["x"], plane["y"]
    us, vs = np.linspace(left, right, 57), np.linspace(low, high, 49)
    zero = np.zeros(2)
    surface = [[batch_loss(X, y, np.array([[-u, u], [-v, v]]) / 2, zero) for u in us] for v in vs]
    levels = lowest + 0.006 * np.arange(1, 14) ** 2

    def draw(moving: bool) -> Figure:
        figure = new_figure(480, 446)
        ax = add_axes(figure, plane)
        ax.grid(False)
        ax.contour(us, vs, surface, levels, colors=EDGE, linewidths=0.7, alpha=0.7)
        ax.plot(*minimum, "+", color=INK, markersize=9, markeredgewidth=1.8)
        ax.set(xlabel="$u_1$, first input", ylabel="$u_2$, second input")
        if not moving:
            return figure
        for i, (rate, (run, _)) in enumerate(zip(etas, runs, strict=True)):
            look: dict[str, Any] = {
                "color": COLOURS[2 + i],
                "marker": "os^"[i],
                "zorder": 3 - i / 9,
            }
            ax.plot(*run.T, linewidth=1, markersize=3.5, label=rf"$\eta$ = {rate:g}", **look)
            ax.plot(*run[-2:].T, linestyle="none", markersize=7, **look)
        figure.legend(
            loc="upper right",
            bbox_to_anchor=(1, 1.02),
            ncols=3,
            handlelength=1.2,
            handletextpad=0.4,
            columnspacing=1,
        )
        return figure

    far = [np.linalg.norm(run[-3:] - minimum, axis=1) for run, _ in runs]  # said below
    assert far[0][-1] > 0.1
    assert far[1][-1] < 1e-3 < np.ptp(runs[2][1][-2:])
    assert np.allclose(runs[2][0][-1], runs[2][0][-3], atol=0.1)
    steps = (0, 1, 2, 5, 20, 59, 60)
    return Still(
        draw(True),
        draw(False),
        alt="Oval contour lines around a cross, the minimum, and three paths from one point. The "
        "first is a row of dots so close that they form a line, which bends towards the "
        "minimum. The second gets there in a few strides. The third crosses the valley "
        "again and again and ends on two points, one on either side of the minimum.",
        caption="The loss of a model with two outputs and no bias on 160 examples, as a function "
        "of the two numbers $u = w_1 - w_0$. The columns of $W$ are $-u/2$ and $u/2$, and "
        r"stay so, because their gradients differ only in sign. With $\lambda$ = "
        f"{curvature:.4f}, the largest eigenvalue of the Hessian with respect to $W$ at the "
        r"minimum, gradient descent settles there only if $\eta\lambda < 2$, here "
        rf"$\eta$ < {2 / curvature:.2f}. ",
        still="Too small a rate crawls, a good one arrives, and one beyond the border ends up "
        "alternating between two losses.",
        live="Drag the ring to another start, click there, or use the arrow keys. A change of the "
        "rate or of the start redraws the same number of steps; the disc is the last of them.",
        table={
            "step": [str(step) for step in steps],
            **{
                f"loss, η = {rate:g}": [f"{run[step]:.4f}" for step in steps]
                for rate, (_, run) in zip(etas, runs, strict=True)
            },
        },
        data={
            **DATA,
            "python": CONTOURS,
            "label": "Contours of the loss and a path. Arrow keys move its start.",
            "size": [480, 446],
            "plane": plane,
            "minimum": minimum.tolist(),
            "lambda": curvature,
            "start": start,
            "eta": eta,
            "rates": [0.1, 130],
            "colour": METHODS["GD"]["color"],
            "rule": "sgd",
        },
    )


WIDGETS: dict[str, Callable[[dict[str, Any]], Still]] = {
    "step-the-line": step_the_line,
    "contours": contours,
}
