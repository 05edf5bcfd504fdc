"""Each chapter says below its title how long it takes, and which chapters it builds on.

What it builds on is written in its front matter, as the names of their pages::

    needs: by_hand/gradient, autograd/computational_graphs

or ``needs: nothing``.  How long it takes is counted, so that it cannot be wrong: a minute for
each 200 words, two formulas on lines of their own, or twelve lines of code.  Exercises are not
counted, because you may do as many of them as you like, and nor are the museum's mistakes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)
WORDS, FORMULAS, LINES = 200, 2, 12  # in a minute
ROUNDED = 5  # minutes: more would promise too much
NOT_READ = {"exercises", "further-reading"}


def shown(part: nodes.Element, kind: type[nodes.Element]) -> list[nodes.Element]:
    """All parts of a kind that are not in the museum."""
    found = part.findall(kind)
    return [node for node in found if node.parent and "mistake" not in node.parent["classes"]]


def minutes(page: nodes.Element) -> int:
    """How long it takes to read a page, without its exercises."""
    parts = [part for part in page.children if isinstance(part, nodes.Element)]
    read = [part for part in parts if NOT_READ.isdisjoint(part["ids"])]
    words = [text.astext().split() for part in read for text in shown(part, nodes.paragraph)]
    formulas = [formula for part in read for formula in part.findall(nodes.math_block)]
    code = [
        block.astext().splitlines()
        for part in read
        for block in shown(part, nodes.literal_block)
        if "output" not in block["classes"]
    ]
    total = sum(map(len, words)) / WORDS + len(formulas) / FORMULAS + sum(map(len, code)) / LINES
    return max(ROUNDED, round(total / ROUNDED) * ROUNDED)


def chapters(env: BuildEnvironment) -> list[str]:
    """The pages with a number."""
    return [page for page, numbers in env.toc_secnumbers.items() if numbers.get("")]


def needed(env: BuildEnvironment, page: str) -> list[str]:
    """The chapters that a chapter builds on."""
    said = str(env.metadata[page].get("needs", ""))
    return [] if said == "nothing" else [name.strip() for name in said.split(",")]


def check(env: BuildEnvironment) -> None:
    """Warn of a chapter that does not say what it needs, or needs what does not come before it."""
    before: set[str] = set()
    for page in chapters(env):
        for name in needed(env, page):
            if name not in before:
                logger.warning(
                    "front matter: needs names no chapter before this one: %r; write `needs:` and "
                    "the chapters that this one builds on, or `needs: nothing`",
                    name,
                    location=page,
                    type="effort",
                )
        before.add(page)


# Where these words lead
NEIGHBOURS = {"next chapter": 1, "chapter before": -1, "previous chapter": -1}


def check_neighbours(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Warn of a link to "the next chapter" that leads to another one."""
    order = chapters(app.env)
    for link in doctree.findall(nodes.reference) if page in order else ():
        for words, step in NEIGHBOURS.items():
            at = order.index(page) + step
            right = app.builder.get_relative_uri(page, order[at]) if 0 <= at < len(order) else ""
            if link.astext().endswith(words) and link["refuri"].partition("#")[0] != right:
                logger.warning("%r leads to %s", link.astext(), link["refuri"], location=link)


def say(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Write the line."""
    if page not in chapters(app.env):
        return
    title = next(iter(doctree.findall(nodes.title)))
    assert title.parent is not None
    line = nodes.paragraph("", f"About {minutes(title.parent)} minutes to read", classes=["effort"])
    known = [name for name in needed(app.env, page) if name in app.env.titles]
    for number, name in enumerate(known):
        uri = app.builder.get_relative_uri(page, name)
        link = nodes.reference("", app.env.titles[name].astext(), refuri=uri, internal=True)
        line += [nodes.Text(", " if number else "; builds on "), link]
    title.parent.insert(title.parent.index(title) + 1, line)
