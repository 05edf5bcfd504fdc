"""
Four update rules in one valley
===============================

A valley that is 25 times as curved across as along its floor.  Gradient descent zigzags between
the walls and creeps along the floor.  Momentum remembers: what alternates cancels, and what stays
the same adds up.  RMSProp and Adam give each parameter a rate of its own, so that the steepness of
the walls drops out.
"""

# %%
# The loss is half of ``x**2 + 25 * y**2``, and its gradient is ``(x, 25 * y)``.  Gradient descent
# and momentum have the settings that are best for these curvatures.
import numpy as np

from logreg_book import adam, momentum, rmsprop, sgd

curvatures, start, steps = np.array([1.0, 25.0]), np.array([5.0, 1.0]), 40
rules = {
    "GD": (sgd, {"eta": 2 / 26}),
    "momentum": (momentum, {"eta": 1 / 9, "mu": 4 / 9}),
    "RMSProp": (rmsprop, {"eta": 0.15}),
    "Adam": (adam, {"eta": 0.5}),
}


def loss_of(theta):
    """Half of the curvatures times the squares."""
    return (curvatures * np.square(theta)).sum(axis=-1) / 2


def descend(rule, options):
    """All points of a run, the start included."""
    path, state = [start], None
    for _ in range(steps):
        theta, state = rule(path[-1], curvatures * path[-1], state, **options)
        path.append(theta)
    return np.array(path)


paths = {name: descend(*rule) for name, rule in rules.items()}
losses = {name: loss_of(path) for name, path in paths.items()}
for name, values in losses.items():
    print(f"{name:9} loss after 5, 20 and 40 steps: {values[[5, 20, 40]].round(6)}")

# %%
# The first steps, in which the rules differ most, are shown slowly.
import matplotlib.pyplot as plt

from logreg_book.viz import Film, plot_contours
from logreg_book.viz.style import METHODS

plt.style.use("logreg_book.viz.book")
clock = np.concatenate(
    [np.linspace(0, 6, 49)[:-1], np.linspace(6, steps, 61), np.full(12, steps)]
)  # which step each frame shows


def position(path, time):
    """Where a run is between two steps, on the straight line from one to the next."""
    step = min(int(time), len(path) - 2)
    return path[step] + (time - step) * (path[step + 1] - path[step])


figure, axes = plt.subplots(2, 2, figsize=(4.8, 3.7), sharex=True, sharey=True)
count = figure.suptitle("", fontsize="medium")
lines, dots, words = [], [], []
for ax, name in zip(axes.flat, paths, strict=True):
    colour = METHODS[name]["color"]
    plot_contours(ax, lambda x, y: loss_of([x, y]), (-2, 5.6), (-2.2, 2.2))
    ax.set_aspect("equal")
    ax.set_title(name)
    lines += ax.plot([], [], ".-", color=colour, linewidth=1.4, markersize=7, zorder=3)
    dots += ax.plot([], [], "o", color=colour, markersize=10, zorder=4)
    words.append(ax.text(-1.9, -2.1, "", va="bottom"))
figure.supxlabel("$x$, curvature 1")
figure.supylabel("$y$, curvature 25")


def update(frame):
    """Move the four runs to where they are at this frame."""
    time = clock[frame]
    count.set_text(f"step {int(time)}")
    for line, dot, word, name in zip(lines, dots, words, paths, strict=True):
        path, here = paths[name], position(paths[name], time)
        line.set_data(*np.vstack([path[: int(time) + 1], here]).T)
        dot.set_data(*here[:, np.newaxis])
        word.set_text(f"loss {losses[name][int(time)]:.2f}")
    return [count, *lines, *dots, *words]


shown = [0, 1, 2, 5, 20, 40]
film = Film(
    figure,
    update,
    n_frames=len(clock),
    fps=12,
    caption="Four rules in a valley that is 25 times as curved across as along its floor, with the "
    "rates 1/13, 1/9, 0.15 and 0.5, and a momentum of 4/9. Watch "
    "who crosses the floor of the valley, who passes the minimum and turns, and who has arrived at "
    "last.",
    key_frames=[int(np.argmax(clock >= step)) for step in (0, 1, 3, 6, 15, 40)],
    alt="Four copies of the same long and flat contours, with the minimum left of the middle. In "
    "each one a dot starts at the upper right. Gradient descent crosses the floor of the valley in "
    "every step, with steps that become shorter and shorter, and ends before the minimum. "
    "Momentum swings wider across the valley at first, and is then drawn quickly into the "
    "minimum. RMSProp leaps across the floor in its first step, has found it after three, and "
    "walks along it into the minimum. Adam sets out diagonally, by the same amount in both "
    "directions, passes the minimum along the floor, turns, passes it again, and has not yet "
    "arrived when the film ends.",
    table={"step": shown} | {name: values[shown].round(3) for name, values in losses.items()},
)
film

# %%
# What is said above: gradient descent changes sides in every step.  Momentum is higher up than
# gradient descent after three steps, and has the lowest loss in the end.  RMSProp keeps to the
# floor from its third step on.  Adam goes equally far in both directions at first, and passes the
# minimum by more than a step.
sides = np.sign(paths["GD"][:, 1])
assert (sides[1:] == -sides[:-1]).all()
assert losses["momentum"][3] > losses["GD"][3]
assert losses["momentum"][-1] < losses["RMSProp"][-1] < 1e-6 < losses["GD"][-1]
assert paths["RMSProp"][1, 1] < -0.4
assert abs(paths["RMSProp"][3:, 1]).max() < 0.06
assert np.allclose(paths["Adam"][1] - start, -0.5)
along = paths["Adam"][:, 0]
assert along.min() < -0.5
assert along.argmin() < steps - 5
assert along[-1] > 0
assert losses["Adam"][-1] > losses["GD"][-1] > 0.01

# %%
# Turn the valley by 45 degrees: gradient descent and momentum take the same steps as here, turned,
# and RMSProp and Adam do not.
#
# In a window the film plays now; in a notebook it is above.
plt.show()
