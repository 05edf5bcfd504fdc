"""
The noise floor: a constant and a falling learning rate
=======================================================

SGD with a constant learning rate reaches the neighbourhood of the minimum and then goes on jumping
about there, because the gradients of single examples do not vanish.  The mean height of these
jumps is proportional to the rate.  With a rate that falls they die out.
"""

# %%
# One sigmoid with two weights and no bias, so that the contours show all of it.
import numpy as np

from logreg_book import inverse_time, sigmoid
from logreg_book.datasets import make_blobs

N, steps, n_runs = 160, 3200, 100
X, y = make_blobs(N, rng=np.random.default_rng(1))


def loss_of(w):
    """The mean loss at weights along the last axis."""
    z = np.asarray(w) @ X.T
    return (np.logaddexp(0, z) - y * z).mean(axis=-1)


best = np.zeros(2)
for _ in range(10):
    p = sigmoid(X @ best)
    best = best - np.linalg.solve((X.T * (p * (1 - p))) @ X, X.T @ (p - y))
g_each = (sigmoid(X @ best) - y)[:, np.newaxis] * X
assert np.abs(g_each.mean(axis=0)).max() < 1e-14
trace = (g_each**2).sum() / N

# %%
# A hundred runs side by side, with single examples drawn independently, the same for all rates:
# two constant rates and one that starts like the larger of them.
falling = inverse_time(0.8, steps=N)
etas = {"0.8": lambda step: 0.8, "0.2": lambda step: 0.2, "0.8 / (1 + epoch)": falling}
rng = np.random.default_rng(5)
w = np.tile([0.0, 4.0], (n_runs, len(etas), 1))
paths = [w]
for step in range(steps):
    i = rng.integers(N, size=n_runs)
    eta = np.array([schedule(step) for schedule in etas.values()])[:, np.newaxis]
    error = sigmoid(np.einsum("rj,rej->re", X[i], w)) - y[i][:, np.newaxis]
    w = w - eta * error[..., np.newaxis] * X[i][:, np.newaxis]
    paths.append(w)
paths = np.array(paths)
excess = loss_of(paths[::8]) - loss_of(best)
end = excess[-100:].mean(axis=(0, 1))
for name, height in zip(etas, end, strict=True):
    law = f", law {float(name) * trace / 4:.4f}" if "/" not in name else ""
    print(f"eta {name:18} mean height at the end {height:.4f}{law}")
assert np.allclose(end[:2], np.array([0.8, 0.2]) * trace / 4, rtol=0.25)
assert end[2] < end[1] / 4 < end[0] / 12

# %%
# The film shows one of the runs.  The first epoch passes slowly, the last ones quickly.
import matplotlib.pyplot as plt

from logreg_book.viz import Film, plot_contours
from logreg_book.viz.style import INK, METHODS

plt.style.use("logreg_book.viz.book")
clock = [0] * 6 + [*range(40)] + [*range(40, 320, 10)] + [*range(320, steps, 90)]
clock += [steps] * 13
tail = 60  # how many iterates stay visible
figure, axes = plt.subplots(1, 3, figsize=(6.4, 3.1), sharex=True, sharey=True)
lines, dots, titles = [], [], []
for ax, name in zip(axes, etas, strict=True):
    plot_contours(ax, lambda a, b: loss_of((a, b)), (-0.5, 4.5), (-0.2, 5))
    ax.plot(*best, "+", color=INK, markersize=12, markeredgewidth=2)
    ax.set(aspect="equal", xlabel="$w_1$")
    ax.set_title(f"$\\eta$ = {name}", fontsize=10)
    lines += ax.plot([], [], "-", color=METHODS["SGD"]["color"], linewidth=0.8, alpha=0.7)
    dots += ax.plot([], [], "o", color=METHODS["SGD"]["color"], markersize=7)
    titles.append(ax.text(4.4, 4.85, "", ha="right", va="top", fontsize=9))
axes[0].set_ylabel("$w_2$")


def update(frame):
    """Show the last steps of one run with each rate."""
    step = clock[frame]
    for j, (line, dot, title) in enumerate(zip(lines, dots, titles, strict=True)):
        path = paths[max(0, step - tail) : step + 1, 0, j]
        line.set_data(*path.T)
        dot.set_data(*path[-1][:, np.newaxis])
        title.set_text(f"step {step}")
    return [*lines, *dots, *titles]


shown = [0, 40, 320, 1600, 3200]
film = Film(
    figure,
    update,
    n_frames=len(clock),
    fps=12,
    caption="One run of SGD with two constant rates and a falling one. Watch how far each still "
    "swings about the minimum, the cross, after it has arrived.",
    key_frames=[int(np.argmax(np.array(clock) >= step)) for step in shown],
    alt="Three copies of the same contours with a cross at the minimum. A dot starts at the top "
    "left and draws its last sixty steps. With the rate 0.8 it arrives soon and then sweeps over a "
    "wide area until the end. With 0.2 it arrives later and stays in a smaller area. With the "
    "falling rate it arrives as soon as the first, and its area shrinks to a small spot at the "
    "cross.",
    table={"step": shown}
    | {
        f"mean excess at {name}": [
            float((loss_of(paths[step, :, j]) - loss_of(best)).mean()) for step in shown
        ]
        for j, name in enumerate(etas)
    },
)
film

# %%
# What the film shows of one run: the width of the area that its last 800 steps cover.
width = np.linalg.norm(paths[-800:, 0].std(axis=0), axis=1)
print("root mean square width of the last 800 steps", width)
assert width[0] > 1.5 * width[1] > 3 * width[2]
arrived = (loss_of(paths[40]) - loss_of(best)).mean(axis=0)
print("mean excess after 40 steps", arrived)
assert np.isclose(arrived[0], arrived[2], rtol=0.2)
assert arrived[1] > 1.5 * max(arrived[0], arrived[2])

# %%
# Change the rates, or draw shuffled epochs instead of independent examples, and compare.
#
# In a window the film plays now; in a notebook it is above.
plt.show()
