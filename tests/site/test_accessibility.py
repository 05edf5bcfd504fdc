"""No page has a fault that axe-core can find, narrow or wide, light or dark."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

import pytest
from playwright.sync_api import Browser, Page

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
# What is folded away is read as well.  Rules about colour alone are asked in the dark.
UNFOLD = 'document.querySelectorAll("details").forEach(folded => { folded.open = true; })'
RUN = """dark => axe.run({
    resultTypes: ["violations"], preload: false, ancestry: false,
    ...(dark && {runOnly: ["color-contrast", "link-in-text-block"]}),
}).then(results => results.violations.flatMap(fault => fault.nodes.map(
    node => `${fault.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)))"""


@pytest.fixture(scope="module", params=[(360, False), (360, True), (1280, False), (1280, True)])
def reader(browser: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Page, bool]]:
    """A page on a narrow or wide screen, and whether it is dark; one for all pages of the site."""
    width, dark = request.param
    with browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",  # a text that fades in has little contrast
        bypass_csp=True,
    ) as context:
        yield context.new_page(), dark


def test_page_is_accessible(reader: tuple[Page, bool], address: str, name: str) -> None:
    page, dark = reader
    page.goto(f"{address}/{name}")
    page.evaluate(UNFOLD)
    page.evaluate(AXE)
    assert page.evaluate(RUN, dark) == []
