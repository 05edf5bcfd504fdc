"""The build shows what was run, and stops at every fault it can see.

A small copy of the site is built in a temporary folder: once as it should be, and once with
each fault.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from small_site import CELL, CHECKS, ROOT, SCRIPT, Site, left_over

NO_LINKS = """
import sphinx_codeautolink.extension
from sphinx.util import logging as sphinx_logging


def _link_html(page, html, *_, **__):
    sphinx_logging.getLogger("links").warning("could not match a code example", location=page)
    return html


sphinx_codeautolink.extension.link_html = _link_html
"""
EXERCISE = "\n:::{exercise} A task\n:label: ex-task\n:level: core\n\nDo it.\n:::\n\n"
DRILL = """
:::{{drill}} A number
:label: {}

How much?

`{}`
: Right.

`{}`
: Wrong.
:::
"""
PAGE_, SCRIPT_ = "docs/page.md", "gallery/plot_20_fault.py"
CHECKS_ = "docs/equation_checks.py"
# fault: what is written at the end of which file, and what the build has to say.
# Each of these stops a build in its own way, so each has a build of its own.
FAULTS = {
    "exception in a cell": (PAGE_, CELL.format("1 / 0"), ["page.md", "ZeroDivisionError"]),
    "failing script": (
        SCRIPT_,
        SCRIPT + '\nraise RuntimeError("out of paper")\n',
        ["plot_20_fault.py", "RuntimeError: out of paper"],
    ),
    "unknown equation": (PAGE_, "\nSee {eq}`eq-unknown`.\n", ["page.md", "eq-unknown"]),
    "TeX that cannot be converted": (
        PAGE_,
        "\n$$\n\\nosuchcommand{x}\n$$\n",
        ["page.md", "cannot convert TeX", "nosuchcommand"],
    ),
    "links that cannot be written": (
        "conf.py",
        NO_LINKS,
        ["page.md: WARNING: could not match", "plot_10_line.rst: WARNING: could not match"],
    ),
}
# What is told by a warning, of which any stops the build: all in one build
TOLD = {
    "warning in a cell": (
        PAGE_,
        CELL.format('import warnings\n\nwarnings.warn("mind the gap")'),
        ["page.md", "stderr was found in the cell outputs"],
    ),
    "broken reference": (
        PAGE_,
        "\nSee {func}`logreg_book.no_such_function`.\n",
        ["page.md", "logreg_book.no_such_function"],
    ),
    "missing image": (
        PAGE_,
        "\n![A picture](missing.png)\n",
        ["page.md", "image file not readable: missing.png"],
    ),
}
# What else stops it before pages are written, all in one build
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
        EXERCISE + ":::{solution}\n```python\n1 / 0\n```\n:::\n",
        ["page.md", "Python in a solution is not run"],
    ),
    "exercise of no level": (
        PAGE_,
        "\n:::{exercise} One more\n:label: ex-more\n:level: easy\n\nDo it.\n:::\n",
        ["page.md", "level must be one of warm-up, core, challenge, got easy"],
    ),
    "exercise without label": (
        PAGE_,
        "\n:::{exercise} One more\n:level: core\n\nDo it.\n:::\n",
        ["page.md", "exercise needs a label"],
    ),
    "hint without exercise": (
        PAGE_,
        "\nText.\n\n:::{hint}\nThink.\n:::\n",
        ["page.md", "hint without exercise above it"],
    ),
    "code of no solution": (
        PAGE_,
        CELL.format(":tags: [solution]\n1 + 1"),
        ["page.md", "a cell tagged solution without solution above it"],
    ),
    "values that coincide": (
        PAGE_,
        DRILL.format("drill-same", "1 / 3", "0.334"),
        ["page.md", "drill-same: `1 / 3` and `0.334` cannot be told apart, 0.3333 and 0.334"],
    ),
    "value that is infinite": (
        PAGE_,
        DRILL.format("drill-infinite", "float('inf')", "1"),
        ["page.md", "drill-infinite: `float('inf')` must be a finite number, got inf"],
    ),
    "value that is not a number": (
        PAGE_,
        DRILL.format("drill-text", "1", "'2'"),
        ["page.md", "drill-text: `'2'` must be a finite number, got TypeError"],
    ),
    "value that cannot be computed": (
        PAGE_,
        DRILL.format("drill-unknown", "1", "no_such_name"),
        ["page.md", "`no_such_name` must be a finite number, got NameError"],
    ),
    "drill on a page without code": (
        "docs/index.md",
        DRILL.format("drill-bare", "1", "2"),
        ["index.md", "drill-bare: a drill needs a page with code"],
    ),
    "drill without values": (
        PAGE_,
        "\n:::{drill} A number\n:label: drill-empty\n\nHow much?\n:::\n",
        ["page.md", "drill-empty: a drill ends with a list of values and remarks"],
    ),
    "what a notebook cannot show": (
        PAGE_,
        "\n```{hlist}\n* one\n* two\n```\n",
        ["page.md", "say in notebooks.py what the directive hlist is"],
    ),
    "equation without environment": (
        PAGE_,
        "\n$$\na = b\n$$ (eq-unchecked)\n",
        ["page.md", "eq-unchecked has none in ENVIRONMENTS of docs/equation_checks.py"],
    ),
    "environment without equation": (
        CHECKS_,
        CHECKS.replace('["', '["eq-wrong", "eq-unreadable", "eq-nowhere", "'),
        ["no page prints eq-nowhere, which docs/equation_checks.py has"],
    ),
    "equation that is wrong": (
        PAGE_,
        "\n$$\np = 2 \\, \\mathrm{softmax}(h)\n$$ (eq-wrong)\n",
        ["page.md", "eq-wrong is wrong as printed: relative error 5.0e-01, allowed 1.0e-08"],
    ),
    "equation that cannot be read": (
        PAGE_,
        "\n$$\np \\le h\n$$ (eq-unreadable)\n",
        ["page.md", "eq-unreadable cannot be evaluated: cannot read \\le"],
    ),
    "name that leads nowhere": (
        PAGE_,
        CELL.format("import numpy as np\n\nprint(np.tri(1))") + "\nSee {func}`numpy.vander`.\n",
        [
            "page.md",
            "numpy.tri leads nowhere: add `numpy.tri function reference/generated/numpy.tri.html` "
            "to docs/inventories/numpy.txt",
            "numpy.vander leads nowhere",
        ],
    ),
    "undocumented function": (
        "src/logreg_book/optim.py",
        '\n__all__ += ["hidden"]\nhidden = 1\n',
        ["reference", "logreg_book.optim.hidden is not in the API reference"],
    ),
}

ALL_FAULTS = FAULTS | TOLD | MORE_FAULTS


def build_with(copy: Site, *names: str, times: int = 1) -> list[subprocess.CompletedProcess[str]]:
    """Build with faults, so many times with nothing changed, and take them back."""
    faults = [ALL_FAULTS[name] for name in names]
    paths = {copy.root / name for name, _, _ in faults}
    sound = {path: path.read_text() for path in paths if path.exists()}
    for name, text, _ in faults:
        whole = name in (SCRIPT_, CHECKS_)
        copy.write(name, text if whole else (copy.root / name).read_text() + text)
    builds = [copy.build() for _ in range(times)]
    for path in paths:
        path.unlink()
    for path, text in sound.items():
        path.write_text(text)
    return builds


Failures = dict[str, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[Failures]]:
    """Builds of a second copy, each with one fault, and two with all the others.

    They run beside the tests of the first copy: half of a build waits for one processor.
    """
    copy = Site(tmp_path_factory.mktemp("faulty") / "site")

    def build_all() -> Failures:
        before = copy.state()
        builds = {fault: build_with(copy, fault)[0] for fault in FAULTS}
        for together in (TOLD, MORE_FAULTS):
            builds |= dict.fromkeys(together, build_with(copy, *together)[0])
        assert left_over(copy.root) == []
        assert copy.state() == before
        return builds

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
    assert "sphx_glr_plot_10_line_001.small." in site.page("gallery/plot_10_line")


def test_maths_is_mathml_with_number_link_and_measured_error(site: Site) -> None:
    page = site.page()
    assert '<math display="block">' in page
    assert '<span class="eqno">(1.1)<a class="headerlink" href="#equation-eq-tested"' in page
    assert '<a class="reference internal" href="#equation-eq-tested">(1.1)</a>' in page
    assert "agrees to 10<sup>\u221211</sup>" in page
    assert (site.root / "build/html/assets/math.woff2").stat().st_size < 20_000


def test_code_links_to_the_reference(site: Site) -> None:
    link = 'href="reference/generated/logreg_book.probability.html#logreg_book.probability.softmax"'
    assert link in site.page()
    assert 'href="../../page.html#' in site.page("reference/generated/logreg_book.probability")


def test_code_links_to_other_projects_and_a_script_lists_what_it_uses(site: Site) -> None:
    link = 'href="https://numpy.org/doc/stable/reference/generated/numpy.zeros.html#numpy.zeros"'
    assert link in site.page("gallery/plot_10_line")
    link = (
        'href="../reference/generated/logreg_book.probability.html#logreg_book.probability.softmax"'
    )
    line = site.page("gallery/plot_10_line").partition('<p class="used">From the library: ')[2]
    assert line.startswith(f'<a class="reference internal" {link}')


def test_downloads_hold_the_page_and_the_library(site: Site) -> None:
    assert 'href="downloads/page.ipynb"' in site.page()
    assert 'href="../downloads/plot_10_line.py"' in site.page("gallery/plot_10_line")
    assert "sphx-glr-download" not in site.page("gallery/plot_10_line").partition("<article")[2]
    downloads = site.root / "build/html/downloads"
    notebook = json.loads((downloads / "page.ipynb").read_text())
    text = "".join("".join(cell["source"]) for cell in notebook["cells"])
    assert "\\tag{1.1}\n$$\n\nSee (1.1)." in text
    assert "# See (1.1)." in (downloads / "page.py").read_text()
    assert site.library("probability.py") == (ROOT / "src/logreg_book/probability.py").read_bytes()


def test_a_drill_has_its_values_from_the_code_of_the_page(site: Site) -> None:
    page = site.page()
    assert '<form class="try" data-value="0.5">' in page
    assert '<template data-value="1.5">' in page
    assert "drill_value" not in page, "the cell that evaluates them is shown"
    script = (site.root / "build/html/downloads/page.py").read_text()
    assert "drill_value" not in script
    assert "# `softmax([0.0, 0.0])[1]` = 0.5\n#\n# As large as the other." in script


def test_a_failed_build_fails_again_and_leaves_the_site_as_it_was(site: Site) -> None:
    before = site.published()
    faults = ("exception in a cell", "failing script", "broken reference")
    for build in build_with(site, *faults, times=2):
        assert build.returncode != 0, build.stdout
        for fault in faults:
            messages = ALL_FAULTS[fault][2]
            assert all(message in build.stdout for message in messages)
    assert site.published() == before


@pytest.mark.parametrize("fault", ALL_FAULTS)
def test_a_fault_stops_the_build(failures: Future[Failures], fault: str) -> None:
    build = failures.result()[fault]
    assert build.returncode != 0, build.stdout
    for message in ALL_FAULTS[fault][2]:
        assert message in build.stdout
