"""The build stops at every fault it can see, and runs again what has changed and nothing else.

A small copy of the site, with the real configuration, extensions and library, is built in a
temporary folder: once as it should be, and once with each fault.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

ROOT = Path(__file__).parents[1]
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
PAGE = """---
file_format: mystnb
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
"""
SCRIPT = '''"""
Draw a line
===========

It goes up.
"""

import os

import matplotlib.pyplot as plt

with open(os.environ["RUNS"], "a") as runs:
    print("script", file=runs)
fig, ax = plt.subplots()
ax.plot([1, 2])
ax.set_title("A line")
plt.show()
'''
CELL = "\n```{{code-cell}} python\n{}\n```\n"
CHECKS = """import json

print(json.dumps({"eq-tested": {"error": 2e-12, "tolerance": 1e-8}}))
"""
# fault: what is appended to which file, and what the build has to say
FAULTS = {
    "exception in a cell": ("docs/page.md", CELL.format("1 / 0"), ["page.md", "ZeroDivisionError"]),
    "warning in a cell": (
        "docs/page.md",
        CELL.format('import warnings\n\nwarnings.warn("mind the gap")'),
        ["page.md", "stderr was found in the cell outputs of cell 2"],
    ),
    "failing script": (
        "gallery/plot_20_fault.py",
        SCRIPT + '\nraise RuntimeError("out of paper")\n',
        ["plot_20_fault.py", "out of paper"],
    ),
    "warning in a script": (
        "gallery/plot_20_fault.py",
        SCRIPT + '\nimport warnings\n\nwarnings.warn("mind the gap")\n',
        ["plot_20_fault.py", "mind the gap"],
    ),
    "broken reference": (
        "docs/page.md",
        "\nSee {func}`logreg_book.no_such_function`.\n",
        ["page.md", "no_such_function"],
    ),
    "unknown equation": ("docs/page.md", "\nSee {eq}`eq-unknown`.\n", ["page.md", "eq-unknown"]),
    "missing image": (
        "docs/page.md",
        "\n![A picture](missing.png)\n",
        ["page.md", "image file not readable: missing.png"],
    ),
    "image without words": (
        "docs/page.md",
        CELL.format("import matplotlib.pyplot as plt\n\n_ = plt.plot([1, 2])"),
        ["page.md", "image without alt text"],
    ),
    "TeX that cannot be converted": (
        "docs/page.md",
        "\n$$\n\\nosuchcommand{x}\n$$\n",
        ["page.md", "cannot convert TeX", "nosuchcommand"],
    ),
    "equation without check": (
        "docs/page.md",
        "\n$$\na = b\n$$ (eq-unchecked)\n",
        ["page.md", "eq-unchecked has no check"],
    ),
    "check without equation": (
        "tests/equations.py",
        CHECKS.replace("eq-tested", "eq-nowhere"),
        ["index", "eq-nowhere, which no page has"],
    ),
    "wrong equation": (
        "tests/equations.py",
        CHECKS.replace("2e-12", "0.5"),
        ["page.md", "eq-tested is wrong: error 5.0e-01"],
    ),
    "undocumented function": (
        "src/logreg_book/optim.py",
        '\n__all__ += ["hidden"]\nhidden = 1\n',
        ["reference", "logreg_book.optim.hidden is not in the API reference"],
    ),
}


class Site:
    """The copy, and what is known of it."""

    def __init__(self, root: Path) -> None:
        self.root, self.runs = root, root.with_name("runs.txt")
        for folder in ("docs/_ext", "docs/_static", "docs/_templates", "src"):
            ignore = shutil.ignore_patterns("__pycache__", "nn.py")  # torch takes its time
            shutil.copytree(ROOT / folder, root / folder, ignore=ignore)
        for name in ("conf.py", "constraints.txt"):
            shutil.copy(ROOT / name, root)
        reference = (ROOT / "docs/reference/index.md").read_text()
        self.write("docs/reference/index.md", reference.replace("   logreg_book.nn\n", ""))
        self.write("docs/index.md", INDEX)
        self.write("docs/page.md", PAGE)
        self.write("gallery/GALLERY_HEADER.rst", "Gallery\n=======\n\nPictures.\n")
        self.write("gallery/plot_10_line.py", SCRIPT)
        self.write("tests/equations.py", CHECKS)

    def write(self, name: str, text: str) -> None:
        """Write a file, and the folders it is in."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def build(self) -> subprocess.CompletedProcess[str]:
        """Build as ``nox -s docs`` does; output and errors come as one text."""
        flags = ("-c", ".", "-d", "build/doctrees", "-n", "-j", "2", "-W", "--keep-going")
        own = {"RUNS": str(self.runs), MARK: "1", "PYTHONPATH": str(self.root / "src")}
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "sphinx", *flags, "docs", "build/html"],
            cwd=self.root,
            env={**os.environ, **own, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    def ran(self) -> list[str]:
        """What was executed since the last call."""
        lines = sorted(self.runs.read_text().split()) if self.runs.exists() else []
        self.runs.unlink(missing_ok=True)
        return lines

    def page(self, name: str = "page") -> str:
        """HTML of a page."""
        return (self.root / f"build/html/{name}.html").read_text()

    def state(self) -> dict[str, str]:
        """Digest of each file that a build may not change."""
        names = {p.relative_to(self.root).as_posix(): p for p in self.root.rglob("*")}
        return {
            name: sha256(path.read_bytes()).hexdigest()
            for name, path in names.items()
            if path.is_file() and not name.startswith(MAY_CHANGE)
        }


def left_over() -> list[str]:
    """Processes that a build left running, after a moment to end."""
    for _ in range(20):
        alive = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) and process.status() != psutil.STATUS_ZOMBIE:
                    alive.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue  # not ours to look at, or gone
        if not alive:
            return []
        time.sleep(0.1)
    return alive


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The copy, built once without a fault."""
    copy = Site(tmp_path_factory.mktemp("small") / "site")
    before = copy.state()
    build = copy.build()
    assert build.returncode == 0, build.stdout
    assert copy.state() == before
    assert copy.ran() == ["page", "script"]
    yield copy
    assert copy.state() == before, "a fault was not taken back, or a build changed a source"


def test_pages_show_what_was_run(site: Site) -> None:
    assert "softmax gives [0.5 0.5]" in site.page()
    assert "sphx_glr_plot_10_line_001.png" in site.page("gallery/plot_10_line")
    assert left_over() == []


def test_maths_is_mathml_with_number_link_and_measured_error(site: Site) -> None:
    page = site.page()
    assert '<math display="block">' in page
    assert '<span class="eqno">(1.1)<a class="headerlink" href="#equation-eq-tested"' in page
    assert '<a class="reference internal" href="#equation-eq-tested">(1.1)</a>' in page
    assert "agrees to 10<sup>\u221211</sup>" in page
    assert (site.root / "build/html/_static/math.woff2").stat().st_size < 40_000


def test_code_links_to_the_reference(site: Site) -> None:
    link = 'href="reference/generated/logreg_book.activations.html#logreg_book.activations.softmax"'
    assert link in site.page()
    assert 'href="../../page.html#' in site.page("reference/generated/logreg_book.activations")


def test_nothing_is_run_when_nothing_changed(site: Site) -> None:
    pages = {path: path.stat().st_mtime for path in site.root.glob("build/html/**/page.html")}
    build = site.build()
    assert build.returncode == 0, build.stdout
    assert site.ran() == []
    assert pages == {path: path.stat().st_mtime for path in pages}


def test_a_changed_library_changes_the_page(site: Site) -> None:
    path = site.root / "src/logreg_book/activations.py"
    text = path.read_text()
    path.write_text(text.replace("p: Array = e / e.sum(", "p: Array = 2 * e / e.sum("))
    build = site.build()
    assert build.returncode == 0, build.stdout
    assert site.ran() == ["page", "script"]
    assert "softmax gives [1. 1.]" in site.page()
    path.write_text(text)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_stops_the_build(site: Site, fault: str) -> None:
    name, text, messages = FAULTS[fault]
    path = site.root / name
    sound = path.read_text() if path.exists() else None
    replaced = name == "tests/equations.py" or sound is None
    path.write_text(text if replaced else f"{sound}{text}")
    build = site.build()
    again = site.build() if fault in ("unknown equation", "failing script") else build
    if sound is None:
        path.unlink()
    else:
        path.write_text(sound)
    for attempt in (build, again):
        assert attempt.returncode != 0, attempt.stdout
        for message in messages:
            assert message in attempt.stdout
    assert left_over() == []


def test_the_build_is_sound_again_after_the_faults(site: Site) -> None:
    build = site.build()
    assert build.returncode == 0, build.stdout
    assert "softmax gives [0.5 0.5]" in site.page()
