"""Every film: it plays, stops and steps, waits to be asked, and leaves nobody out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Request
from tests.site.conftest import SITE, whole

STATE = "video => [video.paused, video.currentTime, video.autoplay, video.readyState]"
# Note the time of each frame that is put before the reader's eyes, as the file has it.  A browser
# does not tell of a frame that comes while a callback for the one before is running; a film that
# stands still would stay silent then, so it is asked to show its frame once more.
WATCH = """video => {
    const length = 1 / Number(video.dataset.fps);
    const note = (_, frame) => { video.shown = frame.mediaTime; watch(); };
    const watch = () => video.requestVideoFrameCallback(note);
    const ask = () => {
        const told = Math.abs(video.currentTime - length / 2 - video.shown) < length / 2;
        if (video.paused && !video.seeking && !told) video.currentTime += length / 100;
    };
    watch();
    video.addEventListener("seeked", () => setTimeout(ask, 1000));
}"""
# What moved in the text while the page was loading: a film that grows moves all below it.
MOVED = """() => new Promise(done => {
    const moved = [];
    new PerformanceObserver(list => {
        for (const { node } of list.getEntries().flatMap(entry => entry.sources))
            if (node?.parentElement?.closest("article")) moved.push(node.textContent);
    }).observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(moved), 300);
})"""


class Table:
    """Rows for the end of the run: a film, its frames and bytes, its caption."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print them."""
        terminalreporter.section("films: file, frames, kB, caption")
        for name in sorted(self.rows):
            terminalreporter.write_line(self.rows[name])


@pytest.fixture(scope="session")
def table(pytestconfig: pytest.Config) -> Table:
    """The table, which prints itself."""
    plugin = Table()
    pytestconfig.pluginmanager.register(plugin, "films")
    return plugin


@pytest.fixture
def asked(page: Page) -> list[str]:
    """Addresses of what the page loads."""
    heard: list[str] = []

    def hear(request: Request) -> None:
        heard.append(request.url)

    page.on("request", hear)
    return heard


def open_films(page: Page, address: str) -> list[Locator]:
    """The films of a page, for a reader who wants no motion."""
    page.emulate_media(reduced_motion="reduce")
    page.goto(address)
    whole(page)
    found = page.locator("figure.film").all()
    assert found
    return found


def first_shown() -> Iterator[str]:
    """Pages that show a film which no page before them shows."""
    known: set[str] = set()
    for page in sorted(SITE.rglob("*.html")):
        found = set(re.findall(r'<video\b[^>]*\bsrc="[^"]*/([^"/?]+)', page.read_text("utf-8")))
        if found - known:
            yield page.relative_to(SITE).as_posix()
        known |= found


@pytest.fixture(params=first_shown())
def film_page(request: pytest.FixtureRequest) -> str:
    """A page for each film."""
    return str(request.param)


@pytest.fixture
def films(page: Page, address: str, film_page: str) -> list[Locator]:
    """Its films, on a phone."""
    return open_films(page, f"{address}/{film_page}")


def path(address: str) -> Path:
    """The file of the site at an address; each has a name of its own."""
    (found,) = SITE.rglob(Path(urlsplit(address).path).name)
    return found


def number(film: Locator, name: str) -> int:
    """Frames, or frames per second."""
    return int(film.locator("video").get_attribute(f"data-{name}") or 0)


# Whether the reader sees a frame, and the bar says so
SEES = """([film, number]) => {
    const video = film.querySelector("video"), slider = film.querySelector("input");
    const { frames, fps } = video.dataset;
    return Math.round(video.shown * fps) + 1 === number && Number(slider.value) === number
        && [film.querySelector(".frame").innerText, slider.ariaValueText].every(
            said => said === `frame ${number} of ${frames}`);
}"""


# Step to each frame, as the arrow key does; the first that the reader does not see in time
STEP_THROUGH = f"""async film => {{
    const sees = {SEES}, player = film.querySelector(".player");
    const frames = Number(film.querySelector("video").dataset.frames);
    const key = {{ key: "ArrowRight", bubbles: true, cancelable: true }};
    for (let frame = 2; frame <= frames; frame++) {{
        const end = performance.now() + 30_000;
        player.dispatchEvent(new KeyboardEvent("keydown", key));
        while (!sees([film, frame])) {{
            if (performance.now() > end) return frame;
            await new Promise(requestAnimationFrame);
        }}
    }}
}}"""


def await_frame(page: Page, film: Locator, which: int) -> None:
    """Wait until the reader sees a frame, counted from 1, or fail."""
    page.wait_for_function(SEES, arg=[film.element_handle(), which])


def test_films_wait_to_be_asked_then_play_and_stop(
    page: Page, address: str, with_film: str, asked: list[str], table: Table
) -> None:
    played: set[str] = set()  # the films above on the same page
    for film in open_films(page, f"{address}/{with_film}"):
        video, told = film.locator("video"), film.locator("figcaption > span").first.inner_text()
        film.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        assert video.evaluate(STATE) == [True, 0, False, 0]
        assert not [url for url in {*asked} - played if re.search(r"\.mp4|_frames\.png", url)]
        film.get_by_role("button", name="Play").click()
        moves = "video => !video.paused && video.currentTime > 0.3"
        page.wait_for_function(moves, arg=video.element_handle())
        film.get_by_role("button", name="Pause").click()
        stopped = video.evaluate("video => video.currentTime")
        page.wait_for_timeout(200)
        assert video.evaluate(STATE)[:2] == [True, stopped]
        frames, n_bytes = number(film, "frames"), path(video.evaluate("v => v.src")).stat().st_size
        length = frames / number(film, "fps")
        assert video.evaluate("video => video.duration") == pytest.approx(length, abs=0.01)
        assert frames <= 150
        assert 6 <= length <= 12, "a film lasts 6 to 12 seconds"
        assert number(film, "fps") >= 12
        assert n_bytes <= 150_000
        assert len(told) > 40
        name = path(video.evaluate("v => v.src")).name
        table.rows[name] = f"{name:42} {frames:3} {n_bytes / 1000:6.1f}  {told}"
        played |= {*asked}


def test_a_film_stands_at_its_first_frame_and_says_so(page: Page, films: list[Locator]) -> None:
    for film in films:
        video = film.locator("video")
        assert film.locator(".frame").inner_text() == f"frame 1 of {number(film, 'frames')}"
        assert film.get_by_role("slider").input_value() == "1"
        video.evaluate(WATCH)
        video.scroll_into_view_if_needed()
        video.evaluate(POSTER)
        poster, play = seen(video), film.get_by_role("button", name="Play")
        play.press("End")
        await_frame(page, film, number(film, "frames"))
        last = seen(video)
        play.press("Home")
        await_frame(page, film, 1)
        first = seen(video)
        assert np.abs(poster - first).mean() < np.abs(poster - last).mean() / 2


# A film's first frame is fetched when the film comes near; here it has been drawn.
POSTER = """async video => {
  const frame = () => new Promise(requestAnimationFrame);
  while (!video.poster) await frame();
  const image = new Image();
  image.src = video.poster;
  await image.decode();
  await frame();
  await frame();
}"""


def seen(picture: Locator) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """What the reader sees of it, from afar: a browser scales pictures and films differently."""
    with Image.open(BytesIO(picture.screenshot())) as image:
        return np.asarray(image.convert("RGB").reduce(8), dtype=np.float64)


def test_films_step_by_keyboard_and_by_button(page: Page, films: list[Locator]) -> None:
    for film in films:
        last, slider = number(film, "frames"), film.get_by_role("slider")
        film.locator("video").evaluate(WATCH)
        film.get_by_role("button", name="Play").focus()
        keys = {"Home": 1, "ArrowRight": 2, "ArrowLeft": 1, "End": last}
        for key, expected in keys.items():
            page.keyboard.press(key)
            await_frame(page, film, expected)
        page.keyboard.press("Tab")  # to "back"
        page.keyboard.press("Enter")
        await_frame(page, film, last - 1)
        page.keyboard.press("Tab")  # to "forward"
        page.keyboard.press("Space")
        await_frame(page, film, last)
        page.keyboard.press("Tab")
        assert slider.evaluate("slider => slider === document.activeElement")
        page.keyboard.press("Home")
        await_frame(page, film, 1)
        # each frame is there, and none is shown twice
        assert film.evaluate(STEP_THROUGH) is None
        slider.fill("3")
        await_frame(page, film, 3)


def test_a_step_stops_the_film_and_play_goes_on_from_there(
    page: Page, films: list[Locator]
) -> None:
    film, video = films[0], films[0].locator("video")
    video.evaluate(WATCH)
    handle, last = video.element_handle(), number(film, "frames")
    play = film.get_by_role("button", name="Play")
    play.press("End")
    await_frame(page, film, last)
    play.press("Enter")  # from the end it starts again
    page.wait_for_function(
        "v => !v.paused && v.currentTime > 0.2 && v.currentTime < v.duration / 2", arg=handle
    )
    film.get_by_role("button", name="Pause").press("ArrowLeft")
    assert video.evaluate("video => video.paused")
    at = int(film.get_by_role("slider").input_value())
    await_frame(page, film, at)
    assert at < last
    film.get_by_role("slider").fill(str(last - 20))
    await_frame(page, film, last - 20)
    play.press("Space")
    page.wait_for_function("video => video.ended", arg=handle)
    await_frame(page, film, last)


def test_other_keys_are_left_to_the_browser(page: Page, films: list[Locator]) -> None:
    page.evaluate("addEventListener('keydown', event => { window.kept = event.defaultPrevented; })")
    for keys, kept in {"ArrowRight": True, "Control+ArrowRight": False, "PageDown": False}.items():
        films[0].get_by_role("button", name="Play").press(keys)
        assert page.evaluate("window.kept") is kept


def test_a_host_that_sends_no_parts_lets_a_film_play_but_not_step(
    page: Page, films: list[Locator]
) -> None:
    page.route(
        "**/*.mp4*",
        lambda route: route.fulfill(
            body=path(route.request.url).read_bytes(), headers={"Content-Type": "video/mp4"}
        ),
    )
    film, video = films[0], films[0].locator("video")
    film.get_by_role("button", name="One frame back").click()
    page.wait_for_function("video => video.readyState > 1", arg=video.element_handle())
    assert film.get_by_role("slider").is_disabled()
    film.get_by_role("button", name="Play").click()
    page.wait_for_function("video => video.currentTime > 0.3", arg=video.element_handle())


def test_the_bar_has_names_room_and_targets_for_a_thumb(page: Page, films: list[Locator]) -> None:
    assert page.evaluate(MOVED) == []
    for film in films:
        group, (told, words) = film.locator("[role=group]"), film.locator("figcaption > span").all()
        assert group.get_attribute("aria-labelledby") == told.get_attribute("id")
        assert group.get_attribute("aria-describedby") == words.get_attribute("id")
        assert len(words.inner_text()) > len(told.inner_text())
        hidden = words.bounding_box()
        assert hidden is not None
        assert hidden["width"] * hidden["height"] < 4
        for target in [*group.get_by_role("button").all(), group.get_by_role("slider")]:
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= 44
            assert box["width"] >= 44
            assert target.get_attribute("aria-label")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_film_has_its_place_before_its_script_is_there(
    page: Page, address: str, film_page: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    heights = []
    for pattern in ("**/film*.js", "**/nothing"):
        page.route(pattern, lambda route: route.abort())
        page.goto(f"{address}/{film_page}")
        whole(page)
        boxes = [film.bounding_box() for film in page.locator("figure.film .player").all()]
        heights.append([box["height"] for box in boxes if box])
        page.unroute(pattern)
    assert heights[0] == heights[1]
    assert heights[0]


def test_the_bar_is_as_dark_as_the_page(page: Page, films: list[Locator]) -> None:
    light = {}
    schemes: list[Literal["light", "dark"]] = ["light", "dark"]
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        colour = films[0].locator(".bar").evaluate("bar => getComputedStyle(bar).backgroundColor")
        light[scheme] = sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
    assert light["dark"] < 64 < 192 < light["light"]


@pytest.fixture
def unscripted(browser: Browser) -> Iterator[Page]:
    """A new page for a reader without JavaScript."""
    with browser.new_context(java_script_enabled=False) as context:
        yield context.new_page()


def test_without_scripts_films_have_the_browsers_controls(
    unscripted: Page, address: str, film_page: str
) -> None:
    unscripted.goto(f"{address}/{film_page}")
    for film in unscripted.locator("figure.film").all():
        video = film.locator("video")
        assert video.get_attribute("controls") is not None
        assert not film.locator(".bar").is_visible()
        for fold in film.locator("details").all():
            fold.locator("summary").click()
            assert fold.locator("img, table").is_visible()
        box = video.bounding_box()
        assert box is not None
        width, height = (int(video.get_attribute(side) or 0) for side in ("width", "height"))
        # the picture ends above the controls
        assert box["height"] - box["width"] * height / width > 40


def test_who_has_no_video_sees_key_frames(page: Page, films: list[Locator]) -> None:
    for film in films:
        instead = film.locator("video > img")
        key_frames = film.locator("details img")
        assert instead.get_attribute("src") == key_frames.get_attribute("src")
        assert len(instead.get_attribute("alt") or "") > 20


def test_key_frames_lead_to_their_picture_in_full(page: Page, films: list[Locator]) -> None:
    for film in films:
        film.get_by_text("Key frames", exact=True).click()
        frames = film.locator("details img")
        link = film.locator("details a:has(img)")
        sheet = path(link.evaluate("a => a.href"))
        assert sheet == path(frames.evaluate("img => img.src"))
        shown = frames.bounding_box()
        assert shown is not None
        with Image.open(sheet) as image:
            assert image.width > 2 * shown["width"]


def test_numbers_are_a_table_with_heads(page: Page, films: list[Locator]) -> None:
    for film in films:
        film.get_by_text("Numbers").click()
        fits = "table => table.parentElement.scrollWidth <= table.parentElement.clientWidth"
        assert film.get_by_role("table").evaluate(fits)
        rows = film.get_by_role("row").all()
        assert 2 <= len(rows) <= 7
        width = rows[0].get_by_role("columnheader").count()
        for row in rows[1:]:
            assert row.get_by_role("rowheader").count() == 1
            assert row.get_by_role("cell").count() == width - 1
            assert re.fullmatch(r"[\d\s.,e+inf-]+", row.inner_text())


def test_in_print_key_frames_stand_for_the_film(
    page: Page, films: list[Locator], tmp_path: Path
) -> None:
    key_frames = [path(film.locator("details img").evaluate("i => i.src")) for film in films]
    printed = page.pdf(path=tmp_path / "page.pdf")
    sizes = {
        (int(width), int(height))
        for width, height in re.findall(rb"/Width (\d+)\s*/Height (\d+)", printed)
    }
    assert sizes
    for picture in key_frames:
        with Image.open(picture) as image:
            assert image.size in sizes
    page.emulate_media(media="print")
    for film in films:
        assert not film.locator("video").is_visible()
        assert film.locator("details img").is_visible()
        assert film.get_by_role("table").is_visible()
