"""Each numbered equation of the book holds as printed, and no longer holds with a small change."""

from __future__ import annotations

import doctest
import re
from functools import cache
from pathlib import Path

import equation_checks
import formula_mutants
import pytest
from formula_mutants import mutants, spaced

from book.checks.equations import Results, measured
from book.checks.formula import Environment, FormulaError, disagreements

DOCS = Path(__file__).parents[2] / "docs"
DISPLAY = re.compile(r"\$\$((?:(?!\$\$).)+)\$\$ *\((eq-[\w-]+)\)", re.DOTALL)
PRINTED = {
    label: tex
    for page in sorted(DOCS.glob("**/*.md"))
    for tex, label in DISPLAY.findall(page.read_text("utf-8"))
}
# Changes that change nothing: what is replaced by what, in TeX with spaces, and why it may be.
EQUIVALENT = {
    "eq-softmax-jacobian": {(r"\delta _ { j k }", r"\delta _ { k,j }"): "delta is symmetric"},
    "eq-cancellation": {
        (r"\sum _ j Y _ { i j }", "1"): "each row of Y sums to 1",
        (r"\delta _ { j k }", r"\delta _ { k,j }"): "delta is symmetric",
        (r"\sum _ j Y _ { i j }", r"\sum _ j p _ { i j }"): "each row of p sums to 1 as well",
    },
    "eq-pair-covariance": {
        (r"( 1 - \delta _ { i j } )", r"( - \delta _ { i j } )"): "the deviations sum to 0",
        (r"( 1 - \delta _ { i j } )", r"( 2 - \delta _ { i j } )"): "the deviations sum to 0",
        (r"\delta _ { i j }", r"\delta _ { j,i }"): "delta is symmetric",
    },
    "eq-error-step": {
        ("( I -", r"( I ^ \top -"): "the identity is symmetric",
        (r"\eta H )", r"\eta H ^ \top )"): "the Hessian is symmetric",
    },
    "eq-newton": {
        (
            r"\theta _ 1 =",
            r"\theta _ { star } =",
        ): "that the step leads to the minimum is the claim",
    },
    "eq-irls": {
        (
            r"S \tilde X ) ^ { - 1 } \tilde X ^ \top ( p",
            r"S ^ \top \tilde X ) ^ { - 1 } \tilde X ^ \top ( p",
        ): "a diagonal matrix is symmetric",
        (
            r"S \tilde X ) ^ { - 1 } \tilde X ^ \top S",
            r"S ^ \top \tilde X ) ^ { - 1 } \tilde X ^ \top S",
        ): "a diagonal matrix is symmetric",
        ("S r", r"S ^ \top r"): "a diagonal matrix is symmetric",
    },
    "eq-penalty-gradient": {
        (r"\sum _ k W _ { j k } ^ 2", r"\sum _ k W _ { k,j } ^ 2"): (
            "the two sums go through all weights in either order"
        ),
    },
    "eq-penalised-bowl": {
        (
            r"\frac { \lambda _ j } { \lambda _ j + \alpha } q _ j ^ \top",
            r"q _ j ^ \top \frac { \lambda _ j } { \lambda _ j + \alpha }",
        ): "a number may stand on either side of a vector",
    },
    "eq-stopped-bowl": {
        (
            r"( 1 - ( 1 - \eta \lambda _ j ) ^ t ) q _ j ^ \top",
            r"q _ j ^ \top ( 1 - ( 1 - \eta \lambda _ j ) ^ t )",
        ): "a number may stand on either side of a vector",
    },
    "eq-error-direction": {
        (r"( 1 - \eta \lambda _ j ) q _ j ^ \top", r"q _ j ^ \top ( 1 - \eta \lambda _ j )"): (
            "a number may stand on either side of a vector"
        ),
    },
}


@cache
def environments(label: str) -> list[Environment]:
    """Return the environments of all references and seeds; values in them are computed once."""
    seeds = equation_checks.SEEDS
    return [env for seed in seeds for env in equation_checks.environments(label, seed)]


def holds(label: str, tex: str) -> bool:
    """Whether an equation agrees with all references."""
    may_define = label in equation_checks.DEFINITIONS
    try:
        return all(
            max(disagreements(tex, env, may_define=may_define)) <= equation_checks.TOLERANCE
            for env in environments(label)
        )
    except FormulaError:
        return False


def test_a_mutant_has_one_change() -> None:
    assert doctest.testmod(formula_mutants) == (0, 2)


def test_every_printed_equation_has_an_environment_and_no_other_has_one() -> None:
    assert equation_checks.ENVIRONMENTS.keys() == PRINTED.keys()
    assert PRINTED.keys() >= equation_checks.DEFINITIONS


@pytest.mark.parametrize("label", PRINTED)
def test_a_printed_equation_holds(label: str) -> None:
    assert holds(label, PRINTED[label])


@pytest.mark.parametrize("label", PRINTED)
def test_every_change_of_a_printed_equation_is_noticed(label: str) -> None:
    tex, env = PRINTED[label], environments(label)[0]
    changed = [mutant for _, mutant in mutants(tex, env)]
    assert len(changed) >= 3
    unnoticed = {mutant for mutant in changed if holds(label, mutant)}
    listed = {spaced(tex, env).replace(*change) for change in EQUIVALENT.get(label, {})}
    assert unnoticed == listed


def test_equivalent_changes_belong_to_printed_equations() -> None:
    assert EQUIVALENT.keys() <= PRINTED.keys()


@pytest.mark.parametrize("label", PRINTED)
def test_all_sizes_of_an_environment_differ(label: str) -> None:
    for env in environments(label):
        sizes = [env[name] for name in ("N", "B", "d", "K") if name in env]
        assert len(sizes) == len({*sizes})
        assert not sizes or env["d"] + 1 not in sizes


def test_an_error_of_one_in_a_million_is_noticed() -> None:
    tex = r"\frac{\partial L}{\partial h} = 1.000001 \cdot \frac{p - Y}{B}"
    assert not holds("eq-grad-h", tex)


# What the build remembers

CHECKS = """
from pathlib import Path

from book.checks.formula import FormulaError

TOLERANCE = 1e-8
ENVIRONMENTS = dict.fromkeys(["eq-a", "eq-b", "eq-c", "eq-d"])
DEFINITIONS = frozenset({"eq-b"})


def measure(label, tex):
    with Path(__file__).with_name("measured.txt").open("a") as lines:
        print(label, tex, file=lines)
    if tex == "unclear":
        raise FormulaError("cannot read it")
    return float(tex)
"""
TEX = {"eq-a": "3e-12", "eq-b": "0", "eq-c": "nan", "eq-d": "unclear", "eq-e": "0"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project that counts how often an equation is measured."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/equation_checks.py").write_text(CHECKS)
    return tmp_path


def news(root: Path) -> list[str]:
    """What was measured since the last call."""
    path = root / "docs/measured.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


def test_a_result_is_a_fault_or_a_note(root: Path) -> None:
    results: Results = measured(root, TEX)
    notes = {label: result["note"] for label, result in results["equations"].items()}
    faults = {label: result["fault"] for label, result in results["equations"].items()}
    assert "checked: agrees to 10<sup>&#8722;11</sup>" in notes["eq-a"]
    assert "definition: the code computes this, to 10<sup>&#8722;15</sup>" in notes["eq-b"]
    assert notes["eq-c"] == notes["eq-d"] == notes["eq-e"] == faults["eq-a"] == faults["eq-b"] == ""
    assert faults["eq-c"] == "is wrong as printed: relative error nan, allowed 1.0e-08"
    assert faults["eq-d"] == "cannot be evaluated: cannot read it"
    assert (
        faults["eq-e"]
        == "has none in ENVIRONMENTS of docs/equation_checks.py: add one, or take the label away"
    )


def test_an_equation_is_measured_once_for_each_state_of_its_tex_and_the_code(root: Path) -> None:
    first = measured(root, TEX)
    assert news(root) == ["eq-a 3e-12", "eq-b 0", "eq-c nan", "eq-d unclear"]
    assert measured(root, TEX) == first
    assert news(root) == []
    measured(root, TEX | {"eq-a": "1e-12"})
    assert news(root) == ["eq-a 1e-12"]
    (root / "docs/equation_checks.py").write_text(CHECKS.replace("1e-8", "1e-14"))
    assert "is wrong" in measured(root, {"eq-a": "1e-12"})["equations"]["eq-a"]["fault"]
    assert news(root) == ["eq-a 1e-12"]
