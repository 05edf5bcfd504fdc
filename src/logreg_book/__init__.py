"""Logistic regression, derived by hand: every equation is a function.

Symbols, shapes and units are the same in every module:

======  ===============  =====================================================
code    shape            meaning
======  ===============  =====================================================
``X``   (B, d)           inputs, one row an example
``y``   (B,)             labels, integers 0 .. K-1
``Y``   (B, K)           one-hot labels
``W``   (d, K)           weights
``b``   (K,)             biases
``h``   (B, K)           logits, ``X @ W + b``
``p``   (B, K)           probabilities, the softmax of ``h`` along the last axis
loss    scalar, nats     the **mean** cross-entropy over the batch
``eta`` scalar           learning rate
======  ===============  =====================================================

A gradient has the name and the shape of its variable: ``dW`` is the derivative
of the mean loss with respect to ``W``.

This package loads NumPy and nothing heavier.  What needs PyTorch or Matplotlib
is imported by its own name: `logreg_book.nn`, `logreg_book.plotting`,
`logreg_book.animation`.
"""

from logreg_book.activations import (
    log_softmax,
    logits,
    logsumexp,
    sigmoid,
    softmax,
    softmax_jacobian,
)
from logreg_book.checks import complex_step, finite_difference, relative_error
from logreg_book.gradients import (
    grad_logits,
    grad_parameters,
    grad_probabilities,
    hessian,
    loss_and_gradients,
)
from logreg_book.losses import batch_loss, cross_entropy, one_hot
from logreg_book.optim import sgd_step
from logreg_book.training import State, fit, minibatches

__version__ = "0.1.0"

__all__ = [
    "State",
    "batch_loss",
    "complex_step",
    "cross_entropy",
    "finite_difference",
    "fit",
    "grad_logits",
    "grad_parameters",
    "grad_probabilities",
    "hessian",
    "log_softmax",
    "logits",
    "logsumexp",
    "loss_and_gradients",
    "minibatches",
    "one_hot",
    "relative_error",
    "sgd_step",
    "sigmoid",
    "softmax",
    "softmax_jacobian",
]
