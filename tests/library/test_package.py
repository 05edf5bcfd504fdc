"""What holds for the package as a whole, read from its modules, their source and its readers."""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import pkgutil
import re
import subprocess
import sys
import tokenize
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.version import Version

import logreg_book

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "logreg_book"
BOOK = [
    "probability",
    "losses",
    "model",
    "binary",
    "optim",
    "schedules",
    "training",
    "gradcheck",
    "datasets",
    "mistakes",
    "diagnosis",
]
MACHINERY = {"_check", "_types", "_fused", "_calls", "_differences"}
MODULES = [
    info.name
    for info in pkgutil.walk_packages(logreg_book.__path__, "logreg_book.")
    if "._" not in info.name
]
each_module = pytest.mark.parametrize("name", MODULES)


def public(module: ModuleType) -> dict[str, Any]:
    """Functions and classes that a module defines under a name without an underscore."""
    return {
        name: value
        for name, value in vars(module).items()
        if (inspect.isfunction(value) or inspect.isclass(value))
        and not name.startswith("_")
        and value.__module__ == module.__name__
    }


def sections(docstring: str) -> dict[str, str]:
    """A numpydoc docstring's sections by title."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", docstring, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


# Names


def test_import_loads_numpy_and_no_other_installed_package() -> None:
    code = """if True:
        import sys
        from importlib.metadata import packages_distributions
        before = set(sys.modules)
        import logreg_book
        print(sorted((set(sys.modules) - before) & set(packages_distributions())))
    """
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(ast.literal_eval(run.stdout)) - {"logreg_book"}
    assert (loaded, run.stderr) == ({"numpy"}, "")


def test_version_is_one_that_installers_understand() -> None:
    assert str(Version(logreg_book.__version__)) == logreg_book.__version__


def test_the_package_exports_what_the_book_defines_except_data_sets() -> None:
    names: set[str] = set()
    for name in set(BOOK) - {"datasets"}:
        names |= set(importlib.import_module(f"logreg_book.{name}").__all__)
    visible = {n for n, v in vars(logreg_book).items() if n[0] != "_" and not inspect.ismodule(v)}
    assert names == set(logreg_book.__all__) == visible


@each_module
def test_a_module_exports_what_it_defines(name: str) -> None:
    module = importlib.import_module(name)
    assert set(public(module)) <= set(module.__all__)
    assert all(hasattr(module, exported) for exported in module.__all__)


# Docstrings


@each_module
def test_public_functions_say_what_they_are_and_give_an_example(name: str) -> None:
    for called, value in public(importlib.import_module(name)).items():
        docstring = inspect.getdoc(value) or ""
        assert re.match(r"[A-Z].*[.:]", docstring), called
        if inspect.isfunction(value):
            assert ">>> " in sections(docstring)["Examples"], called
            assert called in sections(docstring)["Examples"], called


@pytest.mark.parametrize("name", BOOK)
def test_functions_of_the_book_describe_their_arguments_and_their_result(name: str) -> None:
    for function in public(importlib.import_module(f"logreg_book.{name}")).values():
        if inspect.isfunction(function):
            found = sections(inspect.getdoc(function) or "")
            lines = re.findall(r"^(\w[\w, ]*)", found.get("Parameters", ""), flags=re.MULTILINE)
            described = [part for line in lines for part in line.strip().split(", ")]
            assert sorted(described) == sorted(inspect.signature(function).parameters)
            assert ("Returns" in found) != ("Yields" in found)


# Source


def test_modules_of_the_book_share_nothing_private_but_the_machinery() -> None:
    for name in BOOK:
        for node in ast.walk(ast.parse((SOURCE / f"{name}.py").read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("logreg_book"):
                private = {a.name for a in node.names if a.name.startswith("_")}
                assert private <= MACHINERY, (name, node.module)
            if isinstance(node, ast.Attribute):
                assert re.match("(?!_)|__", node.attr), (name, node.attr)


def statements(path: Path) -> int:
    """Logical lines without docstrings: one that is wrapped for its length counts once."""
    text = path.read_text("utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    logical = sum(token.type == tokenize.NEWLINE for token in tokens)
    docstrings = sum(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for node in ast.walk(ast.parse(text))
    )
    return logical - docstrings


def test_the_book_is_read_in_one_sitting() -> None:
    # The museum is read entry by entry; to diagnose is no part of the derivation.
    apart = {"mistakes", "diagnosis"}
    assert sum(statements(SOURCE / f"{name}.py") for name in set(BOOK) - apart) <= 560
    assert statements(SOURCE / "diagnosis.py") <= 185


# Readers


def cells(page: Path) -> str:
    """The code of a page, without magic commands and the options of cells."""
    found = re.findall(r"^```\{code-cell\}.*?\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    code = "\n".join(re.sub(r"\A---\n.*?^---\n", "", cell, flags=re.M | re.S) for cell in found)
    return "\n".join(line for line in code.split("\n") if not re.match(r"\s*%|:[a-z-]+:", line))


def used(tree: ast.AST) -> set[str]:
    """Names that a piece of code calls, hands to a call, or has as a default argument."""
    values: list[ast.expr | None] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            values += [node.func, *node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.arguments):
            values += node.kw_defaults
    return {value.id for value in values if isinstance(value, ast.Name)}


def imported(tree: ast.AST) -> set[str]:
    """Names that a piece of code has from this package."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    of_ours = [node for node in nodes if (node.module or "").startswith("logreg_book")]
    return {alias.name for node in of_ours for alias in node.names}


def test_every_function_of_the_book_is_called_by_a_page_a_script_or_another_function() -> None:
    pages = [cells(page) for page in (ROOT / "docs").rglob("*.md")]
    scripts = [script.read_text("utf-8") for script in (ROOT / "gallery").glob("*.py")]
    called: set[str] = set()
    for tree in map(ast.parse, pages + scripts):
        called |= used(tree) & imported(tree)
    own: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        for node in tree.body:
            called |= used(node) - {getattr(node, "name", "")}  # itself does not count
        if path.stem in BOOK and path.parent == SOURCE:
            named = [f for f in functions if not f.decorator_list]  # the museum is a table
            own |= {function.name for function in named if function.name[0] != "_"}
    assert own - called == set()
