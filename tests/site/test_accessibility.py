"""No page has a fault that axe-core can find, narrow or wide, light or dark."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Literal

import pytest
from tests.site.conftest import LOST, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

Colours = Literal["light", "dark"]
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
# What is folded away is read as well.
UNFOLD = 'document.querySelectorAll("details").forEach(folded => { folded.open = true; })'
# What the page does itself when its size changes or something is unfolded comes with a frame.
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
RUN = """([within, contrast]) => axe.run(within, {
    resultTypes: ["violations"], preload: false, ancestry: false,
    rules: {"color-contrast": {enabled: contrast}},
}).then(results => results.violations.flatMap(fault => fault.nodes.map(
    node => `${fault.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)))"""


def faults(page: Page, within: str = "html", *, contrast: bool = True) -> list[str]:
    """What axe-core finds in parts of a page; it spends most of its time on contrast."""
    found: list[str] = page.evaluate(RUN, [within, contrast])
    return found


@pytest.fixture(scope="session")
def examined(browser: Browser, address: str, name: str) -> Iterator[Page]:
    """A page with axe-core in it, which a policy would not let in."""
    # A text that fades in has little contrast: no motion.
    with browser.new_context(bypass_csp=True, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{address}/{name}")
        whole(page)
        page.evaluate(UNFOLD)
        page.evaluate(AXE)
        yield page


@pytest.mark.all_pages
@pytest.mark.column("axe")
@pytest.mark.parametrize(("width", "colours"), [(360, "light"), (360, "dark"), (1280, "light")])
def test_page_is_accessible(examined: Page, width: int, colours: Colours) -> None:
    examined.set_viewport_size({"width": width, "height": 800})
    examined.emulate_media(color_scheme=colours)
    examined.evaluate(FRAMES)
    assert faults(examined, contrast=width == 360) == []  # the text's colours stay when it widens


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_what_stands_beside_a_page_on_a_wide_screen_is_accessible(
    browser: Browser, address: str, kind: str, example: str, colours: Colours
) -> None:
    with browser.new_context(
        bypass_csp=True, reduced_motion="reduce", color_scheme=colours
    ) as context:
        page = context.new_page()
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{address}/{example}")
        whole(page)
        page.evaluate(AXE)
        page.evaluate(FRAMES)
        assert faults(page) == [], kind


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_page_for_lost_readers_is_accessible(
    browser: Browser, address: str, colours: Colours
) -> None:
    with browser.new_context(bypass_csp=True, color_scheme=colours) as context:
        page = context.new_page()
        page.goto(f"{address}/{LOST}")
        page.evaluate(AXE)
        assert faults(page) == []
