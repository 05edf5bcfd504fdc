"""
Pay per example: GD, minibatch and SGD
======================================

A gradient over all examples gives the steepest way down, and costs a pass over the data.
A gradient over one example gives roughly the way down, and costs one example.
Counted in examples seen, the rough one is far ahead at once, and never comes to rest.
"""

# %%
# Two clouds that overlap, and a line that is plainly wrong to start from.
import numpy as np

from logreg_book.datasets import gaussian_blobs

rng = np.random.default_rng(1)
X, y = gaussian_blobs(160, rng=rng)
W, b = np.array([[1.5, -1.5], [-0.5, 0.5]]), np.array([-1.0, 1.0])

# %%
# Three runs from there: the same data, the same seed, the same :math:`\eta`, ten passes each.
# They differ in one number alone, the examples that a step looks at.
from logreg_book import fit

runs = {}
for name, batch_size in {"GD": None, "minibatch": 20, "SGD": 1}.items():
    rng = np.random.default_rng(1)
    states = fit(X, y, W, b, eta=0.5, epochs=10, batch_size=batch_size, rng=rng, record="step")
    runs[name] = list(states)

# %%
# All three move by one clock, the examples seen.
# The arrow on each line points to the side that the line gives to class 1.
from logreg_book.animation import training_film

film = training_film(
    X,
    y,
    runs,
    alt="Three copies of the same two clouds of points, each with a line that starts on the "
    "wrong side, above one axis with three falling losses. The line of SGD swings round within "
    "a few examples and then keeps shaking, and its loss drops at once and stays ragged. The "
    "line of minibatch descent turns smoothly and rests after about two passes. The line of "
    "gradient descent moves once a pass, in ten jumps, and at the end is still on its way.",
)

# %%
# SGD has taken a step while gradient descent is still adding up its first gradient.
# But one example says little: the last loss of SGD depends on the example that came last.
# The minibatch has the best of both here.
# The losses after one pass, and after ten:
for name, states in runs.items():
    one_pass = next(state for state in states if state.seen == len(X))
    steps = len(states) - 1
    print(f"{name:>9}: {steps:4} steps, loss {one_pass.loss:.2f}, in the end {states[-1].loss:.2f}")

# %%
# How ragged the end is can be measured: the lowest and the highest loss of the last pass.
for name, states in runs.items():
    last_pass = [state.loss for state in states if state.seen > 9 * len(X)]
    print(f"{name:>9}: {min(last_pass):.2f} to {max(last_pass):.2f}")

# %%
# The same :math:`\eta` for all is a fair start and not the last word.
# Gradient descent could stand a larger one; SGD would come to rest with one that shrinks.
# Try both: change ``eta`` above.
#
# In a window the film plays now; in a notebook, end a cell with ``film`` to see it.
import matplotlib.pyplot as plt

plt.show()
