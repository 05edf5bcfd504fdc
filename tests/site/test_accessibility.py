"""No page has a fault that axe-core can find, narrow or wide, light or dark."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Literal

import pytest
from tests.site.conftest import LOST, PHONE, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

Colours = Literal["light", "dark"]
Rules = dict[str, object]
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
# What is folded away is read as well.
UNFOLD = 'document.querySelectorAll("details").forEach(folded => { folded.open = true; })'
# What the page does itself when its size changes or something is unfolded comes with a frame.
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
RUN = """([within, rules]) => axe.run(within, {
    resultTypes: ["violations"], preload: false, ancestry: false, ...rules,
}).then(results => results.violations.flatMap(fault => fault.nodes.map(
    node => `${fault.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)))"""
CONTRAST: Rules = {"runOnly": ["color-contrast"]}
NO_CONTRAST: Rules = {
    "rules": {"color-contrast": {"enabled": False}, "target-size": {"enabled": True}}
}
# axe-core spends most of its time on the contrast of single letters.  Those of code and formulas
# whose names, and those of all that they are in, are the same have the same colours: one is left.
THIN = """() => {
    const seen = new Set();
    for (const letter of document.querySelectorAll("pre *, math *")) {
        if (letter.children.length) continue;
        let names = "";
        for (let part = letter; part; part = part.parentElement)
            names += `${part.localName}.${part.className} `;
        if (seen.has(names)) letter.remove();
        seen.add(names);
    }
}"""


def faults(page: Page, within: str = "html", rules: Rules | None = None) -> list[str]:
    """What axe-core finds in parts of a page."""
    found: list[str] = page.evaluate(RUN, [within, rules or {}])
    return found


@pytest.fixture(scope="session")
def examined(browser: Browser, address: str, name: str) -> Iterator[Page]:
    """A page with axe-core in it, which a policy would not let in."""
    with browser.new_context(viewport=PHONE, bypass_csp=True, reduced_motion="reduce") as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{address}/{name}")
        whole(page)
        page.evaluate(UNFOLD)
        page.evaluate(AXE)
        page.evaluate(FRAMES)
        yield page


@pytest.mark.column("axe")
def test_page_is_accessible(examined: Page) -> None:
    assert faults(examined, rules=NO_CONTRAST) == []


@pytest.mark.column("axe")
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_text_has_contrast(examined: Page, colours: Colours) -> None:
    examined.evaluate(THIN)
    examined.emulate_media(color_scheme=colours)
    examined.evaluate(FRAMES)
    assert faults(examined, rules=CONTRAST) == []


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
        if colours == "light":
            assert faults(page, rules=NO_CONTRAST) == [], kind
        page.evaluate(THIN)
        assert faults(page, rules=CONTRAST) == [], kind


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_page_for_lost_readers_is_accessible(
    browser: Browser, address: str, colours: Colours
) -> None:
    with browser.new_context(bypass_csp=True, color_scheme=colours) as context:
        page = context.new_page()
        page.goto(f"{address}/{LOST}")
        page.evaluate(AXE)
        assert faults(page) == []
