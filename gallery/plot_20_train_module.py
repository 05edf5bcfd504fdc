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
# The model has two parameters, ``W`` and ``b``.  After each epoch ``fit`` calls a hook with
# the parameters and with the mean loss over the batches of that epoch.  For the film we note
# the loss over all training examples instead, and also where the line stood at the start.
from logreg_book import TrainingState, accuracy, batch_loss
from logreg_book.pytorch import LogisticRegression, parameters_as_numpy

model = LogisticRegression(2, generator=rng)
states = []


def note(epoch, examples_seen):
    """Keep the parameters, and their loss over all training examples."""
    W, b = parameters_as_numpy(model)
    states.append(TrainingState(epoch, examples_seen, W, b, batch_loss(X, y, W, b)))


note(0, 0)
model.fit(loader, epochs=60, eta=0.02, on_epoch=lambda s: note(s.epoch, s.examples_seen))

# %%
# One frame per epoch.
from logreg_book.viz import training_film

film = training_film(
    X,
    y,
    {"module": states},
    x_axis="epoch",
    class_names=data.class_names,
    feature_names=names,
    alt="Left, two overlapping clouds of tumours, benign and malignant, by radius and texture, "
    "and a line that starts across both. It turns quickly at first and then ever more slowly, "
    "until most malignant tumours lie on the side that its arrow points to. Right, the loss "
    "falls along with it, steeply at first, then ever more slowly.",
)

# %%
# How far did the loss fall, and how many predictions are correct?
first, *_, last = states
print(f"training loss: {first.loss:.3f} at the start, {last.loss:.3f} at the end")
print(f"accuracy on {len(y)} training examples: {accuracy(X, y, last.W, last.b):.3f}")
print(f"accuracy on {len(y_test)} new examples: {accuracy(X_test, y_test, last.W, last.b):.3f}")

# %%
# What this page says of the film is checked: the first line predicts worse than the majority
# class would, the loss falls in each epoch, steeply at first and slowly at the end, the line
# turns quickly at first and slowly at the end, and most malignant tumours come to lie on the
# side that the arrow points to.
import numpy as np

from logreg_book import predict

assert accuracy(X, y, first.W, first.b) < np.mean(y == 0)
falls = -np.diff([state.loss for state in states])
assert falls.min() > 0
assert falls[0] > 50 * falls[-1]
normals = [state.W[:, 1] - state.W[:, 0] for state in states]
turns = np.diff([np.arctan2(normal[1], normal[0]) for normal in normals])
assert turns.min() > 0
assert turns[0] > 20 * turns[-1]
assert predict(X[y == 1], last.W, last.b).mean() > 0.5

# %%
# To watch the line while it trains, in a window or a notebook, give ``fit`` the argument
# ``on_epoch=LivePlot(X, y)``, from :mod:`logreg_book.viz.live`.
#
# In a window the film plays now; in a notebook, end a cell with ``film`` to see it.
import matplotlib.pyplot as plt

plt.show()
