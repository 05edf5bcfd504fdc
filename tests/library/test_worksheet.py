"""The worksheet as students run it: empty, filled in as its solutions are, and wrongly."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import logreg_book
from logreg_book import MISTAKES, Mistake
from logreg_book.diagnosis import _known

PAGE = Path(logreg_book.__file__).parents[2] / "docs" / "by_hand" / "worksheet.md"
CELL = re.compile(r"^```\{code-cell\} python\n(:tags: \[solution\]\n)?(.*?)^```$", re.M | re.S)
CELLS = CELL.findall(PAGE.read_text("utf-8"))
EMPTY = [code for tag, code in CELLS if not tag]
# Our solutions have names of their own; in a student's file they stand in the empty places.
SOLUTIONS = [re.sub(r"\bour_", "", code) for tag, code in CELLS if tag]
KINDS = {
    "softmax": "softmax",
    "cross_entropy": "cross_entropy",
    "gradients": "gradient",
    "sgd_step": "step",
}
WRONG = [
    (task, mistake, function)
    for task, kind in KINDS.items()
    for mistake, function in _known(kind)
    if mistake.kind == kind or (kind, mistake.kind) == ("gradient", "grad_logits")
]


def tasks(code: str) -> dict[str, str]:
    """The functions and the loop of a cell, as they are written there."""
    parts = [part for part in ast.parse(code).body if isinstance(part, ast.FunctionDef | ast.For)]
    return {
        getattr(part, "name", "loop"): str(ast.get_source_segment(code, part)) for part in parts
    }


FILLED = {name: part for code in SOLUTIONS for name, part in tasks(code).items()}


def run(filled: dict[str, str], **names: Any) -> list[str]:
    """Run the page with these parts in place of the empty ones; what is said to each."""
    said: list[str] = []
    space = names | {"print": lambda found: said.append(str(found))}
    for code in EMPTY:
        for name, part in tasks(code).items():
            code = code.replace(part, filled.get(name, part))
        exec(code, space)  # noqa: S102 - our own page
    return said


def test_each_empty_place_has_a_solution() -> None:
    empty = [name for code in EMPTY for name, part in tasks(code).items() if "..." in part]
    assert empty == [*KINDS, "loop"] == [*FILLED]


def test_each_section_that_a_diagnosis_names_is_linked() -> None:
    links = {*re.findall(r"\{ref\}`[^`]+<([\w-]+)>`", PAGE.read_text("utf-8"))}
    assert {mistake.page for _, mistake, _ in WRONG} <= links


@pytest.mark.parametrize("done", range(len(KINDS) + 1))
def test_what_is_filled_in_is_right_and_the_rest_is_to_be_filled_in(done: int) -> None:
    *said, loop = run({name: FILLED[name] for name in [*KINDS][:done]})
    assert len(said) == len(KINDS)
    for found in said[:done]:
        assert re.fullmatch(r"Your [\w -]+ is right\.", found)
    for found in said[done:]:
        assert found.endswith("returns None: fill in its body, and return the result.")
    assert loop == "Append a loss to losses in each of the 100 rounds."


def test_the_loop_of_the_solution_reaches_the_loss() -> None:
    *_, loop = run(FILLED)
    loss, accuracy = map(float, re.findall(r"\d\.\d+", loop))
    assert loop.startswith("Your loop is right: ")
    assert loss < np.log(2) / 2
    assert accuracy > 0.85


@pytest.mark.parametrize(("task", "mistake", "function"), WRONG)
def test_a_mistake_that_is_filled_in_is_named(
    task: str, mistake: Mistake, function: Callable[..., Any]
) -> None:
    (head,) = [
        part.partition("\n")[0] for code in EMPTY for n, part in tasks(code).items() if n == task
    ]
    body = head.replace("def ", "return ").replace(task, "mistake").rstrip(":")
    said = run(FILLED | {task: f"{head}\n    {body}", "loop": ""}, mistake=function)
    found = said[[*KINDS].index(task)]
    assert mistake.says in found
    assert mistake.hint in found


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("step", "Append a loss"),
        ("losses.append(None)", "Append a loss"),
        ("losses += [LOSS, LOSS]", "Append a loss"),
        ("W, b = STEP; losses.append(LOSS)", "not log 2"),
        ("losses.append(LOSS); W, b = sgd_step(X, y, W, b, -0.5)", "The loss rises"),
        ("losses.append(LOSS); W, b = sgd_step(X, y, W, b, 0.1)", "is eta 0.5"),
        ("losses.append(LOSS); STEP", "W and b kept"),
        ("losses.append(LOSS); W, _ = STEP", "W and b kept"),
    ],
)
def test_a_loop_that_is_wrong_is_told_why(body: str, answer: str) -> None:
    body = body.replace("LOSS", "cross_entropy(X @ W + b, y)")
    body = body.replace("STEP", "sgd_step(X, y, W, b, 0.5)")
    *_, loop = run(FILLED | {"loop": f"for step in range(100):\n    {body}"})
    assert answer in loop


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if m.kind == "step"])
def test_a_loop_with_a_wrong_step_is_not_called_right(mistake: Mistake) -> None:
    step = "def sgd_step(X, y, W, b, eta):\n    return mistake(X, y, W, b, eta)"
    *_, loop = run(FILLED | {"sgd_step": step}, mistake=mistake.function)
    assert "right" not in loop
