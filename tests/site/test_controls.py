"""What a reader can press does what it says: theme switch, copy buttons, search."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from tests.site.conftest import Visit

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "html"
CELL = re.compile(
    r"^```\{code-cell\} python\n(?:---\n.*?\n---\n|(?::[^\n]+\n)+)?(.*?)\n```$",
    re.MULTILINE | re.DOTALL,
)
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
DARK, LIGHT = "rgb(19, 20, 22)", "rgb(255, 255, 255)"

# What is searched for, and a page that has to be among the first answers
TERMS = {
    "softmax": "by_hand/softmax.html",
    "log_softmax": "reference/generated/logreg_book.probability.html",
    "Hessian": "by_hand/gradient_descent.html",
    "learning rate": "by_hand/gradient_descent.html",
    "variance": "by_hand/stochastic_gradient_descent.html",
    "likelihood": "by_hand/cross_entropy.html",
    "with respect to": "by_hand/gradient.html",
    "retain_graph": "autograd/backward.html",
    "loss_and_gradients": "reference/generated/logreg_book.model.html",
    "unbiased": "by_hand/stochastic_gradient_descent.html",
    "notation": "notation.html",
}
FIRST = 3
# Words of a lecture or a question on the web, and the section that has to be the first answer
LECTURE = {
    word: f"{page}.html#{section}"
    for page, sections in tomllib.loads((ROOT / "docs/synonyms.toml").read_text("utf-8")).items()
    for section, words in sections.items()
    for word in words
}
ANSWERS = """words => {
    const entries = Search._index.indexentries;
    const first = word => {
        history.replaceState(null, "", `?q=${encodeURIComponent(word)}`);
        const [found] = Search._performSearch(...Search._parseQuery(word)).reverse();
        return found ? `${found[0]}.html${found[2]}` : null;
    };
    const helped = words.map(first);
    for (const word of words) delete entries[word];
    return [helped, words.map(first)];
}"""
# Of these, those that are typed: one for each page, all others are only looked up
TYPED = [*{address.partition("#")[0]: word for word, address in LECTURE.items()}.values()]
BELOW_THE_BAR = """() => {
    const place = document.querySelector(":target");  // a section, or a mark in it
    const heading = place?.closest("section").querySelector("h1, h2, h3");
    const {bottom} = document.querySelector(".mobile-header").getBoundingClientRect();
    const top = heading?.getBoundingClientRect().top;
    return top >= bottom && top < innerHeight / 2;
}"""
IN_VIEW = """term => {
    const header = document.querySelector(".mobile-header").getBoundingClientRect();
    const article = document.querySelector("article"), place = document.createRange();
    const texts = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode.data.toLowerCase().replaceAll("\\n", " ");
        const at = text.indexOf(term.toLowerCase());
        if (at < 0) continue;
        place.setStart(texts.currentNode, at);
        place.setEnd(texts.currentNode, at + term.length);
        const {top, bottom, height} = place.getBoundingClientRect();
        if (height && top >= header.bottom && bottom <= innerHeight) return true;
    }
}"""


@pytest.mark.column("copy")
@pytest.mark.pages("<pre")
def test_copy_buttons_copy_what_is_shown(visit: Visit) -> None:
    page = visit.page
    page.bring_to_front()
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    for button in page.locator("article .copybtn").all():
        shown = button.evaluate("button => button.previousElementSibling.innerText").rstrip()
        page.evaluate("navigator.clipboard.writeText('nothing')")
        button.evaluate("button => button.click()")
        copied = page.evaluate("navigator.clipboard.readText()").rstrip()
        if shown.startswith(">>>"):  # of a dialogue what one types, without the answers
            lines = shown.splitlines()
            shown = "\n".join(line[4:] for line in lines if line.startswith((">>>", "...")))
            copied = "\n".join(line for line in copied.splitlines() if line)
        assert copied == shown
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = false; })")


@pytest.mark.column("copy")
@pytest.mark.pages("cell_input")
def test_what_is_copied_on_a_phone_is_the_source(visit: Visit) -> None:
    page = visit.page
    assert page.evaluate("innerWidth") == 360
    page.bring_to_front()
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    source = (ROOT / "docs" / visit.name).with_suffix(".md").read_text("utf-8")
    wanted = [cell.strip() for cell in CELL.findall(source)]
    copied = []
    for button in page.locator("article .cell_input .copybtn").all():
        button.evaluate("button => button.click()")
        copied.append(page.evaluate("navigator.clipboard.readText()").strip())
    assert copied == wanted
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = false; })")


@pytest.mark.column("theme")
def test_theme_switch_works(visit: Visit) -> None:
    switch = visit.page.locator(".theme-toggle:visible")
    assert visit.page.evaluate(BACKGROUND) == LIGHT
    seen = []
    for _ in range(3):
        switch.click()
        seen.append(visit.page.evaluate(f"[document.body.dataset.theme, {BACKGROUND}]"))
    assert sorted(seen) == [["auto", LIGHT], ["dark", DARK], ["light", LIGHT]]
    visit.page.evaluate("localStorage.removeItem('theme')")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.column("theme")
def test_theme_is_remembered_and_nothing_else(browser: Browser, address: str, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{address}/index.html")
        for _ in range(3):
            page.locator(".theme-toggle:visible").click()
            theme = page.evaluate("document.body.dataset.theme")
            background = page.evaluate(BACKGROUND)
            page.goto(f"{address}/notation.html")
            assert page.evaluate("document.body.dataset.theme") == theme
            assert page.evaluate(BACKGROUND) == background
        search(page, "softmax")
        assert page.evaluate("Object.keys(localStorage)") == ["theme"]
        assert page.evaluate("[sessionStorage.length, document.cookie]") == [0, ""]
        assert context.cookies() == []


def search(page: Page, term: str) -> list[str]:
    """Type a term into the field of a page; the addresses that the search page gives."""
    field = page.get_by_role("textbox", name="Search")
    if not field.is_visible():
        page.get_by_role("button", name="Search").click()
    field.fill(term)
    page.keyboard.press("Enter")
    page.locator(".search-summary", has_text="found").wait_for()
    found: list[str] = page.locator("#search-results li > a").evaluate_all(
        "links => links.map(link => link.href)"
    )
    assert len(found) == len(set(found))
    return found


@pytest.fixture(scope="module")
def reader(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what the browser complained of."""
    faults: list[str] = []
    with browser.new_context(viewport={"width": 360, "height": 800}) as context:
        page = context.new_page()
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("requestfailed", lambda request: faults.append(f"{request.failure} {request.url}"))
        yield page, faults


@pytest.mark.parametrize(
    ("term", "start", "folder"),
    [(term, "index.html", False) for term in TERMS]
    + [
        ("softmax", "reference/generated/logreg_book.optim.html", folder)
        for folder in (False, True)
    ]
    + [("variance", "index.html", True)],
)
@pytest.mark.column("search")
def test_search_leads_to_what_was_looked_for(
    reader: tuple[Page, list[str]], address: str, start: str, term: str, folder: bool
) -> None:
    (page, faults), root = reader, SITE.as_uri() if folder else address
    faults.clear()
    page.goto(f"{root}/{start}")
    found = [url.partition("#")[0] for url in search(page, term)]
    wanted = f"{root}/{TERMS[term]}"
    assert wanted in found[:FIRST]
    page.locator("#search-results li > a").nth(found.index(wanted)).click()
    page.wait_for_url(f"{wanted}**")
    page.wait_for_function(IN_VIEW, arg=term)
    # What was still loading when the reader went on does not count.
    assert [fault for fault in faults if "ERR_ABORTED" not in fault] == []


@pytest.mark.column("search")
def test_words_of_a_lecture_need_the_help_that_they_get(page: Page, address: str) -> None:
    page.goto(f"{address}/search.html")
    page.wait_for_function("Search._index")
    helped, alone = page.evaluate(ANSWERS, [*LECTURE])
    assert dict(zip(LECTURE, helped, strict=True)) == LECTURE
    assert [w for w, found in zip(LECTURE, alone, strict=True) if found == LECTURE[w]] == []


@pytest.mark.parametrize("word", TYPED)
@pytest.mark.column("search")
def test_words_of_a_lecture_lead_to_their_section(
    reader: tuple[Page, list[str]], address: str, word: str
) -> None:
    page, _ = reader
    page.goto(f"{address}/notation.html")
    assert search(page, word)[0] == f"{address}/{LECTURE[word]}"
    page.locator("#search-results li > a").first.click()
    page.wait_for_url(f"{address}/{LECTURE[word]}")
    page.wait_for_function(BELOW_THE_BAR)


@pytest.mark.column("search")
def test_search_says_when_there_is_nothing(page: Page, address: str) -> None:
    page.goto(f"{address}/search.html?q=zyzzyva")
    page.locator(".search-summary", has_text="did not match").wait_for()


@pytest.mark.parametrize("lost", ["nowhere.html", "no/such/page/at/all"])
def test_a_lost_reader_is_led_home(page: Page, address: str, lost: str) -> None:
    page.goto(f"{address}/{lost}")
    assert page.get_by_role("heading").inner_text() == "There is no page at this address"
    home = page.get_by_role("link")
    page.wait_for_function("address => document.links[0].href === address", arg=f"{address}/")
    home.click()
    assert page.url == f"{address}/"
    assert page.locator("h1").inner_text().startswith("Logistic regression")
