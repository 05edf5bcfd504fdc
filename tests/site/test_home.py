"""The first screen of the site says what it is, shows a widget and leads each reader on."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "html"
STARTS = 6  # derives, uses PyTorch, trains, reads code, teaches, wants the files


def bottom(part: Locator) -> float:
    """Where a part of a page ends."""
    box = part.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def test_all_is_on_the_first_screen(browser: Browser, address: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{address}/index.html")
        assert page.locator("#where-to-start dt").count() == STARTS
        assert page.locator("#where-to-start dd:has(a)").count() == STARTS
        assert bottom(page.locator("#home .widget output")) < 800
        assert bottom(page.locator("#where-to-start dd").last) < 800
        assert page.evaluate("document.documentElement.scrollWidth") == 1280


def test_a_phone_shows_the_widget_and_the_starts_a_swipe_away(page: Page, address: str) -> None:
    page.goto(f"{address}/index.html")
    step, starts = page.locator("#home .widget button").first, page.locator("#where-to-start")
    assert bottom(step) < 800
    assert starts.evaluate("part => part.getBoundingClientRect().top") < 2 * 800


def lines() -> list[str]:
    """Addresses in the inventories, as Sphinx reads them."""
    conf = (ROOT / "conf.py").read_text("utf-8")
    found = []
    for uri, file in re.findall(r'"(https:[^"]+)", "(inventories/[^"]+)"', conf):
        for line in (ROOT / "docs" / file).read_text("utf-8").splitlines()[3:]:
            name, kind, page = line.split()
            found.append(f"{uri}{page}#{'module-' if kind == 'mod' else ''}{name}")
    return found


def test_each_line_of_the_inventories_is_used() -> None:
    pages = "".join(path.read_text("utf-8") for path in SITE.rglob("*.html"))
    assert lines()
    assert [line for line in lines() if f'href="{line}"' not in pages] == []
