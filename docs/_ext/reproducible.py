"""Two builds of one state are the same site, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from myst_nb.sphinx_ext import add_global_html_resources  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def copy_early(app: Sphinx) -> None:
    """Copy MyST-NB's style sheet at once: pages name its checksum only if they find it there."""
    Path(app.outdir, "_static").mkdir(parents=True, exist_ok=True)
    add_global_html_resources(app, None)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Run before any page is written."""
    app.connect("builder-inited", copy_early)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
