"""Each kind of input changes the digest of what depends on it, and no other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from book.execution.inputs import ALL, EQUATIONS, OUTPUTS, PAGES, digest, whole_state

BOOK = "docs/_ext/book"
OF = {"outputs": OUTPUTS, "equations": EQUATIONS, "pages": PAGES, "all": ALL}
# What is edited, and the digests that see it
EDITS = {
    "src/logreg_book/optim.py": {"outputs", "equations", "pages", "all"},
    "src/logreg_book/points.csv": {"outputs", "equations", "pages", "all"},
    "src/logreg_book/viz/book.mplstyle": {"outputs", "equations", "pages", "all"},
    "constraints.txt": {"outputs", "pages", "all"},
    f"{BOOK}/execution/pages.py": {"outputs", "pages", "all"},
    f"{BOOK}/reader/figures.py": {"outputs", "pages", "all"},
    f"{BOOK}/checks/formula.py": {"equations", "pages", "all"},
    "docs/equation_checks.py": {"equations", "pages", "all"},
    f"{BOOK}/publishing/site.py": {"pages", "all"},
    "docs/_static/book.css": {"pages", "all"},
    "docs/_templates/page.html": {"pages", "all"},
    "docs/inventories/numpy.txt": {"pages", "all"},
    "docs/synonyms.toml": {"pages", "all"},
    "benchmarks/tables.md": {"pages", "all"},
    "README.md": {"pages", "all"},
    "conf.py": {"pages", "all"},
    "noxfile.py": {"pages", "all"},
    "pyproject.toml": {"pages", "all"},
    "docs/by_hand/derive.md": {"all"},
    "docs/card.png": {"all"},
    "gallery/plot_10_line.py": {"all"},
    "docs/gallery/plot_10_line.rst": set(),
    "docs/reference/generated/module.rst": set(),
    "tests/library/test_optim.py": set(),
    "build/html/index.html": set(),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a file of each kind."""
    for name in EDITS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one\n")
    return tmp_path


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_seen_by_what_depends_on_it(root: Path, name: str) -> None:
    before = {kind: digest(root, patterns) for kind, patterns in OF.items()}
    (root / name).write_text("two\n")
    after = {kind: digest(root, patterns) for kind, patterns in OF.items()}
    assert {kind for kind in OF if before[kind] != after[kind]} == EDITS[name]


def add_a_page(root: Path) -> None:
    (root / "docs/new.md").write_text("# New\n")


def remove_a_page(root: Path) -> None:
    (root / "docs/by_hand/derive.md").unlink()


def move_the_site(_root: Path) -> None:
    os.environ["SITE_URL"] = "https://example.org/book/"


def install(root: Path) -> None:
    (root / "packages/numpy-9.dist-info").mkdir(parents=True)


def damage_the_site(root: Path) -> None:
    (root / "build/html/index.html").unlink()


def state(root: Path, *options: str) -> str:
    """Digest of all inputs, as the session "docs" has it."""
    return whole_state(root, root / "build/html", root / "packages", options)


@pytest.mark.parametrize(
    "change", [add_a_page, remove_a_page, move_the_site, install, damage_the_site]
)
def test_a_build_has_work_after_each_change(
    root: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    monkeypatch.setenv("SITE_URL", "")
    before = state(root)
    assert state(root) == before
    change(root)
    assert state(root) != before


def test_a_build_with_other_options_has_work(root: Path) -> None:
    assert state(root, "-t", "draft") != state(root)
