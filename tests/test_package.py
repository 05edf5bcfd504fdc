from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from typing import Any

import pytest
from packaging.version import Version

import logreg_book

MODULES = ["activations", "checks", "gradients", "losses", "optim", "training"]
FUNCTIONS = [name for name in logreg_book.__all__ if inspect.isfunction(getattr(logreg_book, name))]


def sections(docstring: str) -> dict[str, str]:
    """A numpydoc docstring's sections by title."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", docstring, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_import_loads_nothing_heavier_than_numpy() -> None:
    heavy = ["IPython", "matplotlib", "pandas", "scipy", "sklearn", "torch"]
    code = f"import sys, logreg_book; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run(  # our own interpreter, our own words
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert (run.stdout.strip(), run.stderr) == ("[]", "")


def test_version_is_one_that_installers_understand() -> None:
    assert str(Version(logreg_book.__version__)) == logreg_book.__version__


def test_public_names_are_sorted_and_unique() -> None:
    assert sorted(set(logreg_book.__all__)) == logreg_book.__all__


def test_public_names_are_those_of_the_modules() -> None:
    of_modules = set()
    for name in MODULES:
        module = importlib.import_module(f"logreg_book.{name}")
        assert sorted(module.__all__) == module.__all__
        of_modules |= set(module.__all__)
    assert of_modules == set(logreg_book.__all__)


def test_nothing_is_public_by_accident() -> None:
    visible = {
        name
        for name, value in vars(logreg_book).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert visible == set(logreg_book.__all__)


@pytest.mark.parametrize("module", MODULES)
def test_modules_list_what_they_define(module: str) -> None:
    m = importlib.import_module(f"logreg_book.{module}")
    defined = {
        name
        for name, value in vars(m).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == m.__name__
    }
    assert defined == set(m.__all__)


@pytest.mark.parametrize("name", logreg_book.__all__)
def test_public_names_say_what_they_are_and_give_an_example(name: str) -> None:
    docstring = inspect.getdoc(getattr(logreg_book, name)) or ""
    assert re.match(r"[A-Z].*[.:]", docstring)
    assert ">>> " in sections(docstring)["Examples"]
    assert name in sections(docstring)["Examples"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_describe_arguments_results_and_errors(name: str) -> None:
    function: Any = getattr(logreg_book, name)
    found = sections(inspect.getdoc(function) or "")
    assert {"Parameters", "Raises", "Notes"} <= set(found)
    assert ("Returns" in found) != ("Yields" in found)
    described = re.findall(r"^(\w[\w, ]*) : ", found["Parameters"], flags=re.MULTILINE)
    assert [part for line in described for part in line.split(", ")] == list(
        inspect.signature(function).parameters
    )
