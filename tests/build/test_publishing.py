"""A site takes the place of the one before as a whole, also if its build is killed meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from book.publishing.site import Assets, clear, put_in_place


def write(folder: Path, text: str) -> Path:
    """A site of one page."""
    folder.mkdir()
    (folder / "index.html").write_text(text)
    return folder


def test_a_new_site_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    site = write(tmp_path / "html", "old")
    put_in_place(write(tmp_path / "html.new", "new"), site)
    assert (site / "index.html").read_text() == "new"
    assert list(tmp_path.iterdir()) == [site]


def test_a_site_that_is_the_same_is_left_alone(tmp_path: Path) -> None:
    site = write(tmp_path / "html", "same")
    before = (site / "index.html").stat()
    put_in_place(write(tmp_path / "html.new", "same"), site)
    assert (site / "index.html").stat() == before
    assert list(tmp_path.iterdir()) == [site]


@pytest.mark.parametrize("moved", [False, True])
def test_what_a_killed_build_has_left_is_mended(tmp_path: Path, moved: bool) -> None:
    site = tmp_path / "html"
    write(tmp_path / "html.old" if moved else site, "old")
    write(tmp_path / "html.new", "half")
    clear(site)
    assert (site / "index.html").read_text() == "old"
    assert list(tmp_path.iterdir()) == [site]


def test_an_address_stays_and_its_query_changes_with_the_content(tmp_path: Path) -> None:
    addresses = []
    for text in ("one", "two"):
        (tmp_path / text / "assets").mkdir(parents=True)
        (tmp_path / "book.css").write_text(text)
        addresses.append(Assets(tmp_path, tmp_path / text).address(tmp_path / "book.css"))
    names, queries = zip(*(address.split("?v=") for address in addresses), strict=True)
    assert names == ("assets/book.css",) * 2
    assert queries[0] != queries[1]
