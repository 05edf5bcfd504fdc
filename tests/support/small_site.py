"""A small copy of the site, with the real configuration, extensions and library, to be built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import psutil  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
MAY_CHANGE = ("build", "docs/gallery", "docs/reference/generated")
MARK = "LOGREG_BOOK_BUILD_OF_TEST"  # by this variable a process left by a build is known

INDEX = """# A small site

```{toctree}
:numbered:

page
```

```{toctree}
gallery/index
reference/index
```
"""
DOCUMENTED = ("probability", "optim")  # each page more makes each build longer
REFERENCE = (
    """# API reference

```{eval-rst}
.. autosummary::
   :toctree: generated

"""
    + "".join(f"   logreg_book.{module}\n" for module in DOCUMENTED)
    + "```\n"
)
PAGE = """---
file_format: mystnb
needs: nothing
kernelspec: {name: python3, language: python}
---

# Test a page

$$
p = \\mathrm{softmax}(h)
$$ (eq-tested)

See {eq}`eq-tested`.

```{code-cell} python
import os
from logreg_book import softmax

with open(os.environ["RUNS"], "a") as runs:
    print("page", file=runs)
print("softmax gives", softmax([0.0, 0.0]))
```

:::{drill} One half
:label: drill-tested

How large is it?

`softmax([0.0, 0.0])[1]`
: As large as the other.

`3 * softmax([0.0, 0.0])[1]`
: This is three times as much.
:::
"""
SCRIPT = '''"""
Draw a line
===========

It goes up.
"""

import os

import matplotlib.pyplot as plt
import numpy as np

from logreg_book import softmax

with open(os.environ["RUNS"], "a") as runs:
    print("script", file=runs)
plt.style.use("logreg_book.viz.book")
fig, ax = plt.subplots()
ax.plot(softmax(np.zeros(2)))
ax.set_title("A line")
fig.set_label("A line that goes up.")
plt.show()
'''
CELL = "\n```{{code-cell}} python\n{}\n```\n"
CHECKS = """import numpy as np

from book.checks.formula import Environment, disagreements
from logreg_book import softmax

TOLERANCE = 1e-8
ENVIRONMENT = Environment({"softmax": softmax}, h=np.zeros(2), p=softmax(np.zeros(2)) - 1e-12)
ENVIRONMENTS = dict.fromkeys(["eq-tested"], ENVIRONMENT)
DEFINITIONS = frozenset()


def measure(label, tex):
    return max(disagreements(tex, ENVIRONMENTS[label]))
"""


class Site:
    """The copy, and what is known of it."""

    def __init__(self, root: Path) -> None:
        self.root, self.runs = root, root.with_name("runs.txt")
        for folder in ("docs/_ext", "docs/_static", "docs/_templates", "docs/inventories", "src"):
            ignore = shutil.ignore_patterns("__pycache__", "pytorch")  # torch takes its time
            shutil.copytree(ROOT / folder, root / folder, ignore=ignore)
        shutil.copy(ROOT / "docs/404.html", root / "docs")
        shutil.copy(ROOT / "docs/card.png", root / "docs")
        for name in ("LICENSE", "README.md", "conf.py", "constraints.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, root)
        self.write("docs/reference/index.md", REFERENCE)
        for module in (root / "src/logreg_book").rglob("[a-z]*.py"):
            if module.stem not in DOCUMENTED:  # without public names it needs no page
                with module.open("a") as text:
                    text.write("\n__all__ = []\n")
        self.write("docs/index.md", INDEX)
        self.write("docs/page.md", PAGE)
        self.write("docs/synonyms.toml", "")  # the book's lead to pages that are not here
        self.write("gallery/GALLERY_HEADER.rst", "Gallery\n=======\n\nPictures.\n")
        self.write("gallery/plot_10_line.py", SCRIPT)
        self.write("docs/equation_checks.py", CHECKS)
        # The real pages do not use this module.
        with (root / "docs/inventories/python.txt").open("a") as names:
            names.write("os mod library/os.html\nos.environ data library/os.html\n")

    def write(self, name: str, text: str) -> None:
        """Write a file, and the folders it is in."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def start(self) -> subprocess.Popen[str]:
        """Start a build as ``nox -s docs`` does; output and errors come as one text."""
        flags = ("-c", ".", "-d", "build/doctrees", "-n", "-j", "2", "-W", "--keep-going")
        own = {"RUNS": str(self.runs), MARK: str(self.root), "PYTHONPATH": str(self.root / "src")}
        return subprocess.Popen(
            [sys.executable, "-m", "sphinx", *flags, "docs", "build/sphinx/html"],
            cwd=self.root,
            env={**os.environ, **own, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that all of it can be killed
        )

    def build(self) -> subprocess.CompletedProcess[str]:
        """Build, and wait for the end."""
        with self.start() as build:
            printed, _ = build.communicate(timeout=240)
            return subprocess.CompletedProcess(build.args, build.returncode, printed)

    def ran(self) -> list[str]:
        """What was executed since the last call."""
        lines = sorted(self.runs.read_text().split()) if self.runs.exists() else []
        self.runs.unlink(missing_ok=True)
        return lines

    def page(self, name: str = "page") -> str:
        """HTML of a page."""
        return (self.root / f"build/html/{name}.html").read_text()

    def library(self, name: str) -> bytes:
        """A file in the wheel that the site serves."""
        (wheel,) = (self.root / "build/html/downloads").glob("*.whl")
        with ZipFile(wheel) as opened:
            return opened.read(f"logreg_book/{name}")

    def published(self) -> dict[str, bytes]:
        """All files of the site."""
        site = self.root / "build/html"
        paths = {path.relative_to(site).as_posix(): path for path in site.rglob("*")}
        return {name: path.read_bytes() for name, path in sorted(paths.items()) if path.is_file()}

    def state(self) -> dict[str, str]:
        """Digest of each file that a build may not change."""
        names = {p.relative_to(self.root).as_posix(): p for p in self.root.rglob("*")}
        return {
            name: sha256(path.read_bytes()).hexdigest()
            for name, path in names.items()
            if path.is_file() and not name.startswith(MAY_CHANGE)
        }


def left_over(root: Path) -> list[str]:
    """Processes that builds of a copy left running, after a moment to end."""
    for _ in range(20):
        alive = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == str(root):
                    alive.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue  # not ours to look at, or gone
        if not alive:
            break
        time.sleep(0.1)
    return alive
