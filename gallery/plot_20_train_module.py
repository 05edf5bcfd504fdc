"""
Train a module, and watch its line
==================================

``backward()`` computes the gradients, a loop of a few lines takes the steps.
That is all it needs to tell most malignant tumours from benign ones by two measurements.
"""

# %%
# Two of the thirty measurements, each brought to mean 0 and variance 1:
# with inputs of like size, one :math:`\eta` suits both weights.
from sklearn.preprocessing import StandardScaler

from logreg_book.datasets import breast_cancer

data = breast_cancer()
names = ["mean radius", "mean texture"]
columns = [data.feature_names.index(name) for name in names]
X = StandardScaler().fit_transform(data.X[:, columns])

# %%
# Batches of 64, shuffled anew each epoch by a generator with a seed.
# The same generator draws the first weights, so that the line starts somewhere wrong.
import torch
from torch.utils.data import DataLoader, TensorDataset

rng = torch.Generator().manual_seed(6)
examples = TensorDataset(torch.tensor(X), torch.tensor(data.y))
loader = DataLoader(examples, batch_size=64, shuffle=True, generator=rng)

# %%
# The model has two parameters, ``W`` and ``b``, and ``fit`` returns where they stood after
# each epoch.
from logreg_book.nn import LogisticRegression

model = LogisticRegression(2, generator=rng)
states = model.fit(loader, epochs=60, eta=0.02)

# %%
# One frame an epoch.
from logreg_book.animation import training_film

film = training_film(
    X,
    data.y,
    {"module": states},
    cost="epoch",
    class_names=data.class_names,
    feature_names=names,
    alt="Left, two overlapping clouds of tumours, benign and malignant, by radius and texture, "
    "and a line that starts across both. It turns quickly at first and then ever more slowly, "
    "until most malignant tumours lie on the side that its arrow points to. Right, the loss "
    "falls along with it, steeply at first, then ever more slowly.",
)

# %%
# What the loss was and is, and how much the line gets right:
first, *_, last = states
print(f"mean loss of epoch {first.epoch}: {first.loss:.3f}, of epoch {last.epoch}: {last.loss:.3f}")
right = (X @ last.W + last.b).argmax(axis=1) == data.y
print(f"{right.mean():.1%} of {len(right)} tumours on the right side")

# %%
# These are the examples that it was trained on: how it does on others is another question.
#
# To watch the line while it trains, in a window or a notebook, give ``fit`` the argument
# ``on_epoch=LivePlot(X, data.y)``, from :mod:`logreg_book.animation`.
#
# In a window the film plays now; in a notebook, end a cell with ``film`` to see it.
import matplotlib.pyplot as plt

plt.show()
