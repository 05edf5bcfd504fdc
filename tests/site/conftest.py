"""A server as hosts are, a browser, one visit of each page for many checks, and a table of them.

The site is served below a path, as many hosts do: what works there works at the root of a host.
``--under /`` tries that.
"""

from __future__ import annotations

import gzip
import mimetypes
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright
from xdist.scheduler import LoadScopeScheduling

SITE = Path(__file__).parents[2] / "build" / "html"
LOST = "404.html"  # no page of the theme: it has a test of its own
PAGES = sorted(
    path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html") if path.name != LOST
)
FLAGS = (
    "--disable-background-networking --disable-component-update --disable-gpu --disable-quic "
    "--disable-sync --no-first-run --no-sandbox"
)
# Python's own list depends on the machine, and lacks the second.
TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".mp4": "video/mp4"}
# Kinds of page, and the start of their names
KINDS = {
    "home": "index.html",
    "chapter": "by_hand/",
    "film": "gallery/plot_",
    "gallery": "gallery/index.html",
    "API": "reference/generated/",
    "search": "search.html",
}


def example(kind: str) -> str:
    """The longest page of a kind."""
    pages = [name for name in PAGES if name.startswith(KINDS[kind])]
    return max(pages, key=size)


# Pages made by one template from docstrings and sources: the longest of each kind stands for all,
# but for checks of what their authors wrote.
MADE = ("reference/generated/", "_modules/")


def typical() -> list[str]:
    """All pages that somebody wrote, and one of each kind that is made."""
    longest = {max((n for n in PAGES if n.startswith(kind)), key=size) for kind in MADE}
    return [name for name in PAGES if name in longest or not name.startswith(MADE)]


def size(name: str) -> int:
    """Bytes of a page."""
    return (SITE / name).stat().st_size


@cache
def packed(path: Path) -> bytes:
    """A text as a host sends it."""
    return gzip.compress(path.read_bytes(), mtime=0)


class Handler(BaseHTTPRequestHandler):
    """What a host of files does: types, packed texts, parts of films, and nothing outside."""

    protocol_version = "HTTP/1.1"
    under = "/"

    def log_message(self, *_: object) -> None:
        """Keep the terminal for the tests."""

    def do_HEAD(self) -> None:
        """Answer without the file."""
        self.do_GET()

    def do_GET(self) -> None:
        """Answer with a file, a part of it, or 404."""
        file = self.file()
        if file is None:
            lost = (SITE / LOST).read_bytes()
            self.answer(404, lost, {"Content-Type": "text/html; charset=utf-8"})
            return
        kind = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "text/plain"
        part = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        headers = {"Content-Type": kind, "Accept-Ranges": "bytes"}
        if part:
            body = file.read_bytes()
            first, last = int(part[1]), min(int(part[2] or len(body)), len(body) - 1)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
            self.answer(206, body[first : last + 1], headers)
        elif kind.startswith(("text/", "image/svg")) and "gzip" in self.headers.get(
            "Accept-Encoding", ""
        ):
            self.answer(200, packed(file), headers | {"Content-Encoding": "gzip"})
        else:
            self.answer(200, file.read_bytes(), headers)

    def file(self) -> Path | None:
        """The file that is asked for, if it is one of the site, and under the right path."""
        path = unquote(urlsplit(self.path).path)
        if not path.startswith(self.under):
            return None
        file = (SITE / path.removeprefix(self.under)).resolve()  # SITE is a link
        file = file / "index.html" if file.is_dir() else file
        return file if file.is_file() and file.is_relative_to(SITE.resolve()) else None

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Send what was found."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the site is served."""
    where = "/some/sub/path/"
    parser.addoption("--under", default=where, help="serve the site below this path")


@pytest.fixture(scope="session")
def address(pytestconfig: pytest.Config) -> Iterator[str]:
    """Where the site is served, without a slash at the end, at a port that was free."""
    assert PAGES, "build the site first: nox -s docs"
    Handler.under = "/" + f"{pytestconfig.getoption('--under')}/".lstrip("/").replace("//", "/")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{Handler.under}".rstrip("/")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def kinds() -> dict[str, str]:
    """A page of each kind."""
    return {kind: example(kind) for kind in KINDS}


@pytest.fixture(scope="session")
def flags() -> str:
    """How Chromium is started."""
    return FLAGS


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: that of the system, best without windows, or else playwright's own."""
    programs = map(shutil.which, ("chromium-headless-shell", "chromium"))
    path = os.environ.get("CHROMIUM") or next(filter(None, programs), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS.split())
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page in the browser, and what was heard while it was there."""

    page: Page
    name: str
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    first_view: int = 0  # how many of them came before anything was done

    def __post_init__(self) -> None:
        """Listen."""
        page, hear = self.page, self.faults.append
        page.on("console", self.hear_console)
        page.on("pageerror", lambda error: hear(f"error: {error}"))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", lambda request: hear(f"failed: {request.url}"))
        page.on("response", lambda answer: self.answers.append(answer))

    def hear_console(self, message: ConsoleMessage) -> None:
        """Keep what is a complaint."""
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")


def whole(page: Page) -> None:
    """Have all of a page laid out, as on the way back to it, with the fields of its drills."""
    page.keyboard.press("Shift")  # the first key brings the fields
    page.evaluate("document.documentElement.dataset.back = ''")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def visited(browser: Browser, name: str, address: str, **options: object) -> Iterator[Visit]:
    """A visit of a page by a reader of whom nothing is known yet."""
    with browser.new_context(reduced_motion="reduce", **options) as context:  # type: ignore[arg-type]
        visit = Visit(context.new_page(), name)
        visit.page.goto(address)
        if options.get("java_script_enabled", True):
            whole(visit.page)
        yield visit


PHONE = {"width": 360, "height": 800}
LAPTOP = {"width": 1280, "height": 800}


@pytest.fixture(scope="session")
def visit(browser: Browser, address: str, name: str) -> Iterator[Visit]:
    """A page on a phone: one visit for all checks that leave it as it was."""
    clipboard = ["clipboard-read", "clipboard-write"]
    url = f"{address}/{name}"
    for visit in visited(browser, name, url, viewport=PHONE, permissions=clipboard):
        visit.page.wait_for_load_state("networkidle")
        visit.first_view = len(visit.answers)
        yield visit


@pytest.fixture(scope="session")
def bare(browser: Browser, address: str, name: str) -> Iterator[Visit]:
    """The same without JavaScript."""
    yield from visited(
        browser, name, f"{address}/{name}", viewport=PHONE, java_script_enabled=False
    )


@pytest.fixture(scope="session")
def folder(browser: Browser, name: str) -> Iterator[Visit]:
    """The same, opened from the folder that it was built in."""
    yield from visited(browser, name, (SITE / name).as_uri(), viewport=PHONE)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new page on the narrow screen."""
    with browser.new_context(viewport=PHONE) as context:  # type: ignore[arg-type]
        yield context.new_page()


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks."""
    config.addinivalue_line("markers", "column(name): where the table counts the test")
    config.addinivalue_line("markers", "pages(mark): only pages that have this in their HTML")
    config.addinivalue_line(
        "markers", "all_pages: also each page that is made, not only one of a kind"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test that asks for it the name of each page of the kind it is about."""
    if "with_film" in metafunc.fixturenames:
        metafunc.parametrize("with_film", having("<video"))
    if "with_picture" in metafunc.fixturenames:
        metafunc.parametrize("with_picture", having("<img"))
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize(("kind", "example"), [(kind, example(kind)) for kind in KINDS])
    if "name" in metafunc.fixturenames:
        mark = next(metafunc.definition.iter_markers("pages"), None)
        every = next(metafunc.definition.iter_markers("all_pages"), None)
        names = having(mark.args[0] if mark else "", PAGES if every else typical())
        metafunc.parametrize("name", names, scope="session")


def having(mark: str = "", among: Iterable[str] = PAGES) -> list[str]:
    """The pages with something in their HTML."""
    return [name for name in among if mark in (SITE / name).read_text("utf-8")]


def page_of(item: pytest.Item) -> str:
    """The page that a test is about, or nothing."""
    params = (
        item.callspec.params
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        else {}
    )
    return str(params.get("name") or params.get("with_film") or "")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Page by page, so that one visit serves all checks; and note where the table counts each."""
    items.sort(key=page_of)
    for item in items:
        mark = item.get_closest_marker("column")
        column = mark.args[0] if mark else item.path.stem.removeprefix("test_")
        item.user_properties.append(("cell", (page_of(item), column)))


class ByPage(LoadScopeScheduling):  # type: ignore[misc]
    """All tests of a page on one core, those of no page by file."""

    def _split_scope(self, nodeid: str) -> str:
        pages = (name for name in sorted(PAGES, key=len, reverse=True) if name in nodeid)
        return next(pages, nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByPage:
    """Share the tests out to the cores."""
    return ByPage(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show pages x checks: how many passed, where one failed; then what was measured."""
    cells: dict[str, dict[str, Counter[bool]]] = {}
    lines: dict[str, str] = {}
    asked: list[tuple[int, int]] = []
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            said = dict(getattr(report, "user_properties", ()))  # none if a file cannot be read
            if "cell" in said and (report.when == "call" or outcome != "passed"):
                page, column = said["cell"]
                row = cells.setdefault(page or "(the site as a whole)", {})
                row.setdefault(column, Counter())[outcome == "passed"] += 1
            if "line" in said:
                lines[report.nodeid] = said["line"]
            if "asked" in said:
                asked.append(said["asked"])
    if cells:
        terminalreporter.section("pages x checks: how many passed")
        terminalreporter.write_line("\n".join([*table(cells), *lines.values()]))
    if asked:
        total, others = map(sum, zip(*asked, strict=True))
        terminalreporter.write_line(f"requests: {total}, of these to other hosts: {others}")


def table(cells: dict[str, dict[str, Counter[bool]]]) -> list[str]:
    """Lines of a table with a row per page, a column per check, and sums below."""
    columns = list(dict.fromkeys(column for row in cells.values() for column in row))
    total: dict[str, Counter[bool]] = {column: Counter() for column in columns}
    for row in cells.values():
        for column, cell in row.items():
            total[column] += cell
    width = max(len(page) for page in cells)

    def line(name: str, row: dict[str, Counter[bool]]) -> str:
        found = [row.get(column, Counter()) for column in columns]
        shown = [f"{cell[False]} FAIL" if cell[False] else str(cell[True] or "") for cell in found]
        return f"{name:{width}} " + " ".join(
            f"{text:>{max(len(column), 6)}}" for text, column in zip(shown, columns, strict=True)
        )

    head = f"{'':{width}} " + " ".join(f"{column:>{max(len(column), 6)}}" for column in columns)
    return [head, *(line(page, row) for page, row in cells.items()), line("all", total)]
