"""One server and one browser for all tests of the built site."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

SITE = Path(__file__).parents[2] / "build" / "html"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
FLAGS = (
    "--disable-background-networking --disable-component-update --disable-gpu --disable-quic "
    "--disable-sync --no-first-run --no-sandbox"
)


class Handler(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keep the terminal for the tests."""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the site is served, at a port that was free."""
    assert PAGES, "build the site first: nox -s docs"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=SITE))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: that of the system, or else playwright's own."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A narrow screen."""
    with browser.new_context(viewport={"width": 360, "height": 800}) as context:
        yield context


@pytest.fixture(scope="session")
def no_script(browser: Browser) -> Iterator[Page]:
    """A reader without JavaScript."""
    with browser.new_context(java_script_enabled=False) as context:
        yield context.new_page()


@pytest.fixture
def page(phone: BrowserContext) -> Iterator[Page]:
    """A new page on the narrow screen."""
    page = phone.new_page()
    yield page
    page.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test that asks for it the name of each page of the kind it is about."""
    for argument, mark in {
        "name": "",
        "with_maths": "<math",
        "with_film": "<video",
        "with_picture": "<img",
    }.items():
        if argument in metafunc.fixturenames:
            found = [name for name in PAGES if mark in (SITE / name).read_text("utf-8")]
            metafunc.parametrize(argument, found)
