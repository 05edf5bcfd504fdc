"""Every check of an equation passes, and fails for a formula that is nearly right."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import logreg_book as lb

# By path: the build of the site loads it so as well, and tests are no package.
SPEC = importlib.util.spec_from_file_location("equations", Path(__file__).with_name("equations.py"))
assert SPEC is not None
assert SPEC.loader is not None
equations = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(equations)

LABELS = list(equations.CHECKS)

WRONG: dict[str, Callable[..., Any]] = {
    "eq-logits": lambda X, W, b: X @ W - b,
    "eq-boundary": lambda w, b, x: (w[:, 1] - w[:, 0]) @ x + b[0] - b[1],
    "eq-softmax": lambda h: np.exp(h) / np.exp(h).sum(axis=0),  # over examples
    "eq-cross-entropy": lambda p: -np.log(p[np.arange(len(p)), equations.Y_LABELS]).sum(),
    "eq-cross-entropy-logits": lambda h, y: lb.logsumexp(h).mean(),
    "eq-grad-p": lambda p, y: lb.grad_probabilities(p, y) * len(p),  # the 1/B forgotten
    "eq-softmax-jacobian": lambda h: np.diag(lb.softmax(h) * (1 - lb.softmax(h))),
    "eq-grad-h": lambda h, y: lb.grad_probabilities(lb.softmax(h), y),  # by what?
    "eq-grad-w": lambda X, dh: X.T @ dh / len(X),  # 1/B twice
    "eq-grad-b": lambda X, dh: np.full(dh.shape[1], dh.sum()),  # over classes as well
    "eq-hessian": lambda X, W, b: np.diag(np.diag(lb.hessian(X, W, b))),
    "eq-sgd-step": lambda W, b, dW, db, eta: (W + eta * dW, b + eta * db),  # uphill
    "eq-batch-step": lambda W, eta, g, S: W - eta * g[S].sum(axis=0),  # not divided
    "eq-unbiased": lambda g: g.sum(axis=0),
    "eq-variance": lambda sigma2, m, n: sigma2 / m,  # as if drawn with replacement
    "eq-unit-grad": lambda w, b, x, t: np.append((w @ x + b - t) * x, w @ x + b - t),
    "eq-vjp": lambda u, J: np.diag(u) @ J.sum(axis=1),
}


@pytest.mark.parametrize("label", LABELS)
def test_closed_form_agrees_with_its_witnesses(label: str) -> None:
    check = equations.CHECKS[label]
    assert check.measure() <= check.tolerance


@pytest.mark.parametrize("label", LABELS)
def test_a_wrong_formula_is_rejected(label: str) -> None:
    check = equations.CHECKS[label]
    assert check.measure(WRONG[label]) > 1000 * check.tolerance


def test_what_is_nearly_right_is_rejected() -> None:
    assert (
        equations.CHECKS["eq-grad-h"].measure(lambda h, y: lb.grad_logits(h, y) * (1 + 1e-6)) > 1e-8
    )


def test_the_unit_has_the_gradient_of_the_book() -> None:
    theta = np.array([0.6718, 0.2688, 0.6840, 0.4080])
    assert 2 * (theta[:3] @ [1, 2, 3] + theta[3] - 4) == pytest.approx(-0.661, abs=5e-4)
