"""A small book becomes an EPUB: whole, the same each time, and open in all its parts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest

ROOT = Path(__file__).parents[2]
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT / "docs/_ext")!r})
project, author, version, language = "small", "somebody", "1", "en"
from book import add_syntax, epub
from book.reader import exercises

extensions = ["myst_nb"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
nb_execution_mode = "off"
html_static_path = [{str(ROOT / "docs/_static")!r}]
templates_path = [{str(ROOT / "docs/_templates")!r}]
html_math_renderer = "mathml"
epub_title = epub_description = epub_contributor = epub_publisher = epub_copyright = "small"
epub_identifier, epub_uid = "urn:uuid:0b6f3c1e-5d0a-4c57-9a52-7e1f5f8d2c46", "book"
epub_cover = ("_static/cover.png", "epub-cover.html")
epub_css_files = ["reader.css"]


def add_cell(app, page, source):
    source[0] = exercises.with_values(source[0])


def simplify(app, page, template, context, doctree):
    context["accessible"] = str
    epub.simplify(context)


def setup(app):
    add_syntax(app)
    app.connect("source-read", add_cell)
    app.connect("html-page-context", simplify, priority=900)
"""
PAGE = """---
file_format: mystnb
kernelspec: {name: python3, language: python}
---

# A small book

Maths: $h = XW + b$ and

$$ a &= b \\\\ c &= d $$

:::{exercise} Six times nine
:label: ex-six
:level: core

How much is it?
:::

:::{hint}
In base 13.
:::

:::{solution}
Forty-two.
:::

```{code-cell} python
:tags: [solution]
print(6 * 9)
```

:::{drill} In base ten
:label: drill-ten

How much is it?

`6 * 9`
: Here it is another number.

`42`
: That is base 13.
:::

```{widget} contours
```

The end of the text.

```{code-cell} python
---
tags: [hide-cell]
---
print("said")
```
"""


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two builds of one state."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "conf.py").write_text(CONF)
    (folder / "index.md").write_text(PAGE)
    made = []
    for name in ("one", "two"):
        out = tmp_path_factory.mktemp(name)
        run = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "epub", "-d", str(out / "trees")]
        run += [str(folder), str(out / "book")]
        env = os.environ | {"SOURCE_DATE_EPOCH": "1600000000"}
        subprocess.run(run, env=env, check=True, cwd=out)
        made.append(out / "book" / "small.epub")
    return made


def test_two_builds_give_the_same_bytes(books: list[Path]) -> None:
    one, two = (book.read_bytes() for book in books)
    assert one == two


def test_a_build_leaves_nothing_where_it_is_started(books: list[Path]) -> None:
    started = books[0].parents[1]
    assert {path.name for path in started.iterdir()} == {
        *("book", "trees"),  # as the command says
        *(".jupyter_cache", "jupyter_execute"),  # MyST-NB's
    }


def test_the_package_lists_what_is_in_it_and_how_to_read_it(books: list[Path]) -> None:
    with ZipFile(books[0]) as book:
        names = book.namelist()
        package = book.read("content.opf").decode()
        assert names[0] == "mimetype"
        assert book.getinfo("mimetype").compress_type == ZIP_STORED
    listed = re.findall(r'<item [^>]*href="([^"]+)"', package)
    assert {*listed} == {*names} - {"mimetype", "META-INF/container.xml", "content.opf"}
    assert {name for name in names if name.startswith("_static/")} == {
        "_static/cover.png",
        "_static/math.woff2",
        "_static/pygments.css",
        "_static/reader.css",
    }
    assert re.search(r'href="index\.xhtml"[^>]*properties="mathml"', package)
    assert re.search(r'href="_static/cover\.png"[^>]*properties="cover-image"', package)
    assert '<meta property="schema:accessModeSufficient">textual</meta>' in package
    assert "<dc:date>2020-09-13T12:26:40Z</dc:date>" in package


def test_nothing_is_folded_and_maths_is_maths(books: list[Path]) -> None:
    with ZipFile(books[0]) as book:
        page = book.read("index.xhtml").decode()
    assert "<details" not in page
    assert len(re.findall(r'<div class="[^"]*\bsolution\b', page)) == 4
    formulas = page.count("<math"), page.count('<math xmlns="http://www.w3.org/1998/Math/MathML"')
    assert formulas[0] == formulas[1] > 2
    assert "<script" not in page


def test_a_widget_is_its_still_form(books: list[Path]) -> None:
    with ZipFile(books[0]) as book:
        page = book.read("index.xhtml").decode()
        assert [name for name in book.namelist() if "ground" in name] == []
    (figure,) = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    (picture,) = re.findall(r"<img[^>]*>", figure)
    assert 'alt="Oval contour lines' in picture
    assert "beyond the border" in figure
    assert "arrow keys" not in page
    assert "Step" not in page
    assert "loss, η = 0.3" in page
    assert 'lang="en"' in page


def test_hints_stay_and_solutions_are_at_the_end(books: list[Path]) -> None:
    with ZipFile(books[0]) as book:
        page = book.read("index.xhtml").decode()
    text, end = page.split("The end of the text.")
    assert "In base 13." in text
    for question in ("How much is it?", '<a class="reference internal" href="#solution-1">'):
        assert question in text
    for answer in ("Forty-two.", '<span class="mi">9</span>', "Here it is another number."):
        assert answer not in text
        assert answer in end.partition("Solutions")[2]
    assert "That is base 13." not in page, "a remark on a wrong value that nobody typed"
    assert "<form" not in page
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len({*ids})
