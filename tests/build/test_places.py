"""Words of a lecture lead to a section that is there; a chapter says how long it takes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sphinx.testing.util import SphinxTestApp

from book.reader import effort

ROOT = Path(__file__).parents[2]
ONE = ":needs: nothing\n\nOne\n===\n\nWay in\n------\n\n{}\n\nExercises\n---------\n\n{}\n"
PAGES = {
    "index": "Book\n====\n\n.. toctree::\n   :numbered:\n\n   one\n   two\n",
    "one": ONE.format("word " * 2000, "word " * 2000),
    "two": ":needs: one\n\nTwo\n===\n\nWords.\n",
}
CONF = """
from book.reader import effort, synonyms


def setup(app):
    app.add_transform(synonyms.Synonyms)
    app.connect("env-check-consistency", lambda app, env: effort.check(env))
    app.connect("env-check-consistency", lambda app, env: synonyms.check(env))
    app.connect("doctree-resolved", effort.check_neighbours)
    app.connect("doctree-resolved", effort.say)
"""
WORDS = '[one]\nway-in = ["entrance"]\n'


def build(folder: Path, words: str = WORDS, **pages: str) -> tuple[Path, str]:
    """A small book: where it is, and what the build warned of."""
    source = folder / "source"
    source.mkdir()
    (source / "conf.py").write_text(CONF, "utf-8")
    (source / "synonyms.toml").write_text(words, "utf-8")
    for name, text in (PAGES | pages).items():
        (source / f"{name}.rst").write_text(text, "utf-8")
    app = SphinxTestApp("html", srcdir=source, builddir=folder / "build")
    app.build()
    warnings = app.warning.getvalue()
    app.cleanup()
    return Path(app.outdir), warnings


def test_a_chapter_says_how_long_it_takes_and_what_it_builds_on(tmp_path: Path) -> None:
    site, warnings = build(tmp_path)
    one, two = ((site / f"{page}.html").read_text("utf-8") for page in ("one", "two"))
    assert '<p class="effort">About 10 minutes to read</p>' in one
    assert re.search('About 5 minutes to read; builds on <a [^>]*href="one.html">One</a>', two)
    assert 'class="effort"' not in (site / "index.html").read_text("utf-8")
    assert warnings == ""


def test_neighbours_are_called_so(tmp_path: Path) -> None:
    links = {"one": "\nThe :doc:`next chapter <two>`\n", "two": "The :doc:`chapter before <one>`\n"}
    _, warnings = build(tmp_path, **{page: PAGES[page] + link for page, link in links.items()})
    assert warnings == ""


def test_a_word_is_an_entry_of_the_index_that_leads_to_its_section(tmp_path: Path) -> None:
    site, _ = build(tmp_path)
    assert '<a href="one.html#way-in"><strong>entrance</strong></a>' in (
        site / "genindex.html"
    ).read_text("utf-8")
    index = (site / "searchindex.js").read_text("utf-8")
    entries = json.loads(index[index.index("{") : index.rindex("}") + 1])["indexentries"]
    assert entries["entrance"] == [[1, "way-in", True]]


@pytest.mark.parametrize(
    ("written", "warning"),
    [
        ({"two": "Two\n===\n"}, "two.rst: WARNING: front matter: needs"),
        ({"two": ":needs: three\n\nTwo\n===\n"}, "no chapter before this one: 'three'"),
        ({"one": PAGES["one"].replace("nothing", "two")}, "no chapter before this one: 'two'"),
        ({"one": PAGES["one"] + "`The chapter before <two.html>`_\n"}, "leads to two.html"),
        ({"two": PAGES["two"] + "`The next chapter <one.html>`_\n"}, "leads to one.html"),
        ({"words": WORDS.replace("way-in", "way-out")}, "the page has no section 'way-out'"),
        ({"words": WORDS.replace("one", "ones")}, "there is no page 'ones'"),
        ({"words": WORDS + '[two]\ntwo = ["entrance"]\n'}, "'entrance' is"),
        ({"words": WORDS.replace("entrance", "Entrance")}, "'Entrance' is not in small letters"),
    ],
)
def test_what_leads_nowhere_is_a_warning(
    tmp_path: Path, written: dict[str, str], warning: str
) -> None:
    _, warnings = build(tmp_path, **written)
    assert warning in warnings


def test_the_rule_is_told_as_it_is() -> None:
    told = (ROOT / "docs/notation.md").read_text("utf-8")
    words = {2: "two", 12: "twelve"}
    assert (
        f"one for {effort.WORDS} words, for {words[effort.FORMULAS]} formulas on lines of their "
        f"own, or for {words[effort.LINES]} lines of code" in told
    )
