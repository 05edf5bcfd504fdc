"""Two builds of one state are the same site, byte for byte."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile, ZipInfo

from myst_nb.sphinx_ext import add_global_html_resources  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def undate(app: Sphinx) -> None:
    """Write each zip of the gallery anew, with zip's earliest date instead of today's."""
    for path in Path(app.srcdir, "gallery").glob("*.zip"):
        with ZipFile(path) as made:
            content = {name: made.read(name) for name in sorted(made.namelist())}
        with ZipFile(path, "w") as same:
            for name, data in content.items():
                same.writestr(ZipInfo(name), data)
        # As old as the files in it: else each build would take it for new, and its page as well.
        newest = max(path.with_name(name).stat().st_mtime for name in content)
        os.utime(path, (newest, newest))


def copy_early(app: Sphinx) -> None:
    """Copy MyST-NB's style sheet at once: pages name its checksum only if they find it there."""
    Path(app.outdir, "_static").mkdir(parents=True, exist_ok=True)
    add_global_html_resources(app, None)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Run after sphinx-gallery."""
    app.connect("builder-inited", undate, priority=900)
    app.connect("builder-inited", copy_early)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
