"""The museum of wrong answers: typical mistakes, each of them a function that makes it.

Every function below is wrong on purpose, in exactly one way, which its docstring states.
Nothing else in this package calls one, except `diagnose`, which compares a learner's function
with them.  What a page shows of a mistake is the source of the function that runs.

A mistake has the signature and the result of the function that it fails to be:

====================  ==================  ===================================
kind                  arguments           result
====================  ==================  ===================================
``softmax``           h                   p
``softmax_jacobian``  h, one row          J, (K, K)
``cross_entropy``     h, y                loss
``grad_logits``       h, y                dh
``gradient``          X, y, W, b          dW, db
``step``              X, y, W, b, eta     W, b after one step of SGD
====================  ==================  ===================================
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from logreg_book._types import Array, Indices
from logreg_book.losses import cross_entropy, grad_logits, one_hot
from logreg_book.model import grad_parameters, loss_and_gradients
from logreg_book.probability import log_softmax, softmax

__all__ = ["MISTAKES", "Mistake"]

Pair = tuple[Array, Array]


@dataclass(frozen=True, eq=False, repr=False)
class Mistake:
    """A wrong answer as data: the function, how one notices, and what to change.

    Parameters
    ----------
    function : callable
        Makes the mistake; its docstring says which.
    kind : str
        What it fails to be; see the table above.
    symptom : str
        How one notices, in one sentence.
    hint : str
        What to think about, in one sentence.
    page : str
        Label of the section that explains the right answer.
    variants : tuple of dict
        Other values of the function's options with which the mistake is made, too.

    Examples
    --------
    >>> mistake = next(m for m in MISTAKES if m.name == "softmax-without-exponential")
    >>> mistake
    <mistake softmax-without-exponential>
    >>> mistake.says
    'The scores themselves are divided by their sum.'
    >>> print(mistake.code)
    def softmax_without_exponential(h: Array) -> Array:
        \"\"\"The scores themselves are divided by their sum.\"\"\"
        p: Array = h / h.sum(axis=-1, keepdims=True)
        return p
    """

    function: Callable[..., Any]
    kind: str
    symptom: str
    hint: str
    page: str
    variants: tuple[dict[str, float], ...] = ()

    def __repr__(self) -> str:
        return f"<mistake {self.name}>"

    @property
    def name(self) -> str:
        """The function's name, written as in an address."""
        return str(self.function.__name__).replace("_", "-")

    @property
    def says(self) -> str:
        """Which mistake it is, in one sentence."""
        return inspect.getdoc(self.function) or ""

    @property
    def code(self) -> str:
        """Source of the function."""
        source = inspect.getsource(self.function)
        return source[source.index("\ndef ") + 1 :].rstrip()


_TABLE: list[Mistake] = []


def _mistake(
    kind: str, page: str, *, symptom: str, hint: str, **variants: tuple[float, ...]
) -> Callable[[Callable[..., Any]], Mistake]:
    """Enter the function below into the table."""

    def enter(function: Callable[..., Any]) -> Mistake:
        others = tuple({name: value} for name, values in variants.items() for value in values)
        _TABLE.append(Mistake(function, kind, symptom, hint, page, others))
        return _TABLE[-1]

    return enter


# Softmax


@_mistake(
    "softmax",
    "softmax",
    symptom="The columns sum to 1 and the rows do not, and a single example gets only ones.",
    hint="Ask which numbers must sum to 1: those of one example, and they lie along the last axis.",
)
def softmax_over_examples(h: Array) -> Array:
    """The exponentials are summed over the examples instead of the classes."""
    e = np.exp(h - h.max(axis=0))
    p: Array = e / e.sum(axis=0)
    return p


@_mistake(
    "softmax",
    "softmax",
    symptom="All is well for one example, but in a batch each row sums to less than 1.",
    hint="Every example needs a sum of its own, and keepdims=True lets it divide its own row.",
)
def softmax_over_the_whole_array(h: Array) -> Array:
    """One sum over all examples and all classes divides every entry."""
    e = np.exp(h - h.max())
    p: Array = e / e.sum()
    return p


@_mistake(
    "softmax",
    "softmax",
    symptom="The rows sum to 1, but where scores have both signs, some probabilities are negative.",
    hint="A score may be negative, a probability may not: which function makes it positive first?",
)
def softmax_without_exponential(h: Array) -> Array:
    """The scores themselves are divided by their sum."""
    p: Array = h / h.sum(axis=-1, keepdims=True)
    return p


@_mistake(
    "softmax",
    "softmax",
    symptom="The class with the largest score gets the smallest probability.",
    hint="Raise one logit and watch its own probability, which has to rise as well.",
)
def softmax_of_negative_scores(h: Array) -> Array:
    """The scores enter with a minus sign."""
    return softmax(-h)


@_mistake(
    "softmax",
    "softmax",
    symptom="The rows sum to 1, but each ratio of two probabilities is too close to 1.",
    hint="With logits (0, 1) the second class is e times as probable as the first, not twice.",
)
def softmax_in_base_two(h: Array) -> Array:
    """Powers of 2 stand where powers of e belong."""
    e = np.exp2(h - h.max(axis=-1, keepdims=True))
    p: Array = e / e.sum(axis=-1, keepdims=True)
    return p


@_mistake(
    "softmax",
    "softmax",
    symptom="All entries lie between 0 and 1, but the rows do not sum to 1.",
    hint="The classes compete for one unit of probability, so each entry depends on all scores.",
)
def sigmoid_of_each_score(h: Array) -> Array:
    """Each class gets the sigmoid of its own score, whatever the others are."""
    p: Array = 1 / (1 + np.exp(-h))
    return p


@_mistake(
    "softmax",
    "softmax",
    symptom="The most probable class always has probability 1, and the rows sum to more than 1.",
    hint="The largest logit is what one subtracts; what one divides by is another number.",
)
def softmax_divided_by_the_largest(h: Array) -> Array:
    """The exponentials are divided by the largest of them instead of their sum."""
    e: Array = np.exp(h - h.max(axis=-1, keepdims=True))
    return e


@_mistake(
    "softmax",
    "softmax",
    symptom="All entries are negative, and their exponentials sum to 1.",
    hint="Logarithms of probabilities are good for the loss; here the probabilities are wanted.",
)
def softmax_as_its_logarithm(h: Array) -> Array:
    """The logarithm of the softmax is returned in place of the softmax."""
    return log_softmax(h)


@_mistake(
    "softmax",
    "softmax-stable",
    symptom="Ordinary scores give the right answer, and a score of 710 or more gives nan.",
    hint="A shift of all logits of a row changes no probability: which shift prevents overflow?",
)
def softmax_naive(h: Array) -> Array:
    """The exponentials overflow for large scores, and all vanish for very negative ones."""
    e = np.exp(h)
    p: Array = e / e.sum(axis=-1, keepdims=True)
    return p


@_mistake(
    "softmax",
    "softmax-stable",
    symptom="A row gives nan when another row of the same batch has far larger scores.",
    hint="Each row has a largest logit of its own, which leaves at least one exponential of 1.",
)
def softmax_shifted_by_one_maximum(h: Array) -> Array:
    """The largest score of the whole batch is subtracted, so another row can vanish."""
    e = np.exp(h - h.max())
    p: Array = e / e.sum(axis=-1, keepdims=True)
    return p


@_mistake(
    "softmax",
    "softmax-stable",
    symptom="The probabilities are right, but the caller's logits have changed afterwards.",
    hint="h -= m writes into the caller's array, so put the difference into a new one.",
)
def softmax_in_place(h: Array) -> Array:
    """The logits are changed in the array that belongs to the caller."""
    h -= h.max(axis=-1, keepdims=True)
    e = np.exp(h)
    p: Array = e / e.sum(axis=-1, keepdims=True)
    return p


# The softmax Jacobian


@_mistake(
    "softmax_jacobian",
    "softmax-jacobian",
    symptom="The rows do not sum to 0, although a shift of all logits changes no probability.",
    hint="Raising one logit lowers the probabilities of all other classes: which entries say so?",
)
def jacobian_diagonal_only(h: Array) -> Array:
    """Only a probability's derivative with respect to its own logit is there."""
    p = softmax(h)
    return np.diag(p * (1 - p))


@_mistake(
    "softmax_jacobian",
    "softmax-jacobian",
    symptom="No entry is negative, as if raising one logit made every class more probable.",
    hint="Differentiate the denominator again: the quotient rule puts a sign before its term.",
)
def jacobian_with_plus(h: Array) -> Array:
    """The outer product is added where it has to be subtracted."""
    p = softmax(h)
    J: Array = np.diag(p) + np.outer(p, p)
    return J


@_mistake(
    "softmax_jacobian",
    "softmax-jacobian",
    symptom="No entry is positive, so no class gains when its own logit rises.",
    hint="Two cases were to be derived: what does the case j = k have that the other has not?",
)
def jacobian_without_diagonal(h: Array) -> Array:
    """The case of a probability and its own logit was treated like all others."""
    p = softmax(h)
    J: Array = 0 - np.outer(p, p)
    return J


@_mistake(
    "softmax_jacobian",
    "softmax-jacobian",
    symptom="No entry is negative, and unless all scores are equal the matrix is not symmetric.",
    hint="The formula p_j (1 - p_k) holds where j = k; derive the other case separately.",
)
def jacobian_of_one_case(h: Array) -> Array:
    """The formula for the diagonal is used in all places."""
    p = softmax(h)
    return np.outer(p, 1 - p)


@_mistake(
    "softmax_jacobian",
    "softmax-jacobian",
    symptom="The matrix is diagonal, and its rows sum to the probabilities instead of 0.",
    hint="The denominator depends on every logit, so it has a derivative of its own.",
)
def jacobian_with_constant_sum(h: Array) -> Array:
    """The sum of the exponentials is treated as a constant."""
    return np.diag(softmax(h))


# Cross-entropy


@_mistake(
    "cross_entropy",
    "cross-entropy",
    symptom="At zero weights the loss is B log K instead of log K, and grows with the batch.",
    hint="The loss is a mean over the examples, so what has to be done once after the sum?",
)
def cross_entropy_is_a_sum(h: Array, y: Indices) -> float:
    """The losses of the examples are summed instead of averaged."""
    return -float(log_softmax(h)[np.arange(len(y)), y].sum())


@_mistake(
    "cross_entropy",
    "cross-entropy",
    symptom="At zero weights the loss is (log K)/K instead of log K.",
    hint="Each example has one loss, however many classes there are: over what is the mean?",
)
def cross_entropy_averaged_over_classes(h: Array, y: Indices) -> float:
    """The mean runs over all B times K entries, most of which are 0."""
    return -float(np.mean(one_hot(y, h.shape[1]) * log_softmax(h)))


@_mistake(
    "cross_entropy",
    "likelihood",
    symptom="The loss is negative, and falls as the predictions get worse.",
    hint="A logarithm of a probability is at most 0, whereas a loss has to be at least 0.",
)
def cross_entropy_without_minus(h: Array, y: Indices) -> float:
    """The minus sign is missing, so this is the mean log-likelihood."""
    return float(np.mean(log_softmax(h)[np.arange(len(y)), y]))


@_mistake(
    "cross_entropy",
    "cross-entropy",
    symptom="At zero weights with two classes the loss is 1 instead of 0.693.",
    hint="The loss is in nats: which logarithm has the derivative 1/p?",
)
def cross_entropy_in_bits(h: Array, y: Indices) -> float:
    """The logarithm has base 2."""
    return cross_entropy(h, y) / float(np.log(2))


@_mistake(
    "cross_entropy",
    "likelihood",
    symptom="The loss lies between -1 and 0, and confident wrong predictions hardly cost anything.",
    hint="The likelihood is a product over the examples: what turns it into a sum?",
)
def cross_entropy_without_logarithm(h: Array, y: Indices) -> float:
    """The probabilities of the labels are averaged without taking a logarithm."""
    return -float(np.mean(softmax(h)[np.arange(len(y)), y]))


@_mistake(
    "cross_entropy",
    "likelihood",
    symptom="The loss grows as the labels become more probable.",
    hint="Ask what a perfect prediction costs, and which probability is 1 then.",
)
def cross_entropy_of_the_other_classes(h: Array, y: Indices) -> float:
    """The probability that the label is wrong takes the place of the label's."""
    return -float(np.mean(np.log(1 - softmax(h)[np.arange(len(y)), y])))


@_mistake(
    "cross_entropy",
    "cross-entropy",
    symptom="The loss rises while the predictions get better.",
    hint="Labels are 0 .. K-1 and can be used as column numbers as they are.",
)
def cross_entropy_labels_from_one(h: Array, y: Indices) -> float:
    """Labels are counted from 1, so that each example reads its neighbour's column."""
    return -float(np.mean(log_softmax(h)[np.arange(len(y)), y - 1]))


@_mistake(
    "cross_entropy",
    "cross-entropy",
    symptom="The loss is right for a single example, and in a batch perfect predictions cost much.",
    hint="p[:, y] picks every label's column from every row: print its shape.",
)
def cross_entropy_of_all_pairs(h: Array, y: Indices) -> float:
    """Every example is scored with the labels of all examples."""
    return -float(np.mean(log_softmax(h)[:, y]))


@_mistake(
    "cross_entropy",
    "likelihood",
    symptom="The loss is a little too small, and one hopeless example hardly changes it.",
    hint="Independent examples multiply their probabilities, so which comes first, log or mean?",
)
def cross_entropy_log_of_the_mean(h: Array, y: Indices) -> float:
    """The probabilities are averaged first, and the logarithm is taken of the mean."""
    return -float(np.log(np.mean(softmax(h)[np.arange(len(y)), y])))


@_mistake(
    "cross_entropy",
    "cross-entropy",
    symptom="At zero weights with three classes the loss is about 1.91 instead of log 3.",
    hint="The probabilities of a row sum to 1 already: which single one of them enters the loss?",
)
def cross_entropy_of_each_class(h: Array, y: Indices) -> float:
    """A binary cross-entropy is taken of each class, and the classes are summed."""
    p, Y = softmax(h), one_hot(y, h.shape[1])
    return -float(np.mean(np.sum(Y * np.log(p) + (1 - Y) * np.log(1 - p), axis=1)))


@_mistake(
    "cross_entropy",
    "cross-entropy",
    symptom="The loss of an example is never above 2, however wrong the prediction is.",
    hint="Which loss follows from the likelihood, and grows without bound where p goes to 0?",
)
def squared_error_of_probabilities(h: Array, y: Indices) -> float:
    """The squared distance of probabilities and one-hot labels is averaged."""
    return float(np.mean(np.sum((softmax(h) - one_hot(y, h.shape[1])) ** 2, axis=1)))


@_mistake(
    "cross_entropy",
    "cross-entropy",
    symptom="The loss never falls below a positive number, however good the predictions are.",
    hint="The softmax belongs in the loss once: are logits or probabilities handed over?",
)
def cross_entropy_softmax_twice(h: Array, y: Indices) -> float:
    """The softmax is taken twice, as if probabilities were logits."""
    return cross_entropy(softmax(h), y)


@_mistake(
    "cross_entropy",
    "cross-entropy-stable",
    symptom="A confidently wrong prediction costs inf, whether or not an eps is added to log p.",
    hint="Once p is rounded to 0 its logarithm is too late: can it be taken before the division?",
)
def cross_entropy_log_of_zero(h: Array, y: Indices) -> float:
    """The logarithm is taken of probabilities that may have been rounded to 0."""
    log_p = np.log(softmax(h)) + 1e-12  # outside the logarithm, eps changes nothing
    return -float(np.mean(log_p[np.arange(len(y)), y]))


@_mistake(
    "cross_entropy",
    "cross-entropy-stable",
    symptom="No prediction costs more than about 27.6 nats; there the gradient is almost 0.",
    hint="An eps caps the loss; which form of the loss has nothing to protect it from?",
    eps=(1e-7, 1e-8, 1e-9, 1e-10, 1e-15, 1e-16),
)
def cross_entropy_eps_inside(h: Array, y: Indices, eps: float = 1e-12) -> float:
    """A small number is added to the probabilities inside the logarithm."""
    return -float(np.mean(np.log(softmax(h)[np.arange(len(y)), y] + eps)))


@_mistake(
    "cross_entropy",
    "cross-entropy-stable",
    symptom="No prediction costs more than about 27.6 nats; there the gradient is exactly 0.",
    hint="Clipping forgets how wrong a prediction is: can the logarithm be had without p?",
    eps=(1e-7, 1e-8, 1e-9, 1e-10, 1e-15, 1e-16),
)
def cross_entropy_of_clipped_probabilities(h: Array, y: Indices, eps: float = 1e-12) -> float:
    """The probabilities are kept away from 0 and 1 by clipping."""
    p = np.clip(softmax(h), eps, 1 - eps)
    return -float(np.mean(np.log(p[np.arange(len(y)), y])))


@_mistake(
    "cross_entropy",
    "cross-entropy-stable",
    symptom="Logits (800, 0) with label 1 cost 500 nats instead of 800.",
    hint="Clipping hides the overflow and falsifies the loss; which shift needs no clipping?",
    bound=(20, 30, 50, 100, 700, 709),
)
def cross_entropy_of_clipped_scores(h: Array, y: Indices, bound: float = 500) -> float:
    """The logits are clipped to prevent overflow."""
    return cross_entropy(np.clip(h, -bound, bound), y)


@_mistake(
    "cross_entropy",
    "cross-entropy-stable",
    symptom="Ordinary scores give the right loss, and a score of 710 or more gives inf.",
    hint="The logarithm is taken in the right place; what must happen before the exponentials?",
)
def cross_entropy_naive(h: Array, y: Indices) -> float:
    """The exponentials inside log-sum-exp overflow for large scores."""
    lse = np.log(np.exp(h).sum(axis=1))
    return float(np.mean(lse - h[np.arange(len(y)), y]))


@_mistake(
    "cross_entropy",
    "cross-entropy-stable",
    symptom="Two equal logits of 1e16 cost 0 instead of log 2.",
    hint="Adding a large number and subtracting it again loses digits: is the sum needed at all?",
)
def cross_entropy_shift_added_back(h: Array, y: Indices) -> float:
    """The largest logit is subtracted in one of the two terms only, and added back."""
    m = h.max(axis=1)
    lse = m + np.log(np.exp(h - m[:, np.newaxis]).sum(axis=1))
    return float(np.mean(lse - h[np.arange(len(y)), y]))


# The gradient with respect to the logits


@_mistake(
    "grad_logits",
    "gradient-mean",
    symptom="The gradient is B times the central difference, so the step grows with the batch.",
    hint="The loss is a mean: where does its factor 1/B go in the derivative?",
)
def gradient_of_the_sum(h: Array, y: Indices) -> Array:
    """The gradient of the sum is given for a loss that is a mean: 1/B is missing."""
    return softmax(h) - one_hot(y, h.shape[1])


@_mistake(
    "grad_logits",
    "gradient-mean",
    symptom="The gradient is 1/B of the central difference, so training is too slow.",
    hint="Count how often the code divides by B, here and in what is called from here.",
)
def gradient_divided_twice(h: Array, y: Indices) -> Array:
    """The gradient is divided by B twice."""
    return grad_logits(h, y) / len(y)


@_mistake(
    "grad_logits",
    "gradient-mean",
    symptom="The gradient is off by the factor B/K, and right only where B happens to equal K.",
    hint="The mean runs over the examples: is the number in the denominator theirs?",
)
def gradient_divided_by_classes(h: Array, y: Indices) -> Array:
    """The sum is divided by the number of classes instead of that of the examples."""
    dh: Array = (softmax(h) - one_hot(y, h.shape[1])) / h.shape[1]
    return dh


@_mistake(
    "grad_logits",
    "gradient-mean",
    symptom="The gradient is 1/K of the central difference.",
    hint="Is the loss a mean over the examples, or over the examples and the classes?",
)
def gradient_divided_by_all_entries(h: Array, y: Indices) -> Array:
    """The sum is divided by B times K, the number of entries, instead of B."""
    return (softmax(h) - one_hot(y, h.shape[1])) / h.size


@_mistake(
    "grad_logits",
    "gradient",
    symptom="The loss rises with every step, and the gradient is minus the central difference.",
    hint="Raising the label's logit lowers the loss: which sign has that derivative?",
)
def gradient_with_wrong_sign(h: Array, y: Indices) -> Array:
    """True minus predicted stands where predicted minus true belongs."""
    return -grad_logits(h, y)


@_mistake(
    "grad_logits",
    "gradient-with-respect-to",
    symptom="The rows do not sum to 0, and only the label's column has entries at all.",
    hint="With respect to what is this the derivative, and which Jacobian is still to come?",
)
def gradient_with_respect_to_probabilities(h: Array, y: Indices) -> Array:
    """The gradient with respect to the probabilities is given for that of the logits."""
    dh: Array = -one_hot(y, h.shape[1]) / (softmax(h) * len(y))
    return dh


@_mistake(
    "grad_logits",
    "softmax-jacobian",
    symptom="Every column but the label's is exactly 0, and the rows do not sum to 0.",
    hint="What was broadcast forward, as the denominator was, has to be summed going backward.",
)
def gradient_without_the_denominator(h: Array, y: Indices) -> Array:
    """The denominator's gradient is not summed over the classes: a diagonal Jacobian."""
    p, Y = softmax(h), one_hot(y, h.shape[1])
    dh: Array = (p * Y - Y) / len(y)
    return dh


@_mistake(
    "grad_logits",
    "gradient",
    symptom="Where a prediction is confidently wrong the gradient vanishes, and training stalls.",
    hint="With the cross-entropy a factor cancels that the squared error keeps: which one?",
)
def gradient_with_sigmoid_derivative(h: Array, y: Indices) -> Array:
    """The difference is multiplied by p (1 - p) again, as for a squared error of one sigmoid."""
    p = softmax(h)
    dh: Array = (p - one_hot(y, h.shape[1])) * p * (1 - p) / len(y)
    return dh


@_mistake(
    "grad_logits",
    "gradient",
    symptom="The rows do not sum to 0, and labels of 2 or more give entries below -1/B.",
    hint="Label 2 is a name and not the number 2: what does its row look like as a distribution?",
)
def gradient_with_labels_as_numbers(h: Array, y: Indices) -> Array:
    """The label's number is subtracted from all probabilities: it is not one-hot."""
    p = softmax(h)
    dh: Array = (p - y[:, np.newaxis]) / len(y)
    return dh


@_mistake(
    "grad_logits",
    "gradient",
    symptom="The rows sum to 0 but the negative entry stands in the neighbouring column.",
    hint="Labels are 0 .. K-1: in which column does label 0 have its 1?",
)
def gradient_labels_from_one(h: Array, y: Indices) -> Array:
    """Labels are counted from 1, so that the 1 stands in the column before."""
    return (softmax(h) - one_hot((y - 1) % h.shape[1], h.shape[1])) / len(y)


@_mistake(
    "grad_logits",
    "gradient",
    symptom="With several classes in a batch the rows sum to less than 0: columns are negative.",
    hint="p[:, y] means all rows; each row wants one column of its own.",
)
def gradient_subtracts_whole_columns(h: Array, y: Indices) -> Array:
    """The 1 is subtracted in all rows of each label's column."""
    dh = softmax(h)
    dh[:, y] -= 1
    dh /= len(y)
    return dh


@_mistake(
    "grad_logits",
    "gradient",
    symptom="The gradient is exactly 0 as soon as every prediction is correct.",
    hint="A correct prediction with probability 0.6 can still improve: what measures by how much?",
)
def gradient_of_hard_predictions(h: Array, y: Indices) -> Array:
    """The most probable class takes the place of the probabilities, as in the perceptron."""
    K = h.shape[1]
    return (one_hot(h.argmax(axis=1), K) - one_hot(y, K)) / len(y)


@_mistake(
    "grad_logits",
    "gradient-with-respect-to",
    symptom="The rows sum to 1/B instead of 0: the class with the largest logit has too much.",
    hint="The loss does not depend on the shift, so the ways through the maximum cancel.",
)
def gradient_of_the_maximum_counted_once(h: Array, y: Indices) -> Array:
    """Of the two ways through the subtracted maximum only one is counted."""
    M = one_hot(h.argmax(axis=1), h.shape[1])
    return grad_logits(h, y) + M / len(y)


@_mistake(
    "grad_logits",
    "gradient",
    symptom="All entries are positive, so that the labels never enter.",
    hint="Differentiate both terms of the loss: log-sum-exp gives p, and the label's logit?",
)
def gradient_without_labels(h: Array, y: Indices) -> Array:
    """Only log-sum-exp is differentiated: the labels are missing."""
    p: Array = softmax(h) / len(y)
    return p


# The gradient with respect to the parameters


@_mistake(
    "gradient",
    "gradient-mean",
    symptom="dW is 1/B of its central difference whereas db agrees.",
    hint="One of the two gradients has been divided by B once more than the other.",
)
def gradient_of_weights_divided_twice(X: Array, y: Indices, W: Array, b: Array) -> Pair:
    """Only the gradient with respect to W is divided by B twice."""
    dW, db = grad_parameters(X, grad_logits(X @ W + b, y))
    return dW / len(X), db


@_mistake(
    "gradient",
    "gradient-mean",
    symptom="dW is B times its central difference whereas db agrees.",
    hint="The loss is a mean for both of them: compare how each comes by its 1/B.",
)
def gradient_of_weights_summed(X: Array, y: Indices, W: Array, b: Array) -> Pair:
    """The gradient with respect to W is a sum, that with respect to b a mean."""
    dh = softmax(X @ W + b) - one_hot(y, len(b))
    return X.T @ dh, dh.mean(axis=0)


@_mistake(
    "gradient",
    "gradient-mean",
    symptom="db is B times its central difference whereas dW agrees.",
    hint="A sum over the examples is right only where 1/B has been multiplied in before.",
)
def gradient_of_biases_summed(X: Array, y: Indices, W: Array, b: Array) -> Pair:
    """The gradient with respect to W is a mean, that with respect to b a sum."""
    dh = softmax(X @ W + b) - one_hot(y, len(b))
    return X.T @ dh / len(X), dh.sum(axis=0)


@_mistake(
    "gradient",
    "gradient-mean",
    symptom="Both gradients are off by the factor B/d, and right only where B equals d.",
    hint="X has one row per example: which entry of its shape counts them?",
)
def gradient_divided_by_features(X: Array, y: Indices, W: Array, b: Array) -> Pair:
    """The sum is divided by the number of columns of X instead of its rows."""
    dh = (softmax(X @ W + b) - one_hot(y, len(b))) / X.shape[1]
    return X.T @ dh, dh.sum(axis=0)


@_mistake(
    "gradient",
    "gradient",
    symptom="dW does not have the shape of W, or, worse, has it because d equals K.",
    hint="A gradient has the shape of its variable: in which order do d and K come?",
)
def gradient_transposed(X: Array, y: Indices, W: Array, b: Array) -> Pair:
    """The gradient with respect to W comes out transposed."""
    dh = grad_logits(X @ W + b, y)
    return dh.T @ X, dh.sum(axis=0)


@_mistake(
    "gradient",
    "gradient-bias",
    symptom="db is one number that is always 0, so the biases never move.",
    hint="A bias belongs to one class: over which axis do its contributions come?",
)
def gradient_of_biases_over_all(X: Array, y: Indices, W: Array, b: Array) -> Pair:
    """The gradient with respect to b is summed over the classes as well."""
    dh = grad_logits(X @ W + b, y)
    return X.T @ dh, dh.sum()


@_mistake(
    "gradient",
    "gradient-bias",
    symptom="db has one entry per example instead of one per class, and all of them are 0.",
    hint="b has shape (K,): which axis of dh has to disappear?",
)
def gradient_of_biases_over_classes(X: Array, y: Indices, W: Array, b: Array) -> Pair:
    """The gradient with respect to b is summed over the classes instead of the examples."""
    dh = grad_logits(X @ W + b, y)
    return X.T @ dh, dh.sum(axis=1)


@_mistake(
    "gradient",
    "gradient-bias",
    symptom="The gradients are right while b is 0, and wrong as soon as the biases have moved.",
    hint="The gradient is that of the loss, so it needs the same logits as the loss.",
)
def gradient_without_bias_in_the_logits(X: Array, y: Indices, W: Array, b: Array) -> Pair:
    """The logits are computed without the bias."""
    return grad_parameters(X, grad_logits(X @ W, y))


# The step


@_mistake(
    "step",
    "gradient-step",
    symptom="The loss rises with each step, all the faster the larger eta is.",
    hint="The gradient points to where the loss grows.",
)
def step_uphill(X: Array, y: Indices, W: Array, b: Array, eta: float) -> Pair:
    """The step goes along the gradient instead of against it."""
    _, dW, db = loss_and_gradients(X, y, W, b)
    return W + eta * dW, b + eta * db


@_mistake(
    "step",
    "gradient-descent",
    symptom="Another learning rate makes no difference at all.",
    hint="What decides how far a step goes, given the gradient?",
)
def step_without_learning_rate(X: Array, y: Indices, W: Array, b: Array, eta: float) -> Pair:
    """The learning rate is not used."""
    _, dW, db = loss_and_gradients(X, y, W, b)
    return W - dW, b - db


@_mistake(
    "step",
    "gradient-step",
    symptom="The weights move as expected and the biases jump.",
    hint="Both parameters take the same kind of step: compare the two lines factor by factor.",
)
def step_learning_rate_for_weights_only(
    X: Array, y: Indices, W: Array, b: Array, eta: float
) -> Pair:
    """Only the weights' gradient is multiplied by the learning rate."""
    _, dW, db = loss_and_gradients(X, y, W, b)
    return W - eta * dW, b - db


@_mistake(
    "step",
    "gradient-mean",
    symptom="Training is B times too slow, and slower still with a larger batch.",
    hint="The gradient of a mean has its 1/B already: what is left for the step?",
)
def step_divided_by_batch(X: Array, y: Indices, W: Array, b: Array, eta: float) -> Pair:
    """The step divides by B again, although the gradient is that of a mean."""
    _, dW, db = loss_and_gradients(X, y, W, b)
    return W - eta * dW / len(X), b - eta * db / len(X)


@_mistake(
    "step",
    "gradient-step",
    symptom="The new b is right and the new W is slightly wrong, the more so the larger eta is.",
    hint="At which parameters is each of the two gradients evaluated?",
)
def step_bias_before_weights(X: Array, y: Indices, W: Array, b: Array, eta: float) -> Pair:
    """The bias is updated first, and the gradient of W is taken at the new bias."""
    b = b - eta * loss_and_gradients(X, y, W, b)[2]
    W = W - eta * loss_and_gradients(X, y, W, b)[1]
    return W, b


@_mistake(
    "step",
    "gradient-step",
    symptom="The parameters stay as small as one step, however long the training takes.",
    hint="A step starts from somewhere: where is the place from which this one starts?",
)
def step_from_zero(X: Array, y: Indices, W: Array, b: Array, eta: float) -> Pair:
    """The step replaces the parameters instead of being added to them."""
    _, dW, db = loss_and_gradients(X, y, W, b)
    return -eta * dW, -eta * db


@_mistake(
    "step",
    "gradient-bias",
    symptom="The biases stay what they were, so a boundary that starts at the origin goes through "
    "it for ever.",
    hint="Count the parameters of the model, and the lines that change one.",
)
def step_of_weights_only(X: Array, y: Indices, W: Array, b: Array, eta: float) -> Pair:
    """Only the weights are updated."""
    _, dW, _ = loss_and_gradients(X, y, W, b)
    return W - eta * dW, b


MISTAKES: tuple[Mistake, ...] = tuple(_TABLE)
"""All mistakes, in the order of the derivation; a mistake's ``name`` is unique.

:meta hide-value:
"""
