"""The museum shows every mistake that the library knows, each with where it is explained."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.site.conftest import SITE

from logreg_book import MISTAKES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = "by_hand/gradient_checking.html"
SHOWN = """() => [...document.querySelectorAll("details.mistake")].map(mistake => ({
    says: mistake.querySelector("summary").textContent.trim().replaceAll("\\u2019", "'"),
    text: mistake.textContent.replaceAll("\\u2019", "'").replace(/[\\u201c\\u201d]/g, '"'),
    code: mistake.querySelector("pre").textContent.trim(),
    link: mistake.querySelector("a").href}))"""


def test_each_mistake_is_shown_with_symptom_hint_code_and_a_link(
    browser: Browser, address: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/{PAGE}")
        shown = {mistake["says"]: mistake for mistake in page.evaluate(SHOWN)}
        links = {mistake["link"] for mistake in shown.values()}
    assert set(shown) == {mistake.says for mistake in MISTAKES}
    for mistake in MISTAKES:
        here = shown[mistake.says]
        assert f"Symptom: {mistake.symptom}" in here["text"]
        assert f"Hint: {mistake.hint}" in here["text"]
        assert here["code"] == mistake.code.strip()
    for link in links:
        target = urlsplit(link)
        page_there = SITE / target.path.removeprefix(urlsplit(address).path).lstrip("/")
        assert f'id="{target.fragment}"' in page_there.read_text("utf-8")
