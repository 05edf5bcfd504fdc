"""What themes and extensions leave out for readers with a keyboard or a screen reader.

The theme opens its two drawers by a label, which a mouse alone can reach.  Here they are popovers
opened by buttons: the keyboard reaches what is in them next, Escape closes them, and none of it
needs a script.  On a phone the theme keeps the search in one of them, where few look for it; so
the bar at the top gets a button that opens a field of its own.  The templates beside this folder
hand the page over, and give the search page its heading.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging
from sphinx_codeautolink.extension.backref import SummaryNode  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

# What is written, and what takes its place
FRAME = {
    r'<input type="checkbox" class="sidebar-toggle"[^>]*>': "",
    r'<label class="overlay[^>]*></label>': "",
    '<aside class="sidebar-drawer': (
        '<aside popover id="book-drawer" aria-label="The book" class="sidebar-drawer'
    ),
    '<aside class="toc-drawer': (
        '<aside popover id="page-drawer" aria-label="This page" class="toc-drawer'
    ),
    '<div class="header-right">': (
        '<div class="header-right"><button class="search-button" popovertarget="search-drawer" '
        'aria-label="Search"></button>'
    ),
    '<label class="nav-overlay-icon" for="__navigation">(.*?)</label>': (
        '<button class="nav-overlay-icon" popovertarget="book-drawer" '
        r'aria-label="Contents of the book">\1</button>'
    ),
    '<label class="(toc-overlay-icon[^"]*)" for="__toc">(.*?)</label>': (
        r'<button class="\1" popovertarget="page-drawer" '
        r'aria-label="Contents of this page">\2</button>'
    ),
}
# Captions of a list of pages are headings without a level; a label hides the words on a button.
NAVIGATION = {'class="caption" role="heading"': 'class="caption" role="heading" aria-level="2"'}
BODY = {
    'class="caption" role="heading"': 'class="caption" role="heading" aria-level="3"',
    '<summary aria-label="Toggle hidden content">': "<summary>",
}


def plain_summaries(_app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Fold under words, not under a link: a summary is a button, and holds no other."""
    for summary in doctree.findall(SummaryNode):
        summary.children = []
        summary += nodes.Text("Where the book uses it")


def accessible(frame: str) -> str:
    """A page's frame, with drawers that a keyboard opens."""
    for written, right in FRAME.items():
        frame, found = re.subn(written, right, frame, flags=re.DOTALL)
        if not found:
            logger.warning("the theme has no %r any more", written, type="accessible")
    return frame


def as_it_is(frame: str) -> str:
    """The frame of a page that has no drawers, as in an EPUB."""
    return frame


def complete(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document
) -> None:
    """Complete what is written into a page as text."""
    context["accessible"] = accessible if app.builder.name == "html" else as_it_is
    for part, repairs in (("furo_navigation_tree", NAVIGATION), ("body", BODY)):
        for written, right in repairs.items():
            if part in context:
                context[part] = context[part].replace(written, right)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Run after furo and sphinx-codeautolink."""
    app.connect("doctree-resolved", plain_summaries, priority=900)
    app.connect("html-page-context", complete, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
