"""What themes and extensions leave out for readers with a keyboard or a screen reader.

The templates beside this folder name the landmarks and give the search page its heading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx_codeautolink.extension.backref import SummaryNode  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

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


def complete(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document
) -> None:
    """Complete what is written into a page as text."""
    for part, repairs in (("furo_navigation_tree", NAVIGATION), ("body", BODY)):
        for written, right in repairs.items():
            if part in context:
                context[part] = context[part].replace(written, right)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Run after furo and sphinx-codeautolink."""
    app.connect("doctree-resolved", plain_summaries, priority=900)
    app.connect("html-page-context", complete, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
