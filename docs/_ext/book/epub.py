"""The book as an EPUB: the pages, formulas as MathML, key frames for films, the maths font.

Sphinx writes pages and contents.  This adds what it leaves out: what a page holds that a reading
system must be able to show, what the book offers to readers who cannot see it, the cover, and
the same bytes from the same sources.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.builders.epub3 import Epub3Builder

from book.downloads.files import packed
from book.reader.mathml import write_font

if TYPE_CHECKING:
    from collections.abc import Set

    from docutils import nodes
    from sphinx.writers.html5 import HTML5Translator

COVER = "_static/cover.png"
KEPT = {"cover.png", "pygments.css", "reader.css"}  # others are for browsers and wide screens
ITEM = re.compile(r'(<item [^>]*\bhref="([^"]+)" media-type="[^"]+") />')
TOOLTIP = re.compile(r' tooltip="[^"]*"')  # sphinx-gallery's, and no HTML
ACCESS = {
    "accessMode": ["textual", "visual"],
    "accessModeSufficient": ["textual"],
    "accessibilityFeature": [
        "alternativeText",
        "displayTransformability",
        "MathML",
        "readingOrder",
        "structuralNavigation",
        "tableOfContents",
    ],
    "accessibilityHazard": ["none"],
    "accessibilitySummary": [
        "Pictures have text alternatives, formulas are MathML, films are shown as key frames."
    ],
}


class Book(Epub3Builder):
    """Sphinx's builder, and what its package file lacks."""

    name = "epub"
    media_types = Epub3Builder.media_types | {".woff2": "font/woff2"}

    def prepare_writing(self, docnames: Set[str]) -> None:
        """Say of each page in which language it is to be spoken."""
        spoken = self.config.epub_language
        self.html_tag = f'{self.html_tag[:-1]} lang="{spoken}" xml:lang="{spoken}">'
        super().prepare_writing(docnames)

    def handle_finish(self) -> None:
        """Put the font in, and leave out what no page asks for; then as ever."""
        out, static = Path(self.outdir), Path(self.outdir, "_static")
        for path in static.rglob("*"):
            if path.is_file() and path.name not in KEPT:
                path.unlink()
        write_font(out, "*.xhtml")
        super().handle_finish()

    def toc_metadata(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Name the book in the old table of contents as in the package file."""
        return super().toc_metadata(*args, **kwargs) | {"uid": self.config.epub_identifier}

    def build_content(self) -> None:
        """Add to the package file the properties of its items, and for whom the book is."""
        super().build_content()
        package = Path(self.outdir, "content.opf")
        access = "".join(
            f'    <meta property="schema:{name}">{value}</meta>\n'
            for name, values in ACCESS.items()
            for value in values
        )
        text = ITEM.sub(self.with_properties, package.read_text("utf-8"))
        package.write_text(text.replace("  </metadata>", f"{access}  </metadata>"), "utf-8")

    def with_properties(self, item: re.Match[str]) -> str:
        """An item of the package, and what in it is not plain text."""
        found = []
        if item[2] == COVER:
            found.append("cover-image")
        elif item[2].endswith(self.out_suffix) and item[2] != "nav.xhtml":
            page = Path(self.outdir, item[2]).read_text("utf-8")
            found += [name for name, tag in (("mathml", "<math"), ("svg", "<svg")) if tag in page]
        return f'{item[1]} properties="{" ".join(found)}" />' if found else item[0]

    def build_epub(self) -> None:
        """Pack the files with zip's earliest date instead of today's."""
        names = ["mimetype", "META-INF/container.xml", "content.opf", "toc.ncx", *self.files]
        out = Path(self.outdir)
        files = {name: (out / name).read_bytes() for name in names}
        book = packed(files, stored="mimetype")
        (out / f"{self.config.epub_basename}.epub").write_bytes(book)


def open_box(self: HTML5Translator, node: nodes.Element) -> None:
    """Nothing is folded away: not every reading system can unfold it."""
    self.body.append(self.starttag(node, "div", CLASS="solution"))
    if "title" in node:
        self.body.append(f'<p class="title">{self.encode(node["title"])}</p>\n')


def close_box(self: HTML5Translator, _node: nodes.Element) -> None:
    """Close the box."""
    self.body.append("</div>\n")


def simplify(context: dict[str, Any]) -> None:
    """No scripts, and the style sheets of a book."""
    context["script_files"] = []
    context["css_files"] = [
        sheet
        for sheet in context["css_files"]
        if Path(str(getattr(sheet, "filename", ""))).name in KEPT
    ]
    if "body" in context:
        context["body"] = TOOLTIP.sub("", context["body"])
