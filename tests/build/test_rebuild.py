"""A build runs again what has changed and nothing else, and the site is right whatever happens.

Builds are killed at moments drawn at random: ``pytest tests/build/test_rebuild.py --kills 20``.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from small_site import PAGE, Site, left_over

OTHER = PAGE.replace("Test a page", "Test another page").replace("eq-tested", "eq-other")
OTHER = OTHER.replace("drill-tested", "drill-other")
OTHER = OTHER.replace('print("page"', 'print("other"').replace(
    "softmax gives", "other: softmax gives"
)
STYLE = "src/logreg_book/viz/book.mplstyle"
DOUBLED = ("src/logreg_book/probability.py", "e / e.sum(", "2 * e / e.sum(")
LINE, ADDRESS = "gallery/plot_10_line", re.compile(r"assets/sphx_glr_\S+\?v=\w+")
ALL = ["other", "page", "script"]
Change = tuple[str, str, str]  # file, what is replaced by what
TEXT = ("docs/page.md", "See {eq}", "Look at {eq}")
# Of each kind of file `test_digests.py` says what depends on it; here, that this is so.
# One change after the other, each on top of those before: what has to run again, and which words
# a page shows then.  What runs different things, or nothing, is told apart in one build.
CHANGES: dict[str, tuple[list[Change], list[str], dict[str, str]]] = {
    "code of a page, script": (
        [
            ("docs/page.md", "softmax([0.0, 0.0]))", "softmax([0.0]))"),
            ("gallery/plot_10_line.py", "It goes up.", "It rises."),
        ],
        ["page", "script"],
        {"page": "softmax gives [1.]", LINE: "It rises."},
    ),
    "value of a drill": (
        [("docs/other.md", "`3 * softmax", "`5 * softmax")],
        ["other"],
        {"other": '<template data-value="2.5">'},
    ),
    "text of a page, configuration, how pages are published, check of an equation": (
        [
            TEXT,
            (
                "conf.py",
                'html_title = "Logistic regression, by hand and by autograd"',
                'html_title = "Changed"',
            ),
            ("docs/_ext/book/publishing/site.py", '"default-src"', '"base-src"'),
            ("docs/equation_checks.py", "TOLERANCE = 1e-8", "TOLERANCE = 1e-8  # as ever"),
        ],
        [],
        {"page": "Look at <a", "other": "Changed</title>", LINE: "base-src"},
    ),
    "library": ([DOUBLED], ALL, {"other": "softmax gives [1. 1.]"}),
    "style": ([(STYLE, "lines.linewidth: 2.2", "lines.linewidth: 2.4")], ALL, {}),
    "setting of execution": (
        [("conf.py", "nb_execution_timeout = 180", "nb_execution_timeout = 170")],
        ALL,
        {},
    ),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A copy with two pages and a script, built once."""
    copy = two_pages(tmp_path_factory)
    build = copy.build()
    assert build.returncode == 0, build.stdout
    assert copy.ran() == ALL
    yield copy
    assert left_over(copy.root) == []


def two_pages(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A copy with a second page."""
    copy = Site(tmp_path_factory.mktemp("rebuilt") / "site")
    copy.write("docs/other.md", OTHER)
    index = (copy.root / "docs/index.md").read_text()
    copy.write("docs/index.md", index.replace("page\n", "page\nother\n", 1))
    checks = (copy.root / "docs/equation_checks.py").read_text()
    copy.write("docs/equation_checks.py", checks.replace('["', '["eq-other", "'))
    return copy


def change(copy: Site, file: str, old: str, new: str) -> None:
    """Change a file."""
    text = (copy.root / file).read_text()
    assert old in text
    copy.write(file, text.replace(old, new, 1))


@contextmanager
def changed(copy: Site, file: str, old: str, new: str) -> Iterator[None]:
    """Change a file for a while."""
    before = (copy.root / file).read_text()
    change(copy, file, old, new)
    try:
        yield
    finally:
        copy.write(file, before)


def test_nothing_is_run_or_written_when_nothing_changed(site: Site) -> None:
    written = (site.root / "build/html/page.html").stat().st_mtime
    build = site.build()
    assert build.returncode == 0, build.stdout
    assert site.ran() == []
    assert (site.root / "build/html/page.html").stat().st_mtime == written


def test_two_builds_at_once_wait_for_each_other(site: Site) -> None:
    before = site.published()
    with changed(site, *DOUBLED):
        builds = [site.start(), site.start()]
        printed = [build.communicate(timeout=240)[0] for build in builds]
    assert [build.returncode for build in builds] == [0, 0], printed
    assert sum("another build is running" in text for text in printed) == 1
    assert "softmax gives [1. 1.]" in site.page()
    assert site.build().returncode == 0
    assert site.published() == before
    site.ran()


def test_a_reader_never_sees_half_a_site(site: Site) -> None:
    done, missed, read_whole = Event(), [], []

    def read() -> None:
        while not done.is_set():
            try:
                page = site.page()
                with os.scandir(site.root / "build/html/assets") as assets:
                    found = {asset.name for asset in assets}
            except FileNotFoundError:  # between two renames there is no site
                continue
            absent = {*re.findall(r'"assets/([^"?]+)', page)} - found
            if absent or "</html>" not in page:
                missed.append(absent)
            read_whole.append(page)

    reader = Thread(target=read)
    reader.start()
    with changed(site, *TEXT):
        assert site.build().returncode == 0
    assert site.build().returncode == 0
    done.set()
    reader.join()
    assert missed == []
    assert len({*read_whole}) == 2


def test_two_clean_builds_are_the_same_site(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = two_pages(tmp_path_factory)
    for copy in (site, other):
        assert copy.build().returncode == 0
    assert site.published() == other.published()


def test_what_depends_on_a_change_is_run_again_and_shown(site: Site) -> None:
    kept = {name: (site.root / name).read_bytes() for name in sorted(site.state())}
    site.ran()  # what was run before is not asked here
    for name, (parts, runs, words) in CHANGES.items():
        shown = site.page(LINE)
        for page, text in words.items():
            assert text not in site.page(page), name
        for part in parts:
            change(site, *part)
        build = site.build()
        assert build.returncode == 0, build.stdout
        assert site.ran() == runs, name
        for page, text in words.items():
            assert text in site.page(page), name
        if name == "style":
            addresses = [set(ADDRESS.findall(page)) for page in (shown, site.page(LINE))]
            assert addresses[0].isdisjoint(addresses[1]), "a browser would show the old picture"
    for name, data in kept.items():
        (site.root / name).write_bytes(data)


def test_a_build_that_was_killed_does_no_harm(site: Site, kills: int) -> None:
    rng = random.Random(0)  # noqa: S311 - no secret
    file, old, new = DOUBLED
    texts = [(site.root / file).read_text()]
    texts.append(texts[0].replace(old, new, 1))
    site.build()
    whole = [site.published()]  # what each of the two texts has to give
    start = time.perf_counter()
    site.write(file, texts[1])
    assert site.build().returncode == 0
    lasts = time.perf_counter() - start
    whole.append(site.published())
    assert whole[0] != whole[1]
    for number in range(kills):
        site.write(file, texts[number % 2])
        for _ in range(2):  # the second build finds what the first one left
            build = site.start()
            time.sleep(rng.uniform(0, lasts))
            os.killpg(build.pid, signal.SIGKILL)
            build.communicate()
        assert left_over(site.root) == []
        again = site.build()
        assert again.returncode == 0, again.stdout
        assert site.published() == whole[number % 2]
    site.write(file, texts[0])
