"""Logistic regression, derived by hand: every equation is a function.

Symbols, shapes and units are the same in every module:

======  ===============  =====================================================
code    shape            meaning
======  ===============  =====================================================
``N``   integer          number of all examples
``B``   integer          number of examples in a batch
``X``   (B, d)           inputs, one row per example
``y``   (B,)             labels, integers 0 .. K-1
``Y``   (B, K)           one-hot labels
``W``   (d, K)           weights; in the binary model ``w`` (d,)
``b``   (K,)             biases; in the binary model a number
``h``   (B, K)           logits, ``X @ W + b``; in the binary model ``z`` (B,)
``p``   (B, K)           probabilities, the softmax of ``h`` along the last axis
loss    scalar, nats     the **mean** cross-entropy over the batch
``eta`` scalar           learning rate
======  ===============  =====================================================

A gradient has the name and the shape of its variable: ``dW`` is the derivative
of the mean loss with respect to ``W``.

Numbers, lists, arrays of any memory layout and torch tensors without a graph are
accepted; integers become float64, and float32 stays float32.  Every function rejects
other input before it computes or changes anything, with a `TypeError` or `ValueError`
that names the argument, what it must be and what it got: a wrong dtype or shape,
an empty array, a label outside 0 .. K-1, NaN, infinity where it has no meaning, a
result that overflows.  The docstrings mention only what is special beyond that.

This package loads NumPy and nothing heavier.  `logreg_book.datasets` loads real data
with scikit-learn, `logreg_book.pytorch` needs PyTorch, and `logreg_book.viz` Matplotlib.
"""

from logreg_book.binary import (
    binary_cross_entropy,
    binary_hessian,
    binary_loss_and_gradients,
)
from logreg_book.diagnosis import Diagnosis, diagnose
from logreg_book.gradcheck import (
    check_gradient,
    complex_step,
    finite_difference,
    relative_error,
)
from logreg_book.losses import cross_entropy, grad_logits, grad_probabilities, one_hot
from logreg_book.mistakes import MISTAKES, Mistake
from logreg_book.model import (
    accuracy,
    batch_loss,
    grad_parameters,
    hessian,
    init_parameters,
    logits,
    loss_and_gradients,
    predict,
)
from logreg_book.optim import (
    adagrad,
    adam,
    adamw,
    momentum,
    nesterov,
    newton,
    rmsprop,
    sgd,
)
from logreg_book.probability import (
    log_softmax,
    logsumexp,
    sigmoid,
    softmax,
    softmax_jacobian,
)
from logreg_book.schedules import constant, cosine, inverse_time, warmup
from logreg_book.training import TrainingState, minibatches, train

__version__ = "0.1.0"

__all__ = [
    "MISTAKES",
    "Diagnosis",
    "Mistake",
    "TrainingState",
    "accuracy",
    "adagrad",
    "adam",
    "adamw",
    "batch_loss",
    "binary_cross_entropy",
    "binary_hessian",
    "binary_loss_and_gradients",
    "check_gradient",
    "complex_step",
    "constant",
    "cosine",
    "cross_entropy",
    "diagnose",
    "finite_difference",
    "grad_logits",
    "grad_parameters",
    "grad_probabilities",
    "hessian",
    "init_parameters",
    "inverse_time",
    "log_softmax",
    "logits",
    "logsumexp",
    "loss_and_gradients",
    "minibatches",
    "momentum",
    "nesterov",
    "newton",
    "one_hot",
    "predict",
    "relative_error",
    "rmsprop",
    "sgd",
    "sigmoid",
    "softmax",
    "softmax_jacobian",
    "train",
    "warmup",
]
