"""Every page of the built site, as readers' browsers see it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from tests.site.conftest import SITE

from book.reader.mathml import PRIMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page
    from tests.site.conftest import Visit

# What is wider than the screen though nothing scrolls: cut off, not seen by scrollWidth.
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter(element => {
    const box = element.getBoundingClientRect();
    const scrolls = element.closest(
        ".scrolls, pre, .table-wrapper, .output, details:not([open]), .sphx-glr-thumbnails, "
        + "svg svg");  // a frame that cuts off what is drawn in it
    return box.width && !scrolls && (box.right > innerWidth + 1 || box.left < -1)
        && element.checkVisibility();
}).map(element => element.outerHTML.slice(0, 200))"""
SIDEWAYS = """() => [...document.querySelectorAll("pre")]
    .filter(box => box.scrollWidth > box.clientWidth).map(box => box.innerText)"""
# Formulas that stand on another line than the parenthesis before, or the comma after them.
PARTED = """() => [...document.querySelectorAll("article math")].filter(formula => {
    const left = (text, at) => {
        const mark = document.createRange();
        mark.setStart(text, at);
        mark.setEnd(text, at + 1);
        return mark.getBoundingClientRect().left;
    };
    const { previousSibling: before, nextSibling: after } = formula;
    const at = formula.getBoundingClientRect().left;
    return /[(\\[“]$/.test(before?.data) && left(before, before.length - 1) > at
        || /^[.,;:?!)\\]”]/.test(after?.data) && left(after, 0) < at;
}).map(formula => formula.parentElement.textContent)"""
HALF_SEEN = """() => [...document.querySelectorAll("article .equation .scrolls")]
    .filter(box => box.scrollWidth > box.clientWidth).map(box => box.textContent)"""
CUT_OUTPUT = """() => [...document.querySelectorAll(".output pre")]
    .filter(box => box.scrollWidth > box.clientWidth).map(box => box.innerText)"""
UNFOLD = "on => document.querySelectorAll('details').forEach(part => { part.open = on; })"
CODE_SIZES = """() => [...document.querySelectorAll("article pre")]
    .map(box => getComputedStyle(box).fontSize)"""
PICTURES = """() => [...document.querySelectorAll("img, svg[role=img]")].map(image => ({
    source: image.src ?? "", alt: image.getAttribute("alt") ?? image.ariaLabel,
    sized: image.hasAttribute("width") && image.hasAttribute("height"),
    shown: image.checkVisibility(), loaded: image.complete && image.naturalWidth > 0,
    decorative: image.closest("figure")?.querySelector("figcaption") != null
        || image.closest(".sphx-glr-thumbcontainer") !== null,
}))"""
MISSING = """() => Promise.all([...document.images].map(image => {
    image.loading = "eager";
    return image.decode().then(() => null, () => image.src);
})).then(missing => missing.filter(Boolean))"""
HEADINGS = """() => [...document.querySelectorAll("article :is(h1, h2, h3, h4, h5, h6)")].map(
    heading => [Number(heading.tagName[1]), heading.textContent.replace("¶", "").trim()])"""
HIDDEN = """() => [...document.querySelectorAll("article *")].filter(element =>
    !element.checkVisibility({visibilityProperty: true, opacityProperty: true})
    && element.textContent.trim() && !element.closest("details:not([open]), head, annotation")
    && element.matches("p, li, pre, table, h1, h2, h3, h4, math, figure, dl, section")
).map(element => element.outerHTML.slice(0, 200))"""
TEXT = """() => {
    document.querySelectorAll("article details").forEach(folded => { folded.open = true; });
    // What films, drills and widgets say of themselves is the scripts' own words.
    const own = document.querySelectorAll(
      ".bar, form.try, .stage > svg, .live-words, .still-words");
    own.forEach(part => { part.style.display = "none"; });
    const text = document.querySelector("article").innerText;
    own.forEach(part => { part.style.display = ""; });
    document.querySelectorAll("article details").forEach(folded => { folded.open = false; });
    return text.replace(/\\s+/g, " ").trim();
}"""
# Two runs of the same browser: what they show of maths is the same where the fonts are.
MATHS = """() => [...document.querySelectorAll("article math")]
    .filter(formula => formula.checkVisibility())
    .map(formula => [formula.getBoundingClientRect().width, formula.textContent])"""
KEPT = """async () => ({
    local: Object.keys(localStorage), session: Object.keys(sessionStorage),
    cookie: document.cookie, databases: (await indexedDB.databases()).length,
})"""


def fonts(page: Page, selector: str) -> list[list[dict[str, Any]]]:
    """The fonts that each of some elements is drawn in, as the browser's own tools tell."""
    tools = page.context.new_cdp_session(page)
    tools.send("DOM.enable")
    tools.send("CSS.enable")
    root = tools.send("DOM.getDocument")["root"]["nodeId"]
    nodes = tools.send("DOM.querySelectorAll", {"nodeId": root, "selector": selector})["nodeIds"]
    used = [tools.send("CSS.getPlatformFontsForNode", {"nodeId": n})["fonts"] for n in nodes]
    tools.detach()
    return used


@pytest.mark.column("kB")
def test_first_view_is_small(
    visit: Visit, kinds: dict[str, str], record_property: Callable[[str, object], None]
) -> None:
    answers = visit.answers[: visit.first_view]
    sizes = {answer.url: int(answer.headers["content-length"]) for answer in answers}
    for kind in [kind for kind, name in kinds.items() if name == visit.name]:
        sent = f"{sum(sizes.values()) / 1000:3.0f} kB sent, {len(sizes):2} requests"
        record_property("line", f"first view of {kind:8} {sent}  {visit.name}")
    # A chapter is one long page, whose text and code alone are half of this.
    most = (
        105_000 if visit.name.startswith(("by_hand/", "autograd/", "with_autograd/")) else 100_000
    )
    assert sum(sizes.values()) < most, sizes


def test_the_font_of_formulas_is_small_and_primes_have_their_script_forms() -> None:
    (path,) = SITE.glob("assets/math.woff2")
    assert path.stat().st_size < 20_000
    font = TTFont(path)
    substitutions = font["GSUB"].table
    kept = {
        glyph
        for record in substitutions.FeatureList.FeatureRecord
        for i in record.Feature.LookupListIndex
        for part in substitutions.LookupList.Lookup[i].SubTable
        if record.FeatureTag == "ssty"
        for glyph in part.alternates
    }
    primes = {font.getBestCmap().get(ord(prime)) for prime in PRIMES} - {None}
    assert kept == primes != set()
    shapes = font["MATH"].table.MathVariants
    grows = {*shapes.VertGlyphCoverage.glyphs, *shapes.HorizGlyphCoverage.glyphs}
    assert {font.getBestCmap()[ord(c)] for c in "()[]|∑√"} <= grows


@pytest.mark.all_pages
@pytest.mark.column("width")
def test_nothing_is_wider_than_a_phone(visit: Visit) -> None:
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert visit.page.evaluate(TOO_WIDE) == []


@pytest.mark.column("width")
@pytest.mark.pages("<math")
def test_no_line_begins_with_what_ends_a_clause(visit: Visit) -> None:
    visit.page.evaluate(UNFOLD, True)
    assert visit.page.evaluate(PARTED) == []
    visit.page.evaluate(UNFOLD, False)


@pytest.mark.column("width")
@pytest.mark.pages("<math")
def test_a_phone_shows_the_whole_of_each_equation(visit: Visit) -> None:
    visit.page.evaluate(UNFOLD, True)
    assert visit.page.evaluate(HALF_SEEN) == []
    visit.page.evaluate(UNFOLD, False)


@pytest.mark.column("width")
@pytest.mark.pages("<pre")
def test_code_fits_on_a_phone(visit: Visit) -> None:
    page = visit.page
    page.evaluate(UNFOLD, True)
    assert page.evaluate(SIDEWAYS) == []
    assert set(page.evaluate(CODE_SIZES)) == {"13px"}
    page.evaluate(UNFOLD, False)


@pytest.mark.column("width")
@pytest.mark.pages('class="output')
def test_a_sentence_that_a_program_prints_is_whole_on_a_desk(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 1280, "height": 800})
    assert visit.page.evaluate(CUT_OUTPUT) == []
    visit.page.set_viewport_size({"width": 360, "height": 800})


@pytest.mark.all_pages
@pytest.mark.column("alt")
def test_pictures_are_described_and_do_not_jump(visit: Visit) -> None:
    for picture in visit.page.evaluate(PICTURES):
        words = (picture["alt"] or "").split()
        file_name = len(words) == 1 and "." in words[0]
        assert picture["alt"] is not None, picture
        assert (len(words) > 4 and not file_name) or picture["decorative"], picture
        assert picture["sized"], picture


@pytest.mark.column("alt")
def test_pictures_are_there(visit: Visit) -> None:
    assert visit.page.evaluate(MISSING) == []


@pytest.mark.all_pages
@pytest.mark.column("heads")
def test_headings_are_a_tree_with_one_root(visit: Visit) -> None:
    found = visit.page.evaluate(HEADINGS)
    levels = [level for level, _ in found]
    assert levels[:1] == [1], found
    assert levels.count(1) == 1, found
    assert [(a, b) for a, b in pairwise(found) if b[0] > a[0] + 1] == []
    assert all(text for _, text in found), found
    assert visit.page.title().startswith(found[0][1]) or visit.name == "index.html"


@pytest.mark.column("maths")
@pytest.mark.pages("<math")
def test_maths_needs_no_script_and_has_its_font(bare: Visit) -> None:
    assert "katex" not in bare.page.content().lower()
    for used in fonts(bare.page, "article math"):
        assert {font["familyName"] for font in used} <= {"STIX Two Math"}, used
        assert all(font["isCustomFont"] for font in used), "a font of this machine, not the site's"
    shown = bare.page.evaluate(MATHS)
    assert all(width > 3 for width, _ in shown), shown


@pytest.mark.column("maths")
@pytest.mark.pages("<math")
def test_maths_can_be_spoken(visit: Visit) -> None:
    # Screen readers read MathML and let one move through a formula.  A label or alttext with the
    # TeX would be read in its place, backslashes and all: so there is none.
    assert visit.page.locator("math[aria-label], math[alttext], math[role]").count() == 0
    tools = visit.page.context.new_cdp_session(visit.page)
    tree = tools.send("Accessibility.getFullAXTree")["nodes"]
    tools.detach()
    roles = [node["role"]["value"] for node in tree if not node["ignored"]]
    assert roles.count("MathMLMath") == len(visit.page.evaluate(MATHS))
    inside = {role for role in roles if role.startswith("MathML")} - {"MathMLMath"}
    assert inside, "nothing in a formula to move through"


@pytest.mark.column("bare")
def test_page_reads_whole_without_script(visit: Visit, bare: Visit) -> None:
    with_script, without = visit.page.evaluate(TEXT), bare.page.evaluate(TEXT)
    if visit.name == "search.html":
        assert "JavaScript" in without  # it says what it needs
    else:
        assert without == with_script
    assert bare.page.evaluate(HIDDEN) == []
    assert bare.faults == []


@pytest.mark.column("bare")
def test_way_is_found_without_script(bare: Visit) -> None:
    bare.page.get_by_role("button", name="Contents of the book").click()
    links = bare.page.get_by_role("complementary", name="The book").get_by_role("link")
    shown = [link for link in links.all() if link.is_visible()]
    assert len(shown) > 5
    bare.page.keyboard.press("Escape")
    assert not shown[0].is_visible()


@pytest.mark.column("file://")
def test_page_works_from_a_folder(folder: Visit, visit: Visit) -> None:
    assert folder.faults == []
    assert [url for url in folder.asked if not url.startswith((SITE.as_uri(), "data:"))] == []
    assert folder.page.evaluate(TEXT) == visit.page.evaluate(TEXT)
    colour = "getComputedStyle(document.querySelector('.mobile-header')).position"
    assert folder.page.evaluate(colour) == "sticky", "the style sheet is missing"
    for used in fonts(folder.page, "article math"):
        assert all(font["isCustomFont"] for font in used), used


@pytest.mark.column("CSP")
def test_policy_is_in_force(visit: Visit) -> None:
    assert visit.page.locator('meta[http-equiv="Content-Security-Policy"]').count() == 1
    visit.page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'run'";
        document.head.append(script);
    }""")
    assert visit.page.title() != "run"
    assert "policy" in visit.faults.pop().lower(), "the browser did not complain"


# The last two, so that they hear what all checks before them caused.


@pytest.mark.all_pages
@pytest.mark.column("hosts")
def test_nothing_is_asked_of_other_hosts(
    visit: Visit, address: str, record_property: Callable[[str, object], None]
) -> None:
    others = [url for url in visit.asked if not url.startswith((f"{address}/", "data:"))]
    record_property("asked", (len(visit.asked), len(others)))
    assert others == []
    assert [answer.url for answer in visit.answers if not answer.ok] == []


@pytest.mark.all_pages
@pytest.mark.column("console")
def test_console_is_silent_and_nothing_is_kept(visit: Visit) -> None:
    assert visit.faults == []
    kept = visit.page.evaluate(KEPT)
    assert kept == {"local": [], "session": [], "cookie": "", "databases": 0}
    assert visit.page.context.cookies() == []
