"""The keyboard alone reaches everything, as it is seen, and one sees where it is."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from tests.site.conftest import whole

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from tests.site.conftest import Visit

# All that has to be reached: what can be pressed, and what scrolls.  Each gets a number, in the
# order of the page.  What scrolls is reached as well if something in it is.
COUNT = """async () => {
    document.body.tabIndex = -1;
    document.body.focus();  // so that the next stop is the first, whatever was pressed before
    document.body.removeAttribute("tabindex");
    getSelection().empty();
    scrollTo(0, 0);  // where there is no way back to the top
    await new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(shown)));
    const scrolls = element => {
        const {overflowX, overflowY} = getComputedStyle(element), roll = /auto|scroll/;
        return roll.test(overflowX) && element.scrollWidth > element.clientWidth + 1
            || roll.test(overflowY) && element.scrollHeight > element.clientHeight + 1;
    };
    // Of buttons of which one is chosen, Tab reaches that one, and arrow keys the others.
    const pressed = "a[href], button, summary, select, textarea, "
        + "input:not([type=hidden], [type=radio]:not(:checked)), "
        + "video[controls], [tabindex]:not([tabindex='-1'])";
    const targets = [...document.body.querySelectorAll("*")].filter(element =>
        (element.matches(pressed) || scrolls(element)) && element.checkVisibility(
            {visibilityProperty: true}) && !element.closest("details:not([open]) > :not(summary)"));
    targets.forEach((element, i) => { element.dataset.number = i; });
    return targets.map(element => element.outerHTML.slice(0, 120));
}"""
# Where the keyboard is: its number, whether that can be seen, and what it looks like.
WHERE = """() => {
    const at = document.activeElement;
    if (at === document.body) return null;
    const shown = at.matches(".toctree-checkbox") ? at.nextElementSibling : at;
    const {outlineStyle, outlineWidth} = getComputedStyle(shown);
    let opacity = 1;
    for (let part = shown; part; part = part.parentElement)
        opacity *= getComputedStyle(part).opacity;
    const box = [...shown.getClientRects()].find(box => box.width && box.height)
        ?? shown.getBoundingClientRect();
    // Of a box taller than the screen the head may be above it.
    const upper = Math.max(box.top, Math.min(64, box.bottom - 24));
    const y = upper + Math.min(box.height, 24, innerHeight - upper) / 2;
    // Hidden is what is hidden at its ends as well: the small link to the top may lie on a table.
    const points = [.1, .5, .9].map(part => document.elementFromPoint(
        box.left + part * Math.min(box.width, innerWidth - box.left), y));
    return {
        number: Number(at.dataset.number ?? -1), html: at.outerHTML.slice(0, 120),
        outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 1 && opacity > .9,
        uncovered: points.some(top => top && (shown.contains(top) || top.contains(shown))),
        around: [...document.querySelectorAll("[data-number]")].filter(
            outer => outer !== at && outer.contains(at)).map(outer => Number(outer.dataset.number)),
        // A block of code is one thing: its button stands beside its first line.
        top: at.closest("article")
            ? (at.closest(".highlight") ?? at).getBoundingClientRect().top + scrollY : null,
        left: box.left, right: box.right,
    };
}"""
SAME_LINE = 60  # pixels by which a neighbour may begin higher up


def walk(page: Page, most: int) -> list[dict[str, Any]]:
    """Press Tab until the keyboard has left the page again; where it was."""
    stops: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(WHERE)
        if stop is None or (stops and stop["number"] == stops[0]["number"]):
            return stops
        stops.append(stop)
    raise AssertionError(f"the keyboard does not leave the page: it is at {stops[-1]['html']}")


def check(page: Page) -> None:
    """Walk through a page and compare with what there is."""
    targets = page.evaluate(COUNT)
    stops = walk(page, len(targets) + 40)  # a film has several stops
    reached = {stop["number"] for stop in stops} | {n for stop in stops for n in stop["around"]}
    assert [text for i, text in enumerate(targets) if i not in reached] == [], "not reached"
    outlined = {stop["number"] for stop in stops if stop["outlined"]}
    assert [stop["html"] for stop in stops if stop["number"] not in outlined] == [], "not shown"
    assert [stop["html"] for stop in stops if not stop["uncovered"]] == [], "covered"
    numbers = [stop["number"] for stop in stops if stop["number"] >= 0]
    assert numbers == sorted(numbers), "not in the order of the page"
    seen = [stop for stop in stops if stop["top"] is not None]
    assert [pair for pair in pairwise(seen) if goes_back(*pair)] == [], "not as it is seen"


def goes_back(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether a stop is above the one before, and not in the next column."""
    return bool(after["top"] < before["top"] - SAME_LINE and after["left"] < before["right"])


@pytest.mark.column("keys")
def test_keyboard_reaches_everything_on_a_phone(visit: Visit) -> None:
    check(visit.page)


def test_keyboard_reaches_everything_on_a_laptop(
    browser: Browser, address: str, kind: str, example: str
) -> None:
    laptop: Any = {"width": 1440, "height": 900}
    with browser.new_context(viewport=laptop, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{address}/{example}")
        whole(page)
        check(page)


@pytest.mark.column("drawers")
@pytest.mark.parametrize("script", [True, False], ids=["script", "bare"])
def test_drawers_open_and_close_by_keyboard(visit: Visit, bare: Visit, script: bool) -> None:
    page = visit.page if script else bare.page
    for drawer, button in (("The book", "the book"), ("This page", "this page")):
        opener = page.get_by_role("button", name=f"Contents of {button}")
        box = page.locator(f'aside[aria-label="{drawer}"]')
        assert not box.is_visible()
        if not opener.is_visible():
            assert "no-toc" in (box.get_attribute("class") or "")
            continue
        opener.focus()
        page.keyboard.press("Enter")
        assert box.is_visible()
        page.keyboard.press("Tab")
        assert page.evaluate("box => box.contains(document.activeElement)", box.element_handle()), (
            "the next stop is not in the drawer"
        )
        page.keyboard.press("Escape")
        assert not box.is_visible()
        assert opener.evaluate("button => button === document.activeElement")
