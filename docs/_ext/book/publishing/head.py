"""Each page's head says what it is about: for search engines and for pages that link to it.

That is the page's first paragraph, or ``description`` in its front matter.  Networks that show
a link as a card read the same words by the Open Graph protocol, with a picture of the site.
"""

from __future__ import annotations

from html import escape
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from docutils import nodes

from book.checks.reference import is_source

if TYPE_CHECKING:
    from sphinx.application import Sphinx

LENGTH = 160  # what search engines show
MADE = {
    "genindex": ("Index", "Words of the book and names of the library, by letter."),
    "search": ("Search", "Search the book."),
}


def first_paragraph(doctree: nodes.document) -> str:
    """Text of the first paragraph that is not in a box, and of the list that it may lead to."""
    for paragraph in doctree.findall(nodes.paragraph):
        below_title = {"downloads", "effort"} & {*paragraph["classes"]}
        if isinstance(paragraph.parent, nodes.section | nodes.document) and not below_title:
            after = paragraph.next_node(descend=False, siblings=True)
            points = after.children if isinstance(after, nodes.bullet_list) else []
            return " ".join([paragraph.astext(), *(point.astext() for point in points)])
    return ""


def describe(
    app: Sphinx, page: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add description and card to the head."""
    title, text = MADE.get(page, (context.get("title", ""), ""))
    if is_source(page):
        text = f"{title}, as it runs."
    elif page in app.env.titles:
        title = app.env.titles[page].astext()
        text = app.env.metadata[page].get("description", "")
        text = text or (doctree and first_paragraph(doctree)) or title
    if not text:
        return
    text, base = shorten(text, LENGTH, placeholder=" …"), app.config.html_baseurl.rstrip("/")
    card, alt, (width, height) = app.config.book_card
    said = {
        "description": text,
        "og:title": title,
        "og:description": text,
        "og:type": "website" if page == app.config.root_doc else "article",
        "og:site_name": app.config.html_title,
        **({"og:url": context["pageurl"]} if base else {}),
        "og:image": f"{base}/{card}" if base else context["pathto"](card, resource=True),
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:image:alt": alt,
        "twitter:card": "summary_large_image",
    }
    tags = (
        f'<meta {"property" if name.startswith("og:") else "name"}="{name}" '
        f'content="{escape(value)}">'
        for name, value in said.items()
    )
    context["metatags"] = context.get("metatags", "") + "\n".join(tags)
