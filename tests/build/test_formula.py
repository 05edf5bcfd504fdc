"""What the reader of formulas makes of TeX, and what it refuses."""

from __future__ import annotations

from math import cos, e, exp, log, sin
from typing import Any

import numpy as np
import pytest

from book.checks.formula import Environment, FormulaError, Index, OneOf, disagreements

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]])
M = np.array([[2.0, 1.0], [0.5, 3.0]])


def environment(**values: Any) -> Environment:
    """Numbers a, b, c; vectors u, v, x; matrices A and M; a set, a function, something random."""
    return Environment(
        {"f": np.sin, "softmax": lambda h: np.exp(h) / np.exp(h).sum(), "D_KL": np.subtract},
        **{
            "a": 2.0,
            "b": 3.0,
            "c": 5.0,
            "beta_1": 0.9,
            "L_star": 7.0,
            "u": [2.0, 3.0],
            "v": [1.0, -1.0, 4.0],
            "x": [0.5, 0.25, -1.0],
            "x_hat": [1.0, 2.0, 3.0],
            "n": [2, 0, 1],
            "A": A,
            "M": M,
            "S": (0, 2),
            "R": OneOf([1.0, 2.0, 6.0]),
        }
        | values,
    )


def agree(tex: str, **values: Any) -> bool:
    """Whether all sides of a formula agree."""
    return max(disagreements(tex, environment(**values))) < 1e-9


@pytest.mark.parametrize(
    ("tex", "value"),
    [
        (r"a + b \cdot c", 17),
        (r"a - b - c", -6),
        (r"-a b + c", -1),
        (r"-a^2", -4),
        (r"2 a b^2", 36),
        (r"a / b", 2 / 3),
        (r"a \cdot b / c", 6 / 5),
        (r"(a + b) c", 25),
        (r"\bigl( a + b \bigr) \left[ c \right]", 25),
        (r"{a + b} c", 25),
        (r"\frac{a + b}{c}", 1),
        (r"\frac12", 0.5),
        (r"\frac 1 2 c", 2.5),
        (r"\frac1{c}", 0.2),
        (r"\frac{1}c", 0.2),
        (r"\tfrac12 \dfrac{a}{b}", 1 / 3),
        (r"\sqrt{a + 2}", 2),
        (r"e^{-a}", exp(-2)),
        (r"a^{b}", 8),
        (r"1.5 \, a", 3),
        (r"\pi", np.pi),
        (r"\beta_1", 0.9),
        (r"L^*", 7),
        (r"|a - b|", 1),
        (r"\lvert a - b \rvert", 1),
        (r"|S|", 2),
        (r"\lVert v \rVert^2", 18),
        (r"\log a + b", log(2) + 3),
        (r"\log(a + b)", log(5)),
        (r"\exp(-a)", exp(-2)),
        (r"f(a)", sin(2)),
        (r"f'(a)", cos(2)),
        (r"f''(a)", -sin(2)),
        (r"\mathrm{softmax}(u)_1", 1 / (1 + exp(-1))),
        (r"D_{\mathrm{KL}}(a \,\|\, b)", -1),
        (r"D_{\mathrm{KL}}(a, b)", -1),
        (r"\max(a, c) - b", 2),
        (r"a \max(a, b)^2", 18),
    ],
)
def test_numbers_follow_the_rules_of_precedence(tex: str, value: float) -> None:
    assert agree(f"{tex} = t", t=value)


@pytest.mark.parametrize(
    ("tex", "value"),
    [
        (r"A v", A @ [1, -1, 4]),
        (r"u^\top A", np.array([2, 3]) @ A),
        (r"u^{\top} A v", np.array([2, 3]) @ A @ [1, -1, 4]),
        (r"u v^\top", np.outer([2, 3], [1, -1, 4])),
        (r"v \cdot x", -3.75),
        (r"v^\top x", -3.75),
        (r"v \odot x", [0.5, -0.25, -4]),
        (r"v / x", [2, -4, -4]),
        (r"v^2", [1, 1, 16]),
        (r"A^\top", A.T),
        (r"M^{-1}", np.linalg.inv(M)),
        (r"(M A)^\top", (M @ A).T),
        (r"M \otimes u u^\top", np.kron(M, np.outer([2, 3], [2, 3]))),
        (r"\mathrm{diag}(v)", np.diag([1, -1, 4])),
        (r"\mathrm{tr}(M)", 5),
        (r"A + v", [[2, 1, 7], [5, 4, 11]]),
        (r"\hat x", [1, 2, 3]),
        (r"A_1", [4, 5, 7]),
        (r"(M A)_1", (M @ A)[1]),
    ],
)
def test_arrays_multiply_as_matrices_and_a_vector_is_a_column(tex: str, value: Any) -> None:
    assert agree(f"{tex} = t", t=value)


@pytest.mark.parametrize(
    ("tex", "value"),
    [
        (r"\sum_i v_i", 4),
        (r"\sum_{i=1}^{3} v_i x_i", -3.75),
        (r"\sum_{i=0}^{c-3} v_i", 4),
        (r"\sum_{i,j} A_{ij}", 22),
        (r"\sum_{i, j} u_i A_{ij} v_j", np.array([2, 3]) @ A @ [1, -1, 4]),
        (r"\sum_{i \in S} v_i", 5),
        (r"\sum_i A_{i1}", 7),
        (r"\sum_i v_{n_i} x_i", 4 * 0.5 + 1 * 0.25 + 1),
        (r"\sum_i v_i + a", 6),
        (r"a \sum_i v_i x_i", -7.5),
        (r"\prod_i v_i", -4),
        (r"\max_i v_i", 4),
        (r"\log \sum_i e^{v_i}", log(e + exp(-1) + exp(4))),
        (r"\sum_i A_i", A.sum(0)),
        (r"\sum_j A_{0j} A_{1j}", 35),
        (r"\mathbb{E}[R]", 3),
        (r"\mathbb{E} \, R^2 - a", 41 / 3 - 2),
        (r"\mathbb{E}_R[R + 1]", 4),
    ],
)
def test_sums_and_means_bind_an_index(tex: str, value: Any) -> None:
    assert agree(f"{tex} = t", t=value)


def test_a_free_index_takes_all_values() -> None:
    assert agree(r"(A v)_i = \sum_j A_{ij} v_j")
    assert agree(r"A_{ij} = A_{ij}")
    assert not agree(r"v_i = \hat x_i")
    assert not agree(r"v_i = v_j")


def test_every_link_of_a_chain_is_compared() -> None:
    env = environment()
    assert disagreements(r"c = a + b = 5", env) == [0, 0]
    assert disagreements("c = a + b \\\\ &= 5 + a \\\\\n & - a", env) == [0, 0]
    assert disagreements(r"c = a + b = 10 = 8", env) == [0, 0.5, 0.2]


def test_statements_stand_side_by_side_or_in_rows() -> None:
    env = environment()
    assert disagreements(r"a = 2, \quad b = 3, \qquad c = 4", env) == [0, 0, 0.2]
    rows = r"\begin{aligned} a &= 2, & b &= 3, \\ c &= 4 \end{aligned}"
    assert disagreements(rows, env) == [0, 0, 0.2]


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{\partial L}{\partial x} = M^\top M x",
        r"\frac{\partial L}{\partial x_i} = (M^\top M x)_i",
        r"\frac{\partial}{\partial x} (L) = M^\top M x",
        r"\frac{\partial (M x)_i}{\partial x_j} = M_{ij}",
        r"\frac{\partial z_i}{\partial x_j} = M_{ij}",
        r"\frac{\partial z}{\partial x} = M",
        r"\frac{\partial L}{\partial z} = z",
        r"\nabla L = 0 x",  # theta is not among the symbols that L depends on
        r"\nabla_x L = M^\top z",
        r"\nabla_x^2 L = M^\top M",
    ],
)
def test_a_derivative_follows_all_that_depends_on_the_variable(tex: str) -> None:
    assert agree(
        tex,
        x=[1.0, -2.0],
        theta=[1.0, -2.0],
        z=lambda x: M @ x,
        L=lambda z: z @ z / 2,
    )


def test_a_derivative_that_is_known_is_used() -> None:
    known = {"x": [1.0, 2.0], "z": lambda x: M @ x, "dz_dx": lambda: 2 * M, "L": lambda z: z.sum()}
    assert agree(r"\frac{\partial z}{\partial x} = 2 M", **known)
    assert agree(r"\frac{\partial z_i}{\partial x_j} = 2 M_{ij}", **known)
    assert agree(r"\nabla_x z = 2 M", **known)
    assert agree(r"\nabla_x^2 L = 3 M", ddL_dx_dx=3 * M, **known)
    for not_known in (
        r"\frac{\partial (z)}{\partial x} = M",
        r"\frac{\partial z}{\partial x_j} = M^\top_j",
    ):
        assert agree(not_known, **known)


def test_values_follow_what_they_depend_on() -> None:
    env = environment(z=lambda a, b: a * b, w=lambda z: z + 1)
    assert disagreements("w = 7", env) == [0]
    assert disagreements("w = 7", env.having(a=3.0)) == [0.3]
    assert disagreements("w = 7", env.having(i=Index(0, 3))) == [0]


def test_an_arrow_compares_with_the_value_after_the_step() -> None:
    values = {"eta": 0.5, "theta": 1.0, "theta_new": 0.0, "v": 1.0, "v_new": 2.0}
    assert agree(r"\theta \leftarrow \theta - \eta a", **values)
    assert not agree(r"\theta \leftarrow \theta + \eta a", **values)
    assert agree(r"v \leftarrow 2 v, \qquad \theta \leftarrow \theta - \eta v", **values)


def test_a_definition_gives_its_symbol_a_value_wherever_it_stands() -> None:
    env = environment()
    assert disagreements(r"q = a b", env.having(q=6.0)) == [0]
    assert disagreements(r"\hat q_i = 2 v_i, \qquad w = 4", env.having(w=4), may_define=True) == [0]
    tex = r"2 v_i = \hat q_i + a, \qquad \hat q_i = 2 v_i - a"
    assert disagreements(tex, env, may_define=True) == [0]
    assert disagreements(r"q = a b = 7", env, may_define=True) == [1 / 7]


@pytest.mark.parametrize(
    ("tex", "message"),
    [
        (r"q = a b", "q has no value"),
        (r"q_i = v_i", "q has no value"),
        (r"a = \alpha", "alpha has no value"),
        (r"\theta \leftarrow a", "theta_new has no value"),
        (r"a b", "expected a relation, found the end"),
        (r"a = 2, \qquad b", "expected a relation, found the end"),
        (r"a = 2, b = 3", "expected a relation, found ,"),
        (r"a = 2)", "expected a relation, found )"),
        (r"a = (2", "expected ), found the end"),
        (r"a = ", "unexpected end"),
        ("", "nothing to compare with"),
        (r"a \le b", r"cannot read \le"),
        (r"a < b", "cannot read <"),
        (r"a \approx b", r"cannot read \approx"),
        (r"a = \lim b", r"cannot read \lim"),
        (r"a = v_1 + \ldots", r"cannot read \ldots"),
        (r"a = \begin{cases} b \end{cases}", r"cannot read \begin"),
        (r"a = 2 \quad \text{if } b", r"cannot read \text"),
        (r"a = a'", "cannot read '"),
        (r"\frac{\partial a}{\partial 1} = 0", "cannot read 1"),
        (r"a = \sum_{i \ne j} v_i", r"expected }, found \ne"),
        (r"a = b^10", "braces are missing around 10"),
        (r"a = \log b c", "brackets are missing before c"),
        (r"a = b / c a", "brackets are missing before a"),
        (r"a = \mathbb{E}(R)^2", "brackets are missing before ^"),
        (r"M^2 = M", "a power of a matrix, or of its entries?"),
        (r"a = b^\top", "the transpose of a number"),
        (r"a = A_{1i2}", "3 subscripts for 2 axes"),
        (r"a = v_3", "3.0 does not count an axis of length 3"),
        (r"a = \sum_i A_{ii}", "i does not count an axis of length 3"),
        (r"a = \sum_{i=1}^{2} v_i", "i has 3 values, which its limits deny"),
        (r"a = \sum_i b", "i counts nothing"),
        (r"a = \sum_i i v_i", "i has no value"),
        (r"a = \sum v", r"\sum needs an index, as in \sum_i"),
        (r"a = \max(v)", r"\max needs an index, as in \max_i"),
        (r"v = u", "the sides have shapes (3,) and (2,)"),
        (r"A v = A x^\top", "matmul"),
    ],
)
def test_what_cannot_be_read_or_means_nothing_is_refused(tex: str, message: str) -> None:
    with pytest.raises(FormulaError) as refused:
        disagreements(tex, environment())
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("tex", "message"),
    [
        (r"q = a b", "nothing to compare with"),
        (r"q = a w, \qquad a = 2", "w has no value"),
        (r"q = q + 1, \qquad a = 2", "recursion"),
        (r"a w = b, \qquad a = 2", "w has no value"),
    ],
)
def test_a_definition_alone_or_without_meaning_is_refused(tex: str, message: str) -> None:
    with pytest.raises(FormulaError, match=message):
        disagreements(tex, environment(), may_define=True)


def test_what_is_not_a_number_agrees_with_nothing() -> None:
    assert not agree(r"\log(-a) = \log(-a)")
    assert not agree(r"a = 1 / 0")


# Formulas of the field, as one would print them


def binary() -> Environment:
    """Binary logistic regression."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(5, 2)), np.array([1, 0, 0, 1, 1])

    def sigma(z: Any) -> Any:
        return 1 / (1 + np.exp(-z))

    def loss(w: Any) -> Any:
        z = X @ w
        return np.mean(np.logaddexp(0, z) - y * z)

    values = {"N": 5, "d": 2, "X": X, "y": y, "w": rng.normal(size=2), "lambda": 0.7}
    return Environment({"sigma": sigma}, z=OneOf([-1.0, 2.0]), L=loss, **values).having(
        s=lambda w: sigma(X @ w)
    )


@pytest.mark.parametrize(
    "tex",
    [
        r"\sigma(z) = \frac{1}{1 + e^{-z}} = 1 - \sigma(-z)",
        r"\sigma'(z) = \sigma(z)(1 - \sigma(z))",
        r"L = -\frac{1}{N} \sum_{i=1}^{N} \bigl( y_i \log s_i + (1 - y_i) \log (1 - s_i) \bigr)",
        r"\frac{\partial L}{\partial w} = \frac1N X^\top (s - y)",
        r"\nabla_w^2 L = \frac{1}{N} X^\top S X, \qquad S = \mathrm{diag}(s \odot (1 - s))",
        r"\frac{\partial}{\partial w} \Bigl( L + \frac{\lambda}{2} \lVert w \rVert^2 \Bigr)"
        r" = \frac{1}{N} X^\top (s - y) + \lambda w",
    ],
)
def test_the_formulas_of_binary_logistic_regression_are_read(tex: str) -> None:
    assert max(disagreements(tex, binary(), may_define=True)) < 1e-8


def test_the_formulas_of_adam_are_read() -> None:
    torch = pytest.importorskip("torch")
    theta = torch.tensor([0.3, -0.7, 1.1], dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([theta], lr=0.1, betas=(0.8, 0.95), eps=1e-2)
    found: dict[str, list[Any]] = {"theta": [theta.tolist()], "g": [[np.nan] * 3]}
    found |= {"m": [[0.0] * 3], "v": [[0.0] * 3]}
    for _ in range(3):
        adam.zero_grad()
        theta.pow(4).sum().backward()
        found["g"].append(theta.grad.tolist())
        adam.step()
        found["theta"].append(theta.tolist())
        found["m"].append(adam.state[theta]["exp_avg"].tolist())
        found["v"].append(adam.state[theta]["exp_avg_sq"].tolist())
    env = Environment(t=OneOf([1, 2, 3]), eta=0.1, beta_1=0.8, beta_2=0.95, epsilon=1e-2)
    env = env.having(**found)
    tex = r"""\begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) \, g_t, &
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) \, g_t^2, \\
        \hat m_t &= \frac{m_t}{1 - \beta_1^t}, \quad \hat v_t = \frac{v_t}{1 - \beta_2^t}, \\
        \theta_t &= \theta_{t-1} - \eta \, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}
        \end{aligned}"""
    assert max(disagreements(tex, env, may_define=True)) < 1e-12
    assert max(disagreements(tex.replace(r"1 - \beta_2^t", "1"), env, may_define=True)) > 0.1
