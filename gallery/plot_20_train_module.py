"""
Train a module, and watch its line
==================================

``backward()`` computes the gradients, and a loop of a few lines takes the steps.
Together they learn to tell most malignant tumours from benign ones by two measurements.
"""

# %%
# We take two of the thirty measurements, and keep a quarter of the biopsies for testing, so
# that the film shows training examples only.  Each measurement is brought to mean 0 and
# variance 1 on the training part: with inputs of similar scale, one :math:`\eta` suits both
# weights.
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from logreg_book.datasets import load_breast_cancer

data = load_breast_cancer()
names = ["mean radius", "mean texture"]
columns = [data.feature_names.index(name) for name in names]
X, X_test, y, y_test = train_test_split(
    data.X[:, columns], data.y, test_size=0.25, stratify=data.y, random_state=0
)
scaler = StandardScaler().fit(X)
X, X_test = scaler.transform(X), scaler.transform(X_test)

# %%
# Batches of 64 are shuffled again in each epoch by a seeded generator.  The same generator
# draws the initial weights, so that the line starts somewhere wrong.
import torch
from torch.utils.data import DataLoader, TensorDataset

rng = torch.Generator().manual_seed(6)
examples = TensorDataset(torch.tensor(X), torch.tensor(y))
loader = DataLoader(examples, batch_size=64, shuffle=True, generator=rng)

# %%
# The model has two parameters, ``W`` and ``b``.  ``sgd_step`` runs the forward pass, the backward
# pass and the update for one batch, and returns the batch's loss before the update.  For the film
# we note this loss, and where the line stood when the batch met it.
from logreg_book import TrainingState
from logreg_book.pytorch import LogisticRegression, parameters_as_numpy

model = LogisticRegression(2, generator=rng)
states, examples_seen = [], 0
for epoch in range(20):
    for X_batch, y_batch in loader:
        W, b = parameters_as_numpy(model)
        loss = model.sgd_step(X_batch, y_batch, eta=0.1)
        states.append(TrainingState(epoch, examples_seen, W, b, loss))
        examples_seen += len(X_batch)

# %%
# The film starts before the first step.  A frame for each of the first 40 steps shows how the line
# turns; after these, one for every third step will do.
from logreg_book.viz import training_film

clock = [state.examples_seen for state in states]
film = training_film(
    X,
    y,
    {"module": states},
    class_names=data.class_names,
    feature_names=names,
    clock=clock[:40] + clock[40::3] + clock[-1:] * 12,
    key_frames=[clock[step] for step in (0, 5, 15, 40, 100, -1)],
    caption="The line starts somewhere wrong, and turns within a few dozen steps. The loss is that "
    "of one batch of 64 at a time, which is why it jitters on its way down.",
    alt="Left, two overlapping clouds of tumours, benign and malignant, by radius and texture, "
    "and a line that starts across both, between two thin lines where the probability of "
    "malignant is 0.1 and 0.9. It turns quickly at first and then ever more slowly, "
    "until most malignant tumours lie on the side that its arrow points to. The thin lines come "
    "nearer to it. Right, the loss falls along with it, jittering: steeply at first, then ever "
    "more slowly.",
)
film

# %%
# How far did the loss over all training examples fall, and how many predictions are correct?
from logreg_book import accuracy, batch_loss

first, last = states[0], states[-1]
starts = [state for state in states if state.examples_seen == state.epoch * len(y)]
losses = [batch_loss(X, y, state.W, state.b) for state in starts]
print(
    f"training loss: {losses[0]:.3f} at the start, {losses[-1]:.3f} after {len(starts) - 1} epochs"
)
print(f"accuracy on {len(y)} training examples: {accuracy(X, y, last.W, last.b):.3f}")
print(f"accuracy on {len(y_test)} new examples: {accuracy(X_test, y_test, last.W, last.b):.3f}")

# %%
# What this page says of the film is checked: the first line predicts worse than the majority
# class would; the loss over all training examples falls in each epoch, steeply at first and slowly
# at the end, whereas that of the batches jitters; the line turns quickly at first and slowly at
# the end; the thin lines come nearer, as the weights grow; and most malignant tumours come to lie
# on the side that the arrow points to.
import numpy as np

from logreg_book import predict

assert accuracy(X, y, first.W, first.b) < np.mean(y == 0)
falls = -np.diff(losses)
assert falls.min() > 0
assert falls[0] > 50 * falls[-1]
jumps = np.diff([state.loss for state in states])
assert 0.3 < (jumps > 0).mean() < 0.7
normals = np.array([state.W[:, 1] - state.W[:, 0] for state in states])
angles = np.arctan2(normals[:, 1], normals[:, 0])
turned = (angles - angles[0]) / (angles[-1] - angles[0])
print("share of the turn after 10, 20, 40 and 100 steps:", turned[[10, 20, 40, 100]].round(2))
print("length of the normal vector:", np.hypot(*normals[[0, -1]].T).round(2))
assert (np.diff(turned[::40]) > 0).all()
assert turned[40] > 0.7
assert np.hypot(*normals[-1]) > 1.3 * np.hypot(*normals[0])
assert predict(X[y == 1], last.W, last.b).mean() > 0.5

# %%
# To watch the line while it trains, in a window or a notebook, give ``fit`` the argument
# ``on_epoch=LivePlot(X, y)``, from :mod:`logreg_book.viz.live`.
#
# In a window the film plays now; in a notebook it is above.
import matplotlib.pyplot as plt

plt.show()
