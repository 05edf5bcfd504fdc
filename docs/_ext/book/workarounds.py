"""What other projects do wrong or leave out, each with the version that it was seen in.

When one of them has been mended, its entry here can go.
"""

from __future__ import annotations

import gc
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from joblib.externals.loky import get_reusable_executor  # type: ignore[import-untyped]
from myst_nb.sphinx_ext import add_global_html_resources  # type: ignore[import-untyped]
from sphinx.util import logging
from sphinx.util.parallel import make_chunks
from sphinx_codeautolink.extension.backref import SummaryNode  # type: ignore[import-untyped]
from sphinx_codeautolink.extension.resolve import populated_modules  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)

# Sphinx 9.0: what a build makes lives until its end, so to look for garbage often is in vain.
gc.set_threshold(200_000, 50, 100)

# furo 2025.12 opens its drawers by a label, which a mouse alone can reach (pull request 660).  As
# popovers opened by buttons the keyboard reaches what is in them, and Escape closes them.  On a
# phone it keeps the search in one of them, where few look for it; so the bar gets a button.
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
# Sphinx 9.0: captions of a list of pages are headings without a level.
# MyST-NB 1.4: a label hides the words on a button.
TEXT = {
    "furo_navigation_tree": {'class="caption" role="heading"': 2},
    "body": {'class="caption" role="heading"': 3},
}
LABEL = '<summary aria-label="Toggle hidden content">'


def accessible(frame: str) -> str:
    """A page's frame, with drawers that a keyboard opens; ``page.html`` hands it over."""
    for written, right in FRAME.items():
        frame, found = re.subn(written, right, frame, flags=re.DOTALL)
        if not found:
            logger.warning("the theme has no %r any more", written, type="furo")
    return frame


def complete(app: Sphinx, context: dict[str, Any]) -> None:
    """Give headings a level, summaries their words and the theme its drawers."""
    context["accessible"] = accessible if app.builder.name == "html" else str
    for part, levels in TEXT.items():
        for written, level in levels.items():
            if part in context:
                text = context[part].replace(written, f'{written} aria-level="{level}"')
                context[part] = text.replace(LABEL, "<summary>")


def end_workers(app: Sphinx) -> None:
    """sphinx-gallery 0.22: end its workers, whose threads would live on while Sphinx forks."""
    ran = {*app.config.sphinx_gallery_conf["passing_examples"]}
    if ran | {*app.config.sphinx_gallery_conf["failing_examples"]}:
        get_reusable_executor().shutdown()


def share_out(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """Sphinx 9.0: each process reads neighbours, one of them all chapters; mix long and short."""
    long_first = sorted(names, key=lambda name: -Path(env.doc2path(name)).stat().st_size)
    parts = len(make_chunks(names, app.parallel))
    names[:] = [name for part in range(parts) for name in long_first[part::parts]]


def copy_style_sheet(app: Sphinx) -> None:
    """MyST-NB 1.4: copy its sheet, whose checksum a page names only if the sheet is there."""
    Path(app.outdir, "_static").mkdir(parents=True, exist_ok=True)
    add_global_html_resources(app, None)


def skip_type_checking() -> None:
    """sphinx-codeautolink 0.20: do not import what PyTorch imports for type checkers only.

    That is its compiler, which takes longer than all other names together.
    """
    if "torch" in sys.modules:
        populated_modules.add(id(sys.modules["torch"]))


def plain_summaries(doctree: nodes.document) -> None:
    """sphinx-codeautolink 0.20: a summary is a button, and holds no link to fold under."""
    for summary in doctree.findall(SummaryNode):
        summary.children = []
        summary += nodes.Text("Where the book uses it")
