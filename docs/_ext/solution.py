"""``{solution}``: the answer to an exercise in words and formulas, folded away.

It is a plain ``<details>``.  Python in it would not be run, so it is refused: code of a
solution is a code cell with the tag ``hide-cell``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)


class Folded(nodes.container):
    """A folded part of a page."""


class Solution(SphinxDirective):
    """Fold the content under its title, "Solution" if none is given."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Parse the content as part of the page."""
        folded = Folded(
            "", *self.parse_content_to_nodes(), title=(self.arguments or ["Solution"])[0]
        )
        self.set_source_info(folded)
        for block in folded.findall(nodes.literal_block):
            if block.get("language", "").startswith(("py", "ipython")):
                logger.warning(
                    "Python in a solution is not run: use a code cell with the tag hide-cell",
                    location=folded,
                    type="solution",
                )
        return [folded]


def visit(self: HTML5Translator, node: Folded) -> None:
    """Open the box."""
    self.body.append(self.starttag(node, "details", CLASS="solution"))
    self.body.append(f"<summary>{self.encode(node['title'])}</summary>\n")


def depart(self: HTML5Translator, _node: Folded) -> None:
    """Close the box."""
    self.body.append("</details>\n")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add node and directive."""
    app.add_node(Folded, html=(visit, depart))
    app.add_directive("solution", Solution)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
