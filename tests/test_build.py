"""The build stops at every fault it can see, and runs again what has changed and nothing else.

A small copy of the site, with the real configuration, extensions and library, is built in a
temporary folder: once as it should be, and once with each fault.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

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
fig.set_label("A line that goes up.")
plt.show()
'''
CELL = "\n```{{code-cell}} python\n{}\n```\n"
CHECKS = """import json

print(json.dumps({"eq-tested": {"error": 2e-12, "tolerance": 1e-8}}))
"""
PAGE_, SCRIPT_ = "docs/page.md", "gallery/plot_20_fault.py"
# fault: what is written at the end of which file, and what the build has to say
FAULTS = {
    "exception in a cell": (PAGE_, CELL.format("1 / 0"), ["page.md", "ZeroDivisionError"]),
    "warning in a cell": (
        PAGE_,
        CELL.format('import warnings\n\nwarnings.warn("mind the gap")'),
        ["page.md", "stderr was found in the cell outputs"],
    ),
    "failing script": (
        SCRIPT_,
        SCRIPT + '\nraise RuntimeError("out of paper")\n',
        ["plot_20_fault.py", "RuntimeError: out of paper"],
    ),
    "broken reference": (
        PAGE_,
        "\nSee {func}`logreg_book.no_such_function`.\n",
        ["page.md", "logreg_book.no_such_function"],
    ),
    "unknown equation": (PAGE_, "\nSee {eq}`eq-unknown`.\n", ["page.md", "eq-unknown"]),
    "missing image": (
        PAGE_,
        "\n![A picture](missing.png)\n",
        ["page.md", "image file not readable: missing.png"],
    ),
    "TeX that cannot be converted": (
        PAGE_,
        "\n$$\n\\nosuchcommand{x}\n$$\n",
        ["page.md", "cannot convert TeX", "nosuchcommand"],
    ),
}
# what else stops it, all in one build
MORE_FAULTS = {
    "warning in a script": (
        SCRIPT_,
        SCRIPT + '\nimport warnings\n\nwarnings.warn("mind the gap")\n',
        ["plot_20_fault.py", "UserWarning: mind the gap"],
    ),
    "image without words": (
        PAGE_,
        CELL.format("import matplotlib.pyplot as plt\n\n_ = plt.plot([1, 2])"),
        ["page.md", "image without alt text"],
    ),
    "code that is not run": (
        PAGE_,
        "\n:::{solution}\n```python\n1 / 0\n```\n:::\n",
        ["page.md", "Python in a solution is not run"],
    ),
    "what a notebook cannot show": (
        PAGE_,
        "\n```{hlist}\n* one\n* two\n```\n",
        ["page.md", "say in notebooks.py what the directive hlist is"],
    ),
    "equation without check": (
        PAGE_,
        "\n$$\na = b\n$$ (eq-unchecked)\n",
        ["page.md", "eq-unchecked has no check"],
    ),
    "check without equation, equation that is wrong": (
        "tests/equations.py",
        CHECKS.replace("{", '{"eq-nowhere": {"error": 0, "tolerance": 1}, ', 1).replace(
            "2e-12", "0.5"
        ),
        ["eq-nowhere, which no page has", "page.md", "eq-tested is wrong: error 5.0e-01"],
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
        for name in ("LICENSE", "README.md", "conf.py", "constraints.txt", "pyproject.toml"):
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
        own = {"RUNS": str(self.runs), MARK: str(self.root), "PYTHONPATH": str(self.root / "src")}
        return subprocess.run(
            [sys.executable, "-m", "sphinx", *flags, "docs", "build/html"],
            cwd=self.root,
            env={**os.environ, **own, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    def build_with(self, *names: str, times: int = 1) -> list[subprocess.CompletedProcess[str]]:
        """Build with faults, so many times with nothing changed, and take them back."""
        faults = [(FAULTS | MORE_FAULTS)[name] for name in names]
        paths = {self.root / name for name, _, _ in faults}
        sound = {path: path.read_text() for path in paths if path.exists()}
        for name, text, _ in faults:
            whole = name in (SCRIPT_, "tests/equations.py")
            self.write(name, text if whole else (self.root / name).read_text() + text)
        builds = [self.build() for _ in range(times)]
        for path in paths:
            path.unlink()
        for path, text in sound.items():
            path.write_text(text)
        return builds

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


Failures = dict[str, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[Failures]]:
    """Builds of a second copy, each with one fault, and a last one with all the others.

    They run beside the tests of the first copy: half of a build waits for one processor.
    """
    copy = Site(tmp_path_factory.mktemp("faulty") / "site")

    def build_all() -> Failures:
        before = copy.state()
        builds = {fault: copy.build_with(fault)[0] for fault in FAULTS}
        together = copy.build_with(*MORE_FAULTS)[0]
        assert left_over(copy.root) == []
        assert copy.state() == before
        return builds | dict.fromkeys(MORE_FAULTS, together)

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(build_all)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, failures: object) -> Iterator[Site]:
    """A copy that is built once without a fault."""
    copy = Site(tmp_path_factory.mktemp("small") / "site")
    before = copy.state()
    build = copy.build()
    assert build.returncode == 0, build.stdout
    assert copy.ran() == ["page", "script"]
    yield copy
    assert left_over(copy.root) == []
    assert copy.state() == before, "a build changed a source"


def test_pages_show_what_was_run(site: Site) -> None:
    assert "softmax gives [0.5 0.5]" in site.page()
    assert "sphx_glr_plot_10_line_001.small.svg" in site.page("gallery/plot_10_line")
    assert 'alt="A line that goes up."' in site.page("gallery/plot_10_line")


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


def test_downloads_hold_the_page_and_the_library(site: Site) -> None:
    assert 'href="downloads/page.ipynb"' in site.page()
    assert 'href="../downloads/plot_10_line.py"' in site.page("gallery/plot_10_line")
    assert "sphx-glr-download" not in site.page("gallery/plot_10_line").partition("<article")[2]
    downloads = site.root / "build/html/downloads"
    notebook = json.loads((downloads / "page.ipynb").read_text())
    text = "".join("".join(cell["source"]) for cell in notebook["cells"])
    assert "\\tag{1.1}\n$$\n\nSee (1.1)." in text
    assert "# See (1.1)." in (downloads / "page.py").read_text()
    assert site.library("activations.py") == (ROOT / "src/logreg_book/activations.py").read_bytes()


def test_nothing_is_run_when_nothing_changed(site: Site) -> None:
    written = (site.root / "build/html/page.html").stat().st_mtime
    build = site.build()
    assert build.returncode == 0, build.stdout
    assert site.ran() == []
    assert (site.root / "build/html/page.html").stat().st_mtime == written


def test_a_changed_library_changes_the_page(site: Site) -> None:
    path = site.root / "src/logreg_book/activations.py"
    text = path.read_text()
    path.write_text(text.replace("p: Array = e / e.sum(", "p: Array = 2 * e / e.sum("))
    build = site.build()
    path.write_text(text)
    assert build.returncode == 0, build.stdout
    assert site.ran() == ["page", "script"]
    assert "softmax gives [1. 1.]" in site.page()
    assert b"2 * e / e.sum(" in site.library("activations.py")


def test_a_failed_build_fails_again(site: Site) -> None:
    faults = ("exception in a cell", "failing script", "broken reference")
    for build in site.build_with(*faults, times=2):
        assert build.returncode != 0, build.stdout
        for fault in faults:
            assert all(message in build.stdout for message in FAULTS[fault][2])


@pytest.mark.parametrize("fault", FAULTS | MORE_FAULTS)
def test_a_fault_stops_the_build(failures: Future[Failures], fault: str) -> None:
    build = failures.result()[fault]
    assert build.returncode != 0, build.stdout
    for message in (FAULTS | MORE_FAULTS)[fault][2]:
        assert message in build.stdout
