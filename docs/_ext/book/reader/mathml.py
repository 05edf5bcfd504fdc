r"""Maths as MathML, made while building: no JavaScript, and set in a font of the site's own.

`math_core` converts the TeX.  The font is a subset of STIX Two Math with what the pages
use, read off the finished HTML and written as ``_static/math.woff2``.
"""

from __future__ import annotations

import html
import logging as std_logging
import re
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from fontTools import subset  # type: ignore[import-untyped]
from math_core import LatexError, LatexToMathML
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

if TYPE_CHECKING:
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

FONT, SOURCE = "math.woff2", "ziamath/fonts/STIXTwoMath-Regular.ttf"
PRIMES = "\u2032\u2033\u2034\u2057"
# \begin{align} and its like number their lines themselves; numbers are Sphinx's work here.
UNNUMBERED = {
    "align": "aligned",
    "equation": "aligned",
    "gather": "gathered",
    "multline": "gathered",
}
ENVIRONMENT = re.compile(r"\\begin\{(\w+)\*?\}((?!\\begin).)*?\\end\{\1\*?\}", re.DOTALL)
MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)
std_logging.getLogger("fontTools").setLevel("WARNING")  # it would list every glyph
LETTER = re.compile(r"<mi>(\w|[∂∇])</mi>")
# A lone letter is shown in italics, which have code points of their own, by and large in order.
ITALIC = {chr(0x41 + i): chr(0x1D434 + i) for i in range(26)}
ITALIC |= {chr(0x61 + i): chr(0x1D44E + i) for i in range(26)} | {"h": "\u210e"}
ITALIC |= {chr(0x391 + i): chr(0x1D6E2 + i) for i in range(25)}
ITALIC |= {chr(0x3B1 + i): chr(0x1D6FC + i) for i in range(25)}
ITALIC |= {"∂": "𝜕", "∇": "𝛻", "ϵ": "𝜖", "ϑ": "𝜗", "ϕ": "𝜙", "ϖ": "𝜛"}


def rows(tex: str) -> str:
    r"""Display TeX in a form that converts: rows, by ``\\`` or blank lines, are aligned.

    >>> rows(r"a &= b \\ c &= d")
    '\\begin{aligned}a &= b \\\\ c &= d\\end{aligned}'
    """
    for numbered, plain in UNNUMBERED.items():
        tex = re.sub(rf"\\(begin|end)\{{{numbered}\*?\}}", rf"\\\1{{{plain}}}", tex)
    tex = re.sub(r"\\(begin|end)\{split\}", r"\\\1{aligned}", tex)
    parts = [part.strip() for part in tex.split("\n\n") if part.strip()]
    tex = r" \\ ".join(parts)
    outside, found = tex, 1
    while found:
        outside, found = ENVIRONMENT.subn("", outside)
    loose = r"\\" in outside or re.search(r"(?<!\\)&", outside)
    return rf"\begin{{aligned}}{tex}\end{{aligned}}" if loose else tex


@cache
def converter(namespace: bool) -> LatexToMathML:
    """Converter for HTML, or with the name space that XHTML needs."""
    return LatexToMathML(fancy_error=False, xml_namespace=namespace)


def convert(self: HTML5Translator, node: nodes.Element, *, display: bool) -> str:
    """MathML of a node; TeX that cannot be converted is a warning that says where and why."""
    tex = node.astext()
    try:
        mathml = converter(self.builder.name == "epub").convert_with_local_state(
            rows(tex) if display else tex, displaystyle=display
        )
    except LatexError as error:
        cause = re.sub(r"^\d+: ", "", str(error))
        logger.warning("cannot convert TeX: %s In: %s", cause, tex, location=node, type="math")
        return f"<code>{html.escape(tex)}</code>"
    if self.builder.name == "epub":  # its MathML is older, and in display 0 is what it is anyway
        mathml = mathml.replace(' scriptlevel="0"', "")
    return mathml.replace("&ApplyFunction;", "\u2061")  # no such entity in XML


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Inline maths."""
    self.body.append(convert(self, node, display=False))
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    """Display maths in a box that scrolls if it is too wide; beside it number and link."""
    if "amsmath" in node["classes"] and node.get("label"):
        logger.warning(
            "number an equation by $$ ... $$ (eq-label), and write an amsmath environment with "
            "a star: MyST-Parser makes up a new label for it in every build",
            location=node,
            type="math",
        )
    self.body.append(self.starttag(node, "div", CLASS="equation"))
    self.body.append(f'<div class="scrolls">{convert(self, node, display=True)}</div>')
    if node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(node.get("note", "") + "</div>\n")
    raise nodes.SkipNode


def preload(context: dict[str, Any]) -> None:
    """Ask for the font before the style sheet is read, on pages that have maths."""
    if context.get("has_maths_elements"):
        href = context["pathto"](f"_static/{FONT}", resource=True)
        link = f'<link rel="preload" href="{href}" as="font" type="font/woff2" crossorigin>'
        # Read from a folder, a preloaded font is an error in the console; the font loads without.
        context["metatags"] += (
            "<script>location.protocol == 'file:' || "
            f"document.head.insertAdjacentHTML('beforeend', '{link}')</script>"
        )


def characters(pages: list[str]) -> str:
    r"""All characters that maths shows: what is written, and a lone letter's italic form.

    >>> ascii(characters(["<p>a <math><mi>x</mi><mo>=</mo></math>"]))
    "'=x\\u221a\\U0001d465'"
    """
    mathml = [m for page in pages for m in MATH.findall(page)]
    found = {c for m in mathml for c in html.unescape(re.sub(r"<[^>]*>", "", m))}
    found |= {ITALIC.get(c, c) for m in mathml for c in LETTER.findall(m)}
    found.add("√")  # drawn, not written
    return "".join(sorted(found - set("\n\t ")))


def keep_script_forms(font: Any, kept: str) -> None:
    """Drop the forms that characters have in scripts, except of some.

    A letter's is drawn a little wider, and these forms are more than half of the font.  A prime,
    however, is small and high by itself, and as a script would be so twice.
    """
    names = font.getBestCmap()
    glyphs = {names[ord(c)] for c in kept}
    table = font["GSUB"].table
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == "ssty":
            for i in record.Feature.LookupListIndex:
                for part in table.LookupList.Lookup[i].SubTable:
                    part.alternates = {g: a for g, a in part.alternates.items() if g in glyphs}


def write_font(out: Path, pages: str) -> None:
    """Write what the pages of a folder need of the font; the same characters, the same bytes."""
    used = characters([page.read_text("utf-8") for page in sorted(out.rglob(pages))])
    options = subset.Options(
        flavor="woff2",
        layout_features=["dtls", "flac", "ssty"],
        hinting=False,
        name_IDs=[0, 1, 2, 13, 14],
    )
    # A formula renderer that we have no other use for brings the font, and is not imported.
    full = subset.load_font(distribution("ziamath").locate_file(SOURCE), options)
    keep_script_forms(full, PRIMES)
    cutter = subset.Subsetter(options)
    cutter.populate(text=used)
    cutter.subset(full)
    subset.save_font(full, Path(out, "_static", FONT), options)
