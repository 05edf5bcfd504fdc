"""The look of a page: lines of a length that is read with ease, one accent, a search at hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pytest
from tests.site.conftest import SITE

from book.reader.figures import INCH

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from tests.site.conftest import Visit

# Characters on each line of a paragraph, except on its last.  Formulas have no characters.
LINES = """() => [...document.querySelectorAll("section > p:not(:has(math))")].flatMap(part => {
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    const place = document.createRange(), tops = [];
    while (texts.nextNode()) for (let i = 0; i < texts.currentNode.length; i++) {
        place.setStart(texts.currentNode, i);
        place.setEnd(texts.currentNode, i + 1);
        const box = place.getClientRects()[0];
        if (box) tops.push(Math.round(box.bottom / 10));
    }
    const lines = Object.values(Object.groupBy(tops, top => top)).map(line => line.length);
    return lines.slice(0, -1);
})"""
ACCENTS = {"light": "rgb(0, 114, 184)", "dark": "rgb(76, 172, 223)"}
COLOUR = "part => getComputedStyle(part).color"
CUT_OFF = """() => [...document.querySelectorAll("article .table-wrapper")]
    .filter(table => table.scrollWidth > table.clientWidth).map(table => table.className)"""
SHADED = """() => [...document.querySelectorAll("article :is(.table-wrapper, .scrolls)")]
    .every(box => getComputedStyle(box).backgroundAttachment === "local, local, scroll, scroll")"""


@pytest.mark.parametrize(
    "chapter", ["by_hand/stochastic_gradient_descent", "with_autograd/train", "teach"]
)
def test_a_line_has_about_seventy_characters(browser: Browser, address: str, chapter: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{address}/{chapter}.html")
        lines = sorted(page.evaluate(LINES))
        assert len(lines) > 20
        assert 65 <= lines[len(lines) // 2] <= 75
        wide = "pre => pre.filter(one => one.scrollWidth > one.clientWidth).length"
        assert page.locator("article .cell_input pre").evaluate_all(wide) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_links_controls_and_the_book_s_title_have_one_colour(
    page: Page, address: str, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{address}/by_hand/stochastic_gradient_descent.html")
    parts = (".effort a", ".sidebar-brand-text", ".current-page > a", ".film summary")
    assert {page.locator(part).first.evaluate(COLOUR) for part in parts} == {ACCENTS[scheme]}
    control = page.locator(".film input").first
    assert control.evaluate("bar => getComputedStyle(bar).accentColor") == ACCENTS[scheme]
    page.locator(".effort a").focus()
    page.keyboard.press("Shift+Tab")
    outline = "getComputedStyle(document.activeElement).outlineColor"
    assert page.evaluate(outline) == ACCENTS[scheme]


def test_code_without_a_mark_has_the_colour_that_the_mark_would_give() -> None:
    css = (SITE.parent / "sphinx/html/_static/pygments.css").read_text("utf-8")
    plain = re.findall(r"\.highlight \{[^}]*[ ;]color: (#\w+)", css)
    assert len(plain) == 3  # light, dark, and dark because the reader's system is
    for name in ("n", "nn", "p", "w"):
        assert re.findall(rf"\.highlight \.{name} \{{[^}}]*color: (#\w+)", css) == plain


@pytest.mark.column("tables")
@pytest.mark.pages("<table")
def test_a_table_fits_on_a_phone_or_has_a_shade_at_its_edge(visit: Visit) -> None:
    if visit.name != "colophon.html":  # wide ones with measurements
        assert visit.page.evaluate(CUT_OFF) == []
    assert visit.page.evaluate(SHADED)


@pytest.mark.column("search at hand")
@pytest.mark.parametrize("script", [True, False], ids=["script", "bare"])
def test_a_phone_has_the_search_at_hand(visit: Visit, bare: Visit, script: bool) -> None:
    page = visit.page if script else bare.page
    button, field = page.get_by_role("button", name="Search"), page.locator(".search-drawer input")
    box = button.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    button.focus()
    page.keyboard.press("Enter")
    assert field.evaluate("field => field === document.activeElement")
    page.keyboard.press("Escape")
    assert not field.is_visible()
    assert button.evaluate("button => button === document.activeElement")


def test_key_frames_open_in_full(page: Page, address: str, with_film: str) -> None:
    page.goto(f"{address}/{with_film}")
    page.get_by_text("Key frames", exact=True).first.click()
    frames = page.locator(".film details img").first
    shown, whole = frames.evaluate("image => [image.width, Number(image.getAttribute('width'))]")
    film = int(page.locator(".film video").first.get_attribute("width") or 0)
    letter = 13 / 72 * INCH * whole / (2 * film)  # two frames stand side by side
    assert shown < 360 < whole
    assert letter > 13.9  # pixels, where a phone shows it with less than 7
    frames.click()
    page.wait_for_url("**.png*")
