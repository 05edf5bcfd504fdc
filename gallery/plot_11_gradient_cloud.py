"""
The cloud of minibatch gradients
================================

The gradient of a random batch is right on average, and off by some distance each time.  How large
that distance is, a law says before anything is drawn: its mean square is the variance of one
example's gradient, divided by the size of the batch, times a factor for drawing no example twice.
"""

# %%
# One sigmoid with two weights and a bias, at weights that are plainly wrong, and the gradient of
# each example.  The film shows the two entries that belong to the weights.
import numpy as np

from logreg_book import sigmoid
from logreg_book.datasets import make_blobs

N, n_batches = 160, 200
X, y = make_blobs(N, rng=np.random.default_rng(1))
theta = np.array([-2.0, 1.0, 0.0])
p = sigmoid(X @ theta[:2] + theta[2])
g_each = (p - y)[:, np.newaxis] * X
g = g_each.mean(axis=0)
v = ((g_each - g) ** 2).sum(axis=1).mean()

# %%
# Two hundred orders of all examples.  The first B of an order are a batch of B, so that each dot
# of the film is one order whose batch grows.
rng = np.random.default_rng(2)
orders = rng.permuted(np.tile(np.arange(N), (n_batches, 1)), axis=1)
batch_means = np.cumsum(g_each[orders], axis=1) / np.arange(1, N + 1)[:, np.newaxis]
sizes = np.arange(1, N + 1)
predicted = np.sqrt(v / sizes * (N - sizes) / (N - 1))
measured = np.sqrt(((batch_means - g) ** 2).sum(axis=2).mean(axis=0))
for B in (1, 4, 16, 64, 159):
    print(f"B {B:3}: predicted {predicted[B - 1]:.4f}, measured {measured[B - 1]:.4f}")
assert np.allclose(measured, predicted, rtol=0.12, atol=1e-12)

# %%
# The clock rests on the batches of 1, 4, 16, 64 and all examples, and runs in between.
import matplotlib.pyplot as plt

from logreg_book.viz import Film
from logreg_book.viz.style import INK, METHODS

plt.style.use("logreg_book.viz.book")
stops = [1, 4, 16, 64, 160]
clock = [1] * 12
for n, there in enumerate(stops[1:]):
    here = stops[n]
    clock += [int(B) for B in np.geomspace(here, there, 10).round()[1:]] + [there] * 14

figure, ax = plt.subplots(figsize=(6.4, 5.6))
(dots,) = ax.plot([], [], ".", color=METHODS["minibatch"]["color"], markersize=6, alpha=0.6)
ax.plot(*batch_means[:, 0].T, ".", color=INK, markersize=6, alpha=0.12)
ax.plot(*g, "+", color=INK, markersize=16, markeredgewidth=2)
circle = plt.Circle(g, 0, fill=False, color=INK, linewidth=1.6)
ax.add_patch(circle)
title = ax.text(0.02, 0.97, "", transform=ax.transAxes, va="top")
low, high = g_each.min(axis=0) - 0.2, g_each.max(axis=0) + 0.2
ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
ax.set(xlabel=r"$\partial L/\partial w_1$", ylabel=r"$\partial L/\partial w_2$")


def update(frame):
    """Show all batches of one size, and the predicted distance."""
    B = clock[frame]
    dots.set_data(*batch_means[:, B - 1].T)
    circle.set_radius(predicted[B - 1])
    title.set_text(f"B = {B}\npredicted {predicted[B - 1]:.3f}\nmeasured {measured[B - 1]:.3f}")
    return [dots, circle, title]


film = Film(
    figure,
    update,
    n_frames=len(clock),
    fps=12,
    caption="Each dot is the gradient of one random batch, and the cross is that of all examples. "
    "The circle has the root-mean-square distance of the law as its radius: watch whether the dots "
    "go along with it. The pale dots stay where single examples are.",
    key_frames=[clock.index(B) for B in stops],
    alt="Two hundred dots are scattered around a cross. As the batch grows from one example to all "
    "160, the dots move towards the cross, and a circle shrinks with them: about half as wide for "
    "four examples, a quarter as wide for sixteen. With all examples every dot lies on the cross, "
    "and only pale copies show where the dots of single examples were.",
    table={
        "B": stops,
        "predicted distance": [float(predicted[B - 1]) for B in stops],
        "measured distance": [float(measured[B - 1]) for B in stops],
    },
)
film

# %%
# Four times the batch halves the radius as long as the batch is small compared with the data.
# The last factor of four, up to all examples, leaves nothing.
assert np.allclose(predicted[[3, 15]] / predicted[0], [0.5, 0.25], rtol=0.06)
assert predicted[63] < predicted[15] / 2.2
assert np.allclose(batch_means[:, -1], g)

# %%
# Change the weights or the number of examples above, and see whether the law still holds.
#
# In a window the film plays now; in a notebook it is above.
plt.show()
