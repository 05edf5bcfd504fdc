"""Pictures as they are seen in the dark, and the card that stands for a page elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urljoin

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

META = """() => Object.fromEntries([...document.querySelectorAll("head meta[content]")].map(
    tag => [tag.getAttribute("property") ?? tag.name, tag.content]))"""


@pytest.fixture(scope="module")
def in_the_dark(browser: Browser) -> Iterator[Page]:
    """A wide page of a reader who likes it dark."""
    with browser.new_context(color_scheme="dark", viewport={"width": 1280, "height": 900}) as dark:
        yield dark.new_page()


def luminances(picture: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """How bright each pixel is, from 0 to 1, as WCAG 2 counts it."""
    with Image.open(BytesIO(picture)) as image:
        rgb = np.asarray(image.convert("RGB")) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ [0.2126, 0.7152, 0.0722])


def test_no_picture_glares_in_the_dark(in_the_dark: Page, address: str, with_picture: str) -> None:
    in_the_dark.goto(f"{address}/{with_picture}")
    shown = in_the_dark.locator("article :is(img, video):visible")
    for picture in [shown.nth(i) for i in range(shown.count())]:
        picture.scroll_into_view_if_needed()
        bright = luminances(picture.screenshot())
        assert bright.mean() < 0.1
        assert (bright > 0.5).mean() < 0.05, "what is bright is lines and words"
        assert bright.max() > 0.4, "and they are"


def test_a_page_has_a_card(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/{name}")
    said = page.evaluate(META)
    assert said["twitter:card"] == "summary_large_image"
    assert said["og:title"] in (page.locator("h1").first.text_content() or "")
    assert said["og:description"] == said["description"]
    assert len(said["og:image:alt"]) > 40
    response = page.request.get(urljoin(page.url, said["og:image"]))
    assert len(response.body()) < 60_000
    with Image.open(BytesIO(response.body())) as card:
        assert [*map(str, card.size)] == [said["og:image:width"], said["og:image:height"]]
