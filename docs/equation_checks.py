"""What the symbols of the numbered equations stand for, and what the equations are checked against.

The build takes the TeX of an equation from its page and evaluates it, in ``book.checks.formula``,
so this file holds no formula.  It ties a label to a function that makes environments.  Each of them
says which array a symbol is, and takes what it is compared with from another reference: PyTorch,
the library, finite differences, or a search through all possible cases.

A name such as ``dL_dh`` is the derivative of L with respect to h; an environment without it has
that derivative taken by differences.  Sizes differ from one another, so that a formula with a
mistaken axis cannot pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations, product
from typing import Any

import numpy as np
import torch
from torch.autograd.functional import hessian, jacobian
from torch.nn import functional

import logreg_book as lb
from book.checks.formula import Environment, OneOf, disagreements

SEEDS = range(3)
TOLERANCE = 1e-8

N, B, d, K = 7, 5, 2, 4
Y_LABELS = np.array([2, 0, 3, 1, 3, 0, 2])


def tensor(x: Any) -> torch.Tensor:
    """Return a float64 tensor; one that autograd follows stays as it is."""
    return torch.as_tensor(x, dtype=torch.float64)


# Softmax regression on a batch: theta holds the rows of W and, last, b


def weights_and_biases(theta: Any) -> tuple[Any, Any]:
    """Split all parameters into W and b."""
    rows = theta.reshape(d + 1, K)
    return rows[:d], rows[d]


def linear(X: Any, W: Any, b: Any) -> torch.Tensor:
    """Return PyTorch's logits."""
    return functional.linear(tensor(X), tensor(W).T, tensor(b))


def log_loss(p: Any, y: Any) -> torch.Tensor:
    """Return PyTorch's loss of probabilities."""
    return functional.nll_loss(tensor(p).log(), torch.as_tensor(y))


def loss(theta: Any, X: Any, y: Any) -> torch.Tensor:
    """Return PyTorch's loss of all parameters."""
    logits = linear(X, *weights_and_biases(tensor(theta)))
    return functional.cross_entropy(logits, torch.as_tensor(y))


def gradient(theta: Any, X: Any, y: Any) -> Any:
    """Return autograd's gradient with respect to all parameters."""
    return jacobian(lambda theta: loss(theta, X, y), tensor(theta)).numpy()


def sgd_step(theta: Any, X: Any, y: Any, eta: Any) -> Any:
    """Return the parameters after a step of PyTorch's optimizer."""
    parameters = tensor(theta).clone().requires_grad_()
    loss(parameters, X, y).backward()
    torch.optim.SGD([parameters], lr=float(eta)).step()
    return parameters.detach()


def library_gradient(theta: Any, X: Any, y: Any) -> Any:
    """Return the library's gradient with respect to all parameters."""
    _, dW, db = lb.loss_and_gradients(X, y, *weights_and_biases(theta))
    return np.vstack([dW, db]).ravel()


def library_jacobian(h: Any) -> Any:
    """Return the library's derivatives of all probabilities with respect to all logits."""
    found = np.zeros(h.shape + h.shape)
    for i, row in enumerate(h):
        found[i, :, i] = lb.softmax_jacobian(row)
    return found


def torch_sigmoid(z: Any) -> torch.Tensor:
    """Return PyTorch's sigmoid."""
    return torch.sigmoid(tensor(z))


AUTOGRAD = {
    "dL_dp": lambda p, y: jacobian(lambda p: log_loss(p, y), tensor(p)),
    "dp_dh": lambda h: jacobian(lambda h: torch.softmax(h, 1), tensor(h)),
    "dL_dh": lambda h, y: jacobian(
        lambda h: functional.cross_entropy(h, torch.as_tensor(y)), tensor(h)
    ),
    "dh_dW": lambda X, W, b: jacobian(lambda W: linear(X, W, b), tensor(W)),
    "dL_dW": lambda theta, X, y: weights_and_biases(gradient(theta, X, y))[0],
    "dL_db": lambda theta, X, y: weights_and_biases(gradient(theta, X, y))[1],
    "dL_dtheta": gradient,
    "ddL_dtheta_dtheta": lambda theta, X, y: hessian(lambda t: loss(t, X, y), tensor(theta)),
}
LIBRARY = {
    "h": lb.logits,
    "p": lb.softmax,
    "L": lb.cross_entropy,
    "dL_dp": lb.grad_probabilities,
    "dp_dh": library_jacobian,
    "dL_dh": lb.grad_logits,
    "dL_dW": lambda X, dL_dh: lb.grad_parameters(X, dL_dh)[0],
    "dL_db": lambda X, dL_dh: lb.grad_parameters(X, dL_dh)[1],
    "dL_dtheta": library_gradient,
    "ddL_dtheta_dtheta": lb.hessian,
    "theta_new": lambda theta, dL_dtheta, eta: lb.sgd(theta, dL_dtheta, eta=float(eta))[0],
}


def batch(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the symbols of softmax regression, each computed from those before it."""
    X, y = rng.normal(size=(B, d)), Y_LABELS[:B]
    differences = Environment(
        B=B,
        d=d,
        K=K,
        X=X,
        x_tilde=np.column_stack([X, np.ones(B)]),
        y=y,
        Y=functional.one_hot(torch.as_tensor(y), K),
        delta=np.eye(K),
        eta=0.3,
        theta=0.5 * rng.normal(size=(d + 1) * K),
        W=lambda theta: weights_and_biases(theta)[0],
        b=lambda theta: weights_and_biases(theta)[1],
        h=linear,
        p=lambda h: torch.softmax(tensor(h), 1),
        L=log_loss,
        theta_new=sgd_step,
    )
    yield differences.having(**AUTOGRAD)
    yield differences.having(**LIBRARY)
    yield differences


def any_shift(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the same with any number m."""
    for env in batch(rng):
        yield env.having(m=rng.normal())


def largest_logit(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the same with the largest logit of each example as m."""
    for env in batch(rng):
        yield env.having(m=lambda h: h.max(axis=1))


def second_derivatives(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the same with a direction q of the parameters, along which the logits move by a.

    Where differences are taken, they are those of autograd's gradient.
    """
    autograd, library, differences = batch(rng)
    for env in (autograd, library, differences.having(dL_dtheta=gradient)):
        q = rng.normal(size=(d + 1) * K)
        yield env.having(q=q, a=lambda X, q: linear(X, *weights_and_biases(q)))


def bowl(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield a step of gradient descent on a quadratic loss, by PyTorch and by the library."""
    root, theta_star, theta_0 = rng.normal(size=(4, 4)), rng.normal(size=4), rng.normal(size=4)
    H, eta = root @ root.T, 0.3
    curvatures, directions = np.linalg.eigh(H)
    known: dict[str, Any] = {"lambda": curvatures}  # a word of Python

    def quadratic(theta: Any) -> Any:
        return (theta - tensor(theta_star)) @ tensor(H) @ (theta - tensor(theta_star)) / 2

    parameters = tensor(theta_0).clone().requires_grad_()
    quadratic(parameters).backward()
    torch.optim.SGD([parameters], lr=eta).step()
    gradient_t = jacobian(quadratic, tensor(theta_0)).numpy()
    for theta_1 in (parameters.detach(), lb.sgd(theta_0, gradient_t, eta=eta)[0]):
        yield Environment(
            H=H,
            I=np.eye(4),
            eta=eta,
            q=directions.T,
            theta_star=theta_star,
            theta_0=theta_0,
            theta_1=theta_1,
            **known,
        )


def penalised(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield softmax regression with the strength of a penalty."""
    for env in batch(rng):
        yield env.having(alpha=0.7)


def decay_step(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield a step of gradient descent with weight decay, by PyTorch and by the library."""
    for env in penalised(rng):
        X, y, W, b = (env.value(name) for name in ("X", "y", "W", "b"))
        leaves = [tensor(a).clone().requires_grad_() for a in (W, b)]
        functional.cross_entropy(tensor(X) @ leaves[0] + leaves[1], torch.as_tensor(y)).backward()
        groups: list[dict[str, Any]] = [
            {"params": leaves[:1], "weight_decay": 0.7},
            {"params": leaves[1:]},
        ]
        torch.optim.SGD(groups, lr=0.3).step()
        *_, last = lb.train(X, y, W, b, eta=0.3, epochs=1, weight_decay=0.7)
        for W_new in (leaves[0].detach().numpy(), last.W):
            yield env.having(W_new=W_new)


def penalised_bowl(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the minimum of a quadratic loss with a penalty, by PyTorch and by linear algebra."""
    for env in bowl(rng):
        H, theta_star, alpha = env["H"], env["theta_star"], 0.7

        def total(theta: Any, H: Any = H, theta_star: Any = theta_star) -> Any:
            e = theta - tensor(theta_star)
            return e @ tensor(H) @ e / 2 + 0.7 * (theta**2).sum() / 2

        zero = np.zeros(len(H))
        slope, curvature = (
            jacobian(total, tensor(zero)),
            torch.autograd.functional.hessian(total, tensor(zero)),
        )
        by_torch = torch.linalg.solve(curvature, -slope).numpy()
        by_hand = lb.newton(zero, -H @ theta_star, H + alpha * np.eye(len(H)))
        for theta_alpha in (by_torch, by_hand):
            yield env.having(alpha=alpha, theta_alpha=theta_alpha)


def stopped_bowl(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield where gradient descent on a quadratic loss is after t steps from zero."""
    for env in bowl(rng):
        theta, t, eta = np.zeros(len(env["H"])), 7, 0.05
        leaf = torch.zeros(len(theta), dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([leaf], lr=eta)
        for _ in range(t):
            theta, _ = lb.sgd(theta, env["H"] @ (theta - env["theta_star"]), eta=eta)
            leaf.grad = tensor(env["H"]) @ (leaf.detach() - tensor(env["theta_star"]))
            optimizer.step()
        for theta_t in (theta, leaf.detach().numpy()):
            yield env.having(eta=eta, t=t, theta_t=theta_t)


def best_rate(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the rate that makes the largest factor smallest, found by search."""
    curvatures = np.sort(rng.uniform(0.1, 3, size=5))
    known: dict[str, Any] = {"lambda": curvatures[-1]}  # a word of Python

    def largest_factor(eta: float) -> Any:
        return np.abs(1 - eta * curvatures).max()

    low, high = 0.0, 2 / curvatures[-1]
    for _ in range(200):
        a, b = (2 * low + high) / 3, (low + 2 * high) / 3
        low, high = (low, b) if largest_factor(a) < largest_factor(b) else (a, high)
    yield Environment(
        mu=curvatures[0],
        eta_star=low,
        kappa=curvatures[-1] / curvatures[0],
        **known,
    )


def two_outputs(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the logits and probabilities of two classes, and the sigmoid."""
    h = rng.normal(size=(B, 2))
    yield Environment({"sigma": torch_sigmoid}, h=h, p=torch.softmax(tensor(h), 1))
    yield Environment({"sigma": lb.sigmoid}, h=h, p=lb.softmax(h))


def boundary(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield points where two classes are equally probable, found by bisection."""
    W, b = rng.normal(size=(3, 2)), rng.normal(size=2)

    def by_torch(x: Any) -> Any:
        return torch.softmax(linear(x, W, b), 1).numpy()

    def by_library(x: Any) -> Any:
        return lb.softmax(lb.logits(x, W, b))

    for probabilities in (by_torch, by_library):
        low, high = (rng.normal(size=(1, 3)) + side * (W[:, 1] - W[:, 0]) for side in (-10, 10))
        for _ in range(100):
            x = (low + high) / 2
            ((p0, p1),) = probabilities(x)
            low, high = (x, high) if p1 < p0 else (low, x)
        yield Environment(W=W, w=W.T, b=b, x=x[0])


def distance(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield a point and its distance from a hyperplane, found by least squares in two ways."""
    w, x, b = rng.normal(size=3), rng.normal(size=3), rng.normal()
    shortest, *_ = np.linalg.lstsq(w[None], np.array([w @ x + b]))
    *_, along = np.linalg.svd(w[None])  # its last rows span the plane
    off = x + b * w / (w @ w)  # from a point of the plane
    inside, *_ = np.linalg.lstsq(along[1:].T, off)
    for way in (shortest, off - along[1:].T @ inside):
        yield Environment(w=w, x=x, b=b, D=np.sqrt((way**2).sum()))


def distributions(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield two distributions, and PyTorch's cross-entropy of one relative to the other."""
    q, p = rng.dirichlet(np.ones(K), size=2)

    def by_torch(q: Any, p: Any) -> Any:
        return functional.cross_entropy(tensor(p).log()[None], tensor(q)[None])

    def by_library(q: Any, p: Any) -> Any:
        return sum(q[k] * lb.cross_entropy(np.log(p)[None], [k]) for k in range(K))

    for H in (by_torch, by_library):
        yield Environment({"H": H}, q=q, p=p)


# Binary regression: theta holds w and, last, b


def binary_loss(theta: Any, X: Any, y: Any) -> torch.Tensor:
    """Return PyTorch's binary loss of all parameters."""
    logits = functional.linear(tensor(X), tensor(theta)[:d]) + tensor(theta)[d]
    return functional.binary_cross_entropy_with_logits(logits, tensor(y))


def binary(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the symbols of binary regression, each computed from those before it."""
    X = rng.normal(size=(B, d))
    common = {
        "B": B,
        "d": d,
        "X": X,
        "x_tilde": np.column_stack([X, np.ones(B)]),
        "y": np.array([1, 0, 0, 1, 1]),
        "theta": rng.normal(size=d + 1),
        "w": lambda theta: theta[:d],
        "b": lambda theta: theta[d],
    }

    def binary_gradient(theta: Any, X: Any, y: Any) -> Any:
        return jacobian(lambda theta: binary_loss(theta, X, y), tensor(theta)).numpy()

    differences = Environment(
        {"sigma": torch_sigmoid},
        **common,
        z=lambda X, w, b: functional.linear(tensor(X), tensor(w)) + tensor(b),
        L=lambda z, y: functional.binary_cross_entropy_with_logits(tensor(z), tensor(y)),
    )
    yield differences.having(
        dL_dw=lambda theta, X, y: binary_gradient(theta, X, y)[:d],
        dL_db=lambda theta, X, y: binary_gradient(theta, X, y)[d],
        ddL_dtheta_dtheta=lambda theta, X, y: hessian(
            lambda theta: binary_loss(theta, X, y), tensor(theta)
        ),
    )
    yield Environment(
        {"sigma": lb.sigmoid},
        **common,
        z=lambda X, w, b: lb.logits(X, w[:, None], b[None])[:, 0],
        L=lb.binary_cross_entropy,
        dL_dw=lambda X, y, w, b: lb.binary_loss_and_gradients(X, y, w, float(b))[1],
        dL_db=lambda X, y, w, b: lb.binary_loss_and_gradients(X, y, w, float(b))[2],
        ddL_dtheta_dtheta=lambda X, w, b: lb.binary_hessian(X, w, float(b)),
    )
    yield differences.having(dL_dtheta=binary_gradient)


def sigmoid(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the sigmoid of some numbers."""
    for sigma in (torch_sigmoid, lb.sigmoid):
        yield Environment({"sigma": sigma}, z=OneOf(2 * rng.normal(size=5)))


# Minibatches: g_i is the gradient of the loss of example i alone


def minibatch(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the gradients of all examples, and of a batch of them."""
    X, y = rng.normal(size=(N, d)), Y_LABELS
    common = Environment(
        N=N,
        B=B,
        d=d,
        K=K,
        y=y,
        eta=0.3,
        S=(0, 2, 3, 4, 6),
        theta=0.5 * rng.normal(size=(d + 1) * K),
        p=lambda theta: torch.softmax(linear(X, *weights_and_biases(theta)), 1),
        L=lambda theta: loss(theta, X, y),
        theta_new=lambda theta, S, eta: sgd_step(theta, X[[*S]], y[[*S]], eta),
    )

    def gradients(of: Callable[..., Any]) -> dict[str, Any]:
        return {
            "g": lambda theta: np.array([of(theta, X[[i]], y[[i]]) for i in range(N)]),
            "g_S": lambda theta, S: of(theta, X[[*S]], y[[*S]]),
        }

    differences = common.having(**gradients(gradient))
    yield differences.having(dL_dtheta=lambda theta: gradient(theta, X, y))
    yield common.having(
        **gradients(library_gradient),
        dL_dtheta=lambda theta: library_gradient(theta, X, y),
        theta_new=lambda theta, g_S, eta: lb.sgd(theta, g_S, eta=float(eta))[0],
    )
    yield differences


def all_batches(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield every batch of its size; here g is the gradient of all examples."""
    autograd, library, _ = minibatch(rng)
    for env in (autograd, library):
        each, g = env.value("g"), env.value("dL_dtheta")
        v = np.mean(np.linalg.norm(each - g, axis=1) ** 2)
        yield env.having(S=OneOf(combinations(range(N), B)), g=g, v=v)


# Update rules: what a step of PyTorch's optimizer and of the library's rule make of the same state

OPTIMIZERS: dict[str, tuple[Any, Any]] = {
    "momentum": (partial(torch.optim.SGD, momentum=0.7), partial(lb.momentum, mu=0.7)),
    "nesterov": (
        partial(torch.optim.SGD, momentum=0.7, nesterov=True),
        partial(lb.nesterov, mu=0.7),
    ),
    "adagrad": (partial(torch.optim.Adagrad, eps=0.1), partial(lb.adagrad, eps=0.1)),
    "rmsprop": (
        partial(torch.optim.RMSprop, alpha=0.8, eps=0.1),
        partial(lb.rmsprop, rho=0.8, eps=0.1),
    ),
    "adam": (
        partial(torch.optim.Adam, betas=(0.6, 0.8), eps=0.1),
        partial(lb.adam, beta=(0.6, 0.8), eps=0.1),
    ),
}
KEYS = {  # what PyTorch calls the parts of a state
    "momentum": ["momentum_buffer"],
    "nesterov": ["momentum_buffer"],
    "adagrad": ["sum"],
    "rmsprop": ["square_avg"],
    "adam": ["exp_avg", "exp_avg_sq"],
}


def steps_of(name: str, rng: np.random.Generator) -> Iterator[tuple[Any, Any, Any, Any, Any]]:
    """Yield gradient, theta and state before the fourth step, and both after it."""
    eta, start, grads = 0.3, rng.normal(size=3), rng.normal(size=(4, 3))
    optimizer, rule = OPTIMIZERS[name]
    leaf = tensor(start).clone().requires_grad_()
    made, seen = optimizer([leaf], lr=eta), []
    for grad in grads:
        leaf.grad = tensor(grad)
        made.step()
        memory = [made.state[leaf][key].numpy().copy() for key in KEYS[name]]
        seen.append((leaf.detach().numpy().copy(), memory))
    yield grads[3], *seen[2], *seen[3]
    theta, state, seen = start, None, []
    for grad in grads:
        theta, state = rule(theta, grad, state, eta=eta)
        seen.append((theta, [*state[1:3]] if name == "adam" else [state]))
    yield grads[3], *seen[2], *seen[3]


def one_buffer(name: str, memory: str) -> Callable[[np.random.Generator], Iterator[Environment]]:
    """Return what yields a step of a rule that remembers one array."""

    def yields(rng: np.random.Generator) -> Iterator[Environment]:
        for g, theta, (before,), theta_new, (after,) in steps_of(name, rng):
            yield Environment(
                g=g,
                theta=theta,
                theta_new=theta_new,
                eta=0.3,
                mu=0.7,
                rho=0.8,
                epsilon=0.1,
                **{memory: before, f"{memory}_new": after},
            )

    return yields


def adam_moments(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield Adam's averages before and after a step."""
    for g, _, (m, v), _, (m_new, v_new) in steps_of("adam", rng):
        yield Environment(g=g, m=m, m_new=m_new, v=v, v_new=v_new, beta_1=0.6, beta_2=0.8)


def adam_step(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield Adam's fourth step, with the averages that it uses."""
    for _, theta, _, theta_new, (m, v) in steps_of("adam", rng):
        yield Environment(
            theta=theta,
            theta_new=theta_new,
            m=m,
            v=v,
            t=4,
            beta_1=0.6,
            beta_2=0.8,
            eta=0.3,
            epsilon=0.1,
        )


def weights_sum(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the number of steps of an exponential average."""
    yield Environment(beta=rng.uniform(0.5, 0.9), t=5, s=OneOf(range(5)))


def bias_correction(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield Adam's average after all sequences of three gradients that are equally probable."""
    values = rng.normal(size=3)
    optimizer, rule = OPTIMIZERS["adam"]

    def by_torch(drawn: Any) -> Any:
        leaf = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        made = optimizer([leaf], lr=0.1)
        for grad in drawn:
            leaf.grad = tensor([grad])
            made.step()
        return made.state[leaf]["exp_avg"].numpy()[0]

    def by_library(drawn: Any) -> Any:
        theta, state = np.zeros(1), (0, *np.zeros((3, 1)))
        for grad in drawn:
            theta, state = rule(theta, [grad], state, eta=0.1)
        return state[1][0]

    for m_t in (by_torch, by_library):
        yield Environment(
            drawn=OneOf(product(values, repeat=3)),
            m_t=m_t,
            g=lambda drawn: drawn[-1],
            beta_1=0.6,
            t=3,
        )


def momentum_errors(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the errors of two steps of momentum in one direction, from any state."""
    eta, mu, curvature, e_0, v = 0.3, 0.7, 1.3, rng.normal(), rng.normal()
    known: dict[str, Any] = {"lambda": curvature}  # a word of Python
    for rule in ("torch", "library"):
        errors: list[Any] = [e_0]
        if rule == "torch":
            leaf = torch.tensor([e_0], dtype=torch.float64, requires_grad=True)
            made = torch.optim.SGD([leaf], lr=eta, momentum=mu)
            made.state[leaf]["momentum_buffer"] = torch.tensor([v], dtype=torch.float64)
            for _ in range(2):
                leaf.grad = curvature * leaf.detach()
                made.step()
                errors.append(leaf.item())
        else:
            e, state = np.array(e_0), np.array(v)
            for _ in range(2):
                e, state = lb.momentum(e, curvature * e, state, eta=eta, mu=mu)
                errors.append(e)
        e_0, e_1, e_2 = errors
        yield Environment(eta=eta, mu=mu, e_0=e_0, e_1=e_1, e_2=e_2, **known)


def momentum_border(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the rate at which momentum stops to converge, found by bisection."""
    mu, curvature = rng.uniform(0.2, 0.9), rng.uniform(0.5, 2)
    known: dict[str, Any] = {"lambda": curvature}  # a word of Python

    def radius(eta: float) -> Any:
        columns = [
            lb.momentum(e, curvature * e, v, eta=eta, mu=mu) for e, v in ((1.0, 0.0), (0.0, 1.0))
        ]
        return np.abs(np.linalg.eigvals(np.array(columns, float).T)).max()

    low, high = 0.1 / curvature, 10 / curvature
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if radius(middle) < 1 else (low, middle)
    yield Environment(mu=mu, eta_bar=low, **known)


def newton_step(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield a bowl, its minimum, and where Newton's step leads, by PyTorch and by the library."""
    root, theta_star, theta_0 = rng.normal(size=(4, 4)), rng.normal(size=4), rng.normal(size=4)

    def quadratic(theta: Any) -> Any:
        off = tensor(root) @ (theta - tensor(theta_star))
        return off @ off / 2

    H = hessian(quadratic, tensor(theta_0)).numpy()
    g = jacobian(quadratic, tensor(theta_0)).numpy()
    for theta_1 in (theta_0 - np.linalg.solve(H, g), lb.newton(theta_0, g, H)):
        yield Environment(H=H, g=g, theta_0=theta_0, theta_1=theta_1, theta_star=theta_star)


def reweighted(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield a step of Newton's method for one sigmoid, by autograd and by the library."""
    X, y, theta_0 = (
        rng.normal(size=(9, d)),
        np.array([1, 0, 0, 1, 1, 0, 1, 0, 1]),
        rng.normal(size=d + 1),
    )

    def loss(theta: Any) -> torch.Tensor:
        return binary_loss(theta, X, y)

    g, H = jacobian(loss, tensor(theta_0)).numpy(), hessian(loss, tensor(theta_0)).numpy()
    _, dw, db = lb.binary_loss_and_gradients(X, y, theta_0[:d], theta_0[d])
    by_library = lb.newton(
        theta_0, np.append(dw, db), lb.binary_hessian(X, theta_0[:d], theta_0[d])
    )
    for theta_1 in (theta_0 - np.linalg.solve(H, g), by_library):
        yield Environment(
            y=y,
            X_tilde=np.column_stack([X, np.ones(9)]),
            theta_0=theta_0,
            theta_1=theta_1,
            p=lambda X_tilde, theta_0: torch_sigmoid(X_tilde @ theta_0),
            S=lambda p: np.diag(p * (1 - p)),
        )


def pairs(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the deviations of all examples' gradients from their mean, and their variance."""
    autograd, library, _ = minibatch(rng)
    for env in (autograd, library):
        each, g = env.value("g"), env.value("dL_dtheta")
        v = np.mean(np.linalg.norm(each - g, axis=1) ** 2)
        yield Environment(N=N, B=B, d=d, K=K, delta=np.eye(N), a=each - g, v=v)


def stationary(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the mean square at which noisy steps settle: by repetition, and kick by kick."""
    eta, curvature, v = 0.3, rng.uniform(0.5, 2), rng.uniform(1, 2)
    factor, V = 1 - eta * curvature, 0.0
    for _ in range(2000):
        V = factor**2 * V + eta**2 * v
    all_kicks = sum((eta * factor**age) ** 2 * v for age in range(2000))
    known: dict[str, Any] = {"lambda": curvature}  # a word of Python
    for value in (V, all_kicks):
        yield Environment(eta=eta, v=v, V=value, **known)


# Autograd


def unit(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield the squared error of a linear unit."""

    def loss(w: Any, b: Any, x: Any, t: Any) -> torch.Tensor:
        return functional.mse_loss(tensor(w) @ tensor(x) + tensor(b), tensor(t))

    differences = Environment(
        w=rng.normal(size=3), b=rng.normal(), x=rng.normal(size=3), t=rng.normal(), L=loss
    )
    yield differences.having(
        dL_dw=lambda w, b, x, t: jacobian(lambda w: loss(w, b, x, t), tensor(w)),
        dL_db=lambda w, b, x, t: jacobian(lambda b: loss(w, b, x, t), tensor(b)),
    )
    yield differences


def vector_jacobian(rng: np.random.Generator) -> Iterator[Environment]:
    """Yield a function from three numbers to four, and the softmax, with their Jacobians."""
    A = tensor(rng.normal(size=(4, 3)))

    def f(x: Any) -> torch.Tensor:
        return torch.tanh(A @ tensor(x)) + torch.sin(tensor(x)).sum()

    x = rng.normal(size=3)
    yield Environment({"f": f}, u=rng.normal(size=4), x=x, J=jacobian(f, tensor(x)))
    yield Environment({"f": lb.softmax}, u=rng.normal(size=3), x=x, J=lb.softmax_jacobian(x))


ENVIRONMENTS: dict[str, Callable[[np.random.Generator], Iterator[Environment]]] = {
    "eq-logits": batch,
    "eq-score": binary,
    "eq-distance": distance,
    "eq-boundary": boundary,
    "eq-softmax": batch,
    "eq-sigmoid": sigmoid,
    "eq-sigmoid-symmetry": sigmoid,
    "eq-sigmoid-derivative": sigmoid,
    "eq-softmax-ratio": batch,
    "eq-two-outputs": two_outputs,
    "eq-cross-entropy": batch,
    "eq-cross-entropy-q": distributions,
    "eq-cross-entropy-logits": batch,
    "eq-logsumexp-shift": any_shift,
    "eq-cross-entropy-stable": largest_logit,
    "eq-grad-p": batch,
    "eq-softmax-jacobian": batch,
    "eq-cancellation": batch,
    "eq-grad-h": batch,
    "eq-grad-w-index": batch,
    "eq-grad-w": batch,
    "eq-grad-b": batch,
    "eq-grad-x": batch,
    "eq-sgd-step": batch,
    "eq-hessian": second_derivatives,
    "eq-curvature": second_derivatives,
    "eq-error-step": bowl,
    "eq-error-direction": bowl,
    "eq-penalty-gradient": penalised,
    "eq-decay-step": decay_step,
    "eq-penalised-bowl": penalised_bowl,
    "eq-stopped-bowl": stopped_bowl,
    "eq-best-rate": best_rate,
    "eq-binary-logit": binary,
    "eq-binary-loss": binary,
    "eq-binary-grad": binary,
    "eq-binary-hessian": binary,
    "eq-unbiased": minibatch,
    "eq-pair-covariance": pairs,
    "eq-variance": all_batches,
    "eq-stationary": stationary,
    "eq-batch-step": minibatch,
    "eq-momentum": one_buffer("momentum", "v"),
    "eq-momentum-error": momentum_errors,
    "eq-momentum-border": momentum_border,
    "eq-nesterov": one_buffer("nesterov", "v"),
    "eq-adagrad": one_buffer("adagrad", "s"),
    "eq-rmsprop": one_buffer("rmsprop", "v"),
    "eq-adam-moments": adam_moments,
    "eq-weights-sum": weights_sum,
    "eq-bias-correction": bias_correction,
    "eq-adam-step": adam_step,
    "eq-newton": newton_step,
    "eq-irls": reweighted,
    "eq-unit-grad": unit,
    "eq-vjp": vector_jacobian,
}
# What these say is true by definition; that the code computes the same is what is checked.
DEFINITIONS = frozenset(
    {
        "eq-score",
        "eq-cross-entropy-q",
        "eq-logits",
        "eq-softmax",
        "eq-sigmoid",
        "eq-cross-entropy",
        "eq-sgd-step",
        "eq-binary-logit",
        "eq-binary-loss",
        "eq-batch-step",
        "eq-momentum",
        "eq-nesterov",
        "eq-adagrad",
        "eq-rmsprop",
        "eq-adam-moments",
        "eq-adam-step",
        "eq-irls",
    }
)


def environments(label: str, seed: int) -> Iterator[Environment]:
    """Yield the environments of an equation, one for each reference."""
    return ENVIRONMENTS[label](np.random.default_rng(seed))


def measure(label: str, tex: str) -> float:
    """Return the largest relative error of an equation, or NaN if it has one; or raise."""
    errors = [
        disagreements(tex, env, may_define=label in DEFINITIONS)
        for seed in SEEDS
        for env in environments(label, seed)
    ]
    return float(np.max(np.concatenate(errors)))
