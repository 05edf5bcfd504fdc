"""Say in each page's head what it is about: for search engines and for pages that link to it.

That is the page's first paragraph, or ``description`` in its front matter.  Networks that show
a link as a card read the same words, with the picture that `card` makes, by the Open Graph
protocol.  Some of them need absolute addresses, which ``SITE_URL`` gives.
"""

from __future__ import annotations

from html import escape
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from docutils import nodes

import card
from api import is_source

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

LENGTH = 160  # what search engines show
MADE = {
    "genindex": ("Index", "Words of the book and names of the library, by letter."),
    "search": ("Search", "Search the book."),
}


def first_paragraph(doctree: nodes.document) -> str:
    """Text of the first paragraph that is not in a box, and of the list that it may lead to."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section | nodes.document):
            if {"downloads", "effort"} & {*paragraph["classes"]}:
                continue  # what stands below the title
            after = paragraph.next_node(descend=False, siblings=True)
            points = after.children if isinstance(after, nodes.bullet_list) else []
            return " ".join([paragraph.astext(), *(point.astext() for point in points)])
    return ""


def described(app: Sphinx, page: str, title: str, doctree: nodes.document | None) -> str:
    """What a page is about, or nothing."""
    text = app.env.metadata.get(page, {}).get("description", MADE.get(page, ("", ""))[1])
    if is_source(page):
        text = f"{title}, as it runs."
    if not text and doctree:
        text = first_paragraph(doctree) or app.env.titles[page].astext()
    return shorten(text, LENGTH, placeholder=" …")


def title_of(app: Sphinx, page: str) -> str:
    """The title of a page."""
    return MADE[page][0] if page in MADE else app.env.titles[page].astext()


def card_of(app: Sphinx, page: str, context: dict[str, Any], text: str) -> dict[str, str]:
    """Properties of the card of a page; an address only if the site knows its own."""
    home, base = page == app.config.root_doc, app.config.html_baseurl.rstrip("/")
    picture = f"{base}/{card.CARD}" if base else context["pathto"](card.CARD, resource=True)
    return {
        "og:title": context["title"] if is_source(page) else title_of(app, page),
        "og:description": text,
        "og:type": "website" if home else "article",
        "og:site_name": app.config.html_title,
        **({"og:url": context["pageurl"]} if base else {}),
        "og:image": picture,
        "og:image:width": str(card.SIZE[0]),
        "og:image:height": str(card.SIZE[1]),
        "og:image:alt": card.alt(app),
        "twitter:card": "summary_large_image",
    }


def describe(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add description and card to the head."""
    text = described(app, page, context.get("title", ""), doctree)
    if app.builder.name != "html" or not text:
        return
    tags = [f'<meta name="description" content="{escape(text)}">']
    for name, value in card_of(app, page, context, text).items():
        kind = "name" if name.startswith("twitter:") else "property"
        tags.append(f'<meta {kind}="{name}" content="{escape(value)}">')
    context["metatags"] = context.get("metatags", "") + "\n".join(tags)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Describe each page that is written."""
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
