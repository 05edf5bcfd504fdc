"""Step size on the contours: the path of an update rule over two parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from book.reader.stills import Still, add_axes, new_figure, one_scale
from logreg_book import (
    adam,
    batch_loss,
    hessian,
    loss_and_gradients,
    momentum,
    rmsprop,
    sgd,
)
from logreg_book.datasets import make_blobs
from logreg_book.viz.style import COLOURS, EDGE, INK, METHODS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from book.reader.stills import Place
    from logreg_book._types import Array, Rule

X, y = make_blobs(160, rng=np.random.default_rng(1))
X = X.round(3)  # as on the page
START = [0.0, 4.0]

PYTHON = """import numpy as np

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
RULES: dict[str, tuple[Rule, float, float]] = {
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


def still(options: dict[str, Any]) -> Still:
    """The loss over two parameters, and the path of an update rule on it."""
    start = options.get("start", START)
    path, losses = descend([0, 0], 4.0, 400)
    minimum, lowest = path[-1], float(losses[-1])
    curvature = largest_curvature(minimum)
    land = Landscape(
        one_scale([58, 30, 404, 360], [-1.4, 5.8], middle=2.0), minimum, lowest, curvature
    )
    rule = options.get("rule", "GD")
    if rule not in RULES:
        raise ValueError(f"the rules are {', '.join(RULES)}")
    shown = four_rules(land) if "rule" in options else three_rates(land)
    data = {
        "X": X.tolist(),
        "y": y.tolist(),
        "ink": INK,
        "python": PYTHON,
        "label": "Contours of the loss and a path. Arrow keys move its start.",
        "size": [480, 446],
        "plane": land.plane,
        "minimum": minimum.tolist(),
        "lambda": curvature,
        "start": start,
        "eta": options.get("eta", RULES[rule][1] if "rule" in options else 1.0),
        "rates": [0.01, 130],
        "rule": rule,
        "rules": {
            name: {
                "name": function.__name__,
                "colour": METHODS[name]["color"],
                "eta": eta,
                "border": border,
            }
            for name, (function, eta, border) in RULES.items()
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
    runs = {name: descend(START, eta, 60, rule) for name, (rule, eta, _) in RULES.items()}
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
        for i, name in enumerate(RULES)
    ]
    paths = [run for run, _ in runs.values()]
    border = RULES["momentum"][2]
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
            {f"loss, {name}, η = {RULES[name][1]:g}": losses for name, (_, losses) in runs.items()},
            (0, 1, 2, 5, 10, 20, 60),
        ),
        data={},
    )
