"""``{museum} softmax gradient``: the library's wrong answers of these kinds, each folded away.

What is shown of a mistake is its own source, which is what `diagnose` runs.
"""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from book.reader.exercises import fold
from logreg_book.mistakes import MISTAKES, Mistake


class Museum(SphinxDirective):
    """Show the mistakes of some kinds, in their order."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Fold each mistake under the sentence that says what it is."""
        kinds = self.arguments[0].split()
        unknown = set(kinds) - {mistake.kind for mistake in MISTAKES}
        if unknown:
            raise self.error(f"the museum has no mistakes of the kind {sorted(unknown)[0]}")
        return [self.show(mistake) for mistake in MISTAKES if mistake.kind in kinds]

    def show(self, mistake: Mistake) -> nodes.Node:
        """What one notices, what to think about, where to read on, and the code."""
        code = nodes.literal_block(mistake.code, mistake.code, language="python")
        section = addnodes.pending_xref(
            "",
            nodes.inline("", mistake.page),
            refdomain="std",
            reftype="ref",
            reftarget=mistake.page,
            refexplicit=False,
            refwarn=True,
            refdoc=self.env.docname,
        )
        parts = [
            nodes.paragraph("", "", nodes.emphasis("", name), nodes.Text(f" {text}"))
            for name, text in (("Symptom:", mistake.symptom), ("Hint:", mistake.hint))
        ]
        parts[-1] += [nodes.Text(" See "), section, nodes.Text(".")]
        shown = fold(mistake.says, "mistake", *parts, code)
        self.set_source_info(shown)
        return shown
