"""Logistic regression with autograd: the module, its training loop, and the graph behind it.

These modules need PyTorch, the extra ``torch``.
"""

from logreg_book.pytorch.graph import Graph, Node, autograd_graph
from logreg_book.pytorch.loop import parameters_as_numpy, run_epochs
from logreg_book.pytorch.module import LogisticRegression

__all__ = [
    "Graph",
    "LogisticRegression",
    "Node",
    "autograd_graph",
    "parameters_as_numpy",
    "run_epochs",
]
