"""Exercises unfold without a script, and a drill has its own answer to everything one types."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from tests.site.conftest import PHONE, SITE, having, size, whole
from tests.site.test_accessibility import AXE, FRAMES, faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from tests.site.conftest import Visit

EXERCISE, DRILL = '<div class="exercise', '<form class="try"'
LONGEST = max(having(DRILL), key=size, default="")  # stands for all where the script is tested
# All that a page says of its drills: values and remarks, the right one first.
DRILLS = """() => [...document.querySelectorAll(".drill")].map(drill => ({
    id: drill.querySelector(".rubric").id,
    right: Number(drill.querySelector("form").dataset.value),
    remark: drill.querySelector("details .remark").textContent.trim(),
    wrong: [...drill.querySelectorAll("template[data-value]")].map(
        wrong => [Number(wrong.dataset.value), wrong.content.textContent.trim()]),
}))"""
HEIGHTS = """() => [...document.querySelectorAll(".drill, .try")].map(
    element => element.getBoundingClientRect().height)"""
UNREAD = ("", "abc", "1/0", "1..2", "1/2/3", "2,5,1", "--1", "0x10", "Infinity", "1e", "50 %")
# Of each section: where the last question ends, where the first answer begins, how many there are.
ORDER = """() => [...document.querySelectorAll("section:has(> .exercise, > .drill)")]
  .map(section => {
    const boxes = selector => [...section.querySelectorAll(selector)]
        .map(element => element.getBoundingClientRect()).filter(box => box.height);
    const answers = ":scope > * > :is(.solution, .answer)";
    return [Math.max(...boxes(`:scope > * > :not(${answers}, form, .said)`).map(box => box.bottom)),
            Math.min(...boxes(answers).map(box => box.top)),
            boxes(answers).length];
})"""


@pytest.fixture(scope="session")
def drilled(browser: Browser, address: str, name: str) -> Iterator[Page]:
    """A page with drills in which one may type."""
    with browser.new_context(viewport=PHONE, reduced_motion="reduce") as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{address}/{name}")
        whole(page)
        yield page


def drills(page: Page) -> list[dict[str, Any]]:
    """The drills of a page: there are some, or the test would say nothing."""
    found: list[dict[str, Any]] = page.evaluate(DRILLS)
    assert found
    return found


def answer(page: Page, drill: dict[str, Any], typed: str) -> str:
    """Type something and press Enter; what the page says to it."""
    box = page.locator(f".drill:has(#{drill['id']})")
    box.get_by_label("Your answer").fill(typed)
    page.keyboard.press("Enter")
    return " ".join((box.get_by_role("status").text_content() or "").split())


# What a drill says to each of several answers, without the time that a keyboard needs for them
SAID = """([id, answers]) => {
    const drill = document.getElementById(id).closest(".drill");
    const field = drill.querySelector("input"), said = drill.querySelector("[role=status]");
    return answers.map(typed => {
        field.value = typed;
        field.form.requestSubmit();
        return said.textContent.trim().replace(/\\s+/g, " ");
    });
}"""


def answers(page: Page, drill: dict[str, Any], typed: list[str]) -> list[str]:
    """What a drill says to several answers, of which the first is typed by keyboard."""
    first = answer(page, drill, typed[0])
    return [first, *page.evaluate(SAID, [drill["id"], typed[1:]])]


def forms(value: float) -> list[str]:
    """A number in all forms that are accepted."""
    plain, minus = repr(value), "\N{MINUS SIGN}"
    found = [plain, f" {plain} ", plain.replace(".", ","), f"{value:.6e}", f"{value * 4!r}/4"]
    found += [f"{value * 1.009!r}", f"{value * 0.991!r}", f"{value:.3g}", f"{value:.6E}"]
    found += [plain.replace("-", minus), plain.replace("-", "- "), f"{value * 4!r} / 4,0"]
    return found if value < 0 else [*found, f"+{plain}", plain.removeprefix("0") or "0"]


def words(text: str) -> str:
    """A text whose spaces are those that one sees."""
    return " ".join(text.split())


@pytest.mark.column("drills")
@pytest.mark.pages(DRILL)
def test_the_right_number_is_recognised_in_every_form(drilled: Page) -> None:
    for drill in drills(drilled):
        right = f"Right. {words(drill['remark'])}"
        said = answers(drilled, drill, forms(drill["right"]))
        assert dict(zip(forms(drill["right"]), said, strict=True)) == dict.fromkeys(
            forms(drill["right"]), right
        )


@pytest.mark.column("drills")
@pytest.mark.pages(DRILL)
def test_each_wrong_number_has_its_own_remark(drilled: Page) -> None:
    for drill in drills(drilled):
        assert drill["wrong"]
        remarks = [words(remark) for _, remark in drill["wrong"]]
        assert len({*remarks, words(drill["remark"])}) == len(remarks) + 1
        for (value, _), remark in zip(drill["wrong"], remarks, strict=True):
            for typed, said in zip(
                forms(value), answers(drilled, drill, forms(value)), strict=True
            ):
                assert said.startswith("Not that."), typed
                assert said.endswith(remark), typed
                assert "too" not in said.removesuffix(remark)


@pytest.mark.column("drills")
@pytest.mark.pages(DRILL)
def test_any_other_number_is_too_small_or_too_large(drilled: Page) -> None:
    drilled.reload()
    whole(drilled)
    for drill in drills(drilled):
        values = [drill["right"], *(value for value, _ in drill["wrong"])]
        small, large = min(values) - 1, max(values) + 1 + abs(max(values))
        assert answer(drilled, drill, str(small)) == "Not that. It is too small."
        said = answer(drilled, drill, str(large))
        assert said == "Not that. It is too large. The answer can be unfolded below."
        near = drill["right"] * 1.02 or 1e-6
        assert answer(drilled, drill, str(near)).startswith("Not that."), near


@pytest.mark.column("drills")
@pytest.mark.pages(DRILL)
def test_what_cannot_be_read_is_answered_by_what_can(drilled: Page) -> None:
    for drill in drills(drilled):
        for typed, said in zip(UNREAD, answers(drilled, drill, [*UNREAD]), strict=True):
            assert all(example in said for example in ("0.25", "0,25", "1/4", "2.5e-1")), typed


# A comma may be decimal or separate thousands: the values for which each of these is right
COMMAS: dict[str, list[float]] = {
    "1,234": [1.234, 1234],
    "-1,234": [-1.234, -1234],
    "12,345.6": [12345.6],
    "1,234,567": [1234567],
    "1,234 / 2": [0.617, 617],
    "2/1,250": [1.6, 0.0016],
    "1,23": [1.23],
    "1,2345": [1.2345],
    "1234,567": [1234.567],
    "0,125": [0.125],
    "1.234": [1.234],
}


@pytest.mark.column("drills")
def test_a_comma_is_read_in_both_ways(page: Page, address: str) -> None:
    page.goto(f"{address}/{LONGEST}")
    last = page.locator(".drill").last
    last.evaluate("drill => { drill.querySelector('form').dataset.value = '1234'; }")
    page.keyboard.press("Shift")
    drill = {"id": last.locator(".rubric").get_attribute("id")}
    for typed in ("1234", "1,234", "1,234.0", "1,234.5", "2,468/2"):
        assert answer(page, drill, typed).startswith("Right."), typed
    for typed in ("1.234", "12,34", "12,345.6", "1,234,567"):
        assert answer(page, drill, typed).startswith("Not that."), typed
    assert "too" not in answer(page, drill, "9,876")  # as 9.876 too small, as 9876 too large
    assert "too small" in answer(page, drill, "1,233.4/2")
    for typed, values in COMMAS.items():
        found = page.evaluate("typed => readings(typed)", typed)
        assert sorted(set(found)) == pytest.approx(sorted(values)), typed
    for typed in (*UNREAD, "1,23,456", "1,234.5.6", "1,2345.6", ",123"):
        expected = [0.123] if typed == ",123" else []
        assert page.evaluate("typed => readings(typed)", typed) == expected, typed


@pytest.mark.column("drills")
@pytest.mark.pages(DRILL)
def test_a_remark_fits(drilled: Page) -> None:
    for drill in drills(drilled):
        answer(drilled, drill, str(drill["wrong"][-1][0]))
    assert drilled.evaluate("document.documentElement.scrollWidth") <= 360
    for control in drilled.locator(".try :is(input, button)").all():
        box = control.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24


@pytest.mark.column("drills")
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_remark_is_accessible(browser: Browser, address: str, colours: Any) -> None:
    phone: Any = {"viewport": PHONE, "bypass_csp": True, "color_scheme": colours}
    with browser.new_context(**phone, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{address}/{LONGEST}")
        whole(page)
        page.evaluate(AXE)
        for drill in drills(page):
            answer(page, drill, str(drill["wrong"][-1][0]))
        page.evaluate(FRAMES)
        assert faults(page, ".drill") == []


@pytest.mark.column("drills")
def test_the_script_needs_no_room_of_its_own(page: Page, address: str) -> None:
    found = []
    for blocked in (False, True):
        if blocked:
            page.route("**/drill*.js", lambda route: route.abort())
        page.goto(f"{address}/{LONGEST}", wait_until="load")
        page.evaluate("document.fonts.ready.then(() => null)")
        found.append(page.evaluate(HEIGHTS))
    assert found[0] == found[1], "what comes with the script moves what is below it"
    assert min(found[0]) > 0


@pytest.mark.column("drills")
def test_a_drill_gets_its_field_when_it_comes_near(page: Page, address: str) -> None:
    page.goto(f"{address}/{LONGEST}")
    drills = page.locator(".drill")
    assert drills.last.locator("input").count() == 0
    drills.last.scroll_into_view_if_needed()
    drills.last.get_by_label("Your answer").wait_for()


@pytest.mark.column("drills")
def test_the_first_key_brings_all_fields(page: Page, address: str) -> None:
    page.goto(f"{address}/{LONGEST}")
    page.keyboard.press("Tab")
    drills = page.locator(".drill")
    assert page.get_by_label("Your answer").count() == drills.count() > 0


# Each exercise, and whether what is folded away in it is seen before and after a click
FOLDS = """() => [...document.querySelectorAll(".exercise")].map(exercise => ({
    title: exercise.querySelector(".rubric").textContent,
    level: exercise.querySelector(".level").textContent,
    folds: [...exercise.querySelectorAll("details")].map(fold => {
        const summary = fold.querySelector("summary");
        const inside = [...fold.children].filter(part => part !== summary);
        const before = inside.some(part => part.checkVisibility());
        summary.click();
        const after = inside.length > 0 && inside.every(part => part.checkVisibility());
        summary.click();
        return { name: summary.textContent, before, after };
    }),
}))"""
# Read to the last drill, a screen at a time: where it is seen then.
READ = """async () => {
    const last = [...document.querySelectorAll(".drill")].at(-1);
    while (last.getBoundingClientRect().top > innerHeight / 2) {
        scrollBy({top: innerHeight / 2, behavior: "instant"});
        await new Promise(requestAnimationFrame);
    }
    return last.getBoundingClientRect().top;
}"""
AGAIN = """top => 40 > Math.abs(
    top - [...document.querySelectorAll(".drill")].at(-1).getBoundingClientRect().top)"""


@pytest.mark.column("drills")
def test_a_reload_leads_back_to_the_same_place(page: Page, address: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{address}/{LONGEST}")
    top = page.evaluate(READ)
    page.wait_for_timeout(500)  # the browser notes now and then where the reader is
    page.reload()
    page.wait_for_function(AGAIN, arg=top)


@pytest.mark.column("drills")
@pytest.mark.pages(DRILL)
def test_a_drill_without_a_script_has_its_answer_folded(bare: Visit, visit: Visit) -> None:
    page = bare.page
    assert page.locator(".try").locator("visible=true").count() == 0
    assert visit.page.locator(".try").locator("visible=true").count() > 0
    for drill in page.locator(".drill").all():
        fold = drill.locator("details.answer")
        assert not fold.locator(".remark").is_visible()
        fold.locator("summary").click()
        assert fold.locator(".remark").is_visible()
        value = float(drill.locator("form").get_attribute("data-value") or "nan")
        shown = (fold.locator("p").first.text_content() or "").rpartition(" = ")[2]
        assert float(shown.replace("\N{MINUS SIGN}", "-")) == pytest.approx(value, rel=1e-3)
        fold.locator("summary").click()


@pytest.mark.column("folds")
@pytest.mark.pages(EXERCISE)
@pytest.mark.parametrize("script", [True, False], ids=["script", "bare"])
def test_hints_and_solutions_unfold(visit: Visit, bare: Visit, script: bool) -> None:
    page = visit.page if script else bare.page
    found = page.evaluate(FOLDS)
    assert found
    for number, exercise in enumerate(found, 1):
        assert exercise["title"].startswith(f"Exercise {number}: ")
        assert exercise["level"] in ("warm-up", "core", "challenge")
        names = [fold["name"] for fold in exercise["folds"]]
        assert names == ["Hint"] * (len(names) - 1) + [f"Solution to exercise {number}"]
        for fold in exercise["folds"]:
            assert (fold["before"], fold["after"]) == (False, True), fold
    last = page.locator(".exercise details").last
    for visible in (True, False):
        last.locator("summary").focus()
        page.keyboard.press("Enter")
        assert last.locator("> :not(summary)").last.is_visible() is visible


@pytest.mark.column("folds")
@pytest.mark.pages(EXERCISE)
def test_a_solution_explains_before_its_code(visit: Visit) -> None:
    assert visit.page.locator(".cell.tag_solution").count() > 0
    assert visit.page.locator(".cell.tag_solution:not(.exercise > .solution > *)").count() == 0
    for solution in visit.page.locator(".solution").all():
        assert solution.locator("> summary + p").count() == 1
        assert solution.locator("pre").locator("text=/^# /").count() == 0, "reasons in comments"


@pytest.mark.column("folds")
@pytest.mark.pages(EXERCISE)
def test_solutions_are_printed_below_the_questions(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/{name}")
    page.emulate_media(media="print")
    sections = page.evaluate(ORDER)
    assert sections
    for last_question, first_answer, answers in sections:
        assert answers
        assert last_question <= first_answer


@pytest.mark.column("folds")
@pytest.mark.pages(EXERCISE)
@pytest.mark.parametrize("suffix", ["ipynb", "py"])
def test_downloads_have_the_exercises(name: str, suffix: str) -> None:
    page = (SITE / name).read_text("utf-8")
    titles = re.findall(r'<h[34] class="rubric" id="[^"]*">((?:Exercise|Drill) \d+): ', page)
    text = (SITE / "downloads" / f"{Path(name).stem}.{suffix}").read_text("utf-8")
    assert ":::" not in text
    if suffix == "ipynb":
        text = "\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
    assert re.findall(r"### ((?:Exercise|Drill) \d+)", text) == titles
    assert text.count("Solution") >= page.count("<summary>Solution")
    assert text.count("Answer") >= page.count("<summary>Answer")
