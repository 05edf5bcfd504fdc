"""Pages on paper: whole, dark on white, and the cheat sheet on one sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

# A sheet of A4 less its margins, in CSS pixels
WIDTH, HEIGHT = 672, 1000
CUT_OFF = """() => [...document.querySelectorAll("article *")].filter(element => {
    const box = element.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1;
}).map(element => element.outerHTML.slice(0, 200))"""
FOLDED = """() => [...document.querySelectorAll("article details > :not(summary)")]
    .filter(part => !part.checkVisibility({contentVisibilityAuto: true}))
    .map(part => part.outerHTML.slice(0, 200))"""
ON_SCREEN_ONLY = ".sidebar-drawer, .toc-drawer, .mobile-header, footer, article button, .headerlink"


@pytest.fixture(scope="module")
def paper(browser: Browser) -> Iterator[Page]:
    """What is printed by a reader whose screen is dark."""
    with browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark"
    ) as context:
        page = context.new_page()
        page.emulate_media(media="print")
        yield page


def test_a_printed_page_is_whole(paper: Page, address: str, name: str) -> None:
    paper.goto(f"{address}/{name}")
    assert paper.evaluate(CUT_OFF) == []
    assert paper.evaluate(FOLDED) == []
    assert paper.locator(ON_SCREEN_ONLY).locator("visible=true").count() == 0
    colours = "() => [getComputedStyle(document.body)].map(s => [s.backgroundColor, s.color])[0]"
    assert paper.evaluate(colours) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]


@pytest.mark.parametrize("sheet", ["A4", "Letter"])
def test_the_cheat_sheet_is_one_sheet(paper: Page, address: str, sheet: str) -> None:
    paper.goto(f"{address}/cheatsheet.html")
    assert len(re.findall(rb"/Type\s*/Page\b", paper.pdf(format=sheet))) == 1


def test_a_chapter_takes_more_than_one_sheet(paper: Page, address: str) -> None:
    paper.goto(f"{address}/by_hand/gradient.html")
    assert len(re.findall(rb"/Type\s*/Page\b", paper.pdf(format="A4"))) > 1
