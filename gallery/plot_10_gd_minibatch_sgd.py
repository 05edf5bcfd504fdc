"""
Pay per example: GD, minibatch SGD and SGD
==========================================

The gradient over all examples points along the steepest ascent.  A step against it is the best
short step that there is, but it costs a pass over the data.  The gradient of a single example
points only roughly the same way, and costs one example.  If we count examples instead of steps,
the rough direction is ahead at once, even though each method has its own best learning rate.
"""

# %%
# We make two clouds that overlap, and start from a line that is plainly wrong.
import numpy as np

from logreg_book.datasets import make_blobs

X, y = make_blobs(160, rng=np.random.default_rng(1))
W, b = np.array([[1.5, -1.5], [-0.5, 0.5]]), np.array([-1.0, 1.0])

# %%
# From there we make three kinds of runs, which differ in the number of examples per step, with
# the same data and the same seed, for six passes each.
# A learning rate that is good for one of them is not good for the others, so each gets the best
# of a small grid, by the loss over all examples after two passes.
from logreg_book import train

grids = {
    "GD": (None, (1.0, 2.0, 3.0, 4.0)),
    "minibatch": (20, (0.3, 0.5, 1.0, 2.0)),
    "SGD": (1, (0.02, 0.05, 0.1, 0.2)),
}
runs, best = {}, {}
for name, (batch_size, etas) in grids.items():
    after_two_passes = {}
    for eta in etas:
        rng = np.random.default_rng(1)
        steps = train(
            X, y, W, b, eta=eta, epochs=6, batch_size=batch_size, rng=rng, yield_every="step"
        )
        states = list(steps)
        after_two_passes[eta] = next(s.loss for s in states if s.examples_seen == 2 * len(X))
        if after_two_passes[eta] == min(after_two_passes.values()):
            runs[name], best[name] = states, eta
    print(f"{name:>9}:", {eta: round(loss, 3) for eta, loss in after_two_passes.items()})
    assert best[name] not in (etas[0], etas[-1])  # the best one is inside the grid
print("best learning rates:", best)

# %%
# All three move by one clock, the examples seen.
# At first the clock is slow, because much happens there: it gives a frame to each of the first 40
# examples, then one to every five, and after the first pass one to every 40.
# The arrow on each line points to the side that the line gives to class 1.
from logreg_book.viz import training_film

film = training_film(
    X,
    y,
    runs,
    clock=[*range(40), *range(40, 160, 5), *range(160, 961, 40), *[960] * 12],
    key_frames=[0, 5, 20, 40, 160, 960],
    caption="Watch the lines during the first 40 examples, which pass slowly, and the loss at the "
    "end of each pass, where gradient descent takes its steps.",
    alt="Three copies of the same two clouds of points, each with a line that starts on the "
    "wrong side, above one axis with three falling losses. On both sides of each line thin lines "
    "mark where class 1 has the probabilities 0.1 and 0.9. During the first pass the lines of "
    "SGD and minibatch SGD swing round, and their losses fall almost to the bottom, while the "
    "line of gradient descent stands still. It moves once per pass: the first jump "
    "lowers its loss most of the way, and the following ones ever less. At the end the three lines "
    "and the three losses are nearly the same.",
)
film

# %%
# Gradient descent is still adding up its first gradient when, after 40 examples, both stochastic
# methods have most of their fall behind them.
# After one pass both stochastic methods have a lower loss than gradient descent, which catches
# up with SGD's one pass only in its fourth.
lowest = min(state.loss for states in runs.values() for state in states)
for name in ("minibatch", "SGD"):
    after_40 = next(state.loss for state in runs[name] if state.examples_seen == 40)
    print(f"{name:>9}: loss after 40 examples {after_40:.3f}")
    assert after_40 - lowest < 0.3 * (runs[name][0].loss - lowest)
losses = {}
for name, states in runs.items():
    losses[name] = [state.loss for state in states if state.examples_seen % len(X) == 0]
    print(f"{name:>9}: {len(states) - 1:3} steps, loss after each pass", np.round(losses[name], 3))
gd, minibatch, sgd = losses.values()
assert max(minibatch[1], sgd[1]) < gd[1]
assert gd[3] > sgd[1] > gd[4]
assert max(minibatch[1], sgd[1]) - lowest < 0.02 * (gd[0] - lowest)

# %%
# Gradient descent gets most of the way in its first step; from then on each one gains less.
# In the end the three losses differ by less than a hundredth, and the three lines predict
# nearly the same labels.
from logreg_book import predict

gains = -np.diff(gd)
print("gain of each step of gradient descent:", np.round(gains, 3))
assert gains[0] > 0.9 * gains.sum()
assert (np.diff(gains) < 0).all()
assert gains[-1] > 0
labels = [predict(X, states[-1].W, states[-1].b) for states in runs.values()]
different = max((labels[0] != others).sum() for others in labels[1:])
print("labels that differ:", different, "of", len(X))
assert max(gd[-1], minibatch[-1], sgd[-1]) - lowest < 0.01
assert different <= 0.05 * len(X)

# %%
# So is one pass of SGD all that it takes?
# On a larger data set its lead is longer still, but a constant learning rate keeps it from
# settling exactly; the chapter on stochastic gradient descent measures both.
# Change the seed, the grids or the number of examples above, and see what remains of the picture.
#
# In a window the film plays now; in a notebook it is above.
import matplotlib.pyplot as plt

plt.show()
