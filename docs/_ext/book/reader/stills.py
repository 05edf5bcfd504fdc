"""The still form of each widget, and what the widget begins with: computed, never typed.

A widget's axes are the figure's axes, at places given in pixels, so that both cover each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from book.reader.figures import INCH
from logreg_book import (
    adam,
    batch_loss,
    cross_entropy,
    grad_logits,
    grad_probabilities,
    hessian,
    logits,
    loss_and_gradients,
    momentum,
    one_hot,
    rmsprop,
    sgd,
    softmax,
    train,
)
from logreg_book.datasets import make_blobs
from logreg_book.viz import plot_decision_boundary, plot_loss, plot_points
from logreg_book.viz.style import COLOURS, EDGE, INK, METHODS, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from logreg_book._types import Array, Rule

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

from logreg_book import ${rule}, loss_and_gradients
from logreg_book.datasets import make_blobs

X, y = make_blobs(160, rng=np.random.default_rng(1))
X = X.round(3)
u, eta = np.array(${start}), ${eta}
W, b = np.column_stack([-u, u]) / 2, np.zeros(2)  # b stays 0
state = None
for step in range(${steps}):
    loss, dW, _ = loss_and_gradients(X, y, W, b)
    print("step", step, "u", W[:, 1] - W[:, 0], "loss", loss)
    W, state = ${rule}(W, dW, state, eta=eta)
"""
LOGITS_TO_PULLS = """import numpy as np

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
GRADIENT_CLOUD = """import numpy as np

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
W, b = np.array([[1.5, -1.5], [-0.5, 0.5]]), np.array([-1.0, 1.0])  # a line that is plainly wrong
BATCHES = [1, 8, 20, len(X)]
PASSES = 20
START = [0.0, 4.0]
LOGITS = [2.0, 1.0, -1.0]
LARGEST = 120.0  # logits: the exponential of float32 overflows above 88.7, and is 0 below -104
# Where p is 0.1, 0.5 and 0.9: log-odds, width and dashes in pixels, label
LINES = [
    (-float(np.log(9)), 2.0, [2, 5], "$p_1 = 0.1$"),
    (0.0, 3.5, [], "0.5"),
    (float(np.log(9)), 2.0, [9, 5], "0.9"),
]
# The gradient cloud: more examples than the chapter has, and its model with two outputs
X_CLOUD, Y_CLOUD = make_blobs(200, rng=np.random.default_rng(3))
X_CLOUD = X_CLOUD.round(3)
W_CLOUD, B_CLOUD = np.array([[1.0, -1.0], [-0.5, 0.5]]), np.zeros(2)
BATCHES_CLOUD = [1, 2, 4, 8, 16, 32, 64, 100, 150, 190, 200]
SEEN = [1, 3]  # which numbers of a gradient, row by row, the plane shows: W01 and W11
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
            "batches": sorted({*BATCHES, batch}),
        },
    )


def descend(
    start: Sequence[float], eta: float, steps: int, rule: Rule = sgd
) -> tuple[Array, Array]:
    """Path of a rule in the plane of u, with the losses on it; b stays 0."""
    u, path, losses, memory = np.array(start, dtype=float), [], [], None
    weights, biases = np.column_stack([-u, u]) / 2, np.zeros(2)
    for _ in range(steps + 1):
        loss, dW, _ = loss_and_gradients(X, y, weights, biases)
        path.append(weights[:, 1] - weights[:, 0])
        losses.append(loss)
        weights, memory = rule(weights, dW, memory, eta=eta)
    return np.array(path), np.array(losses)


def largest_curvature(u: Array) -> float:
    """Largest eigenvalue of the Hessian with respect to W, without bias."""
    both = hessian(X, np.column_stack([-u, u]) / 2, np.zeros(2))
    return float(np.linalg.eigvalsh(both[:4, :4])[-1])


@dataclass(frozen=True)
class Landscape:
    """The loss over the plane of u, on which the contours' widget draws."""

    plane: Place
    minimum: Array
    lowest: float
    curvature: float

    def ground(self) -> tuple[Figure, Axes]:
        """The contours, without a path."""
        (left, right), (low, high) = self.plane["x"], self.plane["y"]
        us, vs, zero = np.linspace(left, right, 57), np.linspace(low, high, 49), np.zeros(2)
        surface = [
            [batch_loss(X, y, np.array([[-u, u], [-v, v]]) / 2, zero) for u in us] for v in vs
        ]
        levels = self.lowest + 0.006 * np.arange(1, 14) ** 2
        figure = new_figure(480, 446)
        ax = add_axes(figure, self.plane)
        ax.grid(False)
        ax.contour(us, vs, surface, levels, colors=EDGE, linewidths=0.7, alpha=0.7)
        ax.plot(*self.minimum, "+", color=INK, markersize=9, markeredgewidth=1.8)
        ax.set(xlabel="$u_1$, first input", ylabel="$u_2$, second input")
        return figure, ax

    def figure(self, runs: list[tuple[Array, dict[str, Any]]]) -> Figure:
        """The contours with paths, of which the last points are larger."""
        figure, ax = self.ground()
        for i, (run, look) in enumerate(runs):
            look = {"zorder": 3 - i / 9, **look}
            ax.plot(*run.T, linewidth=1, markersize=3.5, **look)
            ax.plot(*run[-2:].T, **{**look, "label": None, "linestyle": "none"}, markersize=7)
        figure.legend(
            loc="upper right",
            bbox_to_anchor=(1, 1.02),
            ncols=len(runs),
            handlelength=1.2,
            handletextpad=0.4,
            columnspacing=1,
        )
        return figure


# What the widget offers: rule, the rate it begins with, and the border of the rate times curvature
CONTOUR_RULES: dict[str, tuple[Rule, float, float]] = {
    "GD": (sgd, 6.0, 2),
    "momentum": (momentum, 0.6, 3.8),
    "RMSProp": (rmsprop, 0.02, 0),
    "Adam": (adam, 0.1, 0),
}
FRAME = (
    "The loss of a model with two outputs and no bias on 160 examples, as a function of the two "
    "numbers $u = w_1 - w_0$. The columns of $W$ are $-u/2$ and $u/2$, and stay so, because their "
    "gradients differ only in sign. "
)


def contours(options: dict[str, Any]) -> Still:
    """The loss over two parameters, and the path of an update rule on it."""
    start = options.get("start", START)
    path, losses = descend([0, 0], 4.0, 400)
    minimum, lowest = path[-1], float(losses[-1])
    curvature = largest_curvature(minimum)
    land = Landscape(
        one_scale([58, 30, 404, 360], [-1.4, 5.8], middle=2.0), minimum, lowest, curvature
    )
    rule = options.get("rule", "GD")
    shown = four_rules(land) if "rule" in options else three_rates(land)
    data = {
        **DATA,
        "python": CONTOURS,
        "label": "Contours of the loss and a path. Arrow keys move its start.",
        "size": [480, 446],
        "plane": land.plane,
        "minimum": minimum.tolist(),
        "lambda": curvature,
        "start": start,
        "eta": options.get("eta", CONTOUR_RULES[rule][1] if "rule" in options else 1.0),
        "rates": [0.01, 130],
        "rule": rule,
        "rules": {
            name: {
                "name": function.__name__,
                "colour": METHODS[name]["color"],
                "eta": eta,
                "border": border,
            }
            for name, (function, eta, border) in CONTOUR_RULES.items()
        },
    }
    return replace(shown, data=data)


def loss_table(runs: dict[str, Array], steps: Sequence[int]) -> dict[str, list[str]]:
    """Losses after some of the steps."""
    return {
        "step": [str(step) for step in steps],
        **{name: [f"{losses[step]:.4f}" for step in steps] for name, losses in runs.items()},
    }


def three_rates(land: Landscape) -> Still:
    """Gradient descent with a rate that is too small, a good one and one beyond the border."""
    etas = [float(f"{share / land.curvature:.2g}") for share in (0.05, 1, 2.3)]
    runs = [descend(START, rate, 60) for rate in etas]
    far = [np.linalg.norm(run[-3:] - land.minimum, axis=1) for run, _ in runs]  # said below
    assert far[0][-1] > 0.1
    assert far[1][-1] < 1e-3 < np.ptp(runs[2][1][-2:])
    assert np.allclose(runs[2][0][-1], runs[2][0][-3], atol=0.1)
    looks = [
        {"color": COLOURS[2 + i], "marker": "os^"[i], "label": rf"$\eta$ = {rate:g}"}
        for i, rate in enumerate(etas)
    ]
    paths = [run for run, _ in runs]
    return Still(
        land.figure(list(zip(paths, looks, strict=True))),
        land.ground()[0],
        alt="Oval contour lines around a cross, the minimum, and three paths from one point. The "
        "first is a row of dots so close that they form a line, which bends towards the "
        "minimum. The second gets there in a few strides. The third crosses the valley "
        "again and again and ends on two points, one on either side of the minimum.",
        caption=f"{FRAME}With $\\lambda$ = {land.curvature:.4f}, the largest eigenvalue of the "
        "Hessian with respect to $W$ at the minimum, gradient descent settles there only if "
        rf"$\eta\lambda < 2$, here $\eta$ < {2 / land.curvature:.2f}. ",
        still="Too small a rate crawls, a good one arrives, and one beyond the border ends up "
        "alternating between two losses.",
        live="Drag the ring to another start, click there, or use the arrow keys. A change of the "
        "rate, of the rule or of the start redraws the same number of steps; the disc is the last "
        "of them.",
        table=loss_table(
            {f"loss, η = {rate:g}": losses for rate, (_, losses) in zip(etas, runs, strict=True)},
            (0, 1, 2, 5, 20, 59, 60),
        ),
        data={},
    )


def four_rules(land: Landscape) -> Still:
    """Four rules from one start, each with the rate that the widget begins with."""
    runs = {name: descend(START, eta, 60, rule) for name, (rule, eta, _) in CONTOUR_RULES.items()}
    first = {name: run[1] - run[0] for name, (run, _) in runs.items()}  # said below
    for name in ("RMSProp", "Adam"):
        assert np.isclose(first[name][0], -first[name][1], rtol=1e-3)
        assert abs(first[name][0] + first[name][1]) < abs(first["GD"][0] + first["GD"][1])
    beyond = runs["momentum"][0] - land.minimum
    assert beyond[:, 0].max() > 1.5
    assert beyond[beyond[:, 0].argmax(), 1] < -0.2
    assert all(losses[-1] < land.lowest + 0.003 for _, losses in runs.values())
    looks = [
        {"color": METHODS[name]["color"], "linestyle": "-", "marker": "os^D"[i], "label": name}
        for i, name in enumerate(CONTOUR_RULES)
    ]
    paths = [run for run, _ in runs.values()]
    border = CONTOUR_RULES["momentum"][2]
    return Still(
        land.figure(list(zip(paths, looks, strict=True))),
        land.ground()[0],
        alt="Oval contour lines around a cross, the minimum, and four paths from one point at the "
        "upper left, all of which end near the cross. That of gradient descent sets out at a right "
        "angle to the contours. That of momentum begins in the same direction with shorter steps, "
        "runs far past the minimum, to the right and below, and turns back. Those of RMSProp and "
        "Adam set out exactly diagonally, to the lower right.",
        caption=f"{FRAME}With $\\lambda$ = {land.curvature:.4f}, the largest eigenvalue of the "
        rf"Hessian at the minimum, gradient descent settles there only if $\eta\lambda < 2$, and "
        rf"momentum with $\mu$ = 0.9 only if $\eta\lambda$ < {border:g}. The first step of RMSProp "
        "and Adam goes equally far in all parameters, whatever the gradient is. ",
        still="Sixty steps of each rule, with the learning rates of the table.",
        live="Choose a rule, and change its rate. Drag the ring to another start, click there, or "
        "use the arrow keys. Each change redraws the same number of steps; the disc is the last "
        "of them.",
        table=loss_table(
            {
                f"loss, {name}, η = {CONTOUR_RULES[name][1]:g}": losses
                for name, (_, losses) in runs.items()
            },
            (0, 1, 2, 5, 10, 20, 60),
        ),
        data={},
    )


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


def logits_to_pulls(options: dict[str, Any]) -> Still:
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
            end = place, h - pull * PULL / 5
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
            "python": LOGITS_TO_PULLS,
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


def gradients_of_examples() -> Array:
    """One gradient per example of the cloud, as a row: W row by row, then b."""
    dh = softmax(logits(X_CLOUD, W_CLOUD, B_CLOUD)) - one_hot(Y_CLOUD, 2)
    X_tilde = np.column_stack([X_CLOUD, np.ones(len(dh))])
    each: Array = (X_tilde[:, :, None] * dh[:, None, :]).reshape(len(dh), -1)
    return each


def expected_square(variance: float, batch: int | Array) -> Any:
    """Mean squared distance of a batch's gradient from the full one, drawn without replacement.

    >>> expected_square(1.0, 1), expected_square(1.0, 100), expected_square(1.0, 200)
    (1.0, 0.005025125628140704, 0.0)
    """
    N = len(Y_CLOUD)
    return variance / batch * (N - batch) / (N - 1)


def gradient_cloud(options: dict[str, Any]) -> Still:
    """Gradients of single examples and of batches, and the law of their distance from the mean."""
    each, N, batch = gradients_of_examples(), len(Y_CLOUD), options.get("batch", 8)
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
            "X": X_CLOUD.tolist(),
            "y": Y_CLOUD.tolist(),
            "W": W_CLOUD.tolist(),
            "b": B_CLOUD.tolist(),
            "python": GRADIENT_CLOUD,
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
            "batches": sorted({*BATCHES_CLOUD, batch}),
        },
    )


WIDGETS: dict[str, Callable[[dict[str, Any]], Still]] = {
    "step-the-line": step_the_line,
    "contours": contours,
    "logits-to-pulls": logits_to_pulls,
    "gradient-cloud": gradient_cloud,
}
