"""Every picture has words for who cannot see it, and its size so that nothing jumps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from PIL import Image
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

IMAGE = re.compile(r'<img (?![^>]*\bwidth=)(?=[^>]*\bsrc="[^"]*_images/([^"/]+\.png)")')


def check_alt(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of an image without alt text; the gallery's thumbnails stand beside their titles."""
    if app.env.current_document.docname == "gallery/index":
        return
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            where: nodes.Element = image
            while where.line is None and where.parent is not None:
                where = where.parent  # a cell's image has no line of its own
            logger.warning(
                "image without alt text: write `mystnb: {image: {alt: ...}}` at the head of the "
                "code cell, or the alt option of the figure",
                location=where,
                type="pictures",
            )


def give_size(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document
) -> None:
    """Write width and height of PNG images into a page."""
    if app.builder.format != "html" or "body" not in context:
        return
    sources = {name: Path(app.srcdir, uri) for uri, name in app.builder.images.items()}

    def sized(tag: re.Match[str]) -> str:
        source = sources.get(tag[1], Path(app.outdir, "_images", tag[1]))
        with Image.open(source) as image:
            width, height = image.size
        return f'{tag[0]}width="{width}" height="{height}" '

    context["body"] = IMAGE.sub(sized, context["body"])


def setup(app: Sphinx) -> ExtensionMetadata:
    """Look at images twice: when a page is read and when it is written."""
    app.connect("doctree-read", check_alt)
    app.connect("html-page-context", give_size)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
