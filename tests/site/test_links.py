"""Every link inside the site leads somewhere."""

from __future__ import annotations

import importlib
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from tests.site.conftest import SITE


class Links(HTMLParser):
    """Collects what a page links to, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.anchors: set[str] = {"", "top"}
        self.feed(text)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read one tag."""
        for name, value in attrs:
            if name in ("href", "src", "data-poster") and value:
                self.targets.add(value)
            elif name == "id" and value:
                self.anchors.add(value)


@cache
def read(path: Path) -> Links:
    """Links of a page."""
    return Links(path.read_text("utf-8"))


@pytest.mark.all_pages
def test_links_lead_somewhere(name: str) -> None:
    broken = []
    for target in sorted(read(SITE / name).targets):
        url = urlsplit(target)
        if url.scheme:
            continue  # another site: to be followed by the reader, not by a test
        path = (SITE / name).parent / unquote(url.path) if url.path else SITE / name
        is_page = path.suffix == ".html"
        if not path.is_file() or (is_page and unquote(url.fragment) not in read(path).anchors):
            broken.append(target)
    assert broken == []


def test_each_function_of_the_reference_links_to_its_source() -> None:
    pages = sorted((SITE / "reference/generated").glob("*.html"))
    assert pages
    for page in pages:
        module = importlib.import_module(page.stem)
        public = {name: getattr(module, name) for name in module.__all__}
        source = f"../../_modules/{page.stem.replace('.', '/')}.html#"
        wanted = {f"{source}{name}" for name, found in public.items() if callable(found)}
        assert wanted <= read(page).targets, page.name
