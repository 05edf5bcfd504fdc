"""Say in each page's head what it is about, as a search engine shows it below the title.

That is the page's first paragraph, or ``description`` in its front matter.
"""

from __future__ import annotations

from html import escape
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

LENGTH = 160  # what search engines show
MADE = {"genindex": "All names of the library, by letter.", "search": "Search the book."}


def first_paragraph(doctree: nodes.document) -> str:
    """Text of the first paragraph that is not in a box, and of the list that it may lead to."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section | nodes.document):
            after = paragraph.next_node(descend=False, siblings=True)
            points = after.children if isinstance(after, nodes.bullet_list) else []
            return " ".join([paragraph.astext(), *(point.astext() for point in points)])
    return ""


def describe(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add the description to the head."""
    text = app.env.metadata.get(page, {}).get("description", MADE.get(page, ""))
    if not text and doctree:
        text = first_paragraph(doctree) or context["title"]
    if app.builder.format == "html" and text:
        content = escape(shorten(text, LENGTH, placeholder=" …"))
        tag = f'<meta name="description" content="{content}">'
        context["metatags"] = context.get("metatags", "") + tag


def setup(app: Sphinx) -> ExtensionMetadata:
    """Describe each page that is written."""
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
