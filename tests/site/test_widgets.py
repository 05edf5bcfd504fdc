"""Every widget: it waits, does what it says by pointer and by keyboard, and leaves nobody out."""

from __future__ import annotations

import gzip
import itertools
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Locator, Page
from tests.site.conftest import SITE, whole

from book.reader.widgets import load
from logreg_book import (
    adam,
    cross_entropy,
    grad_logits,
    grad_probabilities,
    init_parameters,
    loss_and_gradients,
    momentum,
    rmsprop,
    sgd,
    softmax,
    train,
)
from logreg_book.datasets import make_blobs
from logreg_book.viz.style import COLOURS, METHODS

descend, CONTOUR_RULES = load("contours").descend, load("contours").RULES
naive_float32 = load("logits-to-pulls").naive_float32
KINDS = ("step-the-line", "contours", "logits-to-pulls", "gradient-cloud", "walk-the-graph")
STILL = ("gradient-cloud", "walk-the-graph")  # nothing in their pictures can be moved


def showing(*kinds: str) -> list[str]:
    """The pages that show a widget of each of these kinds."""
    texts = {path: path.read_text("utf-8") for path in sorted(SITE.rglob("*.html"))}
    marks = [f'data-widget="{kind}"' for kind in kinds]
    return [
        path.relative_to(SITE).as_posix()
        for path, text in texts.items()
        if all(mark in text for mark in marks)
    ]


# One page of each kind, and one of them for what all have in common
PAGES = {kind: found[0] for kind in KINDS if (found := showing(kind))}
EVERY = [(kind, page) for kind in KINDS for page in showing(kind)]
ONE = [*PAGES.items()]
LINE, CONTOURS, PULLS, CLOUD, WALK = (
    [(kind, page) for kind, page in PAGES.items() if kind == k] for k in KINDS
)
MOVABLE = [(kind, page) for kind, page in ONE if kind not in STILL]  # by pointer
STEP = dict.fromkeys(KINDS, "Step") | {"gradient-cloud": "Draw"}  # what its first button says
PACE = dict.fromkeys(KINDS, 60) | {"walk-the-graph": 900}  # milliseconds of a step that runs
COUNT = dict.fromkeys(KINDS, "Step") | {"gradient-cloud": "Draws:"}  # and how it counts

Opened = Callable[[str, str], Locator]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone whose clipboard the test may read, and a browser that complains to the test."""
    faults: list[str] = []
    with browser.new_context(
        viewport={"width": 360, "height": 800}, permissions=["clipboard-read", "clipboard-write"]
    ) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        yield page
        assert faults == []


@pytest.fixture
def opened(page: Page, address: str) -> Opened:
    """Opens a page and gives its first widget of a kind."""

    def open_(what: str, where: str) -> Locator:
        page.clock.install()  # time goes by as it does, and faster where a test says so
        page.goto(f"{address}/{where}")
        found = page.locator(f'[data-widget="{what}"]').first
        whole(page)  # nothing is laid out, and moves the widget, while a test uses it
        found.scroll_into_view_if_needed()
        return found

    return open_


def said(widget: Locator) -> str:
    """What the widget says."""
    return widget.locator("output").inner_text()


def number(widget: Locator, name: str) -> float:
    """A number that it says."""
    found = re.search(rf"{name} (-?\d+(?:\.\d+)?)", said(widget))
    assert found, said(widget)
    return float(found[1])


def press(widget: Locator, name: str) -> None:
    """Press a button."""
    widget.get_by_role("button", name=name, exact=True).click()


def run_to_the_end(widget: Locator) -> None:
    """Let a widget that runs go on until it stops by itself."""
    widget.page.clock.run_for(60_000)
    assert widget.get_by_role("button", name="Run").is_visible()


# The engine, against the library

TRACE = """([X, y, W, b, eta, steps]) => {
    const trace = [];
    for (let step = 0; step < steps; step++) {
        const { loss, dW, db } = lossAndGradients(X, y, W, b);
        trace.push([loss, W, b, dW, db].flat(2));
        [W] = RULES.sgd(W, dW, null, eta);
        [b] = RULES.sgd(b, db, null, eta);
    }
    return trace;
}"""


def trace(X: Any, y: Any, W: Any, b: Any, eta: float, steps: int) -> np.ndarray[Any, Any]:
    """What the library computes in the same steps."""
    rows = []
    for _ in range(steps):
        loss, dW, db = loss_and_gradients(X, y, W, b)
        rows.append(np.concatenate([[loss], *map(np.ravel, (W, b, dW, db))]))
        W, b = sgd(W, dW, eta=eta)[0], sgd(b, db, eta=eta)[0]
    return np.array(rows)


X, y = make_blobs(160, rng=np.random.default_rng(1))
X = X.round(3)
rng = np.random.default_rng(5)
CASES = {
    "two outputs": (
        *(X, y),
        *(np.array([[1.5, -1.5], [-0.5, 0.5]]), np.array([-1.0, 1.0]), 1.0, 500),
    ),
    "K = 3, d = 3": (
        *make_blobs(60, K=3, d=3, rng=rng),
        *(*init_parameters(3, 3, rng=rng), 0.5, 500),
    ),
    "extreme logits": (
        np.array([[1e3, -1.0], [-1e3, 1.0], [0.0, 0.0]]),
        *(np.array([1, 1, 0]), np.array([[0.7, -0.7], [1.0, 2.0]]), np.array([800.0, -800.0])),
        *(1e-3, 3),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_engine_computes_what_the_library_does(
    opened: Opened, page: Page, case: str, record_property: Callable[[str, object], None]
) -> None:
    opened(*EVERY[0])
    X, y, W, b, eta, steps = CASES[case]
    arrays = [part.tolist() for part in (X, y, W, b)]
    found = np.array(page.evaluate(TRACE, [*arrays, eta, steps]))
    expected = trace(X, y, W, b, eta, steps)
    difference = (abs(found - expected) / np.maximum(1, abs(expected))).max()
    record_property("line", f"engine, {case}: largest difference {difference:.1e}")
    assert found.shape == expected.shape
    assert difference <= 1e-12


RULES = """([X, y, W, rule, eta, steps]) => {
    const trace = [], b = W[0].map(() => 0);
    let memory;
    for (let step = 0; step < steps; step++) {
        [W, memory] = RULES[rule](W, lossAndGradients(X, y, W, b).dW, memory, eta);
        trace.push(W.flat());
    }
    return trace;
}"""


@pytest.mark.parametrize(
    ("rule", "eta"), [(sgd, 6.0), (momentum, 0.6), (rmsprop, 0.02), (adam, 0.1), (adam, 3.0)]
)
def test_rules_are_those_of_the_library(
    opened: Opened, page: Page, rule: Callable[..., Any], eta: float
) -> None:
    opened(*CONTOURS[0])
    W, b, state = np.array([[0.3, -0.3], [-2.0, 2.0]]), np.zeros(2), None
    found = page.evaluate(RULES, [X.tolist(), y.tolist(), W.tolist(), rule.__name__, eta, 300])
    for now in found:
        _, dW, _ = loss_and_gradients(X, y, W, b)
        W, state = rule(W, dW, state, eta=eta)
        assert np.ravel(W) == pytest.approx(now, rel=1e-12, abs=1e-12)


# Before anything is done


@pytest.mark.parametrize(("what", "where"), ONE)
def test_nothing_moves_before_a_click(opened: Opened, page: Page, what: str, where: str) -> None:
    widget = opened(what, where)
    assert said(widget).startswith(f"{COUNT[what]} 0")
    before = widget.evaluate("widget => widget.outerHTML")
    page.clock.run_for(5000)
    assert widget.evaluate("widget => widget.outerHTML") == before
    assert page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize(("what", "where"), ONE)
def test_a_widget_takes_the_place_of_its_still_form(
    page: Page, address: str, what: str, where: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    boxes = []
    for pattern in ("**/widget*.js", "**/nothing"):
        page.route(pattern, lambda route: route.fulfill(body="const widget = () => {};"))
        page.goto(f"{address}/{where}")
        whole(page)
        parts = page.locator(f'[data-widget="{what}"]').locator("xpath=.|./*[not(self::script)]")
        boxes.append([part.bounding_box() for part in parts.all()])
        page.unroute(pattern)
    assert boxes[0] == boxes[1]


@pytest.mark.parametrize(("what", "where"), EVERY)
def test_bytes_are_few(what: str, where: str) -> None:
    ours = {path.name.split(".")[0]: path for path in SITE.rglob("*.js")}
    sizes = {
        script: len(gzip.compress(ours[script].read_bytes(), mtime=0))
        for script in ("engine", "widget", *(kind.replace("-", "_") for kind in KINDS))
    }
    loaded = re.findall(r'<script [^>]*src="[./]*assets/(\w+)\.', (SITE / where).read_text("utf-8"))
    sent = {script: size for script, size in sizes.items() if script in loaded}
    assert {"engine", "widget", what.replace("-", "_")} <= set(sent)
    assert sizes["engine"] < 1000
    assert sum(sizes.values()) < 12_000
    assert sum(sent.values()) < (5000 if len(sent) == 3 else 8000), sent


# By pointer alone


def spot(widget: Locator, place: tuple[float, float]) -> tuple[float, float]:
    """Where on the screen something of the data is."""
    found: list[float] = widget.evaluate(
        """(widget, [u, v]) => {
            const { plane: { box, x, y }, size } = JSON.parse(widget.querySelector("script").text);
            const on = widget.querySelector(".stage > svg").getBoundingClientRect();
            const scale = on.width / size[0], [left, top, width, height] = box;
            return [on.left + scale * (left + (u - x[0]) / (x[1] - x[0]) * width),
                    on.top + scale * (top + (y[1] - v) / (y[1] - y[0]) * height)];
        }""",
        list(place),
    )
    return found[0], found[1]


def drag(widget: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag what is at a place of the data to another."""
    mouse = widget.page.mouse
    mouse.move(*spot(widget, start))
    mouse.down()
    mouse.move(*spot(widget, end), steps=5)
    mouse.up()


def place(widget: Locator, name: str) -> tuple[float, float]:
    """A pair of numbers that the widget says."""
    found = re.search(rf"{name} \((-?[\d.]+), (-?[\d.]+)\)", said(widget))
    assert found, said(widget)
    return float(found[1]), float(found[2])


@pytest.mark.parametrize(("what", "where"), ONE)
def test_buttons_step_run_pause_and_reset(
    opened: Opened, page: Page, what: str, where: str
) -> None:
    widget = opened(what, where)
    first, output = said(widget), widget.locator("output")
    press(widget, STEP[what])
    press(widget, STEP[what])
    assert number(widget, COUNT[what]) == 2
    assert output.get_attribute("aria-live") == "polite"
    press(widget, "Run")
    assert output.get_attribute("aria-live") == "off"
    page.clock.run_for(6 * PACE[what])
    press(widget, "Pause")
    assert output.get_attribute("aria-live") == "polite"
    at = number(widget, COUNT[what])
    assert at > 3
    page.clock.run_for(10_000)
    assert number(widget, COUNT[what]) == at
    press(widget, "Reset")
    assert said(widget) == first


def test_steps_are_few_for_readers_who_want_no_motion(opened: Opened, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    widget = opened(*EVERY[0])
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    press(widget, "Run")
    page.clock.run_for(1200)
    press(widget, "Pause")
    assert number(widget, "Step") == 2


@pytest.mark.parametrize(("what", "where"), LINE)
def test_points_move_by_drag_and_by_click(opened: Opened, what: str, where: str) -> None:
    widget = opened(what, where)
    chosen = place(widget, "at")
    drag(widget, chosen, (3.0, -2.0))
    assert place(widget, "at") == pytest.approx((3.0, -2.0), abs=0.05)
    widget.page.mouse.click(*spot(widget, (-3.0, -2.0)))  # where nothing is
    assert place(widget, "at") == pytest.approx((-3.0, -2.0), abs=0.05)
    lonely = int(X[:, 0].argmax())
    widget.page.mouse.click(*spot(widget, (X[lonely, 0], X[lonely, 1])))
    assert f"Point {lonely}, class {y[lonely]}" in said(widget)
    widget.page.mouse.click(*spot(widget, (4.8, 2.9)))
    assert place(widget, "at") == pytest.approx((4.8, 2.9), abs=0.05)


@pytest.mark.parametrize(("what", "where"), CONTOURS)
def test_the_start_moves_by_drag_and_by_click(opened: Opened, what: str, where: str) -> None:
    widget = opened(what, where)
    start = place(widget, "u =")
    drag(widget, start, (4.0, 3.0))
    assert place(widget, "u =") == pytest.approx((4.0, 3.0), abs=0.05)
    press(widget, "Step")
    widget.page.mouse.click(*spot(widget, (-1.0, 0.0)))
    assert number(widget, "Step") == 1  # as many steps, from there
    press(widget, "Reset")
    assert place(widget, "u =") == start


# By keyboard alone


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the keyboard is there."""
    for _ in range(20):
        if target.evaluate("target => target === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("not reached")


@pytest.mark.parametrize(("what", "where"), LINE + CONTOURS)
def test_arrow_keys_move_what_is_chosen(opened: Opened, page: Page, what: str, where: str) -> None:
    widget = opened(what, where)
    picture = widget.get_by_role("application")
    moved = "at" if what == "step-the-line" else "u ="
    picture.focus()
    u, v = place(widget, moved)
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    assert place(widget, moved) == pytest.approx((u + 0.1, v + 0.2), abs=0.011)
    for key in ("ArrowLeft", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert place(widget, moved) == pytest.approx((u, v), abs=0.011)


@pytest.mark.parametrize(("what", "where"), ONE)
def test_the_keyboard_does_all_of_it(opened: Opened, page: Page, what: str, where: str) -> None:
    widget = opened(what, where)
    picture = widget.locator(".stage > svg")
    if (what, where) in MOVABLE:
        picture.focus()
    else:
        assert picture.get_attribute("tabindex") is None  # nothing to do there
        widget.get_by_role("button").first.focus()
    for name_, step in {STEP[what]: 1, "Run": 2, "Pause": 2, "Reset": 0}.items():
        tab_to(page, widget.get_by_role("button", name="Pause" if name_ == "Pause" else name_))
        page.keyboard.press("Enter")
        page.clock.run_for(3 * PACE[what] if name_ == "Run" else 0)
        assert number(widget, COUNT[what]) >= step
    assert number(widget, COUNT[what]) == 0
    sliders = widget.get_by_role("slider")
    for i in range(sliders.count()):
        tab_to(page, sliders.nth(i))
        values = []
        for key in ("Home", "ArrowRight"):
            page.keyboard.press(key)
            values.append(sliders.nth(i).get_attribute("aria-valuetext"))
            assert (values[-1] or "") in sliders.nth(i).evaluate(
                "s => s.parentElement.innerText + s.parentElement.lastChild.value"
            )
        assert len(set(values)) == 2


def test_a_point_is_chosen_by_keyboard(opened: Opened, page: Page) -> None:
    widget = opened(*LINE[0])
    slider = widget.get_by_role("slider", name="point")
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert "Point 1, class" in said(widget)


@pytest.mark.parametrize(("what", "where"), ONE)
def test_targets_are_large_and_their_names_are_read(opened: Opened, what: str, where: str) -> None:
    widget = opened(what, where)
    roles: list[Any] = ["button", "slider", "radio", "spinbutton"]
    for target in [target for role in roles for target in widget.get_by_role(role).all()]:
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
        assert target.evaluate(
            "t => t.ariaLabel || (t.tagName === 'BUTTON' ? t : t.labels[0]).innerText"
        )
    bar = widget.locator(".bar")
    for slider in widget.get_by_role("slider").all():
        slider.press("End")
    for _ in range(3):  # all that it says has room
        press(widget, STEP[what])
        assert bar.evaluate("bar => bar.scrollHeight <= bar.clientHeight"), said(widget)


# What it shows is true


def test_the_line_steps_as_the_library_trains(opened: Opened) -> None:
    widget = opened(*LINE[0])
    X, y, W, b, *_ = CASES["two outputs"]
    widget.get_by_role("slider", name="batch").press("End")
    for state in train(X, y, W, b, eta=1.0, epochs=5):
        assert number(widget, "loss") == pytest.approx(state.loss, abs=5e-5)
        assert number(widget, "Step") == state.epoch
        press(widget, "Step")


def set_rate(widget: Locator, eta: float) -> float:
    """Move the slider to a learning rate; the value that it has."""
    slider = widget.get_by_role("slider", name="rate")
    slider.evaluate(
        "(s, v) => { s.value = v; s.dispatchEvent(new Event('input')); }", np.log10(eta)
    )
    return float(slider.get_attribute("aria-valuetext") or "nan")


@pytest.mark.parametrize(("what", "where"), CONTOURS)
@pytest.mark.parametrize(
    ("eta", "words"),
    [
        (0.3, "It crawls"),
        (6.0, "It has converged"),
        (13.0, "It alternates between two losses"),
        (28.0, "It jumps about"),
    ],
)
def test_contours_say_what_a_learning_rate_does(
    opened: Opened, page: Page, what: str, where: str, eta: float, words: str
) -> None:
    widget = opened(what, where)
    eta = set_rate(widget, eta)
    press(widget, "Run")
    if eta < 1:
        page.clock.run_for(500)
        press(widget, "Pause")
    else:
        run_to_the_end(widget)
    assert words in said(widget)
    assert (number(widget, "λ =") > 2) == (eta > 11.85)


@pytest.mark.parametrize(("what", "where"), CONTOURS)
@pytest.mark.parametrize("eta", [1.0, 11.0, 11.8])
def test_what_has_converged_stops_and_stays_so(
    opened: Opened, what: str, where: str, eta: float
) -> None:
    widget = opened(what, where)
    assert set_rate(widget, eta) == eta
    press(widget, "Run")
    run_to_the_end(widget)
    minimum = descend([0, 0], 4.0, 400)[1][-1]
    _, losses = descend(place(widget, "from"), eta, int(number(widget, "Step")))
    assert (losses[-10:] < minimum + 1e-5).all()  # and no earlier
    assert (losses[-12:-1] > minimum + 1e-5).any()
    for _ in range(5):
        assert "It has converged" in said(widget)
        press(widget, "Step")


@pytest.mark.parametrize(("what", "where"), CONTOURS)
def test_a_zigzag_is_not_taken_for_a_straight_path(opened: Opened, what: str, where: str) -> None:
    widget = opened(what, where)
    set_rate(widget, 11.0)
    words = []
    for _ in range(40):
        press(widget, "Step")
        words.append(said(widget).split("border 2. ")[-1].split(",")[0].split(":")[0])
    later = words[10:]
    assert sum(a != b for a, b in itertools.pairwise(later)) <= 1, later
    assert later[-1] == "It has converged to the minimum."


@pytest.mark.parametrize(("what", "where"), CONTOURS)
def test_rates_on_both_sides_of_the_border_can_be_chosen(
    opened: Opened, page: Page, what: str, where: str
) -> None:
    widget = opened(what, where)
    slider = widget.get_by_role("slider", name="rate")
    slider.focus()
    values = []
    for key in ("Home", *["PageUp"] * 6, *["ArrowRight"] * 150, "End"):
        page.keyboard.press(key)
        values.append(float(slider.get_attribute("aria-valuetext") or "nan"))
    assert values[0] == 0.01
    assert values[-1] >= 120
    assert (np.diff(values) > 0).all()
    assert {11.8, 11.9} <= set(values)
    fine, coarse = values[8] / values[7], values[2] / values[1]
    assert 1 < fine < 1.02 < 1.5 < coarse


@pytest.mark.parametrize(("what", "where"), CONTOURS)
def test_what_is_not_in_the_picture_is_said(opened: Opened, what: str, where: str) -> None:
    widget = opened(what, where)
    start = place(widget, "from")
    assert start == place(widget, "u =")
    assert "outside" not in said(widget)
    set_rate(widget, 120.0)
    press(widget, "Step")
    assert place(widget, "from") == start
    u, v = place(widget, "u =")
    assert not (-1.4 <= u <= 5.8 and abs(v - 2) <= 3.3)
    assert "The last point is outside the picture." in said(widget)


HOLD = """(picture, key) => {  // as a key that is held, without the time for it
    for (let i = 0; i < 120; i++) picture.dispatchEvent(new KeyboardEvent("keydown", { key }));
}"""


@pytest.mark.parametrize(("what", "where"), MOVABLE)
def test_a_ring_is_whole_wherever_it_is_moved(
    opened: Opened, page: Page, what: str, where: str
) -> None:
    widget = opened(what, where)
    picture = widget.get_by_role("application")
    ring = picture.locator("circle[pointer-events]:not([stroke-width='0'])")
    picture.focus()
    for key in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
        picture.evaluate(HOLD, key)
        at = ring.evaluate(
            "r => { const { e, f } = r.transform.baseVal[0].matrix; return [e, f]; }"
        )
        left, top, width, height = widget.evaluate(
            "w => JSON.parse(w.querySelector('script').text).plane.box"
        )
        assert left + 15 <= at[0] + 0.8
        assert at[0] - 0.8 <= left + width - 15
        assert top + 15 <= at[1] + 0.8
        assert at[1] - 0.8 <= top + height - 15


@pytest.mark.parametrize(("what", "where"), CONTOURS)
def test_the_path_has_its_methods_colour_and_its_end_a_marker(
    opened: Opened, what: str, where: str
) -> None:
    widget = opened(what, where)
    press(widget, "Step")
    drawn = widget.locator(".stage > svg > svg > *")
    track, dots, end, ring = (drawn.nth(i) for i in range(4))
    frame = widget.locator(".stage > svg > svg")
    assert {part.get_attribute("stroke") for part in (track, dots)} == {"currentColor"}
    assert end.get_attribute("fill") == "currentColor"
    assert frame.get_attribute("color") == METHODS["GD"]["color"]
    widget.get_by_role("radio", name="Adam", exact=True).check()
    assert frame.get_attribute("color") == METHODS["Adam"]["color"]
    assert ring.get_attribute("transform") != end.get_attribute("transform")
    box = end.bounding_box()
    assert box is not None
    centre = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    assert centre == pytest.approx(spot(widget, place(widget, "u =")), abs=1)


@pytest.mark.parametrize(("what", "where"), [pair for pair in EVERY if pair[0] == "contours"])
def test_a_rule_has_a_rate_and_a_border_of_its_own(opened: Opened, what: str, where: str) -> None:
    widget = opened(what, where)
    start = place(widget, "from")
    for name, (rule, eta, border) in CONTOUR_RULES.items():
        press(widget, "Reset")
        widget.get_by_role("radio", name=name, exact=True).check()
        eta = set_rate(widget, eta)
        for _ in range(3):
            press(widget, "Step")
        path, losses = descend(start, eta, 3, rule)
        assert place(widget, "u =") == pytest.approx(tuple(path[-1]), abs=0.006)
        assert number(widget, "loss") == pytest.approx(losses[-1], abs=5e-5)
        assert (f"border {border:g}." in said(widget)) == (border > 0)
        last = copied(widget).splitlines()[-1]
        assert float(last.split()[-1]) == pytest.approx(losses[-1], abs=1e-12)


@pytest.mark.parametrize(("what", "where"), CONTOURS)
def test_a_rule_is_chosen_by_keyboard(opened: Opened, page: Page, what: str, where: str) -> None:
    widget = opened(what, where)
    press(widget, "Step")
    tab_to(page, widget.get_by_role("radio", name="GD", exact=True))
    page.keyboard.press("ArrowRight")
    assert "border 3.8." in said(widget)
    assert number(widget, "Step") == 1  # the same number of steps again
    page.keyboard.press("ArrowRight")
    assert "η is a length here." in said(widget)
    assert widget.get_by_role("slider", name="rate").get_attribute("aria-valuetext") == "0.02"


# Logits to pulls


def numbers(text: str) -> list[float]:
    """All numbers in a text that Python or the widget wrote."""
    found = re.findall(r"-?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf\b|nan\b)", text)
    return [float(number) for number in found]


def triples(widget: Locator) -> dict[str, list[float]]:
    """The logits, probabilities, gradient and float32's probabilities that it says."""
    found = [numbers(part) for part in re.findall(r"= \(([^)]*)\)", said(widget))]
    return dict(zip(["h", "p", "gradient", "naive"], found, strict=True))


def type_logits(widget: Locator, h: list[float]) -> None:
    """Type a number for each logit."""
    for field, value in zip(widget.get_by_role("spinbutton").all(), h, strict=True):
        field.fill(str(value))
        field.press("Enter")


EXTREME = [list(map(float, h)) for h in itertools.product([-120, 0, 120], repeat=3)]
RANDOM = [np.clip(rng.normal(0, scale, 3), -120, 120).tolist() for scale in [1, 9, 50] * 30]
PULL_CASES = [(h, k % 3) for k, h in enumerate(RANDOM)] + [
    (h, k) for h in EXTREME for k in range(3)
]


def test_probabilities_loss_and_gradients_are_the_librarys(
    opened: Opened, page: Page, record_property: Callable[[str, object], None]
) -> None:
    opened(*PULLS[0])
    found = page.evaluate(
        """cases => cases.map(([h, label]) => {
            const { p, loss, dh, dp } = stable(h, label);
            return [...p, loss, ...dh, ...dp];
        })""",
        PULL_CASES,
    )
    expected = []
    for h, label in PULL_CASES:
        p, y = softmax([h]), [label]
        parts = p, cross_entropy([h], y), grad_logits([h], y), grad_probabilities(p, y)
        expected.append(np.concatenate([np.ravel(part) for part in parts]))
    difference = (abs(np.array(found) - expected) / np.maximum(1, np.abs(expected))).max()
    record_property("line", f"logits to pulls: largest difference {difference:.1e}")
    assert difference <= 1e-12


def test_naive_float32_is_numpys(opened: Opened, page: Page) -> None:
    opened(*PULLS[0])
    cases = [*PULL_CASES, *(([a, a - 1, a - 3], 0) for a in (88.5, 88.8, -87.0, -98.0, -104.5))]
    script = """cases => cases.map(([h, label]) => {
        const { p, loss } = naive32(h, label);
        return [...p, loss].map(String);
    })"""
    found = np.array(page.evaluate(script, cases)).astype(float)
    with np.errstate(all="ignore"):
        expected = [[*p, loss] for p, loss in (naive_float32(h, label) for h, label in cases)]
    assert np.isnan(expected).any()
    assert np.isinf(expected).any()
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-30)


@pytest.mark.parametrize("h", [[2.0, 1.0, -1.0], [-3.25, 4.0, 0.5], [0.0, -110.0, 0.0]])
@pytest.mark.parametrize("label", range(3))
def test_what_is_shown_is_what_the_library_computes(
    opened: Opened, h: list[float], label: int
) -> None:
    widget = opened(*PULLS[0])
    type_logits(widget, h)
    widget.get_by_role("radio", name=str(label), exact=True).check()
    p = softmax([h])
    shown = triples(widget)
    assert shown["h"] == h
    assert f"label {label}" in said(widget)
    assert shown["p"] == pytest.approx(p[0], rel=6e-3)
    assert number(widget, "loss") == pytest.approx(cross_entropy([h], [label]), rel=6e-3)
    assert shown["gradient"] == pytest.approx(grad_logits([h], [label])[0], rel=6e-3, abs=1e-15)
    widget.get_by_role("radio", name="p", exact=True).check()
    expected = grad_probabilities(p, [label])[0]
    assert triples(widget)["gradient"] == pytest.approx(expected, rel=6e-3)
    naive, naive_loss = naive_float32(h, label)
    assert shown["naive"] == pytest.approx(naive, rel=6e-3)
    said_loss, *_ = numbers(said(widget).split("loss")[-1])
    assert said_loss == pytest.approx(naive_loss, rel=6e-3)


def test_pulls_by_pointer_alone(opened: Opened) -> None:
    widget = opened(*PULLS[0])
    widget.locator(".stage").evaluate(
        "stage => stage.scrollIntoView({ block: 'center', behavior: 'instant' })"
    )
    drag(widget, (0.0, 2.0), (0.17, -4.0))  # sideways it stays the same logit
    assert triples(widget)["h"] == pytest.approx([-4.0, 1.0, -1.0], abs=0.1)
    widget.page.mouse.click(*spot(widget, (0.2, 5.0)))
    assert triples(widget)["h"] == pytest.approx([-4.0, 1.0, 5.0], abs=0.1)
    widget.get_by_text("0", exact=True).click()
    assert "label 0" in said(widget)
    before = triples(widget)["p"]
    for _ in range(3):
        press(widget, "Add 30 to all")
        assert triples(widget)["p"] == before
    assert np.isnan(triples(widget)["naive"]).any()
    assert "an exponential overflows" in said(widget)
    widget.get_by_role("radio", name="6", exact=True).check()
    assert max(map(abs, triples(widget)["h"])) <= 6


def test_pulls_by_keyboard_alone(opened: Opened, page: Page) -> None:
    widget = opened(*PULLS[0])
    widget.get_by_role("application").focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowUp", "ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert triples(widget)["h"] == [2.1, 1.0, -1.1]
    for value, field in zip(
        ("-2.5", "110", "999"), widget.get_by_role("spinbutton").all(), strict=True
    ):
        tab_to(page, field)
        page.keyboard.press("Control+a")
        page.keyboard.type(value)
        page.keyboard.press("Enter")
    assert triples(widget)["h"] == [-2.5, 110, 120]
    tab_to(page, widget.get_by_role("radio", name="1", exact=True))
    page.keyboard.press("ArrowRight")
    assert "label 2" in said(widget)
    tab_to(page, widget.get_by_role("radio", name="h", exact=True))
    page.keyboard.press("ArrowRight")
    assert "∂L/∂p = -Y/p" in said(widget)
    tab_to(page, widget.get_by_role("button", name="Add 30 to all"))
    page.keyboard.press("Enter")
    assert triples(widget)["h"] == [-2.5, 110, 120]  # the end of the axis


@pytest.mark.parametrize(
    ("h", "words"),
    [
        ([2.0, 1.0, -1.0], r"loss 1\.35\.$"),
        ([92.0, 1.0, -1.0], r"an exponential overflows\.$"),
        ([-120.0, -110.0, -106.0], r"all exponentials underflow to 0\.$"),
        ([0.0, -110.0, 0.0], r"loss inf, because the label's probability underflows to 0\.$"),
    ],
)
def test_why_naive_float32_fails_is_said(opened: Opened, h: list[float], words: str) -> None:
    widget = opened(*PULLS[0])
    type_logits(widget, h)
    assert re.search(words, said(widget)), said(widget)
    assert np.isfinite(triples(widget)["p"]).all()
    bar = widget.locator(".bar")
    for name in ("h", "p"):  # all that it says has room
        widget.get_by_role("radio", name=name, exact=True).check()
        assert bar.evaluate("bar => bar.scrollHeight <= bar.clientHeight"), said(widget)


def test_bars_and_arrows_are_as_long_as_they_should_be(opened: Opened) -> None:
    widget = opened(*PULLS[0])
    drawn = widget.evaluate(
        """widget => [...widget.querySelectorAll(".stage path")].map(
            path => [path.getAttribute("stroke"), path.getAttribute("stroke-width"),
                     path.getAttribute("d")])"""
    )
    h, label = [2.0, 1.0, -1.0], 1
    p, pulls = softmax([h])[0], grad_logits([h], [label])[0]
    bars = [(stroke, numbers(d)) for stroke, width, d in drawn if width == "44"]
    lengths: dict[str, list[float]] = {stroke: [] for stroke, _ in bars}
    for stroke, (_, zero, end) in bars:
        lengths[stroke].append(zero - end)
    assert list(lengths) == COLOURS[:3]
    for k, colour in enumerate(COLOURS[:3]):
        share, slope = lengths[colour][:2]
        assert share == pytest.approx(p[k] * 84 / 1.3, abs=0.01)
        assert slope == pytest.approx(pulls[k] * 140 / 3.55, abs=0.01)
    assert lengths[COLOURS[label]][2] == pytest.approx(cross_entropy([h], [label]) * 266 / 6)
    arrows = [float(re.findall(r"v(-?[\d.]+)", d)[0]) for _, width, d in drawn if width == "2.5"]
    press(widget, "Step")
    moved = np.subtract(triples(widget)["h"], h)  # where the arrows pointed: up is less on a screen
    assert np.multiply(arrows, -1 / 48) == pytest.approx(moved, abs=0.01)
    assert moved == pytest.approx(-pulls, abs=0.006)


@pytest.mark.parametrize("h", [[2.0, 1.0, -1.0], [0.0, -110.0, 92.5]])
def test_pulls_as_python_are_the_same(opened: Opened, h: list[float]) -> None:
    widget = opened(*PULLS[0])
    type_logits(widget, h)
    for _ in range(2):
        press(widget, "Step")
    shown, loss = triples(widget), number(widget, "loss")
    naive_loss, *_ = numbers(said(widget).split("loss")[-1])
    widget.get_by_role("radio", name="p", exact=True).check()
    slope = triples(widget)["gradient"]
    lines = [numbers(line.replace("float32", "")) for line in copied(widget).splitlines()]
    expected = [shown["p"], [loss], shown["gradient"], slope, shown["naive"], [naive_loss]]
    for printed, said_ in zip(lines, expected, strict=True):
        assert printed == pytest.approx(said_, rel=6e-3, abs=1e-15, nan_ok=True)


def copied(widget: Locator) -> str:
    """What *Copy as Python* copies, executed: what it prints."""
    widget.page.bring_to_front()
    press(widget, "Copy as Python")
    widget.get_by_text("Copied").wait_for()
    code: str = widget.page.evaluate("navigator.clipboard.readText()")
    run = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("batch", ["Home", "End"])
def test_the_line_as_python_has_the_same_loss(opened: Opened, batch: str) -> None:
    widget = opened(*LINE[0])
    widget.get_by_role("slider", name="batch").press(batch)
    drag(widget, place(widget, "at"), (1.0, 2.0))
    for _ in range(4):
        press(widget, "Step")
    shown, moved = number(widget, "loss"), place(widget, "at")
    first, *epochs = copied(widget).splitlines()
    assert float(first.split()[1]) == pytest.approx(shown, abs=5e-5)
    assert len(epochs) == 6
    if batch == "End":
        X, y, W, b, *_ = CASES["two outputs"]
        pulls = abs(softmax(X @ W + b)[:, 1] - y)
        changed = X.copy()
        changed[pulls.argmax()] = moved
        *_, last = train(changed, y, W, b, eta=1.0, epochs=4)
        assert float(first.split()[1]) == pytest.approx(last.loss, abs=1e-12)


@pytest.mark.parametrize(("what", "where"), CONTOURS)
def test_the_path_as_python_is_the_same(opened: Opened, what: str, where: str) -> None:
    widget = opened(what, where)
    set_rate(widget, 14.0)
    drag(widget, place(widget, "u ="), (3.0, 0.5))
    for _ in range(3):
        press(widget, "Step")
    loss, u = number(widget, "loss"), place(widget, "u =")
    last = copied(widget).splitlines()[-1]
    numbers = [float(found) for found in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", last)]
    assert numbers == [
        3,
        *(pytest.approx(value, abs=5e-3) for value in u),
        pytest.approx(loss, abs=5e-5),
    ]


# The gradient cloud


X_CLOUD, Y_CLOUD = make_blobs(200, rng=np.random.default_rng(3))
X_CLOUD = X_CLOUD.round(3)
W_CLOUD, B_CLOUD = np.array([[1.0, -1.0], [-0.5, 0.5]]), np.zeros(2)


def each_gradient(X: Any, y: Any, W: Any, b: Any) -> np.ndarray[Any, Any]:
    """The library's gradient of each example, a row per example."""
    found = [loss_and_gradients(X[i : i + 1], y[i : i + 1], W, b)[1:] for i in range(len(X))]
    return np.array([np.concatenate([dW.ravel(), db]) for dW, db in found])


def predicted(B: int) -> float:
    """What the law says of batches of this size."""
    each = each_gradient(X_CLOUD, Y_CLOUD, W_CLOUD, B_CLOUD)
    return float(each.var(axis=0).sum() / B * (200 - B) / 199)


def choose_batch(widget: Locator, B: int) -> None:
    """Move the slider to a batch size, by keys."""
    slider = widget.get_by_role("slider", name="batch")
    slider.press("Home")
    while slider.get_attribute("aria-valuetext") != str(B):
        slider.press("ArrowRight")


def test_gradients_of_examples_are_the_librarys(
    opened: Opened, page: Page, record_property: Callable[[str, object], None]
) -> None:
    opened(*CLOUD[0])
    largest = 0.0
    for X, y, W, b in ((X_CLOUD, Y_CLOUD, W_CLOUD, B_CLOUD), CASES["K = 3, d = 3"][:4]):
        data = {name: part.tolist() for name, part in zip("XyWb", (X, y, W, b), strict=True)}
        found = np.array(page.evaluate("data => gradients(data)", data))
        expected = each_gradient(X, y, W, b)
        assert found.shape == expected.shape
        largest = max(largest, abs(found - expected).max())
    record_property("line", f"gradient cloud, each example: largest difference {largest:.1e}")
    assert largest <= 1e-12


def test_the_cloud_is_of_the_chapters_examples(opened: Opened) -> None:
    data = opened(*CLOUD[0]).evaluate("w => JSON.parse(w.querySelector('script').text)")
    assert data["X"] == X_CLOUD.tolist()
    assert data["y"] == Y_CLOUD.tolist()
    assert data["W"] == W_CLOUD.tolist()
    assert data["b"] == B_CLOUD.tolist()


def test_a_batch_is_drawn_without_replacement_and_each_example_alike(
    opened: Opened, page: Page
) -> None:
    opened(*CLOUD[0])
    draws = page.evaluate(
        """() => {
            const random = generator(1), order = [...Array(20).keys()];
            return Array.from({ length: 4000 }, () => shuffle(order, random, 5).slice(0, 5));
        }"""
    )
    assert all(len({*draw}) == 5 for draw in draws)
    places = np.array(draws)
    for column in places.T:  # 200 expected, standard deviation 14
        assert abs(np.bincount(column, minlength=20) - 200).max() < 70
    whole_list = page.evaluate("shuffle([...Array(9).keys()], generator(1))")
    assert sorted(whole_list) == list(range(9))
    assert whole_list != list(range(9))


@pytest.mark.parametrize("B", [1, 8, 64, 190])
def test_what_is_measured_follows_the_law(
    opened: Opened, B: int, record_property: Callable[[str, object], None]
) -> None:
    widget = opened(*CLOUD[0])
    choose_batch(widget, B)
    assert "measured" not in said(widget)
    press(widget, "Run")
    run_to_the_end(widget)
    measured = number(widget, "measured")
    ratio = measured / predicted(B)
    draws = number(widget, "Draws:")
    record_property("line", f"batches of {B}: {draws:.0f} draws, measured / law {ratio:.3f}")
    assert draws >= 4000
    assert ratio == pytest.approx(1, abs=0.15)
    assert float(said(widget).split("= ")[1].split(". ")[0]) == pytest.approx(
        predicted(B), abs=5e-6
    )
    assert number(widget, "draws is") < 4 * np.sqrt(predicted(B) / draws) + 5e-4
    dots = widget.evaluate(
        r"""widget => {
            const [dots, circle] = widget.querySelectorAll(".stage > svg > svg > *");
            const { plane } = JSON.parse(widget.querySelector("script").text);
            const scale = (plane.x[1] - plane.x[0]) / plane.box[2];
            const at = [...dots.getAttribute("d").matchAll(/M([-\d.]+),([-\d.]+)h0/g)];
            const [cx, cy, r] = ["cx", "cy", "r"].map(name => Number(circle.getAttribute(name)));
            return [r * scale, ...at.map(([, x, y]) => Math.hypot(x - cx, y - cy) * scale)];
        }"""
    )
    each = each_gradient(X_CLOUD, Y_CLOUD, W_CLOUD, B_CLOUD)[:, [1, 3]]
    radius = np.sqrt(each.var(axis=0).sum() / B * (200 - B) / 199)
    assert dots[0] == pytest.approx(radius)  # the circle: both numbers that are shown
    assert len(dots) - 1 == draws
    assert np.sqrt(np.square(dots[1:]).mean()) == pytest.approx(radius, rel=0.08)


def test_a_batch_of_all_examples_has_the_full_gradient(opened: Opened) -> None:
    widget = opened(*CLOUD[0])
    widget.get_by_role("slider", name="batch").press("End")
    press(widget, "Draw")
    assert number(widget, "batches of") == 200
    assert number(widget, "measured") == number(widget, "199 =") == 0


def test_each_batch_size_keeps_its_draws_and_its_dot(opened: Opened) -> None:
    widget = opened(*CLOUD[0])
    press(widget, "Draw")
    first = said(widget)
    choose_batch(widget, 64)
    assert number(widget, "Draws:") == 0
    press(widget, "Draw")
    choose_batch(widget, 8)
    assert said(widget) == first
    law = widget.locator(".stage > svg > svg").nth(1).locator("path")
    heights = numbers(law.get_attribute("d") or "")[1::3]
    assert len(heights) == 2
    assert heights[0] < heights[1]  # the larger batch is lower on the screen
    press(widget, "Reset")
    assert law.get_attribute("d") == ""
    press(widget, "Draw")
    assert said(widget) == first  # the same draws again


@pytest.mark.parametrize(("B", "draws"), [(1, 0), (32, 3), (200, 1)])
def test_the_cloud_as_python_is_the_same(opened: Opened, B: int, draws: int) -> None:
    widget = opened(*CLOUD[0])
    choose_batch(widget, B)
    for _ in range(draws):
        press(widget, "Draw")
    law, run = copied(widget).splitlines()
    assert numbers(law) == [B, pytest.approx(predicted(B), abs=1e-12)]
    count, measured = numbers(run)
    assert count == (draws or 1000)
    if draws != 3:  # with so few draws it may be anything
        assert measured == pytest.approx(predicted(B), rel=0.15, abs=1e-12)


# The walk through the graph


def shown(widget: Locator) -> list[str]:
    """The numbers and words in its picture."""
    words: list[str] = widget.evaluate(
        """widget => [...widget.querySelectorAll(".stage text")].map(part => part.textContent)"""
    )
    return [word for word in words if word]


def matrix(text: str) -> list[list[float]]:
    """The numbers of a matrix as the widget writes it."""
    return [numbers(row.replace("\N{MINUS SIGN}", "-")) for row in text.split(";")]


@pytest.mark.parametrize("retain", [False, True])
def test_a_walk_shows_what_pytorch_computes(opened: Opened, retain: bool) -> None:
    widget = opened(*WALK[0])
    assert shown(widget) == []
    if retain:
        widget.get_by_role("radio", name="True").check()
    x, label = torch.tensor([[1.0, -2.0]], dtype=torch.float64), torch.tensor([1])
    W = torch.tensor([[-1.5, 0.5], [-1.0, 0.0]], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([0.25, -0.25], dtype=torch.float64, requires_grad=True)
    h = x @ W + b
    h.retain_grad()
    loss = torch.nn.functional.cross_entropy(h, label)
    for _ in range(4):
        press(widget, "Step")
    assert f"the loss is {loss.item():.2f}" in said(widget)
    assert f"{loss.item():.2f}" in shown(widget)
    loss.backward(retain_graph=retain)
    assert h.grad is not None
    for _ in range(6):
        press(widget, "Step")
    (gradient,) = [word for word in shown(widget) if word.startswith("W.grad = ")]
    assert W.grad is not None
    assert matrix(gradient) == pytest.approx(W.grad.numpy(), abs=0.005)
    assert shown(widget).count("freed") == (0 if retain else 3)
    press(widget, "Run")
    run_to_the_end(widget)
    if retain:
        loss.backward()
        (gradient,) = [word for word in shown(widget) if word.startswith("W.grad = ")]
        assert matrix(gradient) == pytest.approx(W.grad.numpy(), abs=0.005)
    else:
        with pytest.raises(RuntimeError) as error:
            loss.backward()
        assert str(error.value) in said(widget)
    bar = widget.locator(".bar")
    assert bar.evaluate("bar => bar.scrollHeight <= bar.clientHeight"), said(widget)
    *_, last = copied(widget).splitlines()
    assert ("W.grad" if retain else "freed when you call .backward()") in last


def test_another_walk_begins_at_its_beginning(opened: Opened) -> None:
    widget = opened(*WALK[0])
    press(widget, "Run")
    run_to_the_end(widget)
    assert "RuntimeError" in said(widget)
    press(widget, "Step")  # there is none after the last
    assert "RuntimeError" in said(widget)
    widget.get_by_role("radio", name="True").check()
    assert number(widget, "Step") == 0
    assert shown(widget) == []


# For readers without it


@pytest.mark.parametrize(("what", "where"), EVERY)
def test_without_scripts_the_still_form_is_seen(
    browser: Browser, address: str, what: str, where: str
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/{where}")
        check_still(page.locator(f'[data-widget="{what}"]').first)


@pytest.mark.parametrize(("what", "where"), ONE)
def test_in_print_the_still_form_is_seen(opened: Opened, page: Page, what: str, where: str) -> None:
    widget = opened(what, where)
    press(widget, STEP[what])
    page.emulate_media(media="print")
    assert not widget.locator(".stage > svg").is_visible()
    check_still(widget)
    assert widget.get_by_role("table").is_visible()


def check_still(widget: Locator) -> None:
    """A figure with a description, a caption that is another, and a table of what it shows."""
    still = widget.locator("img.still")
    assert still.is_visible()
    assert not widget.locator("img.ground").is_visible()
    assert not widget.locator(".bar").is_visible()
    assert widget.locator(".still-words").is_visible()
    assert not widget.locator(".live-words").is_visible()
    alt, caption = still.get_attribute("alt") or "", widget.locator("figcaption").inner_text()
    assert len(alt.split()) > 30
    assert len(caption.split()) > 40
    assert alt not in caption
    heads = (widget.locator("table").text_content() or "").lower()
    assert "loss" in heads or "predicted" in heads
