"""Time and bytes of the site's build against the stock settings of the same tools.

``nox -s bench_site`` prints the figures; ``nox -s bench_site -- --keep`` writes them to
``site.json`` too, which the site's colophon shows.  Both build this project's sources from
nothing, one after the other: ours as ``nox -s docs`` does, the stock build with Sphinx, MyST-NB,
sphinx-gallery and furo out of the box, that is executed serially, without a memory, films as
``jshtml`` in each page that shows them, maths by a script.  The bare run
time is that of all chapters and scripts as plain Python, one after the other.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tables  # type: ignore[import-not-found]

ROOT = Path(__file__).parents[1]
FIGURES = Path(__file__).with_name("site.json")
STOCK = '''
"""The same sources with the tools out of the box."""
from conf import *
from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from pathlib import Path
import logreg_book.viz as viz

ours = viz.training_film  # sphinx-gallery takes Matplotlib's player for Matplotlib's animation
viz.training_film = lambda *args, **kwargs: ours(*args, **kwargs).animation
extensions.remove("book")
html_math_renderer = "mathjax"
nb_execution_mode = "force"
nb_execution_cache_path = ""
codeautolink_autodoc_inject = False
default_role = None
html_js_files = html_css_files = []
sphinx_gallery_conf = {
    "examples_dirs": "../gallery", "gallery_dirs": "gallery", "filename_pattern": r"plot_",
    "matplotlib_animations": True,
}


class Film(SphinxDirective):
    """A chapter shows a film as sphinx-gallery does: all frames in the page."""

    required_arguments = 1
    option_spec = {"number": int}

    def run(self):
        page = Path(self.env.srcdir, "gallery", self.arguments[0] + ".rst").read_text()
        films = [part for part in page.split(".. raw:: html\\n") if "new Animation(" in part]
        html = films[0].partition(".. rst-class")[0]
        return [nodes.raw("", html, format="html")]


class Solution(SphinxDirective):
    """What it holds, not folded."""

    has_content = True
    optional_arguments = 1

    def run(self):
        return self.parse_content_to_nodes()


def setup(app):
    app.add_directive("film", Film)
    app.add_directive("solution", Solution)
'''


def copy(folder: Path) -> Path:
    """The tracked files of the project in a new folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - whichever git there is
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0")[:-1]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def seconds(root: Path, *command: str, **variables: str) -> float:
    """How long a program runs."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src")} | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start


def size(folder: Path) -> int:
    """Bytes of all files of a site."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def build(root: Path) -> float:
    """Build as ``nox -s docs`` does."""
    flags = ("-c", ".", "-d", "build/doctrees", "-n", "-j", "auto", "-W", "--keep-going")
    return seconds(root, "-m", "sphinx", *flags, "docs", "build/sphinx/html")


def stock(root: Path) -> float:
    """Build with the tools out of the box."""
    (root / "stock").mkdir()
    (root / "stock" / "conf.py").write_text(STOCK)
    flags = ("-c", "stock", "-d", "build/stock/doctrees")
    path = f"{root / 'src'}{os.pathsep}{root}"
    return seconds(root, "-m", "sphinx", *flags, "docs", "build/stock/html", PYTHONPATH=path)


def measure() -> dict[str, float]:
    """All figures, in seconds and bytes of one run on this machine."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = copy(Path(folder, "ours"))
        figures["cold"] = build(root)
        figures["nothing changed"] = build(root)
        page = root / "docs/by_hand/gradient.md"
        page.write_text(page.read_text("utf-8") + "\nOne sentence more.\n", "utf-8")
        figures["text of a chapter changed"] = build(root)
        figures["bytes"] = size((root / "build/html").resolve())
        scripts = sorted((root / "build/html/downloads").glob("*.py"))
        figures["bare run"] = sum(seconds(root, str(path), MPLBACKEND="agg") for path in scripts)
        other = copy(Path(folder, "stock"))
        figures["stock, cold"] = stock(other)
        figures["stock, bytes"] = size(other / "build/stock/html")
    return figures


def ratios(figures: dict[str, float], cores: int) -> dict[str, float]:
    """What the figures say, whatever the machine."""
    return {
        "cold, over the bare run on all cores": figures["cold"] / (figures["bare run"] / cores),
        "nothing changed, over cold": figures["nothing changed"] / figures["cold"],
        "text of a chapter changed, over cold": figures["text of a chapter changed"]
        / figures["cold"],
        "stock settings, cold, over ours": figures["stock, cold"] / figures["cold"],
        "stock settings, bytes of the site, over ours": figures["stock, bytes"] / figures["bytes"],
    }


def main() -> None:
    """Print the figures and their ratios, and keep the latter if asked to."""
    before, cores, figures = os.getloadavg()[0], os.cpu_count() or 1, measure()
    found = ratios(figures, cores)
    for name, value in (figures | found).items():
        print(f"{value:14.2f}  {name}")
    if "--keep" in sys.argv[1:]:
        about = {
            "date": str(datetime.date.today()),
            "cores": cores,
            "load before": round(before, 1),
        }
        kept = about | {"ratios": {name: round(value, 2) for name, value in found.items()}}
        FIGURES.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
        tables.write()


if __name__ == "__main__":
    main()
