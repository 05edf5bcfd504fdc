"""Every page of the built site, as a reader's browser sees it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, Request

SITE = Path(__file__).parents[2] / "build" / "html"

# What is wider than the screen though nothing scrolls: cut off, not seen by scrollWidth.
TOO_WIDE = """() => [...document.querySelectorAll("article *")].filter(element => {
    const box = element.getBoundingClientRect();
    const scrolls = element.closest(
        ".scrolls, pre, .table-wrapper, .output, details:not([open]), .sphx-glr-thumbnails");
    return box.width && !scrolls && box.right > innerWidth + 1;
}).map(element => element.outerHTML.slice(0, 200))"""
PICTURES = """() => [...document.querySelectorAll("article img")].map(image => ({
    source: image.src, alt: image.getAttribute("alt"), sized: image.hasAttribute("width"),
    shown: image.complete && image.naturalWidth > 0 || !image.checkVisibility(),
    thumbnail: image.closest(".sphx-glr-thumbcontainer") !== null,
}))"""


def test_page_is_sound_on_a_phone(page: Page, address: str, name: str) -> None:
    faults: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            faults.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith((address, "data:")):
            faults.append(f"other host: {request.url}")

    page.on("console", heard)
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("request", asked)
    page.on("requestfailed", lambda request: faults.append(f"failed: {request.url}"))
    page.on("response", lambda r: faults.append(f"{r.status}: {r.url}") if not r.ok else None)
    page.goto(f"{address}/{name}", wait_until="networkidle")
    assert faults == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(TOO_WIDE) == []
    assert page.title()
    for picture in page.evaluate(PICTURES):
        assert picture["shown"], picture
        assert picture["sized"], picture
        assert picture["alt"] or picture["thumbnail"], picture


def test_maths_needs_no_script_and_has_its_font(
    no_script: Page, address: str, with_maths: str
) -> None:
    no_script.goto(f"{address}/{with_maths}")
    formulas = no_script.locator("article math:visible")
    if formulas.count() == 0:
        return  # only in what is folded
    box = formulas.first.bounding_box()
    assert box is not None
    assert box["width"] > 0
    assert 'class="katex' not in no_script.content()
    devtools = no_script.context.new_cdp_session(no_script)
    devtools.send("DOM.enable")
    devtools.send("CSS.enable")
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    nodes = devtools.send("DOM.querySelectorAll", {"nodeId": root, "selector": "article math"})
    for node in nodes["nodeIds"]:
        used = devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        assert {font["familyName"] for font in used} <= {"STIX Two Math"}, (with_maths, used)
        assert all(font["isCustomFont"] for font in used), "a font of this machine, not the site's"
    devtools.detach()


def test_wide_boxes_can_be_reached_by_keyboard(page: Page, address: str, with_maths: str) -> None:
    page.goto(f"{address}/{with_maths}")
    unreachable = """() => [...document.querySelectorAll("article .scrolls")]
        .filter(box => (box.scrollWidth > box.clientWidth) !== (box.tabIndex === 0))
        .map(box => box.textContent)"""
    assert page.evaluate(unreachable) == []
