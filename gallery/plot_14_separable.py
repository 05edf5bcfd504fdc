"""
Separable data: the weights grow without end
============================================

A line separates the two classes without a mistake.  Then longer weights are always better, and
gradient descent never arrives: its boundary hardly turns any more, but the band in which the model
is in doubt becomes narrower and narrower.  With weight decay, long weights have a price, and the
run comes to rest.
"""

# %%
# Both runs start from zero, with two outputs.  A run whose parameters stay exactly the same in a
# step will never move again, so that we need not go on.
import numpy as np

from logreg_book import train
from logreg_book.datasets import make_blobs

X, y = make_blobs(40, separation=6.0, rng=np.random.default_rng(0))
steps, start = 10_000, (np.zeros((2, 2)), np.zeros(2))


def descend(weight_decay):
    """All states of a run, the start included; at rest, the last one stands for all later ones."""
    states = []
    for state in train(X, y, *start, eta=0.5, epochs=steps, weight_decay=weight_decay):
        states.append(state)
        if weight_decay and len(states) > 1 and (state.W == states[-2].W).all():
            break
    return states


def state_at(run, step):
    """The state after so many steps."""
    return run[min(step, len(run) - 1)]


def lengths_of(run):
    """Length of ``w``, one column of W minus the other, after each number of steps."""
    W = np.array([state.W for state in run])
    found = np.linalg.norm(W[:, :, 1] - W[:, :, 0], axis=1)
    return np.pad(found, (0, steps + 1 - len(run)), mode="edge")


runs = {"no weight decay": descend(0), "weight decay 0.01": descend(0.01)}
lengths = {name: lengths_of(run) for name, run in runs.items()}
shown = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000]
for name, run in runs.items():
    rest = f"at rest after {len(run) - 2} steps" if len(run) <= steps else "still moving"
    print(f"{name}, {rest}: |w|", lengths[name][shown].round(2))

# %%
# The clock runs evenly in the logarithm of the steps: ten times as many steps take the same time.
import matplotlib.pyplot as plt

from logreg_book.viz import Film, plot_decision_boundary, plot_points, update_decision_boundary
from logreg_book.viz.style import COLOURS, method_style

plt.style.use("logreg_book.viz.book")
clock = np.concatenate([np.geomspace(1, steps, 68).round().astype(int), np.full(12, steps)])


def sides(state):
    """Where the model is sure: two rectangles that end where the probability is 0.1 and 0.9."""
    w, bias = state.W[:, 1] - state.W[:, 0], state.b[1] - state.b[0]
    length = np.linalg.norm(w)
    across = w / length
    along = 20 * np.array([-across[1], across[0]])
    for sign in (-1, 1):
        edge = (sign * np.log(9) - bias) / length * across
        far = edge + 20 * sign * across
        yield np.array([edge - along, edge + along, far + along, far - along])


figure = plt.figure(figsize=(6.4, 5.8))
places = figure.add_gridspec(2, 2, height_ratios=[3.1, 2.4])
tints, boundaries, texts = {}, {}, {}
for place, (name, run) in zip(places, runs.items(), strict=False):
    ax = figure.add_subplot(place, title=name, aspect="equal", xticks=[], yticks=[])
    ax.set(xlim=(-4.7, 4.7), ylim=(-4.7, 4.7))
    ax.spines[:].set_visible(False)
    tints[name] = [
        ax.fill(*corners.T, color=colour, alpha=0.25, linewidth=0, linestyle="-", zorder=1)[0]
        for corners, colour in zip(sides(run[1]), COLOURS, strict=False)
    ]
    plot_points(ax, X, y)
    boundaries[name] = plot_decision_boundary(ax, run[1].W, run[1].b, arrow=False)
    texts[name] = ax.text(4.7, -5.0, "", ha="right", va="top")
chart = figure.add_subplot(places[1, :])
chart.set(xscale="log", xlim=(1, steps), ylim=(0, 8), xlabel="steps", ylabel="$|w|$")
lines, dots = {}, {}
for nth, name in enumerate(runs):
    style = method_style("GD", nth=nth)
    (lines[name],) = chart.plot([], [], label=name, **style)
    (dots[name],) = chart.plot([], [], "o", color=style["color"], markersize=10, clip_on=False)
chart.legend(loc="upper left").set_zorder(1)  # below the lines, so that it is drawn only once


def update(frame):
    """Show the two runs after the steps of this frame."""
    step = clock[frame]
    ticks = np.unique(clock[: frame + 1])
    for name, run in runs.items():
        state = state_at(run, step)
        for tint, corners in zip(tints[name], sides(state), strict=True):
            tint.set_xy(corners)
        update_decision_boundary(boundaries[name], state.W, state.b)
        texts[name].set_text(f"loss {state.loss:.5f}")
        lines[name].set_data(ticks, lengths[name][ticks])
        dots[name].set_data([step], lengths[name][[step]])
    moved = [artist for part in (boundaries, texts, lines, dots) for artist in part.values()]
    return [*(tint for pair in tints.values() for tint in pair), *moved]


film = Film(
    figure,
    update,
    n_frames=len(clock),
    fps=12,
    caption="Gradient descent on separable data, with and without weight decay. Thin lines show "
    "where the probability is 0.1 and 0.9. Watch them close in on the boundary: on the left they "
    "go on and on, on the right they stop. Below, the length of the weights comes to rest with "
    "weight decay; without it, each factor of ten in the steps adds more than the one before.",
    key_frames=[int(np.argmax(clock >= step)) for step in (1, 30, 100, 300, 1000, 10_000)],
    alt="Two panels show the same two clouds and the line between them, in a white band where the "
    "model is in doubt. At first both bands become narrower together. Then the one with weight "
    "decay keeps its width, while the one without it becomes narrower and narrower, until little "
    "more than the line is left. Below, the length of the weights is drawn against the steps on a "
    "logarithmic axis. The two curves rise together and part between 30 and 300 steps. With weight "
    "decay the curve becomes level; without it, the curve goes on rising, at the end in a nearly "
    "straight line.",
    table={"step": shown[::2]} | {f"|w|, {name}": lengths[name][shown[::2]] for name in runs},
)
film

# %%
# The two curves part between 30 and 300 steps.  Without weight decay, each factor of ten in the
# steps adds more to the length than the one before, the last part of the curve is nearly straight,
# and the loss goes towards 0.
from logreg_book import batch_loss, logits

free, decayed = runs.values()
free_length, decayed_length = lengths.values()
assert (np.diff(free_length[[1, 10, 100, 1000, 10_000]], n=2) > 0).all()
slopes = np.diff(free_length[[1000, 3000, 10_000]]) / np.diff(np.log([1000, 3000, 10_000]))
assert abs(slopes[1] / slopes[0] - 1) < 0.1
assert (np.diff(free_length) > 0).all()
assert (np.diff(decayed_length[:301]) > 0).all()
assert len(free) == steps + 1
assert free_length[30] < 1.1 * decayed_length[30]
assert free_length[300] > 1.4 * decayed_length[300]
assert free[-1].loss < 1e-3 < 0.01 < decayed[-1].loss

# %%
# With weight decay nothing moves after a few thousand steps, and after 300 the length changes by
# less than 2 percent.  The band keeps its width, because its half is ``log(9) / |w|``.  Both runs
# separate the classes: the logit of the right class is always the larger one.
assert len(decayed) < 5000
assert np.ptp(decayed_length[-1000:]) < 1e-6
assert np.ptp(decayed_length[300:]) < 0.02 * decayed_length[-1]
assert free_length[-1] > 2.5 * decayed_length[-1]


def leads(state):
    """By how much the logit of the right class is larger, and the distance from the boundary."""
    h = logits(X, state.W, state.b)
    lead = (h[:, 1] - h[:, 0]) * (2 * y - 1)
    return lead, lead / np.linalg.norm(state.W[:, 1] - state.W[:, 0])


for state in (free[1], free[-1], decayed[-1]):
    lead, distance = leads(state)
    print(f"smallest lead {lead.min():.2f}, smallest distance {distance.min():.2f}")
    assert lead.min() > 0
assert leads(free[-1])[0].min() > 2.5 * leads(decayed[-1])[0].min()

# %%
# That longer weights are always better can be seen directly: the boundary stays where it is if
# weights and biases become twice as long, and the loss falls.  The boundary itself turns by less
# than two degrees after step 100, in which time the weights more than double.
for state in (free[100], free[-1], decayed[-1]):
    assert batch_loss(X, y, 2 * state.W, 2 * state.b) < state.loss
early, late = (state.W[:, 1] - state.W[:, 0] for state in (free[100], free[-1]))
cosine = early @ late / np.linalg.norm(early) / np.linalg.norm(late)
print(f"turned by {np.degrees(np.arccos(cosine)):.2f} degrees")
assert cosine > np.cos(np.radians(2))
assert free_length[-1] > 2 * free_length[100]

# %%
# Make the weight decay ten times smaller.  How long do the weights become, and how many steps does
# it take?
#
# In a window the film plays now; in a notebook it is above.
plt.show()
