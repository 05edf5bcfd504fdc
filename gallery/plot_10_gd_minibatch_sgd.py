"""
Pay per example: GD, minibatch and SGD
======================================

The negative gradient over all examples is the direction of steepest descent, and costs a pass
over the data.  The gradient of one example points there only roughly, but costs one example.
Counted in examples seen, and each at its own best learning rate, the rough one is ahead first,
and does not settle.
"""

# %%
# Two overlapping clouds, and a line that is plainly wrong to start from.
import numpy as np

from logreg_book.datasets import make_blobs

rng = np.random.default_rng(1)
X, y = make_blobs(160, rng=rng)
W, b = np.array([[1.5, -1.5], [-0.5, 0.5]]), np.array([-1.0, 1.0])

# %%
# Each method gets the learning rate of this grid with the lowest loss after one pass: a small
# batch needs a smaller rate than a large one, so one rate for all would decide the comparison.
from logreg_book import train

methods = {"GD": 160, "minibatch": 20, "SGD": 1}


def run(batch_size, eta, epochs, **settings):
    """States of one run, always with the same shuffles."""
    rng = np.random.default_rng(1)
    run = train(X, y, W, b, eta=eta, epochs=epochs, batch_size=batch_size, rng=rng, **settings)
    return list(run)


best = {}
for name, batch_size in methods.items():
    losses = {eta: run(batch_size, eta, 1)[-1].loss for eta in (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)}
    best[name] = min(losses, key=losses.get)
    print(f"{name:>9}: best eta {best[name]}, loss after one pass {losses[best[name]]:.3f}")

# %%
# Three runs of two passes from the same start, with the loss after every step.
runs = {
    name: run(batch_size, best[name], 2, yield_every="step") for name, batch_size in methods.items()
}

# %%
# All three are shown on one axis, the examples seen.
# The arrow on each line points to the side of class 1.
from logreg_book.viz import training_film

film = training_film(
    X,
    y,
    runs,
    alt="Three copies of two clouds of points, each with a line that starts on the wrong side, "
    "above one axis with three falling losses. The line of SGD turns round early in the first "
    "pass and then jitters. The line of gradient descent moves only at the end of each pass.",
)

# %%
# SGD has taken many steps before gradient descent takes its first.
# The losses after a quarter of a pass, after one pass, and after two:
at = {}
for name, states in runs.items():
    at[name] = [[s.loss for s in states if s.examples_seen <= n][-1] for n in (40, 160, 320)]
    print(f"{name:>9}: {len(states) - 1:3} steps, loss", *(f"{loss:.3f}" for loss in at[name]))
assert at["SGD"][0] < at["GD"][0] / 3
assert at["SGD"][1] < at["minibatch"][1] < at["GD"][1]

# %%
# How much a run jitters can be measured: the lowest and the highest loss of the second pass.
jitter = {}
for name, states in runs.items():
    second_pass = [s.loss for s in states if s.examples_seen > 160]
    jitter[name] = max(second_pass) - min(second_pass)
    print(f"{name:>9}: {min(second_pass):.3f} to {max(second_pass):.3f}")
assert jitter["SGD"] > 0.01
assert jitter["GD"] == 0

# %%
# Gradient descent has one state in the second pass, so it cannot jitter; with more passes it
# comes closer to the minimum than SGD does with a constant rate.
# Change ``eta``, the start or the number of examples above, and see what becomes of it.
#
# In a window the film plays now; in a notebook, end a cell with ``film`` to see it.
import matplotlib.pyplot as plt

plt.show()
