"""
From too simple to too wild: the strength of a penalty
======================================================

A model with 27 features can learn 40 examples by heart.  A penalty on the weights holds it back.
Under a strong penalty it says something near one half of nearly every example.  As the penalty
becomes weaker, the training loss falls and falls, but the loss on new data is lowest in between.
After that, the boundary winds around single examples, and the model is confidently wrong about many
new ones.
"""

# %%
# The features are all products ``x1**a * x2**b`` with 1 to 6 factors, standardised by mean and
# standard deviation of the training set.  The two classes overlap, and the best boundary that there
# is, halfway between their centres, is a straight line.
import numpy as np

from logreg_book import batch_loss, hessian, logits, loss_and_gradients, newton
from logreg_book.datasets import make_blobs

rng = np.random.default_rng(1)
X, y = make_blobs(40, rng=rng)
X_new, y_new = make_blobs(2000, rng=rng)
powers = [(a, n - a) for n in range(1, 7) for a in range(n + 1)]


def products(X):
    """All products of the two inputs, one column for each."""
    return np.column_stack([X[:, 0] ** a * X[:, 1] ** b for a, b in powers])


mean, scale = products(X).mean(axis=0), products(X).std(axis=0)


def features(X):
    """The products, standardised."""
    return (products(X) - mean) / scale


# %%
# The penalty is ``strength / 2`` times the sum of the squares of W; the biases are free.  Each
# strength is a little weaker than the one before, so that Newton's method starts near the minimum
# and arrives in a few steps.
Z, Z_new = features(X), features(X_new)
strengths = np.geomspace(10, 1e-5, 91)


def fit(theta, strength):
    """Newton's steps to the minimum; `theta` is W with the biases as its last row."""
    penalised = np.ones_like(theta)
    penalised[-1] = 0
    for steps in range(20):
        W, b = theta[:-1], theta[-1]
        _, dW, db = loss_and_gradients(Z, y, W, b)
        grad = np.vstack([dW, db]) + strength * penalised * theta
        if abs(grad).max() < 1e-9:
            return theta, steps
        H = hessian(Z, W, b) + strength * np.diag(penalised.ravel())
        theta = newton(theta, grad, H)
    raise RuntimeError("Newton's method has not arrived")


path, newton_steps = [np.zeros((len(powers) + 1, 2))], []
for strength in strengths:
    theta, steps = fit(path[-1], strength)
    path.append(theta)
    newton_steps.append(steps)
path = path[1:]
old = np.array([batch_loss(Z, y, theta[:-1], theta[-1]) for theta in path])
new = np.array([batch_loss(Z_new, y_new, theta[:-1], theta[-1]) for theta in path])
best = int(new.argmin())
print(f"at most {max(newton_steps)} Newton steps for each strength")
for i in (0, best, -1):
    print(f"strength {strengths[i]:.2g}: training loss {old[i]:.3f}, new data {new[i]:.3f}")

# %%
# The background shows the probability of class 1, and the thick line is where it is one half.
import matplotlib.pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap

from logreg_book.viz import Film, plot_points
from logreg_book.viz.style import COLOURS, EDGE, INK

plt.style.use("logreg_book.viz.book")
last = len(strengths) - 1
clock = np.concatenate(
    [np.arange(best), np.full(12, best), np.arange(best, last), np.full(12, last)]
)  # which strength each frame shows; a second for the best, and one for the last
view = np.linspace(-3.4, 3.4, 100)
grid = features(np.stack(np.meshgrid(view, view), axis=-1).reshape(-1, 2))
leads = np.array([np.diff(logits(grid, t[:-1], t[-1])).reshape(100, 100) for t in path])
tint = LinearSegmentedColormap.from_list("tint", [COLOURS[0], "white", COLOURS[1]])
shades = tint((1 + np.tanh(leads / 2)) / 2, bytes=True)  # tanh does not overflow

figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.6))
curves = []
for lead in leads:
    contour = left.contour(view, view, lead, [0])
    curves.append(contour.allsegs[0])
    contour.remove()
extent = (view[0], view[-1], view[0], view[-1])
image = left.imshow(shades[0], extent=extent, origin="lower", alpha=0.5)
plot_points(left, X, y, size=40)
left.plot([-3.4, 3.4], [3.4, -3.4], "--", color=EDGE, linewidth=1.6)
boundary = left.add_collection(LineCollection([], colors=INK, linewidths=2.4, zorder=3))
left.set(aspect="equal", xticks=[], yticks=[])
left.spines[:].set_visible(False)
title = left.set_title("0")

right.set(xscale="log", yscale="log", xlim=(10, 1e-5), ylim=(0.03, 15))
right.set(xlabel="strength of the penalty", title="loss", xticks=[10, 0.1, 1e-3, 1e-5])
right.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
lines, dots = [], []
for losses, style, name in ((old, "-", "training data"), (new, "--", "new data")):
    colour = INK if losses is old else COLOURS[3]
    lines += right.plot([], [], style, color=colour, label=name)
    dots += right.plot([], [], "o", color=colour, markersize=10, clip_on=False)
right.legend(loc="upper left").set_zorder(1)  # below the lines, so that it is drawn only once


def update(frame):
    """Show the minimum at the strength of this frame."""
    i = clock[frame]
    image.set_data(shades[i])
    boundary.set_segments(curves[i])
    title.set_text(f"strength {strengths[i]:.2g}")
    for line, dot, losses in zip(lines, dots, (old, new), strict=True):
        line.set_data(strengths[: i + 1], losses[: i + 1])
        dot.set_data(strengths[[i]], losses[[i]])
    return [image, boundary, title, *lines, *dots]


shown = [int(abs(np.log(strengths / s)).argmin()) for s in (10, 1, 0.1, 1e-2, 1e-3, 1e-5)]
film = Film(
    figure,
    update,
    n_frames=len(clock),
    fps=12,
    caption="A model with 27 features, fitted to 40 examples under a penalty that becomes weaker. "
    "The dashed straight line is the best boundary that there is. Watch the loss on new data turn "
    "upwards while the training loss goes on falling, and what the boundary does then.",
    key_frames=[int(np.argmax(clock == i)) for i in (0, shown[1], best, *shown[3:5], last)],
    alt="Left, two clouds that overlap, on a ground in the colours of the classes, pale where the "
    "model is unsure; right, training loss and loss on new data against the strength of the "
    "penalty, strong at the left. At first the ground near the points is almost white. As the "
    "penalty becomes weaker the colours become stronger, both losses fall, and at a strength of "
    "0.18, where the film rests for a second, the loss on new data is lowest. Then it rises, while "
    "the training loss goes on falling: the boundary bends, breaks into pieces and winds around "
    "single points. At the end each training example is on its right side, and the loss on new "
    "data is much higher than at the start.",
    table={"strength": strengths[shown]}
    | {"training loss": old[shown], "loss, new data": new[shown]},
)
film

# %%
# The training loss falls with each weakening of the penalty.  The loss on new data falls up to one
# strength in between and rises from there on, in the end to more than ten times its lowest value,
# which is worse than the log 2 of a uniform guess.
from logreg_book import accuracy

assert (np.diff(old) < 0).all()
assert 10 < best < last - 10
assert (np.diff(new[: best + 1]) < 0).all()
assert (np.diff(new[best:]) > 0).all()
assert new[-1] > 10 * new[best]
assert new[-1] > np.log(2) > new[0]
assert f"{strengths[best]:.2g}" == "0.18"


def accuracies(theta):
    """Share of correct predictions on training data and on new data."""
    W, b = theta[:-1], theta[-1]
    return accuracy(Z, y, W, b), accuracy(Z_new, y_new, W, b)


for i in (0, best, last):
    print(f"strength {strengths[i]:.2g}: right {np.round(accuracies(path[i]), 3)}")
assert accuracies(path[-1])[0] == 1
assert accuracies(path[-1])[1] < accuracies(path[best])[1]


# %%
# Of the new examples, more than a tenth have a label to which the last model gives less than one in
# a thousand; for the best model it is one in two thousand.
def confidently_wrong(theta):
    """How many of the new examples have a label with a probability below 0.001."""
    lead = np.diff(logits(Z_new, theta[:-1], theta[-1]))[:, 0] * (2 * y_new - 1)
    return int((lead < -np.log(999)).sum())


for i in (best, last):
    print(f"strength {strengths[i]:.2g}: confidently wrong about {confidently_wrong(path[i])}")
assert confidently_wrong(path[best]) == 1
assert confidently_wrong(path[-1]) > len(y_new) / 10

# %%
# At the strongest penalty most training examples have a probability between 0.35 and 0.65, and at
# the weakest one none has.  The boundary is one curve at the best strength; at the end it has
# several pieces, one of which encloses a single example, is longer, and the weights are many times
# as long.
from matplotlib.path import Path

assert max(newton_steps) <= 3
islands = [piece for piece in curves[-1] if np.array_equal(piece[0], piece[-1])]
enclosed = [int(Path(piece).contains_points(X).sum()) for piece in islands]
assert enclosed == [1]


def unsure(theta):
    """Share of training examples with a probability between 0.35 and 0.65."""
    lead = np.diff(logits(Z, theta[:-1], theta[-1]))
    return np.mean(abs(np.tanh(lead / 2)) < 0.3)


def length(curve):
    """Length of all pieces of a boundary, in the view."""
    return sum(np.linalg.norm(np.diff(piece, axis=0), axis=1).sum() for piece in curve)


for i in (0, best, last):
    print(
        f"strength {strengths[i]:.2g}: unsure of {unsure(path[i]):.0%}, {len(curves[i])} pieces of "
        f"length {length(curves[i]):.1f}, |W| {np.linalg.norm(path[i][:-1]):.2f}"
    )
assert unsure(path[0]) > 0.8
assert unsure(path[-1]) == 0
assert len(curves[best]) == 1
assert len(curves[-1]) > 2
assert length(curves[-1]) > 1.5 * length(curves[best])
assert np.linalg.norm(path[-1]) > 50 * np.linalg.norm(path[best])

# %%
# Take 400 examples instead of 40: where is the best strength then, and how much does it gain?
#
# In a window the film plays now; in a notebook it is above.
plt.show()
