"""
Four learning rates on the contours of one loss
===============================================

Gradient descent has one setting, the length of its steps.  With a small learning rate it follows
the slope and hardly advances.  With a larger one it arrives.  With a still larger one it leaps
across the valley, and arrives all the same.  Beyond a border that the curvature of the loss sets,
it jumps back and forth between two slopes and never arrives.
"""

# %%
# Two clouds that overlap, and a model with two outputs.  Its probabilities depend only on the
# difference ``u`` of the two columns of ``W``; we hold the biases at 0, so that the loss is a
# landscape over two numbers.
import numpy as np

from logreg_book import batch_loss, hessian, loss_and_gradients
from logreg_book.datasets import make_blobs

X, y = make_blobs(160, rng=np.random.default_rng(1))


def unpack(u):
    """Columns -u / 2 and u / 2 of W, and biases 0."""
    return np.column_stack([-u / 2, u / 2]), np.zeros(2)


def loss_of(u):
    """The loss at one point of the plane."""
    return batch_loss(X, y, *unpack(np.asarray(u)))


def descend(u, eta, steps):
    """All points of a run of gradient descent, the start included."""
    path = [np.asarray(u)]
    for _ in range(steps):
        W, b = unpack(path[-1])
        _, dW, _ = loss_and_gradients(X, y, W, b)
        W = W - eta * dW
        path.append(W[:, 1] - W[:, 0])
    return np.array(path)


# %%
# The border is 2 divided by the largest curvature at the minimum.  Of the four rates, the third
# lies just below it and the fourth just above.
start, steps = np.array([0.0, 4.0]), 30
minimum = descend(start, 5.0, 500)[-1]
curvature = np.linalg.eigvalsh(hessian(X, *unpack(minimum))[:4, :4])[-1]
border = 2 / curvature
paths = {eta: descend(start, eta, steps) for eta in (0.2, 3.0, 11.0, 13.0)}
losses = {eta: np.array([loss_of(u) for u in path]) for eta, path in paths.items()}
print(f"border {border:.2f}")
for eta, values in losses.items():
    print(
        f"eta {eta:4}: eta * curvature {eta * curvature:.2f}, loss after 30 steps {values[-1]:.4f}"
    )
assert 11 < border < 13

# %%
# Each step is shown in several frames, the first ones slowly.
import matplotlib.pyplot as plt

from logreg_book.viz import Film, plot_contours
from logreg_book.viz.style import METHODS

plt.style.use("logreg_book.viz.book")
clock = np.concatenate(
    [np.linspace(0, 6, 43)[:-1], np.linspace(6, steps, 61), np.full(12, steps)]
)  # which step each frame shows


def position(path, time):
    """Where a run is between two steps, on the straight line from one to the next."""
    step = min(int(time), len(path) - 2)
    return path[step] + (time - step) * (path[step + 1] - path[step])


colour = METHODS["GD"]["color"]
figure, axes = plt.subplots(2, 2, figsize=(6.4, 6.8), sharex=True, sharey=True)
lines, dots, titles = [], [], []
for ax, eta in zip(axes.flat, paths, strict=True):
    plot_contours(ax, lambda a, b: loss_of((a, b)), (-0.5, 4.5), (0, 5))
    ax.set_aspect("equal")
    ax.set_title(f"$\\eta$ = {eta:g}")
    lines += ax.plot([], [], ".-", color=colour, linewidth=1.4, markersize=7, zorder=3)
    dots += ax.plot([], [], "o", color=colour, markersize=10, zorder=4)
    titles.append(ax.text(4.4, 4.9, "", ha="right", va="top"))
figure.supxlabel("$u_1$")
figure.supylabel("$u_2$")


def update(frame):
    """Move the four runs to where they are at this frame."""
    time = clock[frame]
    for line, dot, title, eta in zip(lines, dots, titles, paths, strict=True):
        path, here = paths[eta], position(paths[eta], time)
        line.set_data(*np.vstack([path[: int(time) + 1], here]).T)
        dot.set_data(*here[:, np.newaxis])
        title.set_text(f"step {int(time)}\nloss {losses[eta][int(time)]:.3f}")
    return [*lines, *dots, *titles]


shown = [0, 1, 2, 5, 10, 30]
film = Film(
    figure,
    update,
    n_frames=len(clock),
    fps=12,
    caption="Gradient descent with four learning rates on the same loss: too small, right, nearly "
    "too large, and too large.",
    key_frames=[int(np.argmax(clock >= step)) for step in (0, 1, 2, 6, 14, 30)],
    alt="Four copies of the same contours, rings around a minimum. In each one a dot starts at the "
    "upper left and takes thirty steps. With eta 0.2 it creeps along the slope and is halfway at "
    "the end. With eta 3 it bends into the minimum and stays. With eta 11 its first step leaps "
    "across the valley, and after a few steps it has settled, too. With eta 13 it comes near the "
    "minimum, and then jumps back and forth between two slopes until the film ends.",
    table={"step": shown}
    | {f"loss at eta {eta:g}": values[shown] for eta, values in losses.items()},
)
film

# %%
# Two of the four runs have arrived.  The slow one has not, and the last one never will: its loss
# falls to nearly the lowest value, and then rises again.
lowest = loss_of(minimum)
above = {eta: values[-1] - lowest for eta, values in losses.items()}
assert max(above[3.0], above[11.0]) < 1e-6
assert above[0.2] > 0.05
assert losses[13.0].min() < lowest + 0.002
assert above[13.0] > 0.02

# %%
# Change the start or the rates above, and see whether the border holds.
# It says what happens near the minimum; a step from far away may be too long even below it.
#
# In a window the film plays now; in a notebook it is above.
plt.show()
