"""``{exercise}``, ``{hint}``, ``{solution}`` and ``{drill}``: questions, their answers folded away.

An exercise takes in the hint and the solution that follow it, and its solution the code cells
tagged ``solution`` below, which MyST-NB cannot nest in a directive.  A drill asks for a number:
its values are expressions, which a cell evaluates that is added to the end of the page, and
``drill.js`` tells a reader's answer from them.

The nodes are our own because the titles of Sphinx's collapsible admonitions would be found by the
search as sections of the page, and sphinx-exercise folds by a script, brings a second theme and
knows neither hints nor numbers to type in.
"""

from __future__ import annotations

import json
import math
import re
from html import escape
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core.read import is_myst_markdown_notebook  # type: ignore[import-untyped]
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

ZERO = 1e-9  # what is smaller has been left over by rounding
LEVELS = ("warm-up", "core", "challenge")
DRILL = re.compile(r"^(:{3,})\{drill\}.*?^\1[ ]*$", re.MULTILINE | re.DOTALL)
TERM = re.compile(r"^`([^`\n]+)`[ ]*\n\n?:[ ]", re.MULTILINE)
CELL = """

```{{code-cell}} python
---
tags: [drills, remove-cell]
---
import json


def drill_value(expression):
    try:
        return float(eval(expression) + 0)  # a text is not a number, even if float can read it
    except Exception as error:
        return f"{{type(error).__name__}}: {{error}}"


print(json.dumps({{text: drill_value(text) for text in {expressions!r}}}))
```
"""
# A reader without a script sees no form: there is a rule for that in the style sheet.  What is in
# it comes with the script: for a field in a page a browser lays out all that is around the field.
FORM = """\
<form class="try" data-value="{value}"><template>
<label>Your answer <input inputmode="{keys}" autocomplete="off" aria-describedby="{head}"></label>
<button>Check</button>
</template></form>
<div class="said" role="status"></div>
"""


class Exercise(nodes.container):
    """An exercise with all that belongs to it."""


class Folded(nodes.container):
    """A part of a page that is folded under its title."""


class Remark(nodes.container):
    """What is to be said to one wrong value: no part of the page until the script shows it."""


class Task(SphinxDirective):
    """What exercises and drills have in common: a number, a title and a label."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {"label": directives.unchanged_required}

    def head(self) -> nodes.rubric:
        """The title: a heading that is not in the contents, and can be linked to."""
        if "label" not in self.options:
            raise self.error(f"{self.name} needs a label")
        number = self.env.new_serialno(self.name) + 1
        title, _ = self.parse_inline(self.arguments[0])
        name = self.options["label"]
        head = nodes.rubric("", f"{self.name.capitalize()} {number}: ", *title, names=[name])
        self.set_source_info(head)
        self.state.document.note_explicit_target(head, head)
        return head


class ExerciseDirective(Task):
    """An exercise: its title, its level as a word, and its text."""

    option_spec: ClassVar[dict[str, Any]] = Task.option_spec | {"level": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Parse the content as part of the page."""
        level = self.options.get("level")
        if level not in LEVELS:
            raise self.error(f"level must be one of {', '.join(LEVELS)}, got {level}")
        level = nodes.paragraph("", level, classes=["level"])
        body = self.parse_content_to_nodes()
        return [Exercise("", self.head(), level, *body, classes=["exercise"])]


class Fold(SphinxDirective):
    """A hint or a solution."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Parse the content as part of the page; Python that would not be run is refused."""
        folded = fold(self.name.capitalize(), self.name, *self.parse_content_to_nodes())
        self.set_source_info(folded)
        for block in folded.findall(nodes.literal_block):
            if self.name == "solution" and block.get("language", "").startswith(("py", "ipython")):
                logger.warning(
                    "Python in a solution is not run: use a code cell with the tag solution",
                    location=folded,
                    type="exercises",
                )
        return [folded]


def fold(title: str, kind: str, *parts: nodes.Node) -> Folded:
    """Something folded."""
    return Folded("", *parts, title=title, classes=[kind])


class Drill(Task):
    """A question, and below it a list of values, the right one first, with a remark on each."""

    def run(self) -> list[nodes.Node]:
        """Take the content apart."""
        head = self.head()
        body = self.parse_content_to_nodes()
        if not body or not isinstance(body[-1], nodes.definition_list):
            raise self.error(f"{head['names'][0]}: a drill ends with a list of values and remarks")
        remarks = {term.astext(): remark for term, remark in map(parts, body.pop().children)}
        values = self.values(head["names"][0], [*remarks])
        self.env.metadata[self.env.docname].setdefault("drills", {}).update(values)
        (expression, value), *wrong = values.items()
        shown = nodes.paragraph(
            "", "", nodes.literal("", expression), nodes.Text(f" = {say(value)}")
        )
        right = nodes.container("", *remarks[expression].children, classes=["remark"])
        number = head.astext().partition(":")[0]
        # The keys for decimal numbers have no minus on some phones.
        keys = "decimal" if min(values.values()) >= 0 else "text"
        form = FORM.format(value=exact(value), head=head["ids"][0], keys=keys)
        drill = nodes.container("", head, *body, classes=["drill"])
        drill += nodes.raw("", form, format="html")
        drill += fold(f"Answer to {number.lower()}", "answer", shown, right)
        drill += [Remark("", *remarks[e].children, value=exact(v)) for e, v in wrong]
        return [drill]

    def values(self, name: str, expressions: list[str]) -> dict[str, float]:
        """The values of these expressions, all of them numbers that can be told apart.

        Where pages are not executed, as for a check of links, nothing is known of them.
        """
        if "nb_renderer" not in self.state.document:
            raise self.error(f"{name}: a drill needs a page with code, which computes its values")
        known = printed(self.state.document)
        if known is None:
            return dict.fromkeys(expressions, math.nan)
        found = {}
        for expression in expressions:
            value = known.get(expression, "nothing")
            if not isinstance(value, float) or not math.isfinite(value):
                raise self.error(f"{name}: `{expression}` must be a finite number, got {value}")
            found[expression] = 0.0 if abs(value) <= ZERO else value
        for (one, x), (other, y) in combinations(found.items(), 2):
            if abs(x - y) <= tolerance(x) + tolerance(y):
                raise self.error(
                    f"{name}: `{one}` and `{other}` cannot be told apart, {say(x)} and {say(y)}"
                )
        return found


def parts(item: nodes.Node) -> tuple[nodes.Element, nodes.Element]:
    """Term and definition of an item."""
    assert isinstance(item, nodes.definition_list_item)
    term, *_, definition = item.children
    assert isinstance(term, nodes.Element)
    assert isinstance(definition, nodes.Element)
    return term, definition


def tolerance(value: float) -> float:
    """How far an answer may be off: by 1 %, or by 1e-9 where the value is 0."""
    return 0.01 * abs(value) or ZERO


def exact(value: float) -> str:
    """A value as the script reads it, with more digits than anyone types."""
    return f"{value:.12g}"


def say(value: float) -> str:
    r"""A value as a reader sees it.

    >>> ascii(say(-2 / 3))
    "'\\u22120.6667'"
    """
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")


def with_values(text: str) -> str:
    """A page whose last cell evaluates the values of its drills; others stay as they are."""
    if not is_myst_markdown_notebook(text):
        return text
    expressions = [term for drill in DRILL.finditer(text) for term in TERM.findall(drill[0])]
    return text + CELL.format(expressions=expressions) if expressions else text


def printed(document: nodes.document) -> dict[str, float | str] | None:
    """What that cell has printed, if it was executed."""
    cell = document["nb_renderer"].renderer.nb_client.notebook.cells[-1]
    if "drills" not in cell.metadata.get("tags", []) or not cell.get("outputs"):
        return None
    text = "".join(output.text for output in cell.outputs if output.name == "stdout")
    found: dict[str, float | str] = json.loads(text)
    return found


class Gather(SphinxTransform):
    """Hints and solutions move into the exercise above them, code of a solution into its fold."""

    default_priority = 500

    def apply(self, **_: Any) -> None:
        """Move them in the order of the page, so that what is to be moved follows its place."""
        for head in self.document.findall(nodes.rubric):
            if isinstance(head.parent, Exercise) or "drill" in head.parent["classes"]:
                head["heading-level"] = len([*sections(head)]) + 1
        for part in list(self.document.findall(nodes.container)):
            if isinstance(part, Folded) and {"hint", "solution"} & {*part["classes"]}:
                self.move(part, above(part, Exercise), f"{part['title'].lower()} without exercise")
            elif "tag_solution" in part["classes"]:
                exercise = above(part, Exercise)
                last = exercise.children[-1] if exercise else None
                place = (
                    last if isinstance(last, Folded) and last["classes"] == ["solution"] else None
                )
                self.move(part, place, "a cell tagged solution without solution")

    def move(self, part: nodes.Element, place: nodes.Node | None, fault: str) -> None:
        """Move a part, or say that there is no place for it."""
        if not isinstance(place, nodes.Element):
            logger.warning("%s above it", fault, location=part, type="exercises")
            return
        part.parent.remove(part)
        place += part
        if "solution" in part["classes"]:
            number = place[0].astext().partition(":")[0]
            part["title"] = f"Solution to {number.lower()}"


def above(node: nodes.Element, kind: type[nodes.Element]) -> nodes.Element | None:
    """The node above another, if it is of a kind."""
    place = node.parent.index(node)
    before = node.parent[place - 1] if place else None
    return before if isinstance(before, kind) else None


def sections(node: nodes.Node) -> Iterator[nodes.section]:
    """The sections around a node."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, nodes.section):
            yield node


class Collect(SphinxPostTransform):
    """In a book that cannot fold, solutions stand at the end of the chapter, and hints stay."""

    default_priority = 900
    builders = ("epub",)

    def run(self, **_: Any) -> None:
        """Leave a link in the place of each."""
        answers: list[nodes.Node] = []
        for node in list(self.document.findall(nodes.Element)):
            form = isinstance(node, nodes.raw) and "drill" in node.parent["classes"]
            if form or isinstance(node, Remark):
                node.parent.remove(node)
            elif isinstance(node, Folded) and {"solution", "answer"} & {*node["classes"]}:
                answers.append(node)
                node["ids"] = [f"solution-{len(answers)}"]
                link = nodes.reference("", node["title"], refid=node["ids"][0], internal=True)
                node.parent.replace(node, nodes.paragraph("", "", link))
        if answers:  # a section would be numbered as the page is
            title = nodes.rubric("", "Solutions", **{"heading-level": 2})
            next(iter(self.document.findall(nodes.section))).extend([title, *answers])


def visit_folded(self: HTML5Translator, node: Folded) -> None:
    """Open the box."""
    self.body.append(self.starttag(node, "details"))
    self.body.append(f"<summary>{self.encode(node['title'])}</summary>\n")


def depart_folded(self: HTML5Translator, _node: Folded) -> None:
    """Close the box."""
    self.body.append("</details>\n")


def visit_remark(self: HTML5Translator, node: Remark) -> None:
    """Begin what a browser keeps aside."""
    self.body.append(f'<template data-value="{escape(node["value"])}">\n')


def depart_remark(self: HTML5Translator, _node: Remark) -> None:
    """End it."""
    self.body.append("</template>\n")
