"""A check for each labelled equation of the book: the closed form against its witnesses.

`checks` ties a label to a function that measures: it evaluates the closed form, which is its
default argument, and returns the largest relative error against centred differences or a
plain loop, and against PyTorch.  A wrong closed form can be passed instead, to see it rejected.

The build of the site calls `measure_all`, and writes the errors beside the equations.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import exp, log
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike

import logreg_book as lb
from logreg_book.checks import finite_difference, relative_error

RNG = np.random.default_rng(0)
B, D, K = 5, 3, 4
X, W, B_ = RNG.normal(size=(B, D)), RNG.normal(size=(D, K)), RNG.normal(size=K)
Y_LABELS = RNG.integers(K, size=B)
H, U = X @ W + B_, RNG.normal(size=K)


class Check(NamedTuple):
    """How an equation is measured, and what error it may have."""

    measure: Callable[..., float]
    tolerance: float


CHECKS: dict[str, Check] = {}


def checks(label: str, *, tolerance: float = 1e-8) -> Callable[[Callable[..., float]], Check]:
    """Register the decorated function as the check of a label."""

    def register(measure: Callable[..., float]) -> Check:
        CHECKS[label] = Check(measure, tolerance)
        return CHECKS[label]

    return register


def largest_error(value: ArrayLike, *witnesses: ArrayLike) -> float:
    """Largest of the relative errors of a value against each witness."""
    return max(relative_error(value, witness) for witness in witnesses)


def tensor(x: ArrayLike, *, grad: bool = False) -> torch.Tensor:
    """A float64 tensor of its own memory."""
    return torch.tensor(np.asarray(x, dtype=np.float64), requires_grad=grad)


def autograd(f: Callable[[torch.Tensor], torch.Tensor], x: ArrayLike) -> ArrayLike:
    """Jacobian by PyTorch."""
    jacobian: ArrayLike = torch.autograd.functional.jacobian(f, tensor(x)).numpy()
    return jacobian


def loss_of_probabilities(p: Any, log: Callable[[Any], Any] = np.log) -> Any:
    """Mean cross-entropy of probabilities, for arrays and for tensors."""
    return -log(p[np.arange(B), Y_LABELS]).mean()


def torch_loss(h: torch.Tensor) -> torch.Tensor:
    """PyTorch's own loss of logits."""
    return torch.nn.functional.cross_entropy(h, torch.tensor(Y_LABELS))


@checks("eq-logits", tolerance=1e-13)
def logits(closed: Callable[..., Any] = lb.logits) -> float:
    """Logits: h = XW + b."""
    loop = [[sum(X[i] * W[:, k]) + B_[k] for k in range(K)] for i in range(B)]
    linear = torch.nn.functional.linear(tensor(X), tensor(W.T), tensor(B_))
    return largest_error(closed(X, W, B_), loop, linear.numpy())


@checks("eq-boundary")
def boundary(
    closed: Callable[..., Any] = lambda w, b, x: (w[:, 1] - w[:, 0]) @ x + b[1] - b[0],
) -> float:
    """Where (w1 - w0) x + b1 - b0 = 0, both probabilities are one half."""
    w, b = W[:, :2], B_[:2]
    normal = finite_difference(lambda x: closed(w, b, x), X[0])
    on_it = X[0] - normal * closed(w, b, X[0]) / (normal @ normal)
    halves = lb.softmax(on_it @ w + b)
    witness = torch.softmax(tensor(on_it @ w + b), 0).numpy()
    return largest_error(np.full(2, 0.5), halves, witness)


@checks("eq-softmax", tolerance=1e-13)
def softmax(closed: Callable[..., Any] = lb.softmax) -> float:
    """Probabilities: p = exp(h) / sum exp(h)."""
    loop = [[exp(h) / sum(exp(g) for g in row) for h in row] for row in H]
    return largest_error(closed(H), loop, torch.softmax(tensor(H), 1).numpy())


@checks("eq-cross-entropy", tolerance=1e-13)
def cross_entropy(closed: Callable[..., Any] = loss_of_probabilities) -> float:
    """The loss: L = -1/B sum log p."""
    p = lb.softmax(H)
    loop = -sum(log(p[i, Y_LABELS[i]]) for i in range(B)) / B
    return largest_error(closed(p), loop, torch_loss(tensor(H)).item())


@checks("eq-cross-entropy-logits", tolerance=1e-13)
def cross_entropy_of_logits(closed: Callable[..., Any] = lb.cross_entropy) -> float:
    """The same loss: mean of logsumexp(h) - h_y."""
    loop = sum(log(sum(exp(g) for g in H[i])) - H[i, Y_LABELS[i]] for i in range(B)) / B
    return largest_error(closed(H, Y_LABELS), loop, torch_loss(tensor(H)).item())


@checks("eq-grad-p")
def grad_probabilities(closed: Callable[..., Any] = lb.grad_probabilities) -> float:
    """dL/dp = -Y / (p B)."""
    p = lb.softmax(H)
    witness = autograd(lambda q: loss_of_probabilities(q, torch.log), p)
    return largest_error(closed(p, Y_LABELS), finite_difference(loss_of_probabilities, p), witness)


@checks("eq-softmax-jacobian")
def softmax_jacobian(closed: Callable[..., Any] = lb.softmax_jacobian) -> float:
    """dp/dh = diag(p) - p p^T."""
    witness = autograd(lambda h: torch.softmax(h, 0), H[0])
    return largest_error(closed(H[0]), finite_difference(lb.softmax, H[0]), witness)


@checks("eq-grad-h")
def grad_logits(closed: Callable[..., Any] = lb.grad_logits) -> float:
    """dL/dh = (p - Y) / B."""
    differences = finite_difference(lambda h: lb.cross_entropy(h, Y_LABELS), H)
    return largest_error(closed(H, Y_LABELS), differences, autograd(torch_loss, H))


@checks("eq-grad-w")
def grad_weights(closed: Callable[..., Any] = lambda x, dh: lb.grad_parameters(x, dh)[0]) -> float:
    """dL/dW = X^T dL/dh."""
    differences = finite_difference(lambda w: lb.batch_loss(X, Y_LABELS, w, B_), W)
    witness = autograd(lambda w: torch_loss(tensor(X) @ w + tensor(B_)), W)
    return largest_error(closed(X, lb.grad_logits(H, Y_LABELS)), differences, witness)


@checks("eq-grad-b")
def grad_biases(closed: Callable[..., Any] = lambda x, dh: lb.grad_parameters(x, dh)[1]) -> float:
    """dL/db = sum over examples of dL/dh."""
    differences = finite_difference(lambda b: lb.batch_loss(X, Y_LABELS, W, b), B_)
    witness = autograd(lambda b: torch_loss(tensor(X) @ tensor(W) + b), B_)
    return largest_error(closed(X, lb.grad_logits(H, Y_LABELS)), differences, witness)


@checks("eq-hessian")
def hessian(closed: Callable[..., Any] = lb.hessian) -> float:
    """Second derivatives: mean of x x^T (x) (diag(p) - p p^T)."""
    x = np.column_stack([X, np.ones(B)])
    theta, shape = np.vstack([W, B_]).ravel(), (D + 1, K)

    def gradient(t: Any) -> Any:
        return (x.T @ lb.grad_logits(x @ t.reshape(shape), Y_LABELS)).ravel()

    witness = torch.autograd.functional.hessian(
        lambda t: torch_loss(tensor(x) @ t.reshape(shape)), tensor(theta)
    )
    return largest_error(closed(X, W, B_), finite_difference(gradient, theta), witness.numpy())


@checks("eq-sgd-step", tolerance=1e-13)
def sgd_step(closed: Callable[..., Any] = lb.sgd_step) -> float:
    """Theta becomes theta - eta dL/dtheta."""
    _, dW, db = lb.loss_and_gradients(X, Y_LABELS, W, B_)
    ours = np.vstack(closed(W, B_, dW, db, eta=0.3))
    w, b = tensor(W, grad=True), tensor(B_, grad=True)
    torch_loss(tensor(X) @ w + b).backward()
    torch.optim.SGD([w, b], lr=0.3).step()
    theirs = np.vstack([w.detach().numpy(), b.detach().numpy()])
    return largest_error(ours, np.vstack([W - 0.3 * dW, B_ - 0.3 * db]), theirs)


@checks("eq-batch-step", tolerance=1e-12)
def batch_step(closed: Callable[..., Any] = lambda W, eta, g, S: W - eta * g[S].mean(0)) -> float:
    """Theta becomes theta - eta g_S, with the mean of the gradients in the batch."""
    batch = [0, 3, 4]
    ours = closed(W.ravel(), 0.3, gradients_of_examples(), batch)
    w = tensor(W, grad=True)
    h = tensor(X[batch]) @ w + tensor(B_)
    torch.nn.functional.cross_entropy(h, torch.tensor(Y_LABELS[batch])).backward()
    torch.optim.SGD([w], lr=0.3).step()
    _, dW, _ = lb.loss_and_gradients(X[batch], Y_LABELS[batch], W, B_)
    return largest_error(ours, (W - 0.3 * dW).ravel(), w.detach().numpy().ravel())


def gradients_of_examples() -> Any:
    """Gradient by the weights of each example's own loss, one a row."""
    return np.stack(
        [
            lb.loss_and_gradients(X[i : i + 1], Y_LABELS[i : i + 1], W, B_)[1].ravel()
            for i in range(B)
        ]
    )


@checks("eq-unbiased")
def unbiased(closed: Callable[..., Any] = lambda g: g.mean(axis=0)) -> float:
    """The mean of the gradients of single examples is the gradient of all."""
    differences = finite_difference(lambda w: lb.batch_loss(X, Y_LABELS, w, B_), W)
    witness = autograd(lambda w: torch_loss(tensor(X) @ w + tensor(B_)), W)
    return largest_error(
        closed(gradients_of_examples()), differences.ravel(), np.ravel(np.asarray(witness))
    )


@checks("eq-variance", tolerance=1e-13)
def variance(
    closed: Callable[..., Any] = lambda sigma2, m, n: sigma2 / m * (n - m) / (n - 1),
) -> float:
    """Scatter of a minibatch gradient, drawn without replacement: all subsets are tried."""
    g = gradients_of_examples()
    mean = g.mean(axis=0)
    sigma2 = np.square(g - mean).sum(axis=1).mean()
    sizes = range(1, B)
    tried = [
        np.mean(
            [np.square(g[list(s)].mean(axis=0) - mean).sum() for s in combinations(range(B), m)]
        )
        for m in sizes
    ]
    return largest_error([closed(sigma2, m, B) for m in sizes], tried)


def unit(w: Any, b: Any) -> Any:
    """Squared error of the book's linear unit."""
    return (w[0] * 1.0 + w[1] * 2.0 + w[2] * 3.0 + b - 4.0) ** 2


@checks("eq-unit-grad")
def unit_gradient(
    closed: Callable[..., Any] = lambda w, b, x, t: np.append(
        2 * (w @ x + b - t) * x, 2 * (w @ x + b - t)
    ),
) -> float:
    """dL/db = 2 (w x + b - t) and dL/dw = dL/db x, at the book's numbers."""
    theta = np.array([0.6718, 0.2688, 0.6840, 0.4080])
    ours = closed(theta[:3], theta[3], np.array([1.0, 2.0, 3.0]), 4.0)
    differences = finite_difference(lambda t: unit(t[:3], t[3]), theta)
    return largest_error(ours, differences, autograd(lambda t: unit(t[:3], t[3]), theta))


@checks("eq-vjp")
def vector_jacobian_product(closed: Callable[..., Any] = lambda u, jacobian: u @ jacobian) -> float:
    """backward(u) gives u^T J."""
    h = tensor(H[0], grad=True)
    torch.softmax(h, 0).backward(tensor(U))
    assert h.grad is not None
    differences = finite_difference(lambda x: U @ lb.softmax(x), H[0])
    return largest_error(closed(U, lb.softmax_jacobian(H[0])), differences, h.grad.numpy())


def measure_all() -> dict[str, dict[str, float]]:
    """Error and tolerance of each label."""
    return {
        label: {"error": check.measure(), "tolerance": check.tolerance}
        for label, check in CHECKS.items()
    }
